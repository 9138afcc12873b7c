"""What can happen to an assay: opened, given its files, finished, voided."""

from typing import Any

from django.core.files.base import File
from django.db.models import Max
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ReasonMissing
from batches.characterization import taking
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay, Micrograph
from batches.characterization.techniques import TECHNIQUES
from batches.record.attaching import Attached, Outcome, attach
from batches.record.models import Batch
from batches.record.sheets import Sheet
from batches.record.values import demand_complete, demand_editable, lock_batch, lock_sheet


@action(may=roles.ENTER)
def add_assay(*, batch: Batch, technique: str, sample: str = Assay.Sample.FINAL, by: User) -> Assay:
    """Open an assay; the replicate number follows those of the same technique and sample."""
    batch = lock_batch(batch)
    if not batch.is_editable:
        words = batch.get_status_display().lower()
        raise ActionRefused(f"Batch {batch.number} is {words}: no assay can be added.")
    others = Assay.objects.filter(batch=batch)
    alike = others.standing().filter(technique=technique, sample=sample)
    assay = Assay(
        batch=batch,
        number=(others.aggregate(Max("number"))["number__max"] or 0) + 1,
        technique=Technique(technique),
        sample=Assay.Sample(sample),
        replicate=alike.count() + 1,
        performed_at=timezone.now(),
        performed_by=by,
    )
    records.save(assay, by=by)
    details_model = TECHNIQUES[technique].details
    assert details_model is not None  # noqa: S101 (every technique has details; a house test sees to it)
    records.save(details_model(assay=assay), by=by)
    return assay


@action(may=roles.ENTER)
def finish_assay(*, sheet: Sheet, by: User) -> Assay:
    """Finish an assay: required fields, files and rows are there or not applicable."""
    sheet = lock_sheet(sheet)
    assay = sheet.subject
    demand_editable(sheet)
    if assay.status != Assay.Status.OPEN:
        raise ActionRefused(f"{assay} is {assay.get_status_display().lower()} already.")
    demand_complete(sheet)
    assay.status = Assay.Status.FINISHED
    assay.finished_at, assay.finished_by = timezone.now(), by
    records.save(assay, by=by)
    return assay


@action(may=roles.ENTER)
def void_assay(*, sheet: Sheet, by: User, reason: Reason) -> Assay:
    """Void an assay. It stays readable, its result counts no more."""
    sheet = lock_sheet(sheet)
    assay = sheet.subject
    demand_editable(sheet)
    assay.status = Assay.Status.VOIDED
    assay.voided_at, assay.voided_by = timezone.now(), by
    records.save(assay, by=by, reason=reason)
    return assay


# --- files ----------------------------------------------------------------------------------------


@action(may=roles.ENTER)
def attach_export(
    *,
    sheet: Sheet,
    upload: File,
    by: User,
    videos: list[str] | None = None,
    reason: Reason | None = None,
    outcome: Outcome | None = None,
) -> Attached:
    """Attach an instrument's export and take its values, whatever the technique.

    The file is on the record whatever happens. One that can't be read leaves the values alone and says
    why; one that replaces an earlier reading needs a reason. `outcome` is what readers said before.
    """
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    if sheet.details.reading_id and reason is None:
        raise ReasonMissing("This assay has an export already: say why another one takes its place.")
    attached = attach(sheet.batch, upload, by=by, videos=videos, outcome=outcome)
    if attached.reading is None:
        return attached
    assay = sheet.subject
    if not taking.is_taken_by(assay.technique, attached.reading):
        words = (
            f"{attached.attachment.name} is no export of {assay.get_technique_display()} "
            f"({attached.reading.format}); it is kept."
        )
        return Attached(attached.attachment, None, words, (), attached.twins)
    taking.take(sheet, attached.reading)
    records.save(sheet.details, by=by, reason=reason)
    return attached


@action(may=roles.ENTER)
def attach_blot_image(
    *,
    sheet: Sheet,
    upload: File,
    by: User,
    reason: Reason | None = None,
    outcome: Outcome | None = None,
) -> Attached:
    """Attach a blot's image. The original is kept whatever it is; a preview needs a picture we can read."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    if sheet.details.image_id and reason is None:
        raise ReasonMissing("This blot has an image already: say why another one takes its place.")
    attached = attach(sheet.batch, upload, by=by, outcome=outcome)
    sheet.details.image = attached.attachment
    records.save(sheet.details, by=by, reason=reason)
    return attached


@action(may=roles.ENTER)
def add_micrograph(
    *, sheet: Sheet, upload: File, values: dict[str, Any], by: User, outcome: Outcome | None = None
) -> Attached:
    """Attach a micrograph. A pixel size in the vendor's tags counts; else a person enters it and says how
    it is known. The print resolution (DPI) is never taken for a scale.
    """
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    attached = attach(sheet.batch, upload, by=by, outcome=outcome)
    if attached.reading is None:
        return attached
    picture = Micrograph(details=sheet.details, attachment=attached.attachment, **values)
    taking.take_scale(picture, attached.reading)
    records.save(picture, by=by)
    return attached
