"""Entries with bodies of our choice, for the tests of the export."""

import datetime as dt

from django.db import transaction

from audit import records
from audit.models import EntryAction

AT = dt.datetime(2026, 11, 23, 19, 0, tzinfo=dt.UTC)


def write(*, by, parts, action="changed", seconds=0, act="correct_step"):
    """An entry with a body of our choice, at a fixed moment."""
    with transaction.atomic():
        at = AT + dt.timedelta(seconds=seconds)
        return records._write_entry(EntryAction(action), by=by, at=at, record=None, parts=parts, act=act)


def change(old, new, **more):
    return {"field": "note", "label": "Note", "unit": "", "old": old, "new": new} | more


HEADER = (
    "entry,time_utc,printed_name,user_name,role,action,act,kind,record,batch,number_in_batch,"
    "field,label,old,new,unit,reason_category,reason,detail\n"
)
