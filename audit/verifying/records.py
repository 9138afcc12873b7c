"""One record beside its history and its entries: what exactly is wrong with it.

The entries are the evidence: "the trail says" is what they say, replayed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.models import Entry, TrackedModel
from audit.trail.telling import shown
from audit.verifying.differences import Difference, What
from audit.verifying.replay import apply, fits, says_alike
from audit.verifying.shapes import FieldShape, Shape
from audit.words import counted


@dataclass
class Beside:
    """A record with everything that tells of it."""

    shape: Shape
    pk: int
    live: TrackedModel | None = None
    history: list[Any] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @property
    def writing(self) -> list[Entry]:
        """Entries that tell of a version of the record."""
        return [entry for entry in self.entries if entry.history_id is not None]

    @property
    def versions(self) -> int:
        """How many versions the trail knows."""
        return len(self.writing)


@dataclass
class Told:
    """What the entries of a record say, replayed: value, words for people, and who recorded it when."""

    values: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)

    def take(self, entry: Entry, shape: Shape) -> dict[str, Any]:
        """Take over one entry; its body."""
        body: dict[str, Any] = json.loads(entry.body)
        apply(body, self.values)
        for change in body["changes"]:
            known, name = shape.field(change["field"]), change["field"]
            text = change.get("new_text") or shown(change["new"])
            self.words[name] = known.told(text) if known and "new_text" not in change else str(text)
            self.entries[name] = entry
        return body


def gather(shape: Shape, pks: Iterable[int]) -> list[Beside]:
    """Records with history and entries, in three queries."""
    found = {pk: Beside(shape, pk) for pk in pks}
    for live in shape.model._base_manager.filter(pk__in=found):
        found[live.pk].live = live
    rows = shape.history._base_manager.filter(**{f"{shape.pk}__in": found})
    for row in rows.order_by("history_id"):
        found[getattr(row, shape.pk)].history.append(row)
    for entry in Entry.objects.filter(kind=shape.kind, object_id__in=found).order_by("id"):
        found[entry.object_id].entries.append(entry)  # type: ignore[index]
    return list(found.values())


def examine(shape: Shape, pks: Iterable[int]) -> list[Difference]:
    """Everything that is wrong with these records, each thing once."""
    return [difference for beside in gather(shape, pks) for difference in compare(beside)]


def compare(beside: Beside) -> list[Difference]:
    """What is wrong with one record, each thing once."""
    found: dict[tuple[str, int, str, str], Difference] = {}
    for difference in (*_whole(beside), *_values(beside)):
        found.setdefault(difference.key, difference)
    return list(found.values())


def replayed(beside: Beside) -> Told:
    """What the entries of a record tell; bodies that can't be read tell nothing."""
    told = Told()
    for entry in beside.writing:
        try:
            told.take(entry, beside.shape)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # the pass over the entries names it
    return told


# --- the record as a whole ------------------------------------------------------------------------


def _whole(beside: Beside) -> Sequence[Difference]:
    if beside.live is None:
        return [
            _difference(
                beside,
                What.ROW_GONE,
                words="the trail tells of it, but it is gone from the database.",
                recorded="a record",
                standing="nothing",
            )
        ]
    if not beside.writing and not beside.history:
        return [
            _difference(
                beside,
                What.ROW_ADDED,
                words="it stands in the database, but no entry tells how it came there.",
                recorded="nothing",
                standing=_contents(beside),
            )
        ]
    # With as many history rows as revisions, it is entries that are gone: the history tells so below.
    if beside.live.revision not in {beside.versions, len(beside.history)}:
        return [
            _difference(
                beside,
                What.VALUE,
                field="revision",
                label="Revision",
                recorded=str(beside.versions),
                standing=str(beside.live.revision),
            )
        ]
    return []


def _contents(beside: Beside) -> str:
    """The filled fields of a live row in one line."""
    filled = (
        (one, getattr(beside.live, one.attname))
        for one in beside.shape.kept
        if getattr(beside.live, one.attname) not in (None, "")
    )
    return "; ".join(f"{one.label} {one.words(value)}" for one, value in filled)[:2_000]


# --- version by version, field by field -----------------------------------------------------------


def _values(beside: Beside) -> list[Difference]:
    found, told = [], Told()
    history = {row.history_id: row for row in beside.history}
    for entry in beside.writing:
        row = history.pop(entry.history_id, None)
        try:
            body = told.take(entry, beside.shape)
            number = int(body["record"]["revision"])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # the pass over the entries names it
        if row is None:
            found.append(_missing_version(beside, number, entry))
        else:
            found += _of_version(beside, told, row, body, number)
    if history:
        found.append(_extra_version(beside, len(history)))
    if beside.live is not None and beside.writing:
        live = (_unlike(beside, told, one, beside.live, What.VALUE) for one in beside.shape.fields)
        found = [one for one in live if one is not None] + found
    return found


def _of_version(beside: Beside, told: Told, row: Any, body: dict[str, Any], number: int) -> list[Difference]:
    unlike = [
        one
        for name in beside.shape.kept
        if (one := _unlike(beside, told, name, row, What.HISTORY, f"In version {number}, ")) is not None
    ]
    if not _says_alike(body, number, row):
        words = f"version {number} of its history does not name the moment, person or reason of its entry."
        unlike.append(_difference(beside, What.HISTORY, words=words, field="history", standing=words))
    return unlike


def _says_alike(body: dict[str, Any], number: int, row: Any) -> bool:
    told = (row.history_date, row.history_user_id, row.history_change_reason)
    return row.revision == number and says_alike(body, number, *told)


def _missing_version(beside: Beside, number: int, entry: Entry) -> Difference:
    words = f"version {number} is gone from its history; entry {entry.pk} tells of it."
    recorded = f"{beside.versions} versions"
    standing = f"{len(beside.history)} versions"
    return _difference(beside, What.HISTORY, words=words, recorded=recorded, standing=standing, entry=entry)


def _extra_version(beside: Beside, extra: int) -> Difference:
    words = f"its history holds {counted(extra, 'version', 'versions')} that no entry tells of."
    recorded, standing = f"{beside.versions} versions", f"{len(beside.history)} versions"
    return _difference(beside, What.HISTORY, words=words, recorded=recorded, standing=standing)


def _unlike(
    beside: Beside, told: Told, one: FieldShape, row: Any, what: str, where: str = ""
) -> Difference | None:
    """A value that is not what the entries tell."""
    value = getattr(row, one.attname)
    try:
        if fits(one, told.values, value):
            return None
        standing = one.words(value)
    except TypeError:
        standing = f"{value!r}"[:200]
    entry = told.entries.get(one.name)
    if entry is None and beside.writing:
        entry = beside.writing[0]
    difference = _difference(
        beside,
        what,
        field=one.name,
        label=one.label,
        recorded=told.words.get(one.name, "nothing"),
        standing=standing,
        entry=entry,
    )
    if not where:
        return difference
    return _with_words(difference, f"{where}{one.label.lower()} was {difference.standing} in its history")


def _with_words(difference: Difference, start: str) -> Difference:
    by = f" (entry {difference.entry}, {difference.recorded_by})" if difference.entry else ""
    words = f"{start[:1].lower()}{start[1:]}, but the trail says {difference.recorded}{by}."
    return Difference(**{**difference.__dict__, "words": words})


def _difference(beside: Beside, what: str, *, entry: Entry | None = None, **told: Any) -> Difference:
    last = beside.entries[-1] if beside.entries else None
    written = beside.writing[-1] if beside.writing else None
    entry = entry or written
    return Difference(
        what=what,
        record_kind=beside.shape.kind,
        record_id=beside.pk,
        record_label=(last.object_label if last else _label_of(beside))[:300],
        batch_number=last.batch_number if last else _batch_of(beside),
        entry=entry.pk if entry else None,
        recorded_by=entry.actor_username or entry.actor_name if entry else "",
        in_order_until=written.at if written else None,
        **told,
    )


def _label_of(beside: Beside) -> str:
    """A label for a row without a trail; rows added by hand may lack what theirs is made of."""
    try:
        return beside.live.trail_label if beside.live is not None else f"{beside.shape.words} {beside.pk}"
    except Exception:
        return f"{beside.shape.words} {beside.pk}"


def _batch_of(beside: Beside) -> str:
    try:
        return beside.live.trail_batch if beside.live is not None else ""
    except Exception:
        return ""
