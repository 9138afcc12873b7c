"""What a reviewer does on the way to a decision. None of it changes the record that is reviewed."""

from collections.abc import Sequence

from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, RoleRefused
from batches.record.models import Batch
from batches.record.values import lock_batch
from qc.deviations.places import Place
from qc.exceptions import RULE_SET
from qc.models import ReturnedPoint
from qc.review.deciding import Faced, faced_in
from qc.review.models import ExceptionDecision, Look, PointReply, Query, QueryMessage
from qc.review.rules import GONE, demand_in_review, enough_words
from qc.rules import demand_uninvolved

Decision = ExceptionDecision.Decision
Kind = QueryMessage.Kind


# --- exceptions -----------------------------------------------------------------------------------


@action(may=roles.REVIEW)
def accept_exceptions(*, batch: Batch, keys: Sequence[str], words: str, by: User) -> list[ExceptionDecision]:
    """Accept one or several exceptions with the same words: all of them, or none."""
    batch = _under_review(batch, by)
    words = enough_words(words, "Say in a few words why it is accepted.")
    if not keys:
        raise ActionRefused("Tick at least one exception.")
    by_key = {one.key: one for one in faced_in(batch)}
    chosen = [by_key.get(key) for key in dict.fromkeys(keys)]
    return [_decide(batch, _acceptable(one), Decision.ACCEPTED, words, by) for one in chosen]


def _acceptable(one: Faced | None) -> Faced:
    if one is None:
        raise ActionRefused(GONE)
    if one.is_note:
        raise ActionRefused(f"{one.exception.where}: this is only told, nothing is decided about it.")
    if one.is_accepted and one.decision:
        raise ActionRefused(f"{one.exception.where}: {one.decision.decided_by} accepted it already.")
    return one


@action(may=roles.REVIEW)
def take_back_acceptance(*, batch: Batch, key: str, words: str, by: User) -> ExceptionDecision:
    """Take back that an exception was accepted, saying why; it asks for a decision again."""
    batch = _under_review(batch, by)
    words = enough_words(words, "Say in a few words why it is taken back.")
    found = next((one for one in faced_in(batch) if one.key == key), None)
    if found is None:
        raise ActionRefused(GONE)
    if not found.is_accepted:
        raise ActionRefused(f"{found.exception.where}: nobody accepted it, so there is nothing to take back.")
    return _decide(batch, found, Decision.TAKEN_BACK, words, by)


def _under_review(batch: Batch, by: User) -> Batch:
    """The locked batch, where this person may decide on its exceptions."""
    batch = lock_batch(batch)
    demand_in_review(batch, "exceptions are decided")
    demand_uninvolved(batch, by)
    return batch


def _decide(batch: Batch, one: Faced, decision: Decision, words: str, by: User) -> ExceptionDecision:
    made = ExceptionDecision(
        batch=batch,
        key=one.key,
        rule=one.exception.rule.code,
        rule_set=RULE_SET,
        what=one.words,
        where=one.exception.where[:300],
        decision=decision,
        words=words,
        decided_at=timezone.now(),
        decided_by=by,
    )
    records.save(made, by=by)
    return made


# --- queries --------------------------------------------------------------------------------------


@action(may=roles.REVIEW)
def ask_query(*, place: Place, words: str, by: User) -> Query:
    """Ask the laboratory about a value, a record or an exception; until it is closed nothing is signed."""
    if place.batch is None:
        raise ActionRefused("A query is asked about something in a batch: go there.")
    batch = lock_batch(place.batch)
    if batch.status == Batch.Status.IN_PROCESS:
        raise ActionRefused(f"The laboratory has not submitted batch {batch.number} yet.")
    demand_uninvolved(batch, by)
    words = enough_words(words, "Ask in a few words.")
    _demand_new(batch, place, words)
    subject = place.record
    query = Query(
        batch=batch,
        number=Query.objects.filter(batch=batch).count() + 1,
        record_kind=subject._meta.label_lower,
        record_id=subject.pk,
        field=place.field,
        label=(place.label or "Batch")[:300],
        page=place.page[:200],
        exception=place.finding,
        evidence=place.evidence,
        asked_at=timezone.now(),
        asked_by=by,
    )
    records.save(query, by=by)
    _write(query, Kind.ASKED, words, by)
    return query


def _demand_new(batch: Batch, place: Place, words: str) -> None:
    """Refuse the same question about the same thing while it is open: it was sent twice."""
    alike = Query.objects.filter(batch=batch, page=place.page, field=place.field, exception=place.finding)
    same = alike.open().filter(messages__words=words).first()
    if same is not None:
        raise ActionRefused(f"This was asked already: query {same.number}.")


@action(may=roles.ENTER)
def answer_query(*, query: Query, words: str, by: User) -> QueryMessage:
    """Answer a query, as somebody of the laboratory; it waits for the review then."""
    query = _locked(query)
    if query.asked_by_id == by.pk:
        raise RoleRefused("You asked this query: somebody of the laboratory answers it.")
    words = enough_words(words, "Answer in a few words.")
    last = query.messages.order_by("-id").first()
    if last and (last.kind, last.words, last.written_by_id) == (Kind.ANSWERED, words, by.pk):
        raise ActionRefused("You gave this answer already.")
    return _moved(query, Query.Status.ANSWERED, Kind.ANSWERED, words, by)


@action(may=roles.REVIEW)
def ask_query_again(*, query: Query, words: str, by: User) -> QueryMessage:
    """Send an answered query back to the laboratory, saying what is still open."""
    query = _locked(query)
    demand_uninvolved(query.batch, by)
    if query.status != Query.Status.ANSWERED:
        raise ActionRefused(f"{query} was not answered yet.")
    words = enough_words(words, "Say in a few words what is still open.")
    return _moved(query, Query.Status.ASKED, Kind.ASKED_AGAIN, words, by)


@action(may=roles.REVIEW)
def close_query(*, query: Query, words: str = "", by: User) -> QueryMessage:
    """Close a query. One that nobody answered is closed with words."""
    query = _locked(query)
    demand_uninvolved(query.batch, by)
    if query.status == Query.Status.ASKED:
        words = enough_words(words, "Nobody answered it: say in a few words why it is closed.")
    query.closed_at, query.closed_by = timezone.now(), by
    return _moved(query, Query.Status.CLOSED, Kind.CLOSED, words.strip(), by)


def _locked(query: Query) -> Query:
    """The query as it is now, held until the transaction ends, and still open."""
    lock_batch(query.batch)
    found = Query.objects.select_related("batch").get(pk=query.pk)
    if not found.is_open:
        raise ActionRefused(f"{found} was closed by {found.closed_by}.")
    return found


def _moved(query: Query, status: Query.Status, kind: Kind, words: str, by: User) -> QueryMessage:
    if query.status != status:
        query.status = status
        records.save(query, by=by)
    return _write(query, kind, words, by)


def _write(query: Query, kind: Kind, words: str, by: User) -> QueryMessage:
    message = QueryMessage(query=query, kind=kind, words=words, written_at=timezone.now(), written_by=by)
    records.save(message, by=by)
    return message


# --- looks and what was sent back -----------------------------------------------------------------


@action(may=roles.REVIEW)
def note_look(*, batch: Batch, through: int, by: User) -> Look | None:
    """Keep that this person was shown the record up to an entry; None where that was kept before."""
    batch = lock_batch(batch)
    if Look.objects.filter(batch=batch, looked_by=by, through_entry__gte=through).exists():
        return None
    look = Look(batch=batch, through_entry=through, looked_at=timezone.now(), looked_by=by)
    records.save(look, by=by)
    return look


@action(may=roles.ENTER)
def reply_to_point(*, point: ReturnedPoint, words: str, by: User) -> PointReply:
    """Answer a point that was sent back, as somebody of the laboratory, while it has the batch."""
    batch = lock_batch(point.review.batch)
    if batch.status != Batch.Status.RETURNED:
        now = batch.get_status_display().lower()
        raise ActionRefused(f"Batch {batch.number} is {now}: a point is answered while it is returned.")
    if point.review.decided_by_id == by.pk:
        raise RoleRefused("You sent this back: somebody of the laboratory answers it.")
    words = enough_words(words, "Answer in a few words.")
    if point.replies.filter(words=words, replied_by=by).exists():
        raise ActionRefused("You gave this answer already.")
    reply = PointReply(point=point, words=words, replied_at=timezone.now(), replied_by=by)
    records.save(reply, by=by)
    return reply
