"""What happened to a record while somebody was reading it, told from the entries."""

import json
from typing import Any

from django.db.models import Q

from audit.models import Entry
from batches.record.models import Batch
from qc.review.acts import LOOKING_ACTS
from qc.signatures.source import rests_on
from qc.signing import RECORD_CHANGES

MOST_TOLD = 4
LONGEST = 60


def what_changed(batch: Batch, shown: int) -> list[str]:
    """Sentences on what was written after the entry of that number: record, field, then and now, who."""
    seen = Entry.objects.filter(batch_number=batch.number, number_in_batch=shown).values_list("pk")[:1]
    later = Entry.objects.filter(
        Q(batch_number=batch.number, number_in_batch__gt=shown) | rests_on(batch),
        pk__gt=seen[0][0] if seen else 0,
        action__in=RECORD_CHANGES,
    )
    later = later.exclude(act__in=LOOKING_ACTS)
    told = [_told(entry) for entry in later.order_by("pk")[: MOST_TOLD + 1]]
    return [*told[:MOST_TOLD], *(["And more."] if len(told) > MOST_TOLD else [])]


def _told(entry: Entry) -> str:
    """'Step 1 · Pellet: Remarks empty → seen later (operator1).'"""
    changes = json.loads(entry.body).get("changes", [])
    if entry.action == "created":
        return f"{entry.object_label} is new ({entry.actor_username})."
    fields = "; ".join(
        f"{one['label']} {_words(one, 'old')} → {_words(one, 'new')}" for one in changes[:MOST_TOLD]
    )
    return f"{entry.object_label}: {fields} ({entry.actor_username})."


def _words(change: dict[str, Any], side: str) -> str:
    """One side of a change, short."""
    value = change.get(f"{side}_text", change.get(side))
    words = "empty" if value in (None, "") else str(value)
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
