"""Entries with bodies of our choice, for the tests of the export."""

import csv
import datetime as dt
import io
import json

from django.db import transaction

from audit import records
from audit.exporting.making import Export
from audit.models import EntryAction
from audit.trail.asking import TrailFilter

AT = dt.datetime(2026, 11, 23, 19, 0, tzinfo=dt.UTC)


def write(*, by, parts, action="changed", seconds=0, act="correct_step", at=AT):
    """An entry with a body of our choice, at a fixed moment."""
    with transaction.atomic():
        at += dt.timedelta(seconds=seconds)
        return records._write_entry(EntryAction(action), by=by, at=at, record=None, parts=parts, act=act)


def change(old, new, **more):
    return {"field": "note", "label": "Note", "unit": "", "old": old, "new": new} | more


HEADER = (
    "entry,time_utc,time_local,printed_name,user_name,role,action,act,kind,record,batch,number_in_batch,"
    "field,label,old,new,unit,reason_category,reason,detail,checkpoint\n"
)


def taken(form="csv", by=None, **wanted):
    """An export as text, and the export."""
    made = Export(wanted=TrailFilter(**wanted), form=form, by=by)
    return b"".join(made).decode(), made


def rows_of(text):
    """The lines of a CSV that tell of entries, by column."""
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows[-1]["action"] == "checkpoint"
    return rows[:-1]


def entries_of(text):
    """The numbers of the entries in JSON Lines."""
    *lines, last = map(json.loads, text.splitlines())
    assert [*last] == ["checkpoint"]
    return [line["entry"] for line in lines]
