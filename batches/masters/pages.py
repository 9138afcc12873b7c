"""What the page of a master version shows, read from its rows."""

from dataclasses import dataclass
from typing import NamedTuple

from batches.isolation.kinds import IsolationMethod
from batches.isolation.methods import METHODS
from batches.masters.choices import attribute_label, attribute_unit, limit_field, measured_by
from batches.masters.differences import Difference, differences
from batches.masters.limits import Limit
from batches.masters.models import Criterion, MasterVersion, PlannedStep, StepLimit
from batches.masters.plans import Plan, content_of, standing_criteria, standing_limits, standing_steps


class LimitLine(NamedTuple):
    """A limit of a planned step as a sentence."""

    row: StepLimit
    label: str
    words: str


@dataclass(frozen=True)
class StepCard:
    """A planned step with its limits."""

    row: PlannedStep
    method: str
    icon: str
    limits: list[LimitLine]


class CriterionLine(NamedTuple):
    """A line of the specification."""

    row: Criterion
    label: str
    techniques: str
    accepted: str
    alert: str
    unit: str


def step_cards(version: MasterVersion) -> list[StepCard]:
    """Planned steps in order, each with its limits in words."""
    return [_step_card(step) for step in standing_steps(version)]


def _step_card(step: PlannedStep) -> StepCard:
    lines = []
    for row in standing_limits(step):
        found = limit_field(step.method, row.field)
        lines.append(LimitLine(row, found.label, Limit.of(row).words(found.unit)))
    return StepCard(step, IsolationMethod(step.method).label, METHODS[step.method].icon, lines)


def criterion_lines(version: MasterVersion) -> list[CriterionLine]:
    """The specification, line by line."""
    return [_criterion_line(criterion) for criterion in standing_criteria(version)]


def _criterion_line(criterion: Criterion) -> CriterionLine:
    limit, unit = Limit.of(criterion), attribute_unit(criterion.attribute)
    # Without the unit, which has a column of its own.
    accepted = limit.accepted_words().removeprefix("accept ") or "no limit"
    alert = limit.alert_words()
    label, techniques = attribute_label(criterion.attribute), measured_by(criterion.attribute)
    return CriterionLine(criterion, label, techniques, accepted, alert, unit)


def changes_against(before: MasterVersion | None, version: MasterVersion) -> list[Difference]:
    """What a version changes against the one before it; nothing for a first version."""
    if before is None:
        return []
    return differences(Plan.from_content(content_of(before)), Plan.from_content(content_of(version)))
