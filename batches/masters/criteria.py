"""The rules of a criterion in words: 'at least 2 of CD9, CD63, CD81 detected', 'each replicate'."""

from collections.abc import Sequence

from batches.masters.plans import CriterionCopy


def accepted_words(criterion: CriterionCopy, unit: str = "") -> str:
    """What a result must be; 'any value' for a range without an action limit."""
    names = criterion.expected
    match criterion.operator:
        case "range":
            return criterion.limit.accepted_words(unit) or "any value"
        case "n_of_m":
            return f"at least {criterion.at_least} of {', '.join(names)} detected"
        case "detected" | "not_detected":
            return f"{_all(names)} {criterion.operator.replace('_', ' ')}".strip()
        case "equals" | "one_of":
            return f"accept {' or '.join(names)} {unit}".strip() if names else "no accepted value is named"
    return f"the rule '{criterion.operator}', which is not known here"


def _all(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def replicate_words(criterion: CriterionCopy) -> str:
    """What holds for replicates: 'each replicate', 'at least 2 replicates'; empty for their mean."""
    if criterion.replicates == "each":
        return "each replicate"
    needed = criterion.replicates_needed
    return f"at least {needed} {'replicate' if needed == 1 else 'replicates'}" if needed else ""


def retest_words(criterion: CriterionCopy) -> str:
    """What holds after a failure: 'after a failure, all retests pass, at least 2'; empty without a rule."""
    if criterion.retest != "all_pass":
        return ""
    return f"after a failure, all retests pass, at least {criterion.retests_needed or 1}"


def rule_words(criterion: CriterionCopy) -> str:
    """The rules for replicates and retests in a line; empty where their mean is judged once."""
    return "; ".join(filter(None, (replicate_words(criterion), retest_words(criterion))))
