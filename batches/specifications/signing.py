"""Signatures on specifications: whether each still fits what the version says. Computed, never stored."""

from audit.refusal import ActionRefused
from batches.signed import Shown, shown_over
from batches.specifications.content import sha256_of
from batches.specifications.models import SpecificationVersion


def signatures_of(version: SpecificationVersion) -> list[Shown]:
    """All signatures of a version, oldest first, each with its validity."""
    found = list(version.signatures.all())
    return shown_over(found, sha256_of(version) if found else "", "specification")


def demand_signed(version: SpecificationVersion) -> None:
    """Refuse a version whose content is not what somebody approved."""
    if not any(shown.is_valid for shown in signatures_of(version)):
        raise ActionRefused(
            f"{version} does not read as it was approved: it can't be used. Tell quality assurance."
        )
