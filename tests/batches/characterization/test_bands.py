"""Tables of bands on a blot: what is proposed, what a person matches, what is compared with what."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.refusal import ActionRefused, Reason, ReasonMissing
from batches.characterization import actions as assays
from batches.characterization.band_actions import attach_band_table, match_bands
from batches.characterization.bands import BlotBand, Line, Match, proposed, strengths
from batches.characterization.blots import BlotLane, BlotMarker
from batches.characterization.techniques import TECHNIQUES
from batches.instruments.generate.result_tables import image_lab_csv, imagej_tsv
from batches.record.values import add_row
from qc.loading import load
from qc.signatures.contents import write
from tests.factories import BatchFactory
from tests.way import sheet_of_assay

D = Decimal
WHY = Reason("typing_error", "matched to the wrong lane")
LANES = [BlotLane(pk=1, number=1, role="ev"), BlotLane(pk=2, number=2, role="lysate")]
LANES += [BlotLane(pk=3, number=3, role="ladder")]
MARKERS = [BlotMarker(pk=8, target="CD9"), BlotMarker(pk=9, target="TSG101", observed_kda=D(46))]


def line(number, lane, label="", kda=None, intensity=5.0):
    return Line(number, lane, label, kda, intensity, "")


def test_lines_are_proposed_by_lane_number_name_and_size():
    lines = [line(1, "1", "CD9", 25), line(2, "Lane 2", kda=45.1), line(3, "3", "CD9"), line(4, "A01")]
    assert proposed(lines, LANES, MARKERS) == {1: Match(1, 1, 8), 2: Match(2, 2, 9)}
    assert proposed([line(1, "1", "CD9", intensity=None)], LANES, MARKERS) == {}
    # Two lines for one marker in one lane: a person says which.
    assert proposed([line(1, "1", "CD9"), line(2, "1", "CD9")], LANES, MARKERS) == {}


def test_shares_are_of_the_marker_s_strongest_band():
    bands = [
        BlotBand(lane=LANES[0], marker=MARKERS[0], intensity=D(150)),
        BlotBand(lane=LANES[1], marker=MARKERS[0], intensity=D(600)),
        BlotBand(lane=LANES[0], marker=MARKERS[1], intensity=D(-3)),
    ]
    shares = [[share for _, share in one.cells] for one in strengths(bands, LANES)]
    assert shares == [[D("25.0"), D("100.0"), None], [None, None, None]]


@pytest.fixture
def blot(operator):
    """A blot with two lanes and a marker."""
    batch = BatchFactory(by=operator)
    number = assays.add_assay(batch=batch, technique="western_blot", by=operator).number
    kinds = {kind.code: kind for kind in TECHNIQUES["western_blot"].rows}

    def add(code, **values):
        sheet = sheet_of_assay(batch, number)
        return add_row(sheet=sheet, kind=kinds[code], values=values, by=operator)

    lanes = [add("lanes", number=at, role=role) for at, role in ((1, "ev"), (2, "lysate"))]
    marker = add("markers", target="CD9", misev_category="1", expected="present")
    return batch, number, lanes, marker


def upload(data=None, name="bands.csv"):
    return SimpleUploadedFile(name, data or image_lab_csv())


def test_bands_are_taken_from_one_table_only(blot, operator):
    batch, number, lanes, marker = blot
    sheet = sheet_of_assay(batch, number)
    with pytest.raises(ActionRefused, match="no table of bands yet"):
        match_bands(sheet=sheet, matches=[], by=operator)
    kept = attach_band_table(sheet=sheet, upload=upload(b"<?xml version='1.0'?>", "x.xml"), by=operator)
    assert (kept.reading, sheet_of_assay(batch, number).details.band_table_id) == (None, None)
    attach_band_table(sheet=sheet, upload=upload(imagej_tsv()), by=operator)
    first, second = (Match(at, lanes[at - 1].pk, marker.pk) for at in (1, 2))
    with pytest.raises(ActionRefused, match="Lines 1 and 2 are both marker CD9 in lane 1"):
        match_bands(sheet=sheet, matches=[first, Match(2, lanes[0].pk, marker.pk)], by=operator)
    made = match_bands(sheet=sheet, matches=[first, second], by=operator)
    told = [(str(one.lane), one.intensity, one.measure) for one in made]
    assert told == [("lane 1", D("178.91500"), "mean, ImageJ"), ("lane 2", D("92.50000"), "mean, ImageJ")]
    with pytest.raises(ReasonMissing, match="1 bands are taken back"):
        match_bands(sheet=sheet, matches=[first], by=operator)
    # Intensities of another software count otherwise: taking one line of it takes the others back.
    with pytest.raises(ReasonMissing, match="another one takes its place"):
        attach_band_table(sheet=sheet, upload=upload(), by=operator)
    attach_band_table(sheet=sheet, upload=upload(), by=operator, reason=WHY)
    with pytest.raises(ActionRefused, match="Line 2 of the table holds no intensity"):
        match_bands(sheet=sheet, matches=[second], by=operator, reason=WHY)
    match_bands(sheet=sheet, matches=[first], by=operator, reason=WHY)
    standing = BlotBand.objects.filter(is_voided=False)
    told = [(one.intensity, one.measure, one.kda) for one in standing]
    assert told == [(172004, "adj. volume, Bio-Rad Image Lab", D("53.2"))]
    keys = {one["key"] for one in write(load(batch), []).content["sections"]}
    assert {f"batches.blotband:{one.pk}" for one in BlotBand.objects.all()} <= keys


def test_the_page_proposes_and_takes_bands(blot, operator, signed_in):
    batch, number, lanes, marker = blot
    browser, url = signed_in(operator), f"/batches/{batch.number}/assays/{number}/bands/"
    assert "No table of bands yet" in browser.get(url).content.decode()
    named = image_lab_csv().replace(b"CD63", b"CD9")
    answer = browser.post(url, {"upload": "1", "file": upload(named)})
    assert answer.status_code == 302
    shown = browser.get(url).content.decode()
    assert f'<option value="{marker.pk}" selected>CD9</option>' in shown
    assert "no number: nothing to take" in shown
    answer = browser.post(url, {"match": "1", "lane-1": lanes[0].pk, "marker-1": ""})
    assert (answer.status_code, "choose both its lane" in answer.content.decode()) == (409, True)
    sent = {"match": "1", "lane-1": lanes[0].pk, "marker-1": marker.pk}
    assert browser.post(url, sent).status_code == 302
    shown = browser.get(url).content.decode()
    assert ("172 004" in shown or "172\u202f004" in shown, "100 %" in shown) == (True, True)
    assert "Bands of the table" in browser.get(url.removesuffix("bands/")).content.decode()
