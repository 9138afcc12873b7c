"""The list of deviations: what may be filtered, sorted and taken away."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from batches.record.models import Batch
from qc.deviations.models import AffectedBatch, Deviation

PAGE_SIZE = 100
STANDING, UNCLASSED = "standing", "unclassed"
STATUSES = [(STANDING, "Open or investigated"), *Deviation.Status.choices]
CLASSES = [(UNCLASSED, "Not classed yet"), *Deviation.Grade.choices[1:]]
SORTS = {
    "newest": ("-id",),
    "oldest": ("id",),
    "due": ("due_on", "-id"),
    "-due": ("-due_on", "-id"),
}


@dataclass(frozen=True)
class DeviationSearch:
    """What a person asked the list for; unknown words in the address are left out."""

    status: str = ""
    grade: str = ""
    owner: str = ""
    batch: str = ""
    is_overdue: bool = False
    sort: str = "newest"

    @classmethod
    def of(cls, sent: QueryDict) -> "DeviationSearch":
        """Read the search out of an address."""
        return cls(
            status=_known(sent.get("status"), [code for code, _ in STATUSES]),
            grade=_known(sent.get("class"), [code for code, _ in CLASSES]),
            owner=sent.get("owner", "").replace("\x00", "")[:60],
            batch=sent.get("batch", "").replace("\x00", "").strip()[:40],
            is_overdue=bool(sent.get("overdue")),
            sort=_known(sent.get("sort"), SORTS) or "newest",
        )

    @property
    def order(self) -> tuple[str, ...]:
        return SORTS[self.sort]

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for, for the page and for the entry of an export."""
        given = {
            "status": self.status,
            "class": self.grade,
            "owner": self.owner,
            "batch": self.batch,
            "overdue": self.is_overdue,
        }
        return {name: value for name, value in given.items() if value}

    def found(self) -> QuerySet[Deviation]:
        """The deviations asked for, in no order, each with how many batches it affects."""
        found = Deviation.objects.all()
        if self.is_overdue:
            found = found.overdue(timezone.localdate())
        if self.owner:
            found = found.filter(owner__in=User.objects.filter(username=self.owner))
        if self.batch:
            found = found.filter(_of_batch(self.batch))
        return found.filter(_status(self.status), _class(self.grade)).annotate(also=_affected())


def _status(status: str) -> Q:
    if status == STANDING:
        return Q(status__in=[Deviation.Status.OPEN, Deviation.Status.INVESTIGATED])
    return Q(status=status) if status else Q()


def _class(grade: str) -> Q:
    return Q(grade="" if grade == UNCLASSED else grade) if grade else Q()


def _of_batch(number: str) -> Q:
    """Opened in the batch of that number or naming it."""
    batches = Batch.objects.filter(number=number)
    named = AffectedBatch.objects.filter(batch__in=batches, is_withdrawn=False)
    return Q(batch__in=batches) | Q(pk__in=named.values("deviation"))


def _affected() -> Coalesce:
    named = AffectedBatch.objects.filter(deviation=OuterRef("pk"), is_withdrawn=False)
    counted = named.order_by().values("deviation").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


def owners() -> list[str]:
    """User names of everybody who owns a deviation, for a choice; one query."""
    owning = Deviation.objects.exclude(owner=None).order_by().values("owner")
    return list(User.objects.filter(pk__in=owning).order_by("username").values_list("username", flat=True))


def _known(value: str | None, known: Any) -> str:
    return value if value is not None and value in known else ""
