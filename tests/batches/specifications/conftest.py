"""Specifications on every stage of their way."""

import pytest

from batches.specifications.models import SpecificationVersion
from tests.factories.specifications import (
    approved,
    draft_specification,
    effective_specification,
    submitted_specification,
)


@pytest.fixture
def draft(reviewer):
    return draft_specification(by=reviewer)


@pytest.fixture
def in_review(reviewer):
    return submitted_specification(by=reviewer)


@pytest.fixture
def signed(in_review, qa):
    """Approved by qa1, not effective yet."""
    return approved(in_review, by=qa)


@pytest.fixture
def effective(reviewer, qa):
    return effective_specification(by=reviewer, qa=qa)


@pytest.fixture
def retired(effective, qa):
    from batches.specifications import actions

    return actions.retire_specification(version=effective, words="The assay was given up.", by=qa)


def read(version):
    """The version as the database has it."""
    return SpecificationVersion.objects.with_content().get(pk=version.pk)
