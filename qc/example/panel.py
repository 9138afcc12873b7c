"""The wider panel of some example batches: other techniques, a process blank, a result that was left out.

Kits, lots and reference lots are invented.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal as D
from random import Random
from typing import Any

from accounts.models import User
from audit.refusal import Reason
from batches.characterization.actions import attach_export, finish_assay
from batches.characterization.exclusions import agree_exclusion, exclude_assay
from batches.characterization.models import Assay
from batches.characterization.vocabulary import TETRASPANINS, known_marker
from batches.record.models import Batch
from batches.record.values import add_row
from qc.example import files
from qc.example.bench import assay_page, enter, open_assay
from qc.example.clock import Clock, calibrated_to, rounded
from qc.example.figures import WITHOUT_CELLS, Figures
from qc.example.stories import NOT_RECORDED, Story

PANEL_H = 17.5
AIR_BUBBLE = Reason("measured_again", "Air bubble in the cell: counts jump between positions")
Rows = Sequence[tuple[str, Mapping[str, Any]]]


def look_further(
    batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, doer: User, other: User
) -> None:
    """Everything beyond the usual four techniques."""
    blank(batch, story, figures, clock, rng, doer)
    sizes(batch, figures, clock, rng, doer)
    surface(batch, story, figures, clock, rng, other)
    contents(batch, figures, clock, rng, other)
    if story.product == "msc":
        potency(batch, clock, rng, doer)
    if story.has("left_out"):
        leave_one_out(batch, doer, other)


def _record(
    batch: Batch, technique: str, values: Mapping[str, Any], clock: Clock, by: User, rows: Rows = ()
) -> None:
    sheet = open_assay(batch, technique, by)
    envelope = {"performed_time": clock.after(PANEL_H), "sample_id": f"{batch.number}-F"}
    enter(sheet, {**envelope, **values}, by)
    for code, row in rows:
        kind = next(kind for kind in sheet.kind.rows if kind.code == code)
        add_row(sheet=sheet, kind=kind, values=dict(row), by=by)
    finish_assay(sheet=sheet, by=by)


def blank(batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, by: User) -> None:
    """Unconditioned medium that went through the same steps: few particles, and none of the batch's."""
    sheet = open_assay(batch, "nta", by, sample=Assay.Sample.PROCESS)
    last = figures.passed[-1]
    few = replace(last, out_per_ml=rounded(figures.final_per_ml * WITHOUT_CELLS * 2.5))
    thin = replace(figures, passed=(*figures.passed[:-1], few))
    performed = clock.after(PANEL_H)
    export = files.nta_export(f"{batch.number}-PB", 1, story, thin, performed, rng)
    attach_export(sheet=sheet, upload=export, by=by)
    values = {
        "performed_time": performed,
        "sample_id": f"{batch.number}-PB",
        "equipment": f"NTA-2, 100 nm beads checked today, {calibrated_to('31 May')}",
        "diluent": "PBS, filtered 0.02 µm, lot PBS-1190",
        "sop": "SOP-NTA-001 v6",
    }
    if story.nta == NOT_RECORDED:
        values["dilution"] = D(files.dilution_for(thin.final_per_ml))
    enter(sheet, values, by)
    finish_assay(sheet=sheet, by=by)


def sizes(batch: Batch, figures: Figures, clock: Clock, rng: Random, by: User) -> None:
    """Light scattering, zeta potential and resistive pulses of the final preparation."""
    dls = {
        "equipment": f"DLS-1, {calibrated_to('30 Apr')}",
        "sop": "SOP-DLS-002 v1",
        "dispersant": "PBS, filtered 0.02 µm",
        "refractive_index": D("1.332"),
        "viscosity_mpas": D("0.889"),
        "temperature_c": D(25),
        "dilution": D(20),
        "angle_deg": D(173),
        "runs": 12,
        "z_average_nm": rounded(figures.mode_nm * rng.uniform(1.2, 1.35), 4),
        "pdi": rounded(rng.uniform(0.14, 0.27)),
        "intensity_peak_nm": rounded(figures.mode_nm * rng.uniform(1.35, 1.5), 4),
        "count_rate_kcps": rounded(rng.uniform(180, 320)),
        "intercept": rounded(rng.uniform(0.91, 0.95)),
    }
    _record(batch, "dls", dls, clock, by)
    zeta = {
        "equipment": f"DLS-1, {calibrated_to('30 Apr')}",
        "buffer": "PBS, 1:100 in water",
        "ph": D("7.4"),
        "conductivity_ms_per_cm": rounded(rng.uniform(0.16, 0.19)),
        "temperature_c": D(25),
        "runs": 3,
        "zeta_mv": -rounded(rng.uniform(14, 27)),
        "sd_mv": rounded(rng.uniform(0.6, 1.4), 2),
    }
    _record(batch, "zeta", zeta, clock, by)
    dilution = 50
    trps = {
        "equipment": f"TRPS-1, {calibrated_to('31 Mar')}",
        "nanopore": "150 nm pore, id A4711",
        "stretch_mm": D("46.5"),
        "voltage_v": D("0.56"),
        "pressure_mbar": D(8),
        "noise_pa": rounded(rng.uniform(6, 9), 2),
        "beads": "Polystyrene 200 nm, lot B-77",
        "bead_nm": D(200),
        "dilution": D(dilution),
        "diluent": "PBS, filtered 0.02 µm, lot PBS-1190",
        "particles_counted": rng.randrange(620, 1100),
        "rate_per_min": rounded(rng.uniform(180, 420)),
        "measured_per_ml": rounded(figures.final_per_ml * rng.uniform(0.5, 0.8) / dilution),
        "mode_nm": rounded(figures.mode_nm * rng.uniform(0.98, 1.06), 4),
        "mean_nm": rounded(figures.mode_nm * rng.uniform(1.12, 1.2), 4),
    }
    _record(batch, "trps", trps, clock, by)


def surface(batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, by: User) -> None:
    """Tetraspanins by nano-flow cytometry, with the controls that make a panel believable."""
    dilution = files.dilution_for(figures.final_per_ml) * 10
    minutes, flow_ul = D(1), D("1.5")
    per_ul = figures.final_per_ml * rng.uniform(0.35, 0.5) / dilution / 1000
    values = {
        "equipment": f"NF-1, {calibrated_to('31 Aug')}",
        "sop": "SOP-NF-001 v2",
        "staining": "Antibodies 30 min at 37 °C in PBS",
        "wash": "Ultrafiltration, 100 kDa",
        "dilution": D(dilution),
        "diluent": "PBS, filtered 0.02 µm, lot PBS-1190",
        "trigger_channel": "SSC, 488 nm",
        "trigger_threshold": "0.6 V",
        "flow_rate_ul_per_min": flow_ul,
        "flow_calibration": "250 nm silica beads of known number",
        "fluorescence_calibration": "MESF beads, lot ME-12",
        "scatter_calibration": "Silica 68–155 nm, refractive index 1.43",
        "detection_limit_nm": D(45),
        "events": round(per_ul * float(flow_ul * minutes)),
        "volume_ul": flow_ul * minutes,
    }
    _record(batch, "nanoflow", values, clock, by, (*_gates(story, rng), *_controls(rng)))


def _gates(story: Story, rng: Random) -> Rows:
    usual: dict[str, tuple[float, float]] = {"CD9": (38, 55), "CD63": (28, 46), "CD81": (40, 62)}
    if story.has("cd9_missing"):
        usual["CD9"] = (0.4, 0.9)
    how = {"fluorochrome": "FITC", "gate": "99.5 % of the isotype control"}
    return [
        (
            "gates",
            {
                **how,
                "target": target,
                "misev_category": category_of(target),
                "positive_percent": rounded(rng.uniform(*usual[target])),
            },
        )
        for target in TETRASPANINS
    ]


def _controls(rng: Random) -> Rows:
    shares = {
        "buffer": 1.2,
        "unstained": 99,
        "isotype": 98,
        "single_stain": 97,
        "detergent": 9,
        "dilution": 101,
    }
    return [
        ("controls", {"kind": kind, "percent_of_sample": rounded(share * rng.uniform(0.95, 1.05))})
        for kind, share in shares.items()
    ]


def category_of(target: str) -> str:
    """MISEV category of a protein of the vocabulary."""
    known = known_marker(target)
    return known.category if known else ""


def contents(batch: Batch, figures: Figures, clock: Clock, rng: Random, by: User) -> None:
    """Lipid, RNA and growth factors of the final preparation."""
    reader = f"PR-1 plate reader, {calibrated_to('30 Sep')}"
    lipid = {
        "equipment": reader,
        "method": "spv",
        "kit": "SPV kit lot SP-31",
        "standard": "DOPC liposomes, lot D-9",
        "standard_range": "2–200 µg/mL",
        "r_squared": rounded(rng.uniform(0.9952, 0.9996), 4),
        "dilution": D(1),
        "wells": 3,
        "cv_percent": rounded(rng.uniform(3, 9), 2),
        "lipid_ug_per_ml": rounded(float(figures.protein_ug_per_ml) * rng.uniform(0.35, 0.7)),
    }
    _record(batch, "lipid", lipid, clock, by)
    rna = {
        "equipment": f"Fluorometer QF-1, {calibrated_to('30 Sep')}",
        "kit": "EV RNA kit lot R-204",
        "input_ul": D(100),
        "protease_treated": "yes",
        "rnase_treated": "yes",
        "dnase_treated": "yes",
        "method": "Fluorometer, RNA HS",
        "rna_ng": rounded(rng.uniform(4, 22)),
        "small_rna_percent": rounded(rng.uniform(72, 91)),
        "peak_nt": rng.randrange(60, 130),
    }
    _record(batch, "rna", rna, clock, by)
    factors = {
        "equipment": reader,
        "method": "beads",
        "lysed": "yes",
        "kit": "10-plex kit lot GF-18",
        "dilution": D(2),
        "wells": 2,
    }
    found = {"VEGF-A": (120, 480), "HGF": (300, 900), "TGF-β1": (80, 260)}
    analytes: Rows = [
        ("analytes", {"analyte": name, "pg_per_ml": rounded(rng.uniform(*amounts))})
        for name, amounts in found.items()
    ]
    below = {"analyte": "IL-6", "pg_per_ml_sign": "<", "pg_per_ml": D("3.2")}
    limit = {"detection_limit_pg_per_ml": D("3.2")}
    _record(batch, "growth_factor", factors, clock, by, (*analytes, ("analytes", below | limit)))


def potency(batch: Batch, clock: Clock, rng: Random, by: User) -> None:
    """Suppression of T cells beside the reference lot."""
    relative = rng.uniform(78, 118)
    values = {
        "name": "T-cell proliferation",
        "mode_of_action": "Suppression of activated T cells",
        "test_system": "PBMC pool lot P-6, CD3/CD28 beads",
        "readout": "CFSE, divided cells (%)",
        "dose": D("1e9"),
        "dose_unit": "per_ml",
        "is_dose_response": "yes",
        "wells": 3,
        "cv_percent": rounded(rng.uniform(5, 13), 2),
        "response": rounded(rng.uniform(38, 52)),
        "response_unit": "% suppression",
        "reference_lot": "REF-2026-A",
        "reference_response": D(46),
        "relative_potency_percent": rounded(relative),
        "ci_low_percent": rounded(relative * 0.86),
        "ci_high_percent": rounded(relative * 1.17),
    }
    controls: Rows = [
        ("controls", {"kind": "untreated", "response": D(0)}),
        ("controls", {"kind": "vehicle", "response": rounded(rng.uniform(0.5, 2), 2)}),
        ("controls", {"kind": "depleted", "response": rounded(rng.uniform(2, 6), 2)}),
    ]
    _record(batch, "potency", values, clock, by, controls)


def leave_one_out(batch: Batch, doer: User, other: User) -> None:
    """The last replicate of particle tracking failed; two people agree to leave it out."""
    replicates = Assay.objects.finished().filter(batch=batch, technique="nta", sample=Assay.Sample.FINAL)
    number = replicates.order_by("-number").values_list("number", flat=True)[0]
    exclude_assay(sheet=assay_page(batch, number), by=doer, reason=AIR_BUBBLE)
    agree_exclusion(sheet=assay_page(batch, number), by=other)
