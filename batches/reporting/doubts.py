"""What of a balance can't be or is hard to believe, and what it lacks; each with the way to the value.

Limits: ev-domain §5.2. 100 to 120 % is counting error, more is doubtful, more than 200 % is impossible.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from batches.characterization.models import Assay
from batches.isolation.models import ProcessStep
from batches.pooling.conserving import conserved_in
from batches.quantities import people_number, significant
from batches.reporting.balance import BatchBalance, Known, StepBalance

DOUBTFUL_PERCENT, IMPOSSIBLE_PERCENT = Decimal(120), Decimal(200)
# Volumes are read to about a hundredth.
READ_TO = Decimal("1.01")


@dataclass(frozen=True)
class Doubt:
    """Something about a balance that a person has to look at."""

    where: str
    words: str
    url: str
    is_impossible: bool = False


@dataclass(frozen=True)
class Lacking:
    """A value that the balance needs and that the record does not hold."""

    where: str
    what: str
    url: str


def doubts_of(balance: BatchBalance) -> list[Doubt]:
    """Everything impossible or doubtful, in the order of the work."""
    url = balance.made.url
    found = [doubt for one in balance.steps for doubt in _of_step(one, url)]
    for before, after in zip(balance.steps, balance.steps[1:], strict=False):
        found += _between(before, after, url)
    return [*_of_pool(balance), *found, *_of_samples(balance), *_of_all(balance)]


def _of_pool(balance: BatchBalance) -> Iterator[Doubt]:
    """A pool that does not hold what its parts brought along."""
    url = f"{balance.made.url}parts/"
    for words in conserved_in(balance).words() if balance.made.parts else ():
        yield Doubt("Parts", words, url)


def _of_step(one: StepBalance, url: str) -> Iterator[Doubt]:
    page = f"{url}steps/{one.step.position}/"
    shares = (
        ("particles", one.recovery_percent, "particles_out_per_ml"),
        ("protein", one.protein_recovery_percent, "protein_out_ug_per_ml"),
    )
    for what, share, field in shares:
        if share is not None and share > DOUBTFUL_PERCENT:
            yield _too_much(str(one.step), what, share, f"{page}#value-{field}")
    yield from _volume(one, f"{page}#value-volume_out_ml")
    factor = one.purification_factor
    if factor is not None and factor < 1:
        words = f"fewer particles per µg came out than went in (purification factor {_three(factor)})"
        yield Doubt(str(one.step), words, f"{page}#value-protein_out_ug_per_ml")


def _too_much(where: str, what: str, share: Decimal, url: str) -> Doubt:
    is_impossible = share > IMPOSSIBLE_PERCENT
    why = "more than went in"
    if is_impossible:
        why = "more than counting error can explain: look at dilution, volume and unit"
    return Doubt(where, f"{_three(share)} % of the {what} came out, {why}", url, is_impossible)


def _volume(one: StepBalance, url: str) -> Iterator[Doubt]:
    into, out = one.into.volume_ml, one.out.volume_ml
    if into is None or out is None or out.value <= into.value * READ_TO:
        return
    told = f"{people_number(out.value)} mL came out, {people_number(into.value)} mL went in"
    if one.added_ml is None:
        yield Doubt(str(one.step), f"{told}; what was added is not recorded", url)
    elif out.value > (into.value + one.added_ml) * READ_TO:
        words = f"{told} and {people_number(one.added_ml)} mL were added"
        yield Doubt(str(one.step), words, url, is_impossible=True)


def _between(before: StepBalance, after: StepBalance, url: str) -> Iterator[Doubt]:
    """More can't go into a step than came out of the one before."""
    out, into = before.out.volume_ml, after.into.volume_ml
    if out is not None and into is not None and into.value > out.value * READ_TO:
        words = f"{people_number(into.value)} mL went in, only {people_number(out.value)} mL came out before"
        yield Doubt(str(after.step), words, f"{url}steps/{after.step.position}/#value-volume_in_ml")


def _of_samples(balance: BatchBalance) -> Iterator[Doubt]:
    """Assays of a sample 'after a step' that name no step, or one that there is not."""
    positions = {one.step.position for one in balance.steps}
    for assay in balance.made.assays:
        if assay.sample == Assay.Sample.STEP and assay.after_step not in positions:
            known = assay.after_step is not None
            words = f"there is no step {assay.after_step}" if known else "it does not say after which step"
            url = f"{balance.made.url}assays/{assay.number}/#value-after_step"
            yield Doubt(str(assay), words, url)


def _of_all(balance: BatchBalance) -> Iterator[Doubt]:
    overall = balance.overall
    share, product = overall.recovery_percent, overall.product_percent
    if share is not None and share > DOUBTFUL_PERCENT:
        yield _too_much("All steps", "particles", share, f"{balance.made.url}recovery/")
    if overall.is_apart and share is not None and product is not None:
        words = (
            f"the steps multiply to {_three(product)} %, final over starting gives {_three(share)} %: "
            "more than a tenth apart"
        )
        yield Doubt("All steps", words, f"{balance.made.url}recovery/")


def lacking_in(balance: BatchBalance) -> list[Lacking]:
    """Volumes and counts that a finished step lacks; protein only where there is some elsewhere."""
    names = ["volume_ml", "particles_per_ml"]
    if any(one.into.protein_ug_per_ml or one.out.protein_ug_per_ml for one in balance.steps):
        names.append("protein_ug_per_ml")
    finished = [one for one in balance.steps if one.step.status == ProcessStep.Status.FINISHED]
    return [
        Lacking(str(one.step), f"{WORDS[name]} {way}", _way_to(balance, one.step, name, way))
        for one in finished
        for way, side in (("in", one.into), ("out", one.out))
        for name in names
        if _known(side, name) is None
    ]


WORDS = {"volume_ml": "volume", "particles_per_ml": "particles", "protein_ug_per_ml": "protein"}


def _known(side: object, name: str) -> Known | None:
    known: Known | None = getattr(side, name)
    return known


def _way_to(balance: BatchBalance, step: ProcessStep, name: str, way: str) -> str:
    field = f"{WORDS[name]}_{way}_{name.split('_', 1)[1]}"
    return f"{balance.made.url}steps/{step.position}/#value-{field}"


def _three(value: Decimal) -> str:
    return people_number(significant(value, 3))
