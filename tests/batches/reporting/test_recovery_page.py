"""The recovery page and the command."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

pytestmark = pytest.mark.django_db


def test_the_page_shows_picture_table_and_what_was_usual(signed_in, auditor, new_batch):
    first = new_batch()
    second = new_batch(version=first.plan.version, particles_out_per_ml=None)
    page = signed_in(auditor).get(f"/batches/{second.number}/recovery/?scale=log").content.decode()
    assert 'role="img" aria-label="Particles left after each step. Start: 1.92×10¹², 1 · Pellet: not' in page
    assert f"Compared with {first.number}:" in page and "50–50, n = 1" in page
    assert f'<a href="/batches/{second.number}/steps/1/#value-particles_out_per_ml">' in page


def test_the_page_of_a_batch_nobody_began_says_what_to_do(signed_in, auditor, operator):
    from tests.factories import BatchFactory

    batch = BatchFactory(by=operator)
    page = signed_in(auditor).get(f"/batches/{batch.number}/recovery/").content.decode()
    assert "No step was begun yet" in page and "<svg" in page


def test_more_batches_beside_it_take_no_more_queries(
    signed_in, auditor, new_batch, django_assert_num_queries
):
    client, batches = signed_in(auditor), [new_batch()]
    for _ in range(3):
        batches.append(new_batch(version=batches[0].plan.version))
    client.get(f"/batches/{batches[1].number}/recovery/")
    with django_assert_num_queries(13):
        client.get(f"/batches/{batches[1].number}/recovery/")
    with django_assert_num_queries(13):
        client.get(f"/batches/{batches[3].number}/recovery/")


def test_the_command_tells_one_batch_and_all(new_batch):
    first, second = new_batch(), new_batch()
    out = StringIO()
    call_command("recovery", first.number, stdout=out)
    assert "Step 1 · Pellet" in out.getvalue() and "50 %" in out.getvalue()
    out = StringIO()
    call_command("recovery", "--json", stdout=out)
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(one["batch"], one["recovery_percent"]) for one in told] == [
        (first.number, "50"),
        (second.number, "50"),
    ]
    with pytest.raises(CommandError, match="no batch B-0"):
        call_command("recovery", "B-0")
