"""The EV-TRACK sheet as files: CSV for programs, XLSX for people. Every cell is text."""

import io
from collections.abc import Iterable

import xlsxwriter

from audit.exporting.lines import cell
from audit.exporting.workbook import OPTIONS, fitting
from batches.reporting.evtrack import Line

HEADER = ("block", "parameter", "value", "where in the record")
TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDTHS = (20, 46, 46, 32)


def as_csv(lines: Iterable[Line]) -> bytes:
    """UTF-8, comma, LF; what a spreadsheet would run has an apostrophe in front."""
    rows = [HEADER, *lines]
    return "".join(",".join(cell(value) for value in row) + "\n" for row in rows).encode()


def as_xlsx(lines: Iterable[Line], title: str) -> bytes:
    """One sheet; the block's name stands where a block begins."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {**OPTIONS, "in_memory": True, "constant_memory": False})
    sheet, bold = book.add_worksheet("EV-TRACK"), book.add_format({"bold": True, "bottom": 1})
    book.set_properties({"title": title})
    for column, (name, width) in enumerate(zip(HEADER, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, bold)
    for row, line in enumerate(lines, 1):
        for column, value in enumerate(line):
            sheet.write_string(row, column, fitting(value))
    sheet.freeze_panes(1, 0)
    book.close()
    return file.getvalue()
