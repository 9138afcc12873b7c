"""Instrument files of an example batch, in the vendors' layout, written by our own generator."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal as D
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile as Upload

from batches.instruments.generate import (
    Blot,
    Micrograph,
    NanosightRun,
    ZetaviewRun,
    blot_tiff,
    centres,
    image_lab_scan,
    micrograph_png,
    micrograph_tiff,
    nanosight_summary,
    zetaview_text,
)
from qc.example.figures import Figures
from qc.example.stories import NANOSIGHT_32, NOT_RECORDED, ZETAVIEW, Story

WIDE_NM_PER_PX, CLOSE_NM_PER_PX, PICTURE_PX = 4.0, 0.61, 420
MEASURED_BEST = 3.2e8  # particles per mL that count well, diluted
SPREAD_OF_REPLICATES = 0.06


def dilution_for(per_ml: float) -> int:
    """The dilution of a round number that brings a sample to where it counts well."""
    steps = [one * ten for ten in (1, 10, 100, 1000) for one in (1, 2, 5)]
    return min(steps, key=lambda step: abs(per_ml / step - MEASURED_BEST))


def nta_export(
    number: str, replicate: int, story: Story, figures: Figures, captured: dt.datetime, rng: Random
) -> Upload:
    """The export of one NTA replicate, by the instrument of the story."""
    per_ml = figures.final_per_ml * (1 + rng.gauss(0, SPREAD_OF_REPLICATES))
    mode_nm = figures.mode_nm * (1 + rng.gauss(0, 0.015))
    sample = f"{number} r{replicate}"
    if story.nta == ZETAVIEW:
        run = _zetaview(sample, per_ml, mode_nm, figures, captured, rng)
        return Upload(f"{number}_r{replicate}_size_488.txt", zetaview_text(run, rng))
    nanosight = _nanosight(sample, per_ml, mode_nm, story, figures, captured)
    return Upload(f"{number} r{replicate}-ExperimentSummary.csv", nanosight_summary(nanosight, rng))


def _zetaview(
    sample: str, per_ml: float, mode_nm: float, figures: Figures, captured: dt.datetime, rng: Random
) -> ZetaviewRun:
    dilution = dilution_for(figures.final_per_ml)
    return ZetaviewRun(
        version=rng.choice(("8.05", "8.06")),
        sample=sample,
        operator="EV laboratory",
        measured_at=captured,
        concentration_per_ml=per_ml / dilution,
        dilution=dilution,
        mode_nm=mode_nm,
        spread=figures.spread,
        traces=rng.randint(1000, 1900),
        detected_particles=rng.randint(70, 150),
        drift_checked=f"{captured:%Y-%m-%d} 08:02:41",
    )


def _nanosight(
    sample: str, per_ml: float, mode_nm: float, story: Story, figures: Figures, captured: dt.datetime
) -> NanosightRun:
    dilution = dilution_for(figures.final_per_ml)
    is_recorded = story.nta != NOT_RECORDED
    return NanosightRun(
        software="3.2" if story.nta in {NANOSIGHT_32, NOT_RECORDED} else "3.4",
        sample=sample,
        operator="EV laboratory",
        captured_at=captured,
        # What is printed contains the dilution only where it was entered into the instrument.
        concentration_per_ml=per_ml if is_recorded else per_ml / dilution,
        dilution=dilution if is_recorded else None,
        mode_nm=mode_nm,
        spread=figures.spread,
        videos=3 if story.nta == NANOSIGHT_32 else 5,
    )


def web_page(number: str) -> Upload:
    """What a browser saved in place of the export: kept, not read."""
    page = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Session ended</body></html>\n"
    return Upload(f"{number} r1-ExperimentSummary.csv", page)


def blot_image(
    number: str, bands: Mapping[float, Sequence[float]], captured: dt.datetime, rng: Random
) -> Upload:
    """The blot's image for analysis; `bands` by how far down they lie (% of the image)."""
    heights = [down / 100 for down in bands]
    picture = Blot(list(bands.values()), 360, 390, captured_at=captured, heights=heights)
    return Upload(f"{number}_blot.tif", blot_tiff(picture, rng))


def band_table(number: str, bands: Mapping[str, tuple[str, Sequence[float]]]) -> Upload:
    """What Image Lab exports of the blot's bands: size and strengths of each protein from lane 2 on."""
    titles = "Lane,Band No.,Band Label,Mol. Wt. (KDa),Volume (Int),Adj. Volume (Int)"
    lines = [f"{number} blot,,,,,", titles]
    for lane in range(2, 5):
        for at, (target, (kda, strengths)) in enumerate(bands.items(), start=1):
            volume = round(210_000 * strengths[lane - 2])
            lines.append(f"{lane},{at},{target},{kda},{volume + 9_400},{volume}")
    return Upload(f"{number}_bands.csv", "\n".join(lines).encode())


def wide_field(number: str, diameters_nm: Sequence[float], captured: dt.datetime, rng: Random) -> Upload:
    """A wide field with its pixel size in the microscope's own tag."""
    picture = _picture(diameters_nm, WIDE_NM_PER_PX, "fei", captured)
    return Upload(f"{number}_grid1_wide.tif", micrograph_tiff(picture, rng))


def across_wide_field(diameters_nm: Sequence[float], rng: Random) -> list[tuple[D, D, D, D]]:
    """A line across each vesicle of a wide field drawn with the same chance: x1, y1, x2, y2 in pixels."""
    picture = Micrograph(diameters_nm, WIDE_NM_PER_PX, "fei", PICTURE_PX, PICTURE_PX)
    found = zip(centres(picture, rng), (nm / WIDE_NM_PER_PX / 2 for nm in diameters_nm), strict=True)
    ends = ((column - reach, row, column + reach, row) for (row, column), reach in found)
    return [(D(f"{a:.2f}"), D(f"{b:.2f}"), D(f"{c:.2f}"), D(f"{d:.2f}")) for a, b, c, d in ends]


def close_up(
    number: str, diameters_nm: Sequence[float], captured: dt.datetime, rng: Random, *, has_scale: bool
) -> Upload:
    """A close-up: calibrated by ImageJ, or as PNG that does not tell how large a pixel is."""
    picture = _picture(diameters_nm, CLOSE_NM_PER_PX, "imagej", captured)
    if has_scale:
        return Upload(f"{number}_grid1_close.tif", micrograph_tiff(picture, rng))
    return Upload(f"{number}_grid1_close.png", micrograph_png(picture, rng))


def _picture(diameters_nm: Sequence[float], nm_per_px: float, by: str, captured: dt.datetime) -> Micrograph:
    """Small enough to be drawn quickly; 8 bits, as many cameras export."""
    return Micrograph(
        diameters_nm, nm_per_px, by, PICTURE_PX, PICTURE_PX, 8, captured_at=captured, instrument="Example TEM"
    )


def blot_scan(number: str, taken: dt.datetime) -> Upload:
    """The scan of a blot as its imager saves it."""
    return Upload(f"{number} CD63.scn", image_lab_scan(Blot(captured_at=taken)))
