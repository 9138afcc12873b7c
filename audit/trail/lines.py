"""Entries as people read them, from the very text that was hashed."""

import datetime as dt
import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.safestring import mark_safe

from audit.models import Entry, EntryAction, Leaf
from audit.refusal import ReasonCategory
from audit.trail import lateness, markup, telling
from audit.trail.asking import kind_words
from audit.trail.telling import shown

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
    """Entries as rows for `line_of`, each with the checkpoint that covers it first."""
    # A lookup for each row that is shown: a join might read the leaves of all others.
    sealed = Leaf.objects.filter(entry_id=OuterRef("pk")).values("checkpoint_id")[:1]
    return entries.annotate(sealed=Subquery(sealed)).values(*COLUMNS, "sealed")


def line_of(row: dict[str, Any]) -> Line:
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
    return [line_of(row) for row in rows]
