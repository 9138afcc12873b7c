"""What an exception is, and what a rule is that finds some."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from audit.trail.lines import Change
from qc.exceptions.basis import Basis

Severity = Literal["critical", "major", "minor", "note"]
SEVERITIES: tuple[Severity, ...] = ("critical", "major", "minor", "note")
# Most severe first. A note is shown and needs no decision.
RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
# What a rule looks at, for the sentence "looked at 412 values" (counting).
Over = Literal[
    "values",
    "steps",
    "assays",
    "entries",
    "files",
    "criteria",
    "records",
    "signatures",
    "deviations",
    "queries",
    "batch",
]


class Pill(NamedTuple):
    """How an exception is marked: colour, icon and one or two words."""

    kind: str
    icon: str
    words: str


@dataclass(frozen=True)
class Found:
    """One thing to look at: what, where, by whom, when and why, and the evidence it rests on.

    `record_kind`, `record_id` and `field` name the very value where there is one, `fields` all of them
    where there are several. `entry` numbers the entry in the batch that made it so; `entries` are all
    that it rests on.
    """

    what: str
    where: str
    url: str = ""
    who: str = ""
    when: dt.datetime | None = None
    why: str = ""
    changes: tuple[Change, ...] = ()
    entry: int = 0
    entries: tuple[int, ...] = ()
    record_kind: str = ""
    record_id: int | None = None
    field: str = ""
    fields: tuple[str, ...] = ()


Find = Callable[[Basis], Iterator[Found]]


@dataclass(frozen=True)
class Rule:
    """A rule: its code, what it proves of everything that it does not name, and the function that looks.

    `since` is the version of the rule set that brought it in this form.
    """

    code: str
    sentence: str
    severity: Severity
    pill: Pill
    over: Over
    since: str
    find: Find

    @property
    def kind(self) -> str:
        return self.pill.kind

    @property
    def icon(self) -> str:
        return self.pill.icon

    @property
    def words(self) -> str:
        return self.pill.words

    @property
    def needs_decision(self) -> bool:
        """Whether somebody has to accept what it finds; notes are only read."""
        return self.severity != "note"


def rule(
    sentence: str, severity: Severity, pill: Pill, *, over: Over, since: str = "1.0"
) -> Callable[[Find], Rule]:
    """Make a function a rule; its name is the rule's code."""

    def made(find: Find) -> Rule:
        return Rule(find.__name__, sentence, severity, pill, over, since, find)

    return made


@dataclass(frozen=True, kw_only=True)
class ReviewException(Found):
    """Something that a rule found and a reviewer must look at."""

    rule: Rule

    @cached_property
    def key(self) -> str:
        """Names this very exception: the same while its evidence is, another as soon as that changes."""
        subject = [self.record_kind, self.record_id, self.field, list(self.fields), self.where, self.url]
        changes = [[one.label, one.unit, one.old, one.new] for one in self.changes]
        evidence = [self.what, self.why, changes, self.entry, list(self.entries)]
        told = json.dumps([self.rule.code, subject, evidence], ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def told(self) -> str:
        """On one line, as a deviation that is opened from it keeps it."""
        replaced = [f"{change.label} {change.old} → {change.new or 'empty'}" for change in self.changes]
        return f"{self.rule.words}: {'; '.join([self.what, *replaced] if self.what else replaced)}"

    @property
    def is_deviation(self) -> bool:
        """Whether it tells of a deviation that is open already."""
        return self.rule.over == "deviations"


def username(person: Any) -> str:
    """A person's user name; empty for nobody."""
    return person.username if person else ""
