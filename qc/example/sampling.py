"""Periodic reviews of the example's trail: one of the records that was closed, one of access that goes on."""

import datetime as dt

from django.utils import timezone

from qc.example.people import Staff
from qc.sampling.actions import close_sample, draw_sample, judge_entries
from qc.sampling.models import SampledEntry, TrailSample

IN_ORDER = (SampledEntry.Outcome.IN_ORDER.value, "")


def review_trail(staff: Staff) -> None:
    """A closed review of today's changes with one finding, and an open one with half of it looked at."""
    today = timezone.localdate()
    days = {"first_day": today - dt.timedelta(days=30), "last_day": today}
    reviewer = staff.reviewers[0]
    records = draw_sample(
        scope=TrailSample.Scope.RECORD,
        **days,
        by_chance=12,
        by_aim=3,
        marks=["critical", "late"],
        by=reviewer,
    )
    numbers = list(records.entries.values_list("entry", flat=True))
    found = {number: IN_ORDER for number in numbers}
    found[numbers[0]] = (
        SampledEntry.Outcome.FINDING.value,
        "Notes are empty; agreed with operator1 to fill them.",
    )
    judge_entries(sample=records, outcomes=found, by=reviewer)
    words = "One finding without effect on a batch. Everything else is in order."
    close_sample(sample=records, words=words, next_due_on=today + dt.timedelta(days=30), by=reviewer)
    access = draw_sample(
        scope=TrailSample.Scope.ACCESS,
        **days,
        by_chance=8,
        by_aim=2,
        marks=["critical", "refusals"],
        by=reviewer,
    )
    half = list(access.entries.values_list("entry", flat=True))[::2]
    judge_entries(sample=access, outcomes={number: IN_ORDER for number in half}, by=reviewer)
