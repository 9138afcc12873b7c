"""The batch's results judged against the specification of its frozen plan. No queries over evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from batches.characterization.attributes import Attribute, attribute_for
from batches.characterization.evidence import Evidence, Measured, evidence_of
from batches.masters.criteria import accepted_words, rule_words
from batches.masters.plans import CriterionCopy, Plan
from batches.record.models import Batch
from qc.judging.derived import derived_ruling
from qc.judging.markers import marker_ruling, names_markers
from qc.judging.rulings import Case, Ruling, ruling_on
from qc.judging.verdicts import PASS, outcome_of
from qc.judging.words import capital, sentence, shown, told

NOT_COMPUTED = Measured(None, "no result is computed for this attribute")
KIND_WORDS = {"release": "", "alert": "alert only", "report": "report only"}


@dataclass(frozen=True)
class Judged:
    """One criterion with what was measured, the verdict on it, and why: value, rule and edge in a sentence.

    `is_alert` marks a result that passes beyond its alert limit, `is_retested` one that was made again
    after a failure under the specification's retest rule.
    """

    criterion: CriterionCopy
    attribute: Attribute | None
    measured: Measured
    verdict: str
    why: str
    is_alert: bool = False
    is_retested: bool = False

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
    def kind_words(self) -> str:
        """What the criterion counts as; empty for release."""
        return KIND_WORDS[self.criterion.kind]

    @property
    def blocks(self) -> bool:
        """Whether it keeps the batch from being approved."""
        return self.is_release and self.verdict != PASS

    @property
    def limit_words(self) -> str:
        """The rule with target and alert limits: 'accept 50–150 nm, edges included, alert above 140 nm'."""
        if self.criterion.operator != "range":
            return self.accepted_words
        return self.criterion.limit.words(self.unit) or "no limit"

    @property
    def accepted_words(self) -> str:
        """What is accepted; 'any value' without an action limit."""
        return accepted_words(self.criterion, self.unit)

    @property
    def alert_words(self) -> str:
        return self.criterion.limit.alert_words(self.unit)

    @property
    def rule_words(self) -> str:
        """The rules for replicates and retests; empty where their mean is judged once."""
        return rule_words(self.criterion)

    @property
    def is_only_reported(self) -> bool:
        """Whether any number passes, so that the result is told and not judged."""
        accepts_anything = self.criterion.operator == "range" and self.criterion.limit.accepts_anything
        return self.verdict == PASS and accepts_anything and not self.is_alert

    @property
    def is_told_at_length(self) -> bool:
        """Whether value and rule beside each other don't say yet why: several results, or some left out."""
        single = ("range", "equals", "one_of")
        is_single = self.criterion.operator in single and self.criterion.replicates == "mean"
        return not is_single or self.is_retested or ". " in self.why

    @property
    def shown(self) -> str:
        """The result as people write it; empty without one."""
        return shown(self.measured, self.criterion.limit)

    @property
    def words(self) -> str:
        """Criterion, result and verdict in a line, for refusals."""
        result = f"{self.shown} {self.unit}".strip() if self.shown else self.measured.words
        return f"{self.label}: {self.verdict} ({result})"


def judge(batch: Batch) -> list[Judged]:
    """Each criterion of the batch's plan with its verdict, in the order of the specification."""
    return judge_evidence(Plan.of(batch.plan), evidence_of(batch))


def judge_evidence(plan: Plan, evidence: Evidence) -> list[Judged]:
    """The same over evidence that was read already."""
    return [judged_by(criterion, plan, evidence) for criterion in plan.criteria]


def judged_by(criterion: CriterionCopy, plan: Plan, evidence: Evidence) -> Judged:
    """One criterion judged over the evidence."""
    attribute = attribute_for(criterion.attribute, plan.steps)
    found = _ruling(criterion, attribute, evidence)
    left_out = attribute.not_counted(evidence) if attribute else ()
    also = f" Not counted: {', '.join(left_out)}." if left_out else ""
    return Judged(
        criterion,
        attribute,
        found.measured,
        found.verdict,
        found.why + also,
        found.is_alert,
        found.is_retested,
    )


def _ruling(criterion: CriterionCopy, attribute: Attribute | None, evidence: Evidence) -> Ruling:
    if names_markers(criterion):
        return marker_ruling(criterion, evidence)
    unit = attribute.unit if attribute else ""
    if attribute and attribute.is_derived:
        return derived_ruling(criterion, attribute, evidence, partial(_simple, criterion, unit))
    results = attribute.each(evidence) if attribute and attribute.each else []
    if not attribute or not attribute.join or not results:
        return _simple(criterion, unit, attribute.measure(evidence) if attribute else NOT_COMPUTED)
    case = Case(
        criterion=criterion,
        rule=accepted_words(criterion, unit),
        told=partial(told, limit=criterion.limit, unit=unit),
        outcome=partial(outcome_of, criterion),
        together=lambda several: _simple(criterion, unit, attribute.join(several)),  # type: ignore[misc]
    )
    return ruling_on(case, results)


def _simple(criterion: CriterionCopy, unit: str, measured: Measured) -> Ruling:
    """The verdict on one result, or on several put together."""
    verdict, is_alert = outcome_of(criterion, measured)
    if not measured.has_result:
        return Ruling(measured, verdict, f"{capital(measured.words)}.")
    alert = criterion.limit.alert_words(unit) if is_alert else ""
    result = told(measured, criterion.limit, unit)
    why = sentence(result, verdict, accepted_words(criterion, unit), alert)
    return Ruling(measured, verdict, why, is_alert)


def summary(judged: Sequence[Judged]) -> str:
    """'9 of 10 pass' over the release criteria; the others are named apart."""
    release = [one for one in judged if one.is_release]
    passed = sum(1 for one in release if one.verdict == PASS)
    kinds = [one.criterion.kind for one in judged]
    others = [(kinds.count("alert"), "for alert only"), (kinds.count("report"), "reported only")]
    also = "".join(f", {number} {words}" for number, words in others if number)
    return f"{passed} of {len(release)} pass{also}"


def all_pass(judged: Sequence[Judged]) -> bool:
    """Whether no release criterion keeps the batch from being approved."""
    return not any(one.blocks for one in judged)
