"""The papers page, and who may print."""

import pytest
from django.urls import reverse

from audit.models import Entry
from qc.papers.models import Certificate
from tests.factories import BatchFactory
from tests.qc.papers.conftest import released


def page(client, batch):
    return client.get(reverse("papers", args=[batch.number]))


def make(client, batch, **given):
    return client.post(reverse("make_certificate", args=[batch.number]), given)


def test_reviewer_issues_a_certificate_and_gets_it(approved, reviewer, signed_in):
    client = signed_in(reviewer)
    assert "Issue the certificate" in page(client, approved).content.decode()
    response = make(client, approved)
    assert (response.status_code, response["Content-Type"], response["Cache-Control"]) == (
        200,
        "application/pdf",
        "no-store",
    )
    assert response["Content-Disposition"] == f'attachment; filename="{approved.number}-certificate-1.pdf"'
    shown = page(client, approved).content.decode()
    assert "says what the record says" in shown and "Print certificate 1" in shown


def test_amended_certificate_is_asked_for_and_both_can_be_printed(issued, approved, reviewer, signed_in):
    client, (_, first) = signed_in(reviewer), issued
    released(approved, reviewer)
    assert "Issue an amended certificate" in page(client, approved).content.decode()
    response = make(client, approved)
    assert response.status_code == 409
    assert "say why that one is replaced" in response.content.decode()
    assert make(client, approved, reason="released meanwhile").status_code == 200
    again = client.post(reverse("print_certificate", args=[approved.number, 1]))
    assert again.content == first
    assert Entry.objects.last().object_label == f"Certificate 1 of {approved.number}"
    assert "replaces certificate 1: released meanwhile" in page(client, approved).content.decode()


def test_operator_prints_what_was_issued_and_issues_nothing(approved, operator, reviewer, signed_in):
    client = signed_in(operator)
    assert "A reviewer or quality assurance issues the certificate" in page(client, approved).content.decode()
    assert make(client, approved).status_code == 403
    make(signed_in(reviewer), approved)
    assert make(signed_in(operator), approved).status_code == 200
    assert Certificate.objects.count() == 1


def test_administrator_prints_nothing(approved, administrator, signed_in):
    client = signed_in(administrator)
    assert [page(client, approved).status_code, make(client, approved).status_code] == [403, 403]


def test_undecided_batch_says_when_there_is_a_certificate(operator, signed_in):
    batch = BatchFactory(by=operator)
    assert (
        "A certificate is made once the batch is approved or rejected."
        in page(signed_in(operator), batch).content.decode()
    )


@pytest.mark.parametrize("name", ["make_certificate"])
def test_looking_at_an_address_prints_nothing(approved, reviewer, signed_in, name):
    assert signed_in(reviewer).get(reverse(name, args=[approved.number])).status_code == 405
    assert not Entry.objects.filter(action="printed").exists()
