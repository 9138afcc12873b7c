"""A deviation from the bench to its closing, by three people, in the browser."""

from audit.refusal import Reason
from qc.deviations.models import Deviation
from tests.factories import BatchFactory
from tests.factories.evidence import put
from tests.factories.people import PASSWORD
from tests.way import sheet_of_step, submitted

WRITTEN = {
    "impact": "None on the vials; recovery is as in the last batches.",
    "cause": "Cooling of the rotor chamber was switched off.",
    "corrective_action": "The chamber's temperature is read before every run.",
}


def write(page, name, words):
    box = page.locator(f"#value-{name} [name={name}]")
    box.fill(words)
    box.press("Tab")
    page.locator(f"#value-{name} .saved").wait_for()


def press(page, button):
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def test_r028_a_deviation_travels_from_the_bench_to_its_closing(site, staff):
    operator, second = staff["operator1"], staff["operator2"]
    batch = submitted(BatchFactory(by=operator), operator, second)

    bench = site("operator1", "tablet")
    bench.goto(f"/batches/{batch.number}/steps/1/")
    bench.get_by_role("link", name="Deviation", exact=True).click()
    bench.get_by_label("Which value").select_option(label="Temperature")
    bench.get_by_label("What happened").fill("Rotor chamber was at 9 °C when the run began.")
    bench.get_by_label("Immediate action").fill("Set point checked, lid left closed.")
    bench.get_by_label("Owner").select_option(label="operator1")
    press(bench, "Open the deviation")
    made = Deviation.objects.get()
    assert bench.url.endswith(made.url)
    for name, words in WRITTEN.items():
        write(bench, name, words)
    bench.reload()
    press(bench, "Finish the investigation")

    desk = site("reviewer1")
    desk.goto(f"/qc/{batch.number}/")
    press(desk, "Take into review")
    desk.keyboard.press("j")
    assert made.number in desk.locator("[data-review-item][aria-current]").inner_text()
    desk.goto(made.url)
    desk.get_by_text("Critical", exact=True).click()
    press(desk, "Save the class")
    assert "quality assurance to close it" in desk.locator("#close").inner_text()
    desk.goto(f"/qc/{batch.number}/")
    desk.get_by_text("Approve", exact=True).click()
    desk.locator("#sign").get_by_label("Password of reviewer1").fill(PASSWORD)
    with desk.expect_navigation():
        desk.locator("#sign").get_by_role("button", name="Sign").click()
    assert f"deviation {made.number} (critical) is investigated" in desk.locator("main").inner_text()

    office = site("qa1")
    office.goto(made.url)
    office.get_by_label("Password of qa1").fill(PASSWORD)
    press(office, "Sign and close")
    assert "Deviation closed" in office.locator("aside").inner_text()
    assert [page.complaints for page in (bench, office)] == [[], []]


def test_d_opens_a_deviation_about_the_finding_that_stands_marked(site, staff):
    operator, second, reviewer = staff["operator1"], staff["operator2"], staff["reviewer1"]
    batch = submitted(BatchFactory(by=operator), operator, second)
    step = sheet_of_step(batch).subject
    for words in ("spun twice", "spun once"):
        step.remarks = words
        put(step, Reason("typing_error", "for the test"))
    page = site(reviewer.username)
    page.goto(f"/qc/{batch.number}/")
    page.keyboard.press("j", delay=300)  # keys in quick succession are a scanner's
    with page.expect_navigation():
        page.keyboard.press("d")
    assert "corrected: Remarks spun twice → spun once" in page.locator("main").inner_text()
    assert page.complaints == []


def test_deviation_pages_are_in_order_for_axe(site, staff, axe):
    operator, second = staff["operator1"], staff["operator2"]
    batch = submitted(BatchFactory(by=operator), operator, second)
    page = site("qa1", "tablet")
    page.goto(f"/deviations/open/?at=/batches/{batch.number}/steps/1/")
    assert axe(page) == []
    page.get_by_label("What happened").fill("Rotor chamber was at 9 °C when the run began.")
    press(page, "Open the deviation")
    assert axe(page) == []
    page.goto("/deviations/")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 834
