"""Making steps: the planned ones when a batch is opened, others when they are needed."""

from accounts.models import User
from audit import records
from batches.isolation.methods import METHODS
from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan, PlannedStepCopy
from batches.record.models import Batch


def plan_steps(batch: Batch, plan: Plan, *, by: User) -> None:
    """Write the planned steps of a batch that is being opened."""
    for copy in plan.steps:
        make_step(batch, copy, position=copy.position, by=by)


def make_step(batch: Batch, copy: PlannedStepCopy, *, position: int, by: User) -> ProcessStep:
    """Write one step as planned, with the empty details of its method."""
    step = ProcessStep(
        batch=batch,
        position=position,
        planned_position=copy.position,
        name=copy.name,
        method=copy.method,
        purpose=copy.purpose,
        is_critical=copy.is_critical,
    )
    return write_step(step, by=by)


def write_step(step: ProcessStep, *, by: User) -> ProcessStep:
    """Write a new step and the details row of its method."""
    records.save(step, by=by)
    details_model = METHODS[step.method].details
    assert details_model is not None  # noqa: S101 (every method has details; a house test sees to it)
    records.save(details_model(step=step), by=by)
    return step
