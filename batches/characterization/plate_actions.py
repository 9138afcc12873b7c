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
from batches.characterization.contents import AnalyteResult
from batches.characterization.kinds import Technique
from batches.characterization.plate_layout import LayoutRefused, Line, lines_of, text_of
from batches.characterization.plate_results import Settings, work_out
from batches.characterization.plates import PlateCurve
from batches.characterization.standard_curves import FORMULA_VERSION, CurveRefused
from batches.record.models import Reading
from batches.record.sheets import Sheet
from batches.record.values import demand_editable, lock_sheet

# How many of the unit that a result is kept in one of the standards' unit is.
UG_PER_ML = {
    "mg_per_ml": Decimal(1000),
    "ug_per_ml": Decimal(1),
    "ng_per_ml": Decimal("0.001"),
    "pg_per_ml": Decimal("0.000001"),
}
PG_PER_ML = {unit: factor * 1_000_000 for unit, factor in UG_PER_ML.items()}
EU_PER_ML = {"eu_per_ml": Decimal(1)}
# The field that a technique's result goes to; growth factors go to a row of their own (pg/mL).
RESULTS: dict[str, tuple[str, dict[str, Decimal]]] = {
    Technique.PROTEIN: ("protein_ug_per_ml", UG_PER_ML),
    Technique.LIPID: ("lipid_ug_per_ml", UG_PER_ML),
    Technique.RNA: ("extract_ng_per_ul", UG_PER_ML),  # 1 ng/µL is 1 µg/mL
    Technique.ENDOTOXIN: ("endotoxin_eu_per_ml", EU_PER_ML),
    Technique.GROWTH_FACTOR: ("", PG_PER_ML),
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
    analyte: str = ""


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
    _demand_fitting(sheet, inputs)
    lines = _lines(inputs.layout)
    results = _worked_out(reading, lines, inputs)
    sample = _sample(results, inputs.sample)
    curve = PlateCurve(
        assay=sheet.subject,
        reading=reading,
        formula_version=FORMULA_VERSION,
        results=results,
        found=_in_words(results, inputs),
        computed_at=timezone.now(),
        computed_by=by,
        **{**vars(inputs), "layout": text_of(lines), "sample": sample},
    )
    records.save(curve, by=by, reason=reason)
    _put_on_assay(sheet, curve)
    records.save(sheet.details, by=by, reason=reason)
    if curve.analyte:
        _put_analyte(sheet, curve, by, reason)
    return curve


def units_of(technique: str) -> tuple[str, ...]:
    """The units in which the standards of a technique may be told."""
    return tuple(RESULTS[technique][1])


def _demand_fitting(sheet: Sheet, inputs: PlateInputs) -> None:
    technique = sheet.subject.technique
    if inputs.unit not in units_of(technique):
        label = PlateCurve.Unit(inputs.unit).label
        raise ValueRefused(f"{Technique(technique).label} has no result in {label}.", "unit")
    is_asked = technique == Technique.GROWTH_FACTOR
    if is_asked and not inputs.analyte.strip():
        raise ValueRefused("Which growth factor or cytokine do the standards hold?", "analyte")
    if inputs.analyte and not is_asked:
        raise ValueRefused("Only growth factors and cytokines have an analyte.", "analyte")


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


def _in_words(results: dict[str, Any], inputs: PlateInputs) -> str:
    """Curve and results as the trail and a signer read them; the figures behind stand in `results`."""
    low, high = results["range"]
    told = [
        *([inputs.analyte] if inputs.analyte else []),
        f"R² {results['r_squared']:.5f}",
        f"working range {low:g} to {high:g} {PlateCurve.Unit(inputs.unit).label}",
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
    name, factors = RESULTS[sheet.subject.technique]
    if name:
        known[name] = _amount(curve, factors)
        setattr(details, f"{name}_sign", found["sign"])
    for name, value in known.items():
        if hasattr(details, name) and value is not None:
            setattr(details, name, _as_kept(details, name, value))
    if hasattr(details, "standard_range"):
        low, high = results["range"]
        details.standard_range = f"{low:g}–{high:g} {curve.get_unit_display()}"
    details.compute()


def _amount(curve: PlateCurve, factors: dict[str, Decimal]) -> Decimal | None:
    """The sample's result in the unit that it is kept in."""
    amount = curve.result["amount"]
    return None if amount is None else Decimal(str(amount)) * factors[curve.unit]


def _put_analyte(sheet: Sheet, curve: PlateCurve, by: User, reason: Reason | None) -> None:
    """The result of a growth factor as its row; one that stands already is corrected, with the reason."""
    standing = sheet.details.analytes.filter(is_voided=False)
    row = next((one for one in standing if one.analyte.casefold() == curve.analyte.casefold()), None)
    if row is None:
        row = AnalyteResult(details=sheet.details, analyte=curve.analyte)
    amount, found = _amount(curve, PG_PER_ML), curve.result
    row.pg_per_ml = None if amount is None else _as_kept(row, "pg_per_ml", amount)
    row.pg_per_ml_sign = found["sign"]
    if found["cv_percent"] is not None:
        row.cv_percent = _as_kept(row, "cv_percent", found["cv_percent"])
    records.save(row, by=by, reason=reason)


def _as_kept(details: Any, name: str, value: Any) -> Any:
    places = getattr(details._meta.get_field(name), "decimal_places", None)
    return value if places is None else Decimal(str(value)).quantize(Decimal(1).scaleb(-places))
