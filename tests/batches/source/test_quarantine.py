"""Releasing source lots from quarantine: by a second person, once the donor is eligible."""

import pytest

from audit.models import Entry
from audit.refusal import ActionRefused, RoleRefused
from batches.source import actions
from batches.source.models import SourceLot
from tests.batches.source.test_sources import registered
from tests.factories import DonorFactory, PersonFactory, SourceLotFactory


def test_another_person_releases_a_lot_from_quarantine(db, operator, reviewer):
    lot = actions.release_quarantine(lot=registered(operator), by=reviewer)
    assert (lot.quarantine_released_by, lot.revision) == (reviewer, 2)


def test_r048_whoever_registered_a_lot_can_not_release_it(db, qa):
    lot = registered(qa)
    with pytest.raises(ActionRefused, match="another person releases it"):
        actions.release_quarantine(lot=lot, by=qa)
    assert SourceLot.objects.get().quarantine_released_at is None
    assert Entry.objects.filter(action="refused", actor=qa).count() == 1


def test_a_lot_is_released_once(db, operator, reviewer, qa):
    lot = actions.release_quarantine(lot=registered(operator), by=reviewer)
    with pytest.raises(ActionRefused, match="already"):
        actions.release_quarantine(lot=lot, by=qa)


@pytest.mark.parametrize("eligibility", ["incomplete", "ineligible"])
def test_a_lot_stays_in_quarantine_until_its_donor_is_eligible(db, operator, reviewer, eligibility):
    lot = registered(operator, donor=DonorFactory(eligibility=eligibility))
    with pytest.raises(ActionRefused, match=f"is {eligibility}: {lot.code} stays in quarantine"):
        actions.release_quarantine(lot=lot, by=reviewer)


def test_a_cell_line_is_released_without_a_donor(db, operator, reviewer):
    lot = actions.release_quarantine(lot=registered(operator, "cell_line"), by=reviewer)
    assert lot.quarantine_released_at is not None


@pytest.mark.parametrize("role", ["operator", "auditor", "administrator"])
def test_quarantine_is_not_released_by_other_roles(db, role):
    with pytest.raises(RoleRefused):
        actions.release_quarantine(lot=SourceLotFactory(), by=PersonFactory(role=role))
