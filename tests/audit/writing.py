"""What tests of the trail write and read with."""

import json

from django.db import transaction

from audit import records
from audit.models import EntryAction
from audit.refusal import Reason

TYPING_ERROR = Reason("typing_error", "digits swapped, see <plate> export")


def save(record, by, **given):
    """Write a record through the door, in a transaction."""
    with transaction.atomic():
        return records.save(record, by=by, **given)


def event(happening, by, **given):
    """Write an event, in a transaction."""
    with transaction.atomic():
        return records.event(EntryAction(happening), by=by, **given)


def body_of(entry):
    """What an entry's text holds."""
    return json.loads(entry.body)


def changes_in(entry):
    """The changes an entry tells of, by field."""
    return {change["field"]: change for change in body_of(entry)["changes"]}
