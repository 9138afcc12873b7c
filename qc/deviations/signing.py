"""Signatures on deviations: whether each still holds, computed from the entries after it."""

from collections.abc import Sequence
from dataclasses import dataclass

from qc.deviations.models import Deviation, DeviationSignature
from qc.deviations.rules import written


@dataclass(frozen=True)
class Shown:
    """A signature as people read it, with whether it still holds."""

    signature: DeviationSignature
    is_valid: bool
    validity: str


def signatures_of(deviation: Deviation) -> list[Shown]:
    """All signatures of a deviation, oldest first; two queries."""
    signatures = list(DeviationSignature.objects.filter(deviation=deviation))
    entries = written(deviation) if signatures else []
    return [_shown(signature, entries) for signature in signatures]


def _shown(signature: DeviationSignature, entries: Sequence[tuple[int, bytes | memoryview, str]]) -> Shown:
    leaves = {number: bytes(leaf).hex() for number, leaf, _ in entries}
    if leaves.get(signature.entry_signed) != signature.leaf_signed:
        return Shown(signature, False, "does not fit: the entry it was bound to is another one")
    after = [act for number, _, act in entries if number > signature.entry_signed]
    # The first change after it is the closing itself.
    later = after[1:] if after[:1] == ["close_deviation"] else after
    if "reopen_deviation" in later:
        return Shown(signature, False, "reopened after this signature: no longer valid")
    if later:
        return Shown(signature, False, f"changed after this signature: {len(later)} entries")
    return Shown(signature, True, "valid")
