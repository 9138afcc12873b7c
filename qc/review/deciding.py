"""Exceptions of a batch with what was done about each: accepted, asked about, a deviation opened."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from batches.record.models import Batch
from qc.deviations.models import Deviation
from qc.exceptions import ReviewException, exceptions_of
from qc.judging import judge_evidence
from qc.loading import load
from qc.review.models import ExceptionDecision, Query


@dataclass(frozen=True)
class Faced:
    """An exception and what was done about it. `decision` is the newest of its key; None before the first."""

    exception: ReviewException
    decision: ExceptionDecision | None = None
    deviations: list[Deviation] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.exception.key

    @property
    def anchor(self) -> str:
        return f"x-{self.key}"

    @property
    def words(self) -> str:
        """The exception on one line."""
        return self.exception.told

    @property
    def is_note(self) -> bool:
        """Whether it is only told: nobody has to decide on it."""
        return not self.exception.rule.needs_decision

    @property
    def is_settled_elsewhere(self) -> bool:
        """Whether it tells of an open deviation or query: each is settled, and blocks, by itself."""
        return self.exception.is_deviation or self.exception.rule.code == "open_query"

    @property
    def is_accepted(self) -> bool:
        return self.decision is not None and self.decision.decision == ExceptionDecision.Decision.ACCEPTED

    @property
    def is_decided(self) -> bool:
        """Whether nothing is left to do about it: accepted, or a deviation takes care of it."""
        return self.is_note or self.is_accepted or self.is_settled_elsewhere or bool(self.deviations)


def decisions_of(batch: Batch) -> dict[str, ExceptionDecision]:
    """The newest decision of every exception that was ever decided in a batch, by key; one query."""
    return newest(ExceptionDecision.objects.filter(batch=batch).select_related("decided_by"))


def newest(decisions: Iterable[ExceptionDecision]) -> dict[str, ExceptionDecision]:
    """The newest decision of each key, among decisions in their order."""
    return {decision.key: decision for decision in decisions}


def faced(
    exceptions: Sequence[ReviewException],
    decisions: dict[str, ExceptionDecision],
    deviations: Iterable[Deviation],
    queries: Iterable[Query],
) -> list[Faced]:
    """Each exception with its decision, deviations and queries; no query."""
    opened, asked = defaultdict(list), defaultdict(list)
    for deviation in deviations:
        if deviation.finding and deviation.status != Deviation.Status.VOIDED:
            opened[deviation.finding].append(deviation)
    for query in queries:
        asked[query.exception].append(query)
    return [Faced(one, decisions.get(one.key), opened[one.key], asked[one.key]) for one in exceptions]


def faced_in(batch: Batch) -> list[Faced]:
    """The exceptions of a batch as they are computed now, with what was done about them."""
    batch = Batch.objects.with_header().get(pk=batch.pk)
    record = load(batch)
    found = exceptions_of(record, judge_evidence(record.plan, record.evidence))
    queries = Query.objects.filter(batch=batch).exclude(exception="")
    return faced(found, decisions_of(batch), record.deviations, queries)
