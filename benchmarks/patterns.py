"""Batches made by the product itself, to be copied: people, products, plans, and a few batches of each kind.

Everything here goes through the actions, so what is copied has the shape that the product writes.
"""

from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.actions import system_actor
from accounts.models import User
from accounts.roles import Role
from audit import records
from audit.refusal import Reason
from batches.characterization import actions as assays
from batches.characterization.models import Assay
from batches.characterization.techniques import assay_sheet
from batches.instruments.generate import NanosightRun, nanosight_summary
from batches.isolation import actions as steps
from batches.isolation.kinds import IsolationMethod, StepPurpose
from batches.isolation.methods import step_sheet
from batches.isolation.models import ProcessStep
from batches.masters.models import Criterion, MasterRecord, MasterVersion, PlannedStep, Product, StepLimit
from batches.masters.plans import Plan
from batches.record.actions import correct_notes, open_batch
from batches.record.models import Batch, FieldRemark
from batches.record.sheets import Sheet
from batches.record.values import Entered, record_values
from batches.source.harvest import finish_harvest, harvest_sheet
from batches.source.kinds import SourceKind
from batches.source.models import Donor, Harvest, SourceLot

PRODUCTS, OPERATORS = 20, 8
FIRST_NOTE, SECOND_NOTE = "first note of a pattern", "second note of a pattern"
REASON = Reason("late_information", "The purpose was stated more precisely.")
KINDS = tuple(SourceKind)[:4]
HARVEST: dict[str, Any] = {
    "passage": 4,
    "medium": "Serum-free MSC medium",
    "ev_depletion": "serum_free",
    "conditioning_h": Decimal(48),
    "starting_volume_ml": Decimal(480),
    "cells_at_harvest": Decimal("2.4e8"),
    "viability_percent": Decimal("95.5"),
    "mycoplasma": "negative",
    "hold_temp_c": Decimal(4),
    "hold_h": Decimal(2),
}
SPIN = {
    "volume_in_ml": Decimal(480),
    "volume_out_ml": Decimal(2),
    "fraction_kept": "pellet",
    "equipment": "UC-02, calibrated to 31 Jan 2027",
    "temperature_c": Decimal(4),
    "rotor": "Type 45 Ti",
    "r_min_mm": Decimal("35.9"),
    "r_max_mm": Decimal("103.8"),
    "rotor_max_rpm": 45000,
    "speed_rpm": 29400,
    "rcf_basis": "max",
    "duration_min": Decimal(75),
}
PROTEIN = {
    "method": "bca",
    "kit": "BCA kit, lot 4471",
    "lysed": "yes",
    "detergent": "Triton X-100, 0.1 %",
    "standard_range": "5 to 250 µg/mL",
    "r_squared": Decimal("0.998"),
    "dilution": Decimal(1),
    "wells": 3,
    "cv_percent": Decimal("4.2"),
    "protein_ug_per_ml": Decimal("184.5"),
    "excipient_protein": "no",
}


@dataclass
class Laboratory:
    """People, effective versions by product, and source lots."""

    operators: list[User]
    reviewer: User
    auditor: User
    versions: list[MasterVersion]
    lots: list[SourceLot]


def found_laboratory(lots: int) -> Laboratory:
    """People, 20 products with an effective version each, and that many source lots with their donors."""
    with transaction.atomic():
        system = system_actor("benchmark", "Benchmark loader")
        operators = [_person(f"operator{n}", Role.OPERATOR, system) for n in range(1, OPERATORS + 1)]
        reviewer, qa, auditor = (_person(f"{role}1", role, system) for role in ("reviewer", "qa", "auditor"))
        versions = [_version(number, reviewer, qa) for number in range(1, PRODUCTS + 1)]
    return Laboratory(
        operators, reviewer, auditor, versions, [_lot(n, operators[0]) for n in range(1, lots + 1)]
    )


def _put(record: Any, by: User) -> Any:
    records.save(record, by=by)
    return record


def _person(username: str, role: str, by: User) -> User:
    person = User(username=username, printed_name=username.capitalize(), role=role, password="!")
    return _put(person, by)


def _version(number: int, prepared: User, approved: User) -> MasterVersion:
    code = f"MSC{number:02d}"
    product = _put(
        Product(code=code, name=f"EV preparation {number}", number_pattern=code + "-{year}-{number:05d}"),
        prepared,
    )
    master = _put(
        MasterRecord(product=product, code=f"MBR-{number:02d}", title="Spin, then measure"), prepared
    )
    now = timezone.now()
    version = _put(
        MasterVersion(
            master=master,
            number=1,
            status="effective",
            specification_code=f"SPEC-{number:02d}",
            prepared_at=now,
            prepared_by=prepared,
            approved_at=now,
            approved_by=approved,
        ),
        approved,
    )
    _planned_step(version, prepared)
    wanted = (("mode_nm", 50, 150), ("particles_per_ml", 10**9, None), ("protein_ug_per_ml", 10, 2000))
    for place, (attribute, low, high) in enumerate(wanted, 1):
        limits = {"action_low": Decimal(low), "action_high": high and Decimal(high)}
        _put(Criterion(version=version, position=place, attribute=attribute, **limits), prepared)
    return version


def _planned_step(version: MasterVersion, by: User) -> None:
    spin = PlannedStep(
        version=version,
        position=1,
        name="Pellet",
        method=IsolationMethod.ULTRACENTRIFUGATION,
        purpose=StepPurpose.CONCENTRATE,
        instructions="Spin at 100 000 ×g and 4 °C. Keep the pellet.",
        is_critical=True,
    )
    _put(spin, by)
    limits = {
        "target": Decimal(4),
        "action_low": Decimal(2),
        "action_high": Decimal(8),
        "alert_high": Decimal(6),
    }
    _put(StepLimit(planned_step=spin, field="temperature_c", **limits), by)


def _lot(number: int, by: User) -> SourceLot:
    with transaction.atomic():
        donor = _put(Donor(code=f"DN-{number:05d}", age_years=34, eligibility="eligible"), by)
        lot = SourceLot(code=f"SRC-{number:05d}", kind=KINDS[number % len(KINDS)], donor=donor)
        return _put(lot, by)


# --- batches ------------------------------------------------------------------------------------


def light(laboratory: Laboratory, place: int, status: str) -> Batch:
    """A batch that was opened, annotated, corrected, harvested and moved on: three versions of its own."""
    batch, by = _opened(laboratory, place)
    _enter(harvest_sheet(Harvest.objects.get(batch=batch)), {**HARVEST, "harvested_time": timezone.now()}, by)
    return _moved(batch, status, laboratory.reviewer) if status != "in_process" else batch


def full(laboratory: Laboratory, place: int) -> Batch:
    """A batch with everything done: harvest, a checked spin, two NTA replicates, protein. Submitted."""
    batch, by = _opened(laboratory, place)
    _enter(harvest_sheet(Harvest.objects.get(batch=batch)), {**HARVEST, "harvested_time": timezone.now()}, by)
    finish_harvest(sheet=harvest_sheet(Harvest.objects.get(batch=batch)), by=by)
    steps.start_step(sheet=sheet_of_step(batch), by=by)
    _enter(sheet_of_step(batch), SPIN, by)
    steps.finish_step(sheet=sheet_of_step(batch), by=by)
    steps.check_step(sheet=sheet_of_step(batch), by=laboratory.reviewer)
    for replicate in (1, 2):
        _nta(batch, replicate, by)
    _protein(batch, by)
    return _moved(batch, "submitted", by)


def running(laboratory: Laboratory, place: int) -> Batch:
    """A batch whose spin is running, with its values entered: there to be corrected."""
    batch, by = _opened(laboratory, place)
    steps.start_step(sheet=sheet_of_step(batch), by=by)
    _enter(sheet_of_step(batch), SPIN, by)
    return batch


def _opened(laboratory: Laboratory, place: int) -> tuple[Batch, User]:
    version, lot = laboratory.versions[place % PRODUCTS], laboratory.lots[place % 4]
    by = laboratory.operators[place % OPERATORS]
    batch = open_batch(version=version, source_lot=lot, notes=FIRST_NOTE, by=by)
    return correct_notes(batch=batch, notes=SECOND_NOTE, by=by, reason=REASON), by


def _moved(batch: Batch, status: str, by: User) -> Batch:
    """Set a batch's status without the way there, which is longer than a pattern needs."""
    with transaction.atomic():
        batch = Batch.objects.with_header().get(pk=batch.pk)
        batch.status = Batch.Status(status)
        batch.submitted_at, batch.submitted_by = timezone.now(), by
        if status in {"approved", "rejected"}:
            batch.disposition = "released" if status == "approved" else "rejected"
        records.save(batch, by=by)
    return batch


def _enter(sheet: Sheet, values: dict[str, Any], by: User) -> None:
    record_values(sheet=sheet, entered=[Entered(n, v, typed=str(v)) for n, v in values.items()], by=by)


def sheet_of_step(batch: Batch) -> Sheet:
    """The sheet of a batch's first step."""
    step = ProcessStep.objects.with_details().get(batch=batch, position=1)
    remarks = FieldRemark.objects.filter(batch=batch, is_withdrawn=False)
    return step_sheet(step, Plan.of(batch.plan)).load_remarks(remarks)


def _sheet_of_assay(assay: Assay) -> Sheet:
    return assay_sheet(Assay.objects.with_details().get(pk=assay.pk))


def _nta(batch: Batch, replicate: int, by: User) -> None:
    assay = assays.add_assay(batch=batch, technique="nta", by=by)
    run = NanosightRun(mode_nm=94.0 + 2 * replicate, dilution=1000)
    upload = SimpleUploadedFile(
        f"run{replicate}-ExperimentSummary.csv", nanosight_summary(run, Random(replicate))
    )
    assays.attach_export(sheet=_sheet_of_assay(assay), upload=upload, by=by)
    _enter(_sheet_of_assay(assay), {"performed_time": timezone.now(), "equipment": "NTA-2"}, by)
    assays.finish_assay(sheet=_sheet_of_assay(assay), by=by)


def _protein(batch: Batch, by: User) -> None:
    assay = assays.add_assay(batch=batch, technique="protein", by=by)
    values = {**PROTEIN, "performed_time": timezone.now(), "equipment": "Plate reader 1"}
    _enter(_sheet_of_assay(assay), values, by)
    assays.finish_assay(sheet=_sheet_of_assay(assay), by=by)
