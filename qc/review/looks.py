"""What changed in a batch since a reviewer's last look or since a round: field by field, from the entries.

Nothing here is stored but the looks themselves; docs/decisions/looks.md says what counts as one.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import F, Value
from django.utils.safestring import SafeString

from accounts.models import User
from audit.models import EntryAction
from audit.trail.markup import change_html
from audit.trail.telling import shown
from batches.record.models import Batch
from qc.entries import RecordEntry
from qc.exceptions.replaced import why_words
from qc.models import Signature
from qc.review.models import Look

Key = tuple[str, int]
Places = Mapping[Key, tuple[str, str]]


@dataclass(frozen=True)
class Mark:
    """A moment that changes are counted from: a look of this person, or the end of a round (its number)."""

    entry: int
    at: dt.datetime
    round: int = 0

    @property
    def code(self) -> str:
        """What it is called in an address: 'look', 'round-1'."""
        return f"round-{self.round}" if self.round else "look"

    @property
    def words(self) -> str:
        return f"round {self.round}" if self.round else "your last look"


@dataclass(frozen=True)
class Marks:
    """From where changes can be counted: this person's looks and the rounds that ended in a return."""

    looks: Sequence[Mark] = ()
    rounds: Sequence[Mark] = ()

    @property
    def earliest(self) -> int | None:
        """The entry after which texts are needed to tell what changed; None where nothing is compared."""
        return min((mark.entry for mark in (*self.looks, *self.rounds)), default=None)

    def offered(self, last: int) -> list[Mark]:
        """The marks to choose from, where the record's last change is entry `last`: the look before what
        this person sees now, then the rounds, the latest first.
        """
        before = [look for look in self.looks if look.entry < last]
        return [*before[-1:], *reversed(self.rounds)]


def marks_of(batch: Batch, person: User) -> Marks:
    """The person's looks at a batch and the rounds that ended in a return, oldest first; one query."""
    looks = Look.objects.filter(batch=batch, looked_by=person).order_by()
    seen = looks.values_list("through_entry", "looked_at", Value(0))
    returned = Signature.objects.filter(batch=batch, meaning=Signature.Meaning.REVIEWED_RETURNED).order_by()
    rounds = returned.values_list("entries_signed", "signed_at", F("review__round"))
    found = sorted((Mark(*row) for row in seen.union(rounds, all=True)), key=lambda mark: mark.entry)
    return Marks([one for one in found if not one.round], [one for one in found if one.round])


# --- what changed ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Changed:
    """One field: what it held at a mark, what it holds now, and the last entry that made it so.

    `times` is how often it was written between; a field of a record that is new has no old value.
    """

    key: Key
    field: str
    where: str
    url: str
    label: str
    unit: str
    old: str | None
    new: str | None
    who: str
    when: dt.datetime
    why: str
    entry: int
    times: int = 1
    is_new: bool = False

    @property
    def is_back(self) -> bool:
        """Whether it was changed and holds again what it held."""
        return not self.is_new and self.old == self.new

    @property
    def html(self) -> SafeString:
        """Label, old and new value, as the trail shows them."""
        return change_html(self.label, self.unit, self.old, self.new, is_first=self.is_new)

    @property
    def words(self) -> str:
        """The same on one line: 'Duration 75 → 80 min'."""
        unit = f" {self.unit}" if self.unit and self.new else ""
        return f"{self.label} {self.old or 'empty'} → {self.new or 'empty'}{unit}"


def changed_since(entries: Iterable[RecordEntry], mark: int, places: Places) -> list[Changed]:
    """Every field that was written after an entry, each once, the last written last; no query.

    The entries come with their text (`told_after`). Moments that a state sets by itself are left out.
    """
    written: dict[tuple[Key, str], list[tuple[RecordEntry, dict[str, Any]]]] = {}
    for entry in entries:
        for change in _told(entry) if entry.number > mark else ():
            written.setdefault((entry.key, change["field"]), []).append((entry, change))
    found = [_changed(key, field, told, places) for (key, field), told in written.items()]
    return sorted(found, key=lambda one: one.entry)


def _told(entry: RecordEntry) -> list[dict[str, Any]]:
    free = getattr(apps.get_model(entry.kind), "free_fields", ())
    return [one for one in entry.changes if not (one["field"] in free and one["field"].endswith("_at"))]


def _changed(key: Key, field: str, told: list[tuple[RecordEntry, dict[str, Any]]], places: Places) -> Changed:
    (first, before), (last, after) = told[0], told[-1]
    where, url = places.get(key, (last.label, ""))
    is_new = first.action == EntryAction.CREATED
    return Changed(
        key=key,
        field=field,
        where=where,
        url=f"{url}#value-{field}" if url and "#" not in url else url,
        label=after["label"],
        unit=after.get("unit", ""),
        old=None if is_new else shown(before.get("old_text", before["old"])),
        new=shown(after.get("new_text", after["new"])),
        who=last.username,
        when=last.at,
        why=why_words(entry for entry, _ in told),
        entry=last.number,
        times=len(told),
        is_new=is_new,
    )
