"""The harvest of an example batch: cultures, explants and plasma."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal as D
from random import Random
from typing import Any

from accounts.models import User
from batches.record.models import Batch
from batches.record.sheets import Sheet
from batches.source.harvest import finish_harvest
from batches.source.kinds import CULTURED_KINDS
from qc.example.bench import enter, harvest_page, leave_out
from qc.example.clock import Clock, calibrated_to, rounded
from qc.example.figures import Figures
from qc.example.stories import Story

CULTURE: Mapping[str, Any] = {
    "culture_system": "stack",
    "culture_area_cm2": D(6360),
    "medium": "Serum-free MSC medium",
    "ev_depletion": "serum_free",
    "oxygen_percent": D(21),
    "priming": "none",
    "washes": 3,
    "conditioning_h": D(48),
    "appearance": "Clear, faintly pink",
    "mycoplasma": "negative",
    "mycoplasma_method": "NAT kit",
    "sop": "SOP-CUL-020 v5",
}
LINE_CULTURE: Mapping[str, Any] = {
    **CULTURE,
    "culture_system": "flask",
    "culture_area_cm2": D(3500),
    "medium": "DMEM, high glucose",
    "supplement": "FBS 5 %, EV-depleted",
    "ev_depletion": "uc",
}
WITHOUT_CELLS: Mapping[str, str] = {
    "passage": "Process control: no cells in this medium",
    "cells_at_harvest": "Process control: no cells in this medium",
    "viability_percent": "Process control: no cells in this medium",
}
PLASMA: Mapping[str, Any] = {
    "appearance": "Straw-coloured, clear",
    "medium": "Plasma, undiluted",
    "sop": "SOP-FLU-004 v2",
    "freeze_thaws": 1,
}
EXPLANTS: Mapping[str, Any] = {
    "appearance": "Pink, a few red cells",
    "medium": "DMEM/F12 without serum, 24 h",
    "sop": "SOP-TIS-007 v1",
    "ph": D("7.1"),
}


def harvest(batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, by: User) -> None:
    """Record the harvest of a batch, or both of them, and finish it."""
    first = harvest_page(batch)
    material = _material(first, story, figures, rng)
    if not story.further:
        _record(first, story, material, figures, clock, by)
        return
    part = rounded(float(figures.start_ml) * rng.uniform(0.46, 0.54))
    share = part / figures.start_ml
    for position, volume, share_of_cells in ((1, part, share), (2, figures.start_ml - part, 1 - share)):
        own = replace(figures, start_ml=volume, cells=rounded(float(figures.cells * share_of_cells)))
        moment = clock.harvested + dt.timedelta(hours=48 * (position - 1))
        _record(harvest_page(batch, position), story, material, own, replace(clock, harvested=moment), by)


def _material(sheet: Sheet, story: Story, figures: Figures, rng: Random) -> dict[str, Any]:
    """The culture or the fluid, which both harvests have in common."""
    is_cultured = sheet.subject.lot.kind in CULTURED_KINDS
    return _cultured(story, figures, rng) if is_cultured else _collected(story, rng)


def _record(
    sheet: Sheet, story: Story, material: Mapping[str, Any], figures: Figures, clock: Clock, by: User
) -> None:
    values = {**material, "harvested_time": clock.harvested, "starting_volume_ml": figures.start_ml}
    values |= _held(clock)
    if "cells_at_harvest" in material:
        counted = {"cells_at_harvest": figures.cells, "harvest_number": sheet.subject.position}
        values |= counted | {"mycoplasma_on": clock.harvested.date()}
    enter(sheet, values, by)
    if story.has("process_control"):
        leave_out(sheet, WITHOUT_CELLS, by)
    finish_harvest(sheet=sheet, by=by)


def _cultured(story: Story, figures: Figures, rng: Random) -> dict[str, Any]:
    equipment = {"equipment": f"INC-{rng.randint(2, 5)}, {calibrated_to('30 Apr')}"}
    if story.has("process_control"):
        kept = ("medium", "ev_depletion", "conditioning_h", "oxygen_percent", "sop")
        unconditioned = {"appearance": "Clear", "mycoplasma": "not_done", "medium_lot": "SFM-2608"}
        return {**{name: CULTURE[name] for name in kept}, **unconditioned, **equipment}
    return {
        **(LINE_CULTURE if story.product == "line" else CULTURE),
        **equipment,
        "medium_lot": f"SFM-26{rng.randint(1, 12):02d}",
        "passage": rng.randint(11, 15) if story.product == "line" else rng.randint(3, 5),
        "population_doublings": rounded(rng.uniform(11, 19)),
        "seeding_per_cm2": D(rng.choice((3000, 4000, 5000))),
        "confluence_percent": D(rng.randint(76, 90)),
        "cells_at_harvest": figures.cells,
        "viability_percent": rounded(rng.uniform(92, 98)),
        "ph": rounded(rng.uniform(7.0, 7.4)),
    }


def _collected(story: Story, rng: Random) -> dict[str, Any]:
    equipment = {"equipment": f"BSC-{rng.randint(1, 3)}, {calibrated_to('31 Mar')}"}
    if story.product == "placenta":
        return {**EXPLANTS, **equipment, "tissue_mass_g": rounded(rng.uniform(9, 16))}
    pink = {"appearance": "Pink: haemolysis"} if story.has("haemolysis") else {}
    return {**PLASMA, **equipment, **pink}


def _held(clock: Clock) -> dict[str, Any]:
    """Overnight in the cold room; longer in the freezer."""
    if clock.held_h <= 72:
        return {"hold_temp_c": D(4), "hold_h": clock.held_h, "freeze_thaws": 0}
    return {"hold_temp_c": D(-80), "hold_h": clock.held_h, "freeze_thaws": 1}
