"""What must hold before a review may do something, and before a batch is signed; refusals in plain words."""

from collections.abc import Sequence

from django.db.models import QuerySet

from audit.models import Entry
from audit.refusal import ActionRefused
from audit.trail.asking import TrailFilter
from batches.record.models import Batch
from qc.review.deciding import Faced, faced_in
from qc.review.models import Query, TrailReview
from qc.signing import RECORD_CHANGES, REVIEW_ACTS

FEWEST_LETTERS = 3
MOST_NAMED = 5
# What came up after the decision can't be accepted any more: what was signed stays what it was.
AFTERWARDS = " Open a deviation from each on the review page, or a revision of the batch."
GONE = "That exception is not there any more, or is another one now: the record changed. Look at it again."


def enough_words(words: str, otherwise: str) -> str:
    """The words without blanks at their ends; refused where they say nothing."""
    words = words.strip()
    if sum(1 for letter in words if letter.isalnum()) < FEWEST_LETTERS:
        raise ActionRefused(otherwise)
    return words


def demand_in_review(batch: Batch, what: str) -> None:
    """Refuse what is done while a batch is in review only; `what` says it in words."""
    if batch.status != Batch.Status.IN_REVIEW:
        now = batch.get_status_display().lower()
        raise ActionRefused(f"Batch {batch.number} is {now}: {what} while it is in review.")


# --- what stands against signing ------------------------------------------------------------------


def demand_reviewed(batch: Batch) -> None:
    """Refuse to approve or release before the review is complete: queries closed, exceptions decided, the
    trail read to its last change.
    """
    demand_no_open_query(batch)
    demand_decided(batch)
    demand_trail_reviewed(batch)


def demand_decided(batch: Batch) -> None:
    """Refuse while an exception is neither accepted nor taken care of by a deviation, naming them."""
    undecided = [one for one in faced_in(batch) if not one.is_decided]
    if undecided:
        named = _listed([f"{one.exception.where}: {one.words}" for one in undecided])
        way = "" if batch.status == Batch.Status.IN_REVIEW else AFTERWARDS
        raise ActionRefused(f"{counted_undecided(undecided)}: {named}{way}")


def counted_undecided(undecided: Sequence[Faced]) -> str:
    """'3 exceptions are not decided yet'."""
    one = len(undecided) == 1
    return f"{len(undecided)} exception{'' if one else 's'} {'is' if one else 'are'} not decided yet"


def demand_no_open_query(batch: Batch) -> None:
    """Refuse while a question of the review is not closed, naming them."""
    queries = Query.objects.filter(batch=batch).open()
    if queries:
        told = [f"{query} ({query.label}, {query.get_status_display().lower()})" for query in queries]
        words = "1 query is open" if len(queries) == 1 else f"{len(queries)} queries are open"
        raise ActionRefused(f"{words}: {_listed(told)} Close them first.")


def demand_trail_reviewed(batch: Batch) -> None:
    """Refuse while entries that changed the record stand beyond what was reviewed of the trail."""
    beyond = changes_after(batch, reviewed_to(batch)).count()
    if beyond:
        raise ActionRefused(f"{unreviewed_words(beyond)}: review the trail of batch {batch.number} first.")


def unreviewed_words(beyond: int) -> str:
    """'3 entries changed the record and are not reviewed in the trail yet'."""
    entries, are = ("1 entry", "is") if beyond == 1 else (f"{beyond} entries", "are")
    return f"{entries} changed the record and {are} not reviewed in the trail yet"


def demand_trail_unreviewed(batch: Batch) -> int:
    """The first entry that the next review of the trail covers; refused where nothing changed since."""
    reached = reviewed_to(batch)
    if not changes_after(batch, reached).exists():
        raise ActionRefused(
            f"The trail of batch {batch.number} is reviewed: nothing changed the record since."
        )
    return reached + 1


def _listed(words: Sequence[str]) -> str:
    more = f"; and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return f"{'; '.join(words[:MOST_NAMED])}{more}."


# --- how far the trail is reviewed ----------------------------------------------------------------


def changes_after(batch: Batch, number: int) -> QuerySet:
    """The entries of a batch after one of them that changed its record."""
    later = Entry.objects.filter(batch_number=batch.number, number_in_batch__gt=number)
    return later.filter(action__in=RECORD_CHANGES).exclude(act__in=REVIEW_ACTS)


def listed(batch: Batch, number: int, only: str) -> QuerySet:
    """The entries of a batch after one of them that a review of the trail lists: all, or critical ones."""
    return TrailFilter(batch=batch.number, only=only).entries().filter(number_in_batch__gt=number)


def reviewed_to(batch: Batch) -> int:
    """The last entry up to which the trail was reviewed without a gap, by people who did not work on it."""
    reviews = list(TrailReview.objects.filter(batch=batch).order_by("from_entry"))
    involved = _involved(batch) if reviews else set()
    return covered([one for one in reviews if one.reviewed_by_id not in involved])


def covered(reviews: Sequence[TrailReview]) -> int:
    """How far reviews, ordered by their first entry, reach without a gap."""
    reached = 0
    for one in reviews:
        if one.from_entry <= reached + 1:
            reached = max(reached, one.to_entry)
    return reached


def _involved(batch: Batch) -> set[int | None]:
    """Everybody who entered, changed or checked anything in the batch."""
    return set(changes_after(batch, 0).order_by().values_list("actor_id", flat=True).distinct())
