"""How much the rules looked at: "412 values: 403 in order by rule set 1.0, 9 to look at"."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from audit.words import counted as count_words
from qc.exceptions.basis import Basis, Value
from qc.exceptions.kinds import Over, ReviewException, Rule
from qc.exceptions.registry import RULE_SET, RULES
from qc.judging import Judged
from qc.loading import WholeRecord

LOOKED_AT: Mapping[Over, tuple[Callable[[Basis], int], str, str]] = {
    "values": (lambda basis: len(basis.values), "value", "values"),
    "steps": (lambda basis: len(basis.record.standing_steps), "step", "steps"),
    "assays": (lambda basis: len(basis.record.assays), "assay", "assays"),
    "entries": (lambda basis: len(basis.record.entries), "entry", "entries"),
    "files": (lambda basis: len(basis.record.attachments), "file", "files"),
    "criteria": (lambda basis: len(basis.judged), "criterion", "criteria"),
    "records": (lambda basis: len(basis.sheets), "record", "records"),
    "signatures": (lambda basis: len(basis.record.signatures), "signature", "signatures"),
    "deviations": (lambda basis: len(basis.record.deviations), "deviation", "deviations"),
    "queries": (lambda basis: len(basis.record.queries), "query", "queries"),
    "batch": (lambda basis: 1, "batch", "batches"),
}


@dataclass(frozen=True)
class Proved:
    """What one rule proved: how much it looked at, and how much of that it names."""

    rule: Rule
    looked_at: int
    exceptions: int

    @property
    def words(self) -> str:
        """'412 values', '1 step'."""
        _, one, more = LOOKED_AT[self.rule.over]
        return count_words(self.looked_at, one, more)


@dataclass(frozen=True)
class Counted:
    """A record's values, how many of them an exception names, and how many exceptions name no value.

    A value counts where a field of what stands holds something, carries a remark, or is named because it
    is missing. Notes ask for no decision and count nowhere. `proved` has a line for every rule.
    """

    values: int
    to_look_at: int
    beside: int
    proved: tuple[Proved, ...]
    rule_set: str = RULE_SET

    @property
    def in_order(self) -> int:
        return self.values - self.to_look_at

    @property
    def words(self) -> str:
        """'412 values: 403 in order by rule set 1.0, 9 to look at; 2 exceptions name no single value'."""
        told = (
            f"{count_words(self.values, 'value', 'values')}: {self.in_order} in order "
            f"by rule set {self.rule_set}, {self.to_look_at} to look at"
        )
        names = "exception names" if self.beside == 1 else "exceptions name"
        return f"{told}; {self.beside} {names} no single value" if self.beside else told


def counted(record: WholeRecord, judged: Sequence[Judged], exceptions: Sequence[ReviewException]) -> Counted:
    """What the rules proved and what they left to look at; no queries."""
    return counted_on(Basis(record, judged), exceptions)


def counted_on(basis: Basis, exceptions: Sequence[ReviewException]) -> Counted:
    """The same over a basis that is at hand."""
    decide = [one for one in exceptions if one.rule.needs_decision]
    named = {value for one in decide for value in _values_of(one)}
    beside = sum(1 for one in decide if not _values_of(one))
    found = Counter(one.rule.code for one in exceptions)
    sizes = {over: size(basis) for over, (size, _, _) in LOOKED_AT.items()}
    proved = tuple(Proved(rule, sizes[rule.over], found[rule.code]) for rule in RULES)
    return Counted(len(basis.values | named), len(named), beside, proved)


def _values_of(one: ReviewException) -> list[Value]:
    """The values that an exception names."""
    if not one.record_kind or one.record_id is None:
        return []
    fields = one.fields or ((one.field,) if one.field else ())
    return [(one.record_kind, one.record_id, field) for field in dict.fromkeys(fields)]
