"""Results and verdicts as people read them."""

from decimal import Decimal

from batches.characterization.evidence import Measured
from batches.masters.limits import Limit
from batches.quantities import people_number, significant
from qc.judging.verdicts import FAIL, INCONCLUSIVE, NOT_TESTED, PASS

SHOWN_DIGITS = 4
MOST_DIGITS = 15
ANY_VALUE = "any value"
MEETS = {PASS: "meets", FAIL: "does not meet", INCONCLUSIVE: "can't be judged against"}


def shown_number(value: Decimal, limit: Limit) -> str:
    """A value to four digits, or to as many as it takes to see on which side of a limit it lies."""
    if not isinstance(value, Decimal) or not value.is_finite():
        return "not a number"
    for digits in range(SHOWN_DIGITS, MOST_DIGITS + 1):
        if limit.verdict(significant(value, digits)) == limit.verdict(value):
            break
    return people_number(value, digits)


def shown(measured: Measured, limit: Limit) -> str:
    """The result as people write it: '96.2', '< 0.05', 'cup-shaped'; empty without one."""
    if measured.value is not None:
        return shown_number(measured.value, limit)
    if measured.text:
        return measured.text
    return measured.within.words() if measured.within else ""


def told(measured: Measured, limit: Limit, unit: str) -> str:
    """The result with its unit, or why there is none."""
    if not measured.has_result:
        return measured.words
    value = f"{shown(measured, limit)} {unit}".strip()
    if measured.up_to is None:
        return value
    return f"{value}, up to {shown_number(measured.up_to, limit)} with what is unclear"


def sentence(result: str, verdict: str, rule: str, alert: str = "") -> str:
    """Value, verdict and rule: '96 nm: meets 50–150 nm, edges included.'; alone what was not tested."""
    if verdict == NOT_TESTED:
        return f"{capital(result)}."
    also = f", {alert}" if alert else ""
    if verdict == PASS and rule == ANY_VALUE:
        return f"{capital(result)}: no limit to meet{also}."
    return f"{capital(result)}: {MEETS[verdict]} {rule.removeprefix('accept ')}{also}."


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def counted(number: int, word: str) -> str:
    """'1 replicate', '3 replicates'."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
