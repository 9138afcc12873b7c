"""What the review page shows, gathered in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.urls import reverse

from accounts import roles
from accounts.models import User
from audit.words import counted as counted_words
from audit.words import grouped
from batches.record.models import Batch
from qc.exceptions import ReviewException, exceptions_of
from qc.exceptions.counting import Counted, counted
from qc.forms import DECISIONS, DecisionForm, DispositionForm
from qc.judging import Judged, all_pass, judge_evidence, summary
from qc.loading import WholeRecord, load
from qc.models import ReturnedPoint, Review
from qc.review.deciding import Faced, faced, newest
from qc.review.models import Query, TrailReview
from qc.review.rules import counted_undecided, covered, unreviewed_words
from qc.rules import dispositions_for, last_entry
from qc.signatures.ceremony import Offer, offer
from qc.signatures.contents import Said, Written, write
from qc.signing import Shown

DECIDED = {Batch.Status.APPROVED, Batch.Status.REJECTED}


@dataclass(frozen=True)
class Check:
    """One line of what must hold before somebody signs, and where it is done."""

    is_met: bool
    words: str
    url: str = ""


@dataclass(frozen=True)
class ReviewPage:
    """A batch as its reviewer sees it. The last entry is read first, so whatever comes later is noticed.

    `manifest` is what a signature would cover now, `offer` what this person may sign.
    """

    entries_shown: int
    last_leaf: str
    record: WholeRecord
    judged: list[Judged]
    exceptions: list[ReviewException]
    faced: list[Faced]
    counted: Counted
    reviews: Sequence[Review]
    trail_reviews: Sequence[TrailReview]
    signatures: list[Shown]
    is_involved: bool
    manifest: Written
    offer: Offer

    @classmethod
    def of(cls, batch: Batch, person: User) -> "ReviewPage":
        """Read everything of a batch (`with_header`) for that person."""
        number, leaf = last_entry(batch)
        record = load(batch)
        judged = judge_evidence(record.plan, record.evidence)
        said = Said.about(batch, [one.signature for one in record.signatures])
        exceptions = exceptions_of(record, judged)
        manifest = write(record, judged, said)
        return cls(
            entries_shown=number,
            last_leaf=leaf,
            record=record,
            judged=judged,
            exceptions=exceptions,
            faced=faced(exceptions, newest(said.decisions), record.deviations, record.queries),
            counted=counted(record, judged, exceptions),
            reviews=said.reviews,
            trail_reviews=said.trail_reviews,
            signatures=record.signatures,
            is_involved=any(entry.username == person.username for entry in record.entries),
            manifest=manifest,
            offer=offer(batch, manifest, person),
        )

    def context(self, person: User, **forms: Any) -> dict[str, Any]:
        """What the template needs; `forms` replace fresh ones by those with what was typed."""
        batch = self.record.batch
        given = {"person": person, "offer": self.offer}
        shown = {
            "decision_form": DecisionForm(record=self.record, **given),
            "disposition_form": DispositionForm(batch=batch, auto_id="disposition_%s", **given),
        }
        return {
            "page": self,
            "batch": batch,
            "plan": self.record.plan,
            "judged": self.judged,
            "summary": summary(self.judged),
            "all_pass": all_pass(self.judged),
            "exceptions": self.exceptions,
            "faced": self.faced,
            "signatures": self.signatures,
            "checks": self.checks(),
            "meanings": DECISIONS.values(),
            "may_decide": person.may(roles.REVIEW) and batch.status == Batch.Status.IN_REVIEW,
            "may_settle": self.may_settle(person),
            "may_begin": person.may(roles.REVIEW) and batch.status == Batch.Status.SUBMITTED,
            "may_dispose": person.may(roles.REVIEW) and bool(dispositions_for(batch)),
            "is_decided": batch.status in DECIDED,
            "may_sign_more": person.may(roles.REVIEW) and batch.status in DECIDED,
            "section": "qc",
            **_addresses(batch),
            **shown,
            **forms,
        }

    def may_settle(self, person: User) -> bool:
        """Whether this person may decide on exceptions now; the actions decide anew."""
        in_review = self.record.batch.status == Batch.Status.IN_REVIEW
        return in_review and person.may(roles.REVIEW) and not self.is_involved

    @property
    def undecided(self) -> list[Faced]:
        """Exceptions that wait for a decision."""
        return [one for one in self.faced if not one.is_decided]

    @property
    def queries(self) -> list[Query]:
        """The open ones; closed ones stand on the batch's page."""
        return self.record.queries

    @property
    def verdict(self) -> str:
        """What the rules looked at, in a sentence."""
        return f"{self.counted.words}."

    @property
    def round(self) -> int:
        """Number of the latest review round, 0 before the first."""
        return self.reviews[0].round if self.reviews else 0

    @property
    def signed_before(self) -> int:
        """The last entry that an earlier round of review signed; 0 before there was one."""
        rounds = [one.signature.entries_signed for one in self.signatures if one.signature.review_id]
        return max(rounds, default=0)

    @property
    def changed_since(self) -> int:
        """How many values were corrected since the last round that was signed."""
        new = [one for one in self.exceptions if one.entry > self.signed_before]
        return sum(len(one.changes) for one in new) if self.signed_before else 0

    @property
    def sent_back(self) -> list[ReturnedPoint]:
        """What the last round that returned the batch asked for, until it is approved or rejected."""
        returned = [one for one in self.reviews if one.decision == Review.Decision.RETURNED]
        is_open = self.record.batch.status not in DECIDED
        return list(returned[0].returned_points.all()) if returned and is_open else []

    def checks(self) -> list[Check]:
        """What must hold before sign-off, computed."""
        unchecked = sum(1 for step in self.record.standing_steps if step.needs_check)
        missing = len(self.record.missing()) - unchecked
        blocking = sum(1 for one in self.judged if one.blocks)
        deviations = sum(1 for one in self.record.deviations if one.blocks)
        corrections = sum(1 for one in self.exceptions if one.changes)
        mine = "You made entries in this batch: somebody else reviews it"
        return [
            _none(
                len(self.record.unexplained),
                "No unexplained change",
                "unexplained change",
                "unexplained changes",
            ),
            _none(
                unchecked,
                "A second person checked every critical step",
                "critical step not checked",
                "critical steps not checked",
            ),
            Check(not self.is_involved, mine if self.is_involved else "You made no entry in this batch"),
            _none(missing, "Nothing is missing", "thing missing", "things missing"),
            _none(
                blocking,
                "Every release criterion passes",
                "release criterion not passed",
                "release criteria not passed",
            ),
            _none(
                deviations,
                "No open deviation stands in the way",
                "open deviation stands in the way",
                "open deviations stand in the way",
            ),
            self._decided(),
            self._trail(),
            _none(len(self.queries), "No query is open", "query is not closed", "queries are not closed"),
            Check(True, f"Corrections shown, each with its reason: {corrections}"),
        ]

    @property
    def trail_reviewed_to(self) -> int:
        """The entry up to which the trail was reviewed without a gap by people who did not work on it."""
        involved = {entry.username for entry in self.record.entries}
        by_others = [one for one in self.trail_reviews if one.reviewed_by.username not in involved]
        return covered(sorted(by_others, key=lambda one: one.from_entry))

    def _trail(self) -> Check:
        reached = self.trail_reviewed_to
        beyond = sum(1 for entry in self.record.entries if entry.number > reached)
        words = unreviewed_words(beyond) if beyond else f"Audit trail reviewed to entry {grouped(reached)}"
        return Check(not beyond, words, reverse("trail_review", args=[self.record.batch.number]))

    def _decided(self) -> Check:
        undecided = self.undecided
        words = counted_undecided(undecided) if undecided else "Every exception is decided"
        return Check(not undecided, words)


def _addresses(batch: Batch) -> dict[str, str]:
    """Where to ask and to open a deviation about something on this page; made once, not for every row."""
    at = quote(reverse("review", args=[batch.number]))
    names = {"ask_at": "ask_query", "deviation_at": "open_deviation"}
    return {name: f"{reverse(address)}?at={at}" for name, address in names.items()}


def _none(number: int, met: str, one: str, more: str) -> Check:
    """A check that is met when there is none of something."""
    return Check(True, met) if not number else Check(False, counted_words(number, one, more))
