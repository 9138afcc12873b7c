"""Certificates: of what they are made, what they say, and that what was issued stays as it was."""

import hashlib

import pytest

from audit.models import Entry
from audit.refusal import ActionRefused, RoleRefused
from audit.verifying.attachments import differences
from batches.record import files
from qc.papers import actions, keeping
from qc.papers.actions import certificate_of
from qc.papers.models import Certificate
from qc.signing import signatures_of
from tests.factories import BatchFactory
from tests.qc.papers import pdf
from tests.qc.papers.conftest import released


def test_certificate_says_what_was_judged_and_who_signed(issued, approved, reviewer):
    _, paper = issued
    said = pdf.words(paper)
    approval = signatures_of(approved)[0]
    for words in (
        "Vesicle Laboratory 1 Sample Street 10115 Sample City",
        f"Certificate of analysis {approved.number} certificate 1",
        "Approved by quality control · no disposition yet",
        "1 of 1 pass against specification SPEC-1",
        "50–150 nm, edges included",
        "Reviewed by QC: approved Reviewer One reviewer1 · QC reviewer",
        f"{approval.utc} {approval.local} Identity proved by password",
        "For research use only. No claim of safety or efficacy is made.",
        "Deviations None.",
    ):
        assert words in said
    assert "Amended" not in said


def test_certificate_is_archival_and_counts_its_pages(issued):
    _, paper = issued
    assert pdf.claims(paper) == "2A"
    count = pdf.pages(paper)
    assert [f"page {n} of {count}" in pdf.words(paper) for n in range(1, count + 1)] == [True] * count


def test_r008_print_is_an_entry_before_it_leaves_and_stands_on_the_page(issued, approved, reviewer):
    made, paper = issued
    entry = Entry.objects.get(action="printed")
    assert (made.entry, entry.actor, entry.act, entry.batch_number) == (
        entry.pk,
        reviewer,
        "issue_certificate",
        approved.number,
    )
    told = f"printed by Reviewer One (reviewer1) on {entry.at:%-d %b %Y %H:%M:%S} UTC · entry {entry.pk}"
    assert pdf.words(paper).count(told) == pdf.pages(paper)
    assert " and checkpoint " in pdf.words(paper)  # its size is no entry's key: keys have gaps


def test_unchanged_record_gives_the_same_file_to_everybody(issued, approved, operator):
    made, paper = issued
    again, same = certificate_of(approved, by=operator)
    assert (again, same) == (made, paper)
    assert hashlib.sha256(same).hexdigest() == made.sha256
    last = Entry.objects.last()
    assert (last.action, last.act, last.actor) == ("printed", "print_certificate", operator)
    assert Certificate.objects.count() == 1


def test_same_data_give_the_same_bytes(issued, approved, reviewer):
    made, paper = issued
    draft = actions.Draft(
        approved, actions.content_of(approved), 1, None, "", Entry.objects.get(pk=made.entry)
    )
    assert actions._set(draft, reviewer) == paper


def test_printing_leaves_the_signatures_valid(issued, approved):
    assert [one.validity for one in signatures_of(approved)] == ["valid", "valid"]


def test_record_that_says_something_else_asks_why(issued, approved, reviewer):
    released(approved, reviewer)
    with pytest.raises(ActionRefused, match="say why that one is replaced"):
        certificate_of(approved, by=reviewer, reason=" x ")
    assert (Certificate.objects.count(), Entry.objects.last().action) == (1, "refused")


def test_r032_amended_certificate_says_so_and_the_old_one_stays(issued, approved, reviewer):
    first, paper = issued
    released(approved, reviewer)
    second, amended = certificate_of(approved, by=reviewer, reason="released meanwhile")
    assert (second.number, second.replaces, second.reason) == (2, first, "released meanwhile")
    said = pdf.words(amended)
    assert "Amended: replaces certificate 1 of " in said
    assert "because: released meanwhile" in said
    assert "Approved by quality control · Released for research use" in said
    assert actions.print_certificate(certificate=first, by=reviewer) == paper


@pytest.mark.parametrize("status", ["with_qc", "in_review"])
def test_undecided_batch_has_no_certificate(request, reviewer, status):
    batch = request.getfixturevalue(status)
    with pytest.raises(ActionRefused, match="a certificate is made once it is approved or rejected"):
        certificate_of(batch, by=reviewer)
    assert not Entry.objects.filter(action="printed").exists()


def test_operator_issues_none(approved, operator):
    with pytest.raises(RoleRefused, match="can't issue certificate"):
        certificate_of(approved, by=operator)


def test_record_that_moved_while_the_certificate_was_made_is_refused(approved, reviewer):
    draft = actions.issue_certificate(batch=approved, by=reviewer)
    released(approved, reviewer)
    with pytest.raises(ActionRefused, match="changed while its certificate was made"):
        actions.keep_certificate(draft=draft, pdf=b"%PDF", by=reviewer)


def test_two_who_issue_at_once_get_one_certificate(approved, reviewer):
    one, other = (actions.issue_certificate(batch=approved, by=reviewer) for _ in range(2))
    actions.keep_certificate(draft=one, pdf=b"%PDF one", by=reviewer)
    with pytest.raises(ActionRefused, match="changed while its certificate was made"):
        actions.keep_certificate(draft=other, pdf=b"%PDF other", by=reviewer)


def test_issued_file_is_an_original_like_others(issued, approved):
    made, paper = issued
    (original,) = keeping.named(approved.number)
    assert (original.sha256, original.size_bytes, original.open().read()) == (made.sha256, len(paper), paper)
    assert list(differences(approved.number)) == []


def test_file_that_was_swapped_is_not_handed_out(issued, reviewer):
    from django.core.files.storage import default_storage

    made, paper = issued
    path = default_storage.path(files.path_of(made.sha256))
    default_storage.delete(files.path_of(made.sha256))
    with open(path, "wb") as file:
        file.write(paper + b" ")
    with pytest.raises(ActionRefused, match="has other bytes than its name says"):
        actions.print_certificate(certificate=made, by=reviewer)


def test_logo_that_is_no_picture_is_said(approved, reviewer, settings, tmp_path):
    settings.LAB_LOGO = str(tmp_path / "logo.png")
    with pytest.raises(ActionRefused, match="The laboratory's logo can't be read"):
        certificate_of(approved, by=reviewer)


def test_open_batch_says_what_to_do(operator, reviewer):
    with pytest.raises(ActionRefused, match="The whole record can be printed at any time"):
        certificate_of(BatchFactory(by=operator), by=reviewer)
