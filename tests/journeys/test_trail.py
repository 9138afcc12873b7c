"""An auditor reads the trail: what to look at first, how much there is of it, and one entry."""

import pytest

from tests.audit.writing import TYPING_ERROR, save
from tests.factories import DonorFactory


@pytest.fixture
def corrected(staff):
    donor = DonorFactory(by=staff["operator1"], notes="seen by the courier on Monday before noon, all cold")
    donor.notes = "seen by the courier on Tuesday before noon, all cold"
    return save(donor, staff["operator1"], reason=TYPING_ERROR)


def test_r057_auditor_finds_what_was_replaced(site, staff, corrected):
    page = site("auditor1")
    page.goto("/trail/")
    page.get_by_role("option", name="donor (2)").wait_for(state="attached")
    page.get_by_role("link", name="With a reason 1").click()
    assert page.locator("tbody tr").count() == 1
    assert page.locator(".wording del").all_inner_texts() == ["Monday"]
    assert page.locator(".wording ins").all_inner_texts() == ["Tuesday"]
    page.get_by_role("link", name="operator1").click()
    page.get_by_role("heading", name="Operator1").wait_for()
    page.locator("tbody tr").first.get_by_role("link").first.click()
    page.get_by_text("waits for the sealer").wait_for()
    assert page.complaints == []
