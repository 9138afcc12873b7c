"""Micrographs and blots of our own making: drawn, not photographed."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float64]

_PRINT_DPI = (72.0, 72.0)
_BLOT_DPI = (127.0, 127.0)  # 200 um per pixel


@dataclass(frozen=True)
class Micrograph:
    """A negative-stain micrograph to draw: vesicles as cups on a grey, noisy ground.

    `calibration` says who notes the pixel size: "fei" (tag 34682), "imagej" (unit and resolution)
    or "none" (print size only).
    """

    diameters_nm: Sequence[float] = (62.0, 78.0, 84.0, 91.0, 103.0, 118.0, 134.0)
    pixel_size_nm: float = 1.6
    calibration: str = "fei"
    width_px: int = 512
    height_px: int = 512
    bits: int = 16
    captured_at: datetime = datetime(2025, 3, 18, 15, 2, 11)
    instrument: str = "Example TEM"


@dataclass(frozen=True)
class Blot:
    """A blot to draw: one row of intensities (0 to 1) per band, one column per lane.

    `heights` says where each band lies (share of the image from its upper edge); without, evenly.
    """

    bands: Sequence[Sequence[float]] = ((0.9, 0.75, 0.1), (0.6, 0.55, 0.05), (0.05, 0.04, 0.7))
    width_px: int = 420
    height_px: int = 300
    bits: int = 16
    captured_at: datetime = datetime(2025, 3, 18, 16, 40, 0)
    heights: Sequence[float] = ()


def micrograph_tiff(picture: Micrograph, rng: Random | None = None) -> bytes:
    """Return the micrograph as TIFF with the tags of its calibration."""
    pixels = _in_bits(_draw_vesicles(picture, rng), picture.bits)
    if picture.calibration == "imagej":
        per_unit = 1 / picture.pixel_size_nm
        return _tiff(pixels, imagej=True, metadata={"unit": "nm"}, resolution=(per_unit, per_unit))
    tags = [_ascii_tag(34682, _fei_header(picture))] if picture.calibration == "fei" else []
    return _tiff(pixels, metadata=None, resolution=_PRINT_DPI, resolutionunit="INCH", extratags=tags)


def micrograph_png(picture: Micrograph, rng: Random | None = None) -> bytes:
    """Return the micrograph as PNG, which tells no pixel size."""
    return _png(_in_bits(_draw_vesicles(picture, rng), picture.bits))


def blot_tiff(blot: Blot, rng: Random | None = None) -> bytes:
    """Return the blot as Image Lab exports it for analysis: white is zero, 200 um per pixel."""
    return _tiff(
        _in_bits(1 - draw_bands(blot, rng), blot.bits),
        metadata=None,
        photometric="miniswhite",
        resolution=_BLOT_DPI,
        resolutionunit="INCH",
        software="ImageLab",
        datetime=f"{blot.captured_at:%Y:%m:%d %H:%M:%S}",
        extratags=[_ascii_tag(271, "Bio-Rad Laboratories"), _ascii_tag(272, "ChemiDoc XRS")],
    )


def blot_png(blot: Blot, rng: Random | None = None) -> bytes:
    """Return the blot as PNG, dark bands on a light ground."""
    return _png(_in_bits(draw_bands(blot, rng), blot.bits))


def _noise(shape: tuple[int, int], rng: Random | None) -> Pixels:
    # Without a chance passed the grain is always the same.
    grain = np.random.default_rng(rng.getrandbits(64) if rng else 0).normal(0.0, 1.0, shape)
    # Neighbouring pixels share grain, as behind a camera's scintillator.
    shared: Pixels = (grain + np.roll(grain, 1, 0) + np.roll(grain, 1, 1)) / 3**0.5
    return shared


def _around(middle: float, reach: float) -> slice:
    """Rows or columns of an image that lie within reach of a place."""
    return slice(max(0, int(middle - reach)), max(0, int(middle + reach) + 1))


def _draw_vesicles(picture: Micrograph, rng: Random | None) -> Pixels:
    """Return grey values from 0 (black) to 1 with one vesicle per diameter, none overlapping."""
    height, width = picture.height_px, picture.width_px
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    grey = 0.62 + 0.03 * np.sin(columns / width * 5 + 0.4) + 0.02 * np.sin(rows / height * 4)
    radii = [nm / picture.pixel_size_nm / 2 for nm in picture.diameters_nm]
    for radius, (row, column) in zip(radii, _places(picture, radii, rng), strict=True):
        # Further away than two and a half radii nothing of a vesicle is seen.
        near, here = _around(row, radius * 2.5), _around(column, radius * 2.5)
        down, across = rows[near, here] - row, columns[near, here] - column
        distance = np.hypot(down, across) / radius
        shade = np.hypot(down - radius * 0.15, across) / radius
        rim = np.exp(-(((distance - 1.0) / 0.10) ** 2))  # stain gathers at the rim
        halo = np.exp(-(((distance - 1.2) / 0.25) ** 2))
        cup = np.clip(1 - shade**2, 0, None) * (distance < 1)  # the collapsed, darker middle
        body = 1 / (1 + np.exp(np.minimum((distance - 1.0) / 0.04, 50)))
        grey[near, here] += 0.16 * body - 0.22 * cup - 0.30 * rim - 0.08 * halo
    shown: Pixels = np.clip(grey + 0.035 * _noise((height, width), rng), 0.0, 1.0)
    return shown


def centres(picture: Micrograph, rng: Random | None = None) -> list[tuple[float, float]]:
    """Row and column of every vesicle; the same chance that draws a picture says where they lie in it."""
    return _places(picture, [nm / picture.pixel_size_nm / 2 for nm in picture.diameters_nm], rng)


def _places(picture: Micrograph, radii: Sequence[float], rng: Random | None) -> list[tuple[float, float]]:
    """Return a centre per vesicle on a loose grid, moved about when chance is passed."""
    across = max(1, int(np.ceil(len(radii) ** 0.5)))
    down = max(1, -(-len(radii) // across))
    cell_h, cell_w = picture.height_px / down, picture.width_px / across
    places = []
    for at, radius in enumerate(radii):
        free_h, free_w = max(0.0, cell_h / 2 - radius * 1.2), max(0.0, cell_w / 2 - radius * 1.2)
        shift_h = rng.uniform(-free_h, free_h) if rng else free_h * (at * 37 % 7 - 3) / 4
        shift_w = rng.uniform(-free_w, free_w) if rng else free_w * (at * 53 % 5 - 2) / 3
        row = (at // across + 0.5) * cell_h + shift_h
        places.append((row, (at % across + 0.5) * cell_w + shift_w))
    return places


def draw_bands(blot: Blot, rng: Random | None) -> Pixels:
    """Return lightness from 0 (black band) to 1 (empty membrane)."""
    height, width = blot.height_px, blot.width_px
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    dark = 0.03 + 0.01 * np.sin(columns / 60) + 0.006 * np.abs(_noise((height, width), rng))
    step = height / (len(blot.bands) + 1)
    middles = [height * share for share in blot.heights] or [step * (at + 1) for at in range(len(blot.bands))]
    thick = height * 0.011 if blot.heights else step * 0.09
    for middle, lanes in zip(middles, blot.bands, strict=True):
        lane_px = width / len(lanes)
        for lane, intensity in enumerate(lanes):
            # Further away a band adds nothing that 16 bits show.
            near = _around(middle, 6 * thick + 8)
            here = _around((lane + 0.5) * lane_px, 0.5 * lane_px)
            x = (columns[near, here] - (lane + 0.5) * lane_px) / (lane_px * 0.33)
            # Bands smile: their ends run a little ahead.
            y = (rows[near, here] - middle + 2.5 * x**2) / thick
            edge = 1 + np.exp(np.minimum((np.abs(x) - 1) * 14, 50))
            dark[near, here] += 0.92 * intensity * np.exp(-(y**2)) / edge
    lightness: Pixels = np.clip(1 - dark, 0.0, 1.0)
    return lightness


def _in_bits(grey: Pixels, bits: int) -> NDArray[Any]:
    # 16-bit cameras seldom use their whole range.
    top = 255 if bits == 8 else 42_000
    return (grey * top).astype(np.uint8 if bits == 8 else np.uint16)


def _fei_header(picture: Micrograph) -> str:
    metres = f"{picture.pixel_size_nm * 1e-9:.9g}"
    lines = [
        "[User]",
        f"Date={picture.captured_at:%m/%d/%Y}",
        f"Time={picture.captured_at:%I:%M:%S %p}",
        "User=operator",
        "[System]",
        f"SystemType={picture.instrument}",
        "[Scan]",
        f"PixelWidth={metres}",
        f"PixelHeight={metres}",
    ]
    return "\r\n".join([*lines, ""])


def _ascii_tag(code: int, text: str) -> tuple[int, str, int, str, bool]:
    return code, "s", 0, text, True


def _tiff(pixels: NDArray[Any], **tags: Any) -> bytes:
    out = io.BytesIO()
    tags.setdefault("photometric", "minisblack")
    tags.setdefault("software", False)
    tifffile.imwrite(out, pixels, **tags)
    return out.getvalue()


def _png(pixels: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
