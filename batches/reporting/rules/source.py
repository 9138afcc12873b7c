"""MISEV: nomenclature, source material, and how it was separated (ev-domain §1.4: N, S and P)."""

from collections.abc import Iterable, Mapping, Sequence

from batches.isolation.models import ProcessStep
from batches.reporting.cells import is_identified
from batches.reporting.loading import Made, details_of
from batches.reporting.looking import (
    EMPTY,
    Finding,
    Missing,
    empty_fields,
    fact,
    facts_lack,
    harvests_lack,
    listed,
)
from batches.reporting.telling_values import told
from batches.source.kinds import CULTURED_KINDS, SourceKind
from batches.source.models import Harvest, SourceLot

# What EV-TRACK asks of a step of each method; of fields in a group one is enough (ev-domain §5.3, EVT).
ASKED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "ultracentrifugation": (("rotor",), ("rcf_xg", "computed_rcf_max_xg"), ("duration_min",), ("r_max_mm",)),
    "wash": (("rotor",), ("rcf_xg", "computed_rcf_max_xg"), ("duration_min",), ("wash_volume_ml",)),
    "clearing_spin": (("rcf_xg", "computed_rcf_max_xg"), ("duration_min",)),
    "density_gradient": (
        ("medium",),
        ("form",),
        ("orientation",),
        ("layer_count",),
        ("lowest_density_g_per_ml",),
        ("highest_density_g_per_ml",),
        ("total_volume_ml",),
        ("sample_volume_ml",),
        ("fraction_volume_ml",),
        ("rotor",),
        ("rcf_xg", "computed_rcf_max_xg"),
        ("duration_min",),
    ),
    "size_exclusion": (("resin", "column_name"), ("column_volume_ml",), ("sample_volume_ml",)),
    "precipitation": (("polymer", "kit_name"),),
    "tangential_flow": (("mwco_kda",), ("membrane",)),
    "ultrafiltration": (("mwco_kda",), ("membrane",)),
    "filtration": (("pore_um",), ("membrane",)),
    "immunoaffinity": (("targets",), ("matrix",)),
    "af4": (("membrane",), ("mwco_kda",)),
}
CLEARING = ("clearing_spin", "filtration")


def term_declared(made: Made) -> Finding:
    advice = made.facts.advice() if made.facts is not None else []
    words = next((hint for name, hint in advice if name == "ev_term"), fact(made, "ev_term"))
    return Finding.of(facts_lack(made, "ev_term", "ev_term_basis"), words)


def size_class_declared(made: Made) -> Finding:
    return Finding.of(facts_lack(made, "size_class", "size_cutoff_nm", "size_method"))


def source_named(made: Made) -> Finding:
    return together([lot_named(made, lot) for lot in made.lots])


def together(findings: Sequence[Finding]) -> Finding:
    """What was found of several source lots: everything that one of them lacks."""
    words = "; ".join(dict.fromkeys(one.words for one in findings if one.words))
    if findings and not any(one.applies for one in findings):
        return Finding.not_applicable(words)
    return Finding.of((lack for one in findings for lack in one.missing), words)


def lot_named(made: Made, lot: SourceLot) -> Finding:
    url = f"/sources/{lot.code}/"
    if lot.kind == SourceKind.CELL_LINE:
        line = getattr(lot, "celllinedetails", None)
        if line is None:
            return Finding.of([Missing("cell line", url)])
        lacking = [one.what for one in empty_fields(made, line, url, ("line_name", "species"))]
        if not (line.str_ref or line.rrid or is_identified(lot)):
            lacking.append("STR profile or RRID")
        return Finding.of([Missing(what, url) for what in lacking], line.line_name)
    words = f"{lot.get_kind_display()}, donor {lot.donor.code}" if lot.donor else lot.get_kind_display()
    return Finding.of([] if lot.donor else [Missing("donor", url)], words)


COLLECTED = "the material was collected, not cultured"
POOLED = "a pool: reported with the batches that it is made of"


def uncultured(made: Made) -> Finding:
    """Nothing to say of a culture, and why."""
    return Finding.not_applicable(POOLED if made.batch.is_pool else COLLECTED)


def culture_described(made: Made) -> Finding:
    harvests = cultures(made)
    if not harvests:
        return uncultured(made)
    names = ["medium", "medium_lot", "ev_depletion", "seeding_per_cm2", "passage", "confluence_percent"]
    names += ["oxygen_percent", "culture_system", "conditioning_h"]
    supplemented = [one for one in harvests if one.supplement]
    lacking = [*harvests_lack(made, harvests, *names), *harvests_lack(made, supplemented, "supplement_lot")]
    return Finding.of(lacking)


def is_culture(harvest: Harvest) -> bool:
    """Whether a harvest was taken from a culture."""
    return harvest.lot.kind in CULTURED_KINDS


def cultures(made: Made) -> list[Harvest]:
    """The harvests that were taken from cultures."""
    return [harvest for harvest in made.harvests if is_culture(harvest)]


def cells_counted(made: Made) -> Finding:
    harvests = cultures(made)
    if not harvests:
        return uncultured(made)
    return Finding.of(harvests_lack(made, harvests, "cells_at_harvest", "viability_percent"))


def mycoplasma_known(made: Made) -> Finding:
    harvests = cultures(made)
    if not harvests:
        return uncultured(made)
    unsettled = [one for one in harvests if one.mycoplasma and one.mycoplasma != "negative"]
    if unsettled:
        lacking = [Missing("a negative result", f"{one.url}#value-mycoplasma") for one in unsettled]
        return Finding.of(lacking, ", ".join(one.get_mycoplasma_display() for one in unsettled))
    names = ("mycoplasma", "mycoplasma_method", "mycoplasma_on")
    return Finding.of(harvests_lack(made, harvests, *names))


def fluid_described(made: Made) -> Finding:
    return together([blood_described(made, lot) for lot in made.lots])


def blood_described(made: Made, lot: SourceLot) -> Finding:
    if lot.kind != SourceKind.CORD_BLOOD:
        return Finding.not_applicable("no body fluid")
    url, blood = f"/sources/{lot.code}/", getattr(lot, "cordblooddetails", None)
    if blood is None:
        return Finding.of([Missing("blood collection", url)])
    names = ("anticoagulant", "minutes_to_first_spin", "first_spin", "second_spin", "haemolysis")
    lacking = [one.what for one in empty_fields(made, blood, url, names)]
    if lot.collection_time is None:
        lacking.append("collected")
    return Finding.of(Missing(what, url) for what in lacking)


def amount_stated(made: Made) -> Finding:
    """How much the batch began with: of every harvest, or of every part of a pool."""
    if made.batch.is_pool:
        lacking = [part for part in made.parts if part.volume_ml is None]
        url = f"{made.url}parts/"
        unknown = [Missing(f"volume of {part.part.number}", f"{url}{part.position}/") for part in lacking]
        return Finding.of(unknown if made.parts else [Missing("parts", url)], told_of_parts(made))
    names = ("starting_volume_ml", "cells_at_harvest", "tissue_mass_g")
    unmeasured = [one for one in made.harvests if all(getattr(one, name) is None for name in names)]
    return Finding.of(harvests_lack(made, unmeasured, *names)[:1])


def told_of_parts(made: Made) -> str:
    """The parts of a pool with their volumes."""
    return listed(f"{part.part.number} {told(part, 'volume_ml')}".strip() for part in made.parts)


def cleared_and_stored(made: Made) -> Finding:
    if made.batch.is_pool:
        return Finding.not_applicable(POOLED)
    lacking = harvests_lack(made, made.harvests, "hold_temp_c", "hold_h", "freeze_thaws")
    if not any(step.purpose == "clear" or step.method in CLEARING for step in made.steps):
        lacking.append(Missing("a step that clears cells and debris", f"{made.url}steps/add/"))
    return Finding.of(lacking)


def steps_described(made: Made) -> Finding:
    done = [step for step in made.steps if step.status == ProcessStep.Status.FINISHED]
    if not done:
        return Finding.of([Missing("a finished step", f"{made.url}#isolation")])
    return Finding.of(lack for step in done for lack in step_lacks(made, step))


def step_lacks(made: Made, step: ProcessStep, asked: Iterable[tuple[str, ...]] = ()) -> Iterable[Missing]:
    """What a step lacks of what EV-TRACK asks of its method."""
    details, url = details_of(step), f"{made.url}steps/{step.position}/"
    for group in (asked or ASKED.get(step.method, ())) if details is not None else ():
        if any(getattr(details, name, True) not in EMPTY for name in group):
            continue
        lacking = empty_fields(made, details, url, group)
        if len(lacking) == len(group):
            yield Missing(f"step {step.position}: {lacking[0].what}", lacking[0].url)


def control_made(made: Made) -> Finding:
    number = fact(made, "process_control")
    if not number:
        return Finding.of(facts_lack(made, "process_control"))
    control = made.control
    if control is None:
        where = f"{made.url}reporting/#value-process_control"
        return Finding.of([Missing(f"there is no batch {number}", where)])
    lacking = [f"{what} of {number}" for what in ("particles", "protein") if what not in control]
    return Finding.of((Missing(what, f"/batches/{number}/") for what in lacking), f"batch {number}")
