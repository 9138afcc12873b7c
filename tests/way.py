"""A batch's way in a few calls, for tests that need one that is some way along."""

from decimal import Decimal
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from batches.characterization import actions as assays
from batches.characterization.models import Assay
from batches.characterization.techniques import assay_sheet
from batches.instruments.generate import Micrograph as Picture
from batches.instruments.generate import NanosightRun, micrograph_tiff, nanosight_summary
from batches.isolation import actions as steps
from batches.isolation.methods import step_sheet
from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan
from batches.record.models import FieldRemark
from batches.record.values import Entered, record_values
from batches.source.harvest import finish_harvest, harvest_sheet
from batches.source.models import Harvest

HARVEST = {
    "passage": 4,
    "medium": "Serum-free MSC medium",
    "ev_depletion": "serum_free",
    "conditioning_h": Decimal(48),
    "harvested_time": timezone.now(),
    "starting_volume_ml": Decimal(480),
    "cells_at_harvest": Decimal("2.4e8"),
    "viability_percent": Decimal("95.5"),
    "mycoplasma": "negative",
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


def sheet_of_step(batch, position=1):
    step = ProcessStep.objects.with_details().get(batch=batch, position=position)
    remarks = FieldRemark.objects.filter(batch=batch, is_withdrawn=False)
    return step_sheet(step, Plan.of(batch.plan)).load_remarks(remarks)


def sheet_of_harvest(batch, position=1):
    harvest = Harvest.objects.at(position).get(batch=batch)
    remarks = FieldRemark.objects.filter(batch=batch, is_withdrawn=False)
    return harvest_sheet(harvest).load_remarks(remarks)


def sheet_of_assay(batch, number=1):
    return assay_sheet(Assay.objects.with_details().get(batch=batch, number=number))


def enter(sheet, values, by, reason=None):
    entered = [Entered(name, value, typed=str(value)) for name, value in values.items()]
    return record_values(sheet=sheet, entered=entered, by=by, reason=reason)


def harvested(batch, by, position=1, **changed):
    enter(sheet_of_harvest(batch, position), {**HARVEST, **changed}, by)
    finish_harvest(sheet=sheet_of_harvest(batch, position), by=by)


def spun(batch, by, checker=None, **changed):
    steps.start_step(sheet=sheet_of_step(batch), by=by)
    enter(sheet_of_step(batch), {**SPIN, **changed}, by)
    steps.finish_step(sheet=sheet_of_step(batch), by=by)
    if checker is not None:
        steps.check_step(sheet=sheet_of_step(batch), by=checker)


def nanosight(mode_nm=96.0, dilution=1000, **wishes):
    run = NanosightRun(mode_nm=mode_nm, dilution=dilution, **wishes)
    return SimpleUploadedFile("EXO-ExperimentSummary.csv", nanosight_summary(run, Random(1)))


def tracked(batch, by, upload=None, **changed):
    """An NTA assay with its export, finished. Returns the assay."""
    assay = assays.add_assay(batch=batch, technique="nta", by=by)
    sheet = sheet_of_assay(batch, assay.number)
    assays.attach_export(sheet=sheet, upload=upload or nanosight(), by=by)
    values = {"performed_time": timezone.now(), "equipment": "NTA-2", **changed}
    enter(sheet_of_assay(batch, assay.number), values, by)
    assays.finish_assay(sheet=sheet_of_assay(batch, assay.number), by=by)
    return Assay.objects.with_details().get(pk=assay.pk)


def micrograph(calibration="fei", name="grid1.tif"):
    picture = Picture(diameters_nm=(90.0, 110.0), pixel_size_nm=1.5, calibration=calibration)
    return SimpleUploadedFile(name, micrograph_tiff(picture, Random(2)))


def submitted(batch, by, checker):
    """A batch as the test master plans it, complete and with QC."""
    from batches.record.actions import submit_batch

    harvested(batch, by)
    spun(batch, by, checker)
    tracked(batch, by)
    return submit_batch(batch=batch, by=by)
