"""Deviations among the findings of a review, and findings that a deviation is opened from."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan
from batches.record.models import Batch
from qc.deviations.models import Deviation
from qc.deviations.rules import SKIPPED, skipped_steps


class Found(NamedTuple):
    """A deviation to look at; `told` is what, where, address, who and when, as findings have them."""

    blocks: bool
    told: tuple[Any, ...]


def found_in(
    batch: Batch, plan: Plan, steps: list[ProcessStep], deviations: Iterable[Deviation]
) -> Iterator[Found]:
    """Every standing deviation, and every planned step that was left out without a closed one."""
    deviations = list(deviations)
    for one in deviations:
        if one.is_standing:
            words = f"{one.number} ({one.class_words}, {one.status}): {one.summary}"
            who = (one.owner or one.opened_by).username
            where = one.where if one.batch_id != batch.pk else one.place_label or "Batch"
            yield Found(one.blocks, (words, where, one.url, who, one.opened_at))
    closed = [one for one in deviations if one.batch_id == batch.pk and one.status == Deviation.Status.CLOSED]
    for step in skipped_steps(plan, steps, closed):
        url = f"/batches/{batch.number}/steps/{step.position}/"
        who = step.voided_by.username if step.voided_by else ""
        yield Found(True, (SKIPPED.format(step=step), str(step), url, who, step.voided_at))


def words_of(finding: Any) -> str:
    """A finding on one line, as a deviation that is opened from it keeps it."""
    replaced = [f"{change.label} {change.old} → {change.new or 'empty'}" for change in finding.changes]
    return f"{finding.of.words}: {'; '.join([finding.what, *replaced] if finding.what else replaced)}"


def key_of(finding: Any) -> str:
    """Names this very finding: with another value, at another place, of another entry it is another one."""
    told = "|".join((words_of(finding), finding.where, finding.url, str(finding.entry)))
    return hashlib.sha256(told.encode()).hexdigest()[:16]
