import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from batches.instruments import Unreadable, read_export
from batches.instruments.generate import (
    Blot,
    Micrograph,
    blot_png,
    blot_tiff,
    micrograph_png,
    micrograph_tiff,
)
from batches.instruments.micrograph import NOT_CALIBRATED

SMALL = {"width_px": 40, "height_px": 30, "diameters_nm": (20.0,)}


def tiff(*, pixels=None, description=None, tags=(), **options) -> bytes:
    out = io.BytesIO()
    options = {"photometric": "minisblack", "software": False, "metadata": None} | options
    pixels = np.zeros((30, 40), np.uint16) if pixels is None else pixels
    tifffile.imwrite(out, pixels, description=description, extratags=list(tags), **options)
    return out.getvalue()


def refusal_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    return str(refusal.value)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and holds no pixels."""
    size = struct.pack(">II", width, height) + b"\x08\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", size) + png_chunk(b"IEND", b"")


def test_fei_tag_gives_the_pixel_size():
    reading = read_export(micrograph_tiff(Micrograph(**SMALL, pixel_size_nm=1.25)))
    assert reading.technique == "EM"
    assert reading.values == {
        "width_px": 40,
        "height_px": 30,
        "bit_depth": 16,
        "channels": 1,
        "pixel_size_nm": 1.25,
        "pixel_height_nm": 1.25,
        "pixel_size_source": "FEI tag 34682 [Scan] PixelWidth",
        "instrument": "Example TEM",
        "magnification": None,
        "captured_at": "03/18/2025 03:02:11 PM",
    }
    assert reading.header["[Scan] PixelWidth"] == "1.25e-09"
    assert reading.warnings == ()


def test_dpi_alone_is_never_a_pixel_size():
    reading = read_export(micrograph_tiff(Micrograph(**SMALL, calibration="none")))
    assert reading.values["pixel_size_nm"] is None
    assert reading.values["pixel_size_source"] is None
    assert reading.warnings == (NOT_CALIBRATED,)


def test_imagej_resolution_counts_with_its_unit_only():
    with_unit = read_export(micrograph_tiff(Micrograph(**SMALL, calibration="imagej")))
    assert with_unit.values["pixel_size_nm"] == 1.6
    assert with_unit.values["pixel_size_source"] == "ImageJ unit and XResolution"
    without = tiff(imagej=True, metadata={}, resolution=(5.0, 5.0))
    assert read_export(without).values["pixel_size_nm"] is None


@pytest.mark.parametrize(
    ("unit", "nm"),
    [
        ("nm", 0.5),
        ("micron", 500.0),
        ("um", 500.0),
        ("\\u00B5m", 500.0),
        ("A", 0.05),
        ("mm", 500000.0),
        ("cm", None),
        ("inch", None),
        ("pixel", None),
    ],
)
def test_imagej_units_become_nm(unit, nm):
    data = tiff(description=f"ImageJ=1.54\nunit={unit}\n", resolution=(2.0, 2.0))
    assert read_export(data).values["pixel_size_nm"] == nm


def test_pixels_that_are_not_square_are_told():
    data = tiff(description="ImageJ=1.54\nunit=nm\n", resolution=(2.0, 1.0))
    reading = read_export(data)
    assert reading.values["pixel_height_nm"] == 1.0
    assert reading.warnings == (
        "The pixels are not square (0.5 x 1 nm): the scale bar holds for the width only.",
    )


def test_gatan_tags_give_the_pixel_size():
    tags = [
        (65003, "s", 0, "nm", True),
        (65004, "s", 0, "nm", True),
        (65009, "d", 1, 0.42, True),
        (65010, "d", 1, 0.42, True),
    ]
    reading = read_export(tiff(tags=tags))
    assert reading.values["pixel_size_nm"] == 0.42
    assert reading.values["pixel_size_source"] == "Gatan tag 65009"


@pytest.mark.parametrize("printed", ["NaN", "1e+400", "-2e-9", "0", "", "1.2.3", "5"])
def test_bad_number_in_the_fei_header_is_not_calibrated(printed):
    ini = f"[User]\r\nDate=x\r\n[Scan]\r\nPixelWidth={printed}\r\n"
    reading = read_export(tiff(tags=[(34682, "s", 0, ini, True)]))
    assert reading.values["pixel_size_nm"] is None
    assert reading.warnings == (NOT_CALIBRATED,)


JEOL = (
    '<?xml version="1.0"?><TemReporter><Instruments>JEM-X</Instruments>'
    "<DateTime>2025-03-18T10:00:00</DateTime><ImageFormingSystem><ModeString>{mode}</ModeString>"
    "<SelectorValue>100000</SelectorValue><SelectorUnitString>{unit}</SelectorUnitString>"
    "</ImageFormingSystem><ImageDataInformation><PixelsPerMeter><Horizontal>{camera}</Horizontal>"
    "</PixelsPerMeter></ImageDataInformation></TemReporter>"
)
JEOL_TAGS = [(271, "s", 0, "JEOL Ltd.", True)]


def jeol(xml: str) -> bytes:
    return tiff(description=xml, tags=JEOL_TAGS, resolution=(100.0, 100.0), resolutionunit="INCH")


def test_jeol_pixel_size_is_print_size_over_magnification():
    reading = read_export(jeol(JEOL.format(mode="MAG", unit="X", camera=3937)))
    assert reading.values["pixel_size_nm"] == 2.54
    assert reading.values["magnification"] == 100000.0
    assert reading.values["instrument"] == "JEM-X"
    assert reading.values["captured_at"] == "2025-03-18T10:00:00"
    assert reading.warnings == (
        "The pixel size was worked out from print size and magnification of the JEOL file: "
        "check it with a calibration grid.",
    )


@pytest.mark.parametrize(
    "xml",
    [
        JEOL.format(mode="DIFF", unit="cm", camera=3937),
        JEOL.format(mode="MAG", unit="X", camera=9000),
        JEOL.format(mode="MAG", unit="X", camera=3937).replace("</TemReporter>", ""),
        JEOL.format(mode="MAG", unit="X", camera=3937).replace(
            '<?xml version="1.0"?>',
            '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>',
        ),
    ],
    ids=["diffraction", "camera disagrees", "broken", "entity bomb"],
)
def test_jeol_header_that_does_not_tell_is_not_calibrated(xml):
    reading = read_export(jeol(xml))
    assert reading.values["pixel_size_nm"] is None
    assert reading.warnings == (NOT_CALIBRATED,)


def test_blot_of_image_lab_has_its_pixel_size_in_um():
    reading = read_export(blot_tiff(Blot()))
    assert reading.technique == "BLOT"
    assert reading.software == "ImageLab"
    assert reading.values == {
        "width_px": 420,
        "height_px": 300,
        "bit_depth": 16,
        "channels": 1,
        "pixel_size_um": 200.0,
        "pixel_size_source": "Bio-Rad tag 282 XResolution",
        "is_white_zero": True,
        "is_quantifiable": True,
        "saturated_pixels": 0,
        "instrument": "ChemiDoc XRS",
        "magnification": None,
        "captured_at": "2025:03:18 16:40:00",
    }
    assert reading.warnings == ()


def test_blot_in_eight_bits_must_not_be_quantified():
    reading = read_export(blot_tiff(Blot(bits=8)))
    assert reading.values["is_quantifiable"] is False
    assert reading.warnings == (
        "This blot image is 8-bit or in colour: band intensities must not be quantified from it. "
        "Export the 16-bit image for analysis.",
    )


def test_png_is_not_calibrated_whatever_its_dpi():
    out = io.BytesIO()
    Image.new("L", (8, 6)).save(out, "PNG", dpi=(300, 300))
    reading = read_export(out.getvalue())
    assert reading.format == "PNG image"
    assert reading.values["pixel_size_nm"] is None
    assert reading.warnings == (NOT_CALIBRATED,)


def test_png_keeps_its_depth():
    assert read_export(micrograph_png(Micrograph(**SMALL))).values["bit_depth"] == 16
    assert read_export(blot_png(Blot(bits=8))).values["bit_depth"] == 8


def test_jpeg_is_told_to_be_lossy():
    out = io.BytesIO()
    Image.new("RGB", (8, 6)).save(out, "JPEG")
    reading = read_export(out.getvalue())
    assert (reading.format, reading.values["channels"]) == ("JPEG image", 3)
    assert reading.warnings == (
        NOT_CALIBRATED,
        "JPEG changes grey values: measure on the original TIFF.",
    )


def test_second_picture_in_a_tiff_is_told():
    data = tiff(pixels=np.zeros((3, 30, 40), np.uint16))
    assert read_export(data).warnings == (
        NOT_CALIBRATED,
        "The TIFF holds several pictures; only the first is read.",
    )


def test_tiff_that_is_cut_off_is_refused():
    data = micrograph_tiff(Micrograph(**SMALL))
    assert refusal_of(data[:-100]) == (
        "This TIFF is damaged or cut off (pixels are missing at its end). "
        "Export it again from the microscope's software."
    )
    assert refusal_of(data[:6]).startswith("This TIFF is damaged or cut off (")


def test_png_with_wrong_sums_is_refused():
    data = bytearray(micrograph_png(Micrograph(**SMALL)))
    data[len(data) // 2] ^= 1
    assert refusal_of(bytes(data)) == (
        "This picture is damaged or cut off (its check sums are wrong). "
        "Export it again from the microscope's software."
    )


def test_picture_of_too_many_pixels_is_refused_before_decoding():
    assert refusal_of(png_of(20_000, 20_000)) == (
        "This picture is far too large; at most 100 million pixels are read. "
        "It is kept as an attachment; export a smaller one."
    )
    with pytest.warns(Image.DecompressionBombWarning):
        reason = refusal_of(png_of(10_000, 10_001))
    assert reason == (
        "This picture has 10000 x 10001 pixels; at most 100 million pixels are read. "
        "It is kept as an attachment; export a smaller one."
    )


def test_tiff_that_claims_more_pixels_than_it_has_is_refused():
    data = bytearray(tiff())
    width_tag = data.index(struct.pack("<HHII", 256, 4, 1, 40))
    data[width_tag + 8 : width_tag + 12] = struct.pack("<I", 4000)
    assert refusal_of(bytes(data)) == (
        "This TIFF is damaged or cut off (pixels are missing). "
        "Export it again from the microscope's software."
    )
    data[width_tag + 8 : width_tag + 12] = struct.pack("<I", 2**31)
    assert refusal_of(bytes(data)) == (
        "This picture has 2147483648 x 30 pixels; at most 100 million pixels are read. "
        "It is kept as an attachment; export a smaller one."
    )


def test_tiff_of_many_channels_is_refused():
    data = tiff(pixels=np.zeros((30, 40, 6), np.uint8), planarconfig="CONTIG")
    assert refusal_of(data) == ("This TIFF has more than 4 channels: it is not a micrograph or blot.")
