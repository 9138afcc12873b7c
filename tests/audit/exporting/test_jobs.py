"""Workbooks as people fetch them: at once when they are small, else with progress, and for nobody else."""

import io
import os
import threading
import time

import pytest
from django.urls import reverse

from audit.exporting import jobs, views, workbook
from audit.exporting.jobs import Job
from audit.models import Entry
from tests.audit.exporting.workbooks import sheets_of
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def exports(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    yield tmp_path / "exports"
    for thread in writers():
        thread.join()


def writers():
    return [thread for thread in threading.enumerate() if thread.name.startswith("export-")]


@pytest.fixture
def held_up(monkeypatch):
    """Writing begins when this event is set, and nobody waits a moment for it."""
    may_go = threading.Event()
    write = workbook.write

    def write_later(*given):
        may_go.wait()
        write(*given)

    monkeypatch.setattr(workbook, "write", write_later)
    monkeypatch.setattr(views, "MOMENT_S", 0)
    yield may_go
    may_go.set()


def asked(client, **filters):
    return client.get(reverse("trail_export_xlsx"), filters)


def page(client, number, **headers):
    return client.get(reverse("trail_export_progress", args=[number]), headers=headers)


def fetched(client, number):
    return client.get(reverse("trail_export_file", args=[number]))


def test_small_workbook_is_a_download_at_once(signed_in, auditor, kept):
    response = asked(signed_in(auditor), action="printed")
    entry = Entry.objects.get(action="exported")
    assert (response.status_code, response["Content-Type"], response["Cache-Control"]) == (
        200,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "no-store",
    )
    assert response["Content-Disposition"] == (
        f'attachment; filename="exoledger-trail-export-{entry.pk}.xlsx"'
    )
    rows = sheets_of(io.BytesIO(response.getvalue()))["Trail"]
    assert [row[0] for row in rows] == ["entry", str(kept[3].pk)]
    assert (entry.actor, entry.act) == (auditor, "export_trail")


def test_r008_workbook_that_takes_longer_shows_progress_and_is_an_entry_already(
    signed_in, auditor, kept, held_up
):
    client = signed_in(auditor)
    response = asked(client)
    entry = Entry.objects.get(action="exported")
    assert (response.status_code, response["Location"]) == (
        302,
        reverse("trail_export_progress", args=[entry.pk]),
    )
    shown = page(client, entry.pk).content.decode()
    assert f"0 of {Entry.objects.count() - 1} entries" in shown
    assert 'hx-trigger="every 1s"' in shown
    assert fetched(client, entry.pk)["Location"] == response["Location"]
    held_up.set()
    for thread in writers():
        thread.join()
    part = page(client, entry.pk, **HTMX).content.decode()
    assert part.startswith("\n<section") or part.startswith("<section")
    assert "hx-trigger" not in part
    assert reverse("trail_export_file", args=[entry.pk]) in part
    rows = sheets_of(io.BytesIO(fetched(client, entry.pk).getvalue()))["Trail"]
    assert rows[-1][0] == str(entry.pk - 1)
    assert Entry.objects.filter(action="exported").count() == 1


def test_nobody_else_fetches_the_file(signed_in, auditor, qa, kept):
    asked(signed_in(auditor)).close()
    number = Entry.objects.get(action="exported").pk
    client = signed_in(qa)
    assert [page(client, number).status_code, fetched(client, number).status_code] == [404, 404]
    assert page(client, 999_999).status_code == 404


@pytest.mark.parametrize("role", ["operator", "reviewer", "administrator"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("trail_export_xlsx", []),
        ("trail_export_size", []),
        ("trail_export_progress", [1]),
        ("trail_export_file", [1]),
    ],
)
def test_r009_workbooks_are_for_the_roles_that_export(signed_in, role, name, arguments):
    response = signed_in(PersonFactory(role=role)).get(reverse(name, args=arguments))
    assert response.status_code == 403
    assert "It is for: auditor, qa." in response.content.decode()


def test_third_file_at_a_time_is_refused_and_kept(signed_in, auditor, kept, held_up):
    client = signed_in(auditor)
    for _ in range(jobs.MOST_AT_ONCE):
        assert asked(client).status_code == 302
    response = asked(client)
    assert response.status_code == 409
    assert "2 files are being written for people already." in response.content.decode()
    assert list(Entry.objects.order_by("-id").values_list("action", flat=True)[:2]) == ["refused", "exported"]
    held_up.set()


def test_workbook_with_a_filter_that_can_not_be_read_is_refused(signed_in, auditor):
    response = asked(signed_in(auditor), **{"from": "yesterday"})
    assert response.status_code == 400
    assert Entry.objects.filter(action="exported").count() == 0


# --- what lies in the folder --------------------------------------------------------------------


def lying(exports, person, **more):
    """A file as a process left it: with its state, and a lock that nobody holds."""
    job = Job(number=7, person_id=person.pk, filename="a.xlsx", entries=3, done=1, **more)
    job.folder.mkdir(parents=True)
    jobs._keep(job)
    (job.folder / "lock").touch()
    return job


def test_file_of_a_process_that_ended_is_given_up(signed_in, auditor, exports):
    lying(exports, auditor)
    shown = page(signed_in(auditor), 7).content.decode()
    assert "The server was restarted while the file was written." in shown
    assert "hx-trigger" not in shown


def test_file_that_another_process_writes_shows_its_progress(signed_in, auditor, exports):
    job = lying(exports, auditor)
    with jobs._locked(job.folder):
        shown = page(signed_in(auditor), 7).content.decode()
    assert "1 of 3 entries" in shown
    assert '<progress class="export-progress" id="export-done" max="100" value="33">' in shown


def test_disk_that_is_full_is_said_in_words(signed_in, auditor, kept, exports, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(workbook, "_fill", full)
    client = signed_in(auditor)
    shown = client.get(asked(client)["Location"]).content.decode()
    assert [path.name for path in exports.rglob("*.xlsx")] == []
    assert "The file could not be written: No space left on device." in shown
    assert Entry.objects.filter(action="exported").count() == 1


def test_folder_that_can_not_be_made_is_refused(signed_in, auditor, kept, exports):
    exports.write_text("in the way")
    response = asked(signed_in(auditor))
    assert response.status_code == 409
    assert "The file can&#x27;t be written: " in response.content.decode()
    assert list(Entry.objects.order_by("-id").values_list("action", flat=True)[:2]) == ["refused", "exported"]


def test_files_are_gone_after_a_day(signed_in, auditor, kept, exports):
    job = lying(exports, auditor, state="ready")
    old = time.time() - jobs.KEPT_S - 1
    os.utime(job.folder, (old, old))
    asked(signed_in(auditor)).close()
    assert [folder.name for folder in exports.iterdir()] == [str(Entry.objects.get(action="exported").pk)]


def test_files_are_readable_by_the_server_only(signed_in, auditor, kept, exports):
    asked(signed_in(auditor)).close()
    (folder,) = exports.iterdir()
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert sorted(path.name for path in folder.iterdir()) == [
        f"exoledger-trail-export-{folder.name}.xlsx",
        "lock",
        "state.json",
    ]


# --- before anything is asked for ---------------------------------------------------------------


def test_menu_offers_three_kinds_with_the_filters(signed_in, auditor, kept):
    shown = signed_in(auditor).get(reverse("trail"), {"action": "printed"}).content.decode()
    for name in ("trail_export", "trail_export_jsonl", "trail_export_xlsx", "trail_export_size"):
        assert f'"{reverse(name)}?action=printed"' in shown


def test_size_says_entries_and_lines_beforehand(signed_in, auditor, kept):
    client, url = signed_in(auditor), reverse("trail_export_size")
    part = client.get(url, {"action": "changed"}, headers=HTMX).content.decode()
    assert "<b>1 entry</b><span>4 lines in CSV and XLSX</span>" in part
    shown = client.get(url, {"batch": "EXO-1"}).content.decode()
    assert "<b>0 entries</b><span>0 lines in CSV and XLSX</span>" in shown
    assert f"{reverse('trail_export')}?batch=EXO-1" in shown
    assert Entry.objects.filter(action="exported").count() == 0


def test_lines_are_not_counted_where_that_takes_long(signed_in, auditor, kept, monkeypatch):
    monkeypatch.setattr("audit.exporting.making.MOST_LINES_COUNTED", 2)
    part = signed_in(auditor).get(reverse("trail_export_size"), headers=HTMX).content.decode()
    assert (
        f"<b>{Entry.objects.count()} entries</b><span>in CSV and XLSX a line for each changed field" in part
    )
