"""The trail as a file: the same bytes from both engines, streamed, and an entry before the first of them.

The export reads over a connection of its own, so these tests commit what they write.
"""

import csv
import datetime as dt
import io
import json

import pytest

from audit import canonical, export, export_lines
from audit.export import Export
from audit.models import Entry
from audit.trail import TrailFilter
from tests.audit.exporting import HEADER, change, write
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)


def taken(form="csv", by=None, **wanted):
    made = Export(wanted=TrailFilter(**wanted), form=form, by=by)
    return b"".join(made).decode(), made


def test_r077_csv_is_the_same_on_both_engines(kept, operator):
    text, _ = taken(by=operator)
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


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(operator):
    for value in CELLS:
        write(by=operator, parts={"changes": [change(value, value)], "reason": None})
    text, _ = taken(by=operator, action="changed")
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


def test_lines_stand_in_the_order_of_entries_and_of_their_fields(operator):
    for n in range(30):
        fields = [change(None, str(n), field=f"f{i}") for i in range(5)]
        write(by=operator, parts={"changes": fields, "reason": None})
    text, _ = taken(by=operator, action="changed")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["new"], row["field"]) for row in rows] == [
        (str(n), f"f{i}") for n in range(30) for i in range(5)
    ]
    assert [int(row["entry"]) for row in rows] == sorted(int(row["entry"]) for row in rows)


def test_python_writes_the_lines_that_postgresql_writes(kept, operator):
    """The lines of SQLite's way, on whatever engine runs: the export must have given the same."""
    text, made = taken(by=operator)
    rows = Entry.objects.filter(pk__lt=made.entry.pk).order_by("id").values_list(*export_lines.COLUMNS)
    assert text == HEADER + "".join(export_lines.csv_lines(rows))


def test_json_lines_hold_the_stored_text_character_for_character(kept, operator):
    text, made = taken("jsonl", by=operator)
    entries = Entry.objects.filter(pk__lt=made.entry.pk).order_by("id")
    assert text == "".join(
        f'{{"entry":{entry.pk},"leaf":"{bytes(entry.leaf_hash).hex()}","body":{entry.body}}}\n'
        for entry in entries
    )
    for line, entry in zip(text.splitlines(), entries, strict=True):
        body = line.partition('"body":')[2][:-1]
        assert canonical.leaf_hash(body).hex() == json.loads(line)["leaf"] == bytes(entry.leaf_hash).hex()


@pytest.mark.parametrize("form", export.FORMATS)
def test_r008_export_is_an_entry_before_the_first_byte_leaves(kept, operator, form):
    made = Export(wanted=TrailFilter(action="printed", since=dt.date(2026, 11, 1)), form=form, by=operator)
    entry = Entry.objects.latest("id")
    made.close()
    assert (entry.pk, entry.action, entry.act, entry.actor) == (
        made.entry.pk,
        "exported",
        "export_trail",
        operator,
    )
    assert json.loads(entry.body)["detail"] == {
        "format": form,
        "entries": 1,
        "filters": {"action": "printed", "from": "2026-11-01", "time_zone": "UTC"},
    }


def test_export_holds_what_stood_when_it_was_asked_for(kept, operator):
    made = Export(wanted=TrailFilter(), form="jsonl", by=operator)
    later = write(by=operator, parts={"detail": {}}, action="printed")
    entries = [json.loads(line)["entry"] for line in b"".join(made).decode().splitlines()]
    assert (len(entries), max(entries)) == (made.count, kept[-1].pk)
    assert made.entry.pk < later.pk


def test_export_goes_on_undisturbed_while_others_write(operator, monkeypatch):
    monkeypatch.setattr(export, "ENTRIES_A_FETCH", 2)
    monkeypatch.setattr(export, "CHUNK_BYTES", 1)
    for n in range(20):
        write(by=operator, parts={"changes": [change(None, str(n))], "reason": None})
    made = Export(wanted=TrailFilter(action="changed"), form="csv", by=operator)
    pieces = []
    for piece in made:
        pieces.append(piece)
        write(by=operator, parts={"changes": [change(None, "later")], "reason": None})
    rows = list(csv.DictReader(io.StringIO(b"".join(pieces).decode())))
    assert [row["new"] for row in rows] == [str(n) for n in range(20)]


def test_export_leaves_in_large_pieces(operator):
    for _ in range(300):
        write(by=operator, parts={"changes": [change(None, "x" * 2000)], "reason": None})
    made = Export(wanted=TrailFilter(action="changed"), form="csv", by=operator)
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
def test_export_takes_the_filters_of_the_page(kept, operator, wanted, which):
    text, made = taken("jsonl", by=operator, **wanted)
    assert [json.loads(line)["entry"] for line in text.splitlines()] == [kept[n].pk for n in which]
    assert made.count == len(which)


def test_export_of_nothing_is_a_header(operator):
    assert taken(by=operator, batch="EXO-1")[0] == HEADER


def test_export_that_fails_closes_its_connection(operator, monkeypatch):
    closed = []
    monkeypatch.setattr(Export, "close", lambda self: closed.append(self._connection.close()))
    with pytest.raises(AttributeError):
        Export(wanted=TrailFilter(), form="csv", by="nobody")
    assert closed == [None]
