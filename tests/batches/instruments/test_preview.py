import io

import numpy as np
import pytest
import tifffile
from PIL import Image

from batches.instruments import Unreadable
from batches.instruments.generate import (
    Blot,
    Micrograph,
    blot_png,
    blot_tiff,
    micrograph_png,
    micrograph_tiff,
)
from batches.instruments.preview import length_text, make_preview, scale_bar, with_scale_bar


def shown(png: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(png))
    assert picture.format == "PNG"
    return picture


def tiff(pixels, **options) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, **({"photometric": "minisblack"} | options))
    return out.getvalue()


@pytest.mark.parametrize("make", [micrograph_tiff, micrograph_png])
def test_preview_is_a_smaller_png_of_the_whole_picture(make):
    data = make(Micrograph(width_px=300, height_px=200, diameters_nm=(80.0,)))
    assert shown(make_preview(data, 150)).size == (150, 100)
    assert shown(make_preview(data)).size == (300, 200)


def test_preview_stretches_sixteen_bits_between_the_percentiles():
    ramp = np.linspace(1000, 3000, 100 * 100).astype(np.uint16).reshape(100, 100)
    ramp[0, 0] = 65535
    pixels = np.asarray(shown(make_preview(tiff(ramp))))
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert abs(int(pixels[50, 50]) - 128) <= 2


def test_preview_leaves_eight_bits_as_they_are():
    ramp = np.arange(100, 200, dtype=np.uint8).reshape(10, 10)
    assert np.array_equal(np.asarray(shown(make_preview(tiff(ramp)))), ramp)


def test_preview_turns_white_is_zero_round():
    # The same blot, stored dark on light as PNG and with white as zero as TIFF.
    as_png = np.asarray(shown(make_preview(blot_png(Blot(bits=8)))))
    as_tiff = np.asarray(shown(make_preview(blot_tiff(Blot(bits=8)))))
    assert np.abs(as_png.astype(int) - as_tiff).max() <= 1


@pytest.mark.parametrize(
    "pixels",
    [
        np.array([[0.0, np.nan], [np.inf, 1.0]], np.float32),
        np.full((2, 2), 7, np.uint16),
        np.array([[-1e308, 1e308], [0, 0]], np.float64),
        np.array([[0, 1], [1, 0]], bool),
    ],
    ids=["nan", "flat", "extreme", "bool"],
)
def test_preview_of_odd_values_is_a_picture(pixels):
    assert shown(make_preview(tiff(pixels))).size == (2, 2)


def test_preview_keeps_colour():
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[..., 0] = 200
    picture = shown(make_preview(tiff(pixels, photometric="rgb")))
    assert picture.getpixel((0, 0)) == (200, 0, 0)


def test_preview_of_compressed_tiff_and_planes():
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    out = io.BytesIO()
    Image.fromarray(ramp).save(out, "TIFF", compression="tiff_lzw")
    assert np.array_equal(np.asarray(shown(make_preview(out.getvalue()))), ramp)
    planes = tiff(np.zeros((3, 8, 8), np.uint8), photometric="rgb", planarconfig="SEPARATE")
    assert shown(make_preview(planes)).size == (8, 8)


def test_preview_of_jpeg():
    out = io.BytesIO()
    Image.new("RGB", (64, 32), (10, 20, 30)).save(out, "JPEG")
    assert shown(make_preview(out.getvalue(), 32)).size == (32, 16)


@pytest.mark.parametrize(
    "data",
    [b"", b"text", b"II*\0", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff",
     micrograph_png(Micrograph(width_px=40, height_px=30))[:-200],
     tiff(np.zeros((2, 2), np.complex64))],
)  # fmt: skip
def test_preview_of_what_is_no_picture_is_refused(data):
    with pytest.raises(Unreadable):
        make_preview(data)


@pytest.mark.parametrize(
    ("width_px", "pixel_nm", "expected"),
    [
        (512, 1.6, (200.0, 125)),
        (1000, 1.0, (200.0, 200)),
        (4096, 0.5, (500.0, 1000)),
        (2048, 0.12, (50.0, 417)),
        (512, 3372.4, (500000.0, 148)),
        (100, 0.01, (0.2, 20)),
    ],
)
def test_scale_bar_is_a_round_length_of_about_a_fifth(width_px, pixel_nm, expected):
    length_nm, length_px = scale_bar(width_px, pixel_nm)
    assert (round(length_nm, 6), length_px) == expected


@pytest.mark.parametrize(("width_px", "pixel_nm"), [(0, 1.0), (100, 0.0), (100, float("nan"))])
def test_scale_bar_needs_a_calibration(width_px, pixel_nm):
    with pytest.raises(ValueError, match="above 0"):
        scale_bar(width_px, pixel_nm)


def test_scale_bar_on_the_preview_has_the_length_it_says():
    data = micrograph_tiff(Micrograph(width_px=800, height_px=800, pixel_size_nm=1.5))
    # 800 px of 1.5 nm on 400 px: 3 nm per px shown, a fifth is 240 nm.
    marked = np.asarray(shown(with_scale_bar(make_preview(data, 400), 800, 1.5)).convert("L"))
    length_nm, length_px = scale_bar(400, 3.0)
    row = marked[400 - 10]
    assert (length_nm, length_px) == (200.0, 67)
    assert int((row[10 : 10 + 75] == 255).sum()) == 67


def test_length_text_chooses_the_unit():
    assert [length_text(nm) for nm in (0.2, 200.0, 5000.0, 2e6)] == [
        "0.2 nm",
        "200 nm",
        "5 \u00b5m",
        "2 mm",
    ]
