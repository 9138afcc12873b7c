"""The trail: entries as people read them, from the very text that was hashed."""

import datetime as dt
import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import F, Func, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.safestring import mark_safe

from audit import lateness, markup, telling
from audit.marks import MARKS
from audit.models import Entry, EntryAction, Leaf, TrackedModel
from audit.refusal import ReasonCategory
from audit.telling import shown

COLUMNS = (
    "id",
    "at",
    "actor_name",
    "actor_username",
    "actor_role",
    "action",
    "act",
    "kind",
    "object_label",
    "batch_number",
    "number_in_batch",
    "body",
)
CHANGES = (EntryAction.CREATED, EntryAction.CHANGED, EntryAction.SIGNED)
MOST_OPEN_VALUES = 4
LAST_CHARACTER = "\U0010ffff"


# --- what is asked for --------------------------------------------------------------------------


@dataclass(frozen=True)
class TrailFilter:
    """Which entries are meant.

    `batch` ending in * stands for every batch that begins so; `only` is one of audit.marks.MARKS.
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


# --- what is shown ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One field of an entry: what it was, what it is, word for word."""

    label: str
    unit: str
    old: str | None
    new: str | None
    typed: str = ""
    late: str = ""
    html: str = ""


@dataclass(frozen=True)
class Line:
    """One entry as people read it; also what templates/components/_changes.html shows."""

    number: int
    when: dt.datetime
    when_html: str
    actor: str
    username: str
    role: str
    action: str
    act: str
    deed: str
    kind: str
    kind_code: str
    record_label: str
    batch_number: str
    number_in_batch: int | None
    changes: list[Change] = field(default_factory=list)
    reason: str = ""
    reason_category: str = ""
    words: str = ""
    details: list[str] = field(default_factory=list)
    sealed: int | None = None
    url: str = ""

    @property
    def changes_html(self) -> str:
        """Every changed field as HTML, one below the other."""
        return mark_safe("".join(f"<div>{change.html}</div>" for change in self.changes))  # noqa: S308 (escaped there)

    @property
    def is_long(self) -> bool:
        """Whether a page folds its values: a new record with many of them. Changes are never folded."""
        return self.action == EntryAction.CREATED and len(self.changes) > MOST_OPEN_VALUES


def page_rows(entries: QuerySet) -> QuerySet:
    """Entries as rows for `line`, each with the checkpoint that covers it first."""
    # A lookup for each row that is shown: a join might read the leaves of all others.
    sealed = Leaf.objects.filter(entry_id=OuterRef("pk")).values("checkpoint_id")[:1]
    return entries.annotate(sealed=Subquery(sealed)).values(*COLUMNS, "sealed")


def line(row: dict[str, Any]) -> Line:
    """One row of COLUMNS as people read it."""
    body = json.loads(row["body"])
    reason, detail = body.get("reason") or {}, dict(body.get("detail") or {})
    return Line(
        number=row["id"],
        when=row["at"],
        when_html=markup.moment_html(row["at"]),
        actor=row["actor_name"],
        username=row["actor_username"],
        role=_role_words().get(row["actor_role"], row["actor_role"]),
        action=row["action"],
        act=_ACTION_WORDS.get(row["action"], row["action"]),
        deed=row["act"].replace("_", " "),
        kind=kind_words().get(row["kind"], row["kind"]),
        kind_code=row["kind"],
        record_label=row["object_label"],
        batch_number=row["batch_number"],
        number_in_batch=row["number_in_batch"],
        changes=[_change(change, row) for change in body.get("changes", ())],
        reason=reason.get("words", ""),
        reason_category=_REASON_WORDS.get(reason.get("category", ""), reason.get("category", "")),
        words=str(detail.pop("words", "")),
        details=telling.sentences(row["action"], detail),
        sealed=row.get("sealed"),
    )


def _change(change: dict[str, Any], row: dict[str, Any]) -> Change:
    label, unit, typed = change["label"], change.get("unit", ""), change.get("typed", "")
    old = shown(change.get("old_text", change["old"]))
    new = shown(change.get("new_text", change["new"]))
    is_first = row["action"] == EntryAction.CREATED
    html = markup.change_html(label, unit, old, new, is_first=is_first, typed=typed)
    return Change(
        label, unit, old, new, typed, lateness.span_words(lateness.minutes_late(change, row["at"])), html
    )


_ACTION_WORDS = dict(EntryAction.choices)
_REASON_WORDS = dict(ReasonCategory.choices)


@functools.cache
def kind_words() -> dict[str, str]:
    """Names for people of every kind of record."""
    return dict(kinds())


@functools.cache
def _role_words() -> dict[str, str]:
    return dict(get_user_model()._meta.get_field("role").flatchoices)


# --- for other pages ----------------------------------------------------------------------------


def changes_of_batch(batch_number: str, *, limit: int = 20) -> list[Line]:
    """The newest changes in a batch, for templates/components/_changes.html; one query."""
    return _newest(Entry.objects.filter(batch_number=batch_number), limit)


def changes_of(kind: str, ids: Iterable[int], *, limit: int = 50) -> list[Line]:
    """The newest changes of some records of one kind (`model._meta.label_lower`); one query."""
    return _newest(Entry.objects.filter(kind=kind, object_id__in=list(ids)), limit)


def _newest(entries: QuerySet, limit: int) -> list[Line]:
    rows = entries.filter(action__in=CHANGES).order_by("-id").values(*COLUMNS)[:limit]
    return [line(row) for row in rows]
