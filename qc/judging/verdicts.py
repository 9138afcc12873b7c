"""The verdict on one result by each operator: nothing passes by default."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from batches.bounds import Bounds
from batches.characterization.evidence import Measured
from batches.masters.limits import Limit
from batches.masters.plans import CriterionCopy
from batches.quantities import parse_quantity

PASS, FAIL, INCONCLUSIVE, NOT_TESTED = "pass", "fail", "inconclusive", "not tested"
Outcome = tuple[str, bool]
FOUND = frozenset({"detected", "positive", "growth", "present", "yes"})
NOT_FOUND = frozenset({"not detected", "negative", "no growth", "absent", "no"})


def outcome_of(criterion: CriterionCopy, measured: Measured) -> Outcome:
    """The verdict on a result, and whether it passes beyond an alert limit only."""
    if not measured.has_result:
        return _without_result(measured), False
    operator = OPERATORS.get(criterion.operator)
    return operator(criterion, measured) if operator else (INCONCLUSIVE, False)


def _without_result(measured: Measured) -> str:
    return INCONCLUSIVE if measured.is_unclear else NOT_TESTED


def verdict_of(limit: Limit, measured: Measured) -> Outcome:
    """The same by a range. What lies between bounds gets a verdict where it is the same everywhere within."""
    bounds = measured.bounds
    if bounds is None:
        return (INCONCLUSIVE if measured.text else _without_result(measured)), False
    if not bounds.is_number:
        return INCONCLUSIVE, False
    places = limit.places(bounds)
    if "outside" in places:
        return (FAIL if places == {"outside"} else INCONCLUSIVE), False
    return PASS, "alert" in places


def _by_range(criterion: CriterionCopy, measured: Measured) -> Outcome:
    return verdict_of(criterion.limit, measured)


def _by_names(criterion: CriterionCopy, measured: Measured) -> Outcome:
    """Whether the result is one of the accepted ones; numbers are compared as numbers."""
    if not criterion.expected:
        return INCONCLUSIVE, False
    if measured.bounds is None or not measured.bounds.is_number:
        accepted = {_plain(name) for name in criterion.expected}
        known = PASS if _plain(measured.text) in accepted else FAIL
        return (known if measured.text else INCONCLUSIVE), False
    numbers = _numbers(criterion.expected)
    return (INCONCLUSIVE if numbers is None else _among(measured.bounds, numbers)), False


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _numbers(names: Sequence[str]) -> list[Decimal] | None:
    """The accepted values as numbers; None where one of them is none."""
    try:
        return [parse_quantity(name) for name in names]
    except ValueError:
        return None


def _among(bounds: Bounds, numbers: Sequence[Decimal]) -> str:
    if not any(bounds.contains(number) for number in numbers):
        return FAIL
    return PASS if bounds.is_exact else INCONCLUSIVE


def _by_presence(criterion: CriterionCopy, measured: Measured) -> Outcome:
    is_found = _is_found(measured)
    if is_found is None:
        return INCONCLUSIVE, False
    return (PASS if is_found == (criterion.operator == "detected") else FAIL), False


def _is_found(measured: Measured) -> bool | None:
    """Whether something was detected, by words or by a number above 0; None where it can't be told."""
    words = _plain(measured.text)
    if words:
        return True if words in FOUND else False if words in NOT_FOUND else None
    bounds = measured.bounds
    if bounds is None or not bounds.is_number:
        return None
    if bounds.high is not None and bounds.high <= 0:
        return False
    is_above = bounds.low is not None and (bounds.low > 0 or (bounds.low == 0 and not bounds.low_included))
    return True if is_above else None


OPERATORS: Mapping[str, Callable[[CriterionCopy, Measured], Outcome]] = {
    "range": _by_range,
    "equals": _by_names,
    "one_of": _by_names,
    "detected": _by_presence,
    "not_detected": _by_presence,
}
