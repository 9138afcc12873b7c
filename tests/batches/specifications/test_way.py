"""The way of a specification: every step of it, and everything that is refused on it."""

import json

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from fido2.utils import websafe_decode

from accounts.actions import change_person
from accounts.proving import Proof
from accounts.statements import Signing, offer
from audit import records
from audit.models import Entry
from audit.refusal import ActionRefused, OutsideTheDoor, Reason, RoleRefused, ValueRefused
from batches.masters import actions as master_actions
from batches.specifications import actions, drafts
from batches.specifications.content import content_of, sha256_of
from batches.specifications.models import (
    Specification,
    SpecificationCriterion,
    SpecificationSignature,
    SpecificationVersion,
)
from batches.specifications.signing import signatures_of
from tests.batches.specifications.conftest import read
from tests.factories import MasterVersionFactory, PersonFactory, ProductFactory, system
from tests.factories.passkeys import Device, passkey_of
from tests.factories.specifications import MODE, approved, approving, draft_specification, next_specification

WHY = Reason("process", "as the validation shows")


def approve(version, by, **changed):
    return actions.approve_specification(version=version, **approving(version, by, **changed), by=by)


def states():
    return list(SpecificationVersion.objects.order_by("number").values_list("number", "status"))


# --- the way --------------------------------------------------------------------------------------


def test_a_specification_begins_as_an_empty_draft(reviewer):
    version = actions.add_specification(product=ProductFactory(), code="SPEC-1", title="EVs", by=reviewer)
    assert (version.number, version.status, version.prepared_by) == (1, "draft", reviewer)
    assert Specification.objects.get().product == version.specification.product


def test_the_whole_way_from_draft_to_retired(draft, reviewer, qa):
    version = actions.submit_specification(version=draft, by=reviewer)
    assert (version.status, version.submitted_by) == ("in_review", reviewer)
    approve(version, qa)
    version = read(version)
    assert (version.status, version.approved_by) == ("approved", qa)
    version = actions.make_specification_effective(version=version, by=qa)
    assert (version.status, version.effective_by) == ("effective", qa)
    version = actions.retire_specification(version=version, words=" No longer made. ", by=qa)
    assert (version.status, version.retired_by, version.retired_words) == ("retired", qa, "No longer made.")


def test_r036_approval_is_a_signature_over_the_content(in_review, qa):
    signature = approve(in_review, qa, comment=" As discussed. ")
    assert (signature.printed_name, signature.username, signature.role) == (
        "QA One",
        "qa1",
        "Quality assurance",
    )
    assert signature.get_meaning_display() == "Specification approved"
    assert (signature.comment, signature.means) == ("As discussed.", "password")
    assert signature.sha256 == sha256_of(read(in_review))
    entry = Entry.objects.get(action="signed")
    assert json.loads(entry.body)["detail"] == {
        "meaning": "Specification approved",
        "sha256": signature.sha256,
        "means": "password",
    }
    assert [shown.validity for shown in signatures_of(read(in_review))] == ["valid"]


def test_r041_approval_by_passkey_signs_the_content_and_serves_that_version_only(in_review, qa):
    device = Device()
    passkey_of(qa, device)
    sha256 = sha256_of(read(in_review))
    for subject in ("Specification SPEC-1 v2", in_review.trail_label):
        shown = offer(subject, sha256, qa)
        answer = device.got(websafe_decode(shown.challenge("specification_approved")))
        signing = Signing(Proof(passkey=answer), shown.token())
        if subject != in_review.trail_label:
            with pytest.raises(ActionRefused, match="not what it was given"):
                actions.approve_specification(version=in_review, signing=signing, by=qa)
    signature = actions.approve_specification(version=in_review, signing=signing, by=qa)
    assert (signature.means, signature.domain) == ("passkey", "localhost")
    said = json.loads(signature.statement)
    assert (said["subject"], said["sha256"], said["signer"]) == (in_review.trail_label, sha256, "qa1")


def test_becoming_effective_retires_the_version_before_in_the_same_breath(effective, reviewer, qa):
    next_specification(effective, by=reviewer, qa=qa)
    assert states() == [(1, "retired"), (2, "effective")]
    assert read(effective).retired_words == "Version 2 became effective."
    assert read(effective).retired_by == qa


def test_the_next_version_is_a_copy_of_the_effective_one(effective, reviewer):
    copy = actions.draft_specification(specification=effective.specification, by=reviewer)
    dropped = drafts.add_specification_criterion(
        version=copy, attribute="d50_nm", values={"kind": "report"}, by=reviewer
    )
    drafts.drop_specification_criterion(criterion=dropped, by=reviewer)
    assert content_of(read(copy)) == {**content_of(read(effective)), "version": 2}


def test_the_next_version_of_a_retired_one_is_a_copy_of_the_latest(retired, reviewer):
    copy = actions.draft_specification(specification=retired.specification, by=reviewer)
    assert content_of(read(copy))["criteria"] == content_of(read(retired))["criteria"]


def test_sending_back_says_why_and_opens_the_draft_again(in_review, qa, reviewer):
    version = actions.send_back_specification(version=in_review, words="The mode is too wide.", by=qa)
    assert (version.status, version.sent_back_words, version.sent_back_by) == (
        "draft",
        "The mode is too wide.",
        qa,
    )
    assert (version.submitted_at, version.submitted_by) == (None, None)
    drafts.add_specification_criterion(
        version=version, attribute="d50_nm", values={"kind": "report"}, by=reviewer
    )
    again = actions.submit_specification(version=version, by=reviewer)
    assert again.status == "in_review"
    # Sending back is judging: who did only this may still approve.
    assert approve(again, qa).signed_by == qa


def test_criteria_that_a_master_holds_itself_can_begin_a_specification(reviewer):
    master = MasterVersionFactory()
    version = actions.add_specification(
        product=master.master.product, code="SPEC-1", title="Own", criteria_of=master, by=reviewer
    )
    (criterion,) = content_of(read(version))["criteria"]
    assert (criterion["attribute"], criterion["operator"], criterion["limit"]["action_high"]) == (
        "mode_nm",
        "range",
        "150",
    )


# --- what is refused ------------------------------------------------------------------------------

ACTS = {
    "submit": lambda v, by: actions.submit_specification(version=v, by=by),
    "send_back": lambda v, by: actions.send_back_specification(version=v, words="Look again", by=by),
    "approve": approve,
    "make_effective": lambda v, by: actions.make_specification_effective(version=v, by=by),
    "retire": lambda v, by: actions.retire_specification(version=v, words="Not needed", by=by),
}
ALLOWED = {
    ("draft", "submit"),
    ("in_review", "send_back"),
    ("in_review", "approve"),
    ("signed", "make_effective"),
    ("signed", "retire"),
    ("effective", "retire"),
}
STAGES = ("draft", "in_review", "signed", "effective", "retired")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("stage", STAGES)
def test_every_other_step_of_the_way_is_refused(request, stage, act):
    version, qa = request.getfixturevalue(stage), PersonFactory(role="qa")
    before = read(version).status
    if (stage, act) in ALLOWED:
        ACTS[act](version, qa)
        assert read(version).status != before
        return
    with pytest.raises(ActionRefused, match=r"SPEC-1 v1 is .*: only a version that is"):
        ACTS[act](version, qa)
    assert read(version).status == before


WRITING = {
    "describe": lambda v, c, by: drafts.describe_specification(version=v, change_note="So", by=by),
    "add": lambda v, c, by: drafts.add_specification_criterion(
        version=v, attribute="d50_nm", values={"kind": "report"}, by=by
    ),
    "set": lambda v, c, by: drafts.set_specification_criterion(
        criterion=c, values={"replicates": "each"}, by=by, reason=WHY
    ),
    "move": lambda v, c, by: drafts.move_specification_criterion(criterion=c, to=1, by=by),
    "drop": lambda v, c, by: drafts.drop_specification_criterion(criterion=c, by=by),
}


@pytest.mark.parametrize("write", WRITING)
@pytest.mark.parametrize("stage", STAGES[1:])
def test_r006_nobody_writes_in_what_is_no_draft(request, reviewer, stage, write):
    version = request.getfixturevalue(stage)
    before = sha256_of(read(version))
    with pytest.raises(ActionRefused, match="can't be written in"):
        WRITING[write](version, read(version).criteria.get(), reviewer)
    assert sha256_of(read(version)) == before


@pytest.mark.parametrize("stage", STAGES[:3])
def test_one_version_is_on_its_way_at_a_time(request, stage, reviewer):
    version = request.getfixturevalue(stage)
    with pytest.raises(ActionRefused, match=r"SPEC-1 v1 is .*: it becomes effective or is retired first"):
        actions.draft_specification(specification=version.specification, by=reviewer)


@pytest.mark.parametrize(
    ("number", "note", "criteria", "words"),
    [
        (1, "", (), "nothing is specified"),
        (2, "", (("mode_nm", MODE),), "it is not said what changed and why"),
    ],
)
def test_an_incomplete_draft_is_not_submitted(reviewer, number, note, criteria, words):
    version = draft_specification(by=reviewer, criteria=criteria)
    if number == 2:
        approver = PersonFactory(role="qa")
        version = approved(actions.submit_specification(version=version, by=reviewer), by=approver)
        version = actions.make_specification_effective(version=version, by=approver)
        version = actions.draft_specification(specification=version.specification, by=reviewer)
    with pytest.raises(ActionRefused, match=f"not ready to be submitted: {words}"):
        actions.submit_specification(version=version, by=reviewer)


@pytest.mark.parametrize("words", ["", "  ", "ok"])
@pytest.mark.parametrize(("stage", "act"), [("in_review", "send_back"), ("effective", "retire")])
def test_sending_back_and_retiring_ask_for_words(request, qa, stage, act, words):
    version = request.getfixturevalue(stage)
    call = {"send_back": actions.send_back_specification, "retire": actions.retire_specification}[act]
    with pytest.raises(ValueRefused, match="Say w") as refused:
        call(version=version, words=words, by=qa)
    assert refused.value.field == "words"


def test_a_product_that_is_not_in_use_gets_no_specification(reviewer):
    with pytest.raises(ValueRefused, match="not in use"):
        draft_specification(product=ProductFactory(is_active=False), by=reviewer)


def test_a_code_is_used_once(draft, reviewer):
    with pytest.raises(ValueRefused, match="already taken") as refused:
        actions.add_specification(product=ProductFactory(), code="SPEC-1", title="Other", by=reviewer)
    assert refused.value.field == "code"


# --- two people -----------------------------------------------------------------------------------


def test_r048_the_preparer_can_not_approve(qa):
    version = actions.submit_specification(version=draft_specification(by=qa), by=qa)
    with pytest.raises(ActionRefused, match="another person approves it"):
        approve(version, qa)
    assert read(version).status == "in_review"
    assert Entry.objects.filter(action="refused", actor=qa, act="approve_specification").count() == 1


@pytest.mark.parametrize("write", [*WRITING, "submit", "drop a line that is gone"])
def test_r048_whoever_wrote_in_a_draft_can_not_approve_it(draft, reviewer, qa, write):
    more = drafts.add_specification_criterion(
        version=draft, attribute="mean_nm", values={"kind": "report"}, by=reviewer
    )
    if write == "submit":
        actions.submit_specification(version=draft, by=qa)
    else:
        if write == "drop a line that is gone":
            drafts.drop_specification_criterion(criterion=more, by=qa)
        else:
            WRITING[write](draft, more, qa)
        actions.submit_specification(version=draft, by=reviewer)
    with pytest.raises(ActionRefused, match="another person approves it"):
        approve(draft, qa)


def test_r048_a_writer_whose_role_changed_can_not_approve(in_review, reviewer, administrator):
    reason = Reason("administration", "moved to quality assurance")
    person = change_person(
        person=reviewer, printed_name="Reviewer One", role="qa", by=administrator, reason=reason
    )
    with pytest.raises(ActionRefused, match="another person approves it"):
        approve(in_review, person)


def test_r048_who_submitted_and_was_sent_back_can_not_approve_either(draft, reviewer, qa):
    actions.submit_specification(version=draft, by=qa)
    actions.send_back_specification(version=draft, words="Look again", by=reviewer)
    version = actions.submit_specification(version=draft, by=reviewer)
    with pytest.raises(ActionRefused, match="another person approves it"):
        approve(version, qa)


def test_r048_the_database_refuses_one_person_too(in_review, reviewer):
    version = read(in_review)
    version.status, version.approved_at, version.approved_by = "approved", timezone.now(), reviewer
    with pytest.raises(ValueRefused, match="somebody who did not prepare it"), transaction.atomic():
        records.save(version, by=system())


def test_r063_what_another_person_approved_may_become_effective_by_its_writer(qa):
    """Two people have said yes by then: who wrote it, and who approved it."""
    version = approved(actions.submit_specification(version=draft_specification(by=qa), by=qa))
    assert actions.make_specification_effective(version=version, by=qa).status == "effective"


# --- identity, stale pages, roles -----------------------------------------------------------------


def test_r041_approval_asks_for_the_password_again(in_review, qa):
    with pytest.raises(ActionRefused, match="not your password"):
        approve(in_review, qa, password="wrong")
    assert read(in_review).status == "in_review"
    assert Entry.objects.filter(action="identity_failed", actor=qa).count() == 1


def test_r036_a_version_that_changed_while_it_was_read_is_not_approved(in_review, reviewer, qa):
    shown = sha256_of(read(in_review))
    actions.send_back_specification(version=in_review, words="Forgot the median", by=reviewer)
    drafts.add_specification_criterion(
        version=in_review, attribute="d50_nm", values={"kind": "report"}, by=reviewer
    )
    actions.submit_specification(version=in_review, by=reviewer)
    with pytest.raises(ActionRefused, match="SPEC-1 v1 changed while you were reading it"):
        approve(in_review, qa, sha256=shown)
    assert SpecificationSignature.objects.count() == 0


OTHER_ROLES = ("operator", "auditor", "administrator")


@pytest.mark.parametrize("role", OTHER_ROLES)
def test_specifications_are_not_written_by_other_roles(draft, role):
    with pytest.raises(RoleRefused):
        actions.submit_specification(version=draft, by=PersonFactory(role=role))
    with pytest.raises(RoleRefused):
        draft_specification(by=PersonFactory(role=role), code="SPEC-2")
    assert read(draft).status == "draft"


@pytest.mark.parametrize("role", [*OTHER_ROLES, "reviewer"])
@pytest.mark.parametrize(
    ("stage", "act"), [("in_review", "approve"), ("signed", "make_effective"), ("effective", "retire")]
)
def test_only_quality_assurance_decides(request, stage, act, role):
    version = request.getfixturevalue(stage)
    before = read(version).status
    with pytest.raises(RoleRefused):
        ACTS[act](version, PersonFactory(role=role))
    assert read(version).status == before


# --- what the database holds ----------------------------------------------------------------------


def test_one_version_is_effective_by_the_database(effective, qa):
    with pytest.raises(ValueRefused, match="is effective"):
        copy_of(effective, status="effective")
    assert states() == [(1, "effective")]


def test_one_version_is_on_its_way_by_the_database(draft):
    with pytest.raises(ValueRefused, match="on its way already"):
        copy_of(draft)
    assert states() == [(1, "draft")]


def copy_of(version, **changed):
    names = ("specification", "status", "prepared_at", "prepared_by", "submitted_at", "submitted_by")
    more = ("approved_at", "approved_by", "effective_at", "effective_by")
    values = {name: getattr(version, name) for name in (*names, *more)}
    copy = SpecificationVersion(**{**values, "number": version.number + 1, **changed})
    with transaction.atomic():
        records.save(copy, by=system())


def test_retired_without_words_is_refused_by_the_database(effective, qa):
    version = read(effective)
    version.status, version.retired_at, version.retired_by = "retired", timezone.now(), qa
    with pytest.raises(ValueRefused, match="Say why the version is retired"), transaction.atomic():
        records.save(version, by=system())


def test_r035_a_signature_is_never_written_again(signed):
    signature = SpecificationSignature.objects.get()
    signature.comment = "Another"
    with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
        records.save(signature, by=system(), reason=WHY)
    with pytest.raises(OutsideTheDoor):
        signature.delete()


def test_r037_a_criterion_changed_behind_the_door_shows_and_stops_use(signed, qa):
    criterion = SpecificationCriterion.objects.get()
    criterion.action_high = 999
    with transaction.atomic():
        records.save(criterion, by=system(), reason=WHY)
    (shown,) = signatures_of(read(signed))
    assert (shown.is_valid, shown.validity) == (False, "the specification does not read as it was signed")
    with pytest.raises(ActionRefused, match="does not read as it was approved"):
        actions.make_specification_effective(version=signed, by=qa)


def test_masters_keep_the_one_action_of_their_own():
    """Criteria are written in specifications only."""
    assert not hasattr(master_actions, "set_criterion")
