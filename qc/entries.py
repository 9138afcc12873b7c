"""Entries of batches as the rules of a review read them: columns of all, the text of those that tell more."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Case, F, Value, When
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from audit.models import Entry, EntryAction
from batches.record.models import Batch
from qc.signing import REVIEW_ACTS

# Whose text a rule reads: a value was replaced with a reason, a check was given or taken back, a step or
# assay says when it was done. These words are JSON keys; in somebody's own words their quotes are escaped.
NEEDED = ('"reason":{', '"field":"checked_at"', '"field":"performed_')
COLUMNS = ("number_in_batch", "at", "actor_username", "action", "act", "kind", "object_id", "object_label")


class RecordEntry(NamedTuple):
    """An entry that changed a record: its number in the batch, who, what, and the text where it is needed."""

    number: int
    at: dt.datetime
    username: str
    action: str
    act: str
    kind: str
    object_id: int
    label: str
    body: dict[str, Any] | None

    @property
    def key(self) -> tuple[str, int]:
        """The record that it tells of."""
        return self.kind, self.object_id

    @property
    def changes(self) -> list[dict[str, Any]]:
        """What changed, field by field; empty where the text was not read."""
        return (self.body or {}).get("changes") or []

    @property
    def reason(self) -> dict[str, str]:
        return (self.body or {}).get("reason") or {}

    def change_of(self, field: str) -> dict[str, Any] | None:
        """What it did to one field."""
        return next((one for one in self.changes if one["field"] == field), None)


def entries_of(batches: Iterable[Batch], *, told_after: int | None = None) -> dict[int, list[RecordEntry]]:
    """The entries that changed the record of each batch, oldest first, without a review's own; one query.

    Of those after `told_after` (a number in the batch) the text is read whatever it tells of.
    """
    batch_of = {batch.number: batch.pk for batch in batches}
    needed = [When(GreaterThan(StrIndex("body", Value(words)), 0), then=F("body")) for words in NEEDED]
    if told_after is not None:
        needed.append(When(number_in_batch__gt=told_after, then=F("body")))
    changing = Entry.objects.filter(
        batch_number__in=list(batch_of), action__in=[EntryAction.CREATED, EntryAction.CHANGED]
    )
    rows = changing.order_by("batch_number", "number_in_batch").values_list(
        "batch_number", *COLUMNS, Case(*needed)
    )
    found: dict[int, list[RecordEntry]] = defaultdict(list)
    for number, *columns, body in rows:
        if columns[4] not in REVIEW_ACTS:
            found[batch_of[number]].append(RecordEntry._make((*columns, body and json.loads(body))))
    return found
