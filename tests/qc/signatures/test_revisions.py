"""When a signature stops covering the record; revisions and addenda; the pages that show them."""

import pytest
from django.db import connection

from audit.refusal import ActionRefused, Reason, RoleRefused
from batches.isolation.models import ProcessStep
from batches.record.models import Batch
from qc import actions
from qc.signatures.manifests import manifest_now
from qc.signatures.models import Manifest
from qc.signing import signatures_of
from tests.factories.evidence import attach, put
from tests.factories.people import PASSWORD
from tests.qc.conftest import signing
from tests.qc.test_actions import dispose, put_remark, status_of

WHY = Reason("other", "for the test")


def validity(batch):
    return [one.validity for one in signatures_of(batch, manifest_now(batch).record_sha256)]


def remarks(words):
    step = ProcessStep.objects.get()
    step.remarks = words
    put(step, WHY)


def open_revision(batch, by, words="rotor was misread"):
    return actions.open_revision(batch=batch, **signing(batch, by, words), by=by)


# --- every way that a record changes after it was signed ----------------------------------------------


def test_r037_a_change_leaves_the_signature_behind(approved):
    remarks("seen later")
    assert (
        validity(approved)
        == ["signed at revision 1, now revision 2, unsigned: record changed after this signature: 1 entry"]
        * 2
    )


def test_r037_changed_and_put_back_stays_unsigned(approved):
    remarks("seen later")
    remarks("")
    assert (
        validity(approved)
        == ["signed at revision 1, unsigned: changed and put back after this signature: 2 entries"] * 2
    )


def test_r037_an_imported_file_leaves_the_signature_behind(approved):
    attach(approved, b"one more file")
    assert "record changed after this signature: 1 entry" in validity(approved)[0]


def test_r037_a_change_of_the_donor_leaves_the_signature_behind(approved):
    donor = approved.source_lot.donor
    donor.eligibility = "ineligible"
    put(donor, WHY)
    assert [one.is_valid for one in signatures_of(approved)] == [False, False]
    with pytest.raises(ActionRefused, match="not as it was approved"):
        dispose(approved, "released", donor and signer_other_than_reviewer())


def signer_other_than_reviewer():
    from tests.factories import PersonFactory

    return PersonFactory(role="qa")


def test_r037_a_change_without_an_entry_shows_by_the_hash(approved):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE batches_processstep SET remarks = 'by hand'")
    assert "the record is not what was signed, and no entry says why" in validity(approved)[0]


def test_r037_status_and_a_second_signature_leave_it_valid(approved, qa):
    dispose(approved, "quarantined", qa)
    dispose(approved, "released", qa)
    assert validity(approved) == ["valid"] * 4


# --- revisions ----------------------------------------------------------------------------------------


def test_r062_a_revision_goes_back_to_the_laboratory_and_leaves_the_approval_behind(approved, qa):
    dispose(approved, "released", qa)
    signature = open_revision(approved, qa)
    assert (signature.meaning, status_of(approved)) == ("revision_opened", ("returned", "quarantined"))
    assert validity(approved) == [
        *["signed at revision 1, unsigned: a revision was opened after this signature"] * 3,
        "valid",
    ]
    remarks("as the bench sheet says")
    assert all("now revision 2, unsigned" in words for words in validity(approved))


def test_r062_a_revision_is_reviewed_anew_by_whoever_opened_it_too(approved, reviewer, operator):
    from batches.isolation.actions import check_step
    from batches.record.actions import submit_batch
    from tests.factories import PersonFactory
    from tests.way import enter, sheet_of_step

    open_revision(approved, reviewer)
    enter(sheet_of_step(approved), {"rotor": "Type 70 Ti"}, operator, Reason("review", "as QC asked"))
    check_step(sheet=sheet_of_step(approved), by=PersonFactory(username="checker"))
    submit_batch(batch=approved, by=operator)
    assert actions.begin_review(batch=approved, by=reviewer).round == 2


def test_a_revision_needs_a_decision_a_reason_and_the_role(in_review, reviewer, auditor):
    with pytest.raises(ActionRefused, match="is in review: a revision is opened after a decision only"):
        open_revision(in_review, reviewer)
    actions.reject_batch(batch=in_review, **signing(in_review, reviewer, "spoilt"), by=reviewer)
    with pytest.raises(ActionRefused, match="what has to be corrected"):
        open_revision(in_review, reviewer, "ok")
    with pytest.raises(RoleRefused):
        open_revision(in_review, auditor)
    assert status_of(in_review) == ("rejected", "")


def test_r032_an_addendum_changes_nothing(approved, reviewer):
    before = manifest_now(approved).record_sha256
    given = signing(approved, reviewer, "Vial 3 was used up for a reference.")
    signature = actions.add_addendum(batch=approved, **given, by=reviewer)
    assert (signature.meaning, status_of(approved)) == ("addendum", ("approved", ""))
    assert (validity(approved), manifest_now(approved).record_sha256) == (["valid"] * 3, before)


def test_an_addendum_waits_for_a_decision(in_review, reviewer):
    with pytest.raises(ActionRefused, match="until then the record itself is"):
        actions.add_addendum(batch=in_review, **signing(in_review, reviewer, "something"), by=reviewer)


# --- pages --------------------------------------------------------------------------------------------


def test_r037_what_was_signed_stays_readable_beside_a_diff(signed_in, approved, operator):
    put_remark(approved)
    client, at = signed_in(operator), f"/qc/{approved.number}/manifests/1/"
    page = client.get(at).content.decode()
    for words in (
        "as it was signed · revision 1",
        "The record is another one now",
        "Reviewer One",
        "within limits",
    ):
        assert words in page
    assert "seen later" not in page
    diff = client.get(f"{at}diff/").content.decode()
    for words in ("Step 1 · Pellet", "Remarks", '<ins class="now">seen later</ins>'):
        assert words in diff


def test_the_text_as_signed_can_be_taken_away(signed_in, approved, auditor):
    answer = signed_in(auditor).get(f"/qc/{approved.number}/manifests/1/text/")
    assert answer.content.decode() == Manifest.objects.get(number=1).content


def test_two_manifests_stand_beside_each_other(signed_in, approved, qa):
    dispose(approved, "quarantined", qa)
    client = signed_in(qa)
    page = client.get(f"/qc/{approved.number}/manifests/1/diff/?to=3").content.decode()
    assert "Signature: Reviewed by QC: approved (Reviewer One)" in page
    assert client.get(f"/qc/{approved.number}/manifests/9/").status_code == 404
    assert client.get(f"/qc/{approved.number}/manifests/1/diff/?to=9").status_code == 404
    same = client.get(f"/qc/{approved.number}/manifests/2/diff/?to=2").content.decode()
    assert "Nothing differs" in same


@pytest.mark.parametrize(("where", "status"), [("revision", "returned"), ("addendum", "approved")])
def test_revision_and_addendum_are_signed_on_a_page_of_their_own(
    signed_in, approved, reviewer, where, status
):
    import re

    client, url = signed_in(reviewer), f"/qc/{approved.number}/{where}/"
    token = re.search(r'name="manifest_shown" value="([^"]+)"', client.get(url).content.decode())[1]
    given = {"manifest_shown": token, "password": PASSWORD, "comment": "The rotor was misread."}
    assert client.post(url, {**given, "comment": ""}).status_code == 400
    assert client.post(url, {**given, "password": "no"}).status_code == 409
    assert client.post(url, given).status_code == 302
    assert Batch.objects.get().status == status
    assert "The rotor was misread." in client.get(f"/qc/{approved.number}/").content.decode()


def test_who_only_reads_opens_no_revision(signed_in, approved, auditor):
    assert signed_in(auditor).get(f"/qc/{approved.number}/revision/").status_code == 403
