"""Where the makers of microscopes write the size of a pixel into a TIFF.

The DPI tags (282, 283, 296) are the size on paper in most files and are never taken for it: one
real file says 396.9 um per pixel there where the truth is 3.37 um. They count only together with
ImageJ's `unit=` line, and for JEOL SightX together with the magnification, which is what they mean.
"""

import re
from math import isfinite
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from tifffile import TiffFile, TiffPage

from .pictures import LARGEST_NM, PixelSize, nm_per_unit
from .text import number

INCH_NM = 25.4e6
XML_CAP_CHARS = 2_000_000
# A JEOL file states the camera's own pixels per metre too, rounded.
JEOL_AGREES = 0.02


def pixel_size(tif: TiffFile, page: TiffPage) -> PixelSize | None:
    """Return the calibrated pixel size of a TIFF, or None when no maker's tag tells it.

    Raises Unreadable for a diffraction pattern, whose pixels are in 1/nm.
    """
    for read in (_fei, _zeiss, _tvips, _olympus, _gatan, _imagej, _jeol):
        found = read(tif, page)
        if found and all(isfinite(v) and 0 < v <= LARGEST_NM for v in (found.x_nm, found.y_nm)):
            return found
    return None


def tag(page: TiffPage, code: int) -> Any:
    """Return the value of a TIFF tag, None where it is missing."""
    found = page.tags.get(code)
    return None if found is None else found.value


def as_number(value: object) -> float | None:
    """Return what a maker's field says as a number; old files hold texts like `1e+400`."""
    return number(str(value))


def jeol_xml(page: TiffPage) -> Element | None:
    """Return the `<TemReporter>` header that JEOL SightX writes into the description."""
    text = tag(page, 270)
    if not isinstance(text, str) or "<TemReporter" not in text or len(text) > XML_CAP_CHARS:
        return None
    try:
        root: Element = fromstring(text.rstrip("\0"))
    except (ParseError, DefusedXmlException, ValueError):
        return None
    return root


def _in_nm(x: object, y: object, unit: object, source: str) -> PixelSize | None:
    factor = nm_per_unit(unit)
    x_value, y_value = as_number(x), as_number(y)
    if factor is None or x_value is None:
        return None
    return PixelSize(x_value * factor, (y_value or x_value) * factor, source)


def _fei(tif: TiffFile, page: TiffPage) -> PixelSize | None:
    scan = _part(tif.fei_metadata, "Scan") or _part(tif.fei_metadata, "EScan")
    source = "FEI tag 34682 [Scan] PixelWidth"
    return _in_nm(scan.get("PixelWidth"), scan.get("PixelHeight"), "m", source)


def _part(metadata: Any, section: str) -> dict[str, Any]:
    part = metadata.get(section) if isinstance(metadata, dict) else None
    return part if isinstance(part, dict) else {}


def _zeiss(tif: TiffFile, page: TiffPage) -> PixelSize | None:
    metadata = tif.sem_metadata
    if not isinstance(metadata, dict):
        return None
    if size := _zeiss_field(metadata, "ap_image_pixel_size"):
        return size
    # The unnamed array and `ap_pixel_size` are those of a screen 1024 pixels wide.
    head = metadata.get("")
    metres = as_number(head[3]) if isinstance(head, tuple | list) and len(head) > 3 else None
    if metres and page.imagewidth:
        nm = metres * 1e9 * 1024 / page.imagewidth
        return PixelSize(nm, nm, "Zeiss tag 34118 pixel size, scaled from 1024 px")
    return None


def _zeiss_field(metadata: dict[str, Any], key: str) -> PixelSize | None:
    entry = metadata.get(key)
    if not isinstance(entry, tuple | list) or len(entry) < 3:
        return None
    return _in_nm(entry[1], entry[1], entry[2], f"Zeiss tag 34118 {key}")


def _tvips(tif: TiffFile, page: TiffPage) -> PixelSize | None:
    metadata = tif.tvips_metadata
    if not isinstance(metadata, dict):
        return None
    x, y = metadata.get("PixelSizeX"), metadata.get("PixelSizeY")
    return _in_nm(x, y, "nm", "TVIPS tag 37706 PixelSizeX")


def _olympus(tif: TiffFile, page: TiffPage) -> PixelSize | None:
    metadata = tif.sis_metadata
    if not isinstance(metadata, dict):
        return None
    x, y = metadata.get("pixelsizex"), metadata.get("pixelsizey")
    return _in_nm(x, y, "m", "Olympus SIS tag 33560 pixelsizex")


def _gatan(tif: TiffFile, page: TiffPage) -> PixelSize | None:
    x = _in_nm(tag(page, 65009), None, tag(page, 65003), "Gatan tag 65009")
    y = _in_nm(tag(page, 65010), None, tag(page, 65004), "Gatan tag 65010")
    return PixelSize(x.x_nm, y.x_nm if y else x.x_nm, x.source) if x else None


def _imagej(tif: TiffFile, page: TiffPage) -> PixelSize | None:
    text = tag(page, 270)
    if not isinstance(text, str) or not text.startswith("ImageJ="):
        return None
    unit = re.search(r"^unit=(.*)$", text, re.MULTILINE)
    x, y = _ratio(tag(page, 282)), _ratio(tag(page, 283))
    if unit is None or not x:
        return None
    # ImageJ writes the micro sign as an escape.
    name = unit[1].replace("\\u00B5", "\u00b5").replace("\\u00b5", "\u00b5")
    return _in_nm(1 / x, 1 / y if y else None, name, "ImageJ unit and XResolution")


def _ratio(value: Any) -> float | None:
    if not isinstance(value, tuple) or len(value) != 2 or not value[0] or not value[1]:
        return None
    return float(value[0]) / float(value[1])


def _jeol(tif: TiffFile, page: TiffPage) -> PixelSize | None:
    """Return print size divided by magnification: SightX notes no pixel size of its own.

    Only for images (not diffraction) and only where the camera's pixels per metre agree.
    """
    root = jeol_xml(page)
    if root is None or not str(tag(page, 271)).startswith("JEOL"):
        return None
    mode = root.findtext("ImageFormingSystem/ModeString", "").upper()
    magnification = jeol_magnification(root)
    per_inch, unit = _ratio(tag(page, 282)), tag(page, 296)
    if "MAG" not in mode or not magnification or not per_inch or unit != 2:
        return None
    camera = {
        number(node.text or "") for node in root.iterfind(".//ImageDataInformation/PixelsPerMeter/Horizontal")
    }
    per_metre = per_inch * 1e9 / INCH_NM
    if not any(told and abs(told - per_metre) <= JEOL_AGREES * per_metre for told in camera):
        return None
    nm = INCH_NM / per_inch / magnification
    return PixelSize(
        nm,
        nm,
        "JEOL SightX print size and magnification",
        "The pixel size was worked out from print size and magnification of the JEOL file: "
        "check it with a calibration grid.",
    )


def jeol_magnification(root: Element) -> float | None:
    """Return the magnification of a JEOL header, None in modes without one (camera length)."""
    if root.findtext("ImageFormingSystem/SelectorUnitString", "").strip().upper() != "X":
        return None
    return number(root.findtext("ImageFormingSystem/SelectorValue", ""))
