"""The trail as XLSX, for people: the lines of the CSV as a table, and a sheet with the checkpoint.

Written to a file row by row with nothing more in memory. Every cell is text, as in the CSV (with its
apostrophe before what a spreadsheet would run): nothing is taken for a number, a date, a formula or an
address. A sheet holds 1,048,576 rows; what is beyond goes on in the next.
"""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from django.contrib.auth import get_user_model

from audit import canonical
from audit.exporting import lines
from audit.exporting.making import Export
from audit.ledger.printing import qr_png

SHEET_ROWS = 1_048_576
LONGEST_CELL = 32_000  # characters; a spreadsheet takes 32,767 UTF-16 units and no more
CUT = "… (cut here; CSV and JSON Lines hold all of it)"
ENTRIES_A_TELL = 1_000
WIDTHS = {"entry": 10, "time_utc": 28, "time_local": 33, "printed_name": 22, "record": 30, "batch": 16}
WIDTHS |= {"act": 22, "kind": 24, "label": 28, "old": 26, "new": 26, "reason": 36, "detail": 36}
OTHER_WIDTH, LINE_HEIGHT = 14, 15
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write(made: Export, file: IO[bytes], tell: Callable[[int], Any] = lambda done: None) -> None:
    """Write an export to a new file on disk; `tell` hears how many entries are in it so far.

    The rows wait in a folder beside it until the file is packed.
    """
    try:
        with tempfile.TemporaryDirectory(dir=Path(file.name).parent, prefix="rows-") as folder:
            book = xlsxwriter.Workbook(file, OPTIONS | {"tmpdir": folder})
            _fill(book, made, tell)
            book.close()
    finally:
        made.close()


def _fill(book: Any, made: Export, tell: Callable[[int], Any]) -> None:
    trail = _Trail(book)
    _write_checkpoint(book, made)
    for done, (head, fields, tail) in enumerate(made.parts(), 1):
        for field in fields.split(lines.SEPARATOR):
            trail.add(lines.texts(f"{head}{field}{tail[:-1]}"))
        if done % ENTRIES_A_TELL == 0:
            tell(done)
    trail.finish()
    tell(made.count)


class _Trail:
    """The sheets of lines: Trail, Trail 2, …"""

    names = lines.COLUMNS.split(",")

    def __init__(self, book: Any):
        self.book, self.sheets = book, 0
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self._begin()

    def _begin(self) -> None:
        self.sheets += 1
        self.sheet = self.book.add_worksheet("Trail" if self.sheets == 1 else f"Trail {self.sheets}")
        self.sheet.freeze_panes(1, 0)
        for place, name in enumerate(self.names):
            self.sheet.set_column(place, place, WIDTHS.get(name, OTHER_WIDTH))
            self.sheet.write_string(0, place, name, self.bold)
        self.rows = 1

    def add(self, texts: list[str]) -> None:
        """One line."""
        if self.rows == SHEET_ROWS:
            self.finish()
            self._begin()
        for place, text in enumerate(texts):
            if text:
                self.sheet.write_string(self.rows, place, fitting(text))
        self.rows += 1

    def finish(self) -> None:
        """The filter over all lines of the sheet."""
        self.sheet.autofilter(0, 0, self.rows - 1, len(self.names) - 1)


def fitting(text: str) -> str:
    """The text as a cell can hold it."""
    if len(text) > LONGEST_CELL // 2 and len(text.encode("utf-16-le")) > 2 * LONGEST_CELL:
        cut = text.encode("utf-16-le")[: 2 * LONGEST_CELL].decode("utf-16-le", errors="ignore")
        text = cut + CUT
    # XlsxWriter would take this for its own markup and write it as it is.
    return f"'{text}" if text.startswith("<r>") and text.endswith("</r>") else text


def _write_checkpoint(book: Any, made: Export) -> None:
    """Who took the trail away, when, what of it, and the signed note that proves it later."""
    sheet = book.add_worksheet("Checkpoint")
    name = book.add_format({"bold": True, "valign": "top"})
    words = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)
    facts = [*facts_of(made), ("Signed checkpoint", made.note)]
    sheet.set_row(len(facts) - 1, LINE_HEIGHT * (made.note.count("\n") + 2))
    for row, (what, text) in enumerate(facts):
        sheet.write_string(row, 0, what, name)
        sheet.write_string(row, 1, fitting(text), words)
    if made.checkpoint:
        picture = {"image_data": io.BytesIO(qr_png(made.note)), "description": "QR code of the signed note"}
        sheet.insert_image(len(facts) + 1, 1, "checkpoint.png", picture | {"x_scale": 0.5, "y_scale": 0.5})


def facts_of(made: Export) -> list[tuple[str, str]]:
    """Who took what of the trail away, and when."""
    size = str(made.checkpoint.size) if made.checkpoint else "none"
    return [
        ("Exported by", f"{made.by.printed_name} ({made.by.username})"),
        ("Exported at, UTC", canonical.time_text(made.entry.at)),
        ("This export is entry", str(made.entry.pk)),
        ("Filters", filters_in_words(made.wanted.as_detail())),
        ("Entries", str(made.count)),
        ("Covered by checkpoint", size),
    ]


def filters_in_words(detail: dict[str, Any]) -> str:
    """The filters of an export, as its entry keeps them, for people."""
    if "person" in detail:
        person = get_user_model()._base_manager.filter(pk=detail["person"]).first()
        detail = detail | {"person": getattr(person, "username", detail["person"])}
    told = (f"{name.replace('_', ' ')} {canonical.plain(value)}" for name, value in detail.items())
    return ", ".join(told) or "none: the whole trail"
