"""What can happen to files that come in together: stored, read, placed on an assay, kept, read again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.files.base import File
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import reading, records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.characterization import taking
from batches.characterization.actions import add_assay
from batches.characterization.kinds import Technique
from batches.characterization.microscopy import Micrograph
from batches.characterization.models import Assay
from batches.characterization.techniques import assay_sheet
from batches.files.again import is_same, last_reading, part_of
from batches.files.models import DroppedFile
from batches.instruments import Unreadable
from batches.record.attaching import Attached, Outcome, keep_reading, read_again, store
from batches.record.models import Attachment, Batch, Reading
from batches.record.sheets import Sheet
from batches.record.values import demand_editable, lock_batch, lock_sheet


@dataclass(frozen=True)
class Place:
    """Where a file goes: an open assay by its number, or a new one of a technique on a sample.

    `beside` is the key of a waiting file: the assay where that one is placed.
    """

    assay_number: int = 0
    technique: str = ""
    sample: str = Assay.Sample.FINAL
    view: str = ""
    beside: int = 0


@action(may=roles.ENTER)
def drop_files(*, batch: Batch, uploads: Sequence[File], by: User) -> list[DroppedFile]:
    """Store files on a batch, all of them before any is read. They wait to be placed."""
    batch = _editable(batch)
    dropped = []
    for upload in uploads:
        attachment, _ = store(batch, upload, by=by)
        one = DroppedFile(attachment=attachment)
        records.save(one, by=by)
        dropped.append(one)
    return dropped


@action(may=roles.ENTER)
def read_dropped(
    *, dropped: DroppedFile, outcome: Outcome, by: User, videos: list[str] | None = None
) -> Attached:
    """Write down what the readers made of a waiting file. What can't be read stays as an attachment."""
    dropped = _waiting(dropped)
    attached = read_again(dropped.attachment, by=by, videos=videos, outcome=outcome)
    if attached.videos:
        setattr(dropped, "samples" if attached.are_samples else "videos", list(attached.videos))
        records.save(dropped, by=by)
    elif attached.reading is None:
        _settle(dropped, DroppedFile.State.KEPT, by)
    return attached


@action(may=roles.ENTER)
def read_samples(*, dropped: DroppedFile, outcomes: Mapping[str, Outcome], by: User) -> list[Reading]:
    """Write down what the readers made of the samples of a waiting file that belong to the batch.

    Each is a reading of its own and is placed on its own. One that can't be read refuses all.
    """
    dropped = _waiting(dropped)
    attachment = reading.fresh(Attachment, dropped.attachment_id)
    if not outcomes or not set(outcomes) <= set(dropped.samples):
        raise ActionRefused(f"Mark what of {attachment.name} belongs to this batch.")
    read = {one.values.get("sample") for one in attachment.readings.all()}
    for name, outcome in outcomes.items():
        if isinstance(outcome, Unreadable):
            raise ActionRefused(f"{name}: {outcome}")
    if attachment.status != Attachment.Status.READ:
        attachment.status, attachment.not_read_because = Attachment.Status.READ, ""
        records.save(attachment, by=by)
    new = [one for name, one in outcomes.items() if name not in read and not isinstance(one, Unreadable)]
    return [keep_reading(attachment, outcome, by) for outcome in new]


@action(may=roles.ENTER)
def place_file(*, dropped: DroppedFile, place: Place, by: User) -> Assay:
    """Give a waiting file's values to an assay, as the person confirms it."""
    dropped = _waiting(dropped)
    found = dropped.attachment.readings.order_by("-pk").first()
    if found is None:
        raise ActionRefused(f"{dropped.attachment.name} was not read; it can only be kept as an attachment.")
    dropped.assay = _placed(dropped, found, place, by)
    _settle(dropped, DroppedFile.State.PLACED, by)
    return dropped.assay


@action(may=roles.ENTER)
def place_samples(*, dropped: DroppedFile, places: Mapping[int, Place], by: User) -> list[Assay]:
    """Give the samples of one file to assays: each reading's key with its place, as the person confirms it.

    The file itself is told to be on the first of them.
    """
    dropped = _waiting(dropped)
    readings = {one.pk: one for one in dropped.attachment.readings.order_by("pk")}
    if not places or not set(places) <= set(readings):
        raise ActionRefused(f"Choose where the samples of {dropped.attachment.name} belong.")
    assays = [_placed(dropped, readings[pk], place, by) for pk, place in places.items()]
    dropped.assay = assays[0]
    _settle(dropped, DroppedFile.State.PLACED, by)
    return assays


@action(may=roles.ENTER)
def keep_file(*, dropped: DroppedFile, by: User) -> DroppedFile:
    """Keep a waiting file as an attachment of the batch, without taking values from it."""
    dropped = _waiting(dropped)
    _settle(dropped, DroppedFile.State.KEPT, by)
    return dropped


def _placed(dropped: DroppedFile, found: Reading, place: Place, by: User) -> Assay:
    assay = _assay(dropped.attachment.batch, place, by)
    sheet = lock_sheet(assay_sheet(assay))
    demand_editable(sheet)
    if not taking.is_taken_by(assay.technique, found):
        raise ActionRefused(f"{assay} takes no such file ({found.format}).")
    if taking.belongs_beside(found) and not taking.file_of(sheet.details):
        raise ActionRefused(f"{dropped.attachment.name} stands beside a measurement: place that one first.")
    if assay.technique == Technique.ELECTRON_MICROSCOPY:
        _add_micrograph(sheet, found, place.view, by)
    else:
        _take(sheet, found, by)
    return assay


def _assay(batch: Batch, place: Place, by: User) -> Assay:
    if place.beside:
        other = DroppedFile.objects.filter(pk=place.beside, attachment__batch=batch).first()
        if other is None or other.assay_id is None:
            raise ActionRefused("The file that this one stands beside is not placed yet: place it first.")
        return Assay.objects.with_details().get(pk=other.assay_id)
    if not place.assay_number:
        made = add_assay(batch=batch, technique=place.technique, sample=place.sample, by=by)
        return Assay.objects.with_details().get(pk=made.pk)
    found = Assay.objects.with_details().filter(batch=batch, number=place.assay_number).first()
    if found is None:
        raise ActionRefused(f"Batch {batch.number} has no assay {place.assay_number}.")
    return found


def _take(sheet: Sheet, found: Reading, by: User) -> None:
    if taking.file_of(sheet.details, found.technique):
        raise ActionRefused(
            f"{sheet.subject} has a file already. Replace it on the assay's page, with a reason."
        )
    taking.take(sheet, found)
    records.save(sheet.details, by=by)


def _add_micrograph(sheet: Sheet, found: Reading, view: str, by: User) -> None:
    if view not in Micrograph.View.values:
        raise ValueRefused(f"Say whether {found.attachment.name} is a wide field or a close-up.", "view")
    picture = Micrograph(details=sheet.details, attachment=found.attachment, view=view)
    taking.take_scale(picture, found)
    records.save(picture, by=by)


def _settle(dropped: DroppedFile, state: DroppedFile.State, by: User) -> None:
    dropped.state, dropped.settled_at, dropped.settled_by = state, timezone.now(), by
    records.save(dropped, by=by)


def _editable(batch: Batch) -> Batch:
    batch = lock_batch(batch)
    if not batch.is_editable:
        words = batch.get_status_display().lower()
        raise ActionRefused(f"Batch {batch.number} is {words}: files can't be added or placed now.")
    return batch


def _waiting(dropped: DroppedFile) -> DroppedFile:
    _editable(dropped.attachment.batch)
    fresh = reading.fresh(DroppedFile, dropped.pk)
    if fresh.state != DroppedFile.State.WAITING:
        raise ActionRefused(f"{fresh} is {fresh.get_state_display().lower()} already.")
    return fresh


# --- reading again --------------------------------------------------------------------------------


@action(may=roles.ENTER)
def reread(*, attachment: Attachment, outcome: Outcome, by: User, reason: Reason) -> Reading:
    """Keep what a newer reader makes of a file beside the old reading, which stays as it is.

    No value of an assay changes by it: taking the new values is a step of its own (take_version).
    """
    _editable(attachment.batch)
    attachment = reading.fresh(Attachment, attachment.pk)
    if isinstance(outcome, Unreadable):
        raise ActionRefused(f"{attachment.name} was not read again: {outcome}")
    last = last_reading(attachment, str(outcome.values.get("sample", "")))
    if last is not None and is_same(last, outcome):
        raise ActionRefused(f"Reader {last.reader} {last.reader_version} finds the same as before.")
    if attachment.status != Attachment.Status.READ:
        attachment.status, attachment.not_read_because = Attachment.Status.READ, ""
        records.save(attachment, by=by)
    return keep_reading(attachment, outcome, by, reason)


@action(may=roles.ENTER)
def take_version(*, sheet: Sheet, version: Reading, by: User, reason: Reason) -> Assay:
    """Give an assay the values of another reading of the file that it rests on."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    now = sheet.details.reading
    if now is None or now.attachment_id != version.attachment_id:
        raise ActionRefused(f"{sheet.subject} does not rest on {version.attachment.name}.")
    if part_of(now) and part_of(now) != part_of(version):
        raise ActionRefused("That reading is of another sample of the file.")
    if now.pk == version.pk:
        raise ActionRefused(f"{sheet.subject} has the values of this reading already.")
    taking.take(sheet, version)
    records.save(sheet.details, by=by, reason=reason)
    found: Assay = sheet.subject
    return found
