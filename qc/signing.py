"""Signatures: whether each still fits the record, and how it is shown.

Validity is computed, never stored: a signature is valid while the entry it was bound to stands in the
ledger as it was, no entry after it changed the record, and nothing was changed behind the trail.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit.models import Entry, EntryAction, UnexplainedChange
from audit.trail.affected import Affected, Group, group
from audit.verifying.actions import ACTS_ON_FINDINGS
from batches.record.models import Batch
from batches.reporting.acts import REPORTING_ACTS
from batches.signed import local_words, utc_words
from batches.stability.acts import STABILITY_ACTS
from qc.deviations.acts import DEVIATION_ACTS
from qc.models import Signature
from qc.papers.acts import PAPER_ACTS
from qc.review.acts import REVIEWING_ACTS
from qc.signatures.acts import SIGNING_ACTS
from qc.signatures.source import rests_on

# What a review writes is not a change of the record that it reviews; nor is what verifying writes, nor a
# deviation, which keeps a batch from approval and release by itself (qc.rules), nor a stability study, which
# goes on long after.
REVIEW_ACTS = (
    ACTS_ON_FINDINGS
    | DEVIATION_ACTS
    | PAPER_ACTS
    | REPORTING_ACTS
    | REVIEWING_ACTS
    | SIGNING_ACTS
    | STABILITY_ACTS
    | {"begin_review", "return_batch", "approve_batch", "reject_batch", "set_disposition"}
)
RECORD_CHANGES = (EntryAction.CREATED, EntryAction.CHANGED)


@dataclass(frozen=True)
class Shown:
    """A signature as people read it, with whether it still fits the record."""

    signature: Signature
    is_valid: bool
    validity: str
    revision: int = 1

    @property
    def utc(self) -> str:
        return utc_words(self.signature.signed_at)

    @property
    def local(self) -> str:
        """In the time zone of the laboratory when it was signed, with its distance from UTC."""
        return local_words(self.signature.signed_at, self.signature.time_zone)


def signatures_of(batch: Batch, record_now: str = "") -> list[Shown]:
    """All signatures of a batch, oldest first, each with its validity; four queries.

    From the entries alone; with `record_now`, the hash of the record part of a manifest read just now, a
    record that no longer is what was signed shows as well where no entry tells of it.
    """
    signatures = list(
        Signature.objects.filter(batch=batch).select_related("manifest").defer("manifest__content")
    )
    if not signatures:
        return []
    for signature in signatures:
        signature.batch = batch
    later = _since(batch, min(signature.entries_signed for signature in signatures))
    behind = _behind_the_trail(batch)
    revisions = Revisions.of(signatures, later, record_now)
    return [_shown(signature, later, behind, revisions) for signature in signatures]


@dataclass(frozen=True)
class _Later:
    """What was written since the first signature: leaves by number, and keys of entries that change it.

    `keys` names the entries by their number within the batch, for source material stands in no batch.
    """

    leaves: dict[int, str]
    keys: dict[int, int]
    changed: list[int]

    def after(self, signature: Signature) -> int:
        """How many entries changed the record, or the material it rests on, after a signature."""
        key = self.keys.get(signature.entries_signed, 0)
        return sum(1 for one in self.changed if one > key)


def _since(batch: Batch, first: int) -> _Later:
    since = Entry.objects.filter(batch_number=batch.number, number_in_batch__gte=first)
    columns = ("pk", "number_in_batch", "leaf_hash", "action", "act")
    rows = list(since.order_by("number_in_batch").values_list(*columns))
    changed = [pk for pk, _, _, action, act in rows if changes_record(action, act)]
    if rows:
        outside = Entry.objects.filter(rests_on(batch), pk__gt=rows[0][0], action__in=RECORD_CHANGES)
        changed += outside.exclude(act__in=REVIEW_ACTS).values_list("pk", flat=True)
    return _Later(
        leaves={number or 0: bytes(leaf).hex() for _, number, leaf, _, _ in rows},
        keys={number or 0: pk for pk, number, _, _, _ in rows},
        changed=changed,
    )


@dataclass(frozen=True)
class Revisions:
    """Revisions of a batch's record: each distinct record that was signed is one, in the order of signing.

    `now` is the one that stands: one beyond the last where the record is none that was signed.
    `opened` are the signatures that opened a new one.
    """

    of_signature: dict[int, int]
    now: int
    record_now: str
    opened: list[int]

    @classmethod
    def of(cls, signatures: Sequence[Signature], later: _Later, record_now: str) -> "Revisions":
        known: dict[str, int] = {}
        for one in signatures:
            known.setdefault(_record_signed(one), len(known) + 1)
        last = signatures[-1]
        changed = later.after(last) or (record_now and last.manifest and record_now not in known)
        is_back = record_now and record_now in known
        now = known[record_now] if is_back else len(known) + (1 if changed else 0)
        return cls(
            of_signature={one.pk: known[_record_signed(one)] for one in signatures},
            now=now,
            record_now=record_now,
            opened=[one.pk for one in signatures if one.meaning == Signature.Meaning.REVISION_OPENED],
        )


def _record_signed(signature: Signature) -> str:
    """What names the record that was signed: its hash, for old signatures their last entry."""
    manifest = signature.manifest
    return manifest.record_sha256 if manifest else f"entry {signature.entries_signed}"


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
    signature: Signature, later: _Later, behind: Iterable[tuple[str, int, bool]], revisions: Revisions
) -> Shown:
    itself = (signature._meta.label_lower, signature.pk)
    behind = list(behind)
    revision = revisions.of_signature[signature.pk]
    if any((kind, pk) == itself for kind, pk, _ in behind):
        return Shown(signature, False, "is not as it was signed: it was changed behind the trail", revision)
    if later.leaves.get(signature.entries_signed) != signature.leaf_signed:
        words = "does not fit this record: the entry it was bound to is another one"
        return Shown(signature, False, words, revision)
    why = _left_behind_by(signature, later, behind, revisions)
    if not why:
        return Shown(signature, True, "valid", revision)
    now = f", now revision {revisions.now}" if revisions.now != revision else ""
    return Shown(signature, False, f"signed at revision {revision}{now}, unsigned: {why}", revision)


def _left_behind_by(
    signature: Signature, later: _Later, behind: Iterable[tuple[str, int, bool]], revisions: Revisions
) -> str:
    """Why a signature does not cover the record any more; empty where it does.

    A value that was changed and put back does not bring it back: what stands now was written after it.
    """
    after = later.after(signature)
    is_same = not revisions.record_now or revisions.record_now == _record_signed(signature)
    if after:
        entries = "1 entry" if after == 1 else f"{after} entries"
        if revisions.record_now and is_same:
            return f"changed and put back after this signature: {entries}"
        return f"record changed after this signature: {entries}"
    if any(is_open for _, _, is_open in behind):
        return "record changed behind the trail: an unexplained change is open"
    if not is_same and signature.manifest is not None:
        return "the record is not what was signed, and no entry says why"
    if any(pk > signature.pk for pk in revisions.opened):
        return "a revision was opened after this signature"
    return ""
