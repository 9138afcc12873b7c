"""The one door for writing: row, history row and entry together, or none of them."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from audit import canonical, places, reading
from audit.clashes import in_words
from audit.exporting import lines
from audit.models import Entry, EntryAction, TrackedModel
from audit.refusal import OutsideTheDoor, Reason, ReasonMissing, RecordMoved, ValueRefused
from audit.running import running_act
from audit.trail import lateness


def save(
    record: TrackedModel,
    *,
    by: Any,
    reason: Reason | None = None,
    typed: Mapping[str, str] | None = None,
    may_fail: bool = False,
) -> Entry | None:
    """Write a record with its history row and its entry; the only way a record is ever written.

    `by` is the person (or named system actor) answering for it. `reason` is required as soon as a value
    that stood in the record changes. `typed` holds texts as people entered them, by field name.
    `may_fail` is for actions that go on after a ValueRefused of this save.
    Returns the entry, or None when nothing changed. Raises OutsideTheDoor outside a transaction or
    without an actor, ReasonMissing, RecordMoved when the record was saved by somebody else since it was
    read, ValueRefused when the database or a field refuses a value.
    """
    _demand_frame(record, by)
    creating = record._state.adding
    stored = {} if creating else _stored_values(record)
    changes = _changes(record, stored, typed or {})
    if not creating:
        if not changes:
            return None
        _demand_unmoved(record, stored)
        _demand_reason(record, stored, changes, reason)
    _clean(record, stored)
    at = timezone.now()
    record.revision += 1
    # An action that is refused is rolled back as a whole and needs no savepoint for it; until then Django
    # refuses every further statement. Elsewhere one leaves the surrounding transaction usable.
    with transaction.atomic(savepoint=may_fail or not running_act()):
        _write(record, by=by, at=at, reason=reason)
    history_row = record.__dict__.pop("_history_row")
    return _write_entry(
        EntryAction.CREATED if creating else EntryAction.CHANGED,
        by=by,
        at=at,
        record=record,
        history_id=history_row.history_id,
        parts={
            "changes": changes,
            "reason": reason and {"category": reason.category, "words": reason.words},
            **_lateness(changes, at),
        },
    )


def _lateness(changes: list[dict[str, Any]], at: Any) -> dict[str, int]:
    """How late an entry is, where it is; the trail finds late entries by it."""
    minutes = lateness.most_minutes_late(changes, at)
    return {"late_min": minutes} if minutes else {}


def event(
    happening: EntryAction,
    *,
    by: Any,
    about: TrackedModel | None = None,
    act: str = "",
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    """Write an entry for something that is not a change: a sign-in, refusal, export, print, signature.

    `by` may be None only where nobody is signed in (a failed sign-in).
    """
    if not connection.in_atomic_block:
        raise OutsideTheDoor("An event is written inside a transaction.")
    return _write_entry(
        happening, by=by, at=timezone.now(), record=about, act=act, parts={"detail": dict(detail or {})}
    )


# --- what must hold before anything is written ---------------------------------------------------


def _demand_frame(record: TrackedModel, by: Any) -> None:
    if not connection.in_atomic_block:
        raise OutsideTheDoor("records.save must stand in a transaction (see audit.acting.action).")
    # The very first system actor answers for its own creation.
    if by is None or (by.pk is None and by is not record):
        raise OutsideTheDoor("records.save needs a person or a named system actor.")


def _stored_values(record: TrackedModel) -> dict[str, Any]:
    stored = reading.stored(type(record), record.pk)
    if stored is None:
        raise OutsideTheDoor(f"{type(record).__name__} {record.pk} is not in the database.")
    return stored


def _demand_unmoved(record: TrackedModel, stored: Mapping[str, Any]) -> None:
    if stored["revision"] != record.revision:
        raise RecordMoved(f"{record.trail_label} was saved by somebody else in the meantime; look again.")


def _demand_reason(
    record: TrackedModel, stored: Mapping[str, Any], changes: list[dict[str, Any]], reason: Reason | None
) -> None:
    """Changing what stood in the record needs a reason; a first entry into an empty field does not."""
    if reason is not None:
        return
    replaced = [
        change["label"]
        for change in changes
        if change["old"] not in (None, "") and change["field"] not in record.free_fields
    ]
    if replaced:
        raise ReasonMissing(f"Say why {', '.join(replaced)} changes: a saved value is replaced.")


def _clean(record: TrackedModel, stored: Mapping[str, Any]) -> None:
    """Field rules without the database's help; relations and constraints are the database's own.

    What stands in the database just so was cleaned when it came there.
    """
    left_out = {
        field.name
        for field in record._meta.concrete_fields
        if field.is_relation or (stored and _is_same(getattr(record, field.attname), stored[field.attname]))
    }
    try:
        record.clean_fields(exclude=left_out)
    except ValidationError as error:
        field, words = next(iter(error.message_dict.items()))
        raise ValueRefused(f"{label_of(record._meta.get_field(field))}: {' '.join(words)}", field) from error


def _is_same(one: Any, other: Any) -> bool:
    """Equal and of one type: a text that reads like the number that stands there is not."""
    return type(one) is type(other) and bool(one == other)


def _write(record: TrackedModel, *, by: Any, at: Any, reason: Reason | None) -> None:
    """Save row and history row with their actor, moment and reason, leaving nothing behind."""
    notes = {"_door_is_open": True, "_history_user": by, "_history_date": at}
    record.__dict__.update(notes)
    record.__dict__["_change_reason"] = f"{reason.category}: {reason.words}" if reason else None
    try:
        record.save()
    except IntegrityError as error:
        record.revision -= 1
        raise in_words(record, error) from error
    finally:
        for note in (*notes, "_change_reason"):
            record.__dict__.pop(note, None)


# --- what an entry says --------------------------------------------------------------------------


def label_of(field: Any) -> str:
    """A field's label for people: its verbose name with a capital letter."""
    name = str(field.verbose_name)
    return name[:1].upper() + name[1:]


def _changes(
    record: TrackedModel, stored: Mapping[str, Any], typed: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Old and new of every field that differs from what is stored (from empty, for a new record)."""
    changes = []
    for field in record._meta.concrete_fields:
        if field.primary_key or field.name in {"revision", *record.history_excludes} - {
            *record.hashed_fields
        }:
            continue
        old, new = stored.get(field.attname), _settled(record, field)
        if old == new or (not stored and new in (None, "")):
            continue
        changes.append(_change(record, field, old, new, typed))
    return changes


def _settled(record: TrackedModel, field: Any) -> Any:
    """The field's value as the database will hold it, so that '1.50' and 1.5 are no change."""
    value = getattr(record, field.attname)
    if isinstance(value, str) and not isinstance(field, models.CharField | models.TextField):
        return field.to_python(value)
    return value


def _change(record: TrackedModel, field: Any, old: Any, new: Any, typed: Mapping[str, str]) -> dict[str, Any]:
    if field.name in record.hashed_fields:
        old, new = ({"sha256": canonical.content_hash(v)} if v else None for v in (old, new))
        old, new = (v and f"sha256 {v['sha256']}" for v in (old, new))
    change = {
        "field": field.name,
        "label": label_of(field),
        "unit": getattr(field, "unit", ""),
        "old": canonical.plain(old),
        "new": canonical.plain(new),
    }
    for side, value in (("old_text", old), ("new_text", new)):
        text = _text_for_people(record, field, value, is_new=side == "new_text")
        if text is not None:
            change[side] = text
    if typed.get(field.name) not in (None, "", str(change["new"])):
        change["typed"] = typed[field.name]
    return change


def _text_for_people(record: TrackedModel, field: Any, value: Any, *, is_new: bool) -> str | None:
    """Names in place of keys and codes, as they are at this moment; None where the value speaks itself."""
    if value in (None, ""):
        return None
    if field.is_relation:
        related = getattr(record, field.name) if is_new else None
        related = related or field.related_model._base_manager.filter(pk=value).first()
        return str(related)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return None


def _write_entry(
    happening: EntryAction,
    *,
    by: Any,
    at: Any,
    record: TrackedModel | None,
    parts: Mapping[str, Any],
    act: str = "",
    history_id: int | None = None,
) -> Entry:
    batch_number = record.trail_batch if record is not None else ""
    number, previous = places.next_place(batch_number)
    entry = Entry(
        at=at,
        actor=by,
        actor_name=by.printed_name if by else "nobody signed in",
        actor_username=by.username if by else "",
        actor_role=by.role if by else "",
        action=happening,
        act=act or running_act(),
        kind=record._meta.label_lower if record is not None else "",
        object_id=record.pk if record is not None else None,
        object_label=record.trail_label[:300] if record is not None else "",
        history_id=history_id,
        batch_number=batch_number,
        number_in_batch=number,
    )
    entry.body = canonical.text({**_body(entry, record, previous), **parts})
    entry.leaf_hash = canonical.leaf_hash(entry.body)
    entry.change_cells = lines.change_cells(parts)
    entry.save()
    places.remember(entry)
    return entry


def _body(entry: Entry, record: TrackedModel | None, previous: bytes | None) -> dict[str, Any]:
    batch = None
    if entry.batch_number:
        batch = {
            "number": entry.batch_number,
            "entry": entry.number_in_batch,
            "previous": previous.hex() if previous else None,
        }
    subject = None
    if record is not None:
        subject = {
            "kind": entry.kind,
            "id": entry.object_id,
            "label": entry.object_label,
            "revision": record.revision,
            "history": entry.history_id,
        }
    return {
        "v": canonical.SCHEMA,
        "at": entry.at,
        "action": str(entry.action),
        "act": entry.act,
        "actor": {
            "id": entry.actor_id,
            "name": entry.actor_name,
            "user": entry.actor_username,
            "role": entry.actor_role,
        },
        "batch": batch,
        "record": subject,
    }
