"""EV-METRIC: the nine components of EV-TRACK (ev-domain §2.1). They measure reporting, not the EVs."""

from typing import Any

from batches.reporting.loading import Made
from batches.reporting.looking import (
    SINGLE_PARTICLE,
    Finding,
    Missing,
    assay_to_add,
    assessed,
    finished,
    listed,
    steps_by,
)
from batches.reporting.rules.source import step_lacks

GRADIENT = "density_gradient"
SPUN = ("ultracentrifugation", "wash")
SPUN_HOW = (("rcf_xg", "computed_rcf_max_xg"), ("duration_min",), ("rotor",))
VIEWS = {"wide": "a wide field", "close": "a close-up"}


def both_analyses(made: Made) -> Finding:
    counted = [
        assay
        for assay, details in finished(made, *SINGLE_PARTICLE)
        if getattr(details, "particles_per_ml", None) is not None
    ]
    lacking = [] if counted else [assay_to_add(made, "a concentration of particles")]
    if not finished(made, "electron_microscopy", "western_blot"):
        lacking.append(assay_to_add(made, "a qualitative analysis (pictures, blot)"))
    return Finding.of(lacking)


def images(made: Made) -> Finding:
    taken = finished(made, "electron_microscopy")
    shown = {picture.view for _, em in taken for picture in em.standing_micrographs}
    where = f"{made.url}assays/{taken[0][0].number}/#rows-micrographs" if taken else f"{made.url}assays/add/"
    return Finding.of(Missing(words, where) for view, words in VIEWS.items() if view not in shown)


def gradient(made: Made) -> Finding:
    if _gradients(made):
        return Finding("satisfied")
    return Finding.of([Missing("a density gradient, at least to validate", f"{made.url}steps/add/")])


def _gradients(made: Made) -> list[Any]:
    """Finished gradients; a cushion is none."""
    return [(step, one) for step, one in steps_by(made, GRADIENT) if not one.is_cushion]


def density(made: Made) -> Finding:
    gradients = _gradients(made)
    known = [value for _, one in gradients if (value := one.ev_density_g_per_ml) is not None]
    if known:
        return Finding("satisfied", f"{known[0].normalize():f} g/mL")
    if not gradients:
        return Finding.of([Missing("a density gradient, which gives it", f"{made.url}steps/add/")])
    url = f"{made.url}steps/{gradients[0][0].position}/#value-pooled_density_g_per_ml"
    return Finding.of([Missing("density of the pooled fractions", url)])


def spins(made: Made) -> Finding:
    spun = steps_by(made, *SPUN)
    if not spun:
        return Finding.not_applicable("no ultracentrifugation")
    return Finding.of(lack for step, _ in spun for lack in step_lacks(made, step, SPUN_HOW))


def antibodies(made: Made) -> Finding:
    """Clone or catalogue number, and dilution (a concentration in cytometry), of every antibody."""
    rows = [*_blot_antibodies(made), *_gate_antibodies(made), *_captures(made)]
    if not rows:
        return Finding.not_applicable("no antibody was used")
    lacking = [
        Missing(f"{name}: {what}", url)
        for name, url, which, amount in rows
        for what, value in (("clone or catalogue number", which), ("dilution", amount))
        if not value
    ]
    return Finding.of(lacking)


Antibody = tuple[str, str, Any, Any]


def _blot_antibodies(made: Made) -> list[Antibody]:
    return [
        (
            marker.target,
            f"{made.url}assays/{assay.number}/#rows-markers",
            marker.antibody_clone or marker.antibody_catalogue_no,
            marker.antibody_dilution,
        )
        for assay, blot in finished(made, "western_blot")
        for marker in blot.standing_markers
    ]


def _gate_antibodies(made: Made) -> list[Antibody]:
    return [
        (
            gate.target,
            f"{made.url}assays/{assay.number}/#rows-gates",
            gate.antibody_clone or gate.antibody_rrid,
            gate.antibody_ug_per_ml,
        )
        for assay, flow in finished(made, "nanoflow")
        for gate in flow.gates.all()
        if not gate.is_voided and gate.misev_category
    ]


def _captures(made: Made) -> list[Antibody]:
    """Antibodies that EVs were captured with: the amount of beads stands for a dilution."""
    return [
        (
            one.targets or str(step),
            f"{made.url}steps/{step.position}/#value-antibody_clone",
            one.antibody_clone or one.antibody_catalogue,
            one.bead_amount_mg,
        )
        for step, one in steps_by(made, "immunoaffinity")
    ]


def lysis(made: Made) -> Finding:
    blots = finished(made, "western_blot")
    if not blots:
        return Finding.not_applicable("no protein lysate was analysed")
    return Finding.of(
        Missing(f"assay {assay.number}: lysis buffer", f"{made.url}assays/{assay.number}/#value-lysis_buffer")
        for assay, blot in blots
        if not blot.lysis_buffer
    )


def enriched(made: Made) -> Finding:
    found = assessed(made, "1", "2")
    if len(found) >= 3:
        return Finding("satisfied", listed(found))
    more = 3 - len(found)
    what = f"{more} more EV-enriched protein{'s' if more > 1 else ''} (category 1 or 2)"
    return Finding.of([assay_to_add(made, what)], listed(found))


def not_enriched(made: Made) -> Finding:
    found = assessed(made, "3", "4")
    if found:
        return Finding("satisfied", listed(found))
    return Finding.of([assay_to_add(made, "a protein that is not EV-enriched (category 3 or 4)")])
