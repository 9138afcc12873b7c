"""What a signature says, what it is bound to, and when it stops covering the record."""

import datetime as dt

import pytest
from django.utils import timezone

from audit.models import Entry
from audit.refusal import OutsideTheDoor, Reason
from batches.isolation.models import ProcessStep
from qc import actions
from qc.models import Signature
from qc.rules import last_entry
from qc.signing import local_words, signatures_of
from tests.factories.evidence import put
from tests.qc.conftest import ready, signing


def remark(batch, words):
    step = ProcessStep.objects.get(batch=batch)
    step.remarks = words
    put(step, Reason("other", "for the test"))


def the_approval():
    return Signature.objects.get(meaning="reviewed_approved")


def test_r034_a_signature_holds_name_time_and_meaning(in_review, reviewer, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    before = timezone.now()
    ready(in_review, reviewer)
    signature = actions.approve_batch(batch=in_review, **signing(in_review, reviewer, "fine"), by=reviewer)
    assert (signature.printed_name, signature.username, signature.role) == (
        "Reviewer One",
        "reviewer1",
        "QC reviewer",
    )
    assert (signature.meaning, signature.comment) == ("reviewed_approved", "fine")
    assert (signature.means, signature.time_zone) == ("password", "Europe/Berlin")
    assert before <= signature.signed_at <= timezone.now()


def test_r046_the_meaning_is_fixed_by_the_act(in_review, reviewer):
    with pytest.raises(TypeError):
        actions.approve_batch(
            batch=in_review, **signing(in_review, reviewer), meaning="released", by=reviewer
        )


def test_r046_a_signature_never_changes(approved):
    signature = the_approval()
    signature.meaning = "released"
    with pytest.raises(OutsideTheDoor):
        signature.save()
    with pytest.raises(OutsideTheDoor):
        Signature.objects.update(meaning="released")


def test_r049_no_time_can_be_given(in_review, reviewer):
    with pytest.raises(TypeError):
        actions.approve_batch(
            batch=in_review, **signing(in_review, reviewer), signed_at=timezone.now(), by=reviewer
        )


def test_r036_a_signature_is_bound_to_the_last_entry_that_was_shown(in_review, reviewer):
    ready(in_review, reviewer)
    number, leaf = last_entry(in_review)
    signature = actions.approve_batch(batch=in_review, **signing(in_review, reviewer), by=reviewer)
    assert (signature.entries_signed, signature.leaf_signed) == (number, leaf)
    assert number == Entry.objects.filter(batch_number=in_review.number, number_in_batch__lte=number).count()


def test_r036_a_signature_moved_to_other_entries_does_not_fit(approved):
    _, good = signatures_of(approved)
    copied = the_approval()
    moved = Signature(
        **{
            field.attname: getattr(copied, field.attname)
            for field in copied._meta.concrete_fields
            if field.name not in {"id", "revision", "nonce"}
        }
    )
    moved.leaf_signed = "0" * 64
    put(moved)
    shown = signatures_of(approved)
    assert good.is_valid
    assert [one.validity for one in shown if one.signature.pk == moved.pk] == [
        "does not fit this record: the entry it was bound to is another one"
    ]


def test_r007_signing_is_an_entry_of_its_own(approved, reviewer):
    entry = Entry.objects.filter(action="signed", act="approve_batch").get()
    assert (entry.actor, entry.act, entry.batch_number) == (reviewer, "approve_batch", approved.number)
    assert entry.object_id == the_approval().pk


def test_r037_valid_until_the_record_changes(approved):
    _, shown = signatures_of(approved)
    assert (shown.is_valid, shown.validity) == (True, "valid")
    remark(approved, "seen later")
    remark(approved, "and again")
    _, shown = signatures_of(approved)
    words = "signed at revision 1, now revision 2, unsigned: record changed after this signature: 2 entries"
    assert (shown.is_valid, shown.validity) == (False, words)


def test_r037_what_reviewers_do_later_changes_no_record(approved, qa):
    actions.set_disposition(
        batch=approved, disposition="released", **signing(approved, qa, "all good"), by=qa
    )
    assert [one.is_valid for one in signatures_of(approved)] == [True] * 3


def test_refusals_and_failures_change_no_record(approved, auditor, qa):
    for person, password in ((auditor, "x"), (qa, "wrong")):
        with pytest.raises(Exception, match=r"role|password"):
            actions.set_disposition(
                batch=approved,
                disposition="released",
                **signing(approved, person, "all good", password),
                by=person,
            )
    assert [one.is_valid for one in signatures_of(approved)] == [True, True]


def test_times_are_shown_in_utc_and_local_with_offset(approved):
    _, shown = signatures_of(approved)
    assert shown.utc == f"{shown.signature.signed_at.astimezone(dt.UTC):%-d %b %Y %H:%M:%S} UTC"
    moment = dt.datetime(2026, 11, 14, 16, 42, 10, tzinfo=dt.UTC)
    assert local_words(moment, "Europe/Berlin") == "14 Nov 2026 17:42:10 +01:00 Europe/Berlin"
    assert local_words(moment, "Asia/Kolkata") == "14 Nov 2026 22:12:10 +05:30 Asia/Kolkata"


def test_no_signature_no_query_for_entries(with_qc, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert signatures_of(with_qc) == []


def test_signatures_take_four_queries_however_many(approved, qa, django_assert_num_queries):
    with django_assert_num_queries(4):
        signatures_of(approved)
    for disposition in ("quarantined", "released"):
        given = signing(approved, qa, "test")
        actions.set_disposition(batch=approved, disposition=disposition, **given, by=qa)
    with django_assert_num_queries(4):
        assert len(signatures_of(approved)) == 4
