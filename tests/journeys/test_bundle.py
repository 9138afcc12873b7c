"""An auditor takes a batch's proof and a checkpoint along, and checks them elsewhere."""

import zipfile

from django.urls import reverse

from audit.bundle.making import Wanted, make
from audit.ledger import sealing
from tests.audit.bundle.conftest import verified
from tests.factories import BatchFactory


def test_r075_an_auditor_takes_a_batch_and_a_checkpoint_along(site, laboratory, staff, axe, tmp_path):
    batch = BatchFactory(by=staff["operator1"])
    page = site("auditor1", size="tablet")
    page.goto(reverse("checkpoint"))
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take a new one along").click()
    taken.value.save_as(tmp_path / "checkpoint.txt")
    page.goto(reverse("batch", args=[batch.number]))
    with page.expect_download() as taken:
        page.get_by_role("button", name="Bundle").click()
    taken.value.save_as(tmp_path / "bundle.zip")
    assert verified(tmp_path / "bundle.zip", tmp_path / "checkpoint.txt")[0] == 0
    page.goto(reverse("checkpoint"))
    assert page.locator("pre").inner_text().strip() == sealing.newest().note.strip()
    assert (axe(page), page.complaints) == ([], [])


def test_the_record_in_a_bundle_reads_well_without_us(site, laboratory, staff, axe, tmp_path):
    batch = BatchFactory(by=staff["operator1"])
    with (tmp_path / "bundle.zip").open("wb") as file:
        make(Wanted(batch=batch.number), file, by=staff["auditor1"])
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        bundle.extract("record.html", tmp_path)
    for size in ("desktop", "tablet"):
        page = site(size=size)
        page.goto(f"file://{tmp_path}/record.html")
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert (axe(page), page.complaints, wide) == ([], [], False)
