"""Opening, writing, classing, closing, reopening and voiding deviations: who may, when, what stays."""

import datetime as dt
import importlib
import inspect
import json
import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.actions import IdentityRefused, set_active
from audit import records
from audit.models import Entry
from audit.refusal import ActionRefused, Reason, ReasonMissing, RoleRefused, ValueRefused
from batches.record.values import Entered, ValuesMoved
from qc.deviations import actions, numbers
from qc.deviations.acts import DEVIATION_ACTS, JUDGING_ACTS
from qc.deviations.models import AffectedBatch, Deviation, DeviationNote, DeviationSignature
from qc.deviations.places import Place
from qc.deviations.rules import last_written
from qc.deviations.signing import signatures_of
from tests.factories import BatchFactory, PersonFactory
from tests.factories.deviations import (
    INVESTIGATED,
    closed,
    closing,
    closing_by,
    investigated,
    opened,
    place_of,
)
from tests.factories.passkeys import Device, passkey_of

WHY = Reason("late_information", "came out in the investigation")
TOMORROW = timezone.localdate() + dt.timedelta(days=1)


def write(deviation, by, reason=None, seen=None, **values):
    for name, value in values.items():
        entered = Entered(name, value, **({"seen": seen} if seen is not None else {}))
        actions.record_deviation(deviation=deviation, entered=entered, by=by, reason=reason)


def state(deviation):
    return Deviation.objects.values_list("status", "grade", "round").get(pk=deviation.pk)


def refusals(person):
    return Entry.objects.filter(actor=person, action__in=["refused", "identity_failed"]).count()


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


@pytest.fixture
def other_batch(operator):
    return BatchFactory(by=operator)


def test_the_list_of_acts_names_every_action():
    module = importlib.import_module("qc.deviations.actions")
    found = {
        name
        for name, thing in inspect.getmembers(module)
        if isinstance(getattr(thing, "may", None), frozenset)
    }
    assert found == DEVIATION_ACTS
    assert JUDGING_ACTS < DEVIATION_ACTS


# --- opening --------------------------------------------------------------------------------------


def test_r028_a_deviation_opened_from_a_value_says_where_and_what_the_record_said(batch, operator):
    made = opened(batch, operator, where="steps/1/", field="temperature_c")
    assert (made.number, made.place, made.place_number, made.field) == (
        f"DEV-{timezone.now().year}-0001",
        "step",
        1,
        "temperature_c",
    )
    assert made.place_label == "Step 1 · Pellet, temperature"
    limit = "planned 4 °C, accept 2–8 °C, edges included, alert above 6 °C"
    assert made.evidence == f"Temperature: empty; {limit}"
    assert made.place_url == f"/batches/{batch.number}/steps/1/#value-temperature_c"
    assert Entry.objects.filter(kind="qc.deviation", batch_number=batch.number).count() == 1


def test_a_deviation_may_stand_above_all_batches(operator):
    made = opened(None, operator, happened="Freezer F2 at −62 °C over night")
    assert (made.batch, made.where, made.place_url) == (None, "the laboratory", "")
    assert Entry.objects.get(kind="qc.deviation").batch_number == ""


def test_numbers_count_up_within_a_year_and_start_anew(batch, operator):
    first, second = opened(batch, operator), opened(batch, operator)
    year = timezone.now().year
    assert [first.number, second.number] == [f"DEV-{year}-0001", f"DEV-{year}-0002"]
    with transaction.atomic():
        assert numbers.next_number(dt.datetime(year + 1, 1, 1, tzinfo=dt.UTC))[0] == f"DEV-{year + 1}-0001"


def test_a_number_of_a_voided_deviation_is_not_used_again(batch, operator, qa):
    actions.void_deviation(deviation=opened(batch, operator), by=qa, reason=WHY)
    assert opened(batch, operator).sequence == 2


def test_a_form_that_is_sent_twice_opens_one_deviation(batch, operator):
    once = uuid.uuid4().hex
    opened(batch, operator, once=once)
    with pytest.raises(ActionRefused, match="This form was sent already: DEV-"):
        opened(batch, operator, once=once)
    assert (Deviation.objects.count(), refusals(operator)) == (1, 1)


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_only_reads_can_not_open_one(batch, operator, role, request):
    with pytest.raises(RoleRefused):
        actions.open_deviation(
            place=place_of(batch, operator), happened="x" * 9, by=request.getfixturevalue(role)
        )
    assert Deviation.objects.count() == 0


def test_an_operator_can_not_set_a_class_when_opening(batch, operator):
    with pytest.raises(RoleRefused, match="can't set a class"):
        opened(batch, operator, grade="minor")
    entry = Entry.objects.get(actor=operator, action="refused")
    assert (entry.act, entry.batch_number, Deviation.objects.count()) == ("open_deviation", batch.number, 0)


def test_a_reviewer_sets_the_class_when_opening(batch, reviewer):
    assert opened(batch, reviewer, grade="critical").grade == "critical"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"happened": " . "}, "Say what happened"),
        ({"due_on": dt.date(2020, 1, 1)}, "has passed"),
        ({"due_on": dt.date(2999, 1, 1)}, "next five years"),
        ({"happened_time": dt.datetime(2999, 1, 1, tzinfo=dt.UTC)}, "has not come yet"),
        ({"impact": "nul \x00"}, "Null characters"),
        ({"cause": "x" * 10_001}, "at most 10000 characters"),
    ],
)
def test_bad_input_opens_nothing_and_says_why(batch, operator, given, words):
    with pytest.raises(ActionRefused, match=words):
        opened(batch, operator, **given)
    assert (Deviation.objects.count(), refusals(operator)) == (0, 1)


def test_an_owner_who_was_deactivated_or_only_reads_is_refused(batch, operator, auditor, administrator):
    gone = PersonFactory(username="gone1")
    set_active(person=gone, is_active=False, by=administrator, reason=Reason("administration", "left"))
    gone.refresh_from_db()
    with pytest.raises(ValueRefused, match="gone1 is deactivated"):
        opened(batch, operator, owner=gone)
    with pytest.raises(ValueRefused, match="auditor1 has a role"):
        opened(batch, operator, owner=auditor)


# --- writing --------------------------------------------------------------------------------------


def test_r004_a_saved_value_is_replaced_with_a_reason_only(batch, operator):
    made = opened(batch, operator)
    write(made, operator, cause="Cooling was off")
    with pytest.raises(ReasonMissing):
        write(made, operator, cause="Door stood open")
    write(made, operator, WHY, cause="Door stood open")
    assert Deviation.objects.get().cause == "Door stood open"
    assert list(Deviation.history.values_list("cause", flat=True).order_by("history_id")) == [
        "",
        "Cooling was off",
        "Door stood open",
    ]


def test_somebody_elses_value_is_not_overwritten_unseen(batch, operator, second_operator):
    made = opened(batch, operator)
    write(made, second_operator, cause="Cooling was off")
    with pytest.raises(ValuesMoved, match="Cause was changed by somebody else"):
        write(made, operator, seen="", cause="Door stood open")


def test_a_batch_that_is_locked_for_entries_still_takes_deviations(approved, operator):
    made = opened(approved, operator)
    write(made, operator, impact="None on the vials")
    assert Deviation.objects.get().impact == "None on the vials"


@pytest.mark.parametrize("name", ["grade", "owner", "status", "number", "closed_at", "due_on"])
def test_a_forged_field_is_no_value_of_the_page(batch, operator, name):
    with pytest.raises(KeyError):
        write(opened(batch, operator), operator, **{name: "minor"})


def test_notes_are_kept_and_the_same_one_twice_is_refused(batch, operator, second_operator):
    made = opened(batch, operator)
    actions.note_deviation(deviation=made, words="Photograph is in the binder.", by=operator)
    with pytest.raises(ActionRefused, match="wrote this note already"):
        actions.note_deviation(deviation=made, words="Photograph is in the binder. ", by=operator)
    actions.note_deviation(deviation=made, words="Photograph is in the binder.", by=second_operator)
    assert DeviationNote.objects.count() == 2


# --- class, owner, due ----------------------------------------------------------------------------


def test_operators_set_no_class_and_assign_nobody(batch, operator):
    made = opened(batch, operator)
    with pytest.raises(RoleRefused):
        actions.class_deviation(deviation=made, grade="minor", by=operator)
    with pytest.raises(RoleRefused):
        actions.assign_deviation(deviation=made, owner=operator, due_on=None, by=operator)


def test_a_class_is_raised_with_a_reason_and_lowered_by_quality_assurance_only(batch, operator, reviewer, qa):
    made = opened(batch, operator)
    actions.class_deviation(deviation=made, grade="minor", by=reviewer)
    with pytest.raises(ReasonMissing):
        actions.class_deviation(deviation=made, grade="major", by=reviewer)
    actions.class_deviation(deviation=made, grade="critical", by=reviewer, reason=WHY)
    with pytest.raises(ActionRefused, match="lowered by quality assurance only"):
        actions.class_deviation(deviation=made, grade="minor", by=qa, reason=WHY)
    with pytest.raises(RoleRefused):
        actions.lower_deviation_class(deviation=made, grade="minor", by=reviewer, reason=WHY)
    with pytest.raises(ReasonMissing):
        actions.lower_deviation_class(deviation=made, grade="minor", by=qa, reason=None)
    actions.lower_deviation_class(deviation=made, grade="major", by=qa, reason=WHY)
    assert state(made) == ("open", "major", 1)


@pytest.mark.parametrize("grade", ["", "none", "Minor", "harmless"])
def test_an_unknown_class_is_refused(batch, operator, qa, grade):
    made = opened(batch, operator)
    with pytest.raises(ValueRefused, match="Choose minor, major or critical"):
        actions.class_deviation(deviation=made, grade=grade, by=qa)


def test_an_overdue_date_stays_when_only_the_owner_changes(batch, operator, second_operator, reviewer):
    made = opened(batch, operator, owner=operator)
    with transaction.atomic():
        made.due_on = dt.date(2026, 1, 2)
        records.save(made, by=operator)
    actions.assign_deviation(
        deviation=made, owner=second_operator, due_on=dt.date(2026, 1, 2), by=reviewer, reason=WHY
    )
    made.refresh_from_db()
    assert (made.owner, made.is_overdue) == (second_operator, True)


def test_changing_owner_or_due_date_needs_a_reason(batch, operator, second_operator, reviewer):
    made = opened(batch, operator, owner=operator, due_on=TOMORROW)
    with pytest.raises(ReasonMissing):
        actions.assign_deviation(deviation=made, owner=second_operator, due_on=TOMORROW, by=reviewer)


# --- other batches --------------------------------------------------------------------------------


def test_an_affected_batch_is_named_in_its_own_trail(batch, other_batch, operator):
    made = opened(batch, operator)
    actions.name_affected_batch(deviation=made, batch=other_batch, words="Same rotor", by=operator)
    entry = Entry.objects.get(kind="qc.affectedbatch")
    assert entry.batch_number == other_batch.number
    assert list(Deviation.objects.about(other_batch)) == [made]


def test_an_affected_batch_is_named_once_and_never_the_own_one(batch, other_batch, operator):
    made = opened(batch, operator)
    actions.name_affected_batch(deviation=made, batch=other_batch, words="Same rotor", by=operator)
    with pytest.raises(ActionRefused, match=r"names batch .* already"):
        actions.name_affected_batch(deviation=made, batch=other_batch, words="Same rotor", by=operator)
    with pytest.raises(ActionRefused, match="itself"):
        actions.name_affected_batch(deviation=made, batch=batch, words="Same rotor", by=operator)


def test_an_affected_batch_is_taken_off_with_a_reason_and_may_be_named_again(
    batch, other_batch, operator, reviewer
):
    made = opened(batch, operator)
    named = actions.name_affected_batch(deviation=made, batch=other_batch, words="Same rotor", by=operator)
    with pytest.raises(RoleRefused):
        actions.withdraw_affected_batch(affected=named, by=operator, reason=WHY)
    with pytest.raises(ReasonMissing):
        actions.withdraw_affected_batch(affected=named, by=reviewer, reason=None)
    actions.withdraw_affected_batch(affected=named, by=reviewer, reason=WHY)
    assert list(Deviation.objects.about(other_batch)) == []
    with pytest.raises(ActionRefused, match="taken off already"):
        actions.withdraw_affected_batch(affected=named, by=reviewer, reason=WHY)
    actions.name_affected_batch(deviation=made, batch=other_batch, words="Same rotor", by=operator)
    assert AffectedBatch.objects.count() == 2


# --- investigated, closed, reopened, voided -------------------------------------------------------


def test_finishing_the_investigation_names_everything_that_is_missing(batch, operator):
    made = opened(batch, operator)
    with pytest.raises(ActionRefused) as refused:
        actions.finish_investigation(deviation=made, by=operator)
    assert str(refused.value) == (
        "The investigation is not finished: Immediate action is empty; Impact is empty; Cause is empty; "
        "Corrective action is empty; it has no owner."
    )


def test_sending_back_says_what_it_lacks(batch, operator, reviewer):
    made = investigated(batch, operator, reviewer)
    actions.send_back_investigation(deviation=made, by=reviewer, reason=Reason("review", "which rotor?"))
    assert state(made) == ("open", "major", 1)
    with pytest.raises(ActionRefused, match="not investigated yet"):
        actions.send_back_investigation(deviation=made, by=reviewer, reason=Reason("review", "which rotor?"))


def test_r028_closing_is_a_signature_with_name_times_and_meaning(batch, operator, reviewer, qa):
    made = investigated(batch, operator, reviewer)
    bound = last_written(made)
    actions.close_deviation(deviation=made, **closing(made, qa, comment="Read and agreed."), by=qa)
    signature = DeviationSignature.objects.get()
    assert (signature.printed_name, signature.username, signature.role, signature.get_meaning_display()) == (
        "QA One",
        "qa1",
        "Quality assurance",
        "Deviation closed",
    )
    assert (signature.entry_signed, signature.leaf_signed) == bound
    assert state(made) == ("closed", "major", 1)
    [shown] = signatures_of(made)
    assert (shown.is_valid, shown.validity, signature.utc[-3:]) == (True, "valid", "UTC")
    signed = Entry.objects.get(action="signed")
    assert (signed.kind, signed.batch_number, signed.actor) == ("qc.deviationsignature", batch.number, qa)


@pytest.mark.parametrize("grade", ["major", "critical"])
def test_only_quality_assurance_closes_major_and_critical_ones(batch, operator, reviewer, qa, grade):
    made = investigated(batch, operator, qa, grade=grade)
    with pytest.raises(RoleRefused, match=r"It is for: qa"):
        actions.close_deviation(deviation=made, **closing(made, reviewer), by=reviewer)
    assert (state(made), refusals(reviewer)) == (("investigated", grade, 1), 1)


def test_a_reviewer_closes_a_minor_one(batch, operator, reviewer):
    made = closed(batch, operator, reviewer, grade="minor")
    assert (made.status, made.closed_by) == ("closed", reviewer)


def test_who_opened_it_does_not_close_it(batch, operator, qa, reviewer):
    made = opened(batch, qa, owner=operator, grade="major", **INVESTIGATED)
    actions.finish_investigation(deviation=made, by=operator)
    with pytest.raises(ActionRefused, match="You opened, owned or wrote in"):
        actions.close_deviation(deviation=made, **closing(made, qa), by=qa)


def test_who_owns_or_ever_owned_it_does_not_close_it(batch, operator, reviewer, qa):
    made = investigated(batch, operator, reviewer)
    actions.assign_deviation(deviation=made, owner=qa, due_on=None, by=reviewer, reason=WHY)
    actions.assign_deviation(deviation=made, owner=operator, due_on=None, by=reviewer, reason=WHY)
    with pytest.raises(ActionRefused, match="You opened, owned or wrote in"):
        actions.close_deviation(deviation=made, **closing(made, qa), by=qa)


@pytest.mark.parametrize("act", ["value", "note", "batch", "lower", "finish"])
def test_who_wrote_in_it_does_not_close_it(batch, other_batch, operator, reviewer, qa, act):
    made = investigated(batch, operator, reviewer, grade="critical")
    if act == "value":
        write(made, qa, WHY, impact="None")
    if act == "note":
        actions.note_deviation(deviation=made, words="I saw it myself.", by=qa)
    if act == "batch":
        actions.name_affected_batch(deviation=made, batch=other_batch, words="Same rotor", by=qa)
    if act == "lower":
        actions.lower_deviation_class(deviation=made, grade="major", by=qa, reason=WHY)
    if act == "finish":
        actions.send_back_investigation(deviation=made, by=reviewer, reason=WHY)
        actions.finish_investigation(deviation=made, by=qa)
    with pytest.raises(ActionRefused, match="You opened, owned or wrote in"):
        actions.close_deviation(deviation=made, **closing(made, qa), by=qa)
    assert refusals(qa) == 1


def test_judging_alone_does_not_keep_from_closing(batch, operator, qa):
    made = opened(batch, operator, owner=operator, **INVESTIGATED)
    actions.class_deviation(deviation=made, grade="major", by=qa)
    actions.assign_deviation(deviation=made, owner=operator, due_on=TOMORROW, by=qa, reason=WHY)
    actions.finish_investigation(deviation=made, by=operator)
    actions.send_back_investigation(deviation=made, by=qa, reason=WHY)
    actions.finish_investigation(deviation=made, by=operator)
    actions.close_deviation(deviation=made, **closing(made, qa), by=qa)
    assert state(made) == ("closed", "major", 1)


def test_what_is_not_investigated_or_classed_is_not_closed(batch, operator, qa):
    made = opened(batch, operator, owner=operator, **INVESTIGATED)
    with pytest.raises(ActionRefused, match="not investigated yet"):
        actions.close_deviation(deviation=made, **closing(made, qa), by=qa)
    actions.finish_investigation(deviation=made, by=operator)
    with pytest.raises(ActionRefused, match="no class yet"):
        actions.close_deviation(deviation=made, **closing(made, qa), by=qa)


def test_a_value_emptied_after_the_investigation_keeps_it_from_closing(batch, operator, reviewer, qa):
    made = investigated(batch, operator, reviewer)
    write(made, operator, WHY, cause="")
    with pytest.raises(ActionRefused, match="can't be closed: Cause is empty"):
        actions.close_deviation(deviation=made, **closing(made, qa), by=qa)


def test_r041_a_wrong_password_closes_nothing_and_is_kept(batch, operator, reviewer, qa):
    made = investigated(batch, operator, reviewer)
    with pytest.raises(IdentityRefused):
        actions.close_deviation(deviation=made, **closing(made, qa, password="guess"), by=qa)
    entry = Entry.objects.get(action="identity_failed")
    assert (state(made)[0], entry.act, entry.actor) == ("investigated", "close_deviation", qa)
    # A wrong password is no change: the page that was shown may still be signed.
    actions.close_deviation(deviation=made, **closing(made, qa), by=qa)


def test_r041_a_closing_by_passkey_signs_the_last_entry_that_the_page_showed(batch, operator, reviewer, qa):
    device = Device()
    passkey_of(qa, device)
    made = investigated(batch, operator, reviewer)
    shown = last_written(made)
    actions.close_deviation(deviation=made, **closing_by(device, made, qa), by=qa)
    [signature] = DeviationSignature.objects.all()
    said = json.loads(signature.statement)
    assert (signature.means, signature.credential_name) == ("passkey", "Key ring")
    assert (signature.entry_signed, signature.leaf_signed) == shown
    assert (said["subject"], said["sha256"]) == (f"Deviation {made.number}, round 1", shown[1])
    assert [one.validity for one in signatures_of(made)] == ["valid"]


def test_r039_nobody_closes_whose_identity_is_not_verified(batch, operator, reviewer):
    unverified = {"identity_words": "", "identity_verified_at": None, "identity_verified_by": None}
    closer = PersonFactory(username="qa9", role="qa", **unverified)
    made = investigated(batch, operator, reviewer)
    with pytest.raises(ActionRefused, match="identity"):
        actions.close_deviation(deviation=made, **closing(made, closer), by=closer)
    assert state(made)[0] == "investigated"


def test_a_deviation_that_changed_while_it_was_read_is_not_closed(batch, operator, reviewer, qa):
    made = investigated(batch, operator, reviewer)
    given = closing(made, qa)
    actions.note_deviation(deviation=made, words="One more thing.", by=operator)
    with pytest.raises(ActionRefused, match="changed while you were reading"):
        actions.close_deviation(deviation=made, **given, by=qa)


def test_closing_twice_is_refused(batch, operator, reviewer, qa):
    made = investigated(batch, operator, reviewer)
    given = closing(made, qa)
    actions.close_deviation(deviation=made, **given, by=qa)
    with pytest.raises(ActionRefused, match="was closed by qa1: reopen it"):
        actions.close_deviation(deviation=made, **given, by=qa)
    assert DeviationSignature.objects.count() == 1


def test_a_closed_deviation_takes_no_change_of_any_kind(batch, other_batch, operator, qa):
    made = closed(batch, operator, qa)
    tries = [
        lambda: write(made, operator, WHY, impact="None"),
        lambda: actions.note_deviation(deviation=made, words="late", by=operator),
        lambda: actions.class_deviation(deviation=made, grade="critical", by=qa, reason=WHY),
        lambda: actions.lower_deviation_class(deviation=made, grade="minor", by=qa, reason=WHY),
        lambda: actions.assign_deviation(deviation=made, owner=None, due_on=None, by=qa, reason=WHY),
        lambda: actions.name_affected_batch(
            deviation=made, batch=other_batch, words="Same rotor", by=operator
        ),
        lambda: actions.finish_investigation(deviation=made, by=operator),
        lambda: actions.send_back_investigation(deviation=made, by=qa, reason=WHY),
        lambda: actions.void_deviation(deviation=made, by=qa, reason=WHY),
    ]
    for attempt in tries:
        with pytest.raises(ActionRefused, match="was closed by qa1"):
            attempt()
    assert state(made) == ("closed", "major", 1)


def test_r037_reopening_keeps_the_signature_and_shows_it_as_no_longer_valid(batch, operator, reviewer, qa):
    made = closed(batch, operator, qa)
    with pytest.raises(ReasonMissing):
        actions.reopen_deviation(deviation=made, by=reviewer, reason=Reason("other", " "))
    actions.reopen_deviation(deviation=made, by=reviewer, reason=WHY)
    assert state(made) == ("open", "major", 2)
    [shown] = signatures_of(made)
    assert (shown.is_valid, shown.validity) == (False, "reopened after this signature: no longer valid")
    with pytest.raises(ActionRefused, match="only a closed one is reopened"):
        actions.reopen_deviation(deviation=made, by=reviewer, reason=WHY)
    actions.finish_investigation(deviation=made, by=operator)
    actions.close_deviation(deviation=made, **closing(made, qa), by=qa)
    assert [one.is_valid for one in signatures_of(made)] == [False, True]


def test_r037_a_signature_bound_to_an_entry_that_is_not_there_does_not_fit(batch, operator, qa):
    made = closed(batch, operator, qa)
    another = closed(batch, operator, qa)
    with transaction.atomic():  # as if it had been moved from one deviation to another
        moved = DeviationSignature.objects.get(deviation=another)
        moved.pk, moved.round, moved.deviation, moved._state.adding = None, 2, made, True
        records.save(moved, by=qa)
    assert [one.validity for one in signatures_of(made)] == [
        "valid",
        "does not fit: the entry it was bound to is another one",
    ]


def test_operators_reopen_nothing(batch, operator, qa):
    with pytest.raises(RoleRefused):
        actions.reopen_deviation(deviation=closed(batch, operator, qa), by=operator, reason=WHY)


def test_voiding_needs_a_reason_and_a_second_person(batch, operator, reviewer, qa):
    made = opened(batch, reviewer, grade="minor")
    with pytest.raises(ActionRefused, match="somebody else"):
        actions.void_deviation(deviation=made, by=reviewer, reason=WHY)
    with pytest.raises(RoleRefused):
        actions.void_deviation(deviation=made, by=operator, reason=WHY)
    actions.void_deviation(deviation=made, by=qa, reason=WHY)
    assert state(made)[0] == "voided"
    with pytest.raises(ActionRefused, match="was voided by qa1"):
        write(made, operator, impact="None")


def test_a_reviewer_does_not_void_what_is_not_minor(batch, operator, reviewer):
    with pytest.raises(RoleRefused, match="can't close or void"):
        actions.void_deviation(deviation=opened(batch, operator), by=reviewer, reason=WHY)


def test_a_deactivated_closer_is_refused(batch, operator, reviewer, qa, administrator):
    made = investigated(batch, operator, reviewer)
    set_active(person=qa, is_active=False, by=administrator, reason=Reason("administration", "left"))
    qa.refresh_from_db()
    with pytest.raises(RoleRefused, match="deactivated"):
        actions.close_deviation(deviation=made, **closing(made, qa), by=qa)


def test_the_database_itself_holds_the_second_person(batch, operator, reviewer):
    made = investigated(batch, operator, reviewer)
    made.status, made.closed_at, made.closed_by = "closed", timezone.now(), operator
    with pytest.raises(ValueRefused, match="Somebody else"), transaction.atomic():
        records.save(made, by=operator)


def test_a_place_in_a_batch_needs_its_batch(operator):
    with pytest.raises(ValueRefused, match="belong to a batch"):
        actions.open_deviation(
            place=Place(kind=Deviation.Place.STEP, number=1), happened="Spilt", by=operator
        )


def test_r001_every_change_leaves_an_entry_with_its_reason(batch, operator, reviewer, qa):
    made = closed(batch, operator, qa)
    actions.reopen_deviation(deviation=made, by=reviewer, reason=WHY)
    rows = Entry.objects.filter(kind="qc.deviation", action__in=["created", "changed"]).order_by("id")
    assert [entry.act for entry in rows] == [
        "open_deviation",
        "class_deviation",
        "finish_investigation",
        "close_deviation",
        "reopen_deviation",
    ]
    assert json.loads(rows.last().body)["reason"] == {"category": WHY.category, "words": WHY.words}
