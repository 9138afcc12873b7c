"""Accepting exceptions, and what acceptance is worth when the evidence changes."""

import pytest
from django.db import transaction

from audit import records
from audit.models import Entry
from audit.refusal import ActionRefused
from qc.actions import return_batch
from qc.deviations.actions import open_deviation
from qc.deviations.places import place_at
from qc.exceptions import RULE_SET
from qc.review import actions
from qc.review.acts import REVIEWING_ACTS
from qc.review.deciding import faced_in
from qc.review.models import ExceptionDecision
from qc.review.rules import demand_decided
from qc.rules import made_entries
from tests.factories.evidence import step as change_step
from tests.qc.conftest import signing
from tests.qc.review.conftest import accept, corrected, keys_of
from tests.qc.test_actions import the_step


def test_acts_are_named_after_the_actions():
    found = {name for name, one in vars(actions).items() if isinstance(getattr(one, "may", None), frozenset)}
    assert found - REVIEWING_ACTS == set()


def test_accepting_keeps_who_when_and_words(troubled, reviewer):
    [decision] = accept(troubled, reviewer, "  see plate export ")
    assert (decision.decided_by, decision.words, decision.rule_set) == (
        reviewer,
        "see plate export",
        RULE_SET,
    )
    assert "75" in decision.what and "80" in decision.what
    [one] = [one for one in faced_in(troubled) if one.decision]
    assert (one.is_decided, one.decision) == (True, decision)


def test_several_are_accepted_with_the_same_words(troubled, reviewer):
    corrected(troubled, "rotor_max_rpm", 50000)
    assert len(keys_of(troubled)) == 2
    assert [one.words for one in accept(troubled, reviewer, "checked")] == ["checked", "checked"]
    assert keys_of(troubled) == []


def test_all_or_none_are_accepted(troubled, reviewer):
    keys = [*keys_of(troubled), "0" * 16]
    with pytest.raises(ActionRefused, match="not there any more"):
        accept(troubled, reviewer, keys=keys)
    assert ExceptionDecision.objects.count() == 0


@pytest.mark.parametrize("words", ["", "  ", "ok", "...", "- -  -"])
def test_accepting_needs_words(troubled, reviewer, words):
    with pytest.raises(ActionRefused, match="Say in a few words"):
        accept(troubled, reviewer, words)


def test_accepting_nothing_is_refused(troubled, reviewer):
    with pytest.raises(ActionRefused, match="Tick at least one"):
        actions.accept_exceptions(batch=troubled, keys=[], words="all good", by=reviewer)


def test_accepting_twice_names_who_was_first(troubled, reviewer, qa):
    keys = keys_of(troubled)
    accept(troubled, reviewer, keys=keys)
    with pytest.raises(ActionRefused, match="reviewer1 accepted it already"):
        accept(troubled, qa, keys=keys)


def test_taking_back_asks_again_and_keeps_both(troubled, reviewer, qa):
    [key] = keys_of(troubled)
    accept(troubled, reviewer)
    actions.take_back_acceptance(batch=troubled, key=key, words="wrong export", by=qa)
    assert keys_of(troubled) == [key]
    told = [(one.decision, one.decided_by) for one in ExceptionDecision.objects.filter(key=key)]
    assert told == [("accepted", reviewer), ("taken_back", qa)]
    accept(troubled, reviewer, "the right export now")
    assert keys_of(troubled) == []


def test_only_what_was_accepted_is_taken_back(troubled, reviewer):
    [key] = keys_of(troubled)
    with pytest.raises(ActionRefused, match="nobody accepted it"):
        actions.take_back_acceptance(batch=troubled, key=key, words="not right", by=reviewer)


def test_r062_changed_evidence_asks_again(troubled, reviewer):
    [key] = keys_of(troubled)
    accept(troubled, reviewer)
    corrected(troubled, value=85)
    [again] = keys_of(troubled)
    assert again != key


def test_r056_whoever_worked_on_the_batch_decides_nothing(troubled, operator, reviewer, qa):
    keys = keys_of(troubled)
    with pytest.raises(ActionRefused, match="can't accept exceptions"):
        accept(troubled, operator, keys=keys)
    change = the_step(troubled)
    change.remarks = "by the reviewer"

    with transaction.atomic():
        records.save(change, by=qa)
    with pytest.raises(ActionRefused, match="You made entries"):
        accept(troubled, qa, keys=keys)


def test_accepting_makes_nobody_involved(troubled, reviewer):
    accept(troubled, reviewer)
    assert not made_entries(troubled, reviewer)


def test_exceptions_are_decided_during_a_review_only(troubled, reviewer):
    keys = keys_of(troubled)
    points = [(the_step(troubled), "repeat it")]
    return_batch(batch=troubled, points=points, **signing(troubled, reviewer), by=reviewer)
    with pytest.raises(ActionRefused, match="decided while it is in review"):
        accept(troubled, reviewer, keys=keys)


def test_refused_decisions_are_entries(troubled, reviewer):
    with pytest.raises(ActionRefused):
        accept(troubled, reviewer, "")
    refused = Entry.objects.get(action="refused", act="accept_exceptions")
    assert refused.batch_number == troubled.number


def test_undecided_exceptions_are_named(troubled, reviewer):
    with pytest.raises(ActionRefused, match=r"1 exception is not decided yet: Step 1 · Pellet: .*75 → 80"):
        demand_decided(troubled)
    accept(troubled, reviewer)
    demand_decided(troubled)


def test_a_deviation_from_an_exception_takes_care_of_it(troubled, operator):
    [key] = keys_of(troubled)
    place = place_at(f"/qc/{troubled.number}/", by=operator_as_reviewer(operator), finding=key)
    open_deviation(place=place, happened="Typed wrongly", by=operator, grade="")
    assert key not in keys_of(troubled)


def operator_as_reviewer(person):
    """Places of exceptions are read by reviewers; the same person with that role."""
    person.role = "reviewer"
    return person


def test_a_remark_that_is_only_told_needs_no_decision(in_review, reviewer):
    change_step(in_review, remarks="")
    notes = [one for one in faced_in(in_review) if one.is_note]
    assert all(one.is_decided for one in notes)
