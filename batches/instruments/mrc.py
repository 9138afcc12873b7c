"""Electron microscopy images and volumes in MRC/CCP4 files (MRC2014)."""

import io
import struct
import warnings
from typing import Any

import mrcfile
import numpy as np
from mrcfile.mrcinterpreter import MrcInterpreter
from numpy.typing import NDArray

from .pictures import (
    DAMAGED,
    LARGEST_NM,
    PixelSize,
    calibration,
    calibration_warnings,
    check_pixels,
    origin,
)
from .reading import Reading, Unreadable

READER = "mrc"
READER_VERSION = "1"
HEADER_BYTES = 1024
# Complex numbers: a Fourier transform.
_TRANSFORMS = (3, 4)
# Bytes of a pixel by the header's mode; half a byte (mode 101) and unknown ones are left to the library.
BYTES = {0: 1, 1: 2, 2: 4, 3: 4, 4: 8, 6: 2, 12: 2, 101: 0}


def read_mrc(data: bytes, name: str = "") -> Reading:
    """Return size and voxel size of an MRC file; of a volume the middle section is its picture."""
    pixels, file = _opened(data)
    size = _voxel(file)
    sections = 1 if pixels.ndim < 3 else int(np.prod(pixels.shape[:-2]))
    more = [f"The file holds {sections} sections; the middle one is shown."] if sections > 1 else []
    labels = [label for label in file.get_labels() if label.strip()]
    return Reading(
        format="MRC volume" if sections > 1 else "MRC image",
        software="",
        technique="EM",
        reader=READER,
        reader_version=READER_VERSION,
        values={
            "width_px": int(pixels.shape[-1]),
            "height_px": int(pixels.shape[-2]),
            "sections": sections,
            "bit_depth": int(pixels.dtype.itemsize * 8),
            "channels": 1,
            **calibration(size),
            **origin("", None, ""),
        },
        header={f"Label {at}": label.strip()[:80] for at, label in enumerate(labels, 1)},
        warnings=tuple(calibration_warnings(size) + more),
    )


def pixels_of(data: bytes) -> tuple[NDArray[Any], bool]:
    """Return the picture, or the middle section of a volume; 0 is black."""
    pixels, _ = _opened(data)
    while pixels.ndim > 2:
        pixels = pixels[len(pixels) // 2]
    return pixels, False


def _opened(data: bytes) -> tuple[NDArray[Any], Any]:
    if len(data) < HEADER_BYTES:
        raise Unreadable(DAMAGED.format("MRC file", "its header is cut off"))
    _refuse_more_than_there_is(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = MrcInterpreter(iostream=io.BytesIO(data), permissive=True)
    except Exception as error:
        raise Unreadable(DAMAGED.format("MRC file", type(error).__name__)) from error
    if file.header is None or int(file.header.mode) in _TRANSFORMS:
        raise Unreadable("This MRC file holds a Fourier transform, not a picture. It is kept.")
    if file.data is None or file.data.ndim < 2:
        raise Unreadable(DAMAGED.format("MRC file", "pixels are missing"))
    check_pixels(int(file.data.shape[-1]), int(file.data.shape[-2]))
    return file.data, file


def _refuse_more_than_there_is(data: bytes) -> None:
    """The library makes room for what the header promises before it looks whether that is there."""
    order = ">" if data[212:213] == b"\x11" else "<"
    width, height, depth, mode = struct.unpack_from(f"{order}4i", data)
    (beside,) = struct.unpack_from(f"{order}i", data, 92)
    if min(width, height, depth, beside) < 0:
        raise Unreadable(DAMAGED.format("MRC file", "its size can't be"))
    pixels = width * height * depth * BYTES.get(mode, 1)
    if HEADER_BYTES + beside + pixels > len(data):
        raise Unreadable(DAMAGED.format("MRC file", "pixels are missing"))


def _voxel(file: mrcfile.mrcobject.MrcObject) -> PixelSize | None:
    """The voxel size in the header is in \u00e5ngstr\u00f6m; 0 means not calibrated."""
    x_nm, y_nm = (float(getattr(file.voxel_size, axis)) / 10 for axis in "xy")
    if not all(0 < value <= LARGEST_NM for value in (x_nm, y_nm)):
        return None
    return PixelSize(x_nm, y_nm, "MRC cell size and sampling")
