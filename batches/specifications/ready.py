"""What keeps a draft from being reviewed and approved."""

from collections.abc import Iterator

from batches.specifications.attributes import is_known, label_of
from batches.specifications.content import standing_criteria
from batches.specifications.models import SpecificationVersion
from batches.specifications.sense import problems_of_criterion


def problems_of(version: SpecificationVersion) -> list[str]:
    """Everything that submitting and approving would refuse, in words. Read the version `with_content`."""
    return [*_of_description(version), *_of_criteria(version)]


def _of_description(version: SpecificationVersion) -> Iterator[str]:
    if version.number > 1 and not version.change_note:
        yield "it is not said what changed and why"


def _of_criteria(version: SpecificationVersion) -> Iterator[str]:
    criteria = standing_criteria(version)
    if not criteria:
        yield "nothing is specified"
    for criterion in criteria:
        label = label_of(criterion.attribute)
        if not is_known(criterion.attribute):
            yield f"it names {label}, which no result is computed for"
        for _, words in problems_of_criterion(criterion):
            yield f"{label}: {words[:1].lower()}{words[1:].rstrip('.')}"
