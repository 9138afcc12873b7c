"""Approving a master version: complete, by a second person, who proves their identity."""

import json
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from fido2.utils import websafe_decode

from accounts.proving import Proof
from accounts.statements import Signing, offer
from audit import records
from audit.models import Entry
from audit.refusal import ActionRefused, Reason, RoleRefused
from batches.masters import actions, drafts
from batches.masters.models import MasterVersion, PlannedStep
from batches.masters.plans import freeze, sha256_signed
from batches.masters.ready import problems_of
from batches.masters.signing import MasterSignature, signatures_of
from tests.batches.masters.test_masters import LIMITS, STEP, begun, planned
from tests.factories import MasterVersionFactory, PersonFactory, system
from tests.factories.evidence import put
from tests.factories.passkeys import Device, passkey_of
from tests.factories.records import CriterionFactory, PlannedStepFactory, StepLimitFactory
from tests.factories.specifications import approving


@pytest.fixture
def draft(db, reviewer):
    return begun(reviewer)


@pytest.fixture
def ready(draft, reviewer):
    planned(draft, reviewer, "Clear", "Pellet")
    return draft


def test_approval_makes_a_version_effective_and_signs_it(ready, qa):
    version = actions.approve_version(version=ready, **approving(ready, qa), by=qa)
    assert (version.status, version.approved_by) == ("effective", qa)
    [signature] = MasterSignature.objects.all()
    assert (signature.printed_name, signature.means, signature.sha256) == (
        "QA One",
        "password",
        sha256_signed(version),
    )
    told = {"meaning": "Master record approved", "sha256": signature.sha256, "means": "password"}
    assert json.loads(Entry.objects.get(action="signed").body)["detail"] == told
    assert [one.validity for one in signatures_of(version)] == ["valid"]


def test_r041_approval_by_passkey_signs_what_the_version_says(ready, qa):
    device = Device()
    passkey_of(qa, device)
    shown = offer(ready.trail_label, sha256_signed(ready), qa)
    answer = device.got(websafe_decode(shown.challenge("master_approved")))
    signing = Signing(Proof(passkey=answer), shown.token())
    actions.approve_version(version=ready, signing=signing, by=qa)
    [signature] = MasterSignature.objects.all()
    assert (signature.means, signature.credential_name, signature.proof != "") == (
        "passkey",
        "Key ring",
        True,
    )
    assert json.loads(signature.statement)["sha256"] == signature.sha256


def test_r036_what_changed_while_it_was_read_is_not_approved(ready, reviewer, qa):
    given = approving(ready, qa)
    drafts.set_planned_step(version=ready, values={**STEP, "name": "More"}, by=reviewer)
    with pytest.raises(ActionRefused, match="changed while you were reading it"):
        actions.approve_version(version=ready, **given, by=qa)
    assert MasterVersion.objects.get().status == "draft"


def test_r036_no_batch_is_opened_on_a_version_that_does_not_read_as_signed(ready, qa):
    version = actions.approve_version(version=ready, **approving(ready, qa), by=qa)
    step = PlannedStep.objects.filter(version=version).first()
    step.instructions = "Spin faster"
    put(step, Reason("process", "behind the door"))
    read = MasterVersion.objects.with_content().get(pk=version.pk)
    with pytest.raises(ActionRefused, match="does not read as it was approved"), transaction.atomic():
        freeze(read, by=qa)


def test_approval_retires_the_version_before_in_the_same_breath(ready, reviewer, qa):
    actions.approve_version(version=ready, **approving(ready, qa), by=qa)
    second = actions.draft_version(master=ready.master, change_note="Colder", by=reviewer)
    actions.approve_version(version=second, **approving(second, qa), by=qa)
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
        actions.approve_version(version=version, **approving(version, qa), by=qa)
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
        actions.approve_version(version=ready, **approving(ready, qa), by=qa)


def test_approval_asks_for_the_password_again(ready, qa):
    with pytest.raises(ActionRefused, match="not your password"):
        actions.approve_version(version=ready, **approving(ready, qa, password="wrong"), by=qa)
    assert MasterVersion.objects.get().status == "draft"
    assert Entry.objects.filter(action="identity_failed", actor=qa).count() == 1


def test_an_incomplete_draft_is_not_approved(draft, qa):
    with pytest.raises(ActionRefused, match="Not ready to be approved: no step is planned"):
        actions.approve_version(version=draft, **approving(draft, qa), by=qa)


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
    person = PersonFactory(role=role)
    with pytest.raises(RoleRefused):
        actions.approve_version(version=ready, **approving(ready, person), by=person)
    assert MasterVersion.objects.get().status == "draft"
