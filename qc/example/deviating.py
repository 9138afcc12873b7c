"""Deviations of the example laboratory: what goes wrong in any, as people write it down."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.example import EXAMPLE_PASSWORD
from accounts.models import User
from accounts.proving import Proof
from accounts.statements import just_read
from batches.characterization.models import Assay
from batches.record.models import Batch
from qc.deviations.actions import (
    class_deviation,
    close_deviation,
    finish_investigation,
    name_affected_batch,
    note_deviation,
    open_deviation,
)
from qc.deviations.models import Deviation
from qc.deviations.places import place_at
from qc.deviations.rules import last_written
from qc.example.people import Staff
from qc.example.stories import Story

WARM = {
    "happened": "The rotor chamber reached 9.1 °C during the run; the set point was 4 °C.",
    "immediate_action": "Lid left closed, set point checked; it was warm for the last ten minutes only.",
    "impact": "The pellet may hold somewhat more protein. Particle number and size are inside the limits.",
}
LABEL = {
    "happened": "Two tubes of the pooled fractions carried the label of the day before.",
    "immediate_action": "Tubes set apart, labels replaced by a second person from the bench sheet.",
    "impact": "None on the material: the tubes were never out of the same rack.",
    "cause": "Labels of the day before were left in the printer's tray.",
    "corrective_action": "The tray is emptied at the end of each day; a line was added to the closing list.",
}
BACKGROUND = {
    "happened": "The diluent alone showed 14 particles per frame before this batch was measured.",
    "immediate_action": "Cell rinsed three times, diluent filtered again, blank repeated: 2 per frame.",
    "impact": "Counts of this batch were taken after a clean blank; earlier ones may read high.",
}
TOO_LONG = {
    "happened": "Medium stood at room temperature for 50 minutes before the first spin: the lift was out.",
    "impact": "Not known yet.",
}


def deviate(batch: Batch, at: int, story: Story, staff: Staff, doer: User, checker: User) -> None:
    """Open what goes wrong in this batch, before its review begins."""
    if story.has("returned_once"):
        made = _opened(batch, "steps/2/", doer, LABEL, owner=doer)
        class_deviation(deviation=made, grade="minor", by=staff.reviewers[0])
        finish_investigation(deviation=made, by=doer)
        _close(made, "Read and agreed; the closing list of the week was looked at.", staff.reviewers[1])
    if story.has("too_warm"):
        made = _opened(batch, "steps/2/", doer, WARM, field="temperature_c", owner=doer, days=5)
        class_deviation(deviation=made, grade="major", by=staff.qa[0])
        _name_one_before(made, "Spun in the same centrifuge on the days before.", doer)
        note_deviation(
            deviation=made, words="Service was called: the sensor is looked at on Monday.", by=checker
        )
    if story.has("unreadable") and Assay.objects.filter(batch=batch, number=1).exists():
        made = _opened(batch, "assays/1/", doer, BACKGROUND, owner=checker, days=10)
        class_deviation(deviation=made, grade="minor", by=staff.reviewers[0])
    if story.has("late"):
        _opened(batch, "harvest/", doer, TOO_LONG)


def _opened(
    batch: Batch,
    where: str,
    by: User,
    told: Mapping[str, Any],
    *,
    field: str = "",
    owner: User | None = None,
    days: int = 0,
) -> Deviation:
    place = place_at(f"/batches/{batch.number}/{where}", by=by, field=field)
    due_on = timezone.localdate() + dt.timedelta(days=days) if days else None
    return open_deviation(place=place, owner=owner, due_on=due_on, **told, by=by)


def _name_one_before(deviation: Deviation, words: str, by: User) -> None:
    """The batch that was opened before this one is affected too, where there is one."""
    before = Batch.objects.filter(pk__lt=deviation.batch_id, status=Batch.Status.APPROVED, disposition="")
    batch = before.order_by("-pk").first()
    if batch is not None:
        name_affected_batch(deviation=deviation, batch=batch, words=words, by=by)


def _close(deviation: Deviation, comment: str, by: User) -> None:
    shown = Deviation.objects.get(pk=deviation.pk)
    leaf = last_written(shown)[1]
    signing = just_read(shown.signed_as, leaf, by, Proof(EXAMPLE_PASSWORD), comment)
    close_deviation(deviation=shown, signing=signing, by=by)
