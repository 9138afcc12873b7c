"""Where a deviation is opened: the address of a page, read into the record it shows."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.urls import Resolver404, resolve

from accounts import roles
from accounts.models import User
from audit.acting import require_role
from audit.models import Entry
from audit.refusal import ActionRefused
from audit.trail.lines import COLUMNS, line_of
from batches.characterization.models import Assay
from batches.characterization.techniques import assay_sheet
from batches.isolation.methods import step_sheet
from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan
from batches.quantities import people_number
from batches.record.models import Batch
from batches.record.sheets import Sheet
from batches.source.harvest import harvest_sheet
from batches.source.models import Harvest
from qc.deviations.models import Deviation
from qc.exceptions import ReviewException, exceptions_of
from qc.judging import judge_evidence
from qc.loading import load

NO_SUCH_PLACE = "A deviation is opened from the page of a batch, step, assay, harvest or entry: go there."
FINDING_GONE = "That exception is not there any more: the record changed. Look at the review page again."


@dataclass(frozen=True)
class Place:
    """Where a deviation stands. `evidence` is what the record says there now; `sheet` has its values."""

    kind: Deviation.Place = Deviation.Place.LABORATORY
    batch: Batch | None = None
    number: int | None = None
    label: str = ""
    field: str = ""
    evidence: str = ""
    finding: str = ""
    sheet: Sheet | None = None

    @property
    def subject(self) -> Batch | None:
        """What a refusal is about (audit.acting)."""
        return self.batch

    @property
    def record(self) -> Any:
        """The very row that it is about: the one that holds the value, else the step, assay or harvest."""
        if self.sheet is None:
            return self.batch
        return self.sheet.part_of(self.field) if self.field else self.sheet.subject

    @property
    def page(self) -> str:
        """Where the laboratory finds it."""
        if self.sheet is not None:
            return self.sheet.url
        return f"/batches/{self.batch.number}/" if self.batch else ""

    def values(self) -> list[tuple[str, str]]:
        """Name and label of every value that a deviation can be about here."""
        return [(name, self.sheet.label_of(name)) for name in self.sheet.field_names()] if self.sheet else []

    def at_value(self, field: str) -> "Place":
        """The same place, about one of its values."""
        if not field:
            return self
        if self.sheet is None or field not in dict(self.values()):
            raise ActionRefused("That value does not stand on this page; load it again.")
        label = f"{self.label}, {self.sheet.label_of(field).lower()}"
        evidence = self.evidence or value_words(self.sheet, field)
        return replace(self, field=field, label=label, evidence=evidence)


def place_at(address: str, *, by: User, field: str = "", finding: str = "") -> Place:
    """The place that a page shows, for somebody who may see it; without an address, the laboratory."""
    if not address:
        return Place()
    try:
        found = resolve(address)
        place = _PLACES[found.url_name or ""](by=by, **found.kwargs)
    except (Resolver404, KeyError, ObjectDoesNotExist) as error:
        raise ActionRefused(NO_SUCH_PLACE) from error
    if finding:
        require_role(by, roles.READ_QC, "open_a_deviation_from_a_finding")
        place = _of_finding(place, finding, by)
    return place.at_value(field) if field and not place.field else place


def value_words(sheet: Sheet, name: str) -> str:
    """A value as it stands, with unit and planned limit: 'Temperature: 9 °C; 2 to 8 °C'."""
    unit, is_empty = getattr(sheet.model_field(name), "unit", ""), sheet.value(name) in (None, "")
    value = "empty" if is_empty else f"{_shown(sheet, name)} {unit}".strip()
    told = f"{sheet.label_of(name)}: {value}"
    return f"{told}; {sheet.limits[name].words(unit)}" if name in sheet.limits else told


def _shown(sheet: Sheet, name: str) -> str:
    value = sheet.value(name)
    named = getattr(sheet.part_of(name), f"get_{name}_display", None)
    if named:
        return str(named())
    return people_number(value) if isinstance(value, Decimal | int) else str(value)


# --- pages ----------------------------------------------------------------------------------------


def _batch(number: str) -> Batch:
    return Batch.objects.with_header().get(number=number)


def _at_batch(*, by: User, number: str) -> Place:
    return Place(Deviation.Place.BATCH, _batch(number))


def _at_harvest(*, by: User, number: str, position: int = 1) -> Place:
    batch = _batch(number)
    harvest = Harvest.objects.at(position).select_related("source_lot").get(batch=batch)
    harvest.batch = batch
    sheet = harvest_sheet(harvest)
    return Place(Deviation.Place.HARVEST, batch, harvest.further, str(harvest), sheet=sheet)


def _at_step(*, by: User, number: str, position: int) -> Place:
    batch = _batch(number)
    step = ProcessStep.objects.with_details().get(batch=batch, position=position)
    step.batch = batch
    sheet = step_sheet(step, Plan.of(batch.plan))
    return Place(Deviation.Place.STEP, batch, position, str(step), sheet=sheet)


def _at_assay(*, by: User, number: str, assay_number: int) -> Place:
    batch = _batch(number)
    assay = Assay.objects.with_details().get(batch=batch, number=assay_number)
    assay.batch = batch
    return Place(Deviation.Place.ASSAY, batch, assay_number, str(assay), sheet=assay_sheet(assay))


def _at_entry(*, by: User, number: int) -> Place:
    """An event of the trail: a refusal, an unexplained change, anything (requirement 97)."""
    require_role(by, roles.READ_TRAIL, "open_a_deviation_from_an_entry")
    entry = Entry.objects.get(pk=number)
    told = line_of({name: getattr(entry, name) for name in COLUMNS})
    batch = Batch.objects.with_header().filter(number=entry.batch_number).first()
    evidence = f"{told.actor} {told.act} {told.record_label}: {told.words}".strip(": ")
    return Place(Deviation.Place.ENTRY, batch, number, f"Entry {number}", evidence=evidence)


_PLACES: dict[str, Any] = {
    "batch": _at_batch,
    "review": _at_batch,
    "parts": _at_batch,
    "origins": _at_batch,
    "harvest": _at_harvest,
    "step": _at_step,
    "assay": _at_assay,
    "entry": _at_entry,
}


# --- exceptions -----------------------------------------------------------------------------------


def _of_finding(place: Place, key: str, by: User) -> Place:
    """Where an exception of the review points, with its words as they are computed now."""
    if place.batch is None:
        raise ActionRefused(FINDING_GONE)
    record = load(place.batch)
    found = exceptions_of(record, judge_evidence(record.plan, record.evidence))
    one = next((one for one in found if one.key == key), None)
    if one is None:
        raise ActionRefused(FINDING_GONE)
    return replace(_pointed_at(one, place, by), evidence=one.told, finding=key)


def _pointed_at(one: ReviewException, place: Place, by: User) -> Place:
    """The step, assay or harvest that an exception links to, else the batch with its own words."""
    address, _, anchor = one.url.partition("#")
    if address.startswith("/batches/"):
        at = place_at(address, by=by)
        field = anchor.removeprefix("value-") if anchor.startswith("value-") else ""
        return at.at_value(field) if field in dict(at.values()) else at
    return replace(place, label=one.where)
