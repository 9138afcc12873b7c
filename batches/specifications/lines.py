"""Criteria as the lines of a table, for pages of specifications, masters and reviews."""

from collections.abc import Iterable
from typing import NamedTuple

from batches.masters.plans import CriterionCopy
from batches.specifications.attributes import label_of, source_of
from batches.specifications.kinds import CriterionKind, Operator
from batches.specifications.words import accepted_words, extra_words, subject_words

LOOKS = {
    CriterionKind.RELEASE: ("hold", "scale-balanced"),
    CriterionKind.ALERT: ("warn", "bell"),
    CriterionKind.REPORT: ("calm", "file-lines"),
}


class CriterionLine(NamedTuple):
    """A line of a specification in words; `look` and `icon` are those of its kind."""

    position: int
    label: str
    of: str
    source: str
    accepted: str
    extras: list[str]
    kind: str
    look: str
    icon: str


def lines_of(criteria: Iterable[CriterionCopy]) -> list[CriterionLine]:
    """The criteria in their order."""
    return [_line(criterion) for criterion in criteria]


def _line(criterion: CriterionCopy) -> CriterionLine:
    label, kind = label_of(criterion.attribute), CriterionKind(criterion.kind)
    names = subject_words(criterion) if criterion.operator != Operator.RANGE else ""
    return CriterionLine(
        criterion.position,
        label,
        names if names != label else "",
        source_of(criterion.attribute) or "computed",
        accepted_words(criterion),
        extra_words(criterion),
        kind.label,
        *LOOKS[kind],
    )
