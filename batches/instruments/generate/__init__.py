"""Instrument files of our own making, in the vendors' layout: example data and test fixtures.

Nothing is copied from anybody's file. The same call always gives the same bytes; chance comes only
from a `random.Random` that the caller passes. What is written here is read back without warnings
unless a warning was asked for.
"""

from .flow import FlowRun, fcs_bytes
from .nanosight import nanosight_summary, resaved_by_spreadsheet
from .nanosight_rows import NanosightRun
from .pictures import Blot, Micrograph, blot_png, blot_tiff, centres, micrograph_png, micrograph_tiff
from .plates import PlateRun, gen5_text, grid_csv, softmax_text
from .scans import image_lab_scan
from .zetasizer import ZetasizerRun, zetasizer_text
from .zetaview import ZetaviewRun, zetaview_text

__all__ = [
    "Blot",
    "FlowRun",
    "Micrograph",
    "NanosightRun",
    "PlateRun",
    "ZetasizerRun",
    "ZetaviewRun",
    "blot_png",
    "blot_tiff",
    "centres",
    "fcs_bytes",
    "gen5_text",
    "grid_csv",
    "image_lab_scan",
    "micrograph_png",
    "micrograph_tiff",
    "nanosight_summary",
    "resaved_by_spreadsheet",
    "softmax_text",
    "zetasizer_text",
    "zetaview_text",
]
