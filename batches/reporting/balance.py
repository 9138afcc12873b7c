"""Recovery: particles, protein and volume in and out of every step, over records that were read already.

Formulas and checks: ev-domain §5.2. Nothing is guessed: what was not measured is missing and named. A
concentration that was measured on one side of a step holds for the liquid on the other side of the joint:
what came out of a step goes into the next one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from batches.characterization.kinds import Technique
from batches.characterization.models import Assay
from batches.isolation.formulas import percent
from batches.isolation.models import ProcessStep
from batches.pooling.parts import Mixture
from batches.reporting.added import added_ml
from batches.reporting.loading import Made, details_of
from batches.source.amounts import starting_volume_ml

# Techniques that count particles, the one that counts first; results of two are never mixed.
COUNTING = (Technique.NTA, "trps", "nanoflow")
WEIGHING = (Technique.PROTEIN,)
MEASURES = {"particles_per_ml": COUNTING, "protein_ug_per_ml": WEIGHING}
ENTERED = "entered with the step"
FROM_PARTS = "expected from the parts"
STEP_FIELDS = {
    "particles_per_ml": ("particles_in_per_ml", "particles_out_per_ml"),
    "protein_ug_per_ml": ("protein_in_ug_per_ml", "protein_out_ug_per_ml"),
}


class Known(NamedTuple):
    """A value and where it comes from, in words."""

    value: Decimal
    source: str


@dataclass(frozen=True)
class Side:
    """What goes into a step or comes out of it; None where nobody knows."""

    volume_ml: Known | None = None
    particles_per_ml: Known | None = None
    protein_ug_per_ml: Known | None = None

    @property
    def particles(self) -> Decimal | None:
        """Particles altogether."""
        return _times(self.volume_ml, self.particles_per_ml)

    @property
    def protein_ug(self) -> Decimal | None:
        """Protein altogether (µg)."""
        return _times(self.volume_ml, self.protein_ug_per_ml)

    @property
    def particles_per_ug(self) -> Decimal | None:
        """Purity: particles per µg protein."""
        return _ratio(_value(self.particles_per_ml), _value(self.protein_ug_per_ml))


def _value(known: Known | None) -> Decimal | None:
    return None if known is None else known.value


def _times(one: Known | None, other: Known | None) -> Decimal | None:
    return None if one is None or other is None else one.value * other.value


def _ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return None if part is None or not whole else part / whole


class Balance:
    """What became of particles, protein and volume between two sides."""

    into: Side
    out: Side

    @property
    def recovery_percent(self) -> Decimal | None:
        """Particles out as % of particles in."""
        return percent(self.out.particles, self.into.particles)

    @property
    def protein_recovery_percent(self) -> Decimal | None:
        return percent(self.out.protein_ug, self.into.protein_ug)

    @property
    def protein_removal_percent(self) -> Decimal | None:
        """100 · (1 - P_out/P_in)."""
        recovered = self.protein_recovery_percent
        return None if recovered is None else 100 - recovered

    @property
    def volume_factor(self) -> Decimal | None:
        """Volume concentration factor: V_in/V_out."""
        return _ratio(_value(self.into.volume_ml), _value(self.out.volume_ml))

    @property
    def concentration_factor(self) -> Decimal | None:
        """C_out/C_in of particles."""
        return _ratio(_value(self.out.particles_per_ml), _value(self.into.particles_per_ml))

    @property
    def purification_factor(self) -> Decimal | None:
        """Particles per µg after over before."""
        return _ratio(self.out.particles_per_ug, self.into.particles_per_ug)

    @property
    def lost(self) -> Decimal | None:
        """Particles that went in and did not come out."""
        before, after = self.into.particles, self.out.particles
        return None if before is None or after is None else before - after


@dataclass(frozen=True)
class StepBalance(Balance):
    """The balance of one step; `added_ml` is what was put to it, None where the record does not tell."""

    step: ProcessStep
    into: Side
    out: Side
    added_ml: Decimal | None

    @property
    def key(self) -> tuple[int | None, str]:
        """What the same step of other batches is found by: its place in the plan, and its method."""
        return self.step.planned_position, self.step.method

    @property
    def told_elsewhere(self) -> list[tuple[str, str]]:
        """Sides whose count was not entered with the step itself, each with where it comes from."""
        sides = (("in", self.into.particles_per_ml), ("out", self.out.particles_per_ml))
        return [(way, one.source) for way, one in sides if one is not None and one.source != ENTERED]


@dataclass(frozen=True)
class Overall(Balance):
    """From the starting material to the final preparation; `product_percent` is that of all steps."""

    into: Side
    out: Side
    product_percent: Decimal | None

    @property
    def is_apart(self) -> bool:
        """Whether the product of the steps and final over starting differ by more than 10 %."""
        share, product = self.recovery_percent, self.product_percent
        return bool(share and product is not None and abs(product - share) / share > Decimal("0.1"))


@dataclass(frozen=True)
class BatchBalance:
    """The balance of a batch: every step that was begun, and all of it."""

    made: Made
    steps: tuple[StepBalance, ...]
    overall: Overall

    @property
    def number(self) -> str:
        return self.made.batch.number

    @property
    def has_particles(self) -> bool:
        """Whether any particles are known, so that there is something to draw."""
        return any(one.into.particles or one.out.particles for one in self.steps)


def balance_of(made: Made) -> BatchBalance:
    """The balance of a batch over its record; asks the database for nothing."""
    begun = [step for step in made.steps if step.status != ProcessStep.Status.PLANNED]
    measured = _Measured(made.assays)
    sides = _joined([_own_sides(step, measured) for step in begun])
    if sides:
        sides[0] = (_filled(sides[0][0], measured.of(Assay.Sample.STARTING), made), sides[0][1])
        if made.is_through:
            sides[-1] = (sides[-1][0], _or(sides[-1][1], measured.of(Assay.Sample.FINAL)))
    steps = tuple(
        StepBalance(step, into, out, added_ml(step, details_of(step)))
        for step, (into, out) in zip(begun, sides, strict=True)
    )
    return BatchBalance(made, steps, _overall(made, steps, measured))


# --- what was measured on which side ------------------------------------------------------------------


class _Measured:
    """Means of finished assays, by the sample they were made of."""

    def __init__(self, assays: Sequence[Assay]):
        self._by_sample: dict[tuple[str, int | None], list[Assay]] = {}
        for assay in assays:
            if counts(assay):
                after = assay.after_step if assay.sample == Assay.Sample.STEP else None
                self._by_sample.setdefault((assay.sample, after), []).append(assay)

    def of(self, sample: str, after_step: int | None = None) -> Side:
        """What assays of a sample say; volumes they don't tell."""
        assays = self._by_sample.get((sample, after_step), ())
        known = {name: _mean(assays, name, kinds) for name, kinds in MEASURES.items()} if assays else {}
        return Side(None, **known)


def counts(assay: Assay) -> bool:
    """Whether an assay's result counts: finished, and neither voided nor left out since."""
    return assay.status == Assay.Status.FINISHED


def _mean(assays: Iterable[Assay], name: str, techniques: Sequence[str]) -> Known | None:
    """Mean of the first of these techniques that has a result; results below a limit are none."""
    for technique in techniques:
        found = [(assay, _result(assay, name)) for assay in assays if assay.technique == technique]
        values = [value for _, value in found if value is not None]
        if values:
            numbers = ", ".join(str(assay.number) for assay, value in found if value is not None)
            words = f"assay {numbers}" if len(values) == 1 else f"mean of assays {numbers}"
            return Known(sum(values, Decimal(0)) / len(values), words)
    return None


def _result(assay: Assay, name: str) -> Decimal | None:
    details: Any = details_of(assay)
    return None if details is None or details.sign_of(name) else getattr(details, name, None)


def _own_sides(step: ProcessStep, measured: _Measured) -> tuple[Side, Side]:
    """What was entered with the step itself, and what assays say of what came out of it."""
    sides = [
        Side(
            _entered(getattr(step, volume)),
            *(_entered(getattr(step, names[which])) for names in STEP_FIELDS.values()),
        )
        for which, volume in enumerate(("volume_in_ml", "volume_out_ml"))
    ]
    return sides[0], _or(sides[1], measured.of(Assay.Sample.STEP, step.position))


def _entered(value: Decimal | None) -> Known | None:
    return None if value is None else Known(value, ENTERED)


def _or(side: Side, other: Side) -> Side:
    """A side, with what it lacks from another measurement of the same liquid."""
    return Side(
        side.volume_ml or other.volume_ml,
        side.particles_per_ml or other.particles_per_ml,
        side.protein_ug_per_ml or other.protein_ug_per_ml,
    )


def _joined(sides: list[tuple[Side, Side]]) -> list[tuple[Side, Side]]:
    """What came out of a step goes into the next: a concentration known on one side holds on the other."""
    joined = list(sides)
    for i in range(len(sides) - 1):
        out, into = joined[i][1], joined[i + 1][0]
        joined[i] = (joined[i][0], _or(out, _carried(into, "counted before the next step")))
        joined[i + 1] = (_or(into, _carried(out, "as it came out before")), joined[i + 1][1])
    return joined


def _carried(side: Side, words: str) -> Side:
    return Side(
        None,
        *(one and Known(one.value, words) for one in (side.particles_per_ml, side.protein_ug_per_ml)),
    )


def _filled(first: Side, starting: Side, made: Made) -> Side:
    """The first step's input, with the harvest's volume and the assays of the starting material."""
    return _or(_or(first, starting), _harvested(made))


def _harvested(made: Made) -> Side:
    """What a batch begins with: its harvests, or the parts of a pool."""
    if made.batch.is_pool:
        mixture = Mixture.of(made.parts)
        return Side(*(_known(value, FROM_PARTS) for value in (mixture.volume_ml, mixture.particles_per_ml)))
    volume, many = starting_volume_ml(made.harvests), len(made.harvests)
    words = "volume at harvest" if many == 1 else f"volumes of {many} harvests"
    return Side(_known(volume, words))


def _known(value: Decimal | None, words: str) -> Known | None:
    return None if value is None else Known(value, words)


def _overall(made: Made, steps: Sequence[StepBalance], measured: _Measured) -> Overall:
    """Final over starting: assays of both samples before what the steps say of them."""
    starting = _or(measured.of(Assay.Sample.STARTING), _harvested(made))
    into = _or(starting, steps[0].into) if steps else starting
    out = _or(measured.of(Assay.Sample.FINAL), steps[-1].out) if steps and made.is_through else Side()
    return Overall(into, out, _product(steps))


def _product(steps: Sequence[StepBalance]) -> Decimal | None:
    """Product of the recoveries of all steps (%); None while one of them is not known."""
    product = Decimal(100)
    for one in steps:
        share = one.recovery_percent
        if share is None:
            return None
        product = product * share / 100
    return product if steps else None
