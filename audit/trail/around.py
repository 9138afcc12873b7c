"""What stands around an entry: before and after it, in the same act, and every value its fields ever had."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from audit.models import Entry, EntryAction
from audit.trail.telling import shown
from audit.words import grouped

MOST_IN_AN_ACT = 50
NEIGHBOURS = 200
ONE_ACT = dt.timedelta(seconds=2)
MOST_VERSIONS = 200
VALUES = (EntryAction.CREATED, EntryAction.CHANGED)


@dataclass(frozen=True)
class Beside:
    """Numbers of the entries before and after one, of its record and of its batch; None for none."""

    record_before: int | None = None
    record_after: int | None = None
    batch_before: int | None = None
    batch_after: int | None = None


def beside(entry: Entry) -> Beside:
    """The entries next to this one; three queries at most."""
    before = after = None
    if entry.object_id is not None:
        same = Entry.objects.filter(kind=entry.kind, object_id=entry.object_id).values_list("id", flat=True)
        before = same.filter(id__lt=entry.pk).order_by("-id").first()
        after = same.filter(id__gt=entry.pk).order_by("id").first()
    number = entry.number_in_batch
    if number is None:
        return Beside(before, after)
    places = Entry.objects.filter(
        batch_number=entry.batch_number, number_in_batch__in=(number - 1, number + 1)
    )
    found = dict(places.values_list("number_in_batch", "id"))
    return Beside(before, after, found.get(number - 1), found.get(number + 1))


def same_act(entry: Entry) -> list[int]:
    """Numbers of the other entries that were written with this one.

    PostgreSQL remembers the transaction. SQLite lets one write at a time, so an act's entries stand without
    a gap; by one person within two seconds they are taken for one.
    """
    if not entry.act:
        return []
    same = Entry.objects.filter(actor_id=entry.actor_id, act=entry.act).order_by("id")
    if entry.transaction is not None:
        same = same.filter(transaction=entry.transaction).exclude(pk=entry.pk)
        return list(same.values_list("id", flat=True)[:MOST_IN_AN_ACT])
    near = same.filter(
        id__range=(entry.pk - NEIGHBOURS, entry.pk + NEIGHBOURS),
        at__range=(entry.at - ONE_ACT, entry.at + ONE_ACT),
    )
    run = _run_around(entry.pk, set(near.values_list("id", flat=True)))
    return [number for number in run if number != entry.pk][:MOST_IN_AN_ACT]


def _run_around(number: int, found: set[int]) -> list[int]:
    first = last = number
    while first - 1 in found:
        first -= 1
    while last + 1 in found:
        last += 1
    return list(range(first, last + 1))


@dataclass(frozen=True)
class Version:
    """A value that a field had: from which entry on, when and by whom."""

    value: str | None
    entry: int
    at: dt.datetime
    actor: str
    is_this: bool

    @property
    def number(self) -> str:
        return grouped(self.entry)


@dataclass
class Versions:
    """All values that a field had, the oldest first; `is_cut` when there are older ones."""

    label: str
    unit: str
    values: list[Version] = field(default_factory=list)
    is_cut: bool = False


def versions(entry: Entry) -> list[Versions]:
    """Every value of each field that this entry names and that had more than one; one query."""
    names = [change["field"] for change in json.loads(entry.body).get("changes", ())]
    if not names:
        return []
    same = Entry.objects.filter(kind=entry.kind, object_id=entry.object_id, action__in=VALUES)
    rows: list[Any] = list(
        same.order_by("-id").values("id", "at", "actor_name", "action", "body")[:MOST_VERSIONS]
    )
    found = _gathered(reversed(rows), entry.pk, set(names))
    for kept in found.values():
        kept.is_cut = len(rows) == MOST_VERSIONS
    return [one for name in names if (one := found.get(name)) and len(one.values) > 1]


def _gathered(rows: Iterable[dict[str, Any]], this: int, names: set[str]) -> dict[str, Versions]:
    found: dict[str, Versions] = {}
    for row in rows:
        for change in json.loads(row["body"]).get("changes", ()):
            if change["field"] in names:
                kept = found.setdefault(change["field"], Versions(change["label"], change.get("unit", "")))
                value = shown(change.get("new_text", change["new"]))
                version = Version(value, row["id"], row["at"], row["actor_name"], row["id"] == this)
                kept.values.append(version)
    return found
