"""A batch from donor to disposition, by five people, in the browser."""

import csv
import io

import pytest

from batches.record.models import Batch
from tests.factories import MasterVersionFactory
from tests.factories.people import PASSWORD
from tests.way import nanosight

HARVEST = {
    "passage": "4",
    "medium": "Serum-free MSC medium",
    "conditioning_h": "48",
    "harvested_time": "2026-11-20T09:30",
    "starting_volume_ml": "480",
    "cells_at_harvest": "2.4e8",
    "viability_percent": "95,5",
}
SPIN = {
    "volume_in_ml": "480",
    "rotor": "Type 45 Ti",
    "r_min_mm": "35.9",
    "r_max_mm": "103.8",
    "speed_rpm": "29400",
    "duration_min": "75",
    "temperature_c": "4",
    "volume_out_ml": "2.0",
    "equipment": "UC-02",
}


def fill(page, values):
    for name, text in values.items():
        box = page.locator(f"#value-{name} [name={name}]")
        box.fill(text)
        box.press("Tab")
        page.locator(f"#value-{name} .saved").wait_for()


def choose(page, name, label):
    block = page.locator(f"#value-{name}")
    if block.locator("select").count():
        block.locator("select").select_option(label=label)
    else:
        block.get_by_text(label, exact=True).click()
    page.locator(f"#value-{name} .saved").wait_for()


@pytest.fixture
def master(staff):
    return MasterVersionFactory()


def press(page, button, words):
    """Press a button that ends in a page with those words; otherwise say what the page said instead."""
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()
    page.locator("#refusal, .said").first.wait_for()
    assert words in page.locator("main").inner_text()


def register_source(page):
    page.goto("/donors/add/")
    page.get_by_label("Donor code").fill("DN-0117")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/donors/add/" not in url)
    page.goto("/sources/add/bone_marrow_msc/")
    page.get_by_label("Donor").first.fill("DN-0117")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(lambda url: "/sources/add/" not in url)


def open_batch(page):
    page.goto("/batches/open/")
    page.get_by_label("Master batch record").select_option(index=1)
    page.get_by_label("Source lot").select_option(index=1)
    page.get_by_label("Purpose and notes").fill("First research batch")
    page.get_by_role("button", name="Open the batch").click()
    page.get_by_text("is open.").wait_for()
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def record_harvest(page, number):
    page.goto(f"/batches/{number}/harvest/")
    fill(page, HARVEST)
    choose(page, "ev_depletion", "Serum-free medium")
    choose(page, "mycoplasma", "Negative / non-reactive")
    press(page, "Finish the harvest", "The harvest is finished.")


def record_step(page, number):
    page.goto(f"/batches/{number}/steps/1/")
    page.get_by_role("button", name="Start step 1").click()
    fill(page, SPIN)
    choose(page, "rcf_basis", "at r max")
    choose(page, "fraction_kept", "Pellet")
    press(page, "Finish step", "Step 1 · Pellet is finished.")


def record_tracking(page, number, folder):
    export = folder / "run-ExperimentSummary.csv"
    export.write_bytes(nanosight(mode_nm=96).read())
    page.goto(f"/batches/{number}/assays/add/")
    page.get_by_role("button", name="Nanoparticle tracking").click()
    page.locator("#id_file").set_input_files(export)
    page.get_by_role("button", name="Attach", exact=True).click()
    page.get_by_text("is on the record").wait_for()
    fill(page, {"performed_time": "2026-11-21T14:00", "equipment": "NTA-2"})
    press(page, "Finish assay", "Nanoparticle tracking is finished.")


def submit(page, number):
    page.goto(f"/batches/{number}/")
    page.get_by_role("button", name="Submit to QC").click()


def accept_all(page, words):
    """Accept every exception that asks for a decision."""
    undecided = page.locator("details.decide")
    while undecided.count():
        undecided.first.locator("summary").click()
        undecided.first.locator("[data-accept]").fill(words)
        with page.expect_navigation():
            undecided.first.get_by_role("button", name="Accept").click()


def review_trail(page):
    """Read the trail from the review page, and sign that it was read."""
    page.get_by_role("link", name="not reviewed in the trail yet").click()
    page.get_by_label("What you found").fill("Nothing odd")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the review of the trail").click()
    page.get_by_text("Audit trail reviewed to entry").wait_for()


def dispose(page):
    """Release what was approved."""
    disposition = page.locator("#disposition")
    disposition.locator("label.choice-label", has_text="Release").click()
    disposition.locator("[name=comment]").fill("Within the specification")
    disposition.get_by_label("Password").fill(PASSWORD)
    disposition.get_by_role("button", name="Sign the disposition").click()
    page.get_by_text("Released for research use").first.wait_for()


def test_a_batch_from_donor_to_disposition(site, master, tmp_path):
    operator = site("operator1", size="tablet")
    register_source(operator)
    number = open_batch(operator)
    record_harvest(operator, number)
    record_step(operator, number)
    record_tracking(operator, number, tmp_path)
    submit(operator, number)
    operator.get_by_text("waits for a second person's check").first.wait_for()

    second = site("operator2", size="tablet")
    second.goto(f"/batches/{number}/steps/1/")
    second.get_by_role("button", name="I checked this step").click()
    second.get_by_text("You checked").wait_for()
    submit(operator, number)
    operator.get_by_text("is with QC now").wait_for()

    reviewer = site("reviewer1")
    reviewer.goto("/qc/")
    reviewer.get_by_role("link", name=number).first.click()
    reviewer.get_by_role("button", name="Take into review").click()
    accept_all(reviewer, "Agrees with the bench sheet")
    review_trail(reviewer)
    sign = reviewer.locator("#sign")
    sign.locator("label.choice-label", has_text="Approve").click()
    sign.get_by_label("Password").fill(PASSWORD)
    sign.get_by_role("button", name="Sign").click()
    reviewer.get_by_text("Reviewed by QC: approved").first.wait_for()

    dispose(reviewer)
    assert Batch.objects.get(number=number).disposition == "released"

    auditor = site("auditor1")
    auditor.goto(f"/trail/?batch={number}")
    auditor.get_by_text("Temperature").first.wait_for()
    auditor.locator("summary", has_text="Export").click()
    with auditor.expect_download() as download:
        auditor.get_by_role("link", name="CSV").first.click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    *entries, checkpoint = rows
    assert {row["batch"] for row in entries} == {number}
    assert (checkpoint["action"], checkpoint["detail"].splitlines()[1]) == (
        "checkpoint",
        checkpoint["checkpoint"],
    )
    # The first submission was refused (409), which Chromium writes to its console.
    complaints = [line for page in (operator, second, reviewer, auditor) for line in page.complaints]
    assert [line for line in complaints if "409 (Conflict)" not in line] == []
