"""What the trail tells of each value of a batch, and the trail itself, read once."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from audit.models import Entry, EntryAction
from audit.refusal import ReasonCategory
from audit.trail import telling
from audit.trail.telling import shown
from qc.papers.heads import minute_words

ACTIONS = dict(EntryAction.choices)
CATEGORIES = dict(ReasonCategory.choices)
COLUMNS = (
    "number_in_batch",
    "at",
    "actor_name",
    "actor_username",
    "action",
    "act",
    "kind",
    "object_id",
    "object_label",
    "body",
)
Place = tuple[str, int, str]  # kind and key of a record, name of a field


@dataclass
class Past:
    """Who saved a value last, and every value that stood there before, oldest first."""

    saved: str = ""
    earlier: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Histories:
    """The pasts of all values, why records were voided, and the lines of the trail."""

    pasts: dict[Place, Past] = field(default_factory=lambda: defaultdict(Past))
    voided: dict[tuple[str, int], str] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, batch_number: str, signed: Iterable[int] = ()) -> "Histories":
        """Read all entries of a batch. `signed` are the numbers of entries up to which somebody signed."""
        found, first_signed = cls(), min(signed, default=None)
        rows = Entry.objects.filter(batch_number=batch_number).order_by("number_in_batch")
        for row in rows.values(*COLUMNS).iterator(chunk_size=500):
            body = json.loads(row["body"])
            after = first_signed is not None and row["number_in_batch"] > first_signed
            found._take(row, body, after_signing=after)
            found.lines.append(_line(row, body))
        return found

    def past(self, record: Model, name: str) -> Past:
        """What is known of one field of a record."""
        return self.pasts.get((record._meta.label_lower, record.pk, name), Past())

    def why_voided(self, record: Model) -> str:
        """The reason with which a record was voided."""
        return self.voided.get((record._meta.label_lower, record.pk), "")

    def _take(self, row: dict[str, Any], body: dict[str, Any], *, after_signing: bool) -> None:
        reason = _reason(body)
        if row["act"].startswith("void_") and reason:
            self.voided[row["kind"], row["object_id"]] = reason
        for change in body.get("changes", ()):
            past = self.pasts[row["kind"], row["object_id"], change["field"]]
            past.saved = f"{row['actor_username']} · {minute_words(row['at'])}"
            if change["old"] not in (None, ""):
                past.earlier.append(
                    {
                        "text": shown(change.get("old_text", change["old"])) or "",
                        "until": past.saved,
                        "why": reason,
                        "entry": row["number_in_batch"],
                        "after_signing": after_signing,
                    }
                )


def _reason(body: dict[str, Any]) -> str:
    reason = body.get("reason") or {}
    if not reason:
        return ""
    return f"{CATEGORIES.get(reason['category'], reason['category'])}: {reason['words']}"


def _line(row: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """An entry as the printed trail shows it."""
    detail = dict(body.get("detail") or {})
    words = str(detail.pop("words", ""))
    told = [words, *telling.sentences(row["action"], detail)] if detail or words else []
    return {
        "number": row["number_in_batch"],
        "at": f"{row['at']:%Y-%m-%d %H:%M:%S}",
        "who": row["actor_name"],
        "username": row["actor_username"],
        "what": ACTIONS.get(row["action"], row["action"]),
        "act": row["act"].replace("_", " "),
        "record": row["object_label"],
        "changes": [_change(change) for change in body.get("changes", ())],
        "told": "; ".join(part for part in told if part),
        "why": _reason(body),
    }


def _change(change: dict[str, Any]) -> list[str]:
    """Label, old value (empty without one) and new value of a changed field."""
    unit = change.get("unit", "")
    old, new = (shown(change.get(f"{side}_text", change[side])) for side in ("old", "new"))
    return [change["label"], _with(old, unit), _with(new, unit) or "empty"]


def _with(text: str | None, unit: str) -> str:
    return f"{text} {unit}".rstrip() if text else ""
