"""What is done with what verifying finds: kept as rows, put back, taken over, or noted.

Who may do so is decided in accounts, where these functions get their frame.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from audit import records
from audit.models import Entry, EntryAction
from audit.refusal import ActionRefused, Reason
from audit.verifying import attachments, proof, running, state
from audit.verifying import records as looking
from audit.verifying.differences import Difference, What
from audit.verifying.models import UnexplainedChange
from audit.verifying.shapes import FieldShape, Shape, shape_of

Outcome = UnexplainedChange.Outcome
# Acts that write about findings and change no record: signatures stay valid beside them, and whoever did
# them has not worked on the batch.
ACTS_ON_FINDINGS = frozenset({"keep_verification", "put_back", "note_damage"})
ACT_OF = {running.WHOLE: state.VERIFY, running.QUICK: state.VERIFY_QUICKLY, running.BATCH: state.VERIFY_BATCH}


class Unexplained(ActionRefused):
    """Something is not as the trail says. What was found stays, though the action is rolled back."""

    def __init__(self, words: str, found: Iterable[Difference]):
        super().__init__(words)
        self.found = list(found)

    def keep_more(self, by: Any) -> None:
        keep(self.found, by=by)


def keep(found: Iterable[Difference], *, by: Any) -> list[UnexplainedChange]:
    """Write findings about records as rows; one that is open already is not written again."""
    open_now = {one.key for one in UnexplainedChange.objects.open()}
    kept = []
    for one in found:
        if one.record_kind and one.key not in open_now:
            open_now.add(one.key)
            change = UnexplainedChange(
                what=one.what,
                record_kind=one.record_kind,
                record_id=one.record_id,
                record_label=one.record_label,
                batch_number=one.batch_number,
                field=one.field,
                label=one.label[:200],
                recorded=one.recorded,
                standing=one.standing,
                told=one.sentence,
                entry_id=one.entry,
                in_order_until=one.in_order_until,
                found_at=timezone.now(),
                found_by=by,
            )
            records.save(change, by=by)
            kept.append(change)
    return kept


def keep_outcome(report: running.Report, *, scope: str, by: Any, number: str = "") -> Entry:
    """Write the outcome of a verification as an entry, and what it found as rows."""
    keep(report.differences, by=by)
    detail = {
        "outcome": report.outcome,
        "checked": scope if not number else f"batch {number}",
        "checkpoint": report.checkpoint,
        "history_rows": report.history_rows,
        "entries": report.entries,
        "seconds": f"{report.seconds:.1f}",
        "wrong": report.wrong,
        "known": len(report.known),
        "warnings": [one.sentence for one in report.warnings],
        "words": report.words,
    }
    return records.event(EntryAction.VERIFIED, by=by, act=ACT_OF[scope], detail=detail)


# --- dealing with one ---------------------------------------------------------------------------


def outcomes_for(change: UnexplainedChange) -> list[Outcome]:
    """What can be done with a finding."""
    shape = shape_of(change.record_kind)
    if change.what == What.FILE or shape is None or change.what in {What.ENTRY, What.LEDGER, What.HISTORY}:
        return [Outcome.PUT_BACK, Outcome.NOTED]
    field = shape.field(change.field)
    if change.what == What.ROW_GONE:
        return [Outcome.PUT_BACK, *([Outcome.NOTED] if _trail_is_damaged() else [])]
    if shape.model.append_only or (field is not None and not field.in_history):
        return [Outcome.PUT_BACK, Outcome.NOTED]
    usual = [Outcome.KEPT] if change.what == What.ROW_ADDED else [Outcome.PUT_BACK, Outcome.KEPT]
    return [*usual, Outcome.NOTED] if _trail_is_damaged() else usual


def _trail_is_damaged() -> bool:
    """Whether entries or the ledger were changed too: then a record may not be put right from them."""
    found = UnexplainedChange.objects.filter(what__in=[What.ENTRY, What.LEDGER])
    return found.exclude(outcome=Outcome.PUT_BACK).exists()


def put_back(change: UnexplainedChange, *, by: Any, reason: Reason) -> list[UnexplainedChange]:
    """Make a record what its trail says again, with every value of it that was changed behind the trail.

    What can't be written from here (files, history, entries) must have been put back by then.
    """
    change = _open(change, by, Outcome.PUT_BACK)
    if change.what in {What.VALUE, What.ROW_GONE}:
        beside = _beside(change)
        proof.demand_proven(beside)
        _mend(beside)
    if _stands(change):
        raise ActionRefused(
            f"{change.record_label} is still not as recorded: {NOT_FROM_HERE[What(change.what)]}"
        )
    return _settle(_of_record(change), Outcome.PUT_BACK, by, reason)


def adopt(change: UnexplainedChange, *, by: Any, reason: Reason) -> list[UnexplainedChange]:
    """Take what stands into the trail: an ordinary version and entry with the reason, for all its values."""
    change = _open(change, by, Outcome.KEPT)
    beside = _beside(change)
    record = beside.live
    if record is None:
        raise ActionRefused(f"{change.record_label} is not there any more.")
    if change.what == What.ROW_ADDED:
        record.revision, record._state.adding = 0, True
        _or_refuse(lambda: records.save(record, by=by, reason=reason), change)
    else:
        proof.demand_proven(beside)
        _mend(beside)
        again = type(record)._base_manager.get(pk=record.pk)
        for one in beside.shape.fields:
            setattr(again, one.attname, getattr(record, one.attname))
        records.save(again, by=by, reason=reason)
    return _settle(_of_record(change), Outcome.KEPT, by, reason)


def note(change: UnexplainedChange, *, by: Any, reason: Reason) -> list[UnexplainedChange]:
    """Say that a damage is known and can't be mended."""
    return _settle([_open(change, by, Outcome.NOTED)], Outcome.NOTED, by, reason)


NOT_FROM_HERE = {
    What.FILE: "put the original file back into the store first, or note that it is gone.",
    What.HISTORY: "history can't be written from here. Restore it from a backup, or note it.",
    What.ENTRY: "entries can't be written from here. Restore them from a backup, or note it.",
    What.LEDGER: "the ledger can't be written from here. Restore it from a backup, or note it.",
    What.VALUE: "the trail does not hold enough to put it back. Restore it from a backup.",
    What.ROW_GONE: "the trail does not hold enough to put it back. Restore it from a backup.",
    What.ROW_ADDED: "nothing is deleted from here: keep the row with a reason, or note it.",
}


def _open(change: UnexplainedChange, by: Any, wanted: str) -> UnexplainedChange:
    """The finding as it is now, held until the end; refused when it is dealt with or by's own."""
    change = UnexplainedChange.objects.select_for_update().get(pk=change.pk)
    if not change.is_open:
        raise ActionRefused(f"This was dealt with already: {change.dealt_words}.")
    if change.record_kind == settings.AUTH_USER_MODEL.lower() and change.record_id == by.pk:
        raise ActionRefused("Nobody deals with a change of their own account; ask another person of QA.")
    if wanted not in outcomes_for(change):
        raise ActionRefused(f"That can't be done here: {NOT_FROM_HERE[What(change.what)]}")
    return change


def _beside(change: UnexplainedChange) -> looking.Beside:
    shape = shape_of(change.record_kind)
    if shape is None:
        raise ActionRefused(f"There is no kind of record {change.record_kind}.")
    return looking.gather(shape, [change.record_id])[0]


def _of_record(change: UnexplainedChange) -> list[UnexplainedChange]:
    """The finding with those about other values of the same record, which were put right with it."""
    if change.what not in {What.VALUE, What.ROW_GONE, What.ROW_ADDED}:
        return [change]
    same = UnexplainedChange.objects.open().filter(
        record_kind=change.record_kind, record_id=change.record_id, what__in=[What.VALUE, What.ROW_GONE]
    )
    return [change, *same.exclude(pk=change.pk)]


def _settle(
    changes: list[UnexplainedChange], outcome: str, by: Any, reason: Reason
) -> list[UnexplainedChange]:
    for change in changes:
        change.outcome, change.words = outcome, reason.words
        change.dealt_with_at, change.dealt_with_by = timezone.now(), by
        records.save(change, by=by, reason=reason)
    return changes


def _stands(change: UnexplainedChange) -> bool:
    """Whether the same difference is there now."""
    if change.what == What.FILE:
        return (
            attachments.difference_of(change.record_kind, change.record_id, change.batch_number) is not None
        )
    if change.what in {What.ENTRY, What.LEDGER}:
        found = running.verify(running.WHOLE).differences
    else:
        found = looking.compare(_beside(change))
    return change.key in {one.key for one in found}


# --- writing a live row as the trail says ---------------------------------------------------------


def _mend(beside: looking.Beside) -> None:
    """Write the live row from the trail. No version and no entry: the trail tells of it already."""
    told = looking.replayed(beside)
    values = {one.attname: _value(beside, told, one) for one in beside.shape.fields}
    values["revision"] = beside.versions
    rows: models.QuerySet = models.QuerySet(beside.shape.model)
    if beside.live is None:
        row = beside.shape.model(pk=beside.pk, **values)
        _or_refuse(lambda: rows.bulk_create([row]), beside)
    elif looking.compare(beside):
        _or_refuse(lambda: rows.filter(pk=beside.pk).update(**values), beside)


def _value(beside: looking.Beside, told: looking.Told, one: FieldShape) -> Any:
    """The field's value as recorded: from the history where that is what the entries tell, else from them."""
    row = beside.history[-1] if beside.history and one.in_history else beside.live
    if row is not None and looking.fits(one, told.values, getattr(row, one.attname)):
        return getattr(row, one.attname)
    if one.name not in told.values:
        return None if one.field.null else one.field.get_default()
    if one.is_hashed and told.values[one.name] is not None:
        raise ActionRefused(f"The trail holds only the hash of {one.label}: restore it from a backup.")
    return one.value_of(told.values[one.name])


def _or_refuse(write: Any, about: looking.Beside | UnexplainedChange) -> None:
    """Write, or say that the database refuses: guards keep append-only tables from being put right."""
    try:
        with transaction.atomic():
            write()
    except DatabaseError as error:
        label = about.record_label if isinstance(about, UnexplainedChange) else about.shape.words
        words = f"The database does not let {label} be written from here ({error}). Note it instead."
        raise ActionRefused(words) from error


def shape_words(kind: str) -> str:
    """Name for people of a kind of record."""
    shape: Shape | None = shape_of(kind)
    return shape.words if shape else kind.removeprefix("audit.")
