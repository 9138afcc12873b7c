"""The record for people, as one HTML file: no script, nothing fetched from elsewhere, made for paper too.

It is read from the entries themselves, so what stands in it can be proved: every value names the entry that
wrote it, and says so where an earlier value was replaced.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import Count, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from audit.bundle.notes import Note, note_of
from audit.bundle.sections import Section
from audit.ledger.models import Checkpoint
from audit.ledger.printing import Printed
from audit.models import Entry, EntryAction
from audit.trail.asking import kind_words
from audit.trail.telling import shown

MOST_LINES = 2_000  # of a range's entries for people; more of them nobody reads on one page
COLUMNS = ("id", "number_in_batch", "action", "body")


@dataclass
class Value:
    """A field of a record as it stood at the end, the entry that wrote it, and what another record notes."""

    label: str
    unit: str
    text: str | None
    entry: int
    by: str
    at: str
    times: int = 1
    note: str = ""


@dataclass
class Kept:
    """A record of the batch with its newest values."""

    kind: str
    label: str
    by_field: dict[str, Value] = field(default_factory=dict)

    @property
    def shown(self) -> list[Value]:
        return list(self.by_field.values())


@dataclass(frozen=True)
class Line:
    """An entry as the trail shows it."""

    number: int
    in_batch: int | None
    at: str
    who: str
    user: str
    action: str
    act: str
    record: str
    changes: list[dict[str, Any]]
    reason: str
    detail: list[tuple[str, str]]


@timezone.override(dt.UTC)
def of_batch(number: str, checkpoint: Checkpoint, sections: list[Section]) -> str:
    """The record of a batch with its trail."""
    entries = Entry.objects.filter(batch_number=number).order_by("number_in_batch")
    bodies = list(_bodies(entries))
    context = {
        "title": f"Batch {number}",
        "records": list(_records(bodies)),
        "lines": [_line(*one) for one in bodies],
        "count": len(bodies),
        "sections": sections,
    }
    return _page(context, checkpoint)


@timezone.override(dt.UTC)
def of_range(title: str, entries: QuerySet[Entry], count: int, checkpoint: Checkpoint) -> str:
    """A range of the log: how many entries of each kind, and the entries themselves while they are few."""
    counted = entries.order_by().values_list("action").annotate(Count("id")).order_by("action")
    words = dict(EntryAction.choices)
    told = entries.order_by("leaf__index") if count <= MOST_LINES else entries.none()
    context = {
        "title": title,
        "counts": [(words.get(action, action), number) for action, number in counted],
        "lines": [_line(*one) for one in _bodies(told)],
        "count": count,
        "most": MOST_LINES,
    }
    return _page(context, checkpoint)


def _page(context: dict[str, Any], checkpoint: Checkpoint) -> str:
    """The page around it. Style stands in the file, which is read without us and without a network."""
    style = Path(__file__).with_name("record.css").read_text(encoding="utf-8")
    inner = render_to_string("audit/bundle_record.html", context | {"printed": Printed(checkpoint)})
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{context['title']} · ExoLedger</title>\n<style>\n{style}</style></head>\n"
        f"<body><main>\n{inner}</main></body>\n</html>\n"
    )


def _bodies(entries: QuerySet[Entry]) -> Iterator[tuple[int, int | None, dict[str, Any]]]:
    for number, in_batch, _, body in entries.values_list(*COLUMNS).iterator(chunk_size=500):
        yield number, in_batch, json.loads(body)


def _records(bodies: Iterable[tuple[int, int | None, dict[str, Any]]]) -> Iterator[Kept]:
    """Every record that the entries tell of, in the order of its first entry, with its newest values."""
    found: dict[tuple[str, int], Kept] = {}
    noted: list[Note] = []
    for number, in_batch, body in bodies:
        subject = body["record"]
        if subject is None or not body.get("changes"):
            continue
        place = (subject["kind"], subject["id"])
        kept = found.setdefault(place, Kept(_kind_words(subject["kind"]), subject["label"]))
        kept.label = subject["label"]
        for change in body["changes"]:
            _keep(kept, change, in_batch or number, body)
        if note := note_of(subject["kind"], body["changes"]):
            noted.append(note)
    for kind, key, name, words in noted:
        value = found[kind, key].by_field.get(name) if (kind, key) in found else None
        if value is not None:
            value.note = words
    yield from found.values()


def _keep(kept: Kept, change: dict[str, Any], entry: int, body: dict[str, Any]) -> None:
    before = kept.by_field.get(change["field"])
    times = before.times + 1 if before and change["old"] not in (None, "") else 1
    kept.by_field[change["field"]] = Value(
        change["label"],
        change["unit"],
        shown(change.get("new_text", change["new"])),
        entry,
        body["actor"]["name"],
        _moment(body["at"]),
        times,
    )


def _line(number: int, in_batch: int | None, body: dict[str, Any]) -> Line:
    reason, detail = body.get("reason") or {}, dict(body.get("detail") or {})
    return Line(
        number=number,
        in_batch=in_batch,
        at=_moment(body["at"]),
        who=body["actor"]["name"],
        user=body["actor"]["user"],
        action=dict(EntryAction.choices).get(body["action"], body["action"]),
        act=body["act"].replace("_", " "),
        record=(body["record"] or {}).get("label", ""),
        changes=[_change(change) for change in body.get("changes", ())],
        reason=reason.get("words", ""),
        detail=[(name.replace("_", " "), shown(value) or "") for name, value in detail.items()],
    )


def _change(change: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": change["label"],
        "unit": change["unit"],
        "old": shown(change.get("old_text", change["old"])),
        "new": shown(change.get("new_text", change["new"])),
        "typed": change.get("typed", ""),
    }


def _moment(text: str) -> str:
    """2026-11-23T19:00:00.123456Z as 2026-11-23 19:00:00."""
    return text[:19].replace("T", " ")


def _kind_words(kind: str) -> str:
    """A kind of record for people; its code where the product no longer knows it."""
    return kind_words().get(kind, kind)
