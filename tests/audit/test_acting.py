"""The frame of every action: roles, one transaction, refusals kept as entries."""

import json

import pytest
from django.db import transaction

from audit import records
from audit.acting import action, keep_refusal, running_act
from audit.models import Entry
from audit.refusal import ActionRefused, OutsideTheDoor, RoleRefused, ValueRefused
from batches.source.models import Donor
from tests.factories import BatchFactory, DonorFactory


@action(may={"operator"})
def add_donor(*, code, by):
    record = Donor(code=code)
    records.save(record, by=by)
    return record


@action(may={"operator"})
def add_donor_then_refuse(*, code, by, about=None):
    add_donor(code=code, by=by)
    raise ActionRefused("Not today.")


@action(may={"operator", "qa"})
def add_two_donors(*, by):
    return [add_donor(code=f"DN-000{n}", by=by) for n in (1, 2)]


def refusals():
    return [
        (entry.act, entry.actor_username, json.loads(entry.body)["detail"])
        for entry in Entry.objects.filter(action="refused").order_by("id")
    ]


def test_action_returns_what_its_function_returns(operator):
    assert add_donor(code="DN-0001", by=operator) == Donor.objects.get()
    assert Entry.objects.latest("id").act == "add_donor"


def test_r009_action_of_another_role_is_refused_and_kept(auditor):
    words = "Your role (auditor) can't add donor. It is for: operator."
    with pytest.raises(RoleRefused) as refused:
        add_donor(code="DN-0001", by=auditor)
    assert str(refused.value) == words
    assert refusals() == [("add_donor", "auditor1", {"words": words})]
    assert Donor.objects.count() == 0


def test_action_of_a_deactivated_person_is_refused(operator):
    operator.is_active = False
    with pytest.raises(RoleRefused) as refused:
        add_donor(code="DN-0001", by=operator)
    assert str(refused.value) == "This account is deactivated."


def test_r009_refused_action_undoes_everything_but_the_entry_of_the_refusal(operator):
    with pytest.raises(ActionRefused):
        add_donor_then_refuse(code="DN-0001", by=operator)
    assert Donor.objects.count() == 0
    assert refusals() == [("add_donor_then_refuse", "operator1", {"words": "Not today."})]


def test_refusal_names_the_record_it_was_about(operator):
    batch = BatchFactory(by=operator)
    with pytest.raises(ActionRefused):
        add_donor_then_refuse(code="DN-0001", about=batch, by=operator)
    entry = Entry.objects.get(action="refused")
    assert (entry.kind, entry.object_id, entry.batch_number) == ("batches.batch", batch.pk, batch.number)


def test_action_within_an_action_runs_under_the_outer_name(operator):
    assert [donor.code for donor in add_two_donors(by=operator)] == ["DN-0001", "DN-0002"]
    assert list(Entry.objects.filter(kind="batches.donor").values_list("act", flat=True)) == [
        "add_two_donors",
        "add_two_donors",
    ]


def test_action_within_an_action_asks_for_its_own_role(qa):
    with pytest.raises(RoleRefused):
        add_two_donors(by=qa)
    assert [act for act, _, _ in refusals()] == ["add_two_donors"]
    assert Donor.objects.count() == 0


def test_no_action_runs_before_or_after_one(operator):
    assert running_act() == ""
    add_donor(code="DN-0001", by=operator)
    with pytest.raises(ActionRefused):
        add_donor_then_refuse(code="DN-0002", by=operator)
    assert running_act() == ""


def test_action_tells_which_roles_it_is_for():
    assert add_two_donors.may == frozenset({"operator", "qa"})


def test_refusal_outside_of_an_action_is_kept_too(operator):
    keep_refusal(ActionRefused("No."), by=operator)
    assert refusals() == [("", "operator1", {"words": "No."})]


# --- querysets of tracked models ----------------------------------------------------------------

WRITES = [
    lambda donors, donor: donors.update(notes="x"),
    lambda donors, donor: donors.filter(pk=donor.pk).update(notes="x"),
    lambda donors, donor: donors.delete(),
    lambda donors, donor: donors.filter(pk=donor.pk).delete(),
    lambda donors, donor: donors.create(code="DN-0009"),
    lambda donors, donor: donors.get_or_create(code="DN-0009"),
    lambda donors, donor: donors.update_or_create(code="DN-0009"),
    lambda donors, donor: donors.bulk_create([Donor(code="DN-0009")]),
    lambda donors, donor: donors.bulk_update([donor], ["notes"]),
    lambda donors, donor: donors._raw_delete("default"),
    lambda donors, donor: Donor._base_manager.filter(pk=donor.pk).update(notes="x"),
    lambda donors, donor: donor.source_lots.update(code="x"),
    lambda donors, donor: donor.delete(),
]


@pytest.mark.parametrize("write", WRITES)
def test_r011_queryset_of_a_tracked_model_refuses_to_write(db, write):
    donor = DonorFactory(notes="first")
    with pytest.raises(OutsideTheDoor):
        write(Donor.objects.all(), donor)
    assert list(Donor.objects.values_list("code", "notes")) == [(donor.code, "first")]


@pytest.mark.parametrize(
    "write",
    [
        lambda: Entry.objects.all().delete(),
        lambda: Entry.objects.update(body="{}"),
        lambda: Entry.objects.create(body="{}"),
        lambda: Entry.objects.bulk_create([Entry(body="{}")]),
        lambda: Entry.objects.latest("id").save(),
        lambda: Entry.objects.latest("id").delete(),
    ],
)
def test_r011_entries_are_never_changed_or_deleted(operator, write):
    before = list(Entry.objects.order_by("id").values_list("id", "body"))
    with pytest.raises(OutsideTheDoor):
        write()
    assert list(Entry.objects.order_by("id").values_list("id", "body")) == before


# --- values that the database refuses -----------------------------------------------------------


@action(may={"operator"})
def add_or_take_known_donor(*, code, may_fail, by):
    try:
        records.save(Donor(code=code), by=by, may_fail=may_fail)
    except ValueRefused:
        return Donor.objects.get(code=code)


def test_action_that_goes_on_after_a_refused_value_says_so_before(operator):
    add_donor(code="DN-0001", by=operator)
    assert add_or_take_known_donor(code="DN-0001", may_fail=True, by=operator) == Donor.objects.get()


def test_action_that_goes_on_after_a_refused_value_unasked_is_stopped(operator):
    add_donor(code="DN-0001", by=operator)
    before = Entry.objects.count()
    with pytest.raises(transaction.TransactionManagementError):
        add_or_take_known_donor(code="DN-0001", may_fail=False, by=operator)
    assert (Donor.objects.count(), Donor.history.count(), Entry.objects.count()) == (1, 1, before)


def test_action_refused_by_the_database_keeps_the_refusal(operator):
    add_donor(code="DN-0001", by=operator)
    with pytest.raises(ValueRefused):
        add_donor(code="DN-0001", by=operator)
    assert refusals() == [("add_donor", "operator1", {"words": "This code is already taken."})]
    assert (Donor.objects.count(), Donor.history.count()) == (1, 1)
