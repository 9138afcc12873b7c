"""Drawing entries of the trail: by chance from a kept seed, and by aim at marks (PIC/S PI 041-1, 9.8).

The order of chance is that of SHA-256 over seed and entry number: whoever has an export of the trail and
the seed draws the same entries with a few lines of any language (docs/trail-reviews.md).
"""

import hashlib
import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from audit.models import Entry, EntryAction
from audit.trail.asking import TrailFilter
from audit.trail.marks import MARKS
from qc.sampling.models import SampledEntry, TrailSample

CHANGES = (EntryAction.CREATED, EntryAction.CHANGED, EntryAction.SIGNED)
# People, their roles and keys: changes of who may do what are access, whatever record they are of.
OF_PEOPLE = Q(action__in=CHANGES, kind__startswith="accounts.")
OF_RECORDS = Q(action__in=CHANGES) & ~Q(kind__startswith="accounts.")


@dataclass(frozen=True)
class Drawn:
    """What was drawn: entry numbers with how each came in, and from how many."""

    entries: dict[int, str]
    population: int
    left_out: int


def entries_of(sample: TrailSample) -> QuerySet[Entry]:
    """The entries that a sample is drawn from, own ones of who draws among them."""
    days = TrailFilter(since=sample.first_day, until=sample.last_day).entries()
    of_scope = OF_RECORDS if sample.scope == TrailSample.Scope.RECORD else ~Q(action__in=CHANGES) | OF_PEOPLE
    return days.filter(of_scope, id__lte=sample.through_entry)


def draw(sample: TrailSample, *, by_chance: int, by_aim: int) -> Drawn:
    """Draw so many by chance, and so many for each mark; nobody reviews their own entries."""
    everything = entries_of(sample)
    others = everything.exclude(actor=sample.drawn_by)
    population = others.count()
    found = {
        number: SampledEntry.Way.AIM.value
        for mark in filter(None, sample.marks.split(","))
        for number in lowest(sample.seed, _numbers(others.alias(mark=MARKS[mark]).filter(mark=1)), by_aim)
    }
    for number in lowest(sample.seed, _numbers(others), by_chance):
        found.setdefault(number, SampledEntry.Way.CHANCE.value)
    return Drawn(dict(sorted(found.items())), population, everything.count() - population)


def lowest(seed: str, numbers: Iterable[int], size: int) -> list[int]:
    """So many of the numbers, those whose hash with the seed is lowest."""
    return heapq.nsmallest(size, numbers, key=lambda number: _place(seed, number))


def _place(seed: str, number: int) -> bytes:
    return hashlib.sha256(f"{seed}:{number}".encode()).digest()


def _numbers(entries: QuerySet[Entry]) -> Iterable[int]:
    return entries.values_list("pk", flat=True).iterator(chunk_size=5000)
