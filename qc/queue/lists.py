"""The reviewer's home: what waits, what is under review, what was returned, what is to be released.

Every list is oldest submission first. The home shows the beginning of each; one list alone is paged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, QueryDict

from accounts.models import User
from audit.paging import Page, keyset_page
from batches.masters.models import Product
from batches.record.models import Batch, BatchQuerySet
from qc.models import Review
from qc.queue.reasons import Reason, reasons_of

MOST_AT_HOME = 10
PAGE_SIZE = 50
Status, Disposition = Batch.Status, Batch.Disposition
# Decided, and nobody has said yet what becomes of the material for good.
FINAL = (Disposition.RELEASED, Disposition.REJECTED)
# Named one by one: the index finds those few among all that were ever released.
PENDING = [one for one in Disposition.values if one not in FINAL]
TO_RELEASE = Q(status__in=[Status.APPROVED, Status.REJECTED], disposition__in=PENDING)


@dataclass(frozen=True)
class Kind:
    """One list of the home: its name in addresses, its words, and which batches stand in it."""

    code: str
    title: str
    nothing: str
    nothing_words: str
    where: Q
    icon: str
    tone: str = "hold"
    is_mine: bool | None = None

    @property
    def is_reviewed(self) -> bool:
        """Whether its batches wait for a review or are in one, so that their exceptions count."""
        return self.code in {"mine", "waiting", "others"}


KINDS = (
    Kind(
        "mine",
        "Under review by me",
        "You have nothing under review",
        "A batch that you take into review stands here until you decide on it.",
        Q(status=Status.IN_REVIEW),
        "magnifying-glass",
        "live",
        is_mine=True,
    ),
    Kind(
        "waiting",
        "Waiting for a review",
        "Nothing waits for a review",
        "A batch appears here as soon as the laboratory submits it.",
        Q(status=Status.SUBMITTED),
        "inbox",
        "hold",
    ),
    Kind(
        "release",
        "To be released",
        "Nothing waits for its release",
        "Batches that were decided on stay here until it is signed what becomes of the material.",
        TO_RELEASE,
        "stamp",
    ),
    Kind(
        "others",
        "Under review by others",
        "Nobody else has a batch under review",
        "Who takes a batch into review is named here.",
        Q(status=Status.IN_REVIEW),
        "users",
        "calm",
        is_mine=False,
    ),
    Kind(
        "returned",
        "Returned to the laboratory",
        "Nothing is with the laboratory",
        "A returned batch stands here until it is submitted again.",
        Q(status=Status.RETURNED),
        "rotate-left",
        "warn",
    ),
)
BY_CODE: Mapping[str, Kind] = {kind.code: kind for kind in KINDS}


@dataclass(frozen=True)
class Asked:
    """What a person asked the home for; unknown words in the address are left out."""

    product: str = ""
    is_mine: bool = False
    code: str = ""

    @classmethod
    def of(cls, sent: QueryDict) -> "Asked":
        """Read it out of an address."""
        code = sent.get("list", "")
        return cls(
            product=sent.get("product", "").replace("\x00", "")[:30],
            is_mine=bool(sent.get("mine")),
            code=code if code in BY_CODE else "",
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.product or self.is_mine)


@dataclass(frozen=True)
class Queued:
    """A batch in a list: its latest round of review, and what stands in the way."""

    batch: Batch
    review: Review | None
    reasons: list[Reason] = field(default_factory=list)

    @property
    def round(self) -> int:
        """The round it is in, or waits for."""
        last = self.review.round if self.review else 0
        return last + 1 if self.batch.status == Status.SUBMITTED else last


@dataclass(frozen=True)
class Part:
    """One list as it is shown."""

    kind: Kind
    rows: list[Queued]
    count: int
    page: Page | None = None
    is_cut: bool = False


def home(request: HttpRequest, asked: Asked) -> list[Part]:
    """The beginning of every list, or one list paged; a fixed number of queries."""
    person: User = request.user  # type: ignore[assignment]
    number = counts(asked, person)
    if asked.code:
        kind = BY_CODE[asked.code]
        found = _batches(kind, asked, person)
        page = keyset_page(request, found, order=("submitted_at", "id"), size=PAGE_SIZE)
        return [Part(kind, _with_reasons([page.rows])[0], number[kind.code], page)]
    lists = [
        list(_batches(kind, asked, person).order_by("submitted_at", "id")[: MOST_AT_HOME + 1])
        for kind in KINDS
    ]
    shown = _with_reasons([rows[:MOST_AT_HOME] for rows in lists])
    return [
        Part(kind, rows, number[kind.code], is_cut=len(found) > MOST_AT_HOME)
        for kind, rows, found in zip(KINDS, shown, lists, strict=True)
    ]


def _batches(kind: Kind, asked: Asked, person: User) -> BatchQuerySet:
    """The batches of a list with what a row names of them."""
    named = Batch.objects.select_related("product", "submitted_by")
    found = named.defer("plan", "search_text", "notes").filter(kind.where)
    if asked.product:
        found = found.filter(product__in=Product.objects.filter(code=asked.product))
    if asked.is_mine:
        found = found.filter(_reviewed_by(person))
    if kind.is_mine is not None:
        mine = Exists(_rounds_of(person).filter(decision=""))
        found = found.filter(mine if kind.is_mine else ~mine)
    return found


def _rounds_of(person: User) -> Any:
    return Review.objects.filter(batch=OuterRef("pk"), begun_by=person)


def _reviewed_by(person: User) -> Exists:
    """Batches of which this person has or had a round."""
    return Exists(_rounds_of(person))


def _with_reasons(lists: list[list[Batch]]) -> list[list[Queued]]:
    """Each batch with its latest round and what stands in its way, asked for all lists at once."""
    batches = [batch for rows in lists for batch in rows]
    rounds = Review.objects.filter(batch__in=batches).select_related("begun_by", "decided_by")
    latest = {review.batch_id: review for review in rounds.order_by("round")}
    reasons = reasons_of(batches, latest)
    return [[Queued(batch, latest.get(batch.pk), reasons[batch.pk]) for batch in rows] for rows in lists]


def counts(asked: Asked, person: User) -> dict[str, int]:
    """How many batches each list has, for its heading; two queries."""
    found = Batch.objects.filter(
        TO_RELEASE | Q(status__in=[Status.SUBMITTED, Status.IN_REVIEW, Status.RETURNED])
    )
    if asked.product:
        found = found.filter(product__in=Product.objects.filter(code=asked.product))
    if asked.is_mine:
        found = found.filter(_reviewed_by(person))
    rows = list(found.order_by().values_list("status").annotate(Count("pk")))
    number = dict(rows)
    mine = Review.objects.filter(decision="", begun_by=person)
    if asked.product:
        mine = mine.filter(batch__product__code=asked.product)
    under_review, my_own = number.get(Status.IN_REVIEW, 0), mine.count()
    return {
        "mine": my_own,
        "waiting": number.get(Status.SUBMITTED, 0),
        "release": number.get(Status.APPROVED, 0) + number.get(Status.REJECTED, 0),
        "others": max(under_review - my_own, 0),
        "returned": number.get(Status.RETURNED, 0),
    }
