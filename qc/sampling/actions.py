"""What happens to a periodic review of the trail: drawn, its entries judged, closed."""

import datetime as dt
import secrets
from collections.abc import Collection, Mapping

from django.db.models import Max
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.models import Entry
from audit.refusal import ActionRefused, ValueRefused
from qc.sampling.drawing import draw
from qc.sampling.models import AIMS, SampledEntry, TrailSample

MOST_DRAWN = 200


@action(may=roles.REVIEW)
def draw_sample(
    *,
    scope: str,
    first_day: dt.date,
    last_day: dt.date,
    by_chance: int,
    by_aim: int,
    marks: Collection[str] = (),
    by: User,
) -> TrailSample:
    """Draw the entries of a periodic review: some by chance, some for each mark aimed at.

    The seed is made here, once. Own entries are left out and counted. Refused for days to come, and where
    nothing is found.
    """
    _demand_days(first_day, last_day)
    if not 0 <= by_chance <= MOST_DRAWN or not 0 <= by_aim <= MOST_DRAWN:
        raise ActionRefused(f"Draw {MOST_DRAWN} entries at most in each way.")
    sample = TrailSample(
        number=_next_number(),
        scope=scope,
        first_day=first_day,
        last_day=last_day,
        time_zone=timezone.get_current_timezone_name(),
        marks=",".join(mark for mark in AIMS.get(scope, ()) if mark in marks),
        seed=secrets.token_hex(16),
        through_entry=Entry.objects.aggregate(last=Max("id"))["last"] or 0,
        drawn_at=timezone.now(),
        drawn_by=by,
    )
    drawn = draw(sample, by_chance=by_chance, by_aim=by_aim)
    if not drawn.entries:
        raise ActionRefused("No entry of others was made in these days: choose other days, or draw more.")
    sample.population, sample.left_out = drawn.population, drawn.left_out
    records.save(sample, by=by)
    for number, way in drawn.entries.items():
        records.save(SampledEntry(sample=sample, entry=number, way=way), by=by)
    return sample


def _next_number() -> int:
    """The next number. The newest review is held while it is found, so that two draw one after the other."""
    last = TrailSample.objects.select_for_update().order_by("-number").first()
    return last.number + 1 if last else 1


def _demand_days(first: dt.date, last: dt.date) -> None:
    if first > last:
        raise ValueRefused("The first day is not after the last.", "first_day")
    if last > timezone.localdate():
        raise ValueRefused("That day is still to come.", "last_day")


@action(may=roles.REVIEW)
def judge_entries(*, sample: TrailSample, outcomes: Mapping[int, tuple[str, str]], by: User) -> TrailSample:
    """Say of entries of an open review whether each is in order: outcome and words by entry number.

    What is told already and told again is not written again. Refused to who made an entry.
    """
    sample = _open(sample)
    rows = {row.entry: row for row in sample.entries.all()}
    own = set(Entry.objects.filter(pk__in=outcomes, actor=by).values_list("pk", flat=True))
    for number, (outcome, words) in outcomes.items():
        row = rows.get(number)
        if row is None:
            raise ActionRefused(f"Entry {number} is not in {sample}.")
        if number in own:
            raise ActionRefused(f"You made entry {number}: another person looks at it.")
        _judge(row, outcome, words.strip(), by)
    return sample


def _judge(row: SampledEntry, outcome: str, words: str, by: User) -> None:
    if (row.outcome, row.words) == (outcome, words):
        return
    if outcome == SampledEntry.Outcome.FINDING and not words:
        raise ActionRefused(f"Say what you found at entry {row.entry}.")
    row.outcome, row.words = outcome, words
    row.judged_at, row.judged_by = (timezone.now(), by) if outcome else (None, None)
    records.save(row, by=by)


@action(may=roles.REVIEW)
def close_sample(*, sample: TrailSample, words: str, next_due_on: dt.date, by: User) -> TrailSample:
    """Close a review whose every entry was looked at: what was found altogether, and when the next is due."""
    sample = _open(sample)
    left = sample.entries.filter(outcome="").count()
    if left:
        noun = "entry was" if left == 1 else "entries were"
        raise ActionRefused(f"{left} {noun} not looked at yet.")
    if not words.strip():
        raise ValueRefused("Say in a few words what you found, even if it is nothing.", "words")
    if next_due_on <= timezone.localdate():
        raise ValueRefused("The next review is due on a day to come.", "next_due_on")
    sample.words, sample.next_due_on = words.strip(), next_due_on
    sample.closed_at, sample.closed_by = timezone.now(), by
    records.save(sample, by=by)
    return sample


def _open(sample: TrailSample) -> TrailSample:
    """The sample, locked; refused when it is closed."""
    locked = TrailSample.objects.select_for_update().get(pk=sample.pk)
    if not locked.is_open:
        raise ActionRefused(f"{locked} is closed.")
    return locked
