"""The blot's page: lanes, ladder and markers over its image."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.refusal import ActionRefused, ValueRefused
from batches.characterization import actions
from batches.characterization.blots import BlotLane
from batches.characterization.pictured import BlotRung, equal_part, height_of, runs_backwards
from batches.instruments.generate import Blot, blot_tiff
from qc.loading import load
from qc.signatures.contents import write
from tests.factories import BatchFactory
from tests.factories.evidence import blot, put
from tests.way import sheet_of_assay


def ladder(*rungs):
    return [BlotRung(kda=Decimal(kda), height_percent=Decimal(height)) for kda, height in rungs]


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def test_a_marker_lies_between_its_rungs_on_the_log_scale():
    rungs = ladder((100, 10), (25, 50), (10, 90))
    found = [height_of(kda and Decimal(kda), rungs) for kda in (100, 50, 25, 10, 120, None)]
    assert [one if one is None else round(one, 6) for one in found] == [10, 30, 50, 90, None, None]
    assert height_of(Decimal(50), ladder((50, 10))) is None
    assert [runs_backwards(rungs), runs_backwards(ladder((100, 50), (25, 20))), runs_backwards([])] == [
        False,
        True,
        False,
    ]


def test_equal_parts_fill_the_image():
    lanes = [BlotLane(number=number) for number in (1, 2, 3)]
    assert [equal_part(lane, lanes) for lane in lanes] == [
        (Decimal("0.00"), Decimal("33.33")),
        (Decimal("33.33"), Decimal("66.67")),
        (Decimal("66.67"), Decimal("100.00")),
    ]


def test_a_box_has_both_edges_the_left_one_first(batch):
    lane = blot(batch).westernblot.lanes.get(number=1)
    for left, right in ((10, None), (None, 10), (30, 20)):
        lane.box_left_percent, lane.box_right_percent = left, right
        with pytest.raises(ValueRefused, match="needs both edges"):
            put(lane)


def test_the_page_draws_it_and_gives_it_away(batch, operator, auditor, signed_in, django_assert_num_queries):
    assay = blot(
        batch, ("CD63", "1", "present", "detected"), ("CD9", "1", "present", "not_detected"), status="open"
    )
    marker = assay.westernblot.markers.get(target="CD63")
    marker.observed_kda = Decimal(50)
    put(marker)
    client = signed_in(operator)
    address = f"/batches/{batch.number}/assays/{assay.number}/gel/"
    assert "No image yet" in client.get(address).content.decode()
    image = SimpleUploadedFile("blot.tif", blot_tiff(Blot()))
    actions.attach_blot_image(sheet=sheet_of_assay(batch), upload=image, by=operator)
    for kda, height in ((100, 10), (25, 50)):
        put(BlotRung(blot=assay.westernblot, kda=kda, height_percent=height))
    page = client.get(address).content.decode()
    assert [page.count(f'class="{name}') for name in ("chart-lane chart-lane-suggested", "chart-marker")] == [
        2,
        1,
    ]
    assert 'x1="84" y1="317.4"' in page  # 30 % of 471.4 below 176
    assert client.post(address).status_code == 302
    kept = [(one.box_left_percent, one.box_right_percent) for one in assay.westernblot.lanes.all()]
    assert kept == [(0, 50), (50, 100)]
    with pytest.raises(ActionRefused, match="Every lane has a box already"):
        actions.keep_equal_boxes(sheet=sheet_of_assay(batch), by=operator)
    svg = client.get(f"{address}?as=svg").content.decode()
    assert ['href="data:image/png;base64,' in svg, "chart-marker{" in svg] == [True, True]
    table = client.get(f"{address}?as=csv").content.decode()
    assert "marker,CD63,detected,,,50,,,30.00\n" in table
    reader = signed_in(auditor)
    assert reader.post(address).status_code == 403
    reader.get(address)
    with django_assert_num_queries(9):
        assert "Enter the rungs" not in reader.get(address).content.decode()


def test_rungs_and_boxes_are_signed(batch):
    assay = blot(batch)
    rung = put(BlotRung(blot=assay.westernblot, kda=Decimal(55), height_percent=Decimal("42.5")))
    keys = {one["key"] for one in write(load(batch), []).content["sections"]}
    assert f"batches.blotrung:{rung.pk}" in keys
