"""Where the values of a reading go: which techniques take which kind of reading, and how.

A technique whose details have a `reading` gets its files by one action (actions.attach_export). Teaching
it a new kind of reading is a line in TAKES: the reading's `technique`, the techniques it may go to, and
the function that puts its values on the details. The action saves them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from audit.refusal import ValueRefused
from batches.characterization import takers
from batches.characterization.blots import WesternBlot
from batches.characterization.kinds import PLATED, Technique
from batches.characterization.microscopy import Micrograph
from batches.characterization.models import Assay, details_of
from batches.characterization.techniques import TECHNIQUES
from batches.characterization.tracking import NanoparticleTracking
from batches.instruments.distribution import share_in_window
from batches.instruments.pictures import EIGHT_BIT_BLOT
from batches.masters.plans import Plan
from batches.record.attaching import number
from batches.record.models import Reading
from batches.record.sheets import Sheet

NTA_VALUES = ("mean_nm", "mode_nm", "sd_nm", "d10_nm", "d50_nm", "d90_nm")
CENT = Decimal("0.01")
# What readers say of pictures.
PICTURES = ("BLOT", "EM")


@dataclass(frozen=True)
class Take:
    """Techniques that take a kind of reading, the first as proposal, and what puts it on their details.

    `fits` tells by the content which of these it may go to. `key` names the details' key that such a file
    stands under, empty where it is the technique's main one; `beside` is the kind of file whose assay it
    belongs to and that it never stands on an assay without.
    """

    techniques: tuple[str, ...]
    take: Callable[[Sheet, Reading], None]
    key: str = ""
    beside: tuple[str, ...] = ()
    fits: Callable[[str, Reading], bool] = lambda technique, reading: True


def has_reading(technique: str) -> bool:
    """Whether an assay of this technique rests on an instrument's export."""
    details = TECHNIQUES[technique].details
    return details is not None and any(field.name == "reading" for field in details._meta.concrete_fields)


def is_taken_by(technique: str, reading: Reading) -> bool:
    """Whether an assay of this technique takes such a reading."""
    return technique in techniques_for(reading)


def techniques_for(reading: Reading) -> tuple[str, ...]:
    """Techniques that take such a reading, the likeliest first."""
    how = TAKES.get(reading.technique)
    return tuple(code for code in how.techniques if how.fits(code, reading)) if how else ()


def file_of(details: Any, kind: str = "") -> int | None:
    """The key of the reading or image that an assay rests on, None without one.

    `kind` is a reading's technique: of one that stands beside, it is that file's own key.
    """
    key = TAKES[kind].key if kind in TAKES else ""
    found: int | None = (
        getattr(details, f"{key}_id", None)
        if key
        else getattr(details, "reading_id", None) or getattr(details, "image_id", None)
    )
    return found


def belongs_beside(reading: Reading) -> tuple[str, ...]:
    """The kinds of file that such a one only ever stands beside; empty for one that stands alone."""
    return TAKES[reading.technique].beside if reading.technique in TAKES else ()


def reading_of(assay: Assay) -> Reading | None:
    """The reading that an assay's values come from."""
    return getattr(details_of(assay), "reading", None)


def take(sheet: Sheet, reading: Reading) -> None:
    """Put a reading and its values on the sheet's details, not yet saved."""
    key = TAKES[reading.technique].key
    if key:
        setattr(sheet.details, key, reading)
    elif has_reading(sheet.subject.technique):
        sheet.details.reading = reading
    TAKES[reading.technique].take(sheet, reading)


def take_nta(sheet: Sheet, reading: Reading) -> None:
    """Particle tracking. The dilution is the file's, if it knows one, else a person's."""
    nta: NanoparticleTracking = sheet.details
    found = reading.values
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


def take_blot(sheet: Sheet, reading: Reading) -> None:
    """A blot's image; what the imager noted fills the fields that nobody filled yet, and those that came
    from an image which this one replaces."""
    blot: WesternBlot = sheet.details
    earlier = Reading.objects.filter(attachment=blot.image_id).last() if blot.image_id else None
    before = _told_by_imager(earlier) if earlier else {}
    blot.image = reading.attachment
    for name, value in _told_by_imager(reading).items():
        if getattr(blot, name) in (None, "", before.get(name)):
            setattr(blot, name, value)


def _told_by_imager(reading: Reading) -> dict[str, Any]:
    """Exposure, imager and saturation as an image's file tells them; empty where it does not."""
    found, exposure = reading.values, number(reading.values, "exposure_s")
    told = (found.get("instrument"), reading.software)
    saturated = found.get("saturated_pixels")
    return {
        "exposure_s": None if exposure is None else exposure.quantize(Decimal("0.001")),
        "imager": ", ".join(part for part in told if part)[:80],
        "saturated": "" if saturated is None else "yes" if saturated else "no",
    }


def take_beside(sheet: Sheet, reading: Reading) -> None:
    """A file that stands beside an assay's own: the key to it is all that changes."""


def take_table(sheet: Sheet, reading: Reading) -> None:
    """One row of a table, by the columns that a person mapped; each value is kept as the field keeps it."""
    details = sheet.details
    for name, value in reading.values["fields"].items():
        setattr(details, name, details._meta.get_field(name).to_python(value))
    if isinstance(details, NanoparticleTracking):
        details.includes_dilution = "yes" if reading.values.get("is_undiluted") else "no"
    details.compute()


def blot_warnings(reading: Reading | None) -> list[str]:
    """What to know before bands are measured on a blot's image: told by its bits, not by its name."""
    if reading is None:
        return []
    found = reading.values
    is_shallow = found.get("bit_depth", 16) < 16 or found.get("channels", 1) > 1
    told = list(reading.warnings) if reading.technique == "BLOT" else []
    return told + ([EIGHT_BIT_BLOT] if is_shallow and EIGHT_BIT_BLOT not in told else [])


def take_scale(picture: Micrograph, reading: Reading) -> None:
    """Size and scale of a micrograph: the vendor's own calibration, else a person's who says how known."""
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


def cents(value: Decimal | None) -> Decimal | None:
    """Rounded to two decimals, as instruments print sizes."""
    return None if value is None else value.quantize(CENT)


def whole(value: Decimal | None) -> Decimal | None:
    """Rounded to a whole number."""
    return None if value is None else value.quantize(Decimal(1))


TAKES: dict[str, Take] = {
    "NTA": Take((Technique.NTA,), take_nta),
    "DLS": Take((Technique.DLS,), takers.take_dls),
    "ZETA": Take((Technique.ZETA,), takers.take_zeta),
    "FLOW": Take((Technique.NANOFLOW,), takers.take_flow),
    "PLATE": Take(PLATED, takers.take_plate),
    "RESULTS": Take(
        (Technique.PROTEIN, Technique.RNA),
        takers.take_results,
        fits=lambda technique, reading: takers.result_of(technique, reading) is not None,
    ),
    "BLOT": Take((Technique.WESTERN_BLOT,), take_blot),
    "NTA_POSITIONS": Take((Technique.NTA,), take_beside, key="position_table", beside=("NTA",)),
    "BANDS": Take((Technique.WESTERN_BLOT,), take_beside, key="band_table"),
    "TABLE": Take(tuple(code for code in Technique if has_reading(code)), take_table),
    # A micrograph is a row of its own (take_scale); a blot's picture may come without its imager's tags.
    "EM": Take((Technique.ELECTRON_MICROSCOPY, Technique.WESTERN_BLOT), take_blot),
}
