"""The values that entries replaced, and why."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps

from audit.refusal import ReasonCategory
from audit.trail.lines import Change
from audit.trail.telling import shown
from qc.entries import RecordEntry

CATEGORY_WORDS = dict(ReasonCategory.choices)


def replaced_fields(entry: RecordEntry) -> list[dict[str, Any]]:
    """The values that stood in the record and were replaced; computed ones and statuses only follow."""
    if entry.act.startswith("void_"):
        return []
    free = getattr(apps.get_model(entry.kind), "free_fields", ())
    return [one for one in entry.changes if one["old"] not in (None, "") and one["field"] not in free]


def replaced(entries: Iterable[RecordEntry]) -> Iterator[Change]:
    """The same as people read them."""
    for entry in entries:
        for one in replaced_fields(entry):
            old, new = (shown(one.get(f"{side}_text", one[side])) for side in ("old", "new"))
            yield Change(one["label"], one.get("unit", ""), old, new)


def why_words(entries: Iterable[RecordEntry]) -> str:
    """The reasons that were given, each once: 'Typing error: digits swapped'."""
    reasons = (entry.reason for entry in entries if entry.reason)
    words = (f"{CATEGORY_WORDS.get(one['category'], one['category'])}: {one['words']}" for one in reasons)
    return "; ".join(dict.fromkeys(words))
