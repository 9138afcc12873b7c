"""The export as people fetch it: from the page and on the command line."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.management.commands import audit_export
from audit.exporting import making
from audit.ledger import keys, sealing
from audit.models import Entry
from tests.audit.exporting.bodies import HEADER, entries_of
from tests.audit.exporting.workbooks import sheets_of
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)

# --- over HTTP ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content_type", "ending"),
    [
        ("trail_export", "text/csv; charset=utf-8; header=present", "csv"),
        ("trail_export_jsonl", "application/jsonl; charset=utf-8", "jsonl"),
    ],
)
def test_export_is_a_download_named_after_its_entry(signed_in, auditor, kept, name, content_type, ending):
    response = signed_in(auditor).get(reverse(name), {"action": "printed"})
    entry = Entry.objects.get(action="exported")
    assert (response.status_code, response.streaming, response["Content-Type"]) == (200, True, content_type)
    assert response["Content-Disposition"] == (
        f'attachment; filename="exoledger-trail-export-{entry.pk}.{ending}"'
    )
    assert response["Cache-Control"] == "no-store"
    assert str(kept[3].pk) in response.getvalue().decode()
    assert entry.actor == auditor


def test_r008_download_that_is_broken_off_leaves_its_entry(signed_in, auditor, kept):
    response = signed_in(auditor).get(reverse("trail_export"))
    assert next(iter(response.streaming_content)) == HEADER.encode()
    response.close()
    assert Entry.objects.filter(action="exported").count() == 1


def test_download_that_never_begins_leaves_its_entry_and_closes_its_connection(
    signed_in, auditor, kept, monkeypatch
):
    made = []
    monkeypatch.setattr(making, "_begin_snapshot", made.append)
    signed_in(auditor).get(reverse("trail_export")).close()
    assert Entry.objects.filter(action="exported").count() == 1
    assert [own.connection for own in made] == [None]


def test_export_with_a_filter_that_can_not_be_read_is_refused(signed_in, auditor, kept):
    response = signed_in(auditor).get(reverse("trail_export"), {"from": "yesterday"})
    assert response.status_code == 400
    assert "Nothing is shown until the filter can be read" in response.content.decode()
    assert Entry.objects.filter(action="exported").count() == 0


def test_export_is_only_fetched(signed_in, auditor):
    client, url = signed_in(auditor), reverse("trail_export")
    assert [client.head(url).status_code, client.post(url).status_code] == [405, 405]
    assert Entry.objects.filter(action="exported").count() == 0


@pytest.mark.parametrize("role", ["operator", "reviewer", "administrator"])
def test_r009_export_of_others_is_refused_and_kept(signed_in, role):
    response = signed_in(PersonFactory(role=role)).get(reverse("trail_export"))
    assert response.status_code == 403
    assert "It is for: auditor, qa." in response.content.decode()
    assert list(Entry.objects.exclude(action="created").values_list("action", flat=True)) == ["refused"]


# --- on the command line ------------------------------------------------------------------------


def ran(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command("audit_export", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_command_writes_what_the_page_would(kept):
    text, said = ran("--action", "printed")
    entry = Entry.objects.get(action="exported")
    checkpoint = sealing.newest()
    assert text == HEADER + (
        f"{kept[3].pk},2026-11-23T19:00:00.000000Z,2026-11-23T19:00:00.000000+00:00,Operator One,operator1,"
        f"operator,printed,print_record,,,,,,,,,,,,,{checkpoint.size - 1}\n"
        f',,,,,,checkpoint,,,,,,,,,,,,,"{checkpoint.note}",{checkpoint.size}\n'
    )
    assert said == f"1 entry; this export is entry {entry.pk}.\n"
    assert (entry.actor_username, entry.actor_role) == ("command-line", "system")


def test_command_writes_a_file_and_never_over_one(kept, tmp_path):
    path = tmp_path / "trail.jsonl"
    ran("--format", "jsonl", "--output", str(path), "--person", "Operator1", "--to", "2026-11-23")
    assert entries_of(path.read_text()) == [kept[0].pk, kept[1].pk, kept[3].pk]
    with pytest.raises(CommandError, match="File exists"):
        ran("--output", str(path))
    assert Entry.objects.filter(action="exported").count() == 1


def test_command_writes_a_workbook(kept, tmp_path):
    path = tmp_path / "trail.xlsx"
    _, said = ran("--format", "xlsx", "--output", str(path), "--action", "printed")
    sheets = sheets_of(path)
    assert [row[0] for row in sheets["Trail"]] == ["entry", str(kept[3].pk)]
    assert sheets["Checkpoint"][0] == ["Exported by", "Command line (command-line)"]
    assert said == f"1 entry; this export is entry {Entry.objects.get(action='exported').pk}.\n"


@pytest.mark.parametrize("form", making.FORMATS)
def test_command_says_how_far_it_is(kept, tmp_path, monkeypatch, form):
    monkeypatch.setattr(audit_export, "TELL_EVERY_S", 0)
    _, said = ran("--format", form, "--output", str(tmp_path / "trail"))
    count = Entry.objects.count() - 1
    *told, last = said.splitlines()
    assert [line.split(" ", 1)[1] for line in told] == (
        [f"of {count} entries"] if form == "xlsx" else ["KiB"] * len(told)
    )
    assert last == f"{count} entries; this export is entry {Entry.objects.get(action='exported').pk}."


def test_command_says_that_no_checkpoint_covers_the_file(kept, monkeypatch):
    monkeypatch.setattr(making, "PATIENCE_S", 0)
    sealing.seal()
    keys.key_path().unlink()
    _, said = ran("--action", "printed")
    assert said.splitlines()[1].startswith("No checkpoint covers this export yet: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "xlsx"], "A workbook needs a file to go to"),
        (["--from", "yesterday"], "--from: Enter a valid date."),
        (["--person", "nobody"], "Nobody has the user name nobody."),
        (
            ["--action", "deleted"],
            "--action: Select a valid choice.",
        ),
    ],
)
def test_command_refuses_filters_it_can_not_read(kept, arguments, words):
    with pytest.raises(CommandError) as refused:
        ran(*arguments)
    assert str(refused.value).startswith(words)
    assert Entry.objects.filter(action="exported").count() == 0
