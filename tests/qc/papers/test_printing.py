"""The whole record as people fetch it: at once when it is set soon, else with progress, for nobody else."""

import threading

import pytest
from django.urls import reverse

from audit.exporting import jobs
from audit.models import Entry
from qc.papers import printing, views
from qc.papers.rendering import NotSet
from tests.factories import BatchFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    yield tmp_path / "exports"
    for thread in writers():
        thread.join()


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


@pytest.fixture
def held_up(monkeypatch):
    """Setting begins when this event is set, and nobody waits a moment for it."""
    may_go = threading.Event()

    def set_later(template, data, path, pictures, tell):
        may_go.wait()
        path.write_bytes(b"%PDF")

    monkeypatch.setattr(printing, "typeset", set_later)
    monkeypatch.setattr(views, "MOMENT_S", 0)
    yield may_go
    may_go.set()


def writers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("paper-")]


def asked(client, batch):
    return client.post(reverse("print_record", args=[batch.number]))


def shown(client, batch, entry, **headers):
    return client.get(reverse("record_progress", args=[batch.number, entry]), headers=headers)


def fetched(client, batch, entry):
    return client.get(reverse("fetch_record", args=[batch.number, entry]))


def test_record_that_is_set_soon_is_a_download(batch, operator, signed_in, monkeypatch):
    monkeypatch.setattr(views, "MOMENT_S", 120)
    response = asked(signed_in(operator), batch)
    entry = Entry.objects.get(action="printed")
    assert (response.status_code, response["Content-Type"], response["Cache-Control"]) == (
        200,
        "application/pdf",
        "no-store",
    )
    name = f'attachment; filename="{batch.number}-record-{entry.pk}.pdf"'
    assert (response["Content-Disposition"], response.getvalue()[:4]) == (name, b"%PDF")


def test_r008_record_that_takes_longer_shows_progress_and_is_an_entry_already(
    batch, operator, signed_in, held_up
):
    client = signed_in(operator)
    response = asked(client, batch)
    entry = Entry.objects.get(action="printed")
    assert response["Location"] == reverse("record_progress", args=[batch.number, entry.pk])
    page = shown(client, batch, entry.pk).content.decode()
    assert 'hx-trigger="every 1s"' in page and "pictures drawn" in page
    assert fetched(client, batch, entry.pk)["Location"] == response["Location"]
    held_up.set()
    for thread in writers():
        thread.join()
    part = shown(client, batch, entry.pk, **HTMX).content.decode()
    assert "The record is set." in part and "<html" not in part
    assert fetched(client, batch, entry.pk).getvalue() == b"%PDF"


def test_nobody_else_fetches_the_record(batch, operator, reviewer, signed_in, held_up):
    asked(signed_in(operator), batch)
    entry = Entry.objects.get(action="printed").pk
    client = signed_in(reviewer)
    assert [shown(client, batch, entry).status_code, fetched(client, batch, entry).status_code] == [404, 404]
    assert jobs.of(entry, operator.pk) is None


def test_third_record_at_a_time_is_refused_and_kept(batch, operator, signed_in, held_up):
    client = signed_in(operator)
    assert [asked(client, batch).status_code for _ in range(3)] == [302, 302, 409]
    assert Entry.objects.last().action == "refused"


def test_record_that_can_not_be_set_says_so(batch, operator, signed_in, monkeypatch):
    def refuse(*_):
        raise NotSet("The paper can't be set; the server's log says why.")

    monkeypatch.setattr(printing, "typeset", refuse)
    client = signed_in(operator)
    page = client.get(asked(client, batch)["Location"]).content.decode()
    assert "There is no file." in page and "The paper can&#x27;t be set" in page


def test_administrator_prints_no_record(batch, administrator, signed_in):
    assert asked(signed_in(administrator), batch).status_code == 403
