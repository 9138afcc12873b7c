"""What every reader of pictures says the same way: sizes, calibration, damage."""

from dataclasses import dataclass
from typing import Any

from .reading import Unreadable

PIXEL_CAP = 100_000_000
SQUARE_WITHIN = 0.01
LARGEST_NM = 1e6

NOT_CALIBRATED = (
    "Not calibrated: the file tells no pixel size. Enter the pixel size with a reason; "
    "the DPI of a picture is its print size and is not used."
)
DIFFRACTION = (
    "This is a diffraction pattern (pixels in {}), not a micrograph: lengths can't be measured on it. "
    "It is kept as an attachment."
)
EIGHT_BIT_BLOT = (
    "This blot image is 8-bit or in colour: band intensities must not be quantified from it. "
    "Export the 16-bit image for analysis."
)
SATURATED = (
    "{count} of the pixels ({percent} %) are saturated (at the limit of {limit}): "
    "bands with such pixels must not be quantified. Expose for a shorter time."
)
DAMAGED = "This {} is damaged or cut off ({}). Export it again from the microscope's software."
_TOO_LARGE = (
    f"This picture {{}}; at most {PIXEL_CAP // 10**6} million pixels are read. "
    "It is kept as an attachment; export a smaller one."
)

NM_PER_UNIT = {
    "pm": 1e-3,
    "a": 0.1,
    "\u00e5": 0.1,
    "\u212b": 0.1,
    "angstrom": 0.1,
    "nm": 1.0,
    "nanometer": 1.0,
    "um": 1e3,
    "\u00b5m": 1e3,
    "\u03bcm": 1e3,
    "micron": 1e3,
    "microns": 1e3,
    "micrometer": 1e3,
    "mm": 1e6,
    "cm": 1e7,
    "m": 1e9,
}


@dataclass(frozen=True)
class PixelSize:
    """The size of a pixel in nm (x and y), the tag it comes from, and what to say about it."""

    x_nm: float
    y_nm: float
    source: str
    remark: str = ""


def nm_per_unit(unit: object) -> float | None:
    """Return how many nm a unit of length has, None for an unknown one. Raises Unreadable for 1/nm."""
    name = str(unit).strip().strip("\0").lower()
    if name.startswith("1/") or name.endswith(("^-1", "-1")):
        raise Unreadable(DIFFRACTION.format(name))
    return NM_PER_UNIT.get(name)


def check_pixels(width: int, height: int) -> None:
    """Refuse pictures that would fill the memory when decoded."""
    if width < 1 or height < 1:
        raise Unreadable(DAMAGED.format("picture", "it has no pixels"))
    if width * height > PIXEL_CAP:
        raise too_large(f"has {width} x {height} pixels")


def too_large(what: str) -> Unreadable:
    """The refusal of a picture that has too many pixels."""
    return Unreadable(_TOO_LARGE.format(what))


def calibration(size: PixelSize | None) -> dict[str, Any]:
    """Return the values that tell the size of a pixel, None where the file tells none."""
    if size is None:
        return {"pixel_size_nm": None, "pixel_height_nm": None, "pixel_size_source": None}
    return {
        "pixel_size_nm": to_eight_digits(size.x_nm),
        "pixel_height_nm": to_eight_digits(size.y_nm),
        "pixel_size_source": size.source,
    }


def to_eight_digits(value: float) -> float:
    """Drop the noise of unit conversion (3372.3999999999996) that no instrument printed."""
    return float(f"{value:.8g}")


def calibration_warnings(size: PixelSize | None) -> list[str]:
    """Return what a person must know about the calibration."""
    if size is None:
        return [NOT_CALIBRATED]
    found = [size.remark] if size.remark else []
    if abs(size.x_nm - size.y_nm) > SQUARE_WITHIN * size.x_nm:
        found.append(
            f"The pixels are not square ({size.x_nm:g} x {size.y_nm:g} nm): "
            "the scale bar holds for the width only."
        )
    return found


def origin(instrument: str, magnification: float | None, captured_at: str) -> dict[str, Any]:
    """Return where and when a picture was taken, as far as the file tells."""
    return {
        "instrument": instrument or None,
        "magnification": magnification,
        "captured_at": captured_at or None,
    }


def saturation_warnings(count: int, total: int, limit: int) -> list[str]:
    """Return what to say about pixels at the camera's limit."""
    if not count:
        return []
    return [SATURATED.format(count=f"{count:,}", percent=f"{100 * count / total:.2g}", limit=f"{limit:,}")]
