"""What stands open beside the record: unexplained changes, deviations, steps left out."""

from collections.abc import Iterator

from qc.deviations.found import skipped_in, standing_in
from qc.exceptions.basis import Basis
from qc.exceptions.kinds import Found, Pill, rule


@rule(
    "Nothing was changed behind the trail",
    "critical",
    Pill("fail", "triangle-exclamation", "unexplained change"),
    over="records",
)
def unexplained_change(basis: Basis) -> Iterator[Found]:
    for one in basis.record.unexplained:
        yield Found(
            one.told,
            one.record_label,
            f"/trail/unexplained/{one.pk}/",
            f"found by {one.found_by.username}",
            one.found_at,
            record_kind=one.record_kind,
            record_id=one.record_id,
        )


@rule(
    "No deviation that is open keeps the batch from release",
    "major",
    Pill("fail", "triangle-exclamation", "open deviation"),
    over="deviations",
)
def open_deviation(basis: Basis) -> Iterator[Found]:
    for one in standing_in(basis.record.batch, basis.record.deviations):
        if one.blocks:
            yield Found(*one.told)


@rule(
    "No minor deviation is open",
    "minor",
    Pill("warn", "triangle-exclamation", "open deviation, minor"),
    over="deviations",
)
def open_minor_deviation(basis: Basis) -> Iterator[Found]:
    for one in standing_in(basis.record.batch, basis.record.deviations):
        if not one.blocks:
            yield Found(*one.told)


@rule(
    "Every planned step was done, or a closed deviation says why not",
    "major",
    Pill("fail", "forward-step", "skipped"),
    over="steps",
)
def step_skipped(basis: Basis) -> Iterator[Found]:
    record = basis.record
    for step, told in skipped_in(record.batch, record.plan, record.steps, record.deviations):
        yield Found(*told, record_kind=step._meta.label_lower, record_id=step.pk)
