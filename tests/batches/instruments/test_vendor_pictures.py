"""Image Lab scans, Gatan and FEI files, MRC: what is read, what is warned of, what is refused."""

import io
import struct
import sys
from random import Random

import mrcfile
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from batches.instruments import Unreadable, read_export
from batches.instruments.em_files import NOT_INSTALLED, as_reading
from batches.instruments.generate import Blot, image_lab_scan
from batches.instruments.generate.scans import _HEADER
from batches.instruments.pictures import DIFFRACTION
from batches.instruments.preview import make_preview

SMALL = Blot(width_px=80, height_px=50)
quick = settings(max_examples=60, deadline=10_000, database=None)


def refusal_of(data):
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    return str(refusal.value)


def words_of(read, data):
    try:
        read(data)
    except Unreadable as refusal:
        return str(refusal)
    return ""


def ser(delta_m=2e-9, width=8, height=6):
    """An FEI SER file with one picture, as its layout is documented."""
    element = struct.pack("<ddiddihii", 0, delta_m, 0, 0, delta_m, 0, 2, width, height)
    element += np.arange(width * height, dtype="<u2").tobytes()
    dimension = struct.pack("<iddii", 1, 0.0, 1.0, 0, 0)
    at = 30 + len(dimension)
    head = struct.pack("<hhhiiiiii", 0x4949, 0x0197, 0x0210, 0x4122, 0x4152, 1, 1, at, 1)
    return head + dimension + struct.pack("<ii", at + 8, at + 8 + len(element)) + element + b"\0" * 8


def mrc(voxel_a=4.0, shape=(6, 8), mode=np.float32):
    out = io.BytesIO()
    file = mrcfile.mrcinterpreter.MrcInterpreter()
    file._iostream, file._read_only = out, False
    file._create_default_attributes()
    file.set_data(np.arange(np.prod(shape), dtype=np.float32).astype(mode).reshape(shape))
    file.voxel_size = voxel_a
    file.flush()
    return out.getvalue()


def test_image_lab_scan_gives_exposure_calibration_and_saturation():
    reading = read_export(image_lab_scan(SMALL))
    assert (reading.technique, reading.software) == ("BLOT", "Image Lab 1.2.0.12")
    assert reading.values == {
        "width_px": 80,
        "height_px": 50,
        "bit_depth": 16,
        "channels": 1,
        "pixel_size_um": 200.0,
        "pixel_height_um": 200.0,
        "pixel_size_source": "Image Lab size_mm",
        "is_white_zero": True,
        "is_quantifiable": True,
        "saturated_pixels": 0,
        "exposure_s": 12.5,
        "application": "Chemiluminescence",
        "binning": "4x4",
        "instrument": "Example Imager EX0001",
        "magnification": None,
        "captured_at": "2025-03-18T16:40:00",
    }
    assert reading.warnings == ()
    assert reading.header["User"] == "operator1"
    assert make_preview(image_lab_scan(SMALL))[:4] == b"\x89PNG"


def test_saturated_pixels_and_unknown_size_of_a_scan_are_told():
    reading = read_export(image_lab_scan(SMALL, saturated=40, known=False))
    assert (reading.values["saturated_pixels"], reading.values["is_quantifiable"]) == (40, False)
    assert reading.values["pixel_size_um"] is None
    assert reading.warnings == (
        "Not calibrated: the scan does not know how large its pixels are.",
        "40 of the pixels (1 %) are saturated (at the limit of 65,535): bands with such pixels must not be "
        "quantified. Expose for a shorter time.",
    )


def test_scan_with_an_entity_bomb_or_wrong_size_is_refused():
    bomb = _HEADER.replace("<!DOCTYPE XML>", '<!DOCTYPE r [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>')
    words = "This Image Lab scan is damaged or cut off ({}). Save it again in Image Lab."
    assert refusal_of(image_lab_scan(SMALL, header=bomb)) == words.format(
        "the picture's header can't be read"
    )
    wider = _HEADER.replace('width="{width}"', 'width="81"')
    assert refusal_of(image_lab_scan(SMALL, header=wider)) == words.format("its pixels don't fit its size")
    assert refusal_of(image_lab_scan(SMALL)[:4000]) == words.format("a part is shorter than it says")


def test_saturated_pixels_of_an_analysis_tiff_are_told():
    pixels = np.zeros((5, 8), dtype=np.uint16)
    pixels[0] = 65_535
    out = io.BytesIO()
    maker = (271, "s", 0, "Bio-Rad Laboratories", True)
    tifffile.imwrite(out, pixels, photometric="miniswhite", resolution=(127, 127), extratags=[maker])
    reading = read_export(out.getvalue())
    assert (reading.technique, reading.values["saturated_pixels"]) == ("BLOT", 8)
    assert reading.values["is_quantifiable"] is False


def info(units=("nm", "nm"), scales=(0.5, 0.5), **more):
    axes = [{"scale": scale, "units": unit} for scale, unit in zip(scales, units, strict=True)]
    picture = {"size_x": 8, "size_y": 6, "pixel_type": "uint16", "extra": {"calibrations": axes}, **more}
    return {"format": {"id": "dm", "name": "Gatan"}, "images": [picture]}


def test_gatan_units_are_converted_axis_by_axis():
    values = as_reading(info(("\u00b5m", "A"), (0.001, 20.0))).values
    assert (values["pixel_size_nm"], values["pixel_height_nm"]) == (1.0, 2.0)
    assert as_reading(info(("pixels", "pixels"))).values["pixel_size_nm"] is None
    uneven = as_reading(info(("nm", "A"), (1.0, 2.0)))
    assert uneven.warnings == (
        "The pixels are not square (1 x 0.2 nm): the scale bar holds for the width only.",
    )


@pytest.mark.parametrize("unit", ["1/nm", "nm^-1"])
def test_a_diffraction_pattern_is_no_micrograph(unit):
    with pytest.raises(Unreadable) as refusal:
        as_reading(info((unit, unit)))
    assert str(refusal.value) == DIFFRACTION.format(unit)
    out = io.BytesIO()
    tifffile.imwrite(out, np.zeros((4, 4), np.uint8), imagej=True, metadata={"unit": unit}, resolution=(2, 2))
    assert refusal_of(out.getvalue()) == str(refusal.value)


def test_a_spectrum_is_no_micrograph():
    with pytest.raises(Unreadable):
        as_reading({"format": {"id": "dm", "name": "Gatan"}, "images": []})
    with pytest.raises(Unreadable):
        as_reading(info(size_y=1))


def test_ser_is_read_as_metres_and_says_so():
    pytest.importorskip("openreadout")
    reading = read_export(ser())
    assert (reading.values["width_px"], reading.values["pixel_size_nm"]) == (8, 2.0)
    assert reading.warnings == (
        "The .ser file does not say the unit of its pixel size; it was read as metres.",
    )
    assert make_preview(ser())[:4] == b"\x89PNG"
    assert refusal_of(ser(delta_m=2e7)).startswith("This is a diffraction pattern (pixels in 1/m)")


def test_without_the_optional_reader_the_file_is_an_attachment(monkeypatch):
    monkeypatch.setitem(sys.modules, "openreadout", None)
    assert refusal_of(ser()) == NOT_INSTALLED
    assert refusal_of(b"\0\0\0\x03" + b"\0" * 60) == NOT_INSTALLED


def test_mrc_is_read_in_nm_and_a_volume_shows_its_middle():
    reading = read_export(mrc())
    assert (reading.format, reading.values["pixel_size_nm"], reading.warnings) == ("MRC image", 0.4, ())
    volume = read_export(mrc(shape=(5, 6, 8)))
    assert volume.warnings == ("The file holds 5 sections; the middle one is shown.",)
    assert make_preview(mrc(shape=(5, 6, 8)))[:4] == b"\x89PNG"
    assert read_export(mrc(voxel_a=0)).values["pixel_size_nm"] is None
    assert refusal_of(mrc(mode=np.complex64)).startswith("This MRC file holds a Fourier transform")


@pytest.mark.parametrize("data", [b"\xaf\xafStable File Version 2.0", b"JK\0\x02"])
def test_what_has_no_reader_says_what_to_attach_instead(data):
    assert " Attach " in refusal_of(data)


@quick
@given(
    st.sampled_from([image_lab_scan(Blot(width_px=12, height_px=8)), ser(), mrc()]),
    st.randoms(use_true_random=False),
    st.booleans(),
)
def test_damaged_vendor_picture_is_read_or_refused(data, rng: Random, cut):
    damaged = bytearray(data[: rng.randrange(len(data))] if cut else data)
    for _ in range(rng.randint(0, 4)):
        if damaged:
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    for read in (read_export, make_preview):
        assert "fault of the reader" not in words_of(read, bytes(damaged))
