"""What stands open or has moved beside the record: unexplained changes, deviations, queries, versions."""

from collections.abc import Iterator
from typing import Any

from batches.masters.models import MasterVersion
from qc.deviations.found import standing_in
from qc.exceptions.basis import Basis
from qc.exceptions.kinds import Found, Pill, rule
from qc.models import Signature

# Signed over the record as it goes back: it is meant to change afterwards.
SIGNED_TO_CHANGE = {Signature.Meaning.REVIEWED_RETURNED.value, "trail_reviewed", "revision_opened"}


@rule(
    "Nothing was changed behind the trail",
    "critical",
    Pill("fail", "triangle-exclamation", "unexplained change"),
    over="records",
)
def unexplained_change(basis: Basis) -> Iterator[Found]:
    for one in basis.record.unexplained:
        yield Found(
            one.told,
            one.record_label,
            f"/trail/unexplained/{one.pk}/",
            f"found by {one.found_by.get_username()}",
            one.found_at,
            record_kind=one.record_kind,
            record_id=one.record_id,
            field=one.field,
        )


@rule(
    "The versions of plan and specification were effective when the batch was opened",
    "critical",
    Pill("fail", "book", "version not effective"),
    over="batch",
)
def version_not_effective(basis: Basis) -> Iterator[Found]:
    opened = basis.record.batch.opened_at
    for version, url in _versions(basis):
        since = getattr(version, "effective_at", version.approved_at)
        if since is None or since > opened:
            told = f"effective from {since:%-d %b %Y %H:%M} UTC" if since else "never effective"
            yield _of_version(version, url, f"was not effective when the batch was opened: {told}")


@rule(
    "The versions of plan and specification have not been replaced since",
    "minor",
    Pill("warn", "book", "version replaced"),
    over="batch",
)
def version_replaced(basis: Basis) -> Iterator[Found]:
    for version, url in _versions(basis):
        if version.status == MasterVersion.Status.RETIRED:
            yield _of_version(version, url, "has been replaced or retired since the batch was opened")


def _versions(basis: Basis) -> Iterator[tuple[Any, str]]:
    """What the batch was opened on: the master version and, where one stands alone, the specification."""
    master, specification = basis.record.version, basis.record.specification
    yield master, f"/masters/{master.master.code}/v{master.number}/"
    if specification is not None:
        yield specification, f"/specifications/{specification.specification.code}/v{specification.number}/"


def _of_version(version: Any, url: str, words: str) -> Found:
    kind = version._meta.label_lower
    return Found(f"{version} {words}", str(version), url, record_kind=kind, record_id=version.pk)


@rule(
    "Every signature still fits the record",
    "major",
    Pill("fail", "file-circle-xmark", "signature no longer valid"),
    over="signatures",
)
def signature_invalid(basis: Basis) -> Iterator[Found]:
    for shown in basis.record.signatures:
        signature = shown.signature
        if not shown.is_valid and signature.meaning not in SIGNED_TO_CHANGE:
            yield Found(
                f"{signature.get_meaning_display()}: {shown.validity}",
                "Signatures",
                "#signatures-title",
                signature.username,
                signature.signed_at,
                record_kind=signature._meta.label_lower,
                record_id=signature.pk,
            )


@rule(
    "No deviation that is open keeps the batch from release",
    "major",
    Pill("fail", "triangle-exclamation", "open deviation"),
    over="deviations",
)
def open_deviation(basis: Basis) -> Iterator[Found]:
    for one in standing_in(basis.record.batch, basis.record.deviations):
        if one.blocks:
            yield Found(*one.told)


@rule(
    "No minor deviation is open",
    "minor",
    Pill("warn", "triangle-exclamation", "open deviation, minor"),
    over="deviations",
)
def open_minor_deviation(basis: Basis) -> Iterator[Found]:
    for one in standing_in(basis.record.batch, basis.record.deviations):
        if not one.blocks:
            yield Found(*one.told)


@rule(
    "No query is open",
    "major",
    Pill("fail", "circle-question", "open query"),
    over="queries",
)
def open_query(basis: Basis) -> Iterator[Found]:
    for one in basis.record.queries:
        if one.is_open:
            yield Found(
                f"{one} is open: {one.get_status_display().lower()}",
                one.label,
                one.url,
                one.asked_by.username,
                one.asked_at,
                record_kind=one.record_kind,
                record_id=one.record_id,
                field=one.field,
            )
