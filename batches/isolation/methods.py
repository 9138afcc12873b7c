"""The registry of isolation methods: adding one is a model, a line here and a migration."""

from batches.isolation.affinity_sheets import AF4, IMMUNOAFFINITY
from batches.isolation.finishing_sheets import CARGO_LOADING, FILL
from batches.isolation.first_sheets import PRECIPITATION, SIZE_EXCLUSION, ULTRACENTRIFUGATION
from batches.isolation.membrane_sheets import (
    BUFFER_EXCHANGE,
    FILTRATION,
    TANGENTIAL_FLOW,
    ULTRAFILTRATION,
)
from batches.isolation.models import ProcessStep, details_of
from batches.isolation.spin_sheets import CLEARING_SPIN, DENSITY_GRADIENT, WASH
from batches.masters.plans import Plan, PlannedStepCopy
from batches.record.sheets import Kind, Sheet

METHODS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        ULTRACENTRIFUGATION,
        SIZE_EXCLUSION,
        PRECIPITATION,
        CLEARING_SPIN,
        DENSITY_GRADIENT,
        TANGENTIAL_FLOW,
        ULTRAFILTRATION,
        IMMUNOAFFINITY,
        AF4,
        FILTRATION,
        WASH,
        BUFFER_EXCHANGE,
        CARGO_LOADING,
        FILL,
    )
}


def planned_copy(step: ProcessStep, plan: Plan) -> PlannedStepCopy | None:
    """What the batch's frozen plan says of a step; None for a step that was not planned."""
    return next((copy for copy in plan.steps if copy.position == step.planned_position), None)


def step_sheet(step: ProcessStep, plan: Plan) -> Sheet:
    """The sheet of a step: envelope, details of its method, limits of its plan."""
    planned = planned_copy(step, plan)
    details = details_of(step)
    details.step = step
    return Sheet(
        step.batch,
        [step, details],
        METHODS[step.method],
        f"/batches/{step.batch.number}/steps/{step.position}/",
        planned.limits if planned else {},
    )
