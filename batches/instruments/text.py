"""From bytes to text and from text to numbers, by the rules that hold for every export."""

import codecs
import re
from math import isfinite

from .reading import Unreadable

TEXT_CAP_BYTES = 20 * 1024 * 1024

# UTF-32 comes first: its little-endian mark starts with the one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Said outright (1:500, 1to500, dil500, DF500, 500x), or a round number standing alone, which a
# serial number is not.
_DILUTION_SAID = re.compile(r"(?:(?:1:|1to|1in|dil|df)=?([0-9]{1,7})|([0-9]{1,7})x)", re.IGNORECASE)
_DILUTION_ROUND = re.compile(r"[1-9][0-9]?0{1,6}")
_YEARS = range(2010, 2040)


def decode(data: bytes) -> tuple[str, str]:
    """Return the text with `\\n` line ends, and the name of the encoding that was found.

    Order: byte order mark, UTF-8 strict, cp1252, latin-1. No byte is ever dropped.
    Raises Unreadable for bytes that are no text.
    """
    text, encoding = _decode(data)
    if "\0" in text:
        raise Unreadable(
            "The file contains NUL bytes: it is binary or damaged, not a text export. "
            "Export it again from the instrument's software."
        )
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, encoding


def _decode(data: bytes) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _marked(data, encoding), encoding
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


def _marked(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"The file begins as {encoding} text but breaks off: it is damaged. Export it again."
        ) from error


def number(text: str, decimal: str = ".") -> float | None:
    """Return the finite number that a cell prints, or None when it prints no number.

    `NaN`, `n/a`, `<0.000`, `Not recorded` and an empty cell are no value, never 0.
    Thousands separators are no number; a decimal comma only where `decimal` says so.
    """
    text = text.strip()
    if decimal != ".":
        if "." in text:
            return None
        text = text.replace(decimal, ".")
    # float() also takes 1_000 and digits of other scripts; neither is an instrument's number.
    if "_" in text or not text.isascii():
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def tidy(value: float) -> float:
    """Return a computed value without the binary noise behind its twelfth digit."""
    return float(f"{value:.12g}")


def dilution_in_name(name: str) -> float | None:
    """Return the dilution factor that a file name seems to tell: a suggestion, never a value."""
    stem = re.sub(r"\.[A-Za-z]{2,4}$", "", name.replace("\\", "/").rsplit("/", 1)[-1])
    stem = stem.removesuffix("ExperimentSummary").rstrip("-_ ")
    found = [_dilution_in_word(word) for word in re.split(r"[_\s]+", stem)]
    told = [value for value in found if value is not None and value > 1]
    return told[-1] if told else None


def _dilution_in_word(word: str) -> float | None:
    if said := _DILUTION_SAID.fullmatch(word):
        return float(said[1] or said[2])
    if _DILUTION_ROUND.fullmatch(word) and int(word) not in _YEARS:
        return float(word)
    return None


def listed(names: list[str], shown: int = 6) -> str:
    """Return names as people list them, cut short when there are many."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest} more" if rest > 0 else "")
