"""What stands around a batch's own stages on paper: its source, deviations and files."""

from typing import Any

from audit.words import grouped
from batches.pooling.models import PoolPart
from batches.record.models import Attachment
from batches.source.lot_kinds import LOT_KINDS, details_fields
from batches.source.models import SourceLot
from batches.source.treatments import treatments_of
from qc.deviations.models import Deviation
from qc.deviations.signing import signatures_of
from qc.papers.heads import minute_words, utc_words
from qc.papers.sheets import day, did, facts_of
from qc.review.deciding import Faced
from qc.review.models import Query, QueryMessage

Facts = list[list[str]]
OF_DONORS = (
    "age_years",
    "sex",
    "consent_ref",
    "consent_on",
    "consent_scope",
    "ethics_ref",
    "eligibility",
)


def source_data(pk: int) -> list[dict[str, Any]]:
    """The source lot, its donor (a pseudonym), what its kind records and its infection tests."""
    lot = SourceLot.objects.with_details().select_related("quarantine_released_by").get(pk=pk)
    own = tuple(name for name in LOT_KINDS[lot.kind].common_fields() if name != "donor")
    released = did("Released from quarantine", lot.quarantine_released_by, lot.quarantine_released_at)
    first: Facts = [
        ["Source lot", lot.code],
        ["Kind", lot.get_kind_display()],
        ["Donor", lot.donor.code if lot.donor else ""],
    ]
    parts = [
        {"title": "Source lot", "facts": [*first, *facts_of(lot, own), *([released] if released else [])]}
    ]
    if lot.donor:
        parts.append({"title": f"Donor {lot.donor.code}", "facts": facts_of(lot.donor, OF_DONORS)})
    for row in (*LOT_KINDS[lot.kind].parts(lot)[1:], *treatments_of(lot)):
        names = tuple(field.name for field in details_fields(type(row)))
        title = str(row._meta.verbose_name) + (", voided" if getattr(row, "is_voided", False) else "")
        parts.append({"title": title[:1].upper() + title[1:], "facts": facts_of(row, names)})
    return [part for part in parts if part["facts"]]


def part_data(row: PoolPart) -> dict[str, Any]:
    """A part of a pool: how much of which batch, and what it held when it was taken."""
    names = ("volume_ml", "particles_per_ml", "particles_from", "diluent", "diluent_ml", "notes")
    added = did("Added", row.added_by, row.added_at)
    title = f"Part {row.position}: {row.part.number}{', voided' if row.is_voided else ''}"
    return {"title": title, "facts": [*facts_of(row, names), *([added] if added else [])]}


def deviation_data(one: Deviation) -> dict[str, Any]:
    """A deviation with what it means and who closed it."""
    names = (
        "place_label",
        "evidence",
        "happened",
        "happened_time",
        "immediate_action",
        "impact",
        "cause",
        "corrective_action",
        "due_on",
    )
    people = [
        did("Opened", one.opened_by, one.opened_at),
        ["Owner", one.owner.printed_name] if one.owner else None,
        did("Closed", one.closed_by, one.closed_at),
        did("Voided", one.voided_by, one.voided_at),
    ]
    return {
        "number": one.number,
        "class": one.class_words,
        "status": one.get_status_display().lower(),
        "batch": one.trail_batch,
        "is_standing": one.is_standing,
        "facts": [*facts_of(one, names), *(person for person in people if person)],
        "signatures": [
            {
                "meaning": shown.signature.get_meaning_display(),
                "name": shown.signature.printed_name,
                "role": shown.signature.role,
                "utc": utc_words(shown.signature.signed_at),
                "validity": shown.validity,
                "is_valid": shown.is_valid,
            }
            for shown in signatures_of(one)
        ],
    }


def exception_data(one: Faced) -> dict[str, Any]:
    """Something that stood out, and what was decided about it."""
    found, decision = one.exception, one.decision
    changes = [
        f"{change.label}: {change.old or 'empty'} → {change.new or 'empty'}" for change in found.changes
    ]
    told = [f"Deviation {deviation.number} was opened." for deviation in one.deviations]
    if decision is not None:
        who = f"{decision.decided_by.printed_name}, {minute_words(decision.decided_at)}"
        told.append(f"{decision.get_decision_display()} by {who}: {decision.words}")
    return {
        "severity": found.rule.severity,
        "rule": found.rule.words,
        "what": "; ".join(part for part in (found.what, *changes) if part),
        "where": found.where,
        "who": " · ".join(part for part in (found.who, minute_words(found.when)) if part),
        "why": found.why,
        "decisions": told,
    }


def query_data(one: Query) -> dict[str, Any]:
    """A query with everything that was written in it."""
    return {
        "title": f"Query {one.number} · {one.label} · {one.get_status_display().lower()}",
        "messages": [[_written(line), line.words] for line in one.messages.all()],
    }


def _written(line: QueryMessage) -> str:
    return f"{line.get_kind_display()} by {line.written_by.printed_name}, {minute_words(line.written_at)}"


def file_data(one: Attachment) -> dict[str, str]:
    """An attached file: name, size, SHA-256, whether it was read, who attached it when."""
    return {
        "name": one.name,
        "size": f"{grouped(one.size_bytes)} bytes",
        "sha256": one.sha256,
        "status": one.not_read_because or one.get_status_display().lower(),
        "attached": f"{one.uploaded_by.username}, {day(one.uploaded_at)}",
    }
