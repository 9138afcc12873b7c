"""Rules about the donor and the source lot."""

import pytest

from tests.qc.exceptions.made import HOUR, MIN, NINE, made, of


def donor_of(record):
    return record.batch.source_lot.donor


def infections_of(record):
    return record.lots[0].donortesting


def test_consent_withdrawn_fires():
    record = made()
    donor_of(record).consent_withdrawn = True
    (one,) = of(record, "consent_withdrawn")
    assert (one.what, one.url) == ("Donor DN-00001: consent withdrawn", "/sources/SRC-1/")


def test_consent_withdrawn_is_quiet_without_a_donor():
    record = made()
    record.batch.source_lot.donor = None
    assert of(record, "consent_withdrawn") == of(record, "donor_ineligible") == []


def test_donor_ineligible_fires():
    record = made()
    donor_of(record).eligibility = "ineligible"
    assert [one.what for one in of(record, "donor_ineligible")] == ["Donor DN-00001: ineligible"]


def test_donor_ineligible_is_quiet_where_it_is_not_required():
    record = made()
    donor_of(record).eligibility = "not_required"
    assert of(record, "donor_ineligible") == []


def test_source_in_quarantine_fires():
    record = made()
    record.batch.source_lot.quarantine_released_at = None
    assert len(of(record, "source_in_quarantine")) == 1


def test_source_in_quarantine_is_quiet_once_released():
    assert of(made(), "source_in_quarantine") == []


@pytest.mark.parametrize("result", ["positive", "pending"])
def test_infection_test_unsettled_fires(result):
    record = made()
    infections_of(record).hcv, infections_of(record).taken_from = result, "birth_mother"
    (one,) = of(record, "infection_test_unsettled")
    assert one.what.startswith("HCV (antibody, NAT): p")
    assert one.where == "Source lot SRC-1 · Birth mother"


def test_infection_test_unsettled_is_quiet_on_tests_not_done():
    record = made()
    infections_of(record).hcv = "not_done"
    assert of(record, "infection_test_unsettled") == of(made(testing=None), "infection_test_unsettled") == []


def test_mycoplasma_unsettled_fires():
    record = made()
    record.harvests[0].mycoplasma = "positive"
    (one,) = of(record, "mycoplasma_unsettled")
    assert one.what == "Mycoplasma of the culture: positive / reactive"
    assert one.url == "/batches/EXO-2026-0001/harvest/#value-mycoplasma"


def test_mycoplasma_unsettled_is_quiet_on_negative():
    assert of(made(), "mycoplasma_unsettled") == []


def test_source_released_later_fires():
    record = made()
    record.batch.source_lot.quarantine_released_at = NINE + 3 * HOUR
    assert len(of(record, "source_released_later")) == 1


def test_source_released_later_is_quiet_up_to_the_first_step():
    record = made()
    record.batch.source_lot.quarantine_released_at = NINE + 2 * HOUR - MIN
    assert of(record, "source_released_later") == []
