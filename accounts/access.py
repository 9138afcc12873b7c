"""Who had which access at the end of a day, from the history of people; and what changed it on the way.

History rows are never changed, so the answer for a day that is over stays the same for ever.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import canonical, records
from audit.exporting.lines import cell
from audit.models import Entry, EntryAction

History: Any = User.history.model
HEADER = (
    "user name",
    "printed name",
    "role",
    "may",
    "state",
    "identity verified at",
    "so since",
    "by",
)
# What a role is known for, in the order in which a page says it.
POWERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("enter and check", roles.ENTER),
    ("review and sign", roles.REVIEW),
    ("approve masters", roles.APPROVE_MASTERS),
    ("read the trail", roles.READ_TRAIL),
    ("export the trail", roles.EXPORT_TRAIL),
    ("manage people", roles.MANAGE_PEOPLE),
)


@dataclass(frozen=True)
class Access:
    """What one person could do at the end of the day, since when, and who made it so."""

    username: str
    printed_name: str
    role: roles.Role
    is_active: bool
    verified_at: dt.datetime | None
    since: dt.datetime
    made_by: str

    @property
    def powers(self) -> list[str]:
        """What the role lets this person do; nothing for somebody who can't sign in."""
        return [words for words, may in POWERS if self.is_active and self.role in may]


def end_of(day: dt.date) -> dt.datetime:
    """When a day ends in the laboratory's time zone."""
    after = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min)
    return timezone.make_aware(after)


def access_on(day: dt.date) -> list[Access]:
    """Everybody who was registered by the end of that day, active ones first. Three queries."""
    before = History.objects.filter(history_date__lt=end_of(day)).exclude(role=roles.Role.SYSTEM)
    newest = before.values("id").annotate(newest=Max("history_id")).values("newest")
    rows = list(History.objects.filter(history_id__in=newest).order_by("-is_active", "username"))
    since = _since(before, rows)
    names = dict(User.objects.values_list("pk", "username"))
    return [_access(row, since[row.id], names) for row in rows]


def _access(row: Any, since: Any, names: dict[int, str]) -> Access:
    return Access(
        username=row.username,
        printed_name=row.printed_name,
        role=roles.Role(row.role),
        is_active=row.is_active,
        verified_at=row.identity_verified_at,
        since=since[0],
        made_by=names.get(since[1], ""),
    )


def _since(before: Any, rows: list[Any]) -> dict[int, tuple[dt.datetime, int | None]]:
    """By person: when role and state of that day began, and who made it so."""
    now = {row.id: (row.role, row.is_active) for row in rows}
    found: dict[int, tuple[dt.datetime, int | None]] = {}
    told = before.order_by("history_id")
    last: dict[int, tuple[str, bool]] = {}
    for pk, role, is_active, at, by in told.values_list(
        "id", "role", "is_active", "history_date", "history_user_id"
    ):
        if last.get(pk) != (role, is_active) and (role, is_active) == now[pk]:
            found[pk] = (at, by)
        last[pk] = (role, is_active)
    return found


class AccessExport:
    """The same as CSV, with its entry written. Iterate for its bytes."""

    def __init__(self, *, day: dt.date, by: User):
        with transaction.atomic():
            self._people = access_on(day)
            detail = {"format": "csv", "people": len(self._people), "day": day.isoformat()}
            self.entry: Entry = records.event(EntryAction.EXPORTED, by=by, act="export_access", detail=detail)
        self._day = day

    @property
    def filename(self) -> str:
        """Names the day and the export's own entry, so that file and trail find each other."""
        return f"exoledger-access-{self._day.isoformat()}-{self.entry.pk}.csv"

    def __iter__(self) -> Iterator[bytes]:
        yield _row(HEADER)
        for one in self._people:
            yield _row(_cells(one))


def _cells(one: Access) -> tuple[str, ...]:
    return (
        one.username,
        one.printed_name,
        one.role.label,
        ", ".join(one.powers),
        "active" if one.is_active else "deactivated",
        _moment(one.verified_at),
        _moment(one.since),
        one.made_by,
    )


def _row(values: tuple[str, ...]) -> bytes:
    return (",".join(cell(value) for value in values) + "\n").encode()


def _moment(moment: dt.datetime | None) -> str:
    return canonical.time_text(moment) if moment else ""
