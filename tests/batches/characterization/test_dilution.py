"""Whose dilution counts: the file's, or a person's who knows better."""

from decimal import Decimal

from audit.refusal import Reason
from batches.characterization import actions as assays
from tests.factories import BatchFactory
from tests.way import enter, nanosight, sheet_of_assay

WRONG = Reason("wrong_unit", "Another dilution was set in the software")


def opened(operator, **wishes):
    batch = BatchFactory(by=operator)
    assays.add_assay(batch=batch, technique="nta", by=operator)
    assays.attach_export(sheet=sheet_of_assay(batch), upload=nanosight(**wishes), by=operator)
    return batch


def concentrations(batch):
    nta = sheet_of_assay(batch).details
    return nta.dilution, nta.dilution_source, nta.measured_per_ml, nta.particles_per_ml


def test_dilution_in_the_file_is_the_files(operator):
    measured, sample = concentrations(opened(operator))[2:]
    assert concentrations(opened(operator))[:2] == (Decimal(1000), "file")
    assert sample == measured * 1000


def test_dilution_that_a_person_enters_is_theirs(operator):
    batch = opened(operator, dilution=None)
    assert concentrations(batch)[:2] == (None, "")
    enter(sheet_of_assay(batch), {"dilution": Decimal(500)}, operator)
    dilution, source, measured, sample = concentrations(batch)
    assert (dilution, source, sample) == (Decimal(500), "person", measured * 500)


def test_corrected_dilution_moves_the_sample_and_not_what_was_measured(operator):
    batch = opened(operator)
    before = concentrations(batch)[2]
    enter(sheet_of_assay(batch), {"dilution": Decimal(500)}, operator, WRONG)
    assert concentrations(batch) == (Decimal(500), "person", before, before * 500)


def test_dilution_of_an_earlier_file_does_not_stay_with_another_one(operator):
    batch = opened(operator)
    assays.attach_export(
        sheet=sheet_of_assay(batch), upload=nanosight(dilution=None), reason=WRONG, by=operator
    )
    dilution, source, measured, sample = concentrations(batch)
    assert (dilution, source, sample) == (None, "", None)
    assert measured is not None


def test_dilution_of_a_person_stays_when_another_file_tells_none(operator):
    batch = opened(operator)
    enter(sheet_of_assay(batch), {"dilution": Decimal(500)}, operator, WRONG)
    assays.attach_export(
        sheet=sheet_of_assay(batch), upload=nanosight(dilution=None), reason=WRONG, by=operator
    )
    dilution, source, measured, sample = concentrations(batch)
    assert (dilution, source, sample) == (Decimal(500), "person", measured * 500)
