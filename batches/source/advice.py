"""What is unusual about a source lot or its donor: shown on the page, never a block (ev-domain §4)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from batches.quantities import people_number
from batches.source.kinds import SourceKind
from batches.source.lot_kinds import LOT_KINDS
from batches.source.models import (
    CellLineDetails,
    Donor,
    DonorTesting,
    MscDetails,
    SourceLot,
    TestResult,
    YesNo,
)

# ISCT 2006 (Dominici): at least 95 % positive, at most 2 % negative.
POSITIVE_MARKERS = ("cd73_percent", "cd90_percent", "cd105_percent")
NEGATIVE_MARKERS = (
    "cd34_percent",
    "cd45_percent",
    "cd14_cd11b_percent",
    "cd19_cd79a_percent",
    "hla_dr_percent",
)
ENOUGH_POSITIVE, MOST_NEGATIVE = Decimal(95), Decimal(2)
INFECTION_TESTS = ("hiv_1_2", "hbv", "hcv", "syphilis", "htlv", "cmv")
# 21 CFR 1271.80(b): within 7 days of recovery; up to 30 days before for bone marrow.
SPECIMEN_DAYS, BONE_MARROW_DAYS_BEFORE = 7, 30
WARMEST_BANK_C = Decimal(-130)


class Advice(NamedTuple):
    """Something worth a look: the label of what it is about, and why."""

    label: str
    words: str


def lot_advice(lot: SourceLot) -> list[Advice]:
    """Everything unusual about a lot read `with_details`. No query."""
    kind = LOT_KINDS[lot.kind]
    found = list(_of_collection(lot))
    if lot.donor is not None:
        found += donor_advice(lot.donor)
    for part in kind.parts(lot)[1:]:
        if isinstance(part, DonorTesting):
            found += _of_testing(lot, part)
        elif isinstance(part, MscDetails):
            found += _of_identity(part)
        elif isinstance(part, CellLineDetails):
            found += _of_cell_line(part)
    return found


def donor_advice(donor: Donor) -> list[Advice]:
    """What stands in the way of using this donor's material."""
    found = []
    if donor.consent_withdrawn:
        found.append(Advice("Consent", f"Donor {donor.code} withdrew consent: no new lot can be registered."))
    elif donor.consent_on is None:
        found.append(Advice("Consent", f"No consent date is recorded for donor {donor.code}."))
    if donor.eligibility == Donor.Eligibility.INELIGIBLE:
        found.append(Advice("Eligibility", f"Donor {donor.code} is ineligible."))
    elif donor.eligibility == Donor.Eligibility.INCOMPLETE:
        words = f"Eligibility of donor {donor.code} is incomplete: quarantine can't be released yet."
        found.append(Advice("Eligibility", words))
    return found


def _label(record: SourceLot | DonorTesting | MscDetails, name: str) -> str:
    words = str(getattr(record._meta.get_field(name), "verbose_name", name))
    return words[:1].upper() + words[1:]


def _of_collection(lot: SourceLot) -> Iterator[Advice]:
    kind = LOT_KINDS[lot.kind]
    usual = next((usual for usual in kind.usual if usual.unit == lot.collected_unit), None)
    if usual and lot.collected_amount is not None and not usual.low <= lot.collected_amount <= usual.high:
        words = f"{people_number(usual.low)}–{people_number(usual.high)} {usual.unit} is usual."
        yield Advice(_label(lot, "collected_amount"), words)
    if lot.hours_to_processing is not None and lot.hours_to_processing > kind.usual_hours:
        yield Advice(_label(lot, "hours_to_processing"), f"Up to {kind.usual_hours} h is usual.")
    if (
        (lot.bank_lot or lot.bank_id)
        and lot.storage_temp_c is not None
        and lot.storage_temp_c > WARMEST_BANK_C
    ):
        yield Advice(_label(lot, "storage_temp_c"), "Cell banks are kept below -130 °C.")


def _of_testing(lot: SourceLot, testing: DonorTesting) -> Iterator[Advice]:
    if lot.comes_from_birth and testing.taken_from == DonorTesting.Taken.DONOR:
        words = "For cord, cord blood and placenta the birth mother is tested, not the newborn."
        yield Advice(_label(testing, "taken_from"), words)
    specimen = _specimen_words(lot, testing)
    if specimen:
        yield Advice(_label(testing, "specimen_on"), specimen)
    for name in INFECTION_TESTS:
        result = getattr(testing, name)
        if result == TestResult.POSITIVE:
            yield Advice(_label(testing, name), "Positive: the material may be infectious.")
        elif result == TestResult.PENDING:
            yield Advice(_label(testing, name), "The result is still pending.")


def _specimen_words(lot: SourceLot, testing: DonorTesting) -> str:
    """How far the specimen lies from the collection, where that is too far; else empty."""
    if testing.specimen_on is None or lot.collection_time is None:
        return ""
    marrow = lot.kind == SourceKind.BONE_MARROW_MSC
    most_before = BONE_MARROW_DAYS_BEFORE if marrow else SPECIMEN_DAYS
    days = (testing.specimen_on - timezone.localtime(lot.collection_time).date()).days
    if -most_before <= days <= SPECIMEN_DAYS:
        return ""
    side = "after" if days > 0 else "before"
    allowed = (
        f"{most_before} days before to {SPECIMEN_DAYS} days after" if marrow else f"{SPECIMEN_DAYS} days"
    )
    return f"Taken {abs(days)} days {side} the collection; within {allowed} is asked for."


def _of_identity(identity: MscDetails) -> Iterator[Advice]:
    for name in POSITIVE_MARKERS:
        percent = getattr(identity, name)
        if percent is not None and percent < ENOUGH_POSITIVE:
            yield Advice(
                _label(identity, name), f"{people_number(percent)} %: ISCT 2006 asks for 95 % or more."
            )
    for name in NEGATIVE_MARKERS:
        percent = getattr(identity, name)
        if percent is not None and percent > MOST_NEGATIVE:
            yield Advice(
                _label(identity, name), f"{people_number(percent)} %: ISCT 2006 asks for 2 % or less."
            )
    if identity.plastic_adherent == YesNo.NO:
        yield Advice(_label(identity, "plastic_adherent"), "MSC adhere to plastic (ISCT 2006).")
    if identity.trilineage in {MscDetails.Trilineage.PARTLY, MscDetails.Trilineage.NOT_SHOWN}:
        yield Advice(_label(identity, "trilineage"), "MSC form bone, fat and cartilage cells (ISCT 2006).")


def _of_cell_line(line: CellLineDetails) -> Iterator[Advice]:
    if not line.str_ref:
        yield Advice("STR profile", "No STR profile report: nothing shows that the line is the one named.")
