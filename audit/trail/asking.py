"""What is asked of the trail: which entries are meant, and what there is to choose from."""

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import F, Func, Q, QuerySet, Subquery
from django.utils import timezone

from audit.models import Entry, TrackedModel
from audit.trail.marks import MARKS

LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True)
class TrailFilter:
    """Which entries are meant.

    `batch` ending in * stands for every batch that begins so; `only` is one of audit.trail.marks.MARKS.
    """

    batch: str = ""
    person_id: int | None = None
    kind: str = ""
    action: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    only: str = ""

    def entries(self) -> QuerySet:
        """The entries meant, in no order."""
        found: QuerySet = Entry.objects.all()
        if self.batch:
            found = found.filter(_of_batches(self.batch))
        if self.since:
            found = found.filter(at__gte=_midnight(self.since))
        if self.until:
            found = _before(found, _midnight(self.until + dt.timedelta(days=1)))
        if self.only:
            found = found.alias(mark=MARKS[self.only]).filter(mark=1)
        equal = {"actor_id": self.person_id, "kind": self.kind, "action": self.action}
        return found.filter(**{name: value for name, value in equal.items() if value})

    def as_detail(self) -> dict[str, Any]:
        """The filter as the entry of an export keeps it; only what was asked for."""
        asked = {
            "batch": self.batch,
            "person": self.person_id,
            "kind": self.kind,
            "action": self.action,
            "from": self.since,
            "to": self.until,
            "only": self.only,
            "time_zone": timezone.get_current_timezone_name() if self.since or self.until else "",
        }
        return {name: value for name, value in asked.items() if value}


def _of_batches(asked: str) -> Q:
    if not asked.endswith("*"):
        return Q(batch_number=asked)
    start = asked.removesuffix("*")
    if connection.vendor == "sqlite":
        # A range of the index; SQLite's LIKE would take capitals and small letters for the same.
        return Q(batch_number__gte=start, batch_number__lt=start + LAST_CHARACTER)
    return Q(batch_number__startswith=start)


def _before(entries: QuerySet, end: dt.datetime) -> QuerySet:
    """Entries made before that moment."""
    if connection.vendor == "sqlite" and end < timezone.now():
        # SQLite walks back from the newest entry; this lets it begin at the last that can be meant. The
        # + 0 makes it look the number up in the index of times instead of walking the same way for it.
        last = Entry.objects.filter(at__lt=end).values(last=Func(F("id") + 0, function="MAX"))
        entries = entries.filter(id__lte=Subquery(last))
    return entries.filter(at__lt=end)


def _midnight(day: dt.date) -> dt.datetime:
    """When that day begins in the current time zone."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=timezone.get_current_timezone())


def people() -> list[tuple[int, str]]:
    """Everybody an entry may name, for a choice; one query."""
    known = get_user_model()._default_manager.order_by("username")
    return list(known.values_list("pk", "username"))


@functools.cache
def kinds() -> list[tuple[str, str]]:
    """Every kind of record that entries tell of, with its name for people."""
    found = [m._meta for m in apps.get_models() if issubclass(m, TrackedModel)]
    return sorted(((meta.label_lower, str(meta.verbose_name)) for meta in found), key=lambda kind: kind[1])


@functools.cache
def kind_words() -> dict[str, str]:
    """Names for people of every kind of record."""
    return dict(kinds())
