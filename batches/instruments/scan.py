"""Bio-Rad Image Lab scans (.scn): MIME text around raw pixels.

Pixels are found by their Content-Length, never by searching for the boundary, which they may contain.
Lanes and bands that people draw in Image Lab are not in these files.
"""

from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from numpy.typing import NDArray

from .pictures import check_pixels, origin, saturation_warnings, to_eight_digits
from .reading import Reading, Unreadable
from .text import number

READER = "image_lab"
READER_VERSION = "1"
MOST_PARTS = 200
HEAD_CAP_BYTES = 4096
UNKNOWN_SIZE = "Not calibrated: the scan does not know how large its pixels are."
_DAMAGED = "This Image Lab scan is damaged or cut off ({}). Save it again in Image Lab."


@dataclass(frozen=True)
class Part:
    """One part of the file: what it is called, and its bytes."""

    name: str
    body: memoryview


def read_scan(data: bytes, name: str = "") -> Reading:
    """Return size, exposure, calibration and saturation of the scan's first picture."""
    parts = _parts(data)
    head, pixels = _picture(parts)
    ceiling = _whole(_attribute(head, "scanner", "data_ceiling")) or 65535
    saturated = int(np.count_nonzero(pixels >= ceiling))
    values = {
        "width_px": pixels.shape[1],
        "height_px": pixels.shape[0],
        "bit_depth": 16,
        "channels": 1,
        **_size(head, pixels),
        "is_white_zero": _is_white_zero(head),
        "is_quantifiable": not saturated,
        "saturated_pixels": saturated,
        "exposure_s": _told_number(head, "exposure_time"),
        "application": _told(head, "application") or None,
        "binning": _told(head, "binning") or None,
        **origin(_instrument(head), None, _told(head, "image_date")),
    }
    pictures = sum(part.name == "ImageData" for part in parts)
    warnings = [] if values["pixel_size_um"] else [UNKNOWN_SIZE]
    warnings += saturation_warnings(saturated, pixels.size, ceiling)
    if pictures > 1:
        warnings.append(f"The scan holds {pictures} channels; only the first is read.")
    return Reading(
        format="Bio-Rad Image Lab scan",
        software=f"Image Lab {_told(head, 'software_version')}".strip(),
        technique="BLOT",
        reader=READER,
        reader_version=READER_VERSION,
        values=values,
        header=_header(parts, head),
        warnings=tuple(warnings),
        encoding="utf-8",
    )


def pixels_of(data: bytes) -> tuple[NDArray[Any], bool]:
    """Return the pixels of the first picture, and whether 0 is white."""
    head, pixels = _picture(_parts(data))
    return pixels, _is_white_zero(head)


def _parts(data: bytes) -> list[Part]:
    """Return the parts in the file's order; nested ones stand among the others."""
    found: list[Part] = []
    at, view = 0, memoryview(data)
    while at < len(data) and len(found) < MOST_PARTS:
        head, at = _head(data, at)
        length = head.get("content-length")
        if length is None:
            continue
        size = _whole(length)
        if size is None or at + size > len(data):
            raise Unreadable(_DAMAGED.format("a part is shorter than it says"))
        found.append(Part(head.get("content-description", ""), view[at : at + size]))
        at += size
    return found


def _head(data: bytes, at: int) -> tuple[dict[str, str], int]:
    """Return the header lines from there on, and where its body begins."""
    lines: dict[str, str] = {}
    begin = at
    while at < len(data):
        end = data.find(b"\n", at, at + HEAD_CAP_BYTES)
        if end < 0 or end - begin > 4 * HEAD_CAP_BYTES:
            if data[at:].strip(b"\r\n -0123456789ABCDEFabcdef"):
                raise Unreadable(_DAMAGED.format("a part has no readable header"))
            return lines, len(data)
        line = data[at:end].decode("utf-8", "replace").strip()
        at = end + 1
        if not line and lines:
            break
        key, colon, value = line.partition(":")
        if colon and not line.startswith("--"):
            lines[key.strip().lower()] = value.strip()
    return lines, at


def _picture(parts: list[Part]) -> tuple[Element, NDArray[Any]]:
    raw = next((part.body for part in parts if part.name == "ImageData"), None)
    text = next((part.body for part in parts if part.name == "ImageHeader"), None)
    if raw is None or text is None:
        raise Unreadable(_DAMAGED.format("it has no picture"))
    head = _xml(text)
    width, height = (_whole(_attribute(head, "size_pix", key)) or 0 for key in ("width", "height"))
    check_pixels(width, height)
    if width * height * 2 != len(raw):
        raise Unreadable(_DAMAGED.format("its pixels don't fit its size"))
    order = ">u2" if head.findtext("endian", "").strip() == "big" else "<u2"
    return head, np.frombuffer(raw, dtype=order).reshape(height, width)


def _xml(text: memoryview) -> Element:
    try:
        # The vendor writes <!DOCTYPE XML>, so a DTD is allowed; entities stay forbidden.
        root: Element = fromstring(bytes(text).decode("utf-8", "replace").strip("\0 \r\n"))
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Unreadable(_DAMAGED.format("the picture's header can't be read")) from error
    return root


def _size(head: Element, pixels: NDArray[Any]) -> dict[str, Any]:
    known = _attribute(head, "size_mm", "known") == "true"
    width, height = (number(_attribute(head, "size_mm", key)) for key in ("width", "height"))
    if not known or not width or not height or width <= 0 or height <= 0:
        return {"pixel_size_um": None, "pixel_height_um": None, "pixel_size_source": None}
    return {
        "pixel_size_um": to_eight_digits(width * 1000 / pixels.shape[1]),
        "pixel_height_um": to_eight_digits(height * 1000 / pixels.shape[0]),
        "pixel_size_source": "Image Lab size_mm",
    }


def _is_white_zero(head: Element) -> bool:
    return _attribute(head, "image", "zero_is") == "white"


def _instrument(head: Element) -> str:
    return " ".join(part for part in (_told(head, "imager"), _told(head, "serial_number")) if part)


def _attribute(root: Element, tag: str, key: str) -> str:
    found = root.find(tag)
    return "" if found is None else found.get(key, "").strip()


def _told(head: Element, tag: str) -> str:
    """What the scan's attributes say under that name, as printed."""
    found = head.find(f"scan_attributes/{tag}")
    return "" if found is None else found.get("value", "").strip()


def _told_number(head: Element, tag: str) -> float | None:
    value = number(_told(head, tag))
    return None if value is None else to_eight_digits(value)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _header(parts: list[Part], head: Element) -> dict[str, str]:
    told = {
        node.get("name") or node.tag: node.get("value", "") for node in head.iterfind("scan_attributes/*")
    }
    item = next((part.body for part in parts if part.name == "ItemHeaderTag"), None)
    root = _xml(item) if item is not None else None
    named = {} if root is None else {"Name": root.findtext("name", ""), "User": root.findtext("user", "")}
    return {key: value[:500] for key, value in {**named, **told}.items() if value}
