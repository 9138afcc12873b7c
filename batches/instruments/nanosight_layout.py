"""The layout of a NanoSight `ExperimentSummary.csv`: sections, rows and tables, no meaning yet.

Anatomy after real files of NTA 3.2.16 and 3.4.003. Line numbers differ from file to file and the
same row name stands in several sections, so rows are kept per section and tables are found by name.
"""

import csv
import io
import json
from dataclasses import dataclass, field
from itertools import repeat
from math import isfinite
from operator import lt

from .reading import Unreadable

SIGNATURE = "NTA Experiment Summary File"
VIDEO_CAP = 400
ROW_CAP = 10_000
LINE_CAP = 100_000  # six blocks of full tables with their heads
HEAD_CAP_CHARS = 4_000_000  # everything but the tables, at 400 videos

Row = list[str]
Columns = list[list[float]]

_CUT_OFF = "In this NanoSight file {}: it is cut off or edited. Export the experiment again."
# Beginnings of JSON's other values, which are no numbers.
_NO_NUMBERS = 'tfnNI"[{'


@dataclass(frozen=True)
class Layout:
    """The rows and number-weighted size tables of one summary file, cells stripped."""

    created_with: str
    rows: dict[tuple[str, str], Row]
    video_names: tuple[str, ...]
    size_rows: dict[str, Row]
    bins: Columns
    percentiles: Columns = field(default_factory=list)
    has_one_width: bool = False

    def row(self, section: str, name: str) -> Row:
        """Return the cells after the row's name, one per video (empty text where missing)."""
        return self._per_video(self.rows.get((section, plain(name)), []))

    def size_row(self, name: str) -> Row:
        """Return the number block's cells after the row's name, one per video."""
        return self._per_video(self.size_rows.get(plain(name), []))

    def text(self, section: str, name: str) -> str:
        """Return the first cell after the row's name."""
        cells = self.rows.get((section, plain(name)), [])
        return cells[1] if len(cells) > 1 else ""

    def average(self, name: str) -> tuple[str, str]:
        """Return the row's printed average and standard error over all videos."""
        key = plain(name)
        row = self.size_rows.get(key) or self.rows.get(("Results", key), [])
        at = len(self.video_names) + 1
        found = [*row[at : at + 2], "", ""]
        return found[0], found[1]

    def _per_video(self, cells: Row) -> Row:
        found = cells[1 : len(self.video_names) + 1]
        return found + [""] * (len(self.video_names) - len(found))


def plain(name: str) -> str:
    """Return a row's name without case and blanks, which differ between versions."""
    return name.lower().replace(" ", "")


def lay_out(text: str) -> Layout:
    """Sort a summary file into rows and tables, or raise Unreadable."""
    if text.count("\n") > LINE_CAP:
        raise Unreadable(f"This NanoSight file has more than {LINE_CAP} lines: no export has.")
    text = _unquoted(text)
    sizes, start, end = _number_block(text)
    head = text.find("\nBin centre", start, end) + 1
    if not head:
        raise Unreadable(_CUT_OFF.format("the table 'Bin centre (nm)' is missing"))
    top = _csv_rows(text[:sizes])
    rows = _by_section(top)
    names = _video_names(rows)
    size_rows = {plain(row[0]): row for row in _csv_rows(text[start:head]) if row}
    first = _line_end(text, head, end)
    _check_columns(rows, size_rows, _csv_rows(text[head:first])[0], names)
    middle = text.find("\nPercentile", first, end)
    bins = _table(text, first, middle if middle >= 0 else end, len(names) + 3, "size table")
    return Layout(
        created_with=top[1][0] if len(top) > 1 and top[1] else "",
        rows=rows,
        video_names=names,
        size_rows=size_rows,
        bins=_checked_bins(bins),
        percentiles=_percentiles(text, middle + 1, end, len(names), rows),
        has_one_width=_has_one_width(text[:first]),
    )


def _line_end(text: str, start: int, end: int) -> int:
    found = text.find("\n", start, end)
    return found if found >= 0 else end


def _unquoted(text: str) -> str:
    """Return the text with quotes only where a cell needs them, should a tool have quoted all."""
    if not text.startswith('"'):
        return text
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(_csv_rows(text))
    return out.getvalue()


def _csv_rows(text: str) -> list[Row]:
    if len(text) > HEAD_CAP_CHARS:
        raise Unreadable(_CUT_OFF.format("the part above the size table is far too long"))
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text))]
    except csv.Error as error:
        raise Unreadable(
            f"The rows of this file are not readable as CSV ({error}). Export it again."
        ) from error


def _by_section(rows: list[Row]) -> dict[tuple[str, str], Row]:
    found: dict[tuple[str, str], Row] = {}
    section = ""
    for row in rows:
        if not row or not row[0]:
            continue
        if row[0].startswith("["):
            section = row[0].strip("[]")
            found[section, ""] = row
        else:
            found[section, plain(row[0])] = row
    return found


def _section(text: str, title: str, start: int) -> int:
    """Return where the line `[title` begins, -1 where there is none."""
    # Brackets are rare in these files, so this is far quicker than looking for line starts.
    at = text.find("[" + title, start)
    while at > 0 and text[at - 1] != "\n":
        at = text.find("[" + title, at + 1)
    return at


def _number_block(text: str) -> tuple[int, int, int]:
    """Return where [Size Data] starts, and where its number-weighted block starts and ends.

    Surface and volume weightings and diffusion coefficients follow in the same layout: their
    values are other quantities under the same names.
    """
    section = _section(text, "Size Data", 0)
    if section < 0:
        raise Unreadable(_CUT_OFF.format("the section [Size Data] is missing"))
    after = _section(text, "", section + 1)
    end = after if after >= 0 else len(text)
    start = text.find("\nWeighting", section, end)
    while start >= 0:
        follower = text.find("\nWeighting", start + 1, end)
        stop = follower if follower >= 0 else end
        title = text[start + 1 : _line_end(text, start + 1, end)].split(",")
        if len(title) > 1 and title[1].strip().lower() == "number":
            return section, start + 1, stop
        start = follower
    raise Unreadable(
        "This NanoSight file holds no number-weighted size distribution. "
        "Export it again with 'Number weighting'."
    )


def _video_names(rows: dict[tuple[str, str], Row]) -> tuple[str, ...]:
    names = tuple(cell for cell in rows.get(("Experiment Details", "filename:"), [])[1:] if cell)
    if not names:
        raise Unreadable(_CUT_OFF.format("the row 'Filename:' names no video"))
    if len(names) > VIDEO_CAP:
        raise Unreadable(
            f"This NanoSight file holds {len(names)} videos; at most {VIDEO_CAP} are read. "
            "Export fewer experiments at once."
        )
    return names


def _check_columns(
    rows: dict[tuple[str, str], Row], size: dict[str, Row], bins_head: Row, names: tuple[str, ...]
) -> None:
    count = len(names)
    if tuple(size.get("filename", [])[1 : count + 1]) != names:
        raise Unreadable(_CUT_OFF.format("the two rows of video names differ"))
    for row, title in (
        (rows.get(("Results", ""), []), "Average"),
        (size["filename"], "Average"),
        (bins_head, "Concentration average"),
    ):
        if title not in row or row.index(title) != count + 1:
            raise Unreadable(
                _CUT_OFF.format(f"the column '{title}' does not follow the {count} video columns")
            )


def _table(text: str, start: int, end: int, width: int, what: str) -> Columns:
    """Return the columns of the numeric table whose rows stand between `start` and `end`."""
    if (count := text.count("\n", start, end)) > ROW_CAP:
        raise Unreadable(f"The {what} has {count} rows; at most {ROW_CAP} are read.")
    # Most rows end in one comma, which goes at once; padding of a spreadsheet goes row by row.
    block = text[start:end].rstrip(", \t\n")
    rows = block.replace(",\n", "\n").split("\n")[1:]
    if _widths(rows) != {width}:
        rows = [row.rstrip(", \t") for row in rows]
    if not rows:
        raise Unreadable(_CUT_OFF.format(f"the {what} has no rows"))
    if _widths(rows) != {width}:
        bad = next(i for i, row in enumerate(rows) if row.count(",") != width - 1)
        line = text.count("\n", 0, start) + bad + 2
        raise Unreadable(
            _CUT_OFF.format(f"line {line} of the {what} has {rows[bad].count(',') + 1} columns, not {width}")
        )
    return _numbers(",".join(rows), width, what)


def _widths(rows: list[str]) -> set[int]:
    return {commas + 1 for commas in set(map(str.count, rows, repeat(",")))}


def _numbers(cells: str, width: int, what: str) -> Columns:
    """Return the columns of a table's cells as finite numbers, none negative.

    The bins are nearly all of a file. As one JSON list they are read in less than half the time
    of float() over split cells; what JSON does not take (`1.`, `+1`, `007`) float() still may.
    """
    try:
        if "_" in cells or not cells.isascii() or any(sign in cells for sign in _NO_NUMBERS):
            raise ValueError
        values = _as_list(cells)
        columns = [values[column::width] for column in range(width)]
        # A sum finds infinity anywhere in a column.
        usable = all(isfinite(sum(column)) for column in columns)
    except (ValueError, OverflowError):
        usable = False
    if not usable:
        raise Unreadable(_CUT_OFF.format(f"a cell of the {what} is not a number"))
    if "-" in cells and min(values) < 0:
        raise Unreadable(_CUT_OFF.format(f"a number of the {what} is negative"))
    return columns


def _as_list(cells: str) -> list[float]:
    try:
        values: list[float] = json.loads(f"[{cells}]")
    except ValueError:
        values = list(map(float, cells.split(",")))
    return values


def _checked_bins(bins: Columns) -> Columns:
    centres = bins[0]
    if len(centres) < 2:
        raise Unreadable(_CUT_OFF.format("the size table has fewer than 2 classes"))
    if not all(map(lt, centres, centres[1:])):
        raise Unreadable(_CUT_OFF.format("the bin centres do not increase from row to row"))
    return bins


def _percentiles(text: str, head: int, end: int, videos: int, rows: dict[tuple[str, str], Row]) -> Columns:
    if head:
        return _table(text, _line_end(text, head, end), end, videos + 1, "percentile table")
    announced = any(
        section == "Data Included" and name.startswith("sizedistribution-numberweighting-with")
        for section, name in rows
    )
    if announced:
        raise Unreadable(_CUT_OFF.format("the announced percentile table is missing"))
    return []


def _has_one_width(top: str) -> bool:
    """Tell whether all rows have the same number of cells, as a spreadsheet pads them.

    Files from the instrument show several widths above the size table already.
    """
    return len({line.count(",") for line in top.split("\n") if '"' not in line}) == 1
