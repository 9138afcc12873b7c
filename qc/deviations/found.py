"""What a batch's deviations give a reviewer to look at: open ones, and steps left out without one."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan
from batches.record.models import Batch
from qc.deviations.models import Deviation
from qc.deviations.rules import SKIPPED, skipped_steps


class Found(NamedTuple):
    """A deviation to look at; `told` is what, where, address, who and when, as exceptions have them."""

    blocks: bool
    told: tuple[Any, ...]


def standing_in(batch: Batch, deviations: Iterable[Deviation]) -> Iterator[Found]:
    """Every deviation of the batch that is neither closed nor voided."""
    for one in deviations:
        if one.is_standing:
            words = f"{one.number} ({one.class_words}, {one.status}): {one.summary}"
            who = (one.owner or one.opened_by).username
            where = one.where if one.batch_id != batch.pk else one.place_label or "Batch"
            yield Found(one.blocks, (words, where, one.url, who, one.opened_at))


def skipped_in(
    batch: Batch, plan: Plan, steps: list[ProcessStep], deviations: Iterable[Deviation]
) -> Iterator[tuple[ProcessStep, tuple[Any, ...]]]:
    """Every planned step that was left out without a closed deviation, with what is told of it."""
    closed = [one for one in deviations if one.batch_id == batch.pk and one.status == Deviation.Status.CLOSED]
    for step in skipped_steps(plan, steps, closed):
        url = f"/batches/{batch.number}/steps/{step.position}/"
        who = step.voided_by.username if step.voided_by else ""
        yield step, (SKIPPED.format(step=step), str(step), url, who, step.voided_at)
