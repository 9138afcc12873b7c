"""What stands in a batch's way, in words, as far as it is cheap to know for many batches at once.

The rules of sign-off themselves are in qc.rules and qc.review; the list of exceptions of one batch is
worked out on its review page only.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef
from django.utils import timezone

from audit.models import Entry, UnexplainedChange
from audit.words import counted, span_since
from batches.record.models import Batch
from batches.source.models import SourceLot
from batches.source.origins import lots_of
from qc.deviations.models import AffectedBatch, Deviation
from qc.models import ReturnedPoint, Review, Signature
from qc.review.models import Query
from qc.signing import RECORD_CHANGES, REVIEW_ACTS

Status = Batch.Status
MOST_NAMED = 2
MOST_LETTERS = 90
USUAL = {
    Status.SUBMITTED: "nobody has taken it yet",
    Status.IN_REVIEW: "waits for the decision",
    Status.RETURNED: "waits for the laboratory",
    Status.APPROVED: "release not signed yet",
    Status.REJECTED: "disposition not signed yet",
}


@dataclass(frozen=True)
class Reason:
    """One thing in the way: words, how they are shown, where to see it."""

    words: str
    kind: str = "calm"
    icon: str = "clock"
    url: str = ""


Found = dict[int, list[Reason]]


def reasons_of(batches: list[Batch], latest: Mapping[int, Review]) -> Found:
    """By batch, the gravest first; a batch with nothing in its way says what it waits for."""
    found: Found = defaultdict(list)
    for look in (_unexplained, _changed_after_approval, _deviations, _queries, _source):
        for pk, reasons in look(batches).items():
            found[pk] += reasons
    for pk, reasons in _points(batches, latest).items():
        found[pk] += reasons
    for pk, reasons in _held(batches).items():
        found[pk] += reasons
    return {batch.pk: found[batch.pk] or [Reason(USUAL[Status(batch.status)])] for batch in batches}


def _unexplained(batches: list[Batch]) -> Found:
    """Changes behind the trail that nobody has dealt with; one above all batches stops every batch."""
    numbers = {batch.number: batch.pk for batch in batches}
    standing = UnexplainedChange.objects.open().filter(batch_number__in=["", *numbers])
    hit = set(standing.order_by().values_list("batch_number", flat=True).distinct())
    return {
        pk: [Reason("unexplained change", "fail", "triangle-exclamation", f"/batches/{number}/")]
        for number, pk in numbers.items()
        if hit & {"", number}
    }


def _changed_after_approval(batches: list[Batch]) -> Found:
    """Approved records that changed since: they can't be released as they stand."""
    approved = {batch.pk for batch in batches if batch.status == Status.APPROVED}
    later = Entry.objects.filter(
        batch_number=OuterRef("batch__number"),
        number_in_batch__gt=OuterRef("entries_signed"),
        action__in=RECORD_CHANGES,
    ).exclude(act__in=REVIEW_ACTS)
    signed = Signature.objects.filter(batch__in=approved, meaning=Signature.Meaning.REVIEWED_APPROVED)
    newest = dict(signed.annotate(is_behind=Exists(later)).order_by("id").values_list("batch", "is_behind"))
    words = "record changed after its approval"
    return {pk: [Reason(words, "fail", "pen")] for pk, is_behind in newest.items() if is_behind}


def _deviations(batches: list[Batch]) -> Found:
    """Open deviations that are not known to be minor, opened in the batch or naming it."""
    blocking = Deviation.objects.blocking()
    own = blocking.filter(batch__in=batches).order_by("id").values_list("batch", "number", "due_on")
    named = AffectedBatch.objects.filter(batch__in=batches, is_withdrawn=False, deviation__in=blocking)
    also = named.order_by("id").values_list("batch", "deviation__number", "deviation__due_on")
    standing: dict[int, dict[str, dt.date | None]] = defaultdict(dict)
    for pk, number, due_on in [*own, *also]:
        standing[pk][number] = due_on
    return {pk: _deviation_reasons(known) for pk, known in standing.items()}


def _deviation_reasons(known: Mapping[str, dt.date | None]) -> list[Reason]:
    shown = [
        Reason(
            f"{number} is open{_due_words(due_on)}", "fail", "triangle-exclamation", f"/deviations/{number}/"
        )
        for number, due_on in list(known.items())[:MOST_NAMED]
    ]
    rest = len(known) - len(shown)
    return (
        [*shown, Reason(f"{counted(rest, 'more deviation', 'more deviations')} open", "fail")]
        if rest
        else shown
    )


def _due_words(due_on: dt.date | None) -> str:
    """', due in 3 d', ', overdue 2 d'; empty where no day is set."""
    if due_on is None:
        return ""
    days = (due_on - timezone.localdate()).days
    if days < 0:
        return f", overdue {-days} d"
    return f", due in {days} d" if days else ", due today"


def _queries(batches: list[Batch]) -> Found:
    """Open queries: nothing is signed before they are closed."""
    standing = Query.objects.open().filter(batch__in=batches).order_by()
    found: Found = defaultdict(list)
    for pk, status, number in standing.values_list("batch", "status").annotate(Count("pk")):
        what = "waits" if number == 1 else "wait"
        whom = "for the laboratory" if status == Query.Status.ASKED else "to be closed"
        found[pk].append(
            Reason(f"{counted(number, 'query', 'queries')} {what} {whom}", "warn", "circle-question")
        )
    return found


def _source(batches: list[Batch]) -> Found:
    """Source lots that are still in quarantine; donors who withdrew consent."""
    found: Found = defaultdict(list)
    for pk, lots in lots_of(batches, SourceLot.objects.select_related("donor")).items():
        if any(lot.donor is not None and lot.donor.consent_withdrawn for lot in lots):
            found[pk].append(Reason("donor withdrew consent", "fail", "ban"))
        for lot in lots:
            if lot.quarantine_released_at is None:
                found[pk].append(Reason(f"source lot {lot.code} in quarantine", "hold", "lock"))
    return found


def _points(batches: list[Batch], latest: Mapping[int, Review]) -> Found:
    """What the last round asked for, of batches that the laboratory has."""
    returned = {latest[b.pk].pk: b.pk for b in batches if b.status == Status.RETURNED and b.pk in latest}
    asked: Found = defaultdict(list)
    for point in ReturnedPoint.objects.filter(review__in=returned).order_by("id"):
        asked[returned[point.review_id]].append(
            Reason(_short(f"{point.where}: {point.words}"), "warn", "rotate-left")
        )
    return {pk: _named(reasons) for pk, reasons in asked.items()}


def _named(reasons: list[Reason]) -> list[Reason]:
    rest = len(reasons) - MOST_NAMED
    more = [Reason(counted(rest, "more point", "more points"), "warn", "rotate-left")] if rest > 0 else []
    return [*reasons[:MOST_NAMED], *more]


def _held(batches: list[Batch]) -> Found:
    """Since when and why the material is on hold."""
    held = {batch.pk: batch for batch in batches if batch.disposition}
    signed = Signature.objects.filter(batch__in=held, meaning=F("batch__disposition")).order_by("id")
    newest = {pk: (at, why) for pk, at, why in signed.values_list("batch", "signed_at", "comment")}
    return {
        pk: [
            Reason(
                _short(f"{held[pk].get_disposition_display().lower()} for {span_since(at)}: {why}"),
                "hold",
                "lock",
            )
        ]
        for pk, (at, why) in newest.items()
    }


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 1].rstrip()}…"
