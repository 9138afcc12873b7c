"""What the page of a master version shows, read from its rows."""

from dataclasses import dataclass
from typing import NamedTuple

from batches.isolation.kinds import IsolationMethod
from batches.isolation.methods import METHODS
from batches.masters.choices import limit_field
from batches.masters.differences import Difference, differences
from batches.masters.limits import Limit
from batches.masters.models import MasterVersion, PlannedStep, StepLimit
from batches.masters.plans import Plan, content_of, standing_limits, standing_steps
from batches.specifications.lines import CriterionLine, lines_of


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


def step_cards(version: MasterVersion) -> list[StepCard]:
    """Planned steps in order, each with its limits in words."""
    return [_step_card(step) for step in standing_steps(version)]


def _step_card(step: PlannedStep) -> StepCard:
    lines = []
    for row in standing_limits(step):
        found = limit_field(step.method, row.field)
        lines.append(LimitLine(row, found.label, Limit.of(row).words(found.unit)))
    return StepCard(step, IsolationMethod(step.method).label, METHODS[step.method].icon, lines)


def criterion_lines(plan: Plan) -> list[CriterionLine]:
    """What batches on the plan are judged by, line by line."""
    return lines_of(plan.criteria)


def plan_of(version: MasterVersion) -> Plan:
    """The plan that a batch opened now would run on."""
    return Plan.from_content(content_of(version))


def changes_against(before: MasterVersion | None, plan: Plan) -> list[Difference]:
    """What a version's plan changes against the version before it; nothing for a first version."""
    return [] if before is None else differences(plan_of(before), plan)
