"""Holds: how long material may wait between the end of a step and the beginning of the next.

The plan says it per step in hours; where it says nothing, nothing is counted. The clock runs from when the
step really ended, wherever the material is kept meanwhile.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from operator import attrgetter

from batches.isolation.methods import planned_copy
from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan

HOUR = dt.timedelta(hours=1)
# From here on a page warns: as much of a hold as that is used.
ALERT_FROM = Decimal("0.8")


@dataclass(frozen=True)
class Hold:
    """A wait after a step with a longest time; `following` is None while nothing has begun after it."""

    step: ProcessStep
    following: ProcessStep | None
    ended: dt.datetime
    used: dt.timedelta
    max_h: Decimal

    @property
    def used_h(self) -> Decimal:
        """Hours waited, to a tenth."""
        return Decimal(self.used / HOUR).quantize(Decimal("0.1"))

    @property
    def is_over(self) -> bool:
        return self.used > self._longest

    @property
    def is_nearly_over(self) -> bool:
        """Whether more than four fifths of it are used."""
        return not self.is_over and self.used > self._longest * float(ALERT_FROM)

    @property
    def due(self) -> dt.datetime:
        """Until when the next step has to begin."""
        return self.ended + self._longest

    @property
    def words(self) -> str:
        """'used 3.2 of 6 h'."""
        return f"used {self.used_h} of {self.max_h.normalize():f} h"

    @property
    def _longest(self) -> dt.timedelta:
        return HOUR * float(self.max_h)


def began(step: ProcessStep) -> dt.datetime | None:
    """When a step really began, as far as it is recorded."""
    return step.performed_from or step.started_at


def ended(step: ProcessStep) -> dt.datetime | None:
    """When a step really ended, as far as it is recorded."""
    return step.performed_until or step.finished_at


def holds_in(steps: Iterable[ProcessStep], plan: Plan, now: dt.datetime | None = None) -> Iterator[Hold]:
    """The waits between standing steps in the order of work; with `now` those that still run too."""
    standing = [one for one in steps if one.status != ProcessStep.Status.VOIDED]
    in_order = sorted(standing, key=attrgetter("work_order"))
    for step, following in pairwise(in_order):
        planned, end = planned_copy(step, plan), ended(step)
        if planned is None or planned.hold_max_h is None or end is None:
            continue
        begun = began(following)
        until = begun or now
        if until is not None and until >= end:
            yield Hold(step, following if begun else None, end, until - end, planned.hold_max_h)
