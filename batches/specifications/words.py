"""Criteria as sentences that a scientist reads: 'release: CD9, CD63, CD81: at least 2 of 3 detected'."""

from batches.masters.criteria import replicate_words, retest_words
from batches.masters.plans import CriterionCopy
from batches.quantities import people_number
from batches.specifications.attributes import label_of, unit_of
from batches.specifications.kinds import CriterionKind, Operator


def criterion_words(criterion: CriterionCopy) -> str:
    """The whole criterion: what it counts as, what it judges, what is accepted."""
    kind = CriterionKind(criterion.kind).label.lower()
    return f"{kind}: {subject_words(criterion)}: {rule_words(criterion)}"


def subject_words(criterion: CriterionCopy) -> str:
    """What is judged: the markers where it names some, else the attribute."""
    is_of_markers = criterion.operator in (Operator.N_OF_M, Operator.DETECTED, Operator.NOT_DETECTED)
    return (
        ", ".join(criterion.expected)
        if is_of_markers and criterion.expected
        else label_of(criterion.attribute)
    )


def rule_words(criterion: CriterionCopy) -> str:
    """What is accepted, with what replicates and retests do."""
    parts = (accepted_words(criterion), *extra_words(criterion))
    return "; ".join(part for part in parts if part)


def accepted_words(criterion: CriterionCopy) -> str:
    """What is accepted: '50–150 nm, edges included', 'at least 2 of 3 detected'."""
    if criterion.operator == Operator.RANGE:
        words = criterion.limit.accepted_words(unit_of(criterion.attribute)).removeprefix("accept ")
        return words or "any value"
    return _names_words(criterion)


def _names_words(criterion: CriterionCopy) -> str:
    count = len(criterion.expected)
    every = "all detected" if count > 1 else "detected"
    none = "none detected" if count > 1 else "not detected"
    return {
        Operator.EQUALS: f"equals {' and '.join(criterion.expected)}",
        Operator.ONE_OF: f"one of {', '.join(criterion.expected)}",
        Operator.DETECTED: every,
        Operator.NOT_DETECTED: none,
        Operator.N_OF_M: f"at least {criterion.at_least} of {count} detected",
    }[Operator(criterion.operator)]


def extra_words(criterion: CriterionCopy) -> list[str]:
    """Alerts, replicates and retests, each in words; nothing for what is usual."""
    return [
        words
        for words in (
            alert_words(criterion),
            replicate_words(criterion),
            retest_words(criterion),
        )
        if words
    ]


def alert_words(criterion: CriterionCopy) -> str:
    """Where a result deserves a look, or what is planned: 'alert above 140 nm'."""
    unit = unit_of(criterion.attribute)
    planned = criterion.limit.target
    told = f"planned {people_number(planned)} {unit}".rstrip() if planned is not None else ""
    parts = (told, criterion.limit.alert_words(unit))
    return ", ".join(part for part in parts if part)
