"""The western blot of an example batch: lanes, markers, antibodies and an image that shows the same.

The antibodies are invented, their RRIDs too: nobody's product stands behind a figure of ours.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal as D
from itertools import pairwise
from math import log
from random import Random
from typing import Any

from accounts.models import User
from batches.characterization.actions import attach_blot_image, finish_assay
from batches.characterization.band_actions import attach_band_table, match_bands
from batches.characterization.bands import lines_of, proposed
from batches.characterization.blots import WesternBlot
from batches.characterization.vocabulary import MARKERS
from batches.record.models import Batch
from batches.record.sheets import RowKind, Sheet
from batches.record.values import add_row
from qc.example import files
from qc.example.bench import assay_page, enter, open_assay
from qc.example.clock import Clock, calibrated_to
from qc.example.figures import Figures
from qc.example.stories import Story

# Target: (clone, number that catalogue, RRID and lot are made of, dilution 1:n, observed kDa).
ANTIBODIES: Mapping[str, tuple[str, int, int, str]] = {
    "CD9": ("ex-9A", 9, 1000, "25.5"),
    "CD63": ("ex-63C", 63, 1000, "56"),
    "CD81": ("ex-81F", 81, 1000, "22"),
    "TSG101": ("ex-101", 101, 2000, "45"),
    "Calnexin": ("ex-90B", 90, 2000, "92"),
    "ApoA1": ("ex-28D", 28, 4000, "29"),
}
# Rungs of the prestained ladder (kDa) and how far down they ran (% of the image).
LADDER: Mapping[int, str] = {
    130: "8.2",
    95: "16.9",
    72: "25.2",
    55: "35.6",
    36: "54.1",
    28: "66.4",
    17: "90.3",
}
RUNG_INTENSITY = {72: 0.85}  # the ladder's own reference band
LANES = 4
BOX_PERCENT = ("2.5", "22.5")  # of the first lane; the others follow
ABSENT = frozenset({"Calnexin", "ApoA1"})
INTENSITY = {"detected": 0.85, "weak": 0.3, "not_detected": 0.02}
LYSATE_INTENSITY = {"Calnexin": 0.9, "TSG101": 0.7, "ApoA1": 0.35}
RUN: Mapping[str, Any] = {
    "lysis_buffer": "RIPA: 50 mM Tris pH 7.4, 150 mM NaCl, 1 % Triton X-100, 0.1 % SDS",
    "protease_inhibitor": "Protease inhibitor cocktail, 1×",
    "heating": "70 °C, 10 min",
    "reducing": "no",
    "gel": "4–12 % Bis-Tris",
    "membrane": "Semi-dry, PVDF 0.2 µm",
    "blocking": "5 % milk in TBS-T, 1 h",
    "protein_stain": "Ponceau S",
    "ladder": "Prestained ladder lot L-771",
    "imager": "GelDoc-1, software 6.1",
    "exposure_s": D(30),
    "saturated": "no",
    "sop": "SOP-WB-005 v3",
}
# With little protein the lanes are loaded by particle number, as 5 µg would use up the preparation.
LEAST_FOR_EQUAL_PROTEIN_UG_PER_ML = 100


def begin(batch: Batch, clock: Clock, by: User) -> None:
    """Open the blot and enter what is known before the gel has run."""
    sheet = open_assay(batch, "western_blot", by)
    known = ("lysis_buffer", "protease_inhibitor", "heating", "reducing", "sop")
    enter(sheet, {name: RUN[name] for name in known}, by)


def blot(batch: Batch, story: Story, figures: Figures, performed: dt.datetime, rng: Random, by: User) -> None:
    """A whole blot with its image."""
    sheet = open_assay(batch, "western_blot", by)
    found = {target: found_of(target, story) for target in ANTIBODIES}
    image = files.blot_image(batch.number, _bands(found), performed, rng)
    attach_blot_image(sheet=sheet, upload=image, by=by)
    is_rich = figures.protein_ug_per_ml >= LEAST_FOR_EQUAL_PROTEIN_UG_PER_ML
    values = {
        **RUN,
        "performed_time": performed,
        "sample_id": f"{batch.number}-F",
        "equipment": f"GelDoc-1, {calibrated_to('31 Oct')}",
        "load_basis": "protein" if is_rich else "particles",
    }
    told = assay_page(batch, sheet.subject.number)  # some of it by the image's own file
    enter(told, {name: value for name, value in values.items() if told.value(name) in (None, "")}, by)
    _add_lanes(batch, sheet, by, is_rich=is_rich)
    _add_ladder(sheet, by)
    _add_markers(sheet, found, rng, by)
    if "weak" in found.values():
        _measure_bands(batch, sheet, found, by)
    finish_assay(sheet=sheet, by=by)


def found_of(target: str, story: Story) -> str:
    """What a blot of the story shows of a protein."""
    if target == "CD9" and story.has("cd9_missing"):
        return "not_detected"
    if target == "CD9" and story.has("cd9_weak"):
        return "weak"
    if target == "Calnexin":
        return "detected" if story.has("calnexin") else "not_detected"
    if target == "ApoA1":
        return "weak" if story.has("lipoprotein") else "not_detected"
    return "detected"


def _bands(found: Mapping[str, str]) -> dict[float, list[float]]:
    """Height and bands of each rung and protein; lanes: ladder, EVs, lysate, medium without its EVs."""
    rungs = {float(down): [RUNG_INTENSITY.get(kda, 0.45), 0, 0, 0] for kda, down in LADDER.items()}
    proteins = {
        _height(float(ANTIBODIES[target][3])): [
            0,
            INTENSITY[result],
            LYSATE_INTENSITY.get(target, 0.5),
            0.04,
        ]
        for target, result in found.items()
    }
    return rungs | proteins


def _height(kda: float) -> float:
    """Where a protein runs: the logarithm of its size is straight between two rungs."""
    for (above, top), (below, bottom) in pairwise(LADDER.items()):
        if below <= kda <= above:
            part = log(above / kda) / log(above / below)
            return float(top) + (float(bottom) - float(top)) * part
    raise ValueError(f"The ladder does not reach {kda} kDa.")


def _rows(sheet: Sheet, code: str) -> RowKind:
    return next(kind for kind in sheet.kind.rows if kind.code == code)


def _add_lanes(batch: Batch, sheet: Sheet, by: User, *, is_rich: bool) -> None:
    ug, particles = {"load_ug": D(5)}, {"load_particles": D("5e9")}
    lanes: tuple[tuple[str, str, dict[str, D]], ...] = (
        ("ladder", "", {}),
        ("ev", f"{batch.number}-F", ug if is_rich else particles),
        ("lysate", "LYS-0412", ug),
        ("depleted", f"{batch.number}-DEP", ug),
    )
    for lane, (role, sample, load) in enumerate(lanes, start=1):
        left, right = (D(edge) + D(100) / LANES * (lane - 1) for edge in BOX_PERCENT)
        box = {"box_left_percent": left, "box_right_percent": right}
        values = {"number": lane, "role": role, "sample_id": sample, **load, **box}
        add_row(sheet=sheet, kind=_rows(sheet, "lanes"), values=values, by=by)


def _add_ladder(sheet: Sheet, by: User) -> None:
    for kda, down in LADDER.items():
        values = {"kda": D(kda), "height_percent": D(down)}
        add_row(sheet=sheet, kind=_rows(sheet, "rungs"), values=values, by=by)


def _add_markers(sheet: Sheet, found: Mapping[str, str], rng: Random, by: User) -> None:
    for target, result in found.items():
        values = _marker(target, result, rng)
        add_row(sheet=sheet, kind=_rows(sheet, "markers"), values=values, by=by)


def _measure_bands(batch: Batch, sheet: Sheet, found: Mapping[str, str], by: User) -> None:
    """Where a band is weak, the software's table says how weak; its lines are taken as it proposes them."""
    lanes = {
        target: (INTENSITY[result], LYSATE_INTENSITY.get(target, 0.5), 0.04)
        for target, result in found.items()
    }
    table = files.band_table(batch.number, {one: (ANTIBODIES[one][3], of) for one, of in lanes.items()})
    attached = attach_band_table(sheet=sheet, upload=table, by=by)
    blot: WesternBlot = sheet.details
    lines = lines_of(attached.reading) if attached.reading else []
    standing = list(blot.lanes.filter(is_voided=False)), list(blot.markers.filter(is_voided=False))
    matches = proposed(lines, *standing)
    match_bands(sheet=sheet, matches=list(matches.values()), by=by)


def _marker(target: str, result: str, rng: Random) -> dict[str, Any]:
    clone, code, dilution, kda = ANTIBODIES[target]
    observed = {} if result == "not_detected" else {"observed_kda": D(kda)}
    return {
        "target": target,
        "misev_category": MARKERS[target].category,
        "expected": "absent" if target in ABSENT else "present",
        "found": result,
        "lysate_signal": "yes",
        **observed,
        "antibody_clone": clone,
        "antibody_vendor": "Example Antibodies",
        "antibody_catalogue_no": f"EA-{code:04d}",
        "antibody_rrid": f"RRID:AB_{code:07d}",
        "antibody_lot": f"{code}-{rng.randint(11, 19)}",
        "antibody_dilution": dilution,
    }
