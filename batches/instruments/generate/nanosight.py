"""NanoSight exports of our own making: sizes, counts and averages that agree with each other."""

import csv
import io
from collections.abc import Sequence
from math import exp, log
from random import Random

from ..distribution import mean_nm, modal_class_nm, sd_nm
from .nanosight_rows import NanosightRun, WrittenVideo, exponent, summary_text

# How videos of one preparation differ when no chance is passed (relative).
_SPREAD_OF_VIDEOS = (-0.031, 0.024, 0.038, -0.017, -0.014)
# A camera frame sees about one particle per 6.5 million in a mL, 499 frames give 19 tracks each.
_PER_ML_PER_PARTICLE_IN_FRAME = 6.5e6
_TRACKS_PER_PARTICLE_IN_499_FRAMES = 19.0
_COMPLETED_PER_VALID = 2.9


def nanosight_summary(run: NanosightRun, rng: Random | None = None) -> bytes:
    """Return the bytes of the experiment's `ExperimentSummary.csv`."""
    sizes = [(at + 0.5) * run.bin_width_nm for at in range(run.bins)]
    videos = [_video(run, at, sizes, rng) for at in range(run.videos)]
    text = summary_text(run, videos, sizes)
    return text.replace("\n", run.line_end).encode("cp1252")


def resaved_by_spreadsheet(data: bytes) -> bytes:
    """Return the export as a spreadsheet saves it again: padded rows, expanded exponents."""
    rows = list(csv.reader(io.StringIO(data.decode("cp1252"))))
    width = max(map(len, rows))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_as_shown(cell) for cell in row] + [""] * (width - len(row)) for row in rows)
    return out.getvalue().encode("cp1252")


def _as_shown(cell: str) -> str:
    try:
        value = float(cell)
    except ValueError:
        return cell
    return f"{value:.15g}" if value < 1e15 else cell


def log_normal(sizes: Sequence[float], mode_nm: float, spread: float) -> list[float]:
    """Return the log-normal density (unscaled) at the given sizes, with its peak at `mode_nm`."""
    middle = log(mode_nm) + spread**2
    return [exp(-(((log(size) - middle) / spread) ** 2) / 2) / size for size in sizes]


def _video(run: NanosightRun, at: int, sizes: list[float], rng: Random | None) -> WrittenVideo:
    shift = rng.gauss(0, 0.03) if rng else _SPREAD_OF_VIDEOS[at % len(_SPREAD_OF_VIDEOS)]
    asked = run.concentration_per_ml * (1 + shift)
    failed = at in run.failed
    density = log_normal(sizes, run.mode_nm * (1 + shift / 2), run.spread)
    if rng:
        density = _rippled(sizes, density, run, rng)
    scale = 0.0 if failed else asked / sum(density)
    per_ml = [round(value * scale) for value in density]
    # A failed video may still print a concentration.
    total = asked / 100 if failed else float(sum(per_ml))
    percentiles = [0.0] * 101 if failed else _percentiles(per_ml, run.bin_width_nm)
    return WrittenVideo(
        name=_video_name(run, at),
        per_ml=per_ml,
        percentiles_nm=percentiles,
        printed=_printed(run, at, sizes, per_ml, percentiles, total),
    )


def _rippled(sizes: list[float], density: list[float], run: NanosightRun, rng: Random) -> list[float]:
    """Return the density with shoulders and dents, as finite tracks leave them."""
    for _ in range(5):
        centre = run.mode_nm * rng.uniform(0.7, 2.2)
        width, height = run.mode_nm * rng.uniform(0.06, 0.15), rng.uniform(-0.35, 0.35)
        density = [
            value * (1 + height * exp(-(((size - centre) / width) ** 2)))
            for size, value in zip(sizes, density, strict=True)
        ]
    return density


def _video_name(run: NanosightRun, at: int) -> str:
    if run.combined_of:
        experiment = run.combined_of[at * len(run.combined_of) // run.videos]
        return f"{experiment.removesuffix('.nano')}_{at:02d}"
    if run.is_34:
        return f"{run.sample} {run.captured_at:%Y-%m-%d} {10 + at:02d}-00-00"
    return f"{run.sample}_{at:02d}"


def _percentiles(per_ml: list[int], width_nm: float) -> list[float]:
    """Return the sizes below which 0 to 100 % of the particles lie, linear inside a bin."""
    total, found, below, at = sum(per_ml), [], 0, 0
    for percent in range(101):
        target = total * percent / 100
        while at < len(per_ml) - 1 and (below + per_ml[at] < target or not per_ml[at]):
            below += per_ml[at]
            at += 1
        found.append((at + (target - below) / per_ml[at]) * width_nm)
    return found


def _printed(
    run: NanosightRun,
    at: int,
    sizes: list[float],
    per_ml: list[int],
    percentiles: list[float],
    total: float,
) -> dict[str, str]:
    dilution = run.dilutions[at]
    in_frame = run.particles_per_frame or total / (dilution or 1) / _PER_ML_PER_PARTICLE_IN_FRAME
    tracks = round(in_frame * _TRACKS_PER_PARTICLE_IN_499_FRAMES * run.frames / 499)
    exists = any(per_ml)
    moments = (mean_nm, modal_class_nm, sd_nm)
    mean, mode, sd = (f(sizes, per_ml) if exists else 0.0 for f in moments)
    return {
        "dilution": "Not recorded" if dilution is None else exponent(dilution, run),
        "concentration": exponent(total, run),
        "in_frame": f"{in_frame:.1f}",
        "completed": str(round(tracks * _COMPLETED_PER_VALID)),
        "Mean": f"{mean:.1f}",
        "Mode": f"{mode:.1f}",
        "SD": f"{sd:.1f}",
        "D10": f"{percentiles[10]:.1f}",
        "D50": f"{percentiles[50]:.1f}",
        "D90": f"{percentiles[90]:.1f}",
        "Valid Tracks": f"{tracks if exists else 0:.1f}",
    }
