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
from audit.refusal import ActionRefused, Reason, ReasonMissing, ValueRefused
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay, Micrograph, NanoparticleTracking
from batches.characterization.techniques import TECHNIQUES
from batches.instruments.distribution import share_in_window
from batches.masters.plans import Plan
from batches.record.attaching import Attached, attach, number
from batches.record.models import Batch, Reading
from batches.record.sheets import Sheet
from batches.record.values import demand_complete, demand_editable, lock_batch, lock_sheet

NTA_VALUES = ("mean_nm", "mode_nm", "sd_nm", "d10_nm", "d50_nm", "d90_nm")
CENT = Decimal("0.01")


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
    *, sheet: Sheet, upload: File, by: User, videos: list[str] | None = None, reason: Reason | None = None
) -> Attached:
    """Attach an NTA instrument's export and take its values.

    The file is on the record whatever happens. One that can't be read leaves the values alone and says
    why; one that replaces an earlier reading needs a reason.
    """
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    if sheet.details.reading_id and reason is None:
        raise ReasonMissing("This assay has an export already: say why another one takes its place.")
    attached = attach(sheet.batch, upload, by=by, videos=videos)
    if attached.reading is None:
        return attached
    if attached.reading.technique != "NTA":
        words = (
            f"{attached.attachment.name} holds no particle tracking ({attached.reading.format}); it is kept."
        )
        return Attached(attached.attachment, None, words, (), attached.twins)
    _take_nta(sheet, attached.reading)
    records.save(sheet.details, by=by, reason=reason)
    return attached


def _take_nta(sheet: Sheet, reading: Reading) -> None:
    """Put a reading's values on the assay. The dilution is the file's, if it knows one, else a person's."""
    nta: NanoparticleTracking = sheet.details
    found = reading.values
    nta.reading = reading
    nta.instrument_per_ml = whole(number(found, "concentration_per_ml"))
    nta.includes_dilution = "yes" if found.get("concentration_includes_dilution") else "no"
    for name in NTA_VALUES:
        setattr(nta, name, cents(number(found, name)))
    nta.videos = found.get("videos")
    dilution = number(found, "dilution")
    # A dilution from an earlier file says nothing about this one; a person's stays.
    if dilution is not None or nta.dilution_source == NanoparticleTracking.DilutionSource.FILE:
        nta.dilution = dilution
    _take_windows(sheet, nta, reading.curves)
    nta.compute()


def _take_windows(sheet: Sheet, nta: NanoparticleTracking, curves: dict[str, Any]) -> None:
    sizes, counts = curves["bin_centre_nm"], curves["per_ml_average"]
    low, high = map(float, Plan.of(sheet.batch.plan).window)
    nta.window_percent = cents(Decimal(str(share_in_window(sizes, counts, low, high))))
    nta.range_50_400_percent = cents(Decimal(str(share_in_window(sizes, counts, 50, 400))))


def cents(value: Decimal | None) -> Decimal | None:
    """Rounded to two decimals, as instruments print sizes."""
    return None if value is None else value.quantize(CENT)


def whole(value: Decimal | None) -> Decimal | None:
    """Rounded to a whole number."""
    return None if value is None else value.quantize(Decimal(1))


@action(may=roles.ENTER)
def attach_blot_image(*, sheet: Sheet, upload: File, by: User, reason: Reason | None = None) -> Attached:
    """Attach a blot's image. The original is kept whatever it is; a preview needs TIFF, PNG or JPEG."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    if sheet.details.image_id and reason is None:
        raise ReasonMissing("This blot has an image already: say why another one takes its place.")
    attached = attach(sheet.batch, upload, by=by)
    sheet.details.image = attached.attachment
    records.save(sheet.details, by=by, reason=reason)
    return attached


@action(may=roles.ENTER)
def add_micrograph(*, sheet: Sheet, upload: File, values: dict[str, Any], by: User) -> Attached:
    """Attach a micrograph. A pixel size in the vendor's tags counts; else a person enters it and says how
    it is known. The print resolution (DPI) is never taken for a scale.
    """
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    attached = attach(sheet.batch, upload, by=by)
    if attached.reading is None:
        return attached
    picture = Micrograph(details=sheet.details, attachment=attached.attachment, **values)
    _take_scale(picture, attached.reading)
    records.save(picture, by=by)
    return attached


def _take_scale(picture: Micrograph, reading: Reading) -> None:
    found = reading.values
    picture.width_px, picture.height_px = found.get("width_px"), found.get("height_px")
    if picture.magnification is None and found.get("magnification"):
        picture.magnification = round(found["magnification"])
    from_file = number(found, "pixel_size_nm")
    if from_file is not None:
        picture.pixel_size_nm = from_file.quantize(Decimal("0.000001"))
        picture.scale_source = Micrograph.ScaleSource.FILE
    elif picture.pixel_size_nm is not None:
        picture.scale_source = Micrograph.ScaleSource.PERSON
        if not picture.scale_reason.strip():
            raise ValueRefused(
                "The file does not say how large a pixel is: say how you know the pixel size.", "scale_reason"
            )
