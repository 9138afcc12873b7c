"""Gatan DM3/DM4, FEI SER and Velox EMD, through the optional `openreadout`.

It is a beta and is asked only for these, never for a TIFF, whose print size it takes for a scale.
"""

from typing import Any

from numpy.typing import NDArray

from .pictures import (
    DAMAGED,
    DIFFRACTION,
    LARGEST_NM,
    PixelSize,
    calibration,
    calibration_warnings,
    check_pixels,
    nm_per_unit,
    origin,
)
from .reading import Reading, Unreadable

READER = "em_files"
READER_VERSION = "1"
NOT_INSTALLED = (
    "The optional reader of Gatan and FEI files is not installed, so this file is stored as an attachment. "
    "Ask your administrator to install it (requirements-em.txt), or export the picture as TIFF."
)
UNSAID_METRES = "The .ser file does not say the unit of its pixel size; it was read as metres."
# A SER calibration above a millimetre a pixel is no length: diffraction is noted in 1/m there.
LONGEST_SER_M = 1e-3


def read_em_file(data: bytes, name: str = "") -> Reading:
    """Return size, calibration and origin of the file's first picture."""
    return as_reading(_asked(data, lambda library, given: library.info(data, name=given)))


def pixels_of(data: bytes) -> tuple[NDArray[Any], bool]:
    """Return the pixels of the first picture; 0 is black."""
    read_em_file(data)

    def plane(library: Any, given: str) -> Any:
        with library.File(data, name=given) as file:
            return file.read_plane(image=0)

    return _asked(data, plane), False


def _asked(data: bytes, ask: Any) -> Any:
    try:
        import openreadout
    except ImportError as error:
        raise Unreadable(NOT_INSTALLED) from error
    try:
        # Velox files are HDF5 and told from others by their ending, which we give from the content.
        return ask(openreadout, "picture.emd" if data.startswith(b"\x89HDF") else "picture")
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        # Also a panic of the library's Rust, which is no Exception.
        raise Unreadable(DAMAGED.format("picture", type(error).__name__)) from error


def as_reading(info: dict[str, Any]) -> Reading:
    """Return what the library says of a file as a reading, or raise Unreadable."""
    pictures = info.get("images") or []
    if not pictures:
        raise Unreadable("This file holds no picture that can be read (a spectrum or other data).")
    first = pictures[0]
    width, height = int(first["size_x"]), int(first["size_y"])
    check_pixels(width, height)
    if height == 1:
        raise Unreadable("This file holds a spectrum or line profile, not a picture. It is kept.")
    size = _pixel_size(info["format"]["id"], first)
    extra, microscope = first.get("extra") or {}, (first.get("extra") or {}).get("microscope") or {}
    instrument = first.get("instrument") or {}
    magnification = extra.get("magnification") or microscope.get("indicated_magnification")
    return Reading(
        format=str(info["format"]["name"]),
        software=" ".join(instrument[key] for key in ("software", "software_version") if instrument.get(key)),
        technique="EM",
        reader=READER,
        reader_version=READER_VERSION,
        values={
            "width_px": width,
            "height_px": height,
            "bit_depth": _depth(str(first.get("pixel_type", ""))),
            "channels": int(first.get("samples_per_pixel") or 1),
            "voltage_kv": extra.get("voltage_kv"),
            **calibration(size),
            # The library adds a Z; the microscope's clock has no zone.
            **origin(
                instrument.get("model", ""), magnification, str(first.get("acquired_at") or "").rstrip("Z")
            ),
        },
        header={key: str(value)[:200] for key, value in microscope.items()},
        warnings=tuple(calibration_warnings(size) + _more(pictures)),
    )


def _pixel_size(kind: str, picture: dict[str, Any]) -> PixelSize | None:
    extra = picture.get("extra") or {}
    if calibrations := extra.get("calibrations"):
        return _gatan(calibrations)
    if elements := extra.get("element_calibration"):
        return _ser(*(float(elements[axis]["delta"]) for axis in "xy"))
    size = picture.get("physical_size") or {}
    factor = nm_per_unit(size.get("unit", ""))
    if factor is None or not size.get("x") or not size.get("y"):
        return None
    return _sound(size["x"] * factor, size["y"] * factor, f"{kind.upper()} pixel size of the file")


def _gatan(calibrations: list[dict[str, Any]]) -> PixelSize | None:
    """Each axis has a scale and a unit of its own, which may differ."""
    sizes = []
    for axis in calibrations[:2]:
        factor = nm_per_unit(axis.get("units", ""))
        if factor is None or not axis.get("scale"):
            return None
        sizes.append(float(axis["scale"]) * factor)
    return _sound(sizes[0], sizes[-1], "Gatan scale and units") if sizes else None


def _ser(x_m: float, y_m: float) -> PixelSize | None:
    if x_m > LONGEST_SER_M or y_m > LONGEST_SER_M:
        raise Unreadable(DIFFRACTION.format("1/m"))
    return _sound(x_m * 1e9, y_m * 1e9, "FEI SER CalibrationDelta", UNSAID_METRES)


def _sound(x_nm: float, y_nm: float, source: str, remark: str = "") -> PixelSize | None:
    is_sound = all(0 < value <= LARGEST_NM for value in (x_nm, y_nm))
    return PixelSize(x_nm, y_nm, source, remark) if is_sound else None


def _depth(pixel_type: str) -> int:
    digits = "".join(letter for letter in pixel_type if letter.isdigit())
    return int(digits) if digits else {"float": 32, "double": 64}.get(pixel_type, 8)


def _more(pictures: list[dict[str, Any]]) -> list[str]:
    if len(pictures) > 1:
        return [f"The file holds {len(pictures)} pictures; only the first is read."]
    frames = int(pictures[0].get("size_t") or 1) * int(pictures[0].get("size_z") or 1)
    return [f"The file holds {frames} frames; only the first is shown."] if frames > 1 else []
