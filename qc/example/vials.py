"""The steps of the example process that ends in vials: clearing, tangential flow, filtration, fill."""

from decimal import Decimal as D
from random import Random
from typing import Any

from accounts.models import User
from batches.isolation.calculators import CALCULATORS
from batches.isolation.models import ProcessStep
from batches.record.calculating import calculated
from batches.record.sheets import Sheet
from batches.record.values import Entered, record_values
from qc.example.bench import typed
from qc.example.clock import calibrated_to
from qc.example.figures import Passed
from qc.example.machines import BUFFER, SWINGING
from qc.example.stories import Story


def clear(step: ProcessStep, story: Story, passed: Passed, rng: Random) -> dict[str, Any]:
    """Take debris out of the pooled medium."""
    return {
        **SWINGING,
        "fraction_kept": "supernatant",
        "equipment": f"CF-01, {calibrated_to()}",
        "tube_count": 6,
        "duration_min": D(20),
        "removes": "debris",
        "spin_count": 1,
        "left_behind_ml": D(5),
    }


def large_column(rng: Random) -> dict[str, Any]:
    """What is other on the 100 mL column of the TFF process, used again and again."""
    return {
        "column_name": "SEC column L2, 100 mL",
        "resin": "Sepharose CL-4B",
        "column_volume_ml": D(100),
        "column_uses": rng.randint(5, 12),
        "column_max_uses": 20,
        "buffer_volume_ml": D(30),
        "fraction_size_ml": D(2),
        "fractions_collected": 20,
        "first_pooled": 1,
        "last_pooled": 6,
        "flow": "1 mL/min",
    }


def tangential(step: ProcessStep, story: Story, passed: Passed, rng: Random) -> dict[str, Any]:
    """Concentrate and diafilter over the hollow-fibre module."""
    flux = rng.randint(42, 50)
    return {
        "fraction_kept": "retentate",
        "equipment": f"TFF-01, pressure sensors {calibrated_to()}",
        "material_lots": BUFFER,
        "mode": "hollow_fibre",
        "device": "Hollow fibre 500 kDa, 115 cm²",
        "device_lot": f"HF-{rng.randint(200, 240)}",
        "device_uses": 1,
        "membrane": "mPES",
        "mwco_kda": D(500),
        "area_cm2": D(115),
        "fibre_count": 45,
        "fibre_inner_mm": D("0.5"),
        "feed_flow_ml_per_min": D(100),
        "feed_bar": D("0.42"),
        "retentate_bar": D("0.22"),
        "permeate_bar": D("0.06"),
        "flux_start_lmh": D(flux),
        "flux_end_lmh": D(flux - rng.randint(8, 16)),
        "diafiltration_buffer": BUFFER,
        "diafiltration_volumes": D(6),
        "flush_ml": D(2),
        "integrity_before": "passed",
        "integrity_after": "passed",
        "water_permeability_percent": D(rng.randint(84, 96)),
    }


def sterile_filter(step: ProcessStep, story: Story, passed: Passed, rng: Random) -> dict[str, Any]:
    """Filter through 0.22 µm, tested afterwards."""
    return {
        "fraction_kept": "permeate",
        "equipment": f"Hood 3, {calibrated_to('31 Mar')}",
        "filter": "Syringe filter 0.22 µm, 33 mm",
        "filter_lot": f"SF-{rng.randint(100, 180)}",
        "pore_um": D("0.22"),
        "membrane": "PES",
        "area_cm2": D("4.5"),
        "is_sterilising": "yes",
        "flush_ml": D(1),
        "pressure_bar": D("0.5"),
        "integrity_after": "passed",
        "bubble_point_bar": D("3.6"),
        "least_bubble_point_bar": D("3.4"),
    }


def fill(step: ProcessStep, story: Story, passed: Passed, rng: Random) -> dict[str, Any]:
    """Fill into vials."""
    return {
        "fraction_kept": "all",
        "equipment": f"Hood 3, {calibrated_to('31 Mar')}; pipette P-11",
        "hold_after": "-80 °C within 30 min",
        "formulation": "PBS with 25 mM trehalose",
        "container": "2 mL cryo vial, lot CV-2207",
        "container_material": "low_bind",
        "stopper": "screw cap with O-ring, lot CV-2207",
        "label": "as printed from the batch",
        "fill_ml": D(1),
        "vial_count": int(passed.volume_out_ml),
        "rejected_count": 0,
        "kept_count": 2,
    }


def compute_fold(sheet: Sheet, by: User) -> None:
    """The concentration factor as its calculator gives it, kept with its inputs."""
    calculator = CALCULATORS["volume_concentration"]
    inputs = {"volume": sheet.value("volume_in_ml"), "out": sheet.value("volume_out_ml")}
    computed = calculated(calculator, sheet, inputs)
    assert computed is not None  # noqa: S101 (both volumes were just entered)
    entered = Entered("concentrated_fold", computed.result, typed=typed(computed.result), calculated=computed)
    record_values(sheet=sheet, entered=[entered], by=by)
