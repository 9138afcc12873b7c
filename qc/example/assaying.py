"""The assays of an example batch: particle tracking, protein, western blot, electron microscopy."""

from collections.abc import Mapping
from decimal import Decimal as D
from random import Random
from typing import Any

from accounts.models import User
from audit.refusal import Reason
from batches.characterization.actions import (
    add_micrograph,
    attach_export,
    finish_assay,
    measure_diameter,
    void_assay,
)
from batches.record.models import Batch
from batches.record.sheets import Sheet
from qc.example import blotting, files, plating
from qc.example.bench import enter, open_assay
from qc.example.clock import Clock, calibrated_to, rounded
from qc.example.figures import Figures
from qc.example.panel import look_further
from qc.example.stories import HALF, NOT_RECORDED, UNCHECKED, ZETAVIEW, Story
from qc.example.waiting import leave_files

# Hours after the work began at which each technique is done; all of them lie within the last day.
NTA_H, PROTEIN_H, BLOT_H, EM_H = 11.0, 12.5, 14.0, 16.5
EM_PREPARATION: Mapping[str, Any] = {
    "mode": "negative_stain",
    "fixation": "PFA 2 %",
    "grid": "Cu 300 mesh, formvar–carbon, glow discharged",
    "stain": "Uranyl acetate 1 %",
    "stain_s": 60,
    "microscope": "TEM-1, 120 kV",
    "voltage_kv": D(80),
    "camera": "16 Mpx CMOS",
    "field_choice": "predefined",
    "sop": "SOP-EM-003 v2",
}
MEASURED_BY_HAND = "100 nm bar burned into the picture measures 164 px"
WRONG_TUBE = Reason("process", "The tube measured was the wash supernatant, not the final preparation")
LOW_PROTEIN_UG_PER_ML = 40
MEASURED = 4  # vesicles of a wide field


def characterize(
    batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, doer: User, other: User
) -> None:
    """Do the assays as far as the story goes; the second operator does blot and protein."""
    track(batch, story, figures, clock, rng, doer)
    if story.reach == HALF:
        blotting.begin(batch, clock, other)
        leave_files(batch, story, figures, clock.after(BLOT_H), Random(batch.number), other)  # noqa: S311
        return
    measure_protein(batch, story, figures, clock, rng, other)
    blotting.blot(batch, story, figures, clock.after(BLOT_H), rng, other)
    picture(batch, story, figures, clock, rng, doer)
    if story.has("panel"):
        look_further(batch, story, figures, clock, rng, doer, other)


# --- particle tracking --------------------------------------------------------------------------------


def track(batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, by: User) -> None:
    """As many NTA replicates as the story asks for, each with its export."""
    if story.has("voided_assay"):
        _track_wrong_tube(batch, story, figures, clock, rng, by)
    for replicate in range(1, story.replicates + 1):
        _track_once(batch, replicate, story, figures, clock, rng, by)


def _track_once(
    batch: Batch, replicate: int, story: Story, figures: Figures, clock: Clock, rng: Random, by: User
) -> None:
    sheet = open_assay(batch, "nta", by)
    if replicate == 1 and story.has("unreadable"):
        attach_export(sheet=sheet, upload=files.web_page(batch.number), by=by)
    performed = clock.after(NTA_H + replicate / 3)
    export = files.nta_export(batch.number, replicate, story, figures, performed, rng)
    attach_export(sheet=sheet, upload=export, by=by)
    values = _instrument(story) | {"performed_time": performed, "sample_id": f"{batch.number}-F"}
    if story.nta == NOT_RECORDED:
        values["dilution"] = D(files.dilution_for(figures.final_per_ml))
    values["blank_per_ml"] = rounded(rng.uniform(2e6, 9e6), 2)
    enter(sheet, values, by)
    finish_assay(sheet=sheet, by=by)


def _instrument(story: Story) -> dict[str, Any]:
    common = {"diluent": "PBS, filtered 0.02 µm, lot PBS-1190", "sop": "SOP-NTA-001 v6"}
    name = "ZV-1" if story.nta == ZETAVIEW else "NTA-2"
    checked = calibrated_to("30 Nov" if story.has("recalibrated") else "31 May")
    return {**common, "equipment": f"{name}, 100 nm beads checked today, {checked}"}


def _track_wrong_tube(
    batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, by: User
) -> None:
    """An assay of the wrong tube, voided before it was finished."""
    sheet = open_assay(batch, "nta", by)
    performed = clock.after(NTA_H - 1)
    export = files.nta_export(batch.number, 0, story, figures, performed, rng)
    attach_export(sheet=sheet, upload=export, by=by)
    enter(sheet, {**_instrument(story), "performed_time": performed}, by)
    void_assay(sheet=sheet, reason=WRONG_TUBE, by=by)


# --- protein ------------------------------------------------------------------------------------------


def measure_protein(
    batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, by: User
) -> None:
    """Protein of the final preparation, by the kit whose range fits."""
    sheet = open_assay(batch, "protein", by)
    is_low = figures.protein_ug_per_ml < LOW_PROTEIN_UG_PER_ML
    values = {
        "performed_time": clock.after(PROTEIN_H),
        "sample_id": f"{batch.number}-F",
        "equipment": f"PR-1 plate reader, {calibrated_to('30 Sep')}",
        "sop": "SOP-PRO-002 v3",
        "method": "micro_bca" if is_low else "bca",
        "kit": "Micro-BCA kit lot MB-118" if is_low else "BCA kit lot B-402",
        "lysed": "yes",
        "detergent": "Triton X-100 0.2 %",
        "standard_range": "1–40 µg/mL BSA" if is_low else "20–2 000 µg/mL BSA",
        "r_squared": rounded(rng.uniform(0.9952, 0.9996), 4),
        "blank_reading": rounded(rng.uniform(0.081, 0.094), 3),
        "dilution": D(1),
        "wells": 3,
        "cv_percent": rounded(rng.uniform(1.8, 6.9), 2),
        "protein_ug_per_ml": figures.protein_ug_per_ml,
        "excipient_protein": "no",
    }
    if story.nta == ZETAVIEW and not is_low:
        values = {name: value for name, value in values.items() if name not in plating.FROM_PLATE}
        plating.read_plate(sheet, batch, figures, clock.after(PROTEIN_H), by)
    enter(sheet, values, by)
    finish_assay(sheet=sheet, by=by)


# --- electron microscopy ------------------------------------------------------------------------------


def picture(batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, by: User) -> None:
    """A wide field and a close-up, what was seen, and measured diameters."""
    sheet = open_assay(batch, "electron_microscopy", by)
    performed = clock.after(EM_H)
    # Dried vesicles are smaller than tracked ones.
    diameters = [round(min(240.0, max(34.0, rng.gauss(figures.mode_nm * 0.83, 17)))) for _ in range(30)]
    same = Random()  # noqa: S311 (believable figures, no secret)
    same.setstate(rng.getstate())
    wide = files.wide_field(batch.number, diameters[:9], performed, rng)
    _add_picture(sheet, wide, {"view": "wide", "magnification": 20000}, by)
    if story.has("panel") or story.reach == UNCHECKED:
        _measure(sheet, files.across_wide_field(diameters[:9], same), by)
    by_hand = story.has("scale_by_hand")
    close = files.close_up(batch.number, sorted(diameters)[8:10], performed, rng, has_scale=not by_hand)
    scale = {"pixel_size_nm": D("0.61"), "scale_reason": MEASURED_BY_HAND} if by_hand else {}
    _add_picture(sheet, close, {"view": "close", "magnification": 120000, **scale}, by)
    seen = {
        "performed_time": performed,
        "sample_id": f"{batch.number}-F",
        "equipment": f"TEM-1, {calibrated_to('28 Feb')}",
        "morphology": "mixed" if rng.random() < 0.4 else "cup",
        "bilayer_seen": "no",
        "aggregates_seen": "no",
        "background": 2 if story.product == "placenta" else rng.choice((0, 1, 1)),
        "diameters_nm": " ".join(map(str, diameters)),
    }
    enter(sheet, {**EM_PREPARATION, **seen}, by)
    finish_assay(sheet=sheet, by=by)


def _measure(sheet: Sheet, ends: list[tuple[D, D, D, D]], by: User) -> None:
    """Some vesicles of the wide field, each with a line across it; those at the edge are left alone."""
    picture = sheet.details.micrographs.get(view="wide")
    inside = [line for line in ends if min(line) > 0 and max(line) < files.PICTURE_PX]
    for line in inside[:MEASURED]:
        measure_diameter(sheet=sheet, micrograph=picture, ends=line, by=by)


def _add_picture(sheet: Sheet, upload: Any, values: dict[str, Any], by: User) -> None:
    attached = add_micrograph(sheet=sheet, upload=upload, values=values, by=by)
    if attached.reading is None:
        raise AssertionError(f"Our own micrograph was not read: {attached.refused}")
