"""A batch in review with something to decide."""

import pytest

from audit.refusal import Reason
from qc.deviations.places import place_at
from qc.review import actions
from qc.review.deciding import faced_in
from tests.factories.evidence import put
from tests.qc.test_actions import the_step


def corrected(batch, field="duration_min", value=80):
    """A value that the laboratory replaced: an exception. Written straight through the door."""
    step = the_step(batch)
    details = step.ultracentrifugation
    setattr(details, field, value)
    put(details, Reason("typing_error", "digits swapped"))


@pytest.fixture
def troubled(in_review):
    """A batch in review with one exception: a corrected duration."""
    corrected(in_review)
    return in_review


def keys_of(batch, *, undecided=True):
    """Keys of the exceptions that wait for a decision (or of all)."""
    return [one.key for one in faced_in(batch) if not (undecided and one.is_decided)]


def accept(batch, by, words="read, plausible", keys=None):
    return actions.accept_exceptions(batch=batch, keys=keys or keys_of(batch), words=words, by=by)


def asked(batch, by, words="Which rotor was it?", where="steps/1/", field="duration_min", **more):
    """A query about a value, as a reviewer asks it."""
    place = place_at(f"/batches/{batch.number}/{where}", by=by, field=field, **more)
    return actions.ask_query(place=place, words=words, by=by)
