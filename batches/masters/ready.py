"""What keeps a draft from being approved."""

from collections.abc import Iterator

from batches.isolation.kinds import IsolationMethod
from batches.masters.choices import attributes, limit_fields
from batches.masters.models import MasterVersion, PlannedStep
from batches.masters.plans import standing_criteria, standing_limits, standing_steps


def problems_of(version: MasterVersion) -> list[str]:
    """Everything that approval would refuse, in words. Read the version `with_content`."""
    return [*_of_description(version), *_of_steps(version), *_of_specification(version)]


def _of_description(version: MasterVersion) -> Iterator[str]:
    if version.number > 1 and not version.change_note:
        yield "it is not said what changed and why"


def _of_steps(version: MasterVersion) -> Iterator[str]:
    steps = standing_steps(version)
    if not steps:
        yield "no step is planned"
    positions = [step.position for step in steps]
    if positions != list(range(1, len(steps) + 1)):
        yield "the steps are not numbered 1, 2, 3 … without holes"
    for step in steps:
        yield from _of_limits(step)


def _of_limits(step: PlannedStep) -> Iterator[str]:
    known = limit_fields(step.method)
    method = IsolationMethod(step.method).label
    for limit in standing_limits(step):
        if limit.field not in known:
            yield f"step {step.position} limits {limit.field}, which {method} does not record"


def _of_specification(version: MasterVersion) -> Iterator[str]:
    """Of criteria that it holds itself; a specification of its own way to approval is ready by that."""
    if version.specification_id is not None:
        return
    known = attributes()
    for criterion in standing_criteria(version):
        if criterion.attribute not in known:
            yield f"the specification names {criterion.attribute}, which no result is computed for"
