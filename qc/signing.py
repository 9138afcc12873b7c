"""Signatures: whether each still fits the record, and how it is shown.

Validity is computed, never stored: a signature is valid while the entry it was bound to stands in the
ledger as it was, no entry after it changed the record, and nothing was changed behind the trail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from audit.models import Entry, EntryAction, UnexplainedChange
from audit.trail.affected import Affected, Group, group
from audit.verifying.actions import ACTS_ON_FINDINGS
from batches.record.models import Batch
from qc.deviations.acts import DEVIATION_ACTS
from qc.models import Signature
from qc.papers.acts import PAPER_ACTS
from qc.review.acts import REVIEWING_ACTS
from qc.signatures.acts import SIGNING_ACTS

# What a review writes is not a change of the record that it reviews; nor is what verifying writes, nor a
# deviation, which keeps a batch from approval and release by itself (qc.rules).
REVIEW_ACTS = (
    ACTS_ON_FINDINGS
    | DEVIATION_ACTS
    | PAPER_ACTS
    | REVIEWING_ACTS
    | SIGNING_ACTS
    | {"begin_review", "return_batch", "approve_batch", "reject_batch", "set_disposition"}
)
RECORD_CHANGES = (EntryAction.CREATED, EntryAction.CHANGED)


@dataclass(frozen=True)
class Shown:
    """A signature as people read it, with whether it still fits the record."""

    signature: Signature
    is_valid: bool
    validity: str

    @property
    def utc(self) -> str:
        return f"{self.signature.signed_at.astimezone(UTC):%-d %b %Y %H:%M:%S} UTC"

    @property
    def local(self) -> str:
        """In the time zone of the laboratory when it was signed, with its distance from UTC."""
        return local_words(self.signature.signed_at, self.signature.time_zone)


def local_words(moment: datetime, time_zone: str) -> str:
    """A moment in a time zone: '14 Nov 2026 17:42:10 +01:00 Europe/Berlin'."""
    there = moment.astimezone(ZoneInfo(time_zone))
    offset = f"{there:%z}"
    return f"{there:%-d %b %Y %H:%M:%S} {offset[:3]}:{offset[3:]} {time_zone}"


def signatures_of(batch: Batch) -> list[Shown]:
    """All signatures of a batch, oldest first, each with its validity; three queries."""
    signatures = list(
        Signature.objects.filter(batch=batch).select_related("manifest").defer("manifest__content")
    )
    if not signatures:
        return []
    first = min(signature.entries_signed for signature in signatures)
    since = Entry.objects.filter(batch_number=batch.number, number_in_batch__gte=first)
    rows = list(
        since.order_by("number_in_batch").values_list("number_in_batch", "leaf_hash", "action", "act")
    )
    leaves = {number or 0: bytes(leaf).hex() for number, leaf, _, _ in rows}
    changed = [
        number or 0 for number, _, action, act in rows if action in RECORD_CHANGES and act not in REVIEW_ACTS
    ]
    behind = _behind_the_trail(batch)
    return [_shown(signature, leaves, changed, behind) for signature in signatures]


def _behind_the_trail(batch: Batch) -> list[tuple[str, int, bool]]:
    """What was changed behind the trail and not mended: kind and key of the record, whether it is open."""
    mended = [UnexplainedChange.Outcome.PUT_BACK, UnexplainedChange.Outcome.KEPT]
    found = UnexplainedChange.objects.filter(batch_number=batch.number).exclude(outcome__in=mended)
    return [
        (kind, pk, not outcome)
        for kind, pk, outcome in found.values_list("record_kind", "record_id", "outcome")
    ]


def changes_record(action: str, act: str) -> bool:
    """Whether an entry tells of a change of the record itself, not of a review's own acts or of an event."""
    return action in RECORD_CHANGES and act not in REVIEW_ACTS


def unsigned_by(entry: Entry) -> Group | None:
    """Signatures that no longer fit because of this entry: for the entry's own page."""
    number = entry.number_in_batch
    if number is None or not changes_record(entry.action, entry.act):
        return None
    before = Signature.objects.filter(batch__number=entry.batch_number, entries_signed__lt=number)
    things = (
        Affected(
            str(signature), detail=f"signed {signature.signed_at:%-d %b %Y %H:%M} UTC, before this change"
        )
        for signature in before
    )
    return group("Signatures that this change left behind", things)


def _shown(
    signature: Signature,
    leaves: dict[int, str],
    changed: Iterable[int],
    behind: Iterable[tuple[str, int, bool]],
) -> Shown:
    itself = (signature._meta.label_lower, signature.pk)
    if any((kind, pk) == itself for kind, pk, _ in behind):
        return Shown(signature, False, "is not as it was signed: it was changed behind the trail")
    if leaves.get(signature.entries_signed) != signature.leaf_signed:
        return Shown(signature, False, "does not fit this record: the entry it was bound to is another one")
    after = sum(1 for number in changed if number > signature.entries_signed)
    if after:
        entries = "1 entry" if after == 1 else f"{after} entries"
        return Shown(signature, False, f"record changed after this signature: {entries}")
    if any(is_open for _, _, is_open in behind):
        return Shown(signature, False, "record changed behind the trail: an unexplained change is open")
    return Shown(signature, True, "valid")
