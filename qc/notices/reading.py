"""Somebody's notices: the newest first, how many are new, and how far they have been read."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from audit.paging import Page
from qc.deviations.models import Deviation
from qc.notices.kinds import KINDS, NoticeKind, kind_of, locks
from qc.notices.models import NoticeMark

DAYS = 60
PAGE_SIZE = 50
MOST_COUNTED = 99
COLUMNS = ("id", "at", "kind", "act", "action", "batch_number", "object_label", "object_id", "actor_name")

WORDS = {
    "submitted": "was submitted for review",
    "returned": "was returned: {signed}",
    "decided": "was decided on: {signed}",
    "disposed": "got its disposition: {signed}",
    "revised": "was signed and is open for changes now",
    "asked": "has a query: {label}",
    "answered": "has an answer: {label}",
    "deviation": "was given to you",
    "amended": "has a certificate that replaces an earlier one ({label})",
    "unexplained": "was changed behind the trail",
    "locked": "was locked out after wrong proofs of identity",
}


@dataclass(frozen=True)
class Notice:
    """One entry that somebody is told of."""

    entry: int
    at: dt.datetime
    kind: NoticeKind
    batch: str
    label: str
    by: str
    is_new: bool

    @property
    def subject(self) -> str:
        """What it is about: the batch, the deviation or the person."""
        if self.kind.code == "deviation":
            return self.label.removeprefix("Deviation ")
        return self.by if self.kind.code == "locked" else self.batch or self.label

    @property
    def words(self) -> str:
        """What happened to it."""
        signed = self.label.removeprefix("Signature: ")
        return WORDS[self.kind.code].format(signed=signed[:1].lower() + signed[1:], label=self.label)

    @property
    def url(self) -> str:
        """Where it is dealt with."""
        if self.kind.code == "deviation":
            return f"/deviations/{self.subject}/"
        if not self.batch or self.kind.code == "locked":
            return ""
        return f"/qc/{self.batch}/" if self.kind.to_review else f"/batches/{self.batch}/"


def first_told() -> int:
    """The entry behind which notices begin: older ones are history, which the trail tells."""
    since = timezone.now() - dt.timedelta(days=DAYS)
    before = Entry.objects.filter(at__lt=since).order_by("-at").values_list("id", flat=True)
    return before.first() or 0


def found(person: User, after: int, before: int | None = None) -> QuerySet:
    """Columns of the entries between two that concern the person, of every kind; one statement."""
    parts = [kind.entries(person) for kind in KINDS] + [locks(person)]
    bounded = [part.filter(id__gt=after) for part in parts if part is not None]
    if before is not None:
        bounded = [part.filter(id__lt=before) for part in bounded]
    first, *rest = (part.order_by().values_list(*COLUMNS) for part in bounded)
    return first.union(*rest, all=True)


def mark_of(person: User) -> NoticeMark:
    """How far this person has read; not saved where there is none."""
    return NoticeMark.objects.filter(person=person).first() or NoticeMark(person=person)


def read_page(person: User, *, before: int | None, path: str) -> Page:
    """The notices before an entry, newest first, the new ones among them marked; three queries."""
    mark = mark_of(person)
    rows = list(found(person, first_told(), before).order_by("-id")[: PAGE_SIZE + 1])
    shown = [_notice(row, mark) for row in rows[:PAGE_SIZE]]
    page = Page(shown, first_url=path if before is not None else "")
    if len(rows) > PAGE_SIZE:
        page.next_url = f"{path}?before={shown[-1].entry}"
    return page


def _notice(row: tuple, mark: NoticeMark) -> Notice:
    told = dict(zip(COLUMNS, row, strict=True))
    kind = kind_of(told["kind"], told["act"], told["action"])
    is_new = told["id"] > mark.seen_entry
    return Notice(
        told["id"], told["at"], kind, told["batch_number"], told["object_label"], told["actor_name"], is_new
    )


def new_count(person: User) -> int:
    """How many notices are new, at most one more than is shown."""
    after = max(mark_of(person).seen_entry, first_told())
    return len(found(person, after)[: MOST_COUNTED + 1])


def counts_since(person: User, after: int) -> tuple[Counter[str], int]:
    """How many notices of each kind came after an entry, and the last entry looked at."""
    rows = list(found(person, max(after, first_told())))
    kinds = (kind_of(row[2], row[3], row[4]).code for row in rows)
    return Counter(kinds), max((row[0] for row in rows), default=after)


def overdue(person: User) -> QuerySet[Deviation]:
    """Deviations of this person that are standing beyond their day."""
    return (
        Deviation.objects.overdue(timezone.localdate()).filter(owner=person).with_names().order_by("due_on")
    )


def mark_seen(person: User, entry: int) -> None:
    """Note that notices up to that entry were seen; never goes back, and never beyond what there is."""
    last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    entry = min(max(entry, 0), last)
    mark, _ = NoticeMark.objects.get_or_create(person=person)
    NoticeMark.objects.filter(pk=mark.pk, seen_entry__lt=entry).update(seen_entry=entry)
