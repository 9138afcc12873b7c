"""How the steps of a batch go together: what deserves a look (ev-domain §5, combination rules).

Steps may stand in any order. Nothing here blocks; each remark is a sentence beside the step that it is about.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from batches.isolation.kinds import IsolationMethod, StepPurpose
from batches.isolation.models import ProcessStep, details_of
from batches.quantities import people_number

Method, Kept = IsolationMethod, ProcessStep.Kept
CONCENTRATING = frozenset({Method.ULTRACENTRIFUGATION, Method.ULTRAFILTRATION, Method.PRECIPITATION})
PREPARING = frozenset({StepPurpose.CONCENTRATE, StepPurpose.SEPARATE, StepPurpose.POLISH})
READ_FROM = Decimal("1.02")  # volumes are read to about 2 %


@dataclass(frozen=True)
class Remark:
    """A sentence about a step; about the whole way where `step` is None."""

    words: str
    step: ProcessStep | None = None


@dataclass(frozen=True)
class Way:
    """The standing steps of a batch in the order of work, the volume they began with, and whether the final
    preparation is counted by particle tracking. A pool is made of batches that were prepared before.
    """

    steps: Sequence[ProcessStep]
    start_ml: Decimal | None = None
    is_tracked: bool = False
    is_pool: bool = False

    def after(self, step: ProcessStep) -> Sequence[ProcessStep]:
        return self.steps[self.steps.index(step) + 1 :]


def remarks_on(way: Way) -> list[Remark]:
    """Everything about how the steps go together, in the order of the rules."""
    return [remark for rule in RULES for remark in rule(way)]


def more_in_than_out(way: Way) -> list[Remark]:
    """What goes into a step came out of the one before, or was added."""
    found, before, source = [], way.start_ml, "the parts" if way.is_pool else "the harvest"
    for step in way.steps:
        volume = step.volume_in_ml
        added = _added(step)
        if before is not None and volume is not None and volume > (before + added) * READ_FROM:
            figures = f"{people_number(volume)} mL went in, {people_number(before)} mL came out of {source}"
            found.append(Remark(f"{figures}: say what was added.", step))
        before, source = step.volume_out_ml, str(step)
    return found


def _added(step: ProcessStep) -> Decimal:
    """Fluid that the step's own entries say was added to what went in."""
    details: Any = details_of(step)
    if step.method == Method.PRECIPITATION:
        return details.reagent_volume_ml or Decimal(0)
    if step.method == Method.WASH:
        return (details.wash_volume_ml or Decimal(0)) * (details.wash_count or 1)
    return Decimal(0)


def bulk_is_filled(way: Way) -> list[Remark]:
    """What the last step before filling gives out is the bulk that is filled."""
    found = []
    for before, step in zip(way.steps, way.steps[1:], strict=False):
        bulk, taken = before.volume_out_ml, step.volume_in_ml
        if step.method == Method.FILL and bulk is not None and taken is not None and taken * READ_FROM < bulk:
            words = f"{people_number(taken)} of {people_number(bulk)} mL were filled: say where the rest is."
            found.append(Remark(words, step))
    return found


def pellet_thrown_away(way: Way) -> list[Remark]:
    """A spin that pellets EVs, of which the supernatant is kept."""
    return [
        Remark("It pellets EVs, but what is kept is the supernatant.", step)
        for step in way.steps
        if step.method == Method.ULTRACENTRIFUGATION
        and step.purpose != StepPurpose.CLEAR
        and step.fraction_kept == Kept.SUPERNATANT
    ]


def column_dilutes(way: Way) -> list[Remark]:
    """A column dilutes; counted without concentrating again, the concentration may be too low."""
    columns = [step for step in way.steps if step.method == Method.SIZE_EXCLUSION]
    if not way.is_tracked or not columns or any(map(_concentrates, way.after(columns[-1]))):
        return []
    words = (
        "A column dilutes 3 to 6 times and nothing concentrates afterwards: the count may be near its limit."
    )
    return [Remark(words, columns[-1])]


def _concentrates(step: ProcessStep) -> bool:
    return step.purpose == StepPurpose.CONCENTRATE or step.method in CONCENTRATING | {Method.TANGENTIAL_FLOW}


def nothing_prepares(way: Way) -> list[Remark]:
    """At least one step separates or concentrates; those of a pool's parts did."""
    if way.is_pool or not way.steps or any(step.purpose in PREPARING for step in way.steps):
        return []
    return [Remark("No step separates or concentrates EVs: this prepares nothing yet.")]


def beads_are_counted(way: Way) -> list[Remark]:
    """EVs on beads go into particle tracking, which counts the beads."""
    captures = [step for step in way.steps if step.method == Method.IMMUNOAFFINITY]
    if not way.is_tracked or not captures or way.after(captures[-1]):
        return []
    if not details_of(captures[-1]).stays_on_beads:
        return []
    return [
        Remark(
            "EVs stay on the beads and are counted by particle tracking: it counts the beads.", captures[-1]
        )
    ]


def subset_by_marker(way: Way) -> list[Remark]:
    """What a capture keeps is defined by its marker, and the name of the EVs says so."""
    words = "Only EVs with the captured marker are kept: name them by it (such as CD9-positive EVs)."
    return [
        Remark(words, step)
        for step in way.steps
        if step.method == Method.IMMUNOAFFINITY and step.fraction_kept in {Kept.ELUATE, Kept.ON_BEADS}
    ]


RULES: tuple[Callable[[Way], list[Remark]], ...] = (
    more_in_than_out,
    bulk_is_filled,
    pellet_thrown_away,
    column_dilutes,
    nothing_prepares,
    beads_are_counted,
    subset_by_marker,
)
