"""Approving a master version: complete, by a second person, who proves their identity."""

import json
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from audit import records
from audit.models import Entry
from audit.refusal import ActionRefused, RoleRefused
from batches.masters import actions, drafts
from batches.masters.models import MasterVersion
from batches.masters.ready import problems_of
from tests.batches.masters.test_masters import LIMITS, STEP, begun, planned
from tests.factories import MasterVersionFactory, PersonFactory, system
from tests.factories.people import PASSWORD
from tests.factories.records import CriterionFactory, PlannedStepFactory, StepLimitFactory


@pytest.fixture
def draft(db, reviewer):
    return begun(reviewer)


@pytest.fixture
def ready(draft, reviewer):
    planned(draft, reviewer, "Clear", "Pellet")
    return draft


def test_approval_makes_a_version_effective_and_signs_it(ready, qa):
    version = actions.approve_version(version=ready, password=PASSWORD, by=qa)
    assert (version.status, version.approved_by) == ("effective", qa)
    signed = Entry.objects.get(action="signed")
    assert (signed.actor_name, signed.object_label) == ("QA One", "Master record MBR-UC v1")
    assert json.loads(signed.body)["detail"] == {"meaning": actions.APPROVAL}


def test_approval_retires_the_version_before_in_the_same_breath(ready, reviewer, qa):
    actions.approve_version(version=ready, password=PASSWORD, by=qa)
    second = actions.draft_version(master=ready.master, change_note="Colder", by=reviewer)
    actions.approve_version(version=second, password=PASSWORD, by=qa)
    states = MasterVersion.objects.order_by("number").values_list("number", "status")
    assert list(states) == [(1, "retired"), (2, "effective")]


def test_one_effective_version_per_master_by_the_database(db):
    version = MasterVersionFactory()
    second = MasterVersion(
        master=version.master,
        number=2,
        status="effective",
        specification_code="S",
        prepared_at=version.prepared_at,
        prepared_by=version.prepared_by,
        approved_at=version.approved_at,
        approved_by=version.approved_by,
    )
    with pytest.raises((IntegrityError, ActionRefused)), transaction.atomic():
        records.save(second, by=system())
    assert MasterVersion.objects.count() == 1


def test_r048_the_preparer_can_not_approve(db, qa):
    version = begun(qa)
    planned(version, qa, "A")
    with pytest.raises(ActionRefused, match="another person approves"):
        actions.approve_version(version=version, password=PASSWORD, by=qa)
    assert MasterVersion.objects.get().status == "draft"
    assert Entry.objects.filter(action="refused", actor=qa, act="approve_version").count() == 1


@pytest.mark.parametrize(
    "write",
    [
        lambda v, by: drafts.set_planned_step(version=v, values={**STEP, "name": "More"}, by=by),
        lambda v, by: drafts.set_limit(
            step=v.planned_steps.get(position=1), field="volume_in_ml", values=LIMITS, by=by
        ),
        lambda v, by: drafts.describe_draft(version=v, change_note="So", by=by),
    ],
)
def test_r048_whoever_wrote_in_a_draft_can_not_approve_it(ready, qa, write):
    write(ready, qa)
    with pytest.raises(ActionRefused, match="another person approves"):
        actions.approve_version(version=ready, password=PASSWORD, by=qa)


def test_approval_asks_for_the_password_again(ready, qa):
    with pytest.raises(ActionRefused, match="not your password"):
        actions.approve_version(version=ready, password="wrong", by=qa)
    assert MasterVersion.objects.get().status == "draft"
    assert Entry.objects.filter(action="identity_failed", actor=qa).count() == 1


def test_an_incomplete_draft_is_not_approved(draft, qa):
    with pytest.raises(ActionRefused, match="Not ready to be approved: no step is planned"):
        actions.approve_version(version=draft, password=PASSWORD, by=qa)


def test_what_keeps_a_draft_from_approval_is_named(db):
    version = MasterVersionFactory(number=2, status="draft", approved_at=None, approved_by=None)
    step = PlannedStepFactory(version=version, position=3, method="size_exclusion")
    StepLimitFactory(planned_step=step, field="duration_min", action_low=Decimal(1))
    CriterionFactory(version=version, attribute="glamour", kind="report")
    assert problems_of(MasterVersion.objects.with_content().get(pk=version.pk)) == [
        "it is not said what changed and why",
        "the steps are not numbered 1, 2, 3 … without holes",
        "step 3 limits duration_min, which Size-exclusion chromatography does not record",
        "the specification names glamour, which no result is computed for",
    ]


@pytest.mark.parametrize("role", ["operator", "reviewer", "auditor", "administrator"])
def test_masters_are_not_approved_by_other_roles(ready, role):
    with pytest.raises(RoleRefused):
        actions.approve_version(version=ready, password=PASSWORD, by=PersonFactory(role=role))
    assert MasterVersion.objects.get().status == "draft"
