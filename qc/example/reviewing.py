"""What becomes of submitted example batches: reviews, returns, decisions, dispositions."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal as D

from accounts.example import EXAMPLE_PASSWORD
from accounts.models import User
from accounts.proving import Proof
from audit.refusal import Reason
from batches.characterization.models import Assay
from batches.isolation.actions import check_step
from batches.isolation.models import ProcessStep
from batches.record.actions import submit_batch
from batches.record.models import Batch
from qc.actions import approve_batch, begin_review, reject_batch, return_batch, review_trail, set_disposition
from qc.deviations.places import place_at
from qc.example.bench import assay_page, enter, step_page
from qc.example.people import Staff
from qc.example.stories import (
    APPROVED,
    IN_REVIEW,
    QUARANTINED,
    REJECTED,
    RELEASED,
    RETURNED,
    SUBMITTED,
    Story,
)
from qc.models import ReturnedPoint
from qc.points import Point
from qc.review.actions import accept_exceptions, answer_query, ask_query, close_query, reply_to_point
from qc.review.deciding import faced_in
from qc.review.models import Query
from qc.signatures.ceremony import just_read

PROOF = Proof(password=EXAMPLE_PASSWORD)
APPROVING = (
    "Results inside the specification; corrections read and understood.",
    "Record complete. Nothing outside of its limits.",
    "Read against the bench sheets; agrees.",
)
RELEASING = (
    "Released to project E-07, freezer F2.",
    "Released to the reference shelf.",
    "Released to project E-11.",
)
WHICH_VOLUME = "Is this the volume of all flasks together, or of those that went into the first rotor?"
THAT_VOLUME = "Of all flasks; the rotor was filled twice. The bench sheet has both fillings."
WHY_WARM = "The chamber is said to have been warm for ten minutes. Which reading is this one, and from when?"
WHICH_LYSATE = "Is the lysate that of the donor's own cells or of the reference line?"
THAT_LYSATE = "Of the reference line: LYS-0412 was made from it and has every marker of the panel."
WHY_REJECTED = {
    "calnexin": "Calnexin found in the preparation: cell debris came along. Not to be used.",
    "large": "Mode above the accepted range in every replicate: the preparation is aggregated.",
}
WHY_QUARANTINED = "Birth mother's CMV result is still pending; kept in F4 until it is there."
USUAL_WHY_QUARANTINED = "Freezer alarm on the day of storage is being looked into; kept in F4."
WHY_ACCEPTED = {
    "corrected": "Reason agrees with the bench sheet; the earlier value is a slip of the pen.",
    "late_entry": "Bench sheet has the times; entered at the end of the shift.",
    "voided": "Void is explained; nothing was used of it.",
    "assay_repeated": "Both results read; the repetition is explained.",
    "file_not_read": "Original opened and read by hand; values agree.",
    "file_warning": "Warning read; the dilution agrees with the bench sheet.",
}
USUAL_WHY_ACCEPTED = "Read and understood; no influence on the result."
ASKED_BY_REVIEW = "As asked by review; the bench sheet says so"


def judge(batch: Batch, at: int, story: Story, staff: Staff, doer: User, checker: User) -> None:
    """Take a submitted batch as far through QC as its story goes."""
    if story.reach == SUBMITTED:
        return
    reviewer = staff.reviewer(at)
    begin_review(batch=batch, by=reviewer)
    if story.has("returned_once") or story.has("answered"):
        _return_and_resubmit(batch, reviewer, doer, checker)
        reviewer = staff.reviewer(at + 1)
        begin_review(batch=batch, by=reviewer)
    ENDS[story.reach](batch, at, story, staff, reviewer)


# --- ends ---------------------------------------------------------------------------------------------


def _stay_in_review(batch: Batch, at: int, story: Story, staff: Staff, reviewer: User) -> None:
    """Nothing is decided yet: one question waits for the laboratory."""
    if story.has("too_warm"):
        _asked(batch, "steps/2/", "temperature_c", WHY_WARM, reviewer)


def _return(batch: Batch, at: int, story: Story, staff: Staff, reviewer: User) -> None:
    """Send back with two points, of which the laboratory has answered one."""
    blot = Assay.objects.standing().get(batch=batch, technique="western_blot")
    points: list[Point] = [
        Point(
            _step(batch, 2),
            "The bench sheet's sketch shows no pellet, the record says it was seen. Please clarify.",
        ),
        Point(
            blot,
            "The exposure entered does not fit the image file. Enter the one that was used.",
            "exposure_s",
        ),
    ]
    _send_back(batch, points, reviewer)
    answer = {"exposure_s": D(45)}
    enter(assay_page(batch, blot.number), answer, staff.operators[0], Reason("review", ASKED_BY_REVIEW))


def _approve(batch: Batch, at: int, story: Story, staff: Staff, reviewer: User) -> None:
    if story.has("typing_error"):
        query = _asked(batch, "steps/1/", "volume_in_ml", WHICH_VOLUME, reviewer)
        answer_query(query=query, words=THAT_VOLUME, by=staff.shift(at)[0])
        close_query(query=query, words="Agrees with the bench sheet.", by=reviewer)
    _accept_exceptions(batch, reviewer)
    signing = just_read(batch, reviewer, PROOF, "Read from end to end; every correction has its reason.")
    review_trail(batch=batch, only="", signing=signing, by=reviewer)
    signing = just_read(batch, reviewer, PROOF, APPROVING[at % len(APPROVING)])
    approve_batch(batch=batch, signing=signing, by=reviewer)


def _release(batch: Batch, at: int, story: Story, staff: Staff, reviewer: User) -> None:
    _approve(batch, at, story, staff, reviewer)
    _dispose(batch, RELEASED, RELEASING[at % len(RELEASING)], staff.qa[1])


def _quarantine(batch: Batch, at: int, story: Story, staff: Staff, reviewer: User) -> None:
    _approve(batch, at, story, staff, reviewer)
    words = WHY_QUARANTINED if story.has("haemolysis") else USUAL_WHY_QUARANTINED
    _dispose(batch, QUARANTINED, words, staff.qa[1])


def _reject(batch: Batch, at: int, story: Story, staff: Staff, reviewer: User) -> None:
    words = next(why for incident, why in WHY_REJECTED.items() if story.has(incident))
    reject_batch(batch=batch, signing=just_read(batch, reviewer, PROOF, words), by=reviewer)
    _dispose(batch, REJECTED, "To be discarded; a sample is kept for the investigation.", staff.qa[1])


ENDS: Mapping[str, Callable[[Batch, int, Story, Staff, User], None]] = {
    IN_REVIEW: _stay_in_review,
    RETURNED: _return,
    APPROVED: _approve,
    RELEASED: _release,
    QUARANTINED: _quarantine,
    REJECTED: _reject,
}


# --- on the way ---------------------------------------------------------------------------------------


def _asked(batch: Batch, where: str, field: str, words: str, by: User) -> Query:
    place = place_at(f"/batches/{batch.number}/{where}", by=by, field=field)
    return ask_query(place=place, words=words, by=by)


def _accept_exceptions(batch: Batch, reviewer: User) -> None:
    """Accept what waits for a decision, with words that fit its rule."""
    by_words = defaultdict(list)
    for one in faced_in(batch):
        if not one.is_decided:
            by_words[WHY_ACCEPTED.get(one.exception.rule.code, USUAL_WHY_ACCEPTED)].append(one.key)
    for words, keys in by_words.items():
        accept_exceptions(batch=batch, keys=keys, words=words, by=reviewer)


def _return_and_resubmit(batch: Batch, reviewer: User, doer: User, checker: User) -> None:
    """Send back, have it corrected and checked anew, and hand it in again."""
    tracking = Assay.objects.standing().filter(batch=batch, technique="nta").earliest("number")
    blot = Assay.objects.standing().get(batch=batch, technique="western_blot")
    points: list[Point] = [
        Point(_step(batch, 2), "The centrifuge's printout says another brake than the record.", "brake"),
        Point(
            tracking,
            "The blank is that of another day. Enter the one measured beside this sample.",
            "blank_per_ml",
        ),
        Point(blot, WHICH_LYSATE),
    ]
    _send_back(batch, points, reviewer)
    answered = ReturnedPoint.objects.get(review__batch=batch, words=WHICH_LYSATE)
    reply_to_point(point=answered, words=THAT_LYSATE, by=doer)
    reason = Reason("review", ASKED_BY_REVIEW)
    spun = step_page(batch, 2)
    brake = "max, slow" if spun.value("brake") == "max, max" else "max, off"
    enter(spun, {"brake": brake}, doer, reason)
    check_step(sheet=step_page(batch, 2), by=checker)
    enter(assay_page(batch, tracking.number), {"blank_per_ml": D("3.7e6")}, doer, reason)
    submit_batch(batch=batch, by=doer)


def _send_back(batch: Batch, points: list[Point], by: User) -> None:
    return_batch(
        batch=batch,
        points=points,
        signing=just_read(batch, by, PROOF, f"{len(points)} points to settle, otherwise in order."),
        by=by,
    )


def _dispose(batch: Batch, disposition: str, words: str, by: User) -> None:
    set_disposition(
        batch=batch,
        disposition=disposition,
        signing=just_read(batch, by, PROOF, words),
        by=by,
    )


def _step(batch: Batch, position: int) -> ProcessStep:
    return ProcessStep.objects.get(batch=batch, position=position)
