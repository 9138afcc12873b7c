"""What somebody is told of: a notice is an entry of the trail that concerns a person, nothing stored twice.

Each kind says which entries it is, and for whom; the trail's own index of records and actions finds them.
Nobody is told of what they did themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts import roles
from accounts.models import User
from audit.models import Entry, EntryAction
from batches.record.models import Batch
from qc.deviations.models import Deviation
from qc.models import Review, Signature
from qc.papers.models import Certificate
from qc.review.models import QueryMessage

NUMBER = OuterRef("batch_number")


@dataclass(frozen=True)
class NoticeKind:
    """One thing that people are told: `one` and `more` for counting, `who` for the page that explains."""

    code: str
    one: str
    more: str
    who: str
    icon: str
    tone: str
    source: str
    acts: tuple[str, ...]
    concerns: Callable[[User], Q | None]
    action: str = EntryAction.CREATED
    to_review: bool = False

    def entries(self, person: User) -> QuerySet[Entry] | None:
        """The entries that concern that person; None where no entry ever does."""
        wanted = self.concerns(person)
        if wanted is None:
            return None
        found = Entry.objects.filter(wanted, kind=self.source)
        found = found.filter(action=self.action) if self.action else found
        return found.filter(act__in=self.acts) if self.acts else found

    def counted(self, number: int) -> str:
        """'3 batches were submitted for review'."""
        return f"{number} {self.one if number == 1 else self.more}"


# --- for whom -------------------------------------------------------------------------------------


def _made_by(person: User) -> Exists:
    """Batches that this person opened or handed in."""
    mine = Batch.objects.filter(number=NUMBER).filter(Q(opened_by=person) | Q(submitted_by=person))
    return Exists(mine)


def _reviewed_by(person: User) -> Exists:
    return Exists(Review.objects.filter(batch__number=NUMBER, begun_by=person))


def _signed_by(person: User) -> Exists:
    return Exists(Signature.objects.filter(batch__number=NUMBER, signed_by=person))


def _others(person: User) -> Q:
    return ~Q(actor=person)


def _submitted(person: User) -> Q | None:
    if person.role not in roles.REVIEW:
        return None
    return _others(person)


def _to_the_laboratory(person: User) -> Q | None:
    return Q(_made_by(person)) & _others(person)


def _to_all_who_worked(person: User) -> Q | None:
    return (Q(_made_by(person)) | Q(_reviewed_by(person))) & _others(person)


def _to_signers(person: User) -> Q | None:
    return (Q(_made_by(person)) | Q(_signed_by(person))) & _others(person)


def _asked_by(person: User) -> Q | None:
    mine = QueryMessage.objects.filter(pk=OuterRef("object_id"), query__asked_by=person)
    return Q(Exists(mine)) & _others(person)


def _owned(person: User) -> Q | None:
    """Entries that made this person the owner, of deviations that are still theirs and open."""
    mine = Deviation.objects.standing().filter(pk=OuterRef("object_id"), owner=person)
    return Q(Exists(mine)) & Q(body__contains='"field":"owner"') & _others(person)


def _behind_the_trail(person: User) -> Q | None:
    return Q() if person.role in roles.EXPLAIN else Q(_signed_by(person))


def _replaced(person: User) -> Q | None:
    amended = Certificate.objects.filter(pk=OuterRef("object_id"), number__gt=1)
    return Q(Exists(amended)) & (Q(_made_by(person)) | Q(_signed_by(person))) & _others(person)


SIGNATURE = "qc.signature"
KINDS: tuple[NoticeKind, ...] = (
    NoticeKind(
        "submitted", "batch was submitted for review", "batches were submitted for review",
        "reviewers and quality assurance", "inbox", "hold", "batches.batch", ("submit_batch",),
        _submitted, EntryAction.CHANGED, to_review=True,
    ),
    NoticeKind(
        "returned", "batch was returned", "batches were returned",
        "who opened or submitted the batch", "rotate-left", "warn", SIGNATURE, ("return_batch",),
        _to_the_laboratory, EntryAction.SIGNED,
    ),
    NoticeKind(
        "decided", "batch was approved or rejected", "batches were approved or rejected",
        "who opened or submitted the batch", "stamp", "live", SIGNATURE, ("approve_batch", "reject_batch"),
        _to_the_laboratory, EntryAction.SIGNED,
    ),
    NoticeKind(
        "disposed", "batch got its disposition", "batches got their disposition",
        "who opened, submitted or reviewed the batch", "box-archive", "live", SIGNATURE,
        ("set_disposition",), _to_all_who_worked, EntryAction.SIGNED,
    ),
    NoticeKind(
        "revised", "signed record was opened for changes", "signed records were opened for changes",
        "who opened, submitted or signed the batch", "pen", "warn", SIGNATURE, ("open_revision",),
        _to_signers, EntryAction.SIGNED,
    ),
    NoticeKind(
        "asked", "query was asked", "queries were asked",
        "who opened or submitted the batch", "circle-question", "warn", "qc.querymessage",
        ("ask_query", "ask_query_again"), _to_the_laboratory,
    ),
    NoticeKind(
        "answered", "query was answered", "queries were answered",
        "who asked", "comment", "live", "qc.querymessage", ("answer_query",), _asked_by,
        to_review=True,
    ),
    NoticeKind(
        "deviation", "deviation was given to you", "deviations were given to you",
        "its owner", "triangle-exclamation", "warn", "qc.deviation", ("open_deviation", "assign_deviation"),
        _owned, "",
    ),
    NoticeKind(
        "amended", "certificate was replaced", "certificates were replaced",
        "who opened, submitted or signed the batch", "file-lines", "warn", "qc.certificate", (), _replaced,
    ),
    NoticeKind(
        "unexplained", "change behind the trail was found", "changes behind the trail were found",
        "quality assurance, and who signed the batch", "shield-halved", "fail", "audit.unexplainedchange", (),
        _behind_the_trail,
    ),
)  # fmt: skip
LOCKED = NoticeKind(
    "locked", "account was locked after wrong proofs", "accounts were locked after wrong proofs",
    "administrators, quality assurance, and the person", "lock", "fail", "", (), lambda person: Q(),
)  # fmt: skip
EVERY = (*KINDS, LOCKED)


def locks(person: User) -> QuerySet[Entry]:
    """The wrong proofs of identity that locked somebody: the last of so many within so many minutes.

    Counted as accounts.proving counts them at signing; wrong passwords at sign-in stand in the trail.
    """
    before = Entry.objects.filter(
        action=EntryAction.IDENTITY_FAILED,
        actor=OuterRef("actor"),
        id__lte=OuterRef("id"),
        at__gte=OuterRef("at") - timedelta(minutes=settings.SIGN_IN_FAILURE_WINDOW_MINUTES),
    )
    nth = settings.SIGN_IN_FAILURES_ALLOWED - 1
    earliest = Subquery(before.order_by("-id").values("id")[nth : nth + 1])
    found = Entry.objects.filter(action=EntryAction.IDENTITY_FAILED).alias(earliest=earliest)
    found = found.filter(earliest__isnull=False)
    told = roles.MANAGE_PEOPLE | roles.EXPLAIN
    return found if person.role in told else found.filter(actor=person)


def kind_of(kind: str, act: str, action: str) -> NoticeKind:
    """The kind that an entry of these columns is a notice of."""
    if action == EntryAction.IDENTITY_FAILED:
        return LOCKED
    return next(one for one in KINDS if one.source == kind and (act in one.acts or not one.acts))
