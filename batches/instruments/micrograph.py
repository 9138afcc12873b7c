"""Pictures: electron micrographs and blot images as TIFF, PNG or JPEG.

Of a micrograph only the metadata is read, no pixel is decoded; of a blot the saturated pixels are counted.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image
from tifffile import TiffFile, TiffPage

from .pictures import (
    DAMAGED,
    EIGHT_BIT_BLOT,
    NOT_CALIBRATED,
    calibration,
    calibration_warnings,
    check_pixels,
    origin,
    saturation_warnings,
    to_eight_digits,
    too_large,
)
from .pixel_size import as_number, jeol_magnification, jeol_xml, pixel_size, tag
from .reading import Reading, Unreadable

READER = "micrograph"
READER_VERSION = "2"
INCH_UM = 25_400.0
CENTIMETRE_UM = 10_000.0


def read_micrograph(data: bytes, name: str = "") -> Reading:
    """Return size, depth, calibration and origin of a picture, or raise Unreadable."""
    if data.startswith((b"II", b"MM")):
        with open_tiff(data) as (tif, page):
            return _read_tiff(tif, page)
    return _read_picture(data)


@contextmanager
def open_tiff(data: bytes) -> Iterator[tuple[TiffFile, TiffPage]]:
    """Open the first page of a TIFF whose pixels are all there and not too many."""
    try:
        with TiffFile(io.BytesIO(data)) as tif:
            page = tif.pages[0]
            if not isinstance(page, TiffPage):
                raise Unreadable(DAMAGED.format("TIFF", "no first page"))
            _check_page(page, len(data))
            yield tif, page
    except Unreadable:
        raise
    except Exception as error:
        # The library meets damaged tags with many kinds of exceptions.
        raise Unreadable(DAMAGED.format("TIFF", type(error).__name__)) from error


def _check_page(page: TiffPage, size: int) -> None:
    check_pixels(page.imagewidth, page.imagelength)
    if page.samplesperpixel > 4:
        raise Unreadable("This TIFF has more than 4 channels: it is not a micrograph or blot.")
    ends = map(sum, zip(page.dataoffsets, page.databytecounts, strict=True))
    if max(ends, default=size + 1) > size:
        raise Unreadable(DAMAGED.format("TIFF", "pixels are missing at its end"))
    if page.compression == 1 and sum(page.databytecounts) < _bytes_needed(page):
        raise Unreadable(DAMAGED.format("TIFF", "pixels are missing"))


def _bytes_needed(page: TiffPage) -> int:
    bits = page.bitspersample * page.samplesperpixel
    return page.imagewidth * page.imagelength * bits // 8


def _read_tiff(tif: TiffFile, page: TiffPage) -> Reading:
    values = _size_values(page)
    if _text(page, 271).startswith("Bio-Rad"):
        return _blot(page, values)
    size = pixel_size(tif, page)
    values |= calibration(size) | _origin(tif, page)
    return Reading(
        format="TIFF image",
        software=_text(page, 305),
        technique="EM",
        reader=READER,
        reader_version=READER_VERSION,
        values=values,
        header=_header(tif, page),
        warnings=tuple(calibration_warnings(size) + _page_warnings(tif)),
    )


def _size_values(page: TiffPage) -> dict[str, Any]:
    return {
        "width_px": int(page.imagewidth),
        "height_px": int(page.imagelength),
        "bit_depth": int(page.bitspersample),
        "channels": int(page.samplesperpixel),
    }


def _page_warnings(tif: TiffFile) -> list[str]:
    try:
        # Asks for one more page only: a hostile file may chain millions of them.
        tif.pages[1]
    except Exception:
        return []
    return ["The TIFF holds several pictures; only the first is read."]


def _origin(tif: TiffFile, page: TiffPage) -> dict[str, Any]:
    """Return instrument, magnification and time as far as the maker's tags tell them."""
    root = jeol_xml(page)
    fei = tif.fei_metadata or {}
    user, system = fei.get("User") or {}, fei.get("System") or {}
    if user or system:
        when = f"{user.get('Date', '')} {user.get('Time', '')}".strip()
        return origin(str(system.get("SystemType", "")), None, when)
    if isinstance(zeiss := tif.sem_metadata, dict):
        when = f"{_entry(zeiss, 'ap_date')} {_entry(zeiss, 'ap_time')}".strip()
        return origin(_entry(zeiss, "sv_serial_number"), _zeiss_magnification(zeiss), when)
    if root is not None:
        when = root.findtext("DateTime", "")
        return origin(root.findtext("Instruments", ""), jeol_magnification(root), when)
    own = tif.tvips_metadata or tif.sis_metadata or {}
    magnification = as_number(own.get("Magnification", own.get("magnification")))
    return origin(_text(page, 272), magnification, _text(page, 306))


def _entry(metadata: dict[str, Any], key: str) -> str:
    entry = metadata.get(key)
    return str(entry[1]) if isinstance(entry, tuple | list) and len(entry) > 1 else ""


def _zeiss_magnification(metadata: dict[str, Any]) -> float | None:
    found = re.fullmatch(r"([0-9.]+)\s*(K?)\s*X", _entry(metadata, "ap_mag").strip(), re.I)
    value = as_number(found[1]) if found else None
    return value * (1000 if found and found[2] else 1) if value is not None else None


def _text(page: TiffPage, code: int) -> str:
    value = tag(page, code)
    return value.replace("\0", "").strip() if isinstance(value, str) else ""


def _header(tif: TiffFile, page: TiffPage) -> dict[str, str]:
    header = {
        name: text
        for name, code in (("Make", 271), ("Model", 272), ("Software", 305), ("DateTime", 306))
        if (text := _text(page, code))
    }
    for section, fields in (tif.fei_metadata or {}).items():
        if isinstance(fields, dict) and section in ("User", "System", "Beam", "Scan"):
            header |= {f"[{section}] {key}": str(value) for key, value in fields.items()}
    return header


def _blot(page: TiffPage, values: dict[str, Any]) -> Reading:
    """Return a Bio-Rad Image Lab picture; its resolution tag is the real one of the camera."""
    pixel_um = _printed_um(page)
    grey_16 = values["bit_depth"] >= 16 and values["channels"] == 1
    warnings = [] if pixel_um else ["Not calibrated: the file tells no pixel size."]
    warnings += [] if grey_16 else [EIGHT_BIT_BLOT]
    saturated = _saturated(page)
    if saturated is not None:
        warnings += saturation_warnings(saturated, page.imagewidth * page.imagelength, _highest(page))
    return Reading(
        format="Bio-Rad Image Lab TIFF",
        software=_text(page, 305),
        technique="BLOT",
        reader=READER,
        reader_version=READER_VERSION,
        values=values
        | {
            "pixel_size_um": pixel_um,
            "pixel_size_source": "Bio-Rad tag 282 XResolution" if pixel_um else None,
            "is_white_zero": page.photometric == 0,
            "is_quantifiable": grey_16 and not saturated,
            "saturated_pixels": saturated,
        }
        | origin(_text(page, 272), None, _text(page, 306)),
        header={"Make": _text(page, 271), "Model": _text(page, 272)},
        warnings=tuple(warnings),
    )


def _highest(page: TiffPage) -> int:
    return int(2**page.bitspersample - 1)


def _saturated(page: TiffPage) -> int | None:
    """How many grey pixels stand at the limit; None where that can't be told without a decoder."""
    if page.compression != 1 or page.samplesperpixel != 1 or page.dtype is None or page.dtype.kind != "u":
        return None
    return int((page.asarray() == _highest(page)).sum())


def _printed_um(page: TiffPage) -> float | None:
    value, unit = tag(page, 282), {2: INCH_UM, 3: CENTIMETRE_UM}.get(tag(page, 296))
    if unit is None or not isinstance(value, tuple) or not all(value):
        return None
    return to_eight_digits(unit * value[1] / value[0])


def _read_picture(data: bytes) -> Reading:
    with open_picture(data) as picture:
        kind = str(picture.format)
        width, height = picture.size
        depth, channels = _depth(picture), len(picture.getbands())
        _verify(picture)
    lossy = ["JPEG changes grey values: measure on the original TIFF."] if kind == "JPEG" else []
    return Reading(
        format=f"{kind} image",
        software="",
        technique="EM",
        reader=READER,
        reader_version=READER_VERSION,
        values={"width_px": width, "height_px": height, "bit_depth": depth, "channels": channels}
        | calibration(None)
        | origin("", None, ""),
        warnings=(NOT_CALIBRATED, *lossy),
    )


def _depth(picture: Image.Image) -> int:
    return {"1": 1, "I": 32, "F": 32}.get(picture.mode, 16 if "16" in picture.mode else 8)


def _verify(picture: Image.Image) -> None:
    try:
        # Checks a PNG's sums without decoding it; a JPEG has none.
        picture.verify()
    except Exception as error:
        raise Unreadable(DAMAGED.format("picture", "its check sums are wrong")) from error


@contextmanager
def open_picture(data: bytes) -> Iterator[Image.Image]:
    """Open a PNG, JPEG or TIFF with Pillow, pixels not yet decoded and not too many."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as picture:
            check_pixels(*picture.size)
            yield picture
    except Unreadable:
        raise
    except Image.DecompressionBombError as error:
        raise too_large("is far too large") from error
    except Exception as error:
        # Like tifffile, Pillow meets damage with many kinds of exceptions.
        raise Unreadable(DAMAGED.format("picture", type(error).__name__)) from error
