"""Columns of any table: found by their titles, converted, with the cell that each number came from."""

import io
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from batches.instruments import Unreadable
from batches.instruments.mapping import (
    Column,
    Field,
    find_header,
    header_of,
    mapped_rows,
    proposed_decimal,
    proposed_header,
    table_of,
)

FIELDS = (Field("mode_nm", "Mode", "nm", 2), Field("particles_per_ml", "Concentration", "/mL", 0))
CSV = (
    b"Exported by a person;;\nSample;Mode (um);Conc. (p/ml);Conc. (p/ml)\n"
    b"A;0,0962;7,29E+2;\nB;n/a;<0,1;5\n;;;\nC;0,101;1.234,5;6\n"
)
COLUMNS = {
    "mode_nm": Column("Mode (um)", 0, "\u00b5m"),
    "particles_per_ml": Column("Conc. (p/ml)", 0, "\u00d710\u2076 /mL"),
}


def rows():
    return table_of(CSV)["sheets"]["table"]


def test_numbers_are_converted_and_name_their_cell():
    table = rows()
    assert proposed_header(table) == 1
    assert proposed_decimal(table, 1) == ","
    first = mapped_rows(table, 1, COLUMNS, FIELDS, ",")[0]
    assert first.values == {"mode_nm": Decimal("96.20"), "particles_per_ml": Decimal(729000000)}
    assert first.sources == {
        "mode_nm": "row 3, 'Mode (um)': 0,0962 in \u00b5m",
        "particles_per_ml": "row 3, 'Conc. (p/ml)': 7,29E+2 in \u00d710\u2076 /mL",
    }


def test_what_is_no_number_is_an_error_of_its_row_and_never_a_value():
    _, second, third = mapped_rows(rows(), 1, COLUMNS, FIELDS, ",")
    assert (second.row, second.values) == (4, {})
    assert second.errors == [
        "row 4, 'Mode (um)': 'n/a' is no number that can be taken.",
        "row 4, 'Conc. (p/ml)': '<0,1' is no number that can be taken.",
    ]
    assert (third.row, third.values) == (6, {"mode_nm": Decimal("101.00")})
    assert third.errors == ["row 6, 'Conc. (p/ml)': '1.234,5' is no number that can be taken."]


def test_columns_of_the_same_title_are_told_apart_and_found_wherever_they_stand():
    second = {"particles_per_ml": Column("Conc. (p/ml)", 1, "/mL")}
    assert [one.values for one in mapped_rows(rows(), 1, second, FIELDS, ",")][1:] == [
        {"particles_per_ml": Decimal(5)},
        {"particles_per_ml": Decimal(6)},
    ]
    moved = [["Other", "Conc. (p/ml)"], ["x", "8"]]
    (one,) = mapped_rows(moved, 0, {"particles_per_ml": Column("Conc. (p/ml)", 0, "/mL")}, FIELDS)
    assert one.values == {"particles_per_ml": Decimal(8)}
    with pytest.raises(Unreadable, match=r"no column 'Mode .um.'"):
        mapped_rows([["Other"], ["1"]], 0, COLUMNS, FIELDS)


def test_a_header_is_found_by_its_names_only():
    table = rows()
    header = header_of(table[1])
    assert find_header(table, header) == 1
    assert find_header([[], [], *table], header) == 3
    assert find_header(table, [*header, "New"]) is None


def test_workbooks_are_read_without_their_formulas():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("Results")
        sheet.write_row(0, 0, ["Sample", "Mode"])
        sheet.write_row(1, 0, ["A", 96.25])
        sheet.write_formula(2, 1, "=B2*2", None, 192.5)
    table = table_of(out.getvalue())["sheets"]["Results"]
    assert table == [["Sample", "Mode"], ["A", "96.25"], ["", "192.5"]]


def test_pictures_are_no_tables():
    with pytest.raises(Unreadable, match="This is no table"):
        table_of(b"\x89PNG\r\n\x1a\n rest")


@settings(max_examples=60, deadline=2000, database=None)
@given(st.lists(st.lists(st.text(max_size=8), max_size=4), min_size=1, max_size=6), st.sampled_from(".,"))
def test_any_table_gives_numbers_or_errors(table, decimal):
    at = proposed_header(table)
    titles = [title for title in header_of(table[at]) if title]
    columns = {"mode_nm": Column(titles[-1], 0, "nm")} if titles else {}
    for one in mapped_rows(table, at, columns, FIELDS, decimal) if columns else ():
        assert all(value.is_finite() for value in one.values.values())
