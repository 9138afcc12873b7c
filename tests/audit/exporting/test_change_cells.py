"""The cells that an entry keeps for the export: a pure function of its body, for old entries too."""

import csv
import importlib
import io
import json

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from audit import canonical, guards
from audit.exporting import lines
from audit.models import Entry
from tests.audit.exporting.bodies import HEADER, change, taken, write
from tests.audit.tampering import as_owner, run
from tests.audit.writing import body_of

MIGRATION = importlib.import_module("audit.migrations.0004_fill_change_cells")
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6) | st.text(
    st.sampled_from('=+-@\t\r\n",\x1e\u241e1.e'), max_size=6
)
VALUES = st.none() | st.booleans() | st.integers(-(2**54), 2**54) | TEXTS | st.lists(TEXTS, max_size=3)
CHANGES = st.lists(
    st.fixed_dictionaries(
        {"field": TEXTS, "label": TEXTS, "unit": TEXTS, "old": VALUES, "new": VALUES},
        optional={"old_text": TEXTS, "new_text": TEXTS, "typed": TEXTS},
    ),
    max_size=2,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "changes": CHANGES,
        "reason": st.none() | st.fixed_dictionaries({"category": st.just("other"), "words": TEXTS}),
        "detail": st.dictionaries(st.sampled_from(["a", "b", "words"]), VALUES),
    },
)


def shown(value):
    """A value as the export shows it, before it is quoted."""
    value = "" if value is None else canonical.plain(value)
    text = value if isinstance(value, str) else canonical.text(value)
    text = text.replace("\x1e", "\u241e")
    return f"'{text}" if text[:1] and text[0] in "=+-@\t\r" and not is_number(text) else text


def is_number(text):
    return lines._is_plain_number(text) is not None


@given(BODIES)
def test_cells_hold_every_change_and_read_back_as_they_were(body):
    tail, *fields = lines.change_cells(body).split("\x1e")
    reason = body.get("reason") or {}
    told = [reason.get("category"), reason.get("words"), body.get("detail") or None]
    expected = [[shown(value) for value in told]]
    for one in body.get("changes") or [{"old": None, "new": None}]:
        old, new = one.get("old_text", one["old"]), one.get("new_text", one["new"])
        row = (one.get("field"), one.get("label"), old, new, one.get("unit"))
        expected.append([shown(value) for value in row])
    assert [lines.texts(cells) for cells in (tail, *fields)] == expected
    assert [next(csv.reader(io.StringIO(cells, newline=""))) for cells in (tail, *fields)] == expected


@given(BODIES)
def test_cells_are_the_same_before_and_after_the_body_is_made_canonical(body):
    assert lines.change_cells(body) == lines.change_cells(json.loads(canonical.text(body)))


def test_separator_inside_a_value_is_shown():
    assert lines.change_cells({"changes": [change("a\x1eb", "\x1e")]}) == ",,\x1enote,Note,a␞b,␞,"


def test_entry_without_changes_has_one_empty_field():
    assert lines.change_cells({}) == ",,\x1e,,,,"


def test_every_entry_is_written_with_its_cells(kept, changed):
    assert [entry.change_cells for entry in Entry.objects.order_by("id")] == [
        lines.change_cells(body_of(entry)) for entry in Entry.objects.order_by("id")
    ]


# --- entries from before ------------------------------------------------------------------------


def emptied():
    with as_owner():
        run("UPDATE audit_entry SET change_cells = ''")


def filled():
    with connection.schema_editor(atomic=True) as editor:
        MIGRATION.fill(None, editor)


@pytest.mark.django_db(transaction=True)
def test_migration_fills_the_cells_of_entries_that_exist(kept, operator, monkeypatch):
    before = list(Entry.objects.order_by("id").values())
    emptied()
    assert set(Entry.objects.values_list("change_cells", flat=True)) == {""}
    monkeypatch.setattr(MIGRATION, "ROWS_A_FETCH", 2)
    filled()
    assert list(Entry.objects.order_by("id").values()) == before


@pytest.mark.django_db(transaction=True)
def test_guards_stand_as_before_when_the_cells_are_filled(kept):
    before = guards.standing()
    emptied()
    filled()
    assert (guards.standing(), guards.missing()) == (before, [])
    with pytest.raises(DatabaseError, match="ExoLedger keeps every version"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE audit_entry SET change_cells = ''")


@pytest.mark.django_db(transaction=True)
def test_migration_that_fails_leaves_the_guards_standing(kept, monkeypatch):
    before = guards.standing()
    emptied()
    monkeypatch.setattr(MIGRATION, "change_cells", None)
    with pytest.raises(TypeError):
        filled()
    assert (guards.standing(), guards.missing()) == (before, [])
    assert set(Entry.objects.values_list("change_cells", flat=True)) == {""}


@pytest.mark.django_db(transaction=True)
def test_export_says_where_cells_are_not_at_hand(operator):
    entry = write(by=operator, parts={"changes": [change(None, "1")], "reason": None})
    emptied()
    text, _ = taken(by=operator, action="changed")
    assert text.startswith(HEADER)
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["entry"], row["label"], row["new"], row["detail"]) == (
        str(entry.pk),
        "",
        "",
        "The changes of this entry are not at hand: run manage.py verify.",
    )
