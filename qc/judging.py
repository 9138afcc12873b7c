"""Verdicts: the batch's results judged against the specification of its frozen plan.

Nothing passes by default. A result without a value is not tested or inconclusive, and one that is not a
number is inconclusive; only a number inside its limits passes. Every verdict says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from batches.characterization.attributes import ATTRIBUTES, Attribute
from batches.characterization.evidence import Evidence, Measured, evidence_of
from batches.masters.limits import Limit
from batches.masters.plans import CriterionCopy, Plan
from batches.quantities import people_number, significant
from batches.record.models import Batch

PASS, FAIL, INCONCLUSIVE, NOT_TESTED = "pass", "fail", "inconclusive", "not tested"
SHOWN_DIGITS = 4
MOST_DIGITS = 15
NOT_COMPUTED = Measured(None, "no result is computed for this attribute")


@dataclass(frozen=True)
class Judged:
    """One criterion with what was measured, the verdict on it, and why: value, rule and edge in a sentence.

    `is_alert` marks a result that passes beyond its alert limit.
    """

    criterion: CriterionCopy
    attribute: Attribute | None
    measured: Measured
    verdict: str
    why: str
    is_alert: bool = False

    @property
    def label(self) -> str:
        return self.attribute.label if self.attribute else self.criterion.attribute

    @property
    def unit(self) -> str:
        return self.attribute.unit if self.attribute else ""

    @property
    def technique_label(self) -> str:
        return self.attribute.technique_label if self.attribute else ""

    @property
    def is_release(self) -> bool:
        """Whether it counts for release; alert and report-only criteria never block."""
        return self.criterion.kind == "release"

    @property
    def blocks(self) -> bool:
        """Whether it keeps the batch from being approved."""
        return self.is_release and self.verdict != PASS

    @property
    def limit_words(self) -> str:
        return self.criterion.limit.words(self.unit) or "no limit"

    @property
    def accepted_words(self) -> str:
        """What is accepted; 'any value' without an action limit."""
        return self.criterion.limit.accepted_words(self.unit) or "any value"

    @property
    def alert_words(self) -> str:
        return self.criterion.limit.alert_words(self.unit)

    @property
    def is_only_reported(self) -> bool:
        """Whether any number passes, so that the result is told and not judged."""
        return self.verdict == PASS and self.criterion.limit.accepts_anything and not self.is_alert

    @property
    def shown(self) -> str:
        """The value as people write it; empty without one."""
        value = self.measured.value
        return "" if value is None else shown_number(value, self.criterion.limit)

    @property
    def words(self) -> str:
        """Criterion, value and verdict in a line, for refusals."""
        told = f"{self.shown} {self.unit}".strip() or self.measured.words
        return f"{self.label}: {self.verdict} ({told})"


def judge(batch: Batch) -> list[Judged]:
    """Each criterion of the batch's plan with its verdict, in the order of the specification."""
    return judge_evidence(Plan.of(batch.plan), evidence_of(batch))


def judge_evidence(plan: Plan, evidence: Evidence) -> list[Judged]:
    """The same over evidence that was read already."""
    return [_judged(criterion, evidence) for criterion in plan.criteria]


def _judged(criterion: CriterionCopy, evidence: Evidence) -> Judged:
    attribute = ATTRIBUTES.get(criterion.attribute)
    measured = attribute.measure(evidence) if attribute else NOT_COMPUTED
    verdict, is_alert = verdict_of(criterion.limit, measured)
    why = _why(criterion.limit, measured, verdict, is_alert, attribute.unit if attribute else "")
    return Judged(criterion, attribute, measured, verdict, why, is_alert)


def verdict_of(limit: Limit, measured: Measured) -> tuple[str, bool]:
    """The verdict on a result, and whether it passes beyond an alert limit only.

    A count with unclear parts gets a verdict where it is the same however these turn out.
    """
    if measured.value is None:
        return (INCONCLUSIVE if measured.is_unclear else NOT_TESTED), False
    values = [measured.value] if measured.up_to is None else [measured.value, measured.up_to]
    if not all(isinstance(value, Decimal) and value.is_finite() for value in values):
        return INCONCLUSIVE, False
    places = {limit.verdict(value) for value in values}
    if "outside" in places:
        return (FAIL if places == {"outside"} else INCONCLUSIVE), False
    return PASS, "alert" in places


def _why(limit: Limit, measured: Measured, verdict: str, is_alert: bool, unit: str) -> str:
    """The reason for a verdict: the value, and the rule that it meets or does not meet."""
    if measured.value is None:
        return f"{measured.words[:1].upper()}{measured.words[1:]}."
    told = f"{shown_number(measured.value, limit)} {unit}".strip()
    if verdict == INCONCLUSIVE and measured.up_to is not None:
        told = f"{told}, up to {shown_number(measured.up_to, limit)} with what is unclear"
    rule = limit.accepted_words(unit).removeprefix("accept ") or "any value"
    alert = f", {limit.alert_words(unit)}" if is_alert else ""
    return f"{told}: {_MET[verdict]} {rule}{alert}."


_MET = {PASS: "meets", FAIL: "does not meet", INCONCLUSIVE: "can't be judged against"}


def shown_number(value: Decimal, limit: Limit) -> str:
    """A value to four digits, or to as many as it takes to see on which side of a limit it lies."""
    if not value.is_finite():
        return "not a number"
    for digits in range(SHOWN_DIGITS, MOST_DIGITS + 1):
        if limit.verdict(significant(value, digits)) == limit.verdict(value):
            break
    return people_number(value, digits)


def summary(judged: Sequence[Judged]) -> str:
    """'9 of 10 pass' over the release criteria; report-only ones are named apart."""
    release = [one for one in judged if one.is_release]
    passed = sum(1 for one in release if one.verdict == PASS)
    reported = len(judged) - len(release)
    also = f", {reported} reported only" if reported else ""
    return f"{passed} of {len(release)} pass{also}"


def all_pass(judged: Sequence[Judged]) -> bool:
    """Whether no release criterion keeps the batch from being approved."""
    return not any(one.blocks for one in judged)
