"""Reviewers without a mouse: a clean batch signed off, a troubled one decided on and sent back."""

import pytest

from audit.refusal import Reason
from batches.isolation.models import details_of
from batches.record.models import Batch
from qc.deviations.models import Deviation
from qc.models import ReturnedPoint, Signature
from qc.review.models import ExceptionDecision, Query
from tests.factories import BatchFactory
from tests.factories.evidence import put
from tests.factories.people import PASSWORD
from tests.way import sheet_of_step, submitted

HELD_MS = 60  # as long as a finger rests on a key; faster ones are a scanner's
MOST_TABS = 120


def keys(page, *pressed):
    for key in pressed:
        page.keyboard.press(key, delay=HELD_MS)


def tab_to(page, target):
    """Walk with Tab until the focus stands there."""
    wanted = target.element_handle()
    for _ in range(MOST_TABS):
        if wanted.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {target}")


def enter(page, target):
    """Reach a link or button with Tab; Enter leads to the next page."""
    tab_to(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def write(page, words):
    """Type into what has the focus; Enter sends it."""
    page.keyboard.type(words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def sign(page):
    tab_to(page, page.locator("#sign").get_by_label("Password"))
    write(page, PASSWORD)


def focused(page, selector):
    return page.evaluate("selector => document.activeElement.matches(selector)", selector)


def take_into_review(page, batch):
    page.goto(f"/qc/{batch.number}/")
    enter(page, page.get_by_role("button", name="Take into review"))


@pytest.fixture
def batch_of(staff):
    """A submitted batch, with those values of its pellet corrected afterwards."""

    def make(*corrected):
        batch = submitted(BatchFactory(by=staff["operator1"]), staff["operator1"], staff["operator2"])
        spin = details_of(sheet_of_step(batch).subject)
        for field in corrected:
            for words in ("as first written", "as on the tube"):
                setattr(spin, field, words)
                put(spin, Reason("typing_error", "wrong tube"))
        return batch

    return make


def test_r047_a_clean_batch_is_signed_off_with_the_keyboard(site, batch_of):
    batch = batch_of()
    page = site("reviewer1")
    take_into_review(page, batch)
    enter(page, page.get_by_role("link", name="not reviewed in the trail yet"))
    tab_to(page, page.get_by_label("What you found"))
    page.keyboard.type("Nothing odd")
    sign(page)
    keys(page, "s")
    assert focused(page, "#sign [name=decision][value=approve]")
    keys(page, "Space")
    sign(page)
    assert Batch.objects.get().status == "approved"
    assert Signature.objects.get(meaning="reviewed_approved").signed_by.username == "reviewer1"
    assert page.complaints == []


def decide_on_three(page):
    """Accept the first exception, ask about the second, open a deviation from the third."""
    keys(page, "j", "j", "k", "a")
    write(page, "agrees with the bench sheet")
    keys(page, "j", "j", "k")
    with page.expect_navigation():
        keys(page, "q")
    tab_to(page, page.locator("main form textarea"))
    page.keyboard.type("Which tube was it?")
    enter(page, page.get_by_role("button", name="Ask"))
    keys(page, "j", "j", "j")
    with page.expect_navigation():
        keys(page, "d")
    tab_to(page, page.get_by_label("What happened"))
    page.keyboard.type("The tubes were swapped")
    enter(page, page.get_by_role("button", name="Open the deviation"))


def send_back(page, field, words):
    """Return the batch for one value of its step."""
    keys(page, "s", "ArrowRight")
    assert focused(page, "#sign [name=decision][value=return]:checked")
    tab_to(page, page.locator("#sign summary"))
    keys(page, "Enter")
    tab_to(page, page.locator("#sign").get_by_role("checkbox", name="Step 1"))
    keys(page, "Space", "Tab")
    page.keyboard.type(field)
    keys(page, "Tab")
    page.keyboard.type(words)
    tab_to(page, page.locator("#sign [name=comment]"))
    page.keyboard.type("The tube is not clear")
    sign(page)


def test_r047_a_troubled_batch_is_decided_on_and_returned_with_the_keyboard(site, batch_of):
    batch = batch_of("tube", "brake", "resuspension_buffer")
    page = site("reviewer1")
    take_into_review(page, batch)
    decide_on_three(page)
    page.goto(f"/qc/{batch.number}/")
    keys(page, "?")
    keys(page, "Escape")
    assert page.locator("dialog[open]").count() == 0
    send_back(page, "Tube (", "Say which tube")
    assert Batch.objects.get().status == "returned"
    assert ReturnedPoint.objects.values_list("field", "words").get() == ("tube", "Say which tube")
    assert ExceptionDecision.objects.values_list("words", flat=True).get() == "agrees with the bench sheet"
    assert Query.objects.open().get().field in ("tube", "brake", "resuspension_buffer")
    assert Deviation.objects.get().happened == "The tubes were swapped"
    assert page.complaints == []
