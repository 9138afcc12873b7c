"""What the review page shows, gathered in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
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
from qc.models import Review
from qc.review.answering import Answered, answered, with_remarks
from qc.review.deciding import Faced, faced, newest
from qc.review.looks import Changed, Mark, Marks, Places, changed_since, marks_of
from qc.review.models import Query, TrailReview
from qc.review.rules import counted_undecided, covered, unreviewed_words
from qc.review.windows import Asked, Window
from qc.rules import dispositions_for
from qc.signatures.ceremony import Offer, offer
from qc.signatures.contents import Written, write
from qc.signatures.said import Said
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
    """A batch as its reviewer sees it.

    `manifest` is what a signature would cover now, `offer` what this person may sign, `marks` from where
    this person can be told what changed.
    """

    record: WholeRecord
    marks: Marks
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
        marks = marks_of(batch, person)
        record = load(batch, told_after=marks.earliest)
        judged = judge_evidence(record.plan, record.evidence)
        said = Said.about(record, [one.signature for one in record.signatures])
        exceptions = exceptions_of(record, judged)
        manifest = write(record, judged, said, exceptions)
        return cls(
            record=record,
            marks=marks,
            judged=judged,
            exceptions=exceptions,
            faced=faced(exceptions, newest(said.decisions), record.deviations, record.asked),
            counted=counted(record, judged, exceptions),
            reviews=said.reviews,
            trail_reviews=said.trail_reviews,
            signatures=record.signatures,
            is_involved=any(entry.username == person.username for entry in record.entries),
            manifest=manifest,
            offer=offer(batch, manifest, person),
        )

    def context(self, person: User, asked: Asked, **forms: Any) -> dict[str, Any]:
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
            "window": self.window(asked),
            **self.told_changes(asked),
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

    @cached_property
    def undecided(self) -> list[Faced]:
        """Exceptions that wait for a decision."""
        return [one for one in self.faced if not one.is_decided]

    @property
    def queries(self) -> list[Query]:
        """The open ones."""
        return self.record.queries

    @property
    def closed_queries(self) -> list[Query]:
        return [query for query in self.record.asked if not query.is_open]

    @property
    def entries_shown(self) -> int:
        """The last entry that a signature on this page covers: the last change, of record or review."""
        return int(self.manifest.content["last_change"]["entry"])

    @property
    def last_change(self) -> int:
        """The last entry that changed the record; 0 where there is none."""
        return self.record.entries[-1].number if self.record.entries else 0

    @cached_property
    def decided_words(self) -> str:
        """'7 exceptions decided, of them 2 by deviation'; empty where nothing had to be decided."""
        asked = [one for one in self.faced if not one.is_note and not one.is_settled_elsewhere]
        decided = [one for one in asked if one.is_decided]
        by_deviation = sum(1 for one in decided if not one.is_accepted)
        if not asked:
            return ""
        told = f"{counted_words(len(decided), 'exception', 'exceptions')} decided"
        return f"{told}, of them {grouped(by_deviation)} by deviation" if by_deviation else told

    @cached_property
    def offered(self) -> list[Mark]:
        """From where this person can be told what changed: the last look before this one, the rounds."""
        return self.marks.offered(self.last_change)

    def window(self, asked: Asked) -> Window[Faced]:
        """The exceptions that are shown: those asked for, else those around the first that is undecided."""
        keys = [one.key for one in self.faced]
        at = asked.at or (self.undecided[0].key if self.undecided and asked.start is None else "")
        return Window.over(self.faced, asked, keys.index(at) if at in keys else asked.start or 0)

    def told_changes(self, asked: Asked) -> dict[str, Any]:
        """What changed since the mark that was asked for, and how much since the first that is offered."""
        marks = self.offered
        mark = next((one for one in marks if one.code == asked.since), marks[0] if marks else None)
        changes = self.changes_since(mark) if mark else []
        first = changes if not marks or mark == marks[0] else self.changes_since(marks[0])
        return {
            "is_changes": asked.is_changes,
            "mark": mark,
            "changed": Window.over(changes, asked, asked.start or 0),
            "changed_number": len(first),
            "first_look": self.marks.looks[0] if self.marks.looks else None,
        }

    @cached_property
    def places(self) -> Places:
        """Where each record and each remark of the batch is found."""
        return with_remarks(self.record.places(), self.record.remarks)

    def changes_since(self, mark: Mark) -> list[Changed]:
        """What changed in the record after a mark, field by field."""
        return changed_since(self.record.entries, mark.entry, self.places)

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

    @cached_property
    def sent_back(self) -> list[Answered]:
        """What the last return asked for and what became of it, until the batch is approved or rejected."""
        returned = [one for one in self.reviews if one.decision == Review.Decision.RETURNED]
        if not returned or self.record.batch.status in DECIDED:
            return []
        marks = [mark for mark in self.marks.rounds if mark.round == returned[0].round]
        changes = self.changes_since(marks[0]) if marks else []
        return answered(returned[0].returned_points.all(), changes)

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
