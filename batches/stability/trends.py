"""The results of a study by attribute and pull, with the change since the beginning."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from batches.characterization.attributes import ATTRIBUTES
from batches.quantities import people_number, significant
from batches.stability.models import StabilityPull, StabilityResult


@dataclass(frozen=True)
class Cell:
    """What one pull shows of an attribute: its results, and the change since the first exact mean (%)."""

    results: tuple[StabilityResult, ...]
    change_percent: Decimal | None = None

    @property
    def told(self) -> str:
        return "; ".join(result.told for result in self.results)

    @property
    def change(self) -> str:
        """'+3.1 %', '−12 %'; empty without a beginning to compare with."""
        if self.change_percent is None:
            return ""
        shown = people_number(significant(abs(self.change_percent), 2))
        return f"{'−' if self.change_percent < 0 else '+'}{shown} %"


@dataclass(frozen=True)
class Line:
    """One attribute over the pulls."""

    label: str
    unit: str
    cells: tuple[Cell, ...]


def lines_of(pulls: Sequence[StabilityPull]) -> list[Line]:
    """The trend table of a study's pulls (their results read already), attributes in the registry's order."""
    by_attribute: dict[str, dict[int, list[StabilityResult]]] = defaultdict(lambda: defaultdict(list))
    for pull in pulls:
        for result in pull.results.all():
            if not result.is_voided:
                by_attribute[result.attribute][pull.pk].append(result)
    return [_line(key, by_attribute[key], pulls) for key in ATTRIBUTES if key in by_attribute]


def _line(key: str, found: dict[int, list[StabilityResult]], pulls: Sequence[StabilityPull]) -> Line:
    means = [_mean(found.get(pull.pk, ())) for pull in pulls]
    first = next((at for at, mean in enumerate(means) if mean), len(means))
    cells = []
    for at, pull in enumerate(pulls):
        mean, start = means[at], means[first] if at > first else None
        change = None if mean is None or start is None else 100 * (mean - start) / abs(start)
        cells.append(Cell(tuple(found.get(pull.pk, ())), change))
    return Line(ATTRIBUTES[key].label, ATTRIBUTES[key].unit, tuple(cells))


def _mean(results: Iterable[StabilityResult]) -> Decimal | None:
    """The mean of results that are all exact numbers; censored ones give none."""
    known = [result.amount for result in results if result.amount is not None and not result.amount_sign]
    every = [result for result in results if result.amount is not None]
    return sum(known, Decimal(0)) / len(known) if known and len(known) == len(every) else None
