"""What the cells of a batch are and what was done to them, in words: bank, engineering, priming, cargo."""

from collections.abc import Iterator, Sequence
from typing import Any

from batches.isolation.models import ProcessStep
from batches.reporting.loading import Made
from batches.reporting.looking import steps_by
from batches.reporting.telling_values import told, told_or_gap
from batches.source.models import SourceLot
from batches.source.treatments import GeneticModification, Priming


def lots_of(made: Made) -> Sequence[SourceLot]:
    """The source lots that the batch is made of."""
    return made.lots


def modifications_of(made: Made) -> list[GeneticModification]:
    """What was changed in the genes of the cells."""
    return [one for one in made.treatments if isinstance(one, GeneticModification)]


def primings_of(made: Made) -> list[Priming]:
    """What the cells were exposed to."""
    return [one for one in made.treatments if isinstance(one, Priming)]


def cargo_of(made: Made) -> list[tuple[ProcessStep, Any]]:
    """Finished steps that loaded the EVs with a cargo, with their details."""
    return steps_by(made, "cargo_loading")


def is_identified(lot: SourceLot) -> bool:
    """Whether the cells' identity was shown at their bank."""
    return lot.bank is not None and lot.bank.identity == lot.bank.Identity.MATCH


def bank_words(lot: SourceLot) -> str:
    """'working cell bank WCB-HEK-03, passage 12': where the cells came from; empty without a bank."""
    bank = lot.bank
    if bank is None:
        return lot.bank_lot
    passage = f", passage {bank.passage}" if bank.passage is not None else ""
    return f"{bank.get_kind_display().lower()} {bank.code}{passage}"


def modification_words(one: GeneticModification) -> str:
    """A genetic modification with what shows it."""
    kept = f", {told(one, 'kept').lower()}" if one.kept else ""
    return (
        f"{told(one, 'what')}: {one.gene} by {told_or_gap(one, 'method')} "
        f"({told_or_gap(one, 'vector')}{kept}), verified by {told_or_gap(one, 'verification')}"
    )


def priming_words(one: Priming) -> str:
    """An exposure of the cells: agent, dose, oxygen, duration, and whether it was washed out."""
    exactly = f" ({one.agent_name})" if one.agent_name and one.agent != one.Agent.OTHER else ""
    washed = {"yes": ", washed out", "no": ", not washed out"}.get(one.washed, "")
    return f"{one.words}{exactly}{washed}"


def cells_sentences(made: Made) -> str:
    """Bank, engineering and priming as sentences of a methods section; empty where there is nothing."""
    banks = [f"Cells came from {words}." for lot in lots_of(made) if (words := bank_words(lot))]
    changed = [f"The cells were engineered ({modification_words(one)})." for one in modifications_of(made)]
    primed = [f"The cells were primed with {priming_words(one)}." for one in primings_of(made)]
    return " ".join([*dict.fromkeys(banks), *changed, *primed])


def cargo_sentence(step: ProcessStep, one: Any) -> str:
    """What was done in a step of loading, as the methods paragraph goes on after 'x mL …'."""
    way = told_or_gap(one, "way").lower()
    conditions = f" ({one.conditions})" if one.conditions else ""
    removed = {
        "yes": f"free cargo was removed by {told_or_gap(one, 'free_cargo_removal')}",
        "no": "free cargo was not removed",
    }.get(one.free_cargo_removed, "[whether free cargo was removed not recorded]")
    return (
        f"was loaded with {told_or_gap(one, 'cargo')} ({told_or_gap(one, 'cargo_amount_ug')}) by "
        f"{way}{conditions}, {told_or_gap(one, 'efficiency_percent')} of it taken up "
        f"({told_or_gap(one, 'efficiency_measurement')}); {removed}"
    )


CARGO = (
    ("Cargo", "cargo"),
    ("Cargo offered", "cargo_amount_ug"),
    ("Way of loading", "way"),
    ("Loading efficiency", "efficiency_percent"),
    ("Efficiency measured by", "efficiency_measurement"),
    ("Free cargo removed", "free_cargo_removed"),
)


def condition_words(made: Made) -> str:
    """What was done to the cells, where nobody entered the condition of the source."""
    return "; ".join(f"{one.kind_words}: {one.words}" for one in made.treatments)


def beyond_ev_track(made: Made) -> Iterator[tuple[str, str, str]]:
    """Parameter, value and place of what EV-TRACK has no parameter for."""
    for lot in lots_of(made):
        if words := bank_words(lot):
            yield "Cell bank", words, f"Source lot {lot.code}"
    for change in modifications_of(made):
        yield "Genetic modification", modification_words(change), f"Source lot {change.source_lot.code}"
    for priming in primings_of(made):
        yield "Priming", priming_words(priming), f"Source lot {priming.source_lot.code}"
    for step, details in cargo_of(made):
        for label, name in CARGO:
            yield label, told(details, name), str(step)
