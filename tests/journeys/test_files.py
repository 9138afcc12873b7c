"""An operator drops three files of a day on a batch, confirms two, and maps the columns of the third."""

import base64

from playwright.sync_api import Page, expect

from batches.characterization.models import Assay
from batches.instruments.generate import NanosightRun, ZetasizerRun, nanosight_summary, zetasizer_text
from tests.factories import BatchFactory
from tests.way import sheet_of_assay

TABLE = b"Run,Conc. (p/ml),Mode (nm),Mean (nm)\n1,2.1e8,98.5,121\n2,2.2e8,97.0,119\n"
DROP = """files => {
  const carried = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
    carried.items.add(new File([bytes], name));
  }
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(
      new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: carried})
    );
}"""


def drop(page: Page, files: dict[str, bytes]) -> None:
    """Drop files on the page, as from a folder; the page is loaded anew once they are stored."""
    with page.expect_navigation():
        page.evaluate(DROP, [[name, base64.b64encode(data).decode()] for name, data in files.items()])


def test_files_dropped_together_land_on_their_assays(site, laboratory, staff, axe):
    batch = BatchFactory(by=staff["operator1"])
    page = site("operator1", size="tablet")
    page.goto(f"/batches/{batch.number}/files/")
    sizes = zetasizer_text(ZetasizerRun(sample=f"{batch.number} EV", records=2, z_average_nm=120.0))
    tracking = nanosight_summary(NanosightRun(sample=batch.number, videos=3, bins=40, bin_width_nm=20.0))
    drop(page, {"tracking.csv": tracking, "sizes.txt": sizes, "counts.csv": TABLE})
    expect(page.get_by_role("heading", name="Not yet placed")).to_be_visible()
    assert (axe(page), page.complaints) == ([], [])
    page.get_by_role("button", name="Confirm all").click()
    expect(page.get_by_text("sizes.txt is on Assay 2")).to_be_visible()
    # What no reader knows waits below, with a way to say what its columns hold.
    page.get_by_role("link", name="Map its columns of counts.csv").click()
    page.get_by_label("Values of").select_option("nta")
    page.get_by_role("button", name="Choose columns").click()
    for words, column in (
        ("Concentration as the instrument gives it", "0:Conc. (p/ml)"),
        ("Mode", "0:Mode (nm)"),
    ):
        page.get_by_label(f"Column of {words}", exact=True).select_option(column)
    page.get_by_label("Save as mapping").fill("Hand-made counts")
    assert (axe(page), page.complaints) == ([], [])
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("row 3, 'Mode (nm)'")).to_be_visible()
    page.get_by_role("checkbox", name="row 2").check()
    page.get_by_role("checkbox", name="row 3").check()
    page.get_by_role("button", name="Take the chosen rows").click()
    expect(page.get_by_text("2 taken from counts.csv")).to_be_visible()
    page.goto(f"/batches/{batch.number}/assays/4/")
    expect(page.get_by_text("Where each number comes from")).to_be_visible()
    assert (axe(page), page.complaints) == ([], [])
    told = [(one.technique, one.replicate) for one in Assay.objects.order_by("number")]
    assert told == [("nta", 1), ("dls", 1), ("nta", 2), ("nta", 3)]
    assert float(sheet_of_assay(batch, 2).details.z_average_nm) == 120.05
    assert [float(sheet_of_assay(batch, at).details.mode_nm) for at in (3, 4)] == [98.5, 97.0]
