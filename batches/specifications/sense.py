"""What makes a criterion senseless, told at the field where it is put right.

The database refuses the same (constraints of SpecificationCriterion); here it is said first.
"""

from collections.abc import Iterator

from batches.masters.limits import QUANTITIES, Limit
from batches.specifications.attributes import is_in_words, is_of_markers
from batches.specifications.kinds import NEEDS_NAMES, CriterionKind, Operator, Replicates, Retest
from batches.specifications.models import SpecificationCriterion

Problem = tuple[str, str]
PRESENCE = (Operator.DETECTED, Operator.NOT_DETECTED, Operator.N_OF_M)


def problems_of_criterion(criterion: SpecificationCriterion) -> list[Problem]:
    """Field and words of everything that keeps a criterion from making sense, the first per field."""
    found: dict[str, str] = {}
    for field, words in (
        *_of_fit(criterion),
        *_of_numbers(criterion),
        *_of_names(criterion),
        *_of_counts(criterion),
    ):
        found.setdefault(field, words)
    return list(found.items())


def _of_fit(criterion: SpecificationCriterion) -> Iterator[Problem]:
    """Whether the rule can judge what the attribute gives: a number, words, or markers by name."""
    by_presence = criterion.operator in PRESENCE
    if is_of_markers(criterion.attribute):
        if not by_presence:
            yield "operator", "Markers are judged by what was detected: choose one of the last three rules."
        elif not criterion.names:
            yield "expected", "Name the markers, one a line."
    elif criterion.operator == Operator.N_OF_M or (by_presence and criterion.names):
        yield "operator", "Only markers are named: choose 'Markers' as what is judged."
    elif criterion.operator == Operator.RANGE and is_in_words(criterion.attribute):
        yield "operator", "The result is words, not a number: choose 'equals' or 'one of several'."


def _of_numbers(criterion: SpecificationCriterion) -> Iterator[Problem]:
    limit = Limit.of(criterion)
    if criterion.operator != Operator.RANGE:
        yield from _needless_numbers(criterion)
        return
    if criterion.kind == CriterionKind.RELEASE and limit.accepts_anything:
        yield "action_low", "A release criterion says what is accepted."
    elif criterion.kind == CriterionKind.ALERT and limit.accepts_anything and not limit.alert_words():
        yield "action_low", "An alert says from where on a reviewer looks at the result."
    if limit != Limit() and (problem := limit.problem()):
        yield problem


def _needless_numbers(criterion: SpecificationCriterion) -> Iterator[Problem]:
    words = f"Only a range has numbers; '{Operator(criterion.operator).label}' judges by what was found."
    for name in QUANTITIES:
        if getattr(criterion, name) is not None:
            yield name, words
    for name in ("low_included", "high_included"):
        if not getattr(criterion, name):
            yield name, "Only a range has edges: tick it again."


def _of_names(criterion: SpecificationCriterion) -> Iterator[Problem]:
    names, operator = criterion.names, criterion.operator
    if operator == Operator.RANGE and names:
        yield "expected", "A range judges by numbers: clear these names, or choose another rule."
    elif operator in NEEDS_NAMES and not names:
        yield "expected", "Write what is expected, one a line."
    if operator == Operator.EQUALS and len(names) > 1:
        yield "expected", "'Equals' takes one value; for several choose 'one of several'."
    if operator in (Operator.ONE_OF, Operator.N_OF_M) and len(names) == 1:
        yield "expected", "One line is not several: add the others, or choose another rule."
    if len({name.casefold() for name in names}) < len(names):
        yield "expected", "The same name stands here twice."


def _of_counts(criterion: SpecificationCriterion) -> Iterator[Problem]:
    several = criterion.operator == Operator.N_OF_M
    yield from _paired(several, criterion.at_least, "at_least", "how many must be detected")
    if several and criterion.names and (criterion.at_least or 0) > len(criterion.names):
        yield "at_least", f"Only {len(criterion.names)} are named: more can't be asked for."
    some = criterion.replicates == Replicates.N_OF_M
    yield from _paired(
        some, criterion.replicates_needed, "replicates_needed", "how many replicates must pass"
    )
    again = criterion.retest == Retest.ALL_PASS
    yield from _paired(again, criterion.retests_needed, "retests_needed", "how many retests are made")


def _paired(is_asked: bool, number: int | None, field: str, what: str) -> Iterator[Problem]:
    if is_asked and number is None:
        yield field, f"Say {what}."
    elif not is_asked and number is not None:
        yield field, "No number belongs here with what is chosen above: clear it."
