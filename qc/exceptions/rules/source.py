"""The donor and the source lot that the batch begins with."""

import datetime as dt
from collections.abc import Iterator

from batches.source.models import Donor, SourceLot, TestResult
from qc.exceptions.basis import Basis, began
from qc.exceptions.kinds import Found, Pill, rule

MINUTE = dt.timedelta(minutes=1)
UNSETTLED_TESTS = {TestResult.POSITIVE, TestResult.PENDING}
SOURCE = Pill("fail", "user-shield", "donor or source")


def _of_lot(lot: SourceLot, what: str, place: str = "") -> Found:
    where = f"Source lot {lot.code}{f' · {place}' if place else ''}"
    return Found(what, where, f"/sources/{lot.code}/", record_kind=lot._meta.label_lower, record_id=lot.pk)


@rule("The donor's consent stands", "critical", SOURCE, over="batch")
def consent_withdrawn(basis: Basis) -> Iterator[Found]:
    for lot in basis.record.lots:
        if lot.donor and lot.donor.consent_withdrawn:
            yield _of_lot(lot, f"Donor {lot.donor.code}: consent withdrawn")


@rule("The donor was not found ineligible", "critical", SOURCE, over="batch")
def donor_ineligible(basis: Basis) -> Iterator[Found]:
    for lot in basis.record.lots:
        if lot.donor and lot.donor.eligibility == Donor.Eligibility.INELIGIBLE:
            yield _of_lot(lot, f"Donor {lot.donor.code}: ineligible")


@rule("The source lot was released from quarantine", "critical", SOURCE, over="batch")
def source_in_quarantine(basis: Basis) -> Iterator[Found]:
    for lot in basis.record.lots:
        if lot.quarantine_released_at is None:
            yield _of_lot(lot, "Source lot was not released from quarantine")


@rule("No infection test of the donor is positive or pending", "critical", SOURCE, over="batch")
def infection_test_unsettled(basis: Basis) -> Iterator[Found]:
    for lot in basis.record.lots:
        testing = getattr(lot, "donortesting", None)
        for field in testing._meta.concrete_fields if testing else ():
            result = getattr(testing, field.name)
            if field.choices and result in UNSETTLED_TESTS and testing:
                words = f"{field.verbose_name}: {dict(field.flatchoices)[result].lower()}"
                yield _of_lot(lot, words, testing.get_taken_from_display())


@rule("The culture's mycoplasma test is neither positive nor pending", "critical", SOURCE, over="batch")
def mycoplasma_unsettled(basis: Basis) -> Iterator[Found]:
    for harvest in basis.record.harvests:
        if harvest.mycoplasma in UNSETTLED_TESTS:
            yield Found(
                f"Mycoplasma of the culture: {harvest.get_mycoplasma_display().lower()}",
                str(harvest),
                f"{harvest.url}#value-mycoplasma",
                record_kind=harvest._meta.label_lower,
                record_id=harvest.pk,
                field="mycoplasma",
            )


@rule("The source lot was released from quarantine before the first step", "major", SOURCE, over="batch")
def source_released_later(basis: Basis) -> Iterator[Found]:
    first = min((moment for step in basis.record.steps if (moment := began(step))), default=None)
    for lot in basis.record.lots:
        released = lot.quarantine_released_at
        if released and first and first < released - MINUTE:
            yield _of_lot(lot, "Source lot was released from quarantine after the first step had begun")
