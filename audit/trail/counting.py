"""How many entries each choice of a filter would give within the others.

Numbers are counted up to a bound and say so ("1 000+"): of the whole trail choice by choice from indexes,
within a filter over its newest entries. A part of the page that comes after it, so nobody waits.
"""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from audit.models import EntryAction
from audit.trail.asking import TrailFilter, kinds, people
from audit.trail.marks import MARKS
from audit.words import grouped

MOST_SHOWN = 1_000
MOST_LOOKED_AT = 5_000
MOST_A_STATEMENT = 100
FACETS = {"person_id": "actor_id", "kind": "kind", "action": "action", "only": ""}


@dataclass
class Counts:
    """How often each choice occurs; `is_part` when there are more entries than were looked at."""

    numbers: Counter[Any] = field(default_factory=Counter)
    is_part: bool = False

    def words(self, choice: Any) -> str:
        """12, 1 000+; empty where nobody looked far enough to say."""
        number = self.numbers[choice]
        if number > MOST_SHOWN:
            return f"{grouped(MOST_SHOWN)}+"
        if self.is_part:
            return f"{grouped(number)}+" if number else ""
        return grouped(number)

    def has_none(self, choice: Any) -> bool:
        """Whether the choice surely gives nothing."""
        return not self.is_part and not self.numbers[choice]


def counts(wanted: TrailFilter) -> dict[str, Counts]:
    """For each of FACETS the counts of its choices, as if none of them were chosen yet."""
    same_base: dict[TrailFilter, list[str]] = defaultdict(list)
    for facet in FACETS:
        nothing: Any = None if facet == "person_id" else ""
        same_base[dataclasses.replace(wanted, **{facet: nothing})].append(facet)
    found: dict[str, Counts] = {}
    for base, facets in same_base.items():
        found |= _of_whole_trail(facets) if base == TrailFilter() else within(base, facets)
    return found


def _of_whole_trail(facets: Iterable[str]) -> dict[str, Counts]:
    """Each choice counted by its own index."""
    choices = [(facet, choice) for facet in facets for choice in _choices(facet)]
    found: dict[str, Counts] = {facet: Counts() for facet in facets}
    for start in range(0, len(choices), MOST_A_STATEMENT):
        some = choices[start : start + MOST_A_STATEMENT]
        asked = [TrailFilter(**{facet: choice}).entries() for facet, choice in some]
        for (facet, choice), number in zip(some, _numbers(asked), strict=True):
            found[facet].numbers[choice] = number
    return found


def _choices(facet: str) -> list[Any]:
    known: dict[str, Iterable[Any]] = {
        "person_id": (pk for pk, _ in people()) if facet == "person_id" else (),
        "kind": (code for code, _ in kinds()),
        "action": EntryAction.values,
        "only": MARKS,
    }
    return list(known[facet])


def _numbers(asked: Iterable[QuerySet]) -> list[int]:
    """How many entries each meets, up to one more than is shown; one statement."""
    parts: list[str] = []
    given: list[Any] = []
    for entries in asked:
        sql, params = _compiled(entries.values("id")[: MOST_SHOWN + 1])
        parts.append(f"(SELECT count(*) FROM ({sql}) AS e)")  # noqa: S608 (Django's own SQL)
        given += params
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", given)
        return list(cursor.fetchone())


def within(base: TrailFilter, facets: list[str]) -> dict[str, Counts]:
    """The newest entries of a filter, looked through once for all facets."""
    columns = [column for facet in facets if (column := FACETS[facet])]
    columns += [f"is_{name}" for name in MARKS] if "only" in facets else []
    entries = base.entries().annotate(**{f"is_{name}": mark for name, mark in MARKS.items()})
    sql, params = _compiled(entries.order_by("-id").values(*columns)[:MOST_LOOKED_AT])
    places = ", ".join(str(place) for place in range(1, len(columns) + 1))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT e.*, count(*) FROM ({sql}) AS e GROUP BY {places}", params)  # noqa: S608
        rows = cursor.fetchall()
    is_part = sum(row[-1] for row in rows) >= MOST_LOOKED_AT
    return {facet: Counts(_summed(facet, columns, rows), is_part) for facet in facets}


def capped(entries: QuerySet) -> str:
    """How many entries these are, in words: 12, 1 000+."""
    counted = Counts()
    counted.numbers[""] = len(entries.values_list("id")[: MOST_SHOWN + 1])
    return counted.words("")


def batches_of(wanted: TrailFilter, *, most: int = 20) -> list[tuple[str, int, str]]:
    """Batches that the newest of these entries belong to: number, newest entry, how many entries."""
    entries = wanted.entries().order_by("-id").values("id", "batch_number")
    sql, params = _compiled(entries[:MOST_LOOKED_AT])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT batch_number, max(id), count(*) FROM ({sql}) AS e WHERE batch_number <> '' "  # noqa: S608
            f"GROUP BY batch_number ORDER BY max(id) DESC LIMIT {int(most)}",
            params,
        )
        return [(number, newest, grouped(count)) for number, newest, count in cursor.fetchall()]


def _summed(facet: str, columns: list[str], rows: Iterable[tuple[Any, ...]]) -> Counter[Any]:
    numbers: Counter[Any] = Counter()
    for row in rows:
        told = dict(zip(columns, row, strict=False))
        for choice in [told[FACETS[facet]]] if FACETS[facet] else [m for m in MARKS if told[f"is_{m}"]]:
            numbers[choice] += row[-1]
    return numbers


def _compiled(entries: QuerySet) -> tuple[str, tuple[Any, ...]]:
    return entries.query.get_compiler(connection=connection).as_sql()
