"""Exceptions of many batches for a program or a terminal, read in chunks: a few queries for each chunk."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from batches.record.models import Batch
from qc.exceptions.basis import Basis
from qc.exceptions.computing import exceptions_on
from qc.exceptions.counting import Counted, counted_on
from qc.exceptions.kinds import ReviewException
from qc.judging import judge_evidence
from qc.loading import load_many

# So many batches are read at once: enough that queries cost little, few enough to stay small in memory.
CHUNK = 100


@dataclass(frozen=True)
class Told:
    """A batch with what its rules found and how much they looked at."""

    batch: Batch
    exceptions: list[ReviewException]
    counted: Counted


def told_of(batches: QuerySet, chunk: int = CHUNK) -> Iterator[Told]:
    """Each of the batches, in order."""
    keys = list(batches.values_list("pk", flat=True))
    for start in range(0, len(keys), chunk):
        found = Batch.objects.with_header().in_bulk(keys[start : start + chunk])
        for record in load_many([found[key] for key in keys[start : start + chunk]]):
            basis = Basis(record, judge_evidence(record.plan, record.evidence))
            exceptions = exceptions_on(basis)
            yield Told(record.batch, exceptions, counted_on(basis, exceptions))


def as_json(told: Told) -> str:
    """A batch on one line."""
    counted = told.counted
    whole = {
        "batch": told.batch.number,
        "status": told.batch.status,
        "rule_set": counted.rule_set,
        "values": counted.values,
        "in_order": counted.in_order,
        "to_look_at": counted.to_look_at,
        "exceptions": [_as_dict(one) for one in told.exceptions],
    }
    return json.dumps(whole, ensure_ascii=False)


def _as_dict(one: ReviewException) -> dict[str, Any]:
    return {
        "key": one.key,
        "rule": one.rule.code,
        "severity": one.rule.severity,
        "words": one.rule.words,
        "what": one.what,
        "where": one.where,
        "url": one.url,
        "who": one.who,
        "when": one.when.isoformat() if one.when else None,
        "why": one.why,
        "changes": [
            {"label": change.label, "unit": change.unit, "old": change.old, "new": change.new}
            for change in one.changes
        ],
        "entries": list(one.entries),
        "record_kind": one.record_kind,
        "record_id": one.record_id,
        "fields": list(one.fields) or ([one.field] if one.field else []),
    }


def as_text(told: Told) -> str:
    """A batch for people."""
    lines = [f"{told.batch.number}, {told.batch.get_status_display().lower()}", told.counted.words, ""]
    for one in told.exceptions:
        lines.append(f"{one.rule.severity:<9}{one.where}: {one.told}")
        lines += [f"         “{one.why}”"] if one.why else []
        lines += [f"         {one.who}  {one.url}".rstrip()]
    return "\n".join(lines)
