"""Two reviewers in the same second: one wins, the other is told, nothing is written twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from audit.refusal import ActionRefused
from batches.record.models import Batch
from qc import actions
from qc.models import Review, Signature
from tests.factories import BatchFactory, PersonFactory, system
from tests.qc.conftest import ready, signing
from tests.way import submitted


@pytest.fixture
def people(transactional_db):
    """Two reviewers who did nothing in the batch."""
    system()
    return [PersonFactory(username=name, role="reviewer") for name in ("reviewer8", "reviewer9")]


@pytest.fixture
def waiting(people):
    """A batch with QC."""
    operator = PersonFactory(username="operator8")
    return submitted(BatchFactory(by=operator), operator, PersonFactory(username="operator9"))


def at_once(act, people):
    """Let everybody do it at the same moment; what each was told ('' for the one it worked for)."""
    start = Barrier(len(people))

    def do(person):
        start.wait()
        try:
            act(person)
        except ActionRefused as refusal:
            return str(refusal)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(people)) as pool:
        return sorted(pool.map(do, people))


def test_two_begin_the_same_review(waiting, people):
    told = at_once(lambda person: actions.begin_review(batch=waiting, by=person), people)
    winner = Review.objects.get().begun_by
    assert told == ["", f"Batch {waiting.number} is in review by {winner}: its review has begun already."]


def test_two_decide_on_the_same_review(waiting, people):
    actions.begin_review(batch=waiting, by=people[0])
    ready(waiting, people[0])
    given = {person: signing(waiting, person, "as I read it") for person in people}
    told = at_once(lambda person: actions.approve_batch(batch=waiting, **given[person], by=person), people)
    winner = Signature.objects.get(meaning="reviewed_approved").signed_by
    assert told == ["", f"Batch {waiting.number} is approved by {winner}: the decision is made."]
    assert Batch.objects.get(pk=waiting.pk).status == "approved"
