"""The trail as a file: the same bytes from both engines, streamed, and an entry before the first of them.

The export reads over a connection of its own, so these tests commit what they write.
"""

import csv
import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from audit import canonical, export, export_lines, records
from audit.export import Export
from audit.models import Entry, EntryAction
from audit.trail import TrailFilter
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)

AT = dt.datetime(2026, 11, 23, 19, 0, tzinfo=dt.UTC)


def write(*, by, parts, action="changed", seconds=0, act="correct_step"):
    """An entry with a body of our choice, at a fixed moment."""
    with transaction.atomic():
        at = AT + dt.timedelta(seconds=seconds)
        return records._write_entry(EntryAction(action), by=by, at=at, record=None, parts=parts, act=act)


def change(old, new, **more):
    return {"field": "note", "label": "Note", "unit": "", "old": old, "new": new} | more


@pytest.fixture
def person():
    return PersonFactory(username="operator1", printed_name="Operator One", role="operator")


@pytest.fixture
def auditor():
    return PersonFactory(username="auditor1", printed_name="Auditor One", role="auditor")


@pytest.fixture
def kept(person):
    """Entries with everything that a CSV can trip over."""
    reason = {"category": "typing_error", "words": 'swapped, see "plate"\nline 2'}
    changes = [
        {"field": "volume_in_ml", "label": "Volume in", "unit": "mL", "old": "6.7", "new": "-4.5"},
        {
            "field": "status",
            "label": "Status",
            "unit": "",
            "old": None,
            "new": "running",
            "new_text": "Running",
        },
        {"field": "is_critical", "label": "Critical", "unit": "", "old": False, "new": True},
        {"field": "count", "label": "Count", "unit": "µm²", "old": 12, "new": {"a": [1, "x"], "b": None}},
    ]
    return [
        write(by=person, parts={"changes": changes, "reason": reason}),
        write(by=person, parts={"changes": [], "reason": None}, action="created", seconds=1),
        write(
            by=None,
            parts={"detail": {"address": "::1", "known_name": False}},
            action="sign_in_failed",
            act="sign_in",
        ),
        write(by=person, parts={"detail": {}}, action="printed", act="print_record"),
    ]


def taken(form="csv", by=None, **wanted):
    made = Export(wanted=TrailFilter(**wanted), form=form, by=by)
    return b"".join(made).decode(), made


HEADER = (
    "entry,time_utc,printed_name,user_name,role,action,act,kind,record,batch,number_in_batch,"
    "field,label,old,new,unit,reason_category,reason,detail\n"
)


def test_r077_csv_is_the_same_on_both_engines(kept, person):
    text, _ = taken(by=person)
    one, two, three, four = (entry.pk for entry in kept)
    whose = "Operator One,operator1,operator"
    who = f"2026-11-23T19:00:00.000000Z,{whose},changed,correct_step,,,,"
    why = 'typing_error,"swapped, see ""plate""\nline 2",'
    lines = "".join(text.partition(f"{one},2026-")[1:])
    assert text.startswith(HEADER)
    assert lines == (
        f"{one},{who},volume_in_ml,Volume in,6.7,-4.5,mL,{why}\n"
        f"{one},{who},status,Status,,Running,,{why}\n"
        f"{one},{who},is_critical,Critical,false,true,,{why}\n"
        f'{one},{who},count,Count,12,"{{""a"":[1,""x""],""b"":null}}",µm²,{why}\n'
        f"{two},2026-11-23T19:00:01.000000Z,{whose},created,correct_step,,,,,,,,,,,,\n"
        f"{three},2026-11-23T19:00:00.000000Z,nobody signed in,,,sign_in_failed,sign_in,,,,,,,,,,,,"
        '"{""address"":""::1"",""known_name"":false}"\n'
        f"{four},2026-11-23T19:00:00.000000Z,{whose},printed,print_record,,,,,,,,,,,,\n"
    )


CELLS = {
    "=1+1": "'=1+1",
    "+49 123": "'+49 123",
    "-4.5+1": "'-4.5+1",
    "@SUM(A1)": "'@SUM(A1)",
    "\tx": "'\tx",
    "\rx": "'\rx",
    "-": "'-",
    "--1": "'--1",
    "-4.5": "-4.5",
    "+7": "+7",
    "-2.4e10": "-2.4e10",
    "-1e-3": "-1e-3",
    "7.6": "7.6",
    " =1": " =1",
    "a=1": "a=1",
    "−4": "−4",
    "'=1": "'=1",
    "\n=1": "\n=1",
    '"': '"',
    "a,b": "a,b",
    "a\r\nb": "a\r\nb",
    "\\.": "\\.",
    "\\N": "\\N",
    "NULL": "NULL",
    "0": "0",
    "true": "true",
    "=1\n+1": "'=1\n+1",
    "-1\n": "'-1\n",
}


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(person):
    for value in CELLS:
        write(by=person, parts={"changes": [change(value, value)], "reason": None})
    text, _ = taken(by=person, action="changed")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["old"] for row in rows] == list(CELLS.values())
    assert [row["new"] for row in rows] == list(CELLS.values())


def test_every_cell_that_people_write_is_made_harmless():
    person = PersonFactory(printed_name="=Name")
    parts = {
        "changes": [change("x", "y", label="=label", unit="=unit", old_text="=old", new_text="=new")],
        "reason": {"category": "other", "words": "=reason"},
    }
    write(by=person, parts=parts)
    text, _ = taken(by=person, action="changed")
    row = next(csv.DictReader(io.StringIO(text)))
    assert [row[name] for name in ("printed_name", "label", "old", "new", "unit", "reason")] == [
        "'=Name",
        "'=label",
        "'=old",
        "'=new",
        "'=unit",
        "'=reason",
    ]


def test_lines_stand_in_the_order_of_entries_and_of_their_fields(person):
    for n in range(30):
        fields = [change(None, str(n), field=f"f{i}") for i in range(5)]
        write(by=person, parts={"changes": fields, "reason": None})
    text, _ = taken(by=person, action="changed")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["new"], row["field"]) for row in rows] == [
        (str(n), f"f{i}") for n in range(30) for i in range(5)
    ]
    assert [int(row["entry"]) for row in rows] == sorted(int(row["entry"]) for row in rows)


def test_python_writes_the_lines_that_postgresql_writes(kept, person):
    """The lines of SQLite's way, on whatever engine runs: the export must have given the same."""
    text, made = taken(by=person)
    rows = Entry.objects.filter(pk__lt=made.entry.pk).order_by("id").values_list(*export_lines.COLUMNS)
    assert text == HEADER + "".join(export_lines.csv_lines(rows))


def test_json_lines_hold_the_stored_text_character_for_character(kept, person):
    text, made = taken("jsonl", by=person)
    entries = Entry.objects.filter(pk__lt=made.entry.pk).order_by("id")
    assert text == "".join(
        f'{{"entry":{entry.pk},"leaf":"{bytes(entry.leaf_hash).hex()}","body":{entry.body}}}\n'
        for entry in entries
    )
    for line, entry in zip(text.splitlines(), entries, strict=True):
        body = line.partition('"body":')[2][:-1]
        assert canonical.leaf_hash(body).hex() == json.loads(line)["leaf"] == bytes(entry.leaf_hash).hex()


@pytest.mark.parametrize("form", export.FORMATS)
def test_r008_export_is_an_entry_before_the_first_byte_leaves(kept, person, form):
    made = Export(wanted=TrailFilter(action="printed", since=dt.date(2026, 11, 1)), form=form, by=person)
    entry = Entry.objects.latest("id")
    made.close()
    assert (entry.pk, entry.action, entry.act, entry.actor) == (
        made.entry.pk,
        "exported",
        "export_trail",
        person,
    )
    assert json.loads(entry.body)["detail"] == {
        "format": form,
        "entries": 1,
        "filters": {"action": "printed", "from": "2026-11-01", "time_zone": "UTC"},
    }


def test_export_holds_what_stood_when_it_was_asked_for(kept, person):
    made = Export(wanted=TrailFilter(), form="jsonl", by=person)
    later = write(by=person, parts={"detail": {}}, action="printed")
    entries = [json.loads(line)["entry"] for line in b"".join(made).decode().splitlines()]
    assert (len(entries), max(entries)) == (made.count, kept[-1].pk)
    assert made.entry.pk < later.pk


def test_export_goes_on_undisturbed_while_others_write(person, monkeypatch):
    monkeypatch.setattr(export, "ENTRIES_A_FETCH", 2)
    monkeypatch.setattr(export, "CHUNK_BYTES", 1)
    for n in range(20):
        write(by=person, parts={"changes": [change(None, str(n))], "reason": None})
    made = Export(wanted=TrailFilter(action="changed"), form="csv", by=person)
    pieces = []
    for piece in made:
        pieces.append(piece)
        write(by=person, parts={"changes": [change(None, "later")], "reason": None})
    rows = list(csv.DictReader(io.StringIO(b"".join(pieces).decode())))
    assert [row["new"] for row in rows] == [str(n) for n in range(20)]


def test_export_leaves_in_large_pieces(person):
    for _ in range(300):
        write(by=person, parts={"changes": [change(None, "x" * 2000)], "reason": None})
    made = Export(wanted=TrailFilter(action="changed"), form="csv", by=person)
    header, *pieces = list(made)
    assert header == HEADER.encode()
    assert len(pieces) > 1
    assert all(export.CHUNK_BYTES <= len(piece) < 2 * export.CHUNK_BYTES for piece in pieces[:-1])


@pytest.mark.parametrize(
    ("wanted", "which"),
    [
        ({"action": "printed"}, [3]),
        ({"until": dt.date(2026, 11, 22)}, []),
        ({"since": dt.date(2026, 11, 23), "until": dt.date(2026, 11, 23), "action": "changed"}, [0]),
        ({"batch": "EXO*"}, []),
        ({"batch": "EXO-2026-0001"}, []),
        ({"kind": "batches.batch"}, []),
    ],
)
def test_export_takes_the_filters_of_the_page(kept, person, wanted, which):
    text, made = taken("jsonl", by=person, **wanted)
    assert [json.loads(line)["entry"] for line in text.splitlines()] == [kept[n].pk for n in which]
    assert made.count == len(which)


def test_export_of_nothing_is_a_header(person):
    assert taken(by=person, batch="EXO-1")[0] == HEADER


def test_export_that_fails_closes_its_connection(person, monkeypatch):
    closed = []
    monkeypatch.setattr(Export, "close", lambda self: closed.append(self._connection.close()))
    with pytest.raises(AttributeError):
        Export(wanted=TrailFilter(), form="csv", by="nobody")
    assert closed == [None]


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
    monkeypatch.setattr(export, "_begin_snapshot", made.append)
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
    assert text == HEADER + (
        f"{kept[3].pk},2026-11-23T19:00:00.000000Z,Operator One,operator1,operator,printed,print_record"
        ",,,,,,,,,,,,\n"
    )
    assert said == f"1 entries; this export is entry {entry.pk}.\n"
    assert (entry.actor_username, entry.actor_role) == ("command-line", "system")


def test_command_writes_a_file_and_never_over_one(kept, tmp_path):
    path = tmp_path / "trail.jsonl"
    ran("--format", "jsonl", "--output", str(path), "--person", "Operator1", "--to", "2026-11-23")
    assert [json.loads(line)["entry"] for line in path.read_text().splitlines()] == [
        kept[0].pk,
        kept[1].pk,
        kept[3].pk,
    ]
    with pytest.raises(CommandError, match="File exists"):
        ran("--output", str(path))
    assert Entry.objects.filter(action="exported").count() == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
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
