"""Two people in the same second: each number once, one closing, everybody told."""

import pytest
from django.utils import timezone

from batches.record.values import Entered
from qc.actions import approve_batch, begin_review
from qc.deviations import actions
from qc.deviations.models import Deviation, DeviationSignature
from tests.factories import BatchFactory, PersonFactory, system
from tests.factories.deviations import closing, investigated, opened
from tests.qc.conftest import ready, signing
from tests.qc.test_at_once import at_once
from tests.way import submitted


@pytest.fixture
def people(transactional_db):
    """Four who take no part otherwise, two of them of quality assurance."""
    system()
    roles = {"operator8": "operator", "operator9": "operator", "qa8": "qa", "qa9": "qa"}
    return [PersonFactory(username=name, role=role) for name, role in roles.items()]


def test_deviations_opened_at_once_get_a_number_each(people):
    batches = {person.pk: BatchFactory(by=person) for person in people}
    told = at_once(lambda person: opened(batches[person.pk], person), people)
    year = timezone.now().year
    numbers = sorted(Deviation.objects.values_list("number", flat=True))
    assert (told, numbers) == ([""] * 4, [f"DEV-{year}-{n:04d}" for n in (1, 2, 3, 4)])


def test_the_same_form_sent_by_two_at_once_opens_one(people):
    batch, once = BatchFactory(by=people[0]), "0123456789abcdef" * 2
    told = at_once(lambda person: opened(batch, person, once=once), people)
    number = Deviation.objects.get().number
    assert told == ["", *[f"This form was sent already: {number} is open. Start anew for another one."] * 3]


def test_two_close_the_same_deviation(people):
    operator, _, *closers = people
    made = investigated(BatchFactory(by=operator), operator, PersonFactory(role="reviewer"))
    given = {person: closing(made, person) for person in closers}
    told = at_once(
        lambda person: actions.close_deviation(deviation=made, **given[person], by=person), closers
    )
    winner = DeviationSignature.objects.get().signed_by
    assert told == ["", f"{made.number} was closed by {winner}: reopen it with a reason to change it."]


def test_a_deviation_opened_while_its_batch_is_approved_is_before_or_after(people):
    operator, other, reviewer, _ = people
    batch = submitted(BatchFactory(by=operator), operator, other)
    begin_review(batch=batch, by=reviewer)
    ready(batch, reviewer)
    given = signing(batch, reviewer)

    def act(person):
        if person == reviewer:
            approve_batch(batch=batch, **given, by=person)
        else:
            opened(batch, person)

    told = at_once(act, [other, reviewer])
    batch.refresh_from_db()
    # Never an approval that did not know of a deviation opened before it.
    stale = "The record changed while you were reading; look at it again."
    first, second = told
    assert (first, second[: len(stale)], batch.status) in [("", "", "approved"), ("", stale, "in_review")]
    assert Deviation.objects.count() == 1


def test_one_writes_while_another_closes(people):
    operator, other, closer, _ = people
    made = investigated(BatchFactory(by=operator), operator, PersonFactory(role="reviewer"))
    given = closing(made, closer)

    def act(person):
        if person == closer:
            actions.close_deviation(deviation=made, **given, by=person)
        else:
            entered = Entered("happened_time", timezone.now())
            actions.record_deviation(deviation=made, entered=entered, by=person)

    told = at_once(act, [other, closer])
    # Whoever is first wins; the other is told, and nothing signed is ever what was not read.
    made.refresh_from_db()
    assert told[0] == "" and told[1] in {
        "The deviation changed while you were reading; look at it again.",
        f"{made.number} was closed by {closer}: reopen it with a reason to change it.",
    }
    assert (made.status == "closed") == (made.happened_time is None)
