"""Excel workbooks: looked at with caps before they are unpacked, then read as tables of text.

Formulas are never evaluated: the value kept with the cell counts, and a formula without one is told.
"""

import io
import re
import zipfile
from datetime import date, datetime, time
from typing import Any

from . import band_tables, plate_grids, result_tables
from .nanosight import Chosen
from .reading import Reading, Unreadable
from .tables import ROW_CAP, Row
from .text import listed

ENTRY_CAP = 2_000
UNPACKED_CAP_BYTES = 100 * 1024 * 1024
RATIO_CAP = 200
COLUMN_CAP = 1_000
NOTHING_TO_CHOOSE = "No sheet of this workbook has results to choose from."
SHEET_CAP = 50

_NO_VALUE = re.compile(rb"(?:</f>|<f[^>]*/>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


def read_workbook(data: bytes, name: str = "", chosen: Chosen = None) -> Reading:
    """Return the plates or results of a workbook, or raise Unreadable."""
    sheets, warnings = sheets_of(data)
    reading = _read(sheets, chosen)
    return Reading(**{**vars(reading), "warnings": (*reading.warnings, *warnings)})


def _read(sheets: dict[str, list[Row]], chosen: Chosen) -> Reading:
    for rows in sheets.values():
        if result_tables.is_results(rows):
            return result_tables.results_in(rows, chosen)
        if chosen is not None:
            continue
        if plate_grids.is_magellan(rows):
            return plate_grids.read_magellan(rows)
        if band_tables.is_bands(rows):
            return band_tables.bands_in(rows)
    if chosen is not None:
        raise Unreadable(NOTHING_TO_CHOOSE)
    with_grid = {sheet: rows for sheet, rows in sheets.items() if plate_grids.has_grid(rows)}
    if with_grid:
        return plate_grids.grids_in(with_grid, software="unknown: an Excel workbook")
    raise Unreadable(
        f"No sheet of this Excel workbook ({listed(list(sheets))}) is a plate, a table of bands or a result "
        "table that is known. It is kept as an attachment; map its columns to take its values."
    )


def sheets_of(data: bytes) -> tuple[dict[str, list[Row]], list[str]]:
    """Return the sheets of a workbook as rows of text, and what to warn of; or raise Unreadable."""
    empty = _check_archive(data)
    warnings = [f"Formulas without a value, read as empty cells: {empty}."] if empty else []
    sheets = {sheet: rows for sheet, rows in _unpacked(data).items() if any(any(row) for row in rows)}
    if not sheets:
        raise Unreadable("The Excel workbook is empty.")
    return sheets, warnings


def _check_archive(data: bytes) -> int:
    """Refuse an archive that is no workbook or too large; return how many formulas hold no value."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _refuse_bomb(entries)
            sheets = [entry for entry in entries if entry.filename.startswith("xl/worksheets/sheet")]
            return sum(len(_NO_VALUE.findall(archive.read(entry))) for entry in sheets)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise Unreadable("The Excel workbook is damaged or locked with a password. Save it again.") from error
    except zipfile.zlib.error as error:
        raise Unreadable("The Excel workbook is damaged. Save it again.") from error


def _refuse_bomb(entries: list[zipfile.ZipInfo]) -> None:
    total, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if len(entries) > ENTRY_CAP or total > UNPACKED_CAP_BYTES or total > RATIO_CAP * max(packed, 1):
        raise Unreadable(
            f"The Excel workbook unpacks to {total / 1024**2:.0f} MB in {len(entries)} parts, more than is "
            "read. It is kept as an attachment; export the sheet with the result as CSV."
        )
    if any(entry.filename.startswith(("/", "\\")) or ".." in entry.filename.split("/") for entry in entries):
        raise Unreadable("The Excel workbook holds parts with names that lead out of it: it is no workbook.")


def _unpacked(data: bytes) -> dict[str, list[Row]]:
    # Loaded late: most files are no workbooks.
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        if len(book.sheet_names) > SHEET_CAP:
            raise Unreadable(
                f"The workbook has more than {SHEET_CAP} sheets. Export the one with the result."
            )
        return {name: _rows(book.get_sheet_by_name(name)) for name in book.sheet_names}
    except Unreadable:
        raise
    except BaseException as error:
        # A panic of the Rust reader is no Exception; everything else that it raises is one.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise Unreadable("The Excel workbook is damaged. Open it in Excel and save it again.") from error


def _rows(sheet: Any) -> list[Row]:
    if sheet.total_height > ROW_CAP or sheet.total_width > COLUMN_CAP:
        raise Unreadable(
            f"A sheet has more than {ROW_CAP} rows or {COLUMN_CAP} columns: it is no result table."
        )
    return [[as_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]


def as_text(cell: Any) -> str:
    """Return a cell as text, a number with all its digits."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell).strip()
