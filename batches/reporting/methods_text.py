"""A methods paragraph for a publication, written from the record: what is there, and gaps where nothing is.

Plain sentences without judgement; a gap stands in brackets, so that nobody publishes it unseen.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from batches.isolation.models import ProcessStep
from batches.quantities import people_number, significant
from batches.reporting.balance import balance_of
from batches.reporting.cells import cargo_sentence, cells_sentences
from batches.reporting.evtrack import force_xg
from batches.reporting.loading import Made, details_of
from batches.reporting.looking import Score, fact, finished
from batches.reporting.rules.source import is_culture
from batches.reporting.telling_values import told, told_or_gap
from batches.source.amounts import starting_volume_ml
from batches.source.models import Harvest


def methods_of(made: Made) -> str:
    """The paragraphs of a batch, with a blank line between them."""
    parts = [
        _source(made),
        cells_sentences(made),
        _separation(made),
        _characterization(made),
        _yield(made),
        _storage(made),
    ]
    return "\n\n".join(part for part in parts if part)


def gaps_in(text: str) -> int:
    """How many gaps the text shows."""
    return text.count(" not recorded]")


def lacking_sentence(score: Score) -> str:
    """What the checklist still lacks, in one sentence below the text; empty when nothing does."""
    lacking = [f"{_inside(one.item.sentence)} ({one.item.code})" for one in score.lacking]
    return f"Not reported in the record: {'; '.join(lacking)}." if lacking else ""


def _inside(sentence: str) -> str:
    """A sentence as a part of another one: its first letter small, unless it begins with a name."""
    is_name = sentence[1:2].isupper()
    return sentence if is_name else f"{sentence[:1].lower()}{sentence[1:]}"


# --- source -------------------------------------------------------------------------------------------


def _source(made: Made) -> str:
    """Every harvest, a culture that several were taken from once, and that they were pooled; or the parts of
    a pool."""
    if made.batch.is_pool:
        return _pooled(made)
    told: list[str] = []
    for harvest in made.harvests:
        *sentences, held = _harvest(harvest)
        told += [*(one for one in sentences if one not in told), held]
    many, lots = len(made.harvests), len(made.lots)
    if many > 1:
        total = starting_volume_ml(made.harvests)
        of_lots = f" of {lots} source lots" if lots > 1 else ""
        volume = "[total volume not recorded]" if total is None else f"{people_number(total)} mL"
        told.append(f"The material was pooled from {many} harvests{of_lots}, {volume} together.")
    return " ".join(told)


def _pooled(made: Made) -> str:
    parts = [f"{_gap(part, 'volume_ml')} of {part.part.number}" for part in made.parts]
    thinned = [f"{_gap(part, 'diluent_ml')} of {part.diluent}" for part in made.parts if part.diluent]
    if not parts:
        return "[parts of the pool not recorded]"
    batches = "a released batch" if len(parts) == 1 else f"{len(parts)} released batches"
    added = f"; diluted with {' and '.join(thinned)}" if thinned else ""
    return f"The preparation is a pool of {batches}: {', '.join(parts)}{added}."


def _harvest(harvest: Harvest) -> list[str]:
    sentences = _cultured(harvest) if is_culture(harvest) else _collected(harvest)
    at, how_long = _gap(harvest, "hold_temp_c"), _gap(harvest, "hold_h")
    return [*sentences, f"It was held at {at} for {how_long} before processing."]


def _cultured(harvest: Harvest) -> Iterator[str]:
    lot = harvest.lot
    line = getattr(lot, "celllinedetails", None)
    of_donor = f"{lot.get_kind_display()}s (donor {lot.donor or 'not recorded'})"
    cells = line.line_name if line is not None else of_donor
    yield (
        f"{cells} of passage {_gap(harvest, 'passage')} were seeded at {_gap(harvest, 'seeding_per_cm2')} "
        f"({_gap(harvest, 'culture_system').lower()}) and conditioned for {_gap(harvest, 'conditioning_h')} "
        f"from {_gap(harvest, 'confluence_percent')} confluence in {_gap(harvest, 'medium')} "
        f"(lot {_gap(harvest, 'medium_lot')}; {_gap(harvest, 'ev_depletion').lower()}) "
        f"at {_gap(harvest, 'oxygen_percent')} oxygen."
    )
    yield (
        f"{_gap(harvest, 'starting_volume_ml')} of conditioned medium were taken from "
        f"{_gap(harvest, 'cells_at_harvest')} with {_gap(harvest, 'viability_percent')} viability; "
        f"mycoplasma: {_gap(harvest, 'mycoplasma').lower()} ({_gap(harvest, 'mycoplasma_method')})."
    )


def _collected(harvest: Harvest) -> Iterator[str]:
    lot = harvest.lot
    yield (
        f"The starting material was {lot.get_kind_display().lower()} (source lot {lot.code}, donor "
        f"{lot.donor or 'not recorded'}), {_gap(harvest, 'starting_volume_ml')}."
    )


# --- separation ---------------------------------------------------------------------------------------


def _separation(made: Made) -> str:
    done = [step for step in made.steps if step.status == ProcessStep.Status.FINISHED]
    if not done:
        return "[separation of the EVs not recorded]"
    return " ".join(_step(step, details_of(step)) for step in done)


def _step(step: ProcessStep, details: Any) -> str:
    """One sentence on a step: what was done with how much, and what came out."""
    how = DONE.get(step.method)
    words = how(step, details) if how and details is not None else f"was taken through {_method(step)}"
    volumes = f"{_gap(step, 'volume_in_ml')} {words}, which gave {_gap(step, 'volume_out_ml')}"
    kept = f" of {told(step, 'fraction_kept').lower()}" if step.fraction_kept not in ("", "all") else ""
    return f"{step.name}: {volumes}{kept}."


def _method(step: ProcessStep) -> str:
    return step.get_method_display().lower()


def _spun(step: ProcessStep, one: Any) -> str:
    force = force_xg(one)
    shown = "[force not recorded]" if force is None else f"{people_number(significant(force, 4))} ×g"
    basis = told(one, "rcf_basis").lower()
    k_factor = f", adjusted k-factor {told(one, 'adjusted_k')}" if told(one, "adjusted_k") else ""
    taken_up = told(one, "resuspension_buffer")
    return (
        f"was centrifuged at {shown}{f' ({basis})' if basis else ''} for {_gap(one, 'duration_min')} at "
        f"{_gap(step, 'temperature_c')} ({_gap(one, 'rotor')} rotor{k_factor})"
        + (f", the pellet taken up in {taken_up}" if taken_up else "")
    )


def _floated(step: ProcessStep, one: Any) -> str:
    return (
        f"was put on a {_gap(one, 'form').lower()} gradient of {_gap(one, 'medium').lower()} "
        f"({_gap(one, 'lowest_density_g_per_ml')} to {_gap(one, 'highest_density_g_per_ml')}, "
        f"{_gap(one, 'orientation').lower()}) and {_spun(step, one)}; fractions of "
        f"{_gap(one, 'fraction_volume_ml')} at {_gap(one, 'pooled_density_g_per_ml')} were pooled"
    )


def _on_column(step: ProcessStep, one: Any) -> str:
    return (
        f"was run on {_gap(one, 'column_name')} ({_gap(one, 'resin')}, {_gap(one, 'column_volume_ml')}) in "
        f"{_gap(one, 'running_buffer')}, {_gap(one, 'sample_volume_ml')} a column; fractions "
        f"{_gap(one, 'first_pooled')} to {_gap(one, 'last_pooled')} of {_gap(one, 'fraction_size_ml')} "
        "were pooled"
    )


def _precipitated(step: ProcessStep, one: Any) -> str:
    reagent = told(one, "kit_name") or f"{_gap(one, 'polymer')} at {_gap(one, 'polymer_percent')}"
    return (
        f"was precipitated with {reagent} for {_gap(one, 'incubation_h')} at "
        f"{_gap(one, 'incubation_temp_c')} and pelleted at {_gap(one, 'pellet_rcf_xg')} for "
        f"{_gap(one, 'pellet_min')}"
    )


def _filtered(step: ProcessStep, one: Any) -> str:
    return f"was filtered through {_gap(one, 'pore_um')} ({_gap(one, 'membrane')})"


def _through_membrane(step: ProcessStep, one: Any) -> str:
    return f"was taken through {_method(step)} ({_gap(one, 'membrane')}, {_gap(one, 'mwco_kda')})"


def _captured(step: ProcessStep, one: Any) -> str:
    return f"was captured by {_gap(one, 'targets')} on {_gap(one, 'matrix')}"


DONE: Mapping[str, Callable[[ProcessStep, Any], str]] = {
    "ultracentrifugation": _spun,
    "clearing_spin": _spun,
    "wash": _spun,
    "density_gradient": _floated,
    "size_exclusion": _on_column,
    "precipitation": _precipitated,
    "filtration": _filtered,
    "tangential_flow": _through_membrane,
    "ultrafiltration": _through_membrane,
    "immunoaffinity": _captured,
    "cargo_loading": cargo_sentence,
}


# --- characterization ---------------------------------------------------------------------------------


def _characterization(made: Made) -> str:
    sentences = [_say(made, technique) for technique in SAID]
    said = " ".join(one for one in sentences if one)
    return said or "[characterization of the EVs not recorded]"


def _say(made: Made, technique: str) -> str:
    """One sentence for all replicates of a technique, in the words of the first."""
    found = finished(made, technique)
    if not found:
        return ""
    replicates = f" ({len(found)} replicates)" if len(found) > 1 else ""
    return SAID[technique](*found[0]) + replicates + "."


def _counted(assay: Any, one: Any) -> str:
    dilution = told(one, "dilution", unit=False)
    return (
        f"{assay.get_technique_display()} ({_instrument(assay)}) of the preparation"
        + (f", diluted 1:{dilution} in {_gap(one, 'diluent')}," if dilution else "")
        + f" gave {_gap(one, 'particles_per_ml')} with a mode of {_gap(one, 'mode_nm')}"
    )


def _weighed(assay: Any, one: Any) -> str:
    return f"Protein was {_gap(one, 'protein_ug_per_ml')} by {_gap(one, 'method')} ({_gap(one, 'kit')})"


def _blotted(assay: Any, one: Any) -> str:
    rows = "; ".join(_marker(marker) for marker in one.standing_markers) or "[markers not recorded]"
    reducing = {"yes": ", reducing", "no": ", not reducing"}.get(one.reducing, "")
    return f"Western blot (lysis in {_gap(one, 'lysis_buffer')}{reducing}): {rows}"


def _marker(marker: Any) -> str:
    antibody = marker.antibody_clone or marker.antibody_catalogue_no or "[antibody not recorded]"
    dilution = f", 1:{marker.antibody_dilution}" if marker.antibody_dilution else ""
    return f"{marker.target} {_gap(marker, 'found')} ({antibody}{dilution})"


def _pictured(assay: Any, one: Any) -> str:
    size = f", mean diameter {told(one, 'mean_nm')} (n = {one.measured_count})" if one.measured_count else ""
    how = f"{_gap(one, 'mode')} ({_gap(one, 'microscope')}, stain {_gap(one, 'stain')})"
    return f"{how}: {_gap(one, 'morphology').lower()}{size}"


def _instrument(assay: Any) -> str:
    return (assay.equipment.split(",")[0] if assay.equipment else "") or "[instrument not recorded]"


SAID: Mapping[str, Callable[[Any, Any], str]] = {
    "nta": _counted,
    "trps": _counted,
    "nanoflow": _counted,
    "protein": _weighed,
    "western_blot": _blotted,
    "electron_microscopy": _pictured,
}


# --- yield and storage --------------------------------------------------------------------------------


def _yield(made: Made) -> str:
    overall = balance_of(made).overall
    total, share, purity = overall.out.particles, overall.recovery_percent, overall.out.particles_per_ug
    if total is None:
        return ""
    words = f"The preparation held {people_number(total, 3)} particles"
    if share is not None:
        words += f", {people_number(significant(share, 3))} % of those in the starting material"
    return words + (f"; {people_number(purity, 2)} particles per µg protein." if purity else ".")


def _storage(made: Made) -> str:
    facts = made.facts
    if facts is None or not any((fact(made, "storage_buffer"), facts.storage_temp_c is not None)):
        return "[how the EVs were kept not recorded]"
    return (
        f"The EVs were kept in {_gap(facts, 'storage_buffer')} in {_gap(facts, 'storage_container')} at "
        f"{_gap(facts, 'storage_temp_c')} for {_gap(facts, 'storage_time')}, with "
        f"{_gap(facts, 'storage_freeze_thaws')} freeze–thaw cycles."
    )


_gap = told_or_gap
