"""At the pictures: a diameter measured on a micrograph, a gel with its lanes and ladder, a plate laid out."""

from decimal import Decimal
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import Entry
from batches.characterization import actions as assays
from batches.characterization.pictured import DiameterMeasurement
from batches.instruments.generate import Blot, PlateRun, blot_tiff, gen5_text
from batches.record.values import add_row
from tests.factories import BatchFactory
from tests.way import micrograph, sheet_of_assay


def opened(laboratory, by, technique):
    """A batch with one open assay of a technique: (batch, the sheet of the assay)."""
    version, lot = laboratory
    batch = BatchFactory(version=version, source_lot=lot, by=by)
    assays.add_assay(batch=batch, technique=technique, by=by)
    return batch, sheet_of_assay(batch)


def rows_of(sheet, code):
    return next(kind for kind in sheet.kind.rows if kind.code == code)


def test_a_diameter_is_measured_with_two_taps_and_kept(site, laboratory, staff):
    by = staff["operator1"]
    batch, sheet = opened(laboratory, by, "electron_microscopy")
    assays.add_micrograph(sheet=sheet, upload=micrograph(), values={"view": "wide"}, by=by)
    picture = sheet_of_assay(batch).details.standing_micrographs[0]
    page = site("operator1", size="tablet")
    page.goto(f"/micrographs/{picture.pk}/")
    viewer = page.locator("[data-micrograph]")
    page.get_by_role("button", name="Larger").click()
    assert float(viewer.get_attribute("viewBox").split()[2]) < float(viewer.get_attribute("data-width"))
    page.get_by_role("button", name="Whole").click()
    viewer.focus()
    page.keyboard.press("m")
    box = viewer.bounding_box()
    for share in (0.4, 0.6):
        page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
    shown = page.locator("[data-length]").inner_text()
    page.get_by_role("button", name="Keep this diameter").click()
    page.get_by_role("region", name="Diameters, table").wait_for()
    kept = DiameterMeasurement.objects.get()
    assert (f"{kept.diameter_nm:.1f} nm", kept.pixel_size_nm) == (shown, Decimal("1.5"))
    told = Entry.objects.filter(kind="batches.diametermeasurement").get()
    assert (told.batch_number, told.actor_username, told.act) == (
        batch.number,
        "operator1",
        "measure_diameter",
    )
    assert page.complaints == []


def test_a_gel_gets_its_boxes_and_shows_markers_between_the_rungs(site, laboratory, staff):
    by = staff["operator1"]
    batch, sheet = opened(laboratory, by, "western_blot")
    image = SimpleUploadedFile("blot.tif", blot_tiff(Blot(), Random(3)))
    assays.attach_blot_image(sheet=sheet, upload=image, by=by)
    marker = {"target": "TSG101", "misev_category": "2", "expected": "present", "found": "detected"}
    for code, values in (
        ("lanes", {"number": 1, "role": "ladder"}),
        ("lanes", {"number": 2, "role": "ev"}),
        ("rungs", {"kda": Decimal(100), "height_percent": Decimal(20)}),
        ("rungs", {"kda": Decimal(25), "height_percent": Decimal(80)}),
        ("markers", {**marker, "observed_kda": Decimal(50)}),
    ):
        sheet = sheet_of_assay(batch)
        add_row(sheet=sheet, kind=rows_of(sheet, code), values=values, by=by)
    page = site("operator1")
    page.goto(f"/batches/{batch.number}/assays/1/")
    page.get_by_role("link", name="Lanes, ladder and markers over it").click()
    page.get_by_role("button", name="Keep these boxes").click()
    page.get_by_text("2 boxes kept").wait_for()
    lanes = page.get_by_role("region", name="Lanes, table").locator("tbody tr")
    assert [row.split("\t")[-1] for row in lanes.all_inner_texts()] == ["0–50", "50–100"]
    markers = page.get_by_role("region", name="Markers, table").locator("tbody td").all_inner_texts()
    assert markers[-1] == "50.0"  # 50 kDa is half way between 100 and 25 on a logarithmic gel
    assert page.locator(".chart-gel text", has_text="TSG101 50 kDa").count() == 1
    assert page.complaints == []


def test_a_plate_is_attached_laid_out_and_its_result_stands_on_the_assay(site, laboratory, staff):
    batch, _ = opened(laboratory, staff["operator1"], "protein")
    page = site("operator1")
    page.goto(f"/batches/{batch.number}/assays/1/")
    file = {"name": "bca.txt", "mimeType": "text/plain", "buffer": gen5_text(PlateRun(), Random(4))}
    page.locator("#file input[type=file]").set_input_files([file])
    page.get_by_role("button", name="Attach", exact=True).click()
    page.get_by_role("link", name="Lay out the plate").click()
    page.get_by_label("Curve").select_option("quadratic")
    page.get_by_label("Sample of this batch").fill("EV")
    page.get_by_role("button", name="Work out").click()
    page.get_by_text("Plate 1 is worked out; EV is on the assay.").wait_for()
    assert page.locator("svg.chart circle").count() == 21
    page.get_by_role("link", name="Assay 1").click()
    page.locator("#value-protein_ug_per_ml .saved").wait_for()
    result = sheet_of_assay(batch).details
    assert abs(result.protein_ug_per_ml - 640) < 20
    assert result.wells == 3
    assert page.complaints == []
