"""What an upload is, told by its content; a file's name or ending proves nothing.

`BINARIES` and `TEXTS` are the registry of formats. Adding a reader is a line there: how the format is
told, what it is called, and `module:function` of the reader in this package. A reader of a binary takes
`(data, name)`, one of a text `(text, name, encoding)`; it is loaded when the first such file comes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from .band_tables import is_bands_text
from .plate_grids import is_grid
from .reading import Unreadable
from .result_tables import is_results_text
from .text import TEXT_CAP_BYTES
from .zetasizer_layout import is_title_row

IMAGE_CAP_BYTES = 200 * 1024 * 1024
ZMES_CAP_BYTES = 60 * 1024 * 1024
_HEAD_BYTES = 4096

_ATTACHED = "This is {}; it is kept as an attachment, there is no reader for it yet."


@dataclass(frozen=True)
class Format:
    """One kind of file. `is_it` looks at all bytes of a binary, or at first line and head of a text.

    Without a `reader` the file is kept as an attachment and `hint` says what to attach instead. `pixels`
    is what gives `(pixels, is white zero)` for a preview. `has_videos` says that parts can be chosen.
    """

    what: str
    is_it: Callable[..., bool]
    reader: str = ""
    hint: str = ""
    pixels: str = ""
    has_videos: bool = False
    cap_bytes: int = IMAGE_CAP_BYTES

    def load(self) -> Callable[..., Any]:
        """The reader's function, or raise Unreadable where there is none."""
        if not self.reader:
            raise Unreadable(" ".join(part for part in (_ATTACHED.format(self.what), self.hint) if part))
        return load(self.reader)


def load(place: str) -> Callable[..., Any]:
    """The function that `module:function` names in this package."""
    module, function = place.split(":")
    found: Callable[..., Any] = getattr(import_module(f".{module}", __package__), function)
    return found


def binary_format(data: bytes) -> Format | None:
    """Return the format of a binary, None for what may be text. Raises Unreadable beyond the caps."""
    if not data:
        raise Unreadable("The file is empty (0 bytes). Export it again from the instrument.")
    found = next((one for one in BINARIES if one.is_it(data)), None)
    is_read = found is not None and found.reader
    cap = found.cap_bytes if found else TEXT_CAP_BYTES
    if len(data) > cap and (found is None or is_read):
        raise Unreadable(
            f"The file has {len(data) / 1024**2:.0f} MB; at most {cap // 1024**2} MB of "
            f"{'image' if found else 'text'} are read. It is kept as an attachment."
        )
    return found


def text_format(text: str) -> Format:
    """Return the format of a text, or raise Unreadable saying that it is not known."""
    head = text[:_HEAD_BYTES].lstrip("\n \t")
    first = head.split("\n", 1)[0]
    found = next((one for one in TEXTS if one.is_it(first, head)), None)
    if found is None:
        raise Unreadable(
            f"The content of this file is not known{_as_told(first)}. It is kept as an attachment; "
            "attach the instrument's own export or picture, or map the columns of a table."
        )
    return found


def _first_cell(line: str) -> str:
    return line.split(",", 1)[0].strip().strip('"').strip()


def _as_told(first: str) -> str:
    shown = "".join(c for c in first[:40] if c.isprintable()).strip()
    return f" (it begins '{shown}')" if shown else ""


def _is_zetasizer(first: str, head: str) -> bool:
    return is_title_row(first.split("\t"))


def _is_gen5(first: str, head: str) -> bool:
    return bool(re.search(r"^Software Version\t\d", head, re.M)) and "Experiment File Path:" in head


def _is_hand_cut(first: str, head: str) -> bool:
    cell = _first_cell(first).lower()
    return cell in ("particle_size", "particle size", "bin centre (nm)", "size / nm", "size")


def _is_nanosight(first: str, head: str) -> bool:
    return _first_cell(first) == "NTA Experiment Summary File"


def _is_zetaview(first: str, head: str) -> bool:
    return first.startswith("Original File:\t") and "ZetaV" in head


def _begins(*starts: str) -> Callable[[str, str], bool]:
    return lambda first, head: first.lower().startswith(tuple(s.lower() for s in starts))


def _holds(*parts: str) -> Callable[[str, str], bool]:
    return lambda first, head: all(part in head for part in parts)


# The first that fits counts.
TEXTS: tuple[Format, ...] = (
    Format("a NanoSight experiment summary", _is_nanosight, "nanosight:read_nanosight", has_videos=True),
    Format("a ZetaView export", _is_zetaview, "zetaview:read_zetaview"),
    Format("a web page (HTML) under another name, not an instrument export", _begins("<!doctype html")),
    Format("a web page (HTML) under another name, not an instrument export", _holds("<html")),
    Format(
        "a NanoSight summary of a single video",
        _begins("NTA Single Analysis Summary File"),
        hint="Attach the whole experiment's ExperimentSummary.csv: it holds all its videos.",
    ),
    Format(
        "a ZetaView table of 11 positions",
        _begins("Use\tPosition\tMean Int."),
        "zetaview_positions:read_positions",
    ),
    Format("a Zetasizer text export", _is_zetasizer, "zetasizer:read_zetasizer", has_videos=True),
    Format("a SoftMax Pro plate export", _begins("##BLOCKS="), "softmax:read_softmax"),
    Format("a Gen5 plate export", _is_gen5, "gen5:read_gen5"),
    Format("a BMG plate reader export", _holds("User: ", "Test run no.:"), "plate_grids:read_bmg"),
    Format(
        "a NanoDrop, Qubit or Lunatic table", is_results_text, "result_tables:read_results", has_videos=True
    ),
    Format("a table of bands or lanes", is_bands_text, "band_tables:read_bands"),
    Format(
        "a size table cut out of an export by hand, without dilution, settings and warnings "
        "(attach the original export to read its values)",
        _is_hand_cut,
    ),
    Format("an XML document", _begins("<?xml")),
    Format("a JSON document", _begins("{", "[{")),
    # Last, because it looks for a grid anywhere near the beginning.
    Format("a grid of wells", is_grid, "plate_grids:read_grids"),
)


def _magic(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


def _starts_and_holds(
    starts: tuple[bytes, ...], part: bytes, within: int | None = None
) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts) and part in data[:within]


_SQLITE = (b"SQLite format 3\0",)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PICTURE = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")

# The first that fits counts; an archive is only looked at, never unpacked here.
BINARIES: tuple[Format, ...] = (
    Format("an image", _magic(*_PICTURE), "micrograph:read_micrograph"),
    Format(
        "an OLE file (Zetasizer .dts, old Excel .xls)",
        _magic(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        hint="Attach the measurement's text export (Zetasizer) or save the table as .xlsx.",
    ),
    Format("a flow cytometry file (FCS)", _magic(b"FCS2.0", b"FCS3."), "fcs:read_fcs"),
    Format("a Gatan DM3 image", _magic(b"\0\0\0\x03"), "em_files:read_em_file", pixels="em_files:pixels_of"),
    Format("a Gatan DM4 image", _magic(b"\0\0\0\x04"), "em_files:read_em_file", pixels="em_files:pixels_of"),
    Format("an FEI SER image", _magic(b"II\x97\x01"), "em_files:read_em_file", pixels="em_files:pixels_of"),
    Format(
        "the .emi part of an FEI image",
        _magic(b"JK\0\x02"),
        hint="Attach the .ser file beside it: that one holds the picture and its scale.",
    ),
    Format(
        "an HDF5 file (Velox EMD, Spectradyne)",
        _magic(b"\x89HDF\r\n\x1a\n"),
        "em_files:read_em_file",
        pixels="em_files:pixels_of",
    ),
    Format("a PDF report", _magic(b"%PDF-")),
    Format("a gzip archive", _magic(b"\x1f\x8b")),
    Format("a 7z archive", _magic(b"7z\xbc\xaf\x27\x1c")),
    Format("a RAR archive", _magic(b"Rar!")),
    Format("an RTF document", _magic(b"{\\rtf")),
    Format("a GIF image", _magic(b"GIF8")),
    # "BM" alone is also how a text may begin.
    Format("a bitmap image", _starts_and_holds((b"BM",), b"\0", 32)),
    # Text around raw pixels, so it would fail as text.
    Format(
        "a Bio-Rad Image Lab scan (.scn)",
        _magic(b"MIME-Version: 1.0 (Generated by Image Lab"),
        "scan:read_scan",
        pixels="scan:pixels_of",
    ),
    Format(
        "a Zetasizer ZS Xplorer file (.zmes)",
        _starts_and_holds(_SQLITE, b"StandardRecords"),
        "zmes:read_zmes",
        has_videos=True,
        cap_bytes=ZMES_CAP_BYTES,
    ),
    Format("an SQLite database", _magic(*_SQLITE)),
    Format(
        "an Excel workbook",
        _starts_and_holds(_ZIP, b"xl/workbook"),
        "workbook:read_workbook",
        has_videos=True,
        cap_bytes=TEXT_CAP_BYTES,
    ),
    Format("a zip archive", _magic(*_ZIP)),
    Format(
        "an MRC image or volume",
        lambda data: data[208:212] == b"MAP ",
        "mrc:read_mrc",
        pixels="mrc:pixels_of",
    ),
    Format(
        "a Bio-Rad Quantity One scan (.1sc)",
        _starts_and_holds((b"\xaf\xaf",), b"Stable File Version", 64),
        hint="Attach what Image Lab or Quantity One exports for analysis (16-bit TIFF) beside it.",
    ),
)
