"""Traps that others fell into, and where it is tested that we do not; what is tested nowhere else is here."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import User
from audit.models import Entry
from audit.refusal import ActionRefused, OutsideTheDoor, Reason
from batches.isolation.actions import void_step
from batches.isolation.models import ProcessStep
from batches.record.actions import submit_batch
from batches.record.models import Batch
from qc import actions
from qc.models import Signature
from tests.factories import BatchFactory
from tests.qc.conftest import ready, signing
from tests.qc.test_actions import the_step
from tests.way import enter, sheet_of_step

HERE = "qc/test_traps.py"
# What went wrong elsewhere: the tests that show it can't here.
TRAPS = {
    "in specification by default, limits never compared": (
        "qc/test_judging.py::test_no_value_never_passes",
        "qc/test_actions.py::test_r054_a_failing_criterion_keeps_a_batch_from_being_approved",
    ),
    "the verifier may be the operator": (
        "batches/isolation/test_steps.py::test_r048_who_did_a_step_cannot_check_it",
        "batches/isolation/test_steps.py::test_the_database_refuses_the_same_person_as_checker",
    ),
    "a step is skipped without a reason": (f"{HERE}::test_a_step_is_not_skipped_without_a_reason",),
    "deleting a person empties who did it": (
        f"{HERE}::test_a_person_who_did_something_is_never_deleted",
        "test_house_rules.py::test_every_relation_protects_what_it_points_at",
    ),
    "steps start in any order": (
        "batches/isolation/test_steps.py::test_r025_a_step_waits_for_the_one_before",
    ),
    "empty or missing values complete a step": (
        "batches/record/test_values.py::test_finishing_names_every_empty_required_field",
    ),
    "out of range is only told in the reply": (
        "batches/record/test_values.py::test_r026_out_of_limits_is_kept_and_needs_a_reason_to_finish",
    ),
    "what is no number gets no verdict": (
        "qc/test_judging.py::test_what_is_no_number_never_passes_silently",
    ),
    "signed means signed in": (f"{HERE}::test_being_signed_in_signs_nothing",),
    "the session's length is the signing's": (f"{HERE}::test_every_signature_proves_identity_anew",),
    "saved values are overwritten": (
        "batches/record/test_values.py::test_r003_three_corrections_leave_four_values",
    ),
    "the audit row comes in a second transaction": (
        "audit/test_records.py::test_r012_nothing_is_written_when_history_or_entry_fails",
    ),
    "numbers from count() + 1": (
        "batches/record/test_batches.py::test_simultaneous_openings_get_different_numbers",
        "batches/record/test_batches.py::test_r022_numbers_follow_each_other_and_never_repeat",
    ),
    "the approver is the operator": (
        "qc/test_actions.py::test_r048_who_worked_on_a_batch_can_not_sign_for_it",
    ),
    "editing a template changes running batches": (
        "batches/masters/test_plans.py::test_r021_changing_the_master_never_changes_a_running_batch",
    ),
    "everybody may accept what is incomplete": (f"{HERE}::test_no_role_hands_in_an_incomplete_batch",),
    "what is closed can't be reopened, not even with a reason": (
        f"{HERE}::test_what_review_returns_is_open_again",
    ),
    "required is shown and not enforced": (
        "batches/record/test_values.py::test_finishing_names_every_empty_required_field",
    ),
    "a later good reading hides the bad one": (f"{HERE}::test_a_later_good_value_does_not_hide_the_bad_one",),
    "an invalid instrument refuses the run that would clear it": (
        "batches/instruments/test_nanosight.py::test_failed_video_is_excluded_visibly_and_averages_are_computed_again",
    ),
    "history keeps the owner's edits only": (
        f"{HERE}::test_everybody_s_edits_are_kept_under_their_own_names",
    ),
    "an import fills the first row only": (
        "batches/instruments/test_nanosight.py::test_small_file_of_32_is_read_in_full",
    ),
    "floats hold quantities": ("test_house_rules.py::test_no_float_holds_a_quantity",),
    "default passwords are shipped": (
        f"{HERE}::test_an_empty_installation_has_nobody_who_can_sign_in",
        "accounts/test_sign_in.py::test_production_does_not_start_while_example_people_could_sign_in",
        "accounts/test_sign_in.py::test_example_people_are_refused_in_production",
    ),
    "a clock that jumps reorders the trail": (
        f"{HERE}::test_a_clock_set_back_changes_no_order",
        "audit/verifying/test_verify.py::test_r080_a_clock_set_back_is_a_warning",
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_names_tests_that_exist(trap):
    for named in TRAPS[trap]:
        path, name = named.split("::")
        text = Path(settings.BASE_DIR, "tests", path).read_text(encoding="utf-8")
        assert re.search(rf"^def {name}\b", text, re.MULTILINE), named


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


# --- steps ----------------------------------------------------------------------------------------


def test_a_step_is_not_skipped_without_a_reason(signed_in, batch, operator):
    for given in ({}, {"reason_category": "process"}, {"reason_category": "process", "reason_words": " x "}):
        signed_in(operator).post(f"/batches/{batch.number}/steps/1/", {"void": "1", **given})
    with pytest.raises(ActionRefused):
        void_step(sheet=sheet_of_step(batch), by=operator, reason=None)
    assert ProcessStep.objects.get(batch=batch).status == "planned"


@pytest.mark.parametrize("role", ["operator", "reviewer", "qa", "auditor", "administrator"])
def test_no_role_hands_in_an_incomplete_batch(batch, role, request):
    with pytest.raises(ActionRefused):
        submit_batch(batch=batch, by=request.getfixturevalue(role))
    assert Batch.objects.get(pk=batch.pk).status == "in_process"


def test_what_review_returns_is_open_again(in_review, reviewer, operator):
    points = [(the_step(in_review), "Enter the temperature that the printout shows.")]
    actions.return_batch(batch=in_review, points=points, **signing(in_review, reviewer), by=reviewer)
    in_review.refresh_from_db()
    reason = Reason("review", "as the printout says")
    enter(sheet_of_step(in_review), {"temperature_c": Decimal("4.5")}, operator, reason)
    assert Signature.objects.get(batch=in_review).meaning == "reviewed_returned"


# --- values ---------------------------------------------------------------------------------------


def test_a_later_good_value_does_not_hide_the_bad_one(in_review, reviewer, operator):
    points = [(the_step(in_review), "Read the temperature again.")]
    actions.return_batch(batch=in_review, points=points, **signing(in_review, reviewer), by=reviewer)
    in_review.refresh_from_db()
    for value, why in ((Decimal(12), "printout says 12"), (Decimal(4), "was the lid's sensor")):
        enter(sheet_of_step(in_review), {"temperature_c": value}, operator, Reason("read_again", why))
    bodies = Entry.objects.filter(act="record_values", batch_number=in_review.number).order_by("id")
    told = [body for body in bodies.values_list("body", flat=True) if '"field":"temperature_c"' in body]
    assert len(told) >= 3
    assert ('"new":"12' in told[-2], '"old":"12' in told[-1], "was the lid's sensor" in told[-1]) == (
        True,
    ) * 3


def test_everybody_s_edits_are_kept_under_their_own_names(in_review, reviewer, operator, second_operator):
    points = [(the_step(in_review), "Read the temperature again.")]
    actions.return_batch(batch=in_review, points=points, **signing(in_review, reviewer), by=reviewer)
    in_review.refresh_from_db()
    before = Entry.objects.latest("id").pk
    for person, value in ((operator, Decimal(5)), (second_operator, Decimal(4))):
        reason = Reason("read_again", f"read by {person}")
        enter(sheet_of_step(in_review), {"temperature_c": value}, person, reason)
    later = Entry.objects.filter(id__gt=before, body__contains='"field":"temperature_c"').order_by("id")
    assert list(later.values_list("actor_username", flat=True)) == ["operator1", "operator2"]


# --- people and signing ---------------------------------------------------------------------------


def test_a_person_who_did_something_is_never_deleted(batch, operator):
    with pytest.raises(OutsideTheDoor):
        operator.delete()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_user WHERE id = %s", [operator.pk])
    batch.refresh_from_db()
    assert batch.opened_by == operator


def test_being_signed_in_signs_nothing(signed_in, in_review, reviewer):
    ready(in_review, reviewer)
    with pytest.raises(ActionRefused):
        actions.approve_batch(batch=in_review, **signing(in_review, reviewer, password=""), by=reviewer)
    signed_in(reviewer).post(f"/qc/{in_review.number}/", {"intention": "decide", "decision": "approve"})
    assert not Signature.objects.filter(meaning="reviewed_approved").exists()


def test_every_signature_proves_identity_anew(approved, qa):
    """A signature a moment ago, in the same session, is no proof for the next one."""
    given = signing(approved, qa, "not yet")
    actions.set_disposition(batch=approved, disposition="quarantined", **given, by=qa)
    given = signing(approved, qa, "as planned", password="")
    with pytest.raises(ActionRefused):
        actions.set_disposition(batch=approved, disposition="released", **given, by=qa)
    assert Batch.objects.get(pk=approved.pk).disposition == "quarantined"


def test_an_empty_installation_has_nobody_who_can_sign_in(db):
    assert not User.objects.people().exists()
    assert not [person for person in User.objects.all() if person.has_usable_password()]


def test_a_clock_set_back_changes_no_order(in_review, reviewer, monkeypatch):
    """Entries stand in the order of their numbers, whatever the server's clock says."""
    before = Entry.objects.filter(batch_number=in_review.number).latest("number_in_batch")
    real, back = timezone.now, dt.timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: real() - back)
    given = signing(in_review, reviewer)
    with pytest.raises(ActionRefused, match="clock"):
        actions.approve_batch(batch=in_review, **given, by=reviewer)
    last = Entry.objects.filter(batch_number=in_review.number).latest("number_in_batch")
    assert (last.action, last.number_in_batch, last.at < before.at) == (
        "refused",
        before.number_in_batch + 1,
        True,
    )
    assert not Signature.objects.exists()
