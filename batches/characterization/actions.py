"""What can happen to an assay: opened, given its files, finished, voided."""

from decimal import Decimal
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
from batches.characterization.blots import BlotLane
from batches.characterization.kinds import Technique
from batches.characterization.microscopy import Micrograph
from batches.characterization.models import Assay
from batches.characterization.pictured import LARGEST_PX, DiameterMeasurement, diameter_nm, equal_part
from batches.characterization.techniques import TECHNIQUES
from batches.record.attaching import Attached, Outcome, attach
from batches.record.models import Batch
from batches.record.sheets import Sheet
from batches.record.values import (
    Entered,
    demand_complete,
    demand_editable,
    lock_batch,
    lock_sheet,
    record_values,
)


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
    """Attach a blot's image. The original is kept whatever it is; a preview needs a picture we can read.

    What the imager noted in the file (exposure, imager, saturation) is taken as from the drop page.
    """
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    if sheet.details.image_id and reason is None:
        raise ReasonMissing("This blot has an image already: say why another one takes its place.")
    attached = attach(sheet.batch, upload, by=by, outcome=outcome)
    found = attached.reading
    if found is not None and found.technique not in taking.PICTURES:
        words = f"{attached.attachment.name} is no image ({found.format}); it is kept."
        return Attached(attached.attachment, None, words, (), attached.twins)
    if found is None:
        sheet.details.image = attached.attachment
    else:
        taking.take(sheet, found)
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


# --- what is measured on pictures -----------------------------------------------------------------


@action(may=roles.ENTER)
def measure_diameter(
    *, sheet: Sheet, micrograph: Micrograph, ends: tuple[Decimal, Decimal, Decimal, Decimal], by: User
) -> DiameterMeasurement:
    """Keep the diameter between two points: x1, y1, x2, y2 in pixels of the original."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    picture = sheet.details.micrographs.filter(pk=micrograph.pk, is_voided=False).first()
    if picture is None:
        raise ActionRefused("This micrograph was voided in the meantime.")
    if picture.pixel_size_nm is None:
        raise ActionRefused("The size of a pixel is not known: nothing can be measured on this micrograph.")
    _demand_inside(picture, ends)
    x1, y1, x2, y2 = ends
    measured = DiameterMeasurement(details=sheet.details, micrograph=picture, x1=x1, y1=y1, x2=x2, y2=y2)
    measured.pixel_size_nm = picture.pixel_size_nm
    measured.diameter_nm = diameter_nm(ends, picture.pixel_size_nm)
    records.save(measured, by=by)
    return measured


def _demand_inside(picture: Micrograph, ends: tuple[Decimal, Decimal, Decimal, Decimal]) -> None:
    width, height = picture.width_px or LARGEST_PX, picture.height_px or LARGEST_PX
    x1, y1, x2, y2 = ends
    if max(x1, x2) > width or max(y1, y2) > height or min(ends) < 0:
        raise ActionRefused(f"A point lies outside of the picture ({width} × {height} px).")


@action(may=roles.ENTER)
def use_diameters(*, sheet: Sheet, by: User, reason: Reason | None = None) -> Sheet:
    """Enter what was measured on all micrographs as the assay's diameters, as if typed one by one."""
    standing = DiameterMeasurement.objects.filter(
        details=sheet.details, is_voided=False, micrograph__is_voided=False
    )
    measured = list(standing.select_related("micrograph"))
    if not measured:
        raise ActionRefused("No diameter was measured yet.")
    others = sum(one.is_of_other_scale for one in measured)
    if others:
        raise ActionRefused(
            f"{others} of {len(measured)} diameters rest on another pixel size than the micrograph has now: "
            "void them and measure them again."
        )
    typed = " ".join(f"{one.diameter_nm:.2f}" for one in measured)
    return record_values(sheet=sheet, entered=[Entered("diameters_nm", typed)], by=by, reason=reason)


@action(may=roles.ENTER)
def keep_equal_boxes(*, sheet: Sheet, by: User) -> list[BlotLane]:
    """Give lanes without a box the equal part of the image that is suggested. Boxes there are stay."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    lanes = [lane for lane in sheet.details.lanes.all() if not lane.is_voided]
    boxed = [lane for lane in lanes if lane.box_left_percent is None]
    if not boxed:
        raise ActionRefused("Every lane has a box already.")
    for lane in boxed:
        lane.box_left_percent, lane.box_right_percent = equal_part(lane, lanes)
        records.save(lane, by=by)
    return boxed
