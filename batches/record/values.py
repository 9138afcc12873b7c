"""Entering, correcting and explaining values: the actions behind every sheet."""

from dataclasses import dataclass
from typing import Any

from accounts import roles
from accounts.models import User
from audit import reading, records
from audit.acting import action
from audit.models import TrackedModel
from audit.refusal import ActionRefused, Reason, ReasonMissing, ValueRefused
from batches.record.calculations import Calculated
from batches.record.models import Batch, FieldRemark
from batches.record.sheets import NotFinished, RowKind, Sheet, ValuesMoved, problems_of

UNSEEN = object()


@dataclass(frozen=True)
class Entered:
    """One value as a person entered it; `seen` is what the page showed before, `typed` the exact text.

    `calculated` says what it was computed from, where a calculator beside the field gave it.
    """

    field: str
    value: Any
    seen: Any = UNSEEN
    typed: str = ""
    calculated: Calculated | None = None


def lock_batch(batch: Batch) -> Batch:
    """The batch as it is now, held until the transaction ends."""
    return reading.fresh(Batch, batch.pk, hold=True)


def lock_sheet(sheet: Sheet) -> Sheet:
    """Read the sheet's rows anew under the batch's lock, so that two people meet here."""
    batch = lock_batch(sheet.batch)
    parts = [_anew(part, batch) for part in sheet.parts]
    # The rows hang together: the details' envelope is the one that was just read.
    for part in parts[1:]:
        for field in part._meta.concrete_fields:
            if field.is_relation and field.related_model is type(parts[0]):
                setattr(part, field.name, parts[0])
    fresh = Sheet(batch, parts, sheet.kind, sheet.url, sheet.limits)
    return fresh.load_remarks(FieldRemark.objects.filter(batch=batch, is_withdrawn=False))


def _anew(part: TrackedModel, batch: Batch) -> TrackedModel:
    fresh = reading.fresh(type(part), part.pk)
    if any(field.name == "batch" for field in fresh._meta.concrete_fields):
        fresh.batch = batch  # type: ignore[attr-defined]
    return fresh


def demand_editable(sheet: Sheet) -> None:
    """Refuse entries where the batch, step or assay does not take any now, saying what to do."""
    if not sheet.batch.is_editable:
        words = sheet.batch.get_status_display().lower()
        raise ActionRefused(f"Batch {sheet.batch.number} is {words}: nothing can be entered or corrected.")
    if not sheet.is_editable:
        state = getattr(sheet.subject, "state", "") or sheet.subject.get_status_display().lower()
        hint = " Start it first." if state == "planned" else ""
        raise ActionRefused(f"{sheet.label} is {state}.{hint}")


@action(may=roles.ENTER)
def record_values(*, sheet: Sheet, entered: list[Entered], by: User, reason: Reason | None = None) -> Sheet:
    """Enter values into a sheet, each beside what the person saw.

    A field that somebody else changed meanwhile raises ValuesMoved, whoever is first; a saved value is
    replaced only with a reason. Returns the sheet as saved.
    """
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    changed = {part: {} for part in sheet.parts}  # type: dict[TrackedModel, dict[str, str]]
    for one in entered:
        part = sheet.part_of(one.field)
        if _settle(sheet, part, one):
            changed[part][one.field] = one.typed
            _withdraw(sheet, one.field, by)
    is_unchecked = any(changed.values()) and _clear_check(sheet)
    for part in sheet.parts:
        if not (changed[part] or (is_unchecked and part is sheet.subject)):
            continue  # nothing was entered in this row, so nothing is computed anew either
        if hasattr(part, "compute"):
            part.compute()
        records.save(part, by=by, reason=reason, typed=changed[part])
    for one in entered:
        if one.calculated is not None:
            records.save(one.calculated.row(sheet, one.field), by=by)
    return sheet


def _settle(sheet: Sheet, part: TrackedModel, one: Entered) -> bool:
    """Put the value on the row unless it stands there already. Returns whether it changed."""
    now = getattr(part, one.field)
    if _same(now, one.value):
        return False
    if one.seen is not UNSEEN and not _same(now, one.seen):
        raise ValuesMoved(one.field, sheet.label_of(one.field), mine=one.value, theirs=now)
    setattr(part, one.field, one.value)
    return True


def _same(one: Any, other: Any) -> bool:
    return one == other or (one in (None, "") and other in (None, ""))


def _clear_check(sheet: Sheet) -> bool:
    """A second person's check does not cover what changes after it. Returns whether there was one."""
    if getattr(sheet.subject, "checked_at", None) is None:
        return False
    sheet.subject.checked_at = sheet.subject.checked_by = None
    return True


def _take_back_check(sheet: Sheet, by: User) -> None:
    """The same where only a row of the step changed."""
    if _clear_check(sheet):
        records.save(sheet.subject, by=by)


# --- remarks beside a field -----------------------------------------------------------------------


@action(may=roles.ENTER)
def mark_not_applicable(*, sheet: Sheet, field: str, words: str, by: User) -> FieldRemark:
    """Say why a field stays empty. Refused while it holds a value."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    if sheet.value(field) not in (None, ""):
        raise ValueRefused(f"{sheet.label_of(field)} holds a value; clear it with a reason first.", field)
    return _put_remark(sheet, field, FieldRemark.Kind.NOT_APPLICABLE, words, by)


@action(may=roles.ENTER)
def explain_out_of_limits(*, sheet: Sheet, field: str, words: str, by: User) -> FieldRemark:
    """Say why a value lies outside of its planned limits. The value stays as it is."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    if sheet.verdict(field) != "outside":
        raise ValueRefused(f"{sheet.label_of(field)} is not out of limits.", field)
    return _put_remark(sheet, field, FieldRemark.Kind.OUT_OF_LIMITS, words, by)


def _put_remark(sheet: Sheet, field: str, kind: FieldRemark.Kind, words: str, by: User) -> FieldRemark:
    if len(words.strip()) < 3:
        raise ReasonMissing("Say in a few words why.")
    part = sheet.part_of(field)
    remark = sheet.remark(field, kind) or FieldRemark(
        batch=sheet.batch,
        kind=kind,
        record_kind=part._meta.label_lower,
        record_id=part.pk,
        record_label=part.trail_label,
        field=field,
    )
    remark.words = words.strip()
    records.save(remark, by=by)
    return remark


def _withdraw(sheet: Sheet, field: str, by: User) -> None:
    """A new value ends what was said about the old one or about its absence."""
    for kind in FieldRemark.Kind:
        remark = sheet.remarks.pop((field, str(kind)), None)
        if remark is not None:
            remark.is_withdrawn = True
            records.save(remark, by=by)


def demand_complete(sheet: Sheet) -> None:
    """Raise NotFinished with everything that is missing or unexplained."""
    problems = problems_of(sheet)
    if problems:
        raise NotFinished(problems)


# --- rows: lanes, markers, fractions, micrographs -------------------------------------------------


@action(may=roles.ENTER)
def add_row(*, sheet: Sheet, kind: RowKind, values: dict[str, Any], by: User) -> TrackedModel:
    """Add a lane, marker, fraction or micrograph."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    row = kind.model(**{kind.parent: sheet.details}, **values)
    records.save(row, by=by)
    _take_back_check(sheet, by)
    return row


@action(may=roles.ENTER)
def correct_row(
    *,
    sheet: Sheet,
    row: TrackedModel,
    values: dict[str, Any],
    seen_revision: int,
    by: User,
    reason: Reason | None,
) -> TrackedModel:
    """Correct a row; `seen_revision` is the version that the person saw."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    row = type(row).objects.get(pk=row.pk)
    if row.revision != seen_revision:
        raise ActionRefused(f"{row.trail_label} was changed by somebody else; look at it again.")
    for name, value in values.items():
        setattr(row, name, value)
    records.save(row, by=by, reason=reason)
    _take_back_check(sheet, by)
    return row


@action(may=roles.ENTER)
def void_row(*, sheet: Sheet, row: Any, by: User, reason: Reason) -> TrackedModel:
    """Void a row that should not be there; it stays readable in the trail."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    row = type(row).objects.get(pk=row.pk)
    row.is_voided = True
    records.save(row, by=by, reason=reason)
    _take_back_check(sheet, by)
    return row
