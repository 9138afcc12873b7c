"""Small PNG pictures to look at, derived from an original that stays untouched.

Grey values are stretched for the eye: nothing may be measured on a preview.
"""

import io
from math import floor, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .detect import binary_format, load
from .micrograph import open_picture, open_tiff
from .reading import Unreadable

LONGEST_PX = 1200
STRETCH_PERCENT = (0.1, 99.9)
BAR_SHARE = 0.2

Pixels = NDArray[Any]


def make_preview(data: bytes, longest_px: int = LONGEST_PX) -> bytes:
    """Return a PNG of any picture that is read, its longer side at most `longest_px`.

    More than 8 bits are stretched between the 0.1 and 99.9 percentiles; white-is-zero is inverted.
    Raises Unreadable for anything that cannot be decoded.
    """
    if data.startswith((b"II*", b"II+", b"MM")):
        picture = _from_tiff(data, longest_px)
    elif data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        picture = _from_picture(data, longest_px)
    else:
        picture = _from_vendor(data, longest_px)
    picture.thumbnail((longest_px, longest_px))
    return _as_png(picture)


def scale_bar(width_px: int, pixel_size_nm: float) -> tuple[float, int]:
    """Return a round length in nm (1, 2 or 5 x 10^n) of about a fifth of the width, and its px."""
    wished_nm = width_px * pixel_size_nm * BAR_SHARE
    if not 1e-9 < wished_nm < 1e15:
        raise ValueError("A scale bar needs a width and a pixel size above 0.")
    decade = 10.0 ** floor(log10(wished_nm))
    length_nm = min((step * decade for step in (1, 2, 5, 10)), key=lambda nm: abs(log10(nm / wished_nm)))
    return length_nm, max(1, round(length_nm / pixel_size_nm))


def with_scale_bar(preview: bytes, width_px: int, pixel_size_nm: float) -> bytes:
    """Return the preview with a scale bar and its length drawn at the lower left.

    `width_px` is the width of the original, to which `pixel_size_nm` belongs.
    """
    with open_picture(preview) as opened:
        picture = opened.convert("RGB")
    shown_nm = pixel_size_nm * width_px / picture.width
    length_nm, length_px = scale_bar(picture.width, shown_nm)
    # Pillow's own font has no micro sign.
    _draw_bar(picture, length_px, length_text(length_nm).replace("\u00b5", "u"))
    return _as_png(picture)


def length_text(length_nm: float) -> str:
    """Return a length as people write it on a scale bar: 200 nm, 2 \u00b5m, 1 mm."""
    for unit, factor in (("mm", 1e6), ("\u00b5m", 1e3)):
        if length_nm >= factor:
            return f"{length_nm / factor:g} {unit}"
    return f"{length_nm:g} nm"


def _draw_bar(picture: Image.Image, length_px: int, text: str) -> None:
    draw = ImageDraw.Draw(picture)
    size = max(10, picture.width // 40)
    font = ImageFont.load_default(size=size)
    left, bottom, thick = size, picture.height - size, max(2, size // 4)
    text_width = draw.textlength(text, font=font)
    # White on a black field reads on any micrograph.
    right = left + max(length_px, int(text_width))
    draw.rectangle((left - size // 2, bottom - 2 * size, right + size // 2, bottom + size // 2), 0)
    draw.rectangle((left, bottom - thick, left + length_px - 1, bottom), "white")
    draw.text((left, bottom - thick - size // 4), text, "white", font=font, anchor="lb")


def _from_vendor(data: bytes, longest_px: int) -> Image.Image:
    found = binary_format(data)
    if found is None or not found.pixels:
        raise Unreadable("A preview is made of pictures only.")
    pixels, is_white_zero = load(found.pixels)(data)
    return _shown(_thinned(pixels, longest_px), is_white_zero=is_white_zero)


def _from_tiff(data: bytes, longest_px: int) -> Image.Image:
    with open_tiff(data) as (_, page):
        # Compressed pixels go to Pillow, whose decoder writes no byte beyond the picture's size.
        is_interleaved = page.samplesperpixel == 1 or page.planarconfig == 1
        if page.compression == 1 and page.photometric in (0, 1, 2) and is_interleaved:
            pixels = _thinned(np.squeeze(page.asarray()), longest_px)
            return _shown(pixels, is_white_zero=page.photometric == 0)
    return _from_picture(data, longest_px)


def _thinned(pixels: Pixels, longest_px: int) -> Pixels:
    """Leave out rows and columns while twice the wished size is left, so memory stays small."""
    step = max(1, max(pixels.shape[:2]) // (2 * longest_px))
    return pixels[::step, ::step]


def _shown(pixels: Pixels, *, is_white_zero: bool = False) -> Image.Image:
    if pixels.ndim not in (2, 3) or pixels.dtype.kind not in "uifb":
        raise Unreadable("This picture has no grey or colour values to show as a preview.")
    if pixels.ndim == 3 and pixels.shape[2] == 2:
        pixels = pixels[:, :, 0]
    eight = pixels if pixels.dtype == np.uint8 else _stretched(pixels)
    return Image.fromarray(255 - eight if is_white_zero else eight)


def _stretched(pixels: Pixels) -> Pixels:
    values = np.nan_to_num(pixels.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = np.percentile(values, STRETCH_PERCENT)
    # Halves first: the span of two finite numbers can exceed the largest one.
    span = max(high / 2 - low / 2, np.finfo(np.float64).tiny)
    shown: Pixels = np.clip((values / 2 - low / 2) / span * 255, 0, 255).astype(np.uint8)
    return shown


def _from_picture(data: bytes, longest_px: int) -> Image.Image:
    with open_picture(data) as opened:
        if opened.mode in ("1", "L", "RGB"):
            opened.draft(opened.mode, (2 * longest_px, 2 * longest_px))
        opened.load()
        if opened.mode.startswith(("I", "F")):
            return _shown(_thinned(np.asarray(opened), longest_px))
        return opened.convert("L" if opened.mode in ("1", "L") else "RGB")


def _as_png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
