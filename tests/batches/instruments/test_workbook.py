import pytest

from batches.instruments import Unreadable, read_export
from tests.batches.instruments.workbooks import workbook

NUMBERS = [None, *[float(at) for at in range(1, 13)]]
ROW_A = ["A", 0.1, "OVRFLW", 0.3, *[None] * 9]
MAGELLAN = [
    ["Raw data", "Well positions", "Plate"],
    [0.146, "A1", "P1"],
    ["", "B1", "P1"],
    [2.0, "C12", "P1"],
    ["Measurement wavelength: 595 nm"],
    ["Unit: OD"],
    ["Date: 2026-03-18, Time: 09:43:07"],
]


def refusal_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    return str(refusal.value)


def test_workbook_with_a_grid_is_a_plate():
    reading = read_export(workbook([["BCA 562 nm"], NUMBERS, ROW_A, ["B", 0.2, *[None] * 11]]))
    record = reading.curves["records"][0]
    assert (reading.technique, record["plate"], record["label"]) == ("PLATE", "Sheet 1", "BCA 562 nm")
    assert (record["wells"], record["texts"]) == ({"A1": 0.1, "A3": 0.3, "B1": 0.2}, {"A2": "OVRFLW"})


def test_magellan_list_of_wells_is_a_plate_and_an_empty_well_stays_empty():
    reading = read_export(workbook(MAGELLAN))
    assert reading.curves["records"][0]["wells"] == {"A1": 0.146, "C12": 2.0}
    assert (reading.values["unit"], reading.values["captured_at"]) == ("OD", "2026-03-18 09:43:07")
    assert reading.curves["records"][0]["wavelength_nm"] == 595.0


def test_formula_without_value_is_told():
    reading = read_export(workbook([NUMBERS, ROW_A], extra='<c r="P1"><f>SUM(A1:B1)</f></c>'))
    assert reading.warnings[-1] == "Formulas without a value, read as empty cells: 1."


def test_workbook_without_a_known_table_names_its_sheets():
    assert refusal_of(workbook([["some", "numbers"], [1.0, 2.0]])) == (
        "No sheet of this Excel workbook (Sheet 1) is a plate, a table of bands or a result table that is "
        "known. It is kept as an attachment; map its columns to take its values."
    )


def test_archive_bomb_stays_closed():
    assert refusal_of(workbook([NUMBERS, ROW_A], more={"xl/media/x.bin": bytes(30_000_000)})).startswith(
        "The Excel workbook unpacks to 29 MB in 6 parts, more than is read."
    )
    assert refusal_of(workbook([NUMBERS, ROW_A], more={"../../x": b"x"})) == (
        "The Excel workbook holds parts with names that lead out of it: it is no workbook."
    )


def test_damaged_workbook_is_refused():
    data = workbook(MAGELLAN)
    assert refusal_of(data[: len(data) - 200]) == (
        "The Excel workbook is damaged or locked with a password. Save it again."
    )
    assert refusal_of(workbook([[None]])) == "The Excel workbook is empty."
