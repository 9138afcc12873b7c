"""Misuse of the ceremony: each refused with a sentence, each an entry, nothing signed."""

import dataclasses
import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.proving import Proof
from audit.models import Entry
from audit.refusal import ActionRefused, Reason, RoleRefused
from qc import actions
from qc.models import Signature
from qc.signatures import ceremony
from qc.signatures.ceremony import Signing, offer
from qc.signatures.manifests import manifest_now
from tests.factories import PersonFactory
from tests.factories.evidence import put
from tests.factories.people import PASSWORD
from tests.qc.conftest import signing
from tests.qc.test_actions import put_remark

WHY = Reason("other", "for the test")


def refused(batch, by, words, error=ActionRefused, **given):
    """Approving with what is given is refused in these words, kept as an entry, and signs nothing."""
    before, signed = Entry.objects.filter(action="refused").count(), Signature.objects.count()
    with pytest.raises(error, match=words):
        actions.reject_batch(batch=batch, **given, by=by)
    assert (Entry.objects.filter(action="refused").count(), Signature.objects.count()) == (before + 1, signed)


def offered(shown, person, **changed):
    made = dataclasses.replace(offer(shown, manifest_now(shown), person), **changed)
    return {"signing": Signing(Proof(password=PASSWORD), made.token(), "as I read it")}


def test_forged_fields_are_refused(in_review, reviewer):
    good = signing(in_review, reviewer, "spoilt")["signing"]
    body, _, rest = good.shown.partition(":")
    for token in ("", "many", good.shown[:-1], f"{body}x:{rest}"):
        forged = dataclasses.replace(good, shown=token)
        refused(in_review, reviewer, "not what it was given", signing=forged)


def test_r036_an_offer_serves_its_batch_and_its_person_only(in_review, reviewer, qa):
    refused(in_review, reviewer, "not what it was given", **offered(in_review, qa))
    refused(in_review, reviewer, "not what it was given", **offered(in_review, reviewer, batch="B-1"))


def test_r036_a_manifest_of_somebody_elses_making_is_refused(in_review, reviewer):
    refused(
        in_review, reviewer, "changed while you were reading", **offered(in_review, reviewer, sha256="0" * 64)
    )


def test_a_page_is_signed_once(approved, qa):
    given = signing(approved, qa, "wait")
    actions.set_disposition(batch=approved, disposition="quarantined", **given, by=qa)
    with pytest.raises(ActionRefused, match="one page is signed once"):
        actions.set_disposition(batch=approved, disposition="retest", **given, by=qa)
    assert Signature.objects.filter(signed_by=qa).count() == 1
    assert Entry.objects.filter(action="refused", actor=qa).count() == 1


def test_a_deactivated_signer_is_refused(in_review, reviewer):
    given = signing(in_review, reviewer, "spoilt")
    stored = User.objects.get(pk=reviewer.pk)
    stored.is_active = False
    put(stored, WHY)
    refused(in_review, reviewer, "deactivated", RoleRefused, **given)


def test_a_role_that_changed_between_reading_and_signing_is_refused(in_review, reviewer):
    given = signing(in_review, reviewer, "spoilt")
    stored = User.objects.get(pk=reviewer.pk)
    stored.role = "operator"
    put(stored, WHY)
    refused(in_review, reviewer, "from QC reviewer to Operator", RoleRefused, **given)


@pytest.mark.parametrize(
    ("hours", "words"), [(13, "older than twelve hours"), (-2, "stands before the moment")]
)
def test_a_clock_that_jumps_is_refused(in_review, reviewer, monkeypatch, hours, words):
    given = signing(in_review, reviewer, "spoilt")
    then = timezone.now() + dt.timedelta(hours=hours)
    monkeypatch.setattr(ceremony.timezone, "now", lambda: then)
    refused(in_review, reviewer, words, **given)


def test_a_clock_that_stands_before_the_last_entry_is_refused(in_review, reviewer, monkeypatch):
    then = timezone.now() - dt.timedelta(hours=2)
    monkeypatch.setattr(ceremony.timezone, "now", lambda: then)
    refused(in_review, reviewer, "stands before the last entry", **signing(in_review, reviewer, "spoilt"))


def test_an_expired_sign_in_signs_nothing(client, in_review):
    answer = client.post(f"/qc/{in_review.number}/", {"intention": "decide", "decision": "approve"})
    assert (answer.status_code, "/sign-in" in answer["Location"]) == (302, True)
    assert Signature.objects.count() == 0


def test_a_change_while_reading_is_named_field_by_field(in_review, reviewer):
    given = signing(in_review, reviewer, "spoilt")
    put_remark(in_review)
    donor = in_review.source_lot.donor
    donor.eligibility = "incomplete"
    put(donor, WHY)
    words = r"Remarks empty → seen later \(tests\)\. Donor .*: Eligibility Eligible → Incomplete \(tests\)\."
    refused(in_review, reviewer, words, **given)


def test_the_challenge_differs_by_meaning_and_person(in_review, reviewer, qa):
    mine, other = (offer(in_review, manifest_now(in_review), one) for one in (reviewer, qa))
    made = {mine.challenge("released"), mine.challenge("retest"), other.challenge("released")}
    assert len(made) == 3


def test_somebody_who_worked_on_the_batch_opens_no_revision_of_it(approved, operator):
    worker = User.objects.get(pk=operator.pk)
    worker.role = "qa"
    put(worker, WHY)
    with pytest.raises(ActionRefused, match="You made entries"):
        actions.open_revision(batch=approved, **signing(approved, worker, "wrong rotor"), by=worker)
    assert PersonFactory(role="qa").may({"qa"})
