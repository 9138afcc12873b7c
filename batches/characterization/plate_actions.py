"""Laying out a plate: the curve is fitted, the samples are read back, the batch's own goes on the assay."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ReasonMissing, ValueRefused
from batches.characterization.plate_layout import LayoutRefused, Line, lines_of, text_of
from batches.characterization.plate_results import Settings, work_out
from batches.characterization.plates import PlateCurve
from batches.characterization.standard_curves import FORMULA_VERSION, CurveRefused
from batches.record.models import Reading
from batches.record.sheets import Sheet
from batches.record.values import demand_editable, lock_sheet

# The field that a technique's result goes to (µg/mL), and how many of these one of a unit is.
RESULT_FIELDS = ("protein_ug_per_ml", "lipid_ug_per_ml")
UG_PER_ML = {
    "mg_per_ml": Decimal(1000),
    "ug_per_ml": Decimal(1),
    "ng_per_ml": Decimal("0.001"),
    "pg_per_ml": Decimal("0.000001"),
}


@dataclass(frozen=True)
class PlateInputs:
    """What a person says about a plate: which read, what its wells hold, how it is worked out."""

    plate: str
    read: str
    layout: str
    unit: str
    model: str
    weighting: str
    subtract_blank: str
    least_recovery: Decimal
    most_recovery: Decimal
    sample: str = ""


@action(may=roles.ENTER)
def lay_out_plate(*, sheet: Sheet, inputs: PlateInputs, by: User, reason: Reason | None = None) -> PlateCurve:
    """Keep a plate's layout with everything worked out from it, and put the sample's result on the assay.

    A plate that was laid out before is laid out again only with a reason; the earlier one stays.
    """
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    reading = plate_reading_of(sheet)
    if PlateCurve.objects.filter(assay=sheet.subject).exists() and reason is None:
        raise ReasonMissing("This plate is laid out already: say why it is laid out anew.")
    lines = _lines(inputs.layout)
    results = _worked_out(reading, lines, inputs)
    sample = _sample(results, inputs.sample)
    curve = PlateCurve(
        assay=sheet.subject,
        reading=reading,
        formula_version=FORMULA_VERSION,
        results=results,
        found=_in_words(results, inputs.unit),
        computed_at=timezone.now(),
        computed_by=by,
        **{**vars(inputs), "layout": text_of(lines), "sample": sample},
    )
    records.save(curve, by=by, reason=reason)
    _put_on_assay(sheet, curve)
    records.save(sheet.details, by=by, reason=reason)
    return curve


def plate_reading_of(sheet: Sheet) -> Reading:
    """The plate that the assay rests on, with its wells. Refuses where there is none."""
    found = Reading.objects.filter(pk=getattr(sheet.details, "reading_id", None)).first()
    if found is None or found.technique != "PLATE":
        raise ActionRefused("This assay has no plate reader's file yet: attach it first.")
    return found


def raw_reads(reading: Reading) -> list[dict[str, Any]]:
    """The matrices that the reader measured, not those that it computed."""
    return [one for one in reading.curves["records"] if one["kind"] == "raw"]


def _lines(layout: str) -> list[Line]:
    try:
        return lines_of(layout)
    except LayoutRefused as refusal:
        raise ValueRefused(str(refusal), "layout") from refusal


def _worked_out(reading: Reading, lines: list[Line], inputs: PlateInputs) -> dict[str, Any]:
    asked = (inputs.plate, inputs.read)
    read = next((one for one in raw_reads(reading) if (one["plate"], one["label"]) == asked), None)
    if read is None:
        raise ValueRefused(f"The file holds no read {inputs.read} of {inputs.plate}.", "read")
    beside = [
        one for one in reading.curves["records"] if one["kind"] != "raw" and one["plate"] == inputs.plate
    ]
    settings = Settings(
        inputs.model,
        inputs.weighting,
        inputs.subtract_blank == "yes",
        float(inputs.least_recovery),
        float(inputs.most_recovery),
    )
    try:
        return work_out(lines, read, settings, beside)
    except CurveRefused as refusal:
        raise ActionRefused(str(refusal)) from refusal


def _in_words(results: dict[str, Any], unit: str) -> str:
    """Curve and results as the trail and a signer read them; the figures behind stand in `results`."""
    low, high = results["range"]
    told = [
        f"R² {results['r_squared']:.5f}",
        f"working range {low:g} to {high:g} {PlateCurve.Unit(unit).label}",
    ]
    told += [f"{one['sample']}: {_amount_in_words(one)}" for one in results["results"]]
    return "\n".join([*told, *(f"{one['well']} left out: {one['why']}" for one in results["left_out"])])


def _amount_in_words(one: dict[str, Any]) -> str:
    return one["words"] if one["amount"] is None else f"{one['sign']} {one['amount']:.5g}".strip()


def _sample(results: dict[str, Any], asked: str) -> str:
    names = [one["sample"] for one in results["results"]]
    if not names:
        raise ValueRefused(
            "No sample on this plate has a well with a value: lay out the batch's sample.", "layout"
        )
    if not asked and len(names) == 1:
        return str(names[0])
    if asked not in names:
        raise ValueRefused(f"Which sample is this batch's own: {', '.join(names[:8])}?", "sample")
    return asked


def _put_on_assay(sheet: Sheet, curve: PlateCurve) -> None:
    """Fill the fields of the assay that a standard curve knows, as many decimals as each keeps."""
    details, found, results = sheet.details, curve.result, curve.results
    known = {
        "r_squared": results["r_squared"],
        "blank_reading": results["blank"],
        "wells": found["wells"],
        "cv_percent": found["cv_percent"],
        "dilution": found["dilutions"][0] if len(found["dilutions"]) == 1 else None,
    }
    for name in RESULT_FIELDS:
        if hasattr(details, name):
            amount = found["amount"]
            known[name] = None if amount is None else Decimal(str(amount)) * UG_PER_ML[curve.unit]
            setattr(details, f"{name}_sign", found["sign"])
    for name, value in known.items():
        if hasattr(details, name) and value is not None:
            setattr(details, name, _as_kept(details, name, value))
    if hasattr(details, "standard_range"):
        low, high = results["range"]
        details.standard_range = f"{low:g}–{high:g} {curve.get_unit_display()}"
    details.compute()


def _as_kept(details: Any, name: str, value: Any) -> Any:
    places = getattr(details._meta.get_field(name), "decimal_places", None)
    return value if places is None else Decimal(str(value)).quantize(Decimal(1).scaleb(-places))
