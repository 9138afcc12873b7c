"""The trail as a file: the same bytes from both engines, streamed, and an entry before the first of them.

The export reads over a connection of its own, so these tests commit what they write.
"""

import datetime as dt
import json

import pytest
from django.db import connection, transaction

from audit import canonical
from audit.exporting import lines, making
from audit.exporting.making import Export
from audit.ledger import keys, sealing
from audit.models import Checkpoint, Entry, Leaf
from audit.trail.asking import TrailFilter
from tests.audit.exporting.bodies import HEADER, change, entries_of, rows_of, taken, write
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_r077_csv_is_the_same_on_both_engines(kept, operator, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    text, made = taken(by=operator)
    one, two, three, four = (entry.pk for entry in kept)
    size = Entry.objects.count() - 1
    whose = "Operator One,operator1,operator"
    at = "2026-11-23T19:00:00.000000Z,2026-11-23T20:00:00.000000+01:00"
    who = f"{at},{whose},changed,correct_step,,,,"
    why = f'typing_error,"swapped, see ""plate""\nline 2",,{size}'
    lines = "".join(text.partition(f"{one},2026-")[1:])
    assert text.startswith(HEADER)
    assert lines == (
        f"{one},{who},volume_in_ml,Volume in,6.7,-4.5,mL,{why}\n"
        f"{one},{who},status,Status,,Running,,{why}\n"
        f"{one},{who},is_critical,Critical,false,true,,{why}\n"
        f'{one},{who},count,Count,12,"{{""a"":[1,""x""],""b"":null}}",µm²,{why}\n'
        f"{two},2026-11-23T19:00:01.000000Z,2026-11-23T20:00:01.000000+01:00,{whose},created,correct_step"
        f",,,,,,,,,,,,,{size}\n"
        f"{three},{at},nobody signed in,,,sign_in_failed,sign_in,,,,,,,,,,,,"
        f'"{{""address"":""::1"",""known_name"":false}}",{size}\n'
        f"{four},{at},{whose},printed,print_record,,,,,,,,,,,,,{size}\n"
        f',,,,,,checkpoint,,,,,,,,,,,,,"{made.note}",{size + 1}\n'
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
    rows = rows_of(text)
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
    row = rows_of(text)[0]
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
    rows = rows_of(text)
    assert [(row["new"], row["field"]) for row in rows] == [
        (str(n), f"f{i}") for n in range(30) for i in range(5)
    ]
    assert [int(row["entry"]) for row in rows] == sorted(int(row["entry"]) for row in rows)


def python_lines(made):
    """The lines of SQLite's way, on whatever engine runs."""
    connection.ensure_connection()
    found = Entry.objects.filter(pk__lt=made.entry.pk)
    fetched = making._fetched(connection, lines.ROWS[connection.vendor], found)
    with transaction.atomic():
        return "".join(line for rows in fetched for line in lines.csv_lines(rows, making.zone()))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata"])
def test_python_writes_the_lines_that_postgresql_writes(kept, operator, settings, zone):
    settings.TIME_ZONE = zone
    moments = (
        dt.datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 29, 1, 0, tzinfo=dt.UTC),
        dt.datetime(2026, 10, 25, 0, 30, 0, 1, tzinfo=dt.UTC),
        dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC),
    )
    for at in moments:
        write(by=operator, parts={"changes": [change("a", "b")], "reason": None}, at=at)
    text, made = taken(by=operator)
    assert text == HEADER + python_lines(made) + lines.csv_end(made.note, made.checkpoint.size)
    assert [row["time_local"] for row in rows_of(text)[-4:]] == [
        at.astimezone(making.zone()).isoformat(timespec="microseconds") for at in moments
    ]


ODD = ["=Name", "-1", "+", 'a "b", c', "a\nb", "\x1e", ",", "-4.5+1", "\x01", "", "'", "\\", "−1", "-x,y"]


@pytest.mark.parametrize("odd", ODD)
def test_what_names_an_entry_is_written_alike_by_both_ways(odd, operator, settings):
    person = PersonFactory(printed_name=odd or "x")
    for field, value in (("act", odd), ("act", "plain")):
        write(by=person, parts={"changes": [change(odd, odd)], "reason": None}, **{field: value})
    text, made = taken(by=person)
    assert text == HEADER + python_lines(made) + lines.csv_end(made.note, made.checkpoint.size)
    row = rows_of(text)[-2]
    assert row["printed_name"] == lines.texts(lines.cell(odd or "x"))[0]
    assert (row["act"], row["old"], row["new"]) == (lines.texts(lines.cell(odd))[0],) * 3


def test_json_lines_hold_the_stored_text_character_for_character(kept, operator):
    text, made = taken("jsonl", by=operator)
    entries = Entry.objects.filter(pk__lt=made.entry.pk).order_by("id")
    end = json.dumps({"checkpoint": made.note}, ensure_ascii=False, separators=(",", ":"))
    assert (
        text
        == "".join(
            f'{{"entry":{entry.pk},"leaf":"{bytes(entry.leaf_hash).hex()}","body":{entry.body}}}\n'
            for entry in entries
        )
        + f"{end}\n"
    )
    for line, entry in zip(text.splitlines(), entries, strict=False):
        body = line.partition('"body":')[2][:-1]
        assert canonical.leaf_hash(body).hex() == json.loads(line)["leaf"] == bytes(entry.leaf_hash).hex()


@pytest.mark.parametrize("form", making.FORMATS)
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
    entries = entries_of(b"".join(made).decode())
    assert (len(entries), max(entries)) == (made.count, kept[-1].pk)
    assert made.entry.pk < later.pk


def test_lines_name_the_first_checkpoint_that_covers_their_entry(operator):
    for n in range(2):
        write(by=operator, parts={"changes": [change(None, str(n))], "reason": None})
        sealing.seal()
    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    text, made = taken(by=operator, action="changed")
    assert [int(row["checkpoint"]) for row in rows_of(text)] == sizes
    assert made.checkpoint.size == sizes[-1] + 1
    assert made.checkpoint == Leaf.objects.get(entry=made.entry).checkpoint


def unsealed(monkeypatch):
    """An installation whose key is gone; the export waits for nobody."""
    monkeypatch.setattr(making, "PATIENCE_S", 0)
    sealing.seal()
    keys.key_path().unlink()


def test_export_goes_on_when_sealing_has_stopped_and_says_so(operator, monkeypatch):
    unsealed(monkeypatch)
    write(by=operator, parts={"changes": [change(None, "1")], "reason": None})
    text, made = taken(by=operator, action="changed")
    assert [row["checkpoint"] for row in rows_of(text)] == [""]
    assert text.endswith(lines.csv_end(made.note, None))
    assert made.note.startswith("No checkpoint covers this export yet: ")
    assert str(keys.key_path().parent) in made.note
    last = json.loads(taken("jsonl", by=operator)[0].splitlines()[-1])
    assert last == {"checkpoint": None, "why": made.note}


def test_export_without_a_checkpoint_is_the_same_in_both_ways(kept, operator, monkeypatch):
    unsealed(monkeypatch)
    write(by=operator, parts={"changes": [change(None, "1")], "reason": None})
    text, made = taken(by=operator)
    assert text == HEADER + python_lines(made) + lines.csv_end(made.note, None)


def test_export_goes_on_undisturbed_while_others_write(operator, monkeypatch):
    monkeypatch.setattr(making, "ENTRIES_A_FETCH", 2)
    monkeypatch.setattr(making, "CHUNK_BYTES", 1)
    for n in range(20):
        write(by=operator, parts={"changes": [change(None, str(n))], "reason": None})
    made = Export(wanted=TrailFilter(action="changed"), form="csv", by=operator)
    pieces = []
    for piece in made:
        pieces.append(piece)
        write(by=operator, parts={"changes": [change(None, "later")], "reason": None})
    rows = rows_of(b"".join(pieces).decode())
    assert [row["new"] for row in rows] == [str(n) for n in range(20)]


def test_export_leaves_in_large_pieces(operator):
    for _ in range(300):
        write(by=operator, parts={"changes": [change(None, "x" * 2000)], "reason": None})
    made = Export(wanted=TrailFilter(action="changed"), form="csv", by=operator)
    header, *pieces, _ = list(made)
    assert header == HEADER.encode()
    assert len(pieces) > 1
    assert all(making.CHUNK_BYTES <= len(piece) < 2 * making.CHUNK_BYTES for piece in pieces[:-1])


@pytest.mark.parametrize(
    ("wanted", "which"),
    [
        ({"action": "printed"}, [3]),
        ({"until": dt.date(2026, 11, 22)}, []),
        ({"since": dt.date(2026, 11, 23), "until": dt.date(2026, 11, 23), "action": "changed"}, [0]),
        ({"batch": "EXO*"}, []),
        ({"batch": "EXO-2026-0001"}, []),
        ({"kind": "batches.batch"}, []),
        ({"only": "reasons"}, [0]),
    ],
)
def test_export_takes_the_filters_of_the_page(kept, operator, wanted, which):
    text, made = taken("jsonl", by=operator, **wanted)
    assert entries_of(text) == [kept[n].pk for n in which]
    assert made.count == len(which)


def test_export_of_nothing_is_a_header_and_a_checkpoint(operator):
    text, made = taken(by=operator, batch="EXO-1")
    assert text == HEADER + lines.csv_end(made.note, Entry.objects.count())


def test_export_that_fails_closes_its_connection(operator, monkeypatch):
    closed = []
    monkeypatch.setattr(Export, "close", lambda self: closed.append(self._connection.close()))
    with pytest.raises(AttributeError):
        Export(wanted=TrailFilter(), form="csv", by="nobody")
    assert closed == [None]
