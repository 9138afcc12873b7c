"""Every page, at both sizes: axe finds nothing, nothing runs over the edge, the console stays silent."""

import pytest

from audit.models import Entry
from tests.factories import BatchFactory
from tests.journeys.browser import SIZES
from tests.way import harvested, micrograph, sheet_of_assay, spun, submitted, tracked

PAGES = {
    "operator1": [
        "/batches/",
        "/batches/?q=nothing-is-called-this",
        "/batches/open/",
        "/batches/{open}/",
        "/batches/{open}/harvest/",
        "/batches/{open}/steps/1/",
        "/batches/{open}/steps/add/",
        "/batches/{open}/assays/add/",
        "/batches/{open}/assays/1/",
        "/batches/{open}/assays/2/",
        "/batches/{open}/assays/3/",
        "/batches/{open}/assays/4/",
        "/batches/{open}/notes/",
        "/sources/",
        "/donors/add/",
        "/sources/add/",
        "/sources/add/cord_msc/",
        "/sources/{lot}/",
        "/masters/",
        "/password/",
    ],
    "reviewer1": [
        "/qc/",
        "/trail/reviews/",
        "/qc/{with_qc}/",
        "/batches/{with_qc}/",
        "/products/",
        "/masters/{master}/v1/",
    ],
    "auditor1": [
        "/trail/",
        "/trail/?only=critical",
        "/trail/?action=printed",
        "/trail/person/operator1/",
        "/trail/person/admin1/",
        "/trail/{entry}/",
        "/health/",
        "/trail/checkpoint/",
        "/access/",
        "/trail/batch/{with_qc}/",
        "/batches/{with_qc}/steps/1/",
    ],
    "admin1": ["/people/", "/people/add/", "/people/operator1/", "/qc/"],
}


@pytest.fixture
def places(laboratory, staff):
    from batches.characterization import actions as assays

    version, lot = laboratory
    by, checker = staff["operator1"], staff["operator2"]
    batch = BatchFactory(version=version, source_lot=lot, by=by)
    harvested(batch, by)
    spun(batch, by)
    tracked(batch, by)
    for technique in ("western_blot", "electron_microscopy", "protein"):
        assays.add_assay(batch=batch, technique=technique, by=by)
    assays.add_micrograph(sheet=sheet_of_assay(batch, 3), upload=micrograph(), values={"view": "wide"}, by=by)
    with_qc = submitted(BatchFactory(version=version, source_lot=lot, by=by), by, checker)
    return {
        "open": batch.number,
        "with_qc": with_qc.number,
        "lot": lot.code,
        "master": version.master.code,
        "entry": Entry.objects.filter(kind="batches.processstep", action="changed").latest("id").pk,
    }


def test_every_page_is_clean(site, places, axe):
    wrong = []
    for username, addresses in PAGES.items():
        page = site(username)
        for address in addresses:
            page.complaints.clear()
            answer = page.goto(address.format(**places))
            expected = 403 if (username, address) == ("admin1", "/qc/") else 200
            refused = [line for line in page.complaints if str(expected) not in line or expected == 200]
            found = [answer.status != expected and answer.status, refused]
            found += [fault for size in SIZES for fault in faults(page, size, axe)]
            if any(found):
                wrong.append(f"{username} {address}: {found}")
    assert wrong == []


def faults(page, size, axe):
    """What is wrong with the page that is open, at one size."""
    page.set_viewport_size(SIZES[size])
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{size}: {fault}" for fault in (wide and "wider than the screen", axe(page)) if fault]


def test_sign_in_page_is_clean(site, staff, axe):
    page = site()
    page.goto("/batches/")
    assert (axe(page), page.complaints) == ([], [])
