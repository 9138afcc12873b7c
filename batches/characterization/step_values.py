"""Attributes that are values of a planned step: `step:<position>:<field>`, any field recorded there."""

import functools
import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models

from batches.bounds import Bounds
from batches.characterization.evidence import Evidence, Measured, labels
from batches.isolation.kinds import IsolationMethod
from batches.isolation.models import ProcessStep, details_of
from batches.quantities import QuantityField, WholeNumberField, Words

if TYPE_CHECKING:
    from batches.masters.plans import PlannedStepCopy

PLACE = Decimal("0.0001")
KEY = re.compile(r"step:(\d{1,2}):([a-z][a-z0-9_]*)")
# What the record knows of a step without anybody measuring it, and what is told at length.
NOT_JUDGED = frozenset({"name", "method", "purpose", "status"})
COMPUTED = (
    ("volume_recovery_percent", "volume recovery", "%"),
    ("particle_recovery_percent", "particle recovery", "%"),
)


class StepField(NamedTuple):
    """A recorded or computed value of a step, in words for people."""

    name: str
    label: str
    unit: str
    is_number: bool


@functools.cache
def fields_of(method: str) -> dict[str, StepField]:
    """What can be judged on a method's steps: the envelope's fields, then those of its details."""
    from batches.isolation.methods import METHODS

    details = METHODS[method].details
    found = [*_fields(ProcessStep), *(_fields(details) if details else ())]
    found += [StepField(name, label, unit, True) for name, label, unit in COMPUTED]
    return {field.name: field for field in found}


def _fields(model: type[models.Model]) -> Iterator[StepField]:
    for field in model._meta.concrete_fields:
        is_number = isinstance(field, QuantityField | WholeNumberField)
        if is_number or (isinstance(field, Words) and field.name not in NOT_JUDGED):
            yield StepField(field.name, str(field.verbose_name), getattr(field, "unit", ""), is_number)


def planned_field(key: str, steps: Sequence["PlannedStepCopy"]) -> tuple["PlannedStepCopy", StepField] | None:
    """The planned step and its field that a key names; None where the plan has no such thing."""
    match = KEY.fullmatch(key)
    step = next((one for one in steps if match and one.position == int(match[1])), None)
    field = fields_of(step.method).get(match[2]) if match and step else None
    return (step, field) if step and field else None


def values_of(evidence: Evidence, position: int, field: str) -> list[Measured]:
    """The value on each finished standing step of that planned position, in the order they were done."""
    return [
        _value(step, field)
        for step in sorted(_standing(evidence, position), key=lambda step: step.position)
        if step.status == ProcessStep.Status.FINISHED
    ]


def _standing(evidence: Evidence, position: int) -> list[ProcessStep]:
    return [step for step in evidence.steps if step.planned_position == position]


def _value(step: ProcessStep, field: str) -> Measured:
    holder: Any = step if hasattr(step, field) else details_of(step)
    value = getattr(holder, field, None)
    times: dict[str, Any] = {"begun_at": step.started_at, "finished_at": step.finished_at}
    if value is None or value == "":
        return Measured(None, "not recorded", labels([step]), **times)
    if isinstance(value, str):
        shown = getattr(holder, f"get_{field}_display", lambda: value)()
        return Measured(None, "", labels([step]), text=shown, **times)
    return Measured(Decimal(value), "", labels([step]), **times)


def value_of(evidence: Evidence, position: int, field: str) -> Measured:
    """The value on the standing step; what it lies between where a step was done twice and both stand."""
    results = values_of(evidence, position, field)
    return joined(results) if results else _not_done(evidence, position)


def _not_done(evidence: Evidence, position: int) -> Measured:
    standing = _standing(evidence, position)
    if standing:
        return Measured(None, "not finished yet", labels(standing))
    if any(step.planned_position == position for step in evidence.voided_steps):
        return Measured(None, f"planned step {position} is voided and was not done again")
    return Measured(None, f"planned step {position} was not done")


def joined(results: Sequence[Measured]) -> Measured:
    """Steps that were done twice and both stand: nobody can say which one counts, so both must."""
    sources = tuple(source for one in results for source in one.sources)
    if len(results) == 1:
        return results[0]
    if any(one.bounds is None for one in results):
        texts = {one.text for one in results}
        text = texts.pop() if len(texts) == 1 else ""
        return Measured(
            None, "" if text else "the steps that stand differ", sources, text=text, is_unclear=not text
        )
    values = [one.value for one in results if one.value is not None]
    return Measured(None, "several steps stand", sources, within=Bounds(min(values), max(values)))


def not_counted(evidence: Evidence, position: int) -> tuple[str, ...]:
    """Steps of that planned position that don't count, each with why."""
    voided = [f"{step} (voided)" for step in evidence.voided_steps if step.planned_position == position]
    open_ones = [step for step in _standing(evidence, position) if step.status != ProcessStep.Status.FINISHED]
    return (*voided, *(f"{step} ({step.get_status_display().lower()})" for step in open_ones))


def ev_density(evidence: Evidence) -> Measured:
    """Density of the EVs in g/mL, as the finished density gradients show it; a cushion shows none."""
    gradients = [step for step in evidence.steps if step.method == IsolationMethod.DENSITY_GRADIENT]
    done = [step for step in gradients if step.status == ProcessStep.Status.FINISHED]
    if not done:
        return Measured(None, "not finished yet" if gradients else "no density gradient", labels(gradients))
    return joined([_density(step) for step in done])


def _density(step: ProcessStep) -> Measured:
    value = details_of(step).ev_density_g_per_ml
    times: dict[str, Any] = {"begun_at": step.started_at, "finished_at": step.finished_at}
    if value is None:
        return Measured(None, "density of the pooled fractions not recorded", labels([step]), **times)
    return Measured(value.quantize(PLACE, rounding=ROUND_HALF_UP), "", labels([step]), **times)
