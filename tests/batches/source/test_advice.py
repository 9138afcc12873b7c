"""What is unusual about a source lot: said, never a block."""

import datetime as dt
from decimal import Decimal

import pytest

from batches.source.advice import donor_advice, lot_advice
from batches.source.models import SourceLot
from tests.batches.source.test_sources import COLLECTED, registered
from tests.factories import DonorFactory

GOOD_DONOR = {"consent_on": dt.date(2026, 1, 5), "eligibility": "eligible"}


@pytest.fixture
def advised(db, operator):
    def lot(kind="bone_marrow_msc", **values):
        if kind != "cell_line":
            values.setdefault("donor", DonorFactory(**GOOD_DONOR))
        made = registered(operator, kind, **values)
        return [tuple(hint) for hint in lot_advice(SourceLot.objects.with_details().get(pk=made.pk))]

    return lot


def day(days):
    return COLLECTED.date() + dt.timedelta(days=days)


def test_a_usual_lot_gives_no_advice(advised):
    assert (
        advised(
            collection_time=COLLECTED,
            collected_amount=Decimal(30),
            collected_unit="mL",
            hours_to_processing=Decimal(20),
            specimen_on=day(0),
            hiv_1_2="negative",
            cd73_percent=Decimal(95),
            cd34_percent=Decimal(2),
            plastic_adherent="yes",
            trilineage="shown",
        )
        == []
    )


@pytest.mark.parametrize(
    ("kind", "days", "words"),
    [
        ("bone_marrow_msc", -30, None),
        ("bone_marrow_msc", 7, None),
        (
            "bone_marrow_msc",
            -31,
            "Taken 31 days before the collection; within 30 days before to 7 days after is asked for.",
        ),
        (
            "bone_marrow_msc",
            8,
            "Taken 8 days after the collection; within 30 days before to 7 days after is asked for.",
        ),
        ("adipose_msc", -7, None),
        ("adipose_msc", 7, None),
        ("adipose_msc", -8, "Taken 8 days before the collection; within 7 days is asked for."),
        ("cord_blood", 8, "Taken 8 days after the collection; within 7 days is asked for."),
    ],
)
def test_a_specimen_far_from_the_collection_is_advised_against(advised, kind, days, words):
    found = advised(kind, collection_time=COLLECTED, specimen_on=day(days))
    assert found == ([("Specimen taken on", words)] if words else [])


def test_markers_beyond_isct_2006_are_named(advised):
    found = advised(cd90_percent=Decimal("94.99"), hla_dr_percent=Decimal("2.01"))
    assert found == [
        ("CD90", "94.99 %: ISCT 2006 asks for 95 % or more."),
        ("HLA-DR", "2.01 %: ISCT 2006 asks for 2 % or less."),
    ]


def test_a_newborns_own_specimen_is_advised_against(advised):
    assert advised("cord_msc", taken_from="donor") == [
        (
            "Specimen taken from",
            "For cord, cord blood and placenta the birth mother is tested, not the newborn.",
        )
    ]
    assert advised("cord_msc", taken_from="birth_mother") == []
    assert advised("bone_marrow_msc", taken_from="donor") == []


def test_positive_and_pending_infection_tests_are_named(advised):
    assert advised(hcv="positive", cmv="pending") == [
        ("HCV (antibody, NAT)", "Positive: the material may be infectious."),
        ("CMV", "The result is still pending."),
    ]


def test_unusual_amounts_and_times_are_named(advised):
    found = advised(
        "cord_msc", collected_amount=Decimal(5), collected_unit="cm", hours_to_processing=Decimal(49)
    )
    assert found == [
        ("Collected amount", "10–40 cm is usual."),
        ("Collection to processing", "Up to 48 h is usual."),
    ]


def test_a_warm_bank_is_named(advised):
    found = advised(bank_lot="WCB-1", storage_temp_c=Decimal(-80))
    assert found == [("Storage temperature", "Cell banks are kept below -130 °C.")]


def test_a_cell_line_without_str_profile_is_named(advised):
    assert [label for label, _ in advised("cell_line")] == ["STR profile"]
    assert advised("cell_line", str_ref="STR-12") == []


@pytest.mark.parametrize(
    ("facts", "labels"),
    [
        (GOOD_DONOR, []),
        ({**GOOD_DONOR, "consent_on": None}, ["Consent"]),
        ({**GOOD_DONOR, "consent_withdrawn": True}, ["Consent"]),
        ({**GOOD_DONOR, "eligibility": "ineligible"}, ["Eligibility"]),
        ({**GOOD_DONOR, "eligibility": "incomplete"}, ["Eligibility"]),
        ({**GOOD_DONOR, "eligibility": "not_required"}, []),
    ],
)
def test_a_donor_that_stands_in_the_way_is_named(db, facts, labels):
    assert [hint.label for hint in donor_advice(DonorFactory(**facts))] == labels
