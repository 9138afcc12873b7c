"""What can happen to a deviation. Voided, never deleted; reopened, never changed once it is closed."""

import datetime as dt
import uuid
from typing import Any

from django.utils import timezone

from accounts import roles
from accounts.models import User
from accounts.statements import Signing
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, RoleRefused, ValueRefused
from batches.record.models import Batch
from batches.record.values import UNSEEN, Entered, ValuesMoved, lock_batch
from batches.signed import begin_signing, sign
from qc.deviations.models import AffectedBatch, Deviation, DeviationNote, DeviationSignature
from qc.deviations.numbers import next_number
from qc.deviations.places import Place
from qc.deviations.rules import (
    LOWERED,
    STALE,
    demand_closable,
    demand_due,
    demand_happened_time,
    demand_owner,
    demand_second_person,
    demand_standing,
    demand_words,
    deviation_sheet,
    is_lower,
    last_written,
    problems_of,
)


@action(may=roles.ENTER)
def open_deviation(
    *,
    place: Place,
    happened: str,
    by: User,
    grade: str = "",
    owner: User | None = None,
    due_on: dt.date | None = None,
    once: str = "",
    **told: Any,
) -> Deviation:
    """Open a deviation where it was noticed, under the next number of the year.

    The batch is locked, so that an approval at the same moment is either before or after it. `once` names
    the form that was sent: the same form opens one deviation only. `told` are further values of its sheet.
    """
    if place.batch is not None:
        place = Place(**{**vars(place), "batch": lock_batch(place.batch)})
    happened = demand_words(happened, "Say what happened.")
    if grade and not by.may(roles.CLASS_DEVIATIONS):
        raise RoleRefused(f"Your role ({by.role}) can't set a class. Reviewers and quality assurance do.")
    demand_owner(owner)
    demand_due(due_on)
    demand_happened_time(told.get("happened_time"))
    number, year, sequence = next_number(timezone.now())
    _demand_once(once)
    deviation = Deviation(
        number=number,
        year=year,
        sequence=sequence,
        batch=place.batch,
        place=place.kind,
        place_number=place.number,
        place_label=place.label[:300],
        field=place.field,
        evidence=place.evidence,
        finding=place.finding,
        sent_once=once or uuid.uuid4().hex,
        happened=happened,
        grade=grade,
        owner=owner,
        due_on=due_on,
        opened_at=timezone.now(),
        opened_by=by,
        **told,
    )
    records.save(deviation, by=by)
    return deviation


def _demand_once(once: str) -> None:
    """Refuse a form that was sent before. Stands behind the lock of the number, so that two can't pass."""
    sent = Deviation.objects.filter(sent_once=once).first() if once else None
    if sent is not None:
        raise ActionRefused(f"This form was sent already: {sent.number} is open. Start anew for another one.")


def _locked(deviation: Deviation) -> Deviation:
    """The deviation as it is now, held until the transaction ends, and still to be written."""
    found = Deviation.objects.select_for_update().get(pk=deviation.pk)
    demand_standing(found)
    return found


@action(may=roles.ENTER)
def record_deviation(
    *, deviation: Deviation, entered: Entered, by: User, reason: Reason | None = None
) -> Deviation:
    """Enter or correct one value, beside what the person saw; replacing a saved one needs a reason."""
    deviation = _locked(deviation)
    sheet = deviation_sheet(deviation)
    sheet.part_of(entered.field)
    now, value = getattr(deviation, entered.field), _without_blanks(entered.value)
    if _same(now, value):
        return deviation
    if entered.seen is not UNSEEN and not _same(now, entered.seen):
        raise ValuesMoved(entered.field, sheet.label_of(entered.field), mine=value, theirs=now)
    if entered.field == "happened_time":
        demand_happened_time(value)
    setattr(deviation, entered.field, value)
    records.save(deviation, by=by, reason=reason)
    return deviation


def _without_blanks(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _same(one: Any, other: Any) -> bool:
    return one == other or (one in (None, "") and other in (None, ""))


@action(may=roles.CLASS_DEVIATIONS)
def assign_deviation(
    *,
    deviation: Deviation,
    owner: User | None,
    due_on: dt.date | None,
    by: User,
    reason: Reason | None = None,
) -> Deviation:
    """Say who sees to it and by when."""
    deviation = _locked(deviation)
    if owner != deviation.owner:
        demand_owner(owner)
    if due_on != deviation.due_on:
        demand_due(due_on)
    deviation.owner, deviation.due_on = owner, due_on
    records.save(deviation, by=by, reason=reason)
    return deviation


@action(may=roles.CLASS_DEVIATIONS)
def class_deviation(*, deviation: Deviation, grade: str, by: User, reason: Reason | None = None) -> Deviation:
    """Set or raise the class."""
    deviation = _locked(deviation)
    grade = _known_grade(grade)
    if is_lower(grade, deviation.grade):
        raise ActionRefused(LOWERED)
    return _classed(deviation, grade, by, reason)


@action(may=roles.LOWER_DEVIATIONS)
def lower_deviation_class(*, deviation: Deviation, grade: str, by: User, reason: Reason) -> Deviation:
    """Lower the class. Whoever does it does not close the deviation."""
    deviation = _locked(deviation)
    grade = _known_grade(grade)
    if not is_lower(grade, deviation.grade):
        raise ActionRefused(f"{deviation.number} is {deviation.class_words} already: nothing is lowered.")
    return _classed(deviation, grade, by, reason)


def _known_grade(grade: str) -> str:
    if grade not in {Deviation.Grade.MINOR, Deviation.Grade.MAJOR, Deviation.Grade.CRITICAL}:
        raise ValueRefused("Choose minor, major or critical.", "grade")
    return grade


def _classed(deviation: Deviation, grade: str, by: User, reason: Reason | None) -> Deviation:
    deviation.grade = grade
    records.save(deviation, by=by, reason=reason)
    return deviation


@action(may=roles.ENTER)
def note_deviation(*, deviation: Deviation, words: str, by: User) -> DeviationNote:
    """Write a note beside a deviation. The same note twice in a row is one that was sent twice."""
    deviation = _locked(deviation)
    words = demand_words(words, "Write the note in a few words.")
    last = DeviationNote.objects.filter(deviation=deviation).order_by("-id").first()
    if last is not None and (last.words, last.written_by_id) == (words, by.pk):
        raise ActionRefused("You wrote this note already.")
    note = DeviationNote(deviation=deviation, words=words, written_at=timezone.now(), written_by=by)
    records.save(note, by=by)
    return note


# --- other batches --------------------------------------------------------------------------------


@action(may=roles.ENTER)
def name_affected_batch(*, deviation: Deviation, batch: Batch, words: str, by: User) -> AffectedBatch:
    """Say that another batch is affected too, and in what way. It is kept from release with this one."""
    deviation = _locked(deviation)
    words = demand_words(words, "Say in a few words in what way the batch is affected.")
    if batch.pk == deviation.batch_id:
        raise ActionRefused(f"{deviation.number} was opened in batch {batch.number} itself.")
    if AffectedBatch.objects.filter(deviation=deviation, batch=batch, is_withdrawn=False).exists():
        raise ActionRefused(f"{deviation.number} names batch {batch.number} already.")
    affected = AffectedBatch(deviation=deviation, batch=batch, words=words)
    records.save(affected, by=by)
    return affected


@action(may=roles.CLASS_DEVIATIONS)
def withdraw_affected_batch(*, affected: AffectedBatch, by: User, reason: Reason) -> AffectedBatch:
    """Say, with a reason, that a batch is not affected after all."""
    _locked(affected.deviation)
    affected = AffectedBatch.objects.select_related("deviation", "batch").get(pk=affected.pk)
    if affected.is_withdrawn:
        raise ActionRefused(f"Batch {affected.batch.number} was taken off already.")
    affected.is_withdrawn = True
    records.save(affected, by=by, reason=reason)
    return affected


# --- from open to closed --------------------------------------------------------------------------


@action(may=roles.ENTER)
def finish_investigation(*, deviation: Deviation, by: User) -> Deviation:
    """Hand an investigated deviation over to be closed. Refused while anything is missing, naming it."""
    deviation = _locked(deviation)
    if deviation.status != Deviation.Status.OPEN:
        raise ActionRefused(f"{deviation.number} was investigated by {deviation.investigated_by} already.")
    still = problems_of(deviation)
    if still:
        words = "; ".join(problem.words for problem in still)
        raise ActionRefused(f"The investigation is not finished: {words}.")
    deviation.status = Deviation.Status.INVESTIGATED
    deviation.investigated_at, deviation.investigated_by = timezone.now(), by
    records.save(deviation, by=by)
    return deviation


@action(may=roles.CLASS_DEVIATIONS)
def send_back_investigation(*, deviation: Deviation, by: User, reason: Reason) -> Deviation:
    """Send an investigated deviation back, saying what it still lacks."""
    deviation = _locked(deviation)
    if deviation.status != Deviation.Status.INVESTIGATED:
        raise ActionRefused(f"{deviation.number} is not investigated yet: there is nothing to send back.")
    deviation.status = Deviation.Status.OPEN
    deviation.investigated_at = deviation.investigated_by = None
    records.save(deviation, by=by, reason=reason)
    return deviation


@action(may=roles.CLOSE_MINOR_DEVIATIONS, sealed=True)
def close_deviation(*, deviation: Deviation, signing: Signing, by: User) -> DeviationSignature:
    """Close a deviation with a signature, bound to the last entry of it that the page showed."""
    deviation = _locked(deviation)
    demand_closable(deviation, by)
    number, leaf = last_written(deviation)
    offered = begin_signing(signing, deviation.signed_as, leaf, STALE, by)
    deviation.status = Deviation.Status.CLOSED
    deviation.closed_at, deviation.closed_by = timezone.now(), by
    records.save(deviation, by=by)
    signature = DeviationSignature(
        deviation=deviation,
        round=deviation.round,
        meaning=DeviationSignature.Meaning.CLOSED,
        entry_signed=number,
        leaf_signed=leaf,
    )
    sign(signature, offered, signing, by)
    return signature


@action(may=roles.CLASS_DEVIATIONS)
def reopen_deviation(*, deviation: Deviation, by: User, reason: Reason) -> Deviation:
    """Open a closed deviation again, with a reason: a new round. Its signature stays and holds no longer."""
    deviation = Deviation.objects.select_for_update().get(pk=deviation.pk)
    if deviation.status != Deviation.Status.CLOSED:
        raise ActionRefused(f"{deviation.number} is {deviation.status}: only a closed one is reopened.")
    deviation.status, deviation.round = Deviation.Status.OPEN, deviation.round + 1
    deviation.closed_at = deviation.closed_by = None
    deviation.investigated_at = deviation.investigated_by = None
    records.save(deviation, by=by, reason=reason)
    return deviation


@action(may=roles.CLOSE_MINOR_DEVIATIONS)
def void_deviation(*, deviation: Deviation, by: User, reason: Reason) -> Deviation:
    """Void a deviation that should not be there: by whoever may close it, never by who took part."""
    deviation = _locked(deviation)
    demand_second_person(deviation, by)
    deviation.status = Deviation.Status.VOIDED
    deviation.voided_at, deviation.voided_by = timezone.now(), by
    records.save(deviation, by=by, reason=reason)
    return deviation
