"""The micrograph's page: a scale bar that follows, and diameters that are kept."""

from decimal import Decimal

import pytest

from audit.refusal import ActionRefused, Reason, ReasonMissing
from batches.characterization import actions
from batches.characterization.microscopy import Micrograph
from batches.characterization.pictured import DiameterMeasurement, diameter_nm
from batches.pictures.micrographs import View, drawn
from batches.record import values
from batches.record.models import Attachment
from qc.loading import load
from qc.signatures.contents import write
from tests.factories import BatchFactory
from tests.factories.evidence import em, put
from tests.way import enter, micrograph, sheet_of_assay

WRONG = Reason("measured_again", "the line was drawn across two vesicles")


def line(*ends):
    return tuple(map(Decimal, ends))


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


@pytest.fixture
def sheet(batch, operator):
    assay = actions.add_assay(batch=batch, technique="electron_microscopy", by=operator)
    given = sheet_of_assay(batch, assay.number)
    actions.add_micrograph(sheet=given, upload=micrograph(), values={"view": "wide"}, by=operator)
    return sheet_of_assay(batch, assay.number)


def picture_of(sheet):
    return Micrograph.objects.get(details=sheet.details)


def measured(sheet, by, *ends):
    return actions.measure_diameter(sheet=sheet, micrograph=picture_of(sheet), ends=line(*ends), by=by)


def test_a_diameter_is_the_length_of_its_line():
    assert diameter_nm(line(10, 10, 40, 50), Decimal("1.6")) == Decimal("80.00")
    assert diameter_nm(line(0, 0, 1, 1), Decimal(100)) == Decimal("141.42")


def test_the_bar_follows_what_is_seen():
    picture = Micrograph(width_px=1000, height_px=500, pixel_size_nm=Decimal(2), view="wide")
    picture.attachment = Attachment(name="g.tif")
    whole, closer = View.of(picture, ""), View.of(picture, "900,-4,100")
    assert (whole, closer) == (View(0, 0, 1000, 500), View(900, 0, 100, 50))
    assert [View.of(picture, asked) == whole for asked in ("0,0,1", "0,0,nan", "inf,0,2000", "a")] == [
        True
    ] * 4
    lengths = [
        str(drawn(picture, [], view, "/p.png")).split("</text>")[0].rsplit(">", 1)[1]
        for view in (whole, closer)
    ]
    assert lengths == ["500 nm", "50 nm"]


def test_two_points_are_kept_and_used(sheet, batch, operator, signed_in):
    client = signed_in(operator)
    address = f"/micrographs/{picture_of(sheet).pk}/"
    sent = {"measure": "1", "x1": "10", "y1": "10", "x2": "40", "y2": "50", "view": "5,5,100"}
    answer = client.post(address, sent)
    assert answer["Location"] == f"{address}?view=5,5,100#measuring"
    assert client.post(address, {**sent, "x2": "60,5"}).status_code == 302
    rows = DiameterMeasurement.objects.all()
    assert [row.diameter_nm for row in rows] == [Decimal("75.00"), Decimal("96.63")]
    page = client.get(address).content.decode()
    assert [words in page for words in ("85.8 ± 15.3 nm, n = 2", "Use these 2 diameters")] == [True, True]
    assert client.post(address, {"use": "1"})["Location"] == f"{sheet.url}#value-diameters_nm"
    details = sheet_of_assay(batch).details
    assert (details.diameters_nm, details.measured_count) == ("75.00 96.63", 2)
    outside = client.post(address, {**sent, "x2": "9000"})
    assert outside.status_code == 409
    assert "lies outside of the picture (512 × 512 px)" in outside.content.decode()
    assert client.post(address, {**sent, "x2": "far"}).status_code == 400


def test_what_stands_is_replaced_with_a_reason_only(sheet, batch, operator):
    enter(sheet, {"diameters_nm": "90 100"}, operator)
    first = measured(sheet, operator, 0, 0, 60, 0)
    with pytest.raises(ReasonMissing):
        actions.use_diameters(sheet=sheet_of_assay(batch), by=operator)
    values.void_row(sheet=sheet, row=first, by=operator, reason=WRONG)
    with pytest.raises(ActionRefused, match="No diameter was measured yet"):
        actions.use_diameters(sheet=sheet_of_assay(batch), by=operator, reason=WRONG)
    measured(sheet, operator, 0, 0, 80, 0)
    actions.use_diameters(sheet=sheet_of_assay(batch), by=operator, reason=WRONG)
    assert sheet_of_assay(batch).details.diameters_nm == "120.00"
    picture = picture_of(sheet)
    picture.pixel_size_nm = Decimal("1.4")
    put(picture, reason=WRONG)
    with pytest.raises(ActionRefused, match="1 of 1 diameters rest on another pixel size"):
        actions.use_diameters(sheet=sheet_of_assay(batch), by=operator, reason=WRONG)


def test_nothing_is_measured_without_a_scale_or_by_readers(batch, operator, auditor, signed_in):
    em(batch, ("wide", None), status="open")
    sheet = sheet_of_assay(batch)
    with pytest.raises(ActionRefused, match="The size of a pixel is not known"):
        measured(sheet, operator, 0, 0, 80, 0)
    address = f"/micrographs/{picture_of(sheet).pk}/"
    page = signed_in(operator).get(address).content.decode()
    assert ["nothing can be measured" in page, "Keep this diameter" in page] == [True, False]
    reader = signed_in(auditor)
    assert "Keep this diameter" not in reader.get(address).content.decode()
    assert reader.post(address, {"measure": "1"}).status_code == 403


def test_measured_diameters_are_signed(sheet, batch, operator):
    row = measured(sheet, operator, 0, 0, 80, 0)
    before = write(load(batch), [])
    told = next(
        one for one in before.content["sections"] if one["key"] == f"batches.diametermeasurement:{row.pk}"
    )
    held = {value["field"]: value["value"] for value in told["values"]}
    assert (held["diameter_nm"], held["micrograph"]) == ("120", picture_of(sheet).attachment.sha256)
    values.void_row(sheet=sheet, row=row, by=operator, reason=WRONG)
    assert write(load(batch), []).record_sha256 != before.record_sha256


def test_the_page_asks_the_same_for_one_and_three_diameters(
    sheet, operator, signed_in, django_assert_num_queries
):
    client, address = signed_in(operator), f"/micrographs/{picture_of(sheet).pk}/"
    measured(sheet, operator, 0, 0, 80, 0)
    client.get(address)
    with django_assert_num_queries(11):
        client.get(address)
    for x in (70, 90):
        measured(sheet, operator, 0, 0, x, 0)
    with django_assert_num_queries(11):
        assert client.get(address).content.decode().count('class="viewer-name"') == 3
