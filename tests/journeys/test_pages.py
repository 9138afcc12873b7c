"""Every page, at both sizes: axe finds nothing, nothing runs over the edge, the console stays silent."""

from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import Entry
from batches.instruments.generate import Blot, PlateRun, blot_tiff, gen5_text
from batches.record.models import Batch
from batches.source.harvesting import add_harvest
from tests.batches.materials.test_materials import SW41
from tests.batches.pooling.making import added, opened_pool, released
from tests.batches.source.test_banks import banked
from tests.batches.stability.test_stability import opened
from tests.batches.trends.test_controls import run
from tests.factories import BatchFactory, deviations
from tests.factories.specifications import effective_specification
from tests.journeys.browser import SIZES
from tests.way import harvested, micrograph, sheet_of_assay, spun, submitted, tracked

PAGES = {
    "operator1": [
        "/batches/",
        "/batches/?q=nothing-is-called-this",
        "/batches/open/",
        "/batches/{open}/",
        "/batches/{open}/harvest/",
        "/batches/{open}/harvest/2/",
        "/batches/{open}/harvests/add/",
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


# Further kinds of pages: looked at by axe on the tablet, at both sizes for what runs over the edge.
MORE_PAGES = {
    "operator1": [
        "/batches/{open}/files/",
        "/batches/{open}/sizes/",
        "/batches/{open}/recovery/",
        "/batches/{open}/reporting/",
        "/batches/{open}/reporting/publication/",
        "/batches/{open}/assays/2/gel/",
        "/batches/{open}/assays/4/plate/",
        "/batches/{open}/stability/",
        "/batches/{open}/stability/open/",
        "/batches/{open}/stability/1/",
        "/batches/{open}/origins/",
        "/batches/{pool}/",
        "/batches/{pool}/origins/",
        "/batches/{pool}/parts/",
        "/batches/{pool}/parts/1/",
        "/batches/{open}/papers/",
        "/micrographs/{micrograph}/",
        "/files/{file}/readings/",
        "/files/{file}/columns/",
        "/stability/",
        "/donors/",
        "/sources/banks/",
        "/sources/banks/add/",
        "/sources/banks/WCB-1/",
        "/sources/{lot}/treatments/priming/",
        "/materials/rotors/",
        "/materials/rotors/add/",
        "/materials/rotors/{rotor}/",
        "/trends/",
        "/trends/controls/",
        "/trends/controls/record/",
        "/trends/controls/chart/?value=size_nm",
        "/trends/controls/runs/{run}/",
        "/trends/{product}/",
        "/trends/{product}/mode_nm/",
        "/products/{product}/markers/",
        "/deviations/",
        "/deviations/{deviation}/",
        "/deviations/open/?at=/batches/{open}/",
        "/notices/",
        "/account/",
    ],
    "reviewer1": [
        "/specifications/",
        "/specifications/add/",
        "/specifications/SPEC-1/v1/",
        "/products/{product}/",
        "/products/add/",
        "/batches/{with_qc}/similarity/",
        "/trends/{product}/references/",
        "/qc/queries/",
        "/qc/{with_qc}/trail/",
        "/qc/{with_qc}/against/",
        "/trail/unexplained/",
    ],
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
    add_harvest(batch=batch, by=by)
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


@pytest.fixture
def more_places(places, staff):
    """The same with a blot, a plate, a study, reference data, a control run and a deviation."""
    from batches.characterization import actions as assays
    from batches.materials.actions import add_material
    from batches.materials.kinds import ROTORS

    by, batch = staff["operator1"], Batch.objects.get(number=places["open"])
    image = SimpleUploadedFile("blot.tif", blot_tiff(Blot(), Random(3)))
    assays.attach_blot_image(sheet=sheet_of_assay(batch, 2), upload=image, by=by)
    plate = SimpleUploadedFile("bca.txt", gen5_text(PlateRun(), Random(4)))
    assays.attach_export(sheet=sheet_of_assay(batch, 4), upload=plate, by=by)
    opened(batch, by)
    banked(by)
    effective_specification(product=batch.product, by=staff["reviewer1"], qa=staff["qa1"])
    pool = opened_pool(by)
    added(pool, released(by), by)
    return {
        **places,
        "pool": pool.number,
        "product": batch.product.code,
        "micrograph": sheet_of_assay(batch, 3).details.standing_micrographs[0].pk,
        "file": sheet_of_assay(batch, 1).details.reading.attachment_id,
        "rotor": add_material(kind=ROTORS, values=SW41, by=by).pk,
        "run": run(by, 101, 3).pk,
        "deviation": deviations.opened(batch, by).number,
    }


def test_every_page_is_clean(site, places, axe):
    assert wrong_pages(site, PAGES, places, axe, axe_at=SIZES) == []


def test_further_pages_are_clean(site, more_places, axe):
    assert wrong_pages(site, MORE_PAGES, more_places, axe, axe_at=("tablet",)) == []


def wrong_pages(site, pages, places, axe, axe_at):
    """What is wrong with pages, as the people who use them see them."""
    wrong = []
    for username, addresses in pages.items():
        page = site(username)
        for address in addresses:
            page.complaints.clear()
            answer = page.goto(address.format(**places))
            expected = 403 if (username, address) == ("admin1", "/qc/") else 200
            refused = [line for line in page.complaints if str(expected) not in line or expected == 200]
            found = [answer.status != expected and answer.status, refused]
            for size in SIZES:
                found += faults(page, size, axe if size in axe_at else lambda page: [])
            if any(found):
                wrong.append(f"{username} {address}: {found}")
    return wrong


def faults(page, size, axe):
    """What is wrong with the page that is open, at one size."""
    page.set_viewport_size(SIZES[size])
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{size}: {fault}" for fault in (wide and "wider than the screen", axe(page)) if fault]


def test_sign_in_page_is_clean(site, staff, axe):
    page = site()
    page.goto("/batches/")
    assert (axe(page), page.complaints) == ([], [])
