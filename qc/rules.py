"""What must hold before a review may do something; each refusal says what to do instead."""

from accounts import roles
from accounts.models import User
from audit.models import Entry
from audit.refusal import ActionRefused, RoleRefused
from audit.verifying import batch as verified
from audit.verifying.actions import Unexplained
from audit.verifying.models import UnexplainedChange
from batches.characterization.models import Assay
from batches.isolation.models import ProcessStep
from batches.record.missing import missing_of
from batches.record.models import Batch
from batches.record.values import lock_batch
from batches.source.models import Harvest
from qc.deviations.rules import blocking_words, demand_none_blocking
from qc.judging import judge
from qc.models import Review, Signature
from qc.points import Point
from qc.review.rules import demand_reviewed
from qc.signatures.ceremony import last_entry
from qc.signatures.manifests import manifest_now
from qc.signing import RECORD_CHANGES, REVIEW_ACTS, signatures_of

__all__ = ["last_entry"]  # where it is looked for

OWN_WORK = "You made entries in batch {number}: somebody who did not work on it reviews it."
DEAL_FIRST = "Quality assurance deals with it first (Unexplained change, on the batch page)."
FEWEST_LETTERS = 3
WHAT_NOW: dict[str, str] = {
    Batch.Status.IN_PROCESS: "the laboratory has not submitted it",
    Batch.Status.SUBMITTED: "take it into review first",
    Batch.Status.IN_REVIEW: "its review has begun already",
    Batch.Status.RETURNED: "the laboratory has it",
    Batch.Status.APPROVED: "the decision is made",
    Batch.Status.REJECTED: "the decision is made",
}
# A decision stands in these; a revision leads from them back to the laboratory.
REOPENED_FROM = frozenset({Batch.Status.APPROVED, Batch.Status.REJECTED})
HOLDS = frozenset({Batch.Disposition.QUARANTINED, Batch.Disposition.RETEST})

DISPOSITION_MEANINGS = {
    Batch.Disposition.RELEASED: Signature.Meaning.RELEASED,
    Batch.Disposition.QUARANTINED: Signature.Meaning.QUARANTINED,
    Batch.Disposition.RETEST: Signature.Meaning.RETEST,
    Batch.Disposition.REJECTED: Signature.Meaning.DISPOSITION_REJECTED,
}
# Statuses in which a batch may get a disposition.
DISPOSITION_FROM = {
    Batch.Disposition.RELEASED: {Batch.Status.APPROVED},
    Batch.Disposition.QUARANTINED: set(Batch.Status) - {Batch.Status.IN_PROCESS},
    Batch.Disposition.RETEST: set(Batch.Status) - {Batch.Status.IN_PROCESS},
    Batch.Disposition.REJECTED: {Batch.Status.APPROVED, Batch.Status.REJECTED},
}


def made_entries(batch: Batch, person: User) -> bool:
    """Whether the person entered, changed or checked anything in the batch, other than by reviewing it."""
    mine = Entry.objects.filter(batch_number=batch.number, actor=person, action__in=RECORD_CHANGES)
    return mine.exclude(act__in=REVIEW_ACTS).exists()


def demand_uninvolved(batch: Batch, by: User) -> None:
    """Refuse whoever made an entry in the batch."""
    if made_entries(batch, by):
        raise ActionRefused(OWN_WORK.format(number=batch.number))


def dispositions_for(batch: Batch) -> list[Batch.Disposition]:
    """What a batch may be disposed to now. From a rejection no way leads to release but over a hold."""
    ways = DISPOSITION_FROM.items()
    found = [one for one, statuses in ways if batch.status in statuses and batch.disposition != one]
    if batch.disposition == Batch.Disposition.REJECTED:
        return [one for one in found if one in HOLDS]
    return found


def demand_may_lift(batch: Batch, by: User) -> None:
    """Refuse to take back a rejection but to quality assurance, and to whoever rejected the batch."""
    if batch.disposition != Batch.Disposition.REJECTED:
        return
    if by.role != roles.Role.QA:
        raise RoleRefused(f"Your role ({by.role}) can't take back a rejection. It is for: qa.")
    rejected = Signature.objects.filter(batch=batch, meaning=Signature.Meaning.DISPOSITION_REJECTED).last()
    if rejected is not None and rejected.signed_by_id == by.pk:
        raise ActionRefused(f"You rejected batch {batch.number}: somebody else takes that back.")


def demand_decided_batch(batch: Batch, otherwise: str) -> None:
    """Refuse what only a batch with a decision may get."""
    if batch.status not in REOPENED_FROM:
        now = batch.get_status_display().lower()
        raise ActionRefused(f"Batch {batch.number} is {now}: {otherwise}")


def demand_next(batch: Batch, wanted: Batch.Status) -> None:
    """Refuse a status that can't follow the present one, naming who was faster."""
    if wanted in Batch.NEXT[Batch.Status(batch.status)]:
        return
    latest = Review.objects.filter(batch=batch).select_related("begun_by", "decided_by").first()
    person = (latest.decided_by or latest.begun_by) if latest else None
    by_whom = f" by {person.username}" if person and batch.status != Batch.Status.SUBMITTED else ""
    now = batch.get_status_display().lower()
    raise ActionRefused(f"Batch {batch.number} is {now}{by_whom}: {WHAT_NOW[batch.status]}.")


def ready_to_decide(batch: Batch, wanted: Batch.Status, by: User) -> Batch:
    """The locked batch, where this person may decide on it."""
    batch = lock_batch(batch)
    demand_next(batch, wanted)
    demand_uninvolved(batch, by)
    return batch


def demand_words(words: str, otherwise: str) -> None:
    """Refuse an empty or one-letter explanation."""
    if len(words.strip()) < FEWEST_LETTERS:
        raise ActionRefused(otherwise)


def demand_points(batch: Batch, points: list[Point]) -> None:
    """Refuse to return a batch without naming what in it is wrong."""
    if not points:
        raise ActionRefused("Name at least one step, assay or the harvest, and what is wrong with it.")
    for point in points:
        record, words, field = point
        if not isinstance(record, ProcessStep | Assay | Harvest) or record.batch_id != batch.pk:
            raise ActionRefused("What is returned must be a step, an assay or the harvest of this batch.")
        demand_words(words, f"Say what is wrong with {record}.")
        if field and field not in set(point.sheet.field_names()):
            raise ActionRefused(f"{record} has no such value: load the page again.")


def demand_in_order(batch: Batch) -> None:
    """Refuse to sign for a batch, or to release it, while anything about it was changed behind the trail.

    First what was found before and is open. Then the batch's own records and those it stands on (product,
    plan, source lot, donor) are looked at here and now, so that a change made a second ago counts too,
    whether or not somebody has verified since. What stands above batches stops all of them: every batch may
    rest on it, and who changed it could change others.
    """
    number = batch.number
    known = list(UnexplainedChange.objects.blocking(number)[:5])
    if known:
        told = " ".join(one.told for one in known)
        raise ActionRefused(f"Nothing was signed: an unexplained change is open. {told} {DEAL_FIRST}")
    found = verified.confirmed(number, with_files=False)
    if found:
        told = found[0].sentence
        raise Unexplained(f"Nothing was signed: unexplained change. {told} {DEAL_FIRST}", found)


def demand_approvable(batch: Batch) -> None:
    """Refuse to approve what does not pass, lacks something or has a deviation open, naming all of it."""
    failing = [one.words for one in judge(batch) if one.blocks]
    missing = [f"{problem.where}: {problem.words}" for problem in missing_of(batch)]
    in_the_way = [*failing, *missing, *blocking_words(batch)]
    if in_the_way:
        raise ActionRefused(f"Batch {batch.number} can't be approved: {'; '.join(in_the_way)}.")


def demand_disposition(batch: Batch, disposition: str, by: User) -> Batch.Disposition:
    """The disposition asked for, where the batch may have it now and from this person."""
    if disposition not in DISPOSITION_MEANINGS:
        raise ActionRefused("Choose what becomes of the batch.")
    wanted = Batch.Disposition(disposition)
    if wanted not in dispositions_for(batch):
        disposed = f", {batch.get_disposition_display().lower()}" if batch.disposition else ""
        now = f"{batch.get_status_display().lower()}{disposed}"
        raise ActionRefused(f"Batch {batch.number} is {now}: it can't be {wanted.label.lower()} now.")
    demand_may_lift(batch, by)
    if wanted == Batch.Disposition.RELEASED:
        _demand_valid_approval(batch)
        demand_none_blocking(batch)
        demand_reviewed(batch)
    return wanted


def _demand_valid_approval(batch: Batch) -> None:
    demand_in_order(batch)
    signatures = signatures_of(batch, manifest_now(batch).record_sha256)
    approvals = [s for s in signatures if s.signature.meaning == Signature.Meaning.REVIEWED_APPROVED]
    if not approvals:
        raise ActionRefused("The record was never approved: it can't be released.")
    if not approvals[-1].is_valid:
        why = approvals[-1].validity
        raise ActionRefused(f"The record is not as it was approved ({why}): it can't be released.")
