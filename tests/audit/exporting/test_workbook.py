"""The trail as XLSX: the lines of the CSV as text, the checkpoint beside them, in constant memory."""

import csv
import datetime as dt
import io
import json

import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from audit.exporting import lines, workbook
from audit.exporting.making import Export
from audit.ledger import keys, sealing
from audit.models import Entry
from audit.trail.asking import TrailFilter
from tests.audit.exporting.bodies import change, taken, write
from tests.audit.exporting.test_export import CELLS
from tests.audit.exporting.workbooks import parts_of, sheets_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def written(tmp_path):
    """Writes an export as a workbook: `written(by=…, action=…)` gives its path and the export."""

    def write_workbook(by, tell=lambda done: None, **wanted):
        made = Export(wanted=TrailFilter(**wanted), form="xlsx", by=by)
        path = tmp_path / made.filename
        with path.open("xb") as file:
            workbook.write(made, file, tell)
        return path, made

    return write_workbook


def padded(rows):
    return [row + [""] * (21 - len(row)) for row in rows]


def test_r077_workbook_holds_the_lines_of_the_csv(kept, operator, written):
    path, _ = written(by=operator, until=dt.date(2026, 11, 23))
    text, _ = taken(by=operator, until=dt.date(2026, 11, 23))
    lines = list(csv.reader(io.StringIO(text, newline="")))[:-1]
    sheets = sheets_of(path)
    assert [*sheets] == ["Trail", "Checkpoint"]
    assert padded(sheets["Trail"]) == lines


def test_every_cell_is_text_and_none_is_run(operator, written):
    for value in CELLS:
        write(by=operator, parts={"changes": [change(value, f"http://x/ {value}")], "reason": None})
    path, _ = written(by=operator, action="changed")
    rows = sheets_of(path)["Trail"][1:]
    assert [row[14] for row in rows] == list(CELLS.values())
    sheet = parts_of(path)["xl/worksheets/sheet1.xml"].decode()
    assert ("<f>" in sheet, "hyperlink" in sheet) == (False, False)


ODD_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.sampled_from(
    ["<r>bold</r>", "<r><t>&amp;</t></r>", "_x0041_", "\ufffe", "\uffff", "\x01\x1f\x7f", " a ", "]]>", "𝛂"]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(ODD_TEXTS.filter(bool), min_size=1, max_size=8))
def test_any_text_reads_back(texts):
    file = io.BytesIO()
    book = workbook.xlsxwriter.Workbook(file, workbook.OPTIONS)
    trail = workbook._Trail(book)
    trail.add(texts)
    trail.finish()
    book.close()
    shown = ["'" + text if text.startswith("<r>") and text.endswith("</r>") else text for text in texts]
    row = sheets_of(file)["Trail"][1]
    assert [text.replace("\r\n", "\n").replace("\r", "\n") for text in row] == [
        text.replace("\r\n", "\n").replace("\r", "\n") for text in shown
    ]


@pytest.mark.parametrize("character", ["x", "𝛂"])
def test_cell_that_is_too_long_is_cut_and_says_so(character):
    fitting = workbook.fitting(character * 40_000)
    assert fitting.endswith("… (cut here; CSV and JSON Lines hold all of it)")
    assert 31_990 < len(fitting.encode("utf-16-le")) // 2 <= 32_767
    assert set(fitting.removesuffix(workbook.CUT)) == {character}


def test_cell_that_fits_is_not_cut():
    assert workbook.fitting("x" * 32_000) == "x" * 32_000


def test_checkpoint_sheet_says_who_when_what_and_proves_it(kept, operator, written):
    path, made = written(by=operator, action="printed", person_id=operator.pk)
    told = dict(sheets_of(path)["Checkpoint"])
    assert told == {
        "Exported by": "Operator One (operator1)",
        "Exported at, UTC": json.loads(made.entry.body)["at"],
        "This export is entry": str(made.entry.pk),
        "Filters": "person operator1, action printed",
        "Entries": "1",
        "Covered by checkpoint": str(sealing.newest().size),
        "Signed checkpoint": sealing.newest().note,
    }
    picture = parts_of(path)["xl/media/image1.png"]
    assert zxingcpp.read_barcode(Image.open(io.BytesIO(picture))).text == sealing.newest().note


def test_workbook_without_a_checkpoint_says_why(kept, operator, written, monkeypatch):
    monkeypatch.setattr("audit.exporting.making.PATIENCE_S", 0)
    sealing.seal()
    keys.key_path().unlink()
    path, _ = written(by=operator)
    told = dict(sheets_of(path)["Checkpoint"])
    assert told["Covered by checkpoint"] == "none"
    assert told["Signed checkpoint"].startswith("No checkpoint covers this export yet: ")
    assert "xl/media/image1.png" not in parts_of(path)


def test_rows_beyond_a_sheet_go_on_in_the_next(operator, written, monkeypatch):
    monkeypatch.setattr(workbook, "SHEET_ROWS", 4)
    for n in range(7):
        write(by=operator, parts={"changes": [change(None, str(n))], "reason": None})
    path, _ = written(by=operator, action="changed")
    sheets = sheets_of(path)
    header = lines.COLUMNS.split(",")
    assert [*sheets] == ["Trail", "Checkpoint", "Trail 2", "Trail 3"]
    trail = [sheets[name] for name in ("Trail", "Trail 2", "Trail 3")]
    assert [rows[0] for rows in trail] == [header] * 3
    assert [[row[15] for row in rows[1:]] for rows in trail] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_sheet_has_a_frozen_header_and_a_filter(kept, operator, written):
    path, _ = written(by=operator)
    sheet = parts_of(path)["xl/worksheets/sheet1.xml"].decode()
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert f'<autoFilter ref="A1:U{sheet.count("<row ")}"/>' in sheet


def test_writing_tells_how_far_it_is(operator, written, monkeypatch):
    monkeypatch.setattr(workbook, "ENTRIES_A_TELL", 2)
    for n in range(5):
        write(by=operator, parts={"changes": [change(None, str(n))], "reason": None})
    heard = []
    written(by=operator, action="changed", tell=heard.append)
    assert heard == [2, 4, 5]


def test_nothing_is_left_beside_the_file(kept, operator, written):
    path, _ = written(by=operator)
    assert [found.name for found in path.parent.iterdir() if found.name != "ledger"] == [path.name]
    assert Entry.objects.filter(action="exported").count() == 1
