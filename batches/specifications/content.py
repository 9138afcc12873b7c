"""What a specification version says, as a canonical document: signed at approval, copied into plans."""

import hashlib
from typing import Any

from audit import canonical
from batches.masters.limits import Limit
from batches.specifications.models import SpecificationCriterion, SpecificationVersion

SCHEMA = "exoledger-specification/1"
RULES = ("operator", "at_least", "replicates", "replicates_needed", "retest", "retests_needed")


def content_of(version: SpecificationVersion) -> dict[str, Any]:
    """Everything that approval signs; dropped criteria are not part of it.

    Queries for criteria and product unless the version was read `with_content`.
    """
    specification = version.specification
    return canonical.plain(
        {
            "schema": SCHEMA,
            "specification": specification.code,
            "title": specification.title,
            "product": specification.product.code,
            "version": version.number,
            "change_note": version.change_note,
            "criteria": criteria_content(version),
        }
    )


def sha256_of(version: SpecificationVersion) -> str:
    """The SHA-256 of a version's canonical content."""
    return hashlib.sha256(canonical.text(content_of(version)).encode("utf-8")).hexdigest()


def criteria_content(version: SpecificationVersion) -> list[dict[str, Any]]:
    """The criteria as plans hold them."""
    return [criterion_content(criterion) for criterion in standing_criteria(version)]


def criterion_content(criterion: SpecificationCriterion) -> dict[str, Any]:
    """A criterion as plans hold it (CriterionCopy reads it)."""
    return {
        "position": criterion.position,
        "attribute": criterion.attribute,
        "kind": criterion.kind,
        "limit": Limit.of(criterion).content(),
        "expected": criterion.names,
        **{name: getattr(criterion, name) for name in RULES},
    }


def standing_criteria(version: SpecificationVersion) -> list[SpecificationCriterion]:
    """A version's criteria without dropped ones, in their order."""
    criteria = [criterion for criterion in version.criteria.all() if not criterion.is_dropped]
    return sorted(criteria, key=lambda criterion: (criterion.position, criterion.pk))
