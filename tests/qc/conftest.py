"""A batch with QC, and what a reviewer gives when signing."""

import pytest

from accounts import roles
from accounts.proving import Proof
from batches.record.models import Batch
from qc import actions
from qc.review.actions import accept_exceptions
from qc.review.deciding import faced_in
from qc.review.rules import changes_after, reviewed_to
from qc.rules import made_entries
from qc.signatures.ceremony import just_read
from tests.factories import BatchFactory
from tests.factories.people import PASSWORD
from tests.way import submitted


@pytest.fixture
def with_qc(operator, second_operator):
    """A complete batch, submitted."""
    return submitted(BatchFactory(by=operator), operator, second_operator)


@pytest.fixture
def in_review(with_qc, reviewer):
    """The same, taken into review by reviewer1."""
    actions.begin_review(batch=with_qc, by=reviewer)
    with_qc.refresh_from_db()
    return with_qc


@pytest.fixture
def approved(in_review, reviewer):
    """The same, approved by reviewer1."""
    read_trail(in_review, reviewer)
    actions.approve_batch(batch=in_review, **signing(in_review, reviewer), by=reviewer)
    in_review.refresh_from_db()
    return in_review


def signing(batch, by, comment="", password=PASSWORD, **proof):
    """What `by` gives with a signature who has just read the record as it is now."""
    return {"signing": just_read(batch, by, Proof(password=password, **proof), comment)}


def read_trail(batch, by, words="nothing odd", only=""):
    """Review the trail of the batch up to now, signed."""
    return actions.review_trail(batch=batch, only=only, **signing(batch, by, words), by=by)


def ready(batch, by):
    """Whoever may review it has read the trail of the batch to its last change, as approving asks for."""
    batch = Batch.objects.get(pk=batch.pk)
    may_read = by.may(roles.REVIEW) and not made_entries(batch, by) and batch.status == "in_review"
    if may_read and changes_after(batch, reviewed_to(batch)).exists():
        read_trail(batch, by)


def settle(batch, by, words="read, plausible"):
    """Accept every exception that waits for a decision."""
    keys = [one.key for one in faced_in(batch) if not one.is_decided]
    return accept_exceptions(batch=batch, keys=keys, words=words, by=by) if keys else []
