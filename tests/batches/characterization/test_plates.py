"""Plates: the layout as people write it, what is worked out from it, and the assay that it fills."""

from decimal import Decimal
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import Entry
from audit.refusal import ActionRefused, Reason, ReasonMissing, ValueRefused
from batches.characterization import actions as assays
from batches.characterization.plate_actions import PlateInputs, lay_out_plate
from batches.characterization.plate_layout import (
    LayoutRefused,
    lines_of,
    proposed,
    text_of,
    wells_in_words,
    wells_of,
)
from batches.characterization.plate_results import Settings, work_out
from batches.characterization.plates import PlateCurve
from batches.characterization.standard_curves import CurveRefused
from batches.instruments import read_export
from batches.instruments.generate import PlateRun, gen5_text
from qc.loading import load
from qc.signatures.contents import write
from tests.factories import BatchFactory
from tests.qc.papers import pdf
from tests.qc.papers.test_record import printed
from tests.way import sheet_of_assay

LAYOUT = """standard 2000: A1-A3
standard 1000: B1-B3
standard 500: C1-C3
standard 250: D1-D3
standard 125: E1-E3
standard 62.5: F1-F3
standard 25: G1-G3
blank: H1-H3
sample EV ×2: A4-A6
sample EV ×4: B4-B6
sample Buffer ×1: C4-C6"""
AGAIN = Reason("measured_again", "the buffer was meant")


# --- layout ---------------------------------------------------------------------------------------


def test_wells_are_read_as_people_write_them():
    assert wells_of("A1-A3, b02 C5:D6") == ("A1", "A2", "A3", "B2", "C5", "C6", "D5", "D6")
    assert wells_in_words(wells_of("A1-A3, B2, C5-D6")) == "A1-A3, B2, C5-C6, D5-D6"
    assert wells_in_words(("A1", "B1", "C1", "E1")) == "A1-C1, E1"
    for text in ("", "A0", "Q1", "A1-A2-A3", "A1..A3"):
        with pytest.raises(LayoutRefused):
            wells_of(text)


def test_layout_comes_back_as_it_was_written():
    assert text_of(lines_of(LAYOUT)) == LAYOUT
    assert lines_of("sample A: pool: A4")[0].name == "A: pool"
    assert lines_of("left out bubble: C3, C4")[0].words == "left out bubble: C3-C4"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("standard: A1", "'standard: A1': Enter a number, such as 4.2, 4,2 or 2.4e10."),
        ("sample ×2: A1", "Sample in A1: it needs a name, and a dilution of 1 or more."),
        ("sample EV ×0.5: A1", "Sample in A1: it needs a name, and a dilution of 1 or more."),
        ("left out: A1", "Say why A1 is left out."),
        ("something: A1", "'something: A1' begins with none of standard, sample, blank, left out."),
        ("blank: A1\nstandard 5: A1-A2", "A1 holds two things: 'blank: A1' and 'standard 5: A1-A2'."),
    ],
)
def test_layout_that_says_nothing_sensible_is_refused(text, reason):
    with pytest.raises(LayoutRefused) as refusal:
        lines_of(text)
    assert str(refusal.value) == reason


def test_layout_is_proposed_from_the_file():
    layout = read_export(gen5_text(PlateRun())).curves["layout"]["Plate 1"]
    words = text_of(proposed(layout)).splitlines()
    assert words[0] == "standard 2000: A1-A3"
    assert {"sample EV ×2: A4-A6", "sample EV 1:4 ×4: B4-B6", "blank: H1-H3"} <= set(words)


# --- working out ----------------------------------------------------------------------------------


def read_of(**run):
    return read_export(gen5_text(PlateRun(**run), Random(4))).curves["records"][0]


def test_plate_gives_back_what_was_put_in():
    found = work_out(lines_of(LAYOUT), read_of(), Settings("quadratic", "1/y2"))
    own, buffer = found["results"]
    assert (own["sample"], own["sign"], own["wells"]) == ("EV", "", 6)
    assert own["amount"] == pytest.approx(640, rel=0.03)
    assert (buffer["sign"], buffer["amount"]) == ("<", 25.0)
    assert found["r_squared"] > 0.999
    assert found["range"] == [25.0, 2000.0]
    assert found["left_out"] == []


def test_masked_well_is_left_out_and_never_zero():
    read = read_of(texts={"A1": "OVRFLW", "A4": "*0.356*"})
    lines = lines_of(LAYOUT + "\nleft out bubble: B3")
    found = work_out(lines, read, Settings("quadratic"))
    assert found["left_out"] == [
        {"well": "B3", "why": "bubble"},
        {"well": "A1", "why": "the reader printed OVRFLW"},
        {"well": "A4", "why": "the reader printed *0.356*"},
    ]
    assert found["standards"][-1]["wells"] == ["A2", "A3"]
    assert found["results"][0]["wells"] == 5
    assert found["results"][0]["amount"] == pytest.approx(640, rel=0.05)


def test_plate_without_blank_or_standards_is_refused():
    read = read_of()
    with pytest.raises(CurveRefused, match="No blank has a value"):
        work_out(lines_of(LAYOUT.replace("blank: H1-H3\n", "")), read, Settings())
    with pytest.raises(CurveRefused, match="at least 3 levels"):
        work_out(lines_of("blank: H1\nstandard 5: A1\nsample EV: A4"), read, Settings())


# --- on the record --------------------------------------------------------------------------------


def inputs(**more) -> PlateInputs:
    told = dict(
        plate="Plate 1", read="562", layout=LAYOUT, unit="ug_per_ml", model="quadratic", weighting="none",
        subtract_blank="yes", least_recovery=Decimal(70), most_recovery=Decimal(130), sample="EV",
    )  # fmt: skip
    return PlateInputs(**(told | more))


@pytest.fixture
def plated(operator):
    batch = BatchFactory(by=operator)
    number = assays.add_assay(batch=batch, technique="protein", by=operator).number
    upload = SimpleUploadedFile("bca.txt", gen5_text(PlateRun(), Random(4)))
    assays.attach_export(sheet=sheet_of_assay(batch, number), upload=upload, by=operator)
    return batch, number


def test_plate_fills_its_assay_and_keeps_inputs_version_and_results(plated, operator, client):
    batch, number = plated
    sheet = sheet_of_assay(batch, number)
    with pytest.raises(ValueRefused, match="Which sample is this batch's own: EV, Buffer"):
        lay_out_plate(sheet=sheet, inputs=inputs(sample=""), by=operator)
    with pytest.raises(ValueRefused, match="A1 holds two things"):
        lay_out_plate(sheet=sheet, inputs=inputs(layout=LAYOUT + "\nblank: A1"), by=operator)
    strict = inputs(least_recovery=Decimal(100), most_recovery=Decimal(100))
    with pytest.raises(ActionRefused, match="0 of 7 standards come back"):
        lay_out_plate(sheet=sheet, inputs=strict, by=operator)
    lay_out_plate(sheet=sheet, inputs=inputs(), by=operator)
    protein = sheet_of_assay(batch, number).details
    assert protein.protein_ug_per_ml == pytest.approx(Decimal(640), rel=Decimal("0.03"))
    assert (protein.wells, protein.standard_range, protein.protein_ug_per_ml_sign) == (6, "25–2000 µg/mL", "")
    with pytest.raises(ReasonMissing):
        lay_out_plate(sheet=sheet, inputs=inputs(), by=operator)
    lay_out_plate(sheet=sheet, inputs=inputs(sample="Buffer"), by=operator, reason=AGAIN)
    protein = sheet_of_assay(batch, number).details
    assert (protein.protein_ug_per_ml_sign, protein.protein_ug_per_ml) == ("<", 25)
    assert [(one.sample, one.formula_version) for one in PlateCurve.objects.all()] == [
        ("EV", "1"),
        ("Buffer", "1"),
    ]
    assert Entry.objects.filter(object_label__endswith="standard curve of Plate 1").count() == 2


def plate_of(batch, technique, by):
    number = assays.add_assay(batch=batch, technique=technique, by=by).number
    upload = SimpleUploadedFile("plate.txt", gen5_text(PlateRun(), Random(4)))
    assays.attach_export(sheet=sheet_of_assay(batch, number), upload=upload, by=by)
    return lambda: sheet_of_assay(batch, number)


def test_a_plate_gives_each_technique_its_result_in_its_own_unit(operator):
    batch = BatchFactory(by=operator)
    endotoxin = plate_of(batch, "endotoxin", operator)
    with pytest.raises(ValueRefused, match="Endotoxin has no result in µg/mL"):
        lay_out_plate(sheet=endotoxin(), inputs=inputs(), by=operator)
    lay_out_plate(sheet=endotoxin(), inputs=inputs(unit="eu_per_ml", sample="Buffer"), by=operator)
    found = endotoxin().details
    assert (found.endotoxin_eu_per_ml_sign, found.endotoxin_eu_per_ml, found.dilution) == ("<", 25, 1)
    assert found.r_squared > Decimal("0.99")
    rna = plate_of(batch, "rna", operator)
    lay_out_plate(sheet=rna(), inputs=inputs(unit="ng_per_ml"), by=operator)
    assert rna().details.extract_ng_per_ul == pytest.approx(Decimal("0.64"), rel=Decimal("0.03"))


def test_a_plate_of_a_growth_factor_fills_its_row(operator):
    factor = plate_of(BatchFactory(by=operator), "growth_factor", operator)
    with pytest.raises(ValueRefused, match="Which growth factor or cytokine"):
        lay_out_plate(sheet=factor(), inputs=inputs(unit="pg_per_ml"), by=operator)
    told = inputs(unit="ng_per_ml", analyte="VEGFA")
    lay_out_plate(sheet=factor(), inputs=told, by=operator)
    (row,) = factor().details.standing_analytes
    assert (row.analyte, row.pg_per_ml) == ("VEGFA", pytest.approx(Decimal(640_000), rel=Decimal("0.03")))
    again = inputs(unit="pg_per_ml", analyte="vegfa", sample="Buffer")
    lay_out_plate(sheet=factor(), inputs=again, by=operator, reason=AGAIN)
    (row,) = factor().details.standing_analytes
    assert (row.told, PlateCurve.objects.last().found.splitlines()[0]) == ("< 25 pg/mL", "vegfa")


def test_curve_belongs_to_what_is_signed(plated, operator):
    batch, number = plated
    lay_out_plate(sheet=sheet_of_assay(batch, number), inputs=inputs(), by=operator)
    content = write(load(batch), ()).content
    titles = [section["title"] for section in content["sections"]]
    assert "Assay 1 · Protein assay: standard curve of Plate 1" in titles


def test_curve_stands_on_paper_with_what_was_said_and_found(plated, operator, tmp_path):
    batch, number = plated
    lay_out_plate(sheet=sheet_of_assay(batch, number), inputs=inputs(), by=operator)
    lay_out_plate(
        sheet=sheet_of_assay(batch, number), inputs=inputs(model="four_parameter"), by=operator, reason=AGAIN
    )
    _, paper = printed(batch, operator, tmp_path)
    said = pdf.words(paper)
    for words in ("Plate and standard curve", "laid out anew since", "standard 2000: A1-A3", "working range"):
        assert words in said


def test_page_proposes_the_layout_and_works_it_out(plated, operator, client):
    batch, number = plated
    client.force_login(operator)
    url = f"/batches/{batch.number}/assays/{number}/plate/"
    page = client.get(url).content.decode()
    assert "filled in from the file: look through every line" in page
    assert 'value="A1-A3"' in page
    sent = {"line-TOTAL_FORMS": "12", "line-INITIAL_FORMS": "0", "read": "0", "unit": "ug_per_ml"}
    sent |= {"model": "quadratic", "weighting": "none", "subtract_blank": "yes", "least_recovery": "70"}
    sent |= {"most_recovery": "130", "sample": "EV"}
    for at, line in enumerate(lines_of(LAYOUT)):
        sent |= {f"line-{at}-wells": wells_in_words(line.wells), f"line-{at}-role": line.role}
        sent |= {
            f"line-{at}-name": line.name,
            f"line-{at}-amount": "" if line.amount is None else str(line.amount),
        }
    refused = client.post(url, sent | {"line-0-wells": "A1-Z9"})
    assert (refused.status_code, "names no well" in refused.content.decode()) == (400, True)
    assert client.post(url, sent).status_code == 302
    page = client.get(url).content.decode()
    assert "Standards read back (8)" in page or "Standards read back (7)" in page
    assert 'aria-label="Standard curve of Plate 1' in page
    assert "Lay out anew" in page
    assert (
        "of the undiluted sample" in client.get(f"/batches/{batch.number}/assays/{number}/").content.decode()
    )
    again = client.post(url, sent)
    assert (again.status_code, "Choose" in again.content.decode()) == (400, True)
