"""Which rule tells of an entry: the gravest that fits, so that nobody has to accept the same change twice."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from batches.characterization.microscopy import Micrograph
from batches.characterization.tracking import NanoparticleTracking
from qc.entries import RecordEntry
from qc.exceptions.basis import Basis
from qc.exceptions.replaced import replaced_fields
from qc.models import Signature

ATTACHING = frozenset({"attach_export", "attach_blot_image"})
NTA = NanoparticleTracking._meta.label_lower
MICROGRAPH = Micrograph._meta.label_lower
BATCH = "batches.batch"
AT_ONCE = dt.timedelta(seconds=1)


def told_as(basis: Basis, entry: RecordEntry) -> str:
    """The code of the rule that tells of a correction; empty where nothing that stood was replaced."""
    known = basis.claimed.get(entry.number)
    if known is not None:
        return known
    if entry.act == "agree_exclusion":
        return "result_excluded"
    if entry.act.startswith("void_"):
        if entry.act == "void_step" and entry.object_id in basis.skipped:
            return "step_skipped"
        return "result_excluded" if excludes_result(basis, entry) else "voided"
    if not replaced_fields(entry):
        return ""
    if entry.act in ATTACHING:
        return "attachment_replaced"
    return "manual_over_import" if _over_import(basis, entry) else "corrected"


def claimed(basis: Basis) -> dict[int, str]:
    """By number of the entry, the rule that tells of it because of a check or signature before it."""
    found = {entry.number: "changed_after_check" for _, entries in after_check(basis) for entry in entries}
    for _, entries in after_signature(basis):
        found |= {entry.number: "changed_after_signature" for entry in entries}
    return found


def after_signature(basis: Basis) -> Iterator[tuple[Signature, list[RecordEntry]]]:
    """Entries after a signature, by the last signature before them and by step, assay or harvest."""
    signatures = [shown.signature for shown in basis.record.signatures]
    groups: dict[tuple[int, str], list[RecordEntry]] = defaultdict(list)
    for entry in basis.record.entries if signatures else ():
        before = [at for at, one in enumerate(signatures) if one.entries_signed < entry.number]
        if before and not (entry.kind == BATCH and not entry.reason):
            groups[before[-1], basis.place(entry.key, entry.label)[0]].append(entry)
    for (at, _), entries in groups.items():
        yield signatures[at], entries


def after_check(basis: Basis) -> Iterator[tuple[RecordEntry, list[RecordEntry]]]:
    """Each check that was taken back by a change, with the entries of that change."""
    for entries in basis.entries_by_place.values():
        check = None
        for at, entry in enumerate(entries):
            change = entry.change_of("checked_at")
            if change and change["new"]:
                check = entry
            elif change and check:
                yield check, _written_together(entries, at)


def _written_together(entries: list[RecordEntry], at: int) -> list[RecordEntry]:
    """The entries that one act of one person wrote: they stand side by side."""
    one = entries[at]
    first = last = at
    while first and _is_same_act(entries[first - 1], one, entries[first].number - 1):
        first -= 1
    while last + 1 < len(entries) and _is_same_act(entries[last + 1], one, entries[last].number + 1):
        last += 1
    return entries[first : last + 1]


def _is_same_act(other: RecordEntry, one: RecordEntry, number: int) -> bool:
    same = (other.number, other.act, other.username) == (number, one.act, one.username)
    return same and abs(other.at - one.at) < AT_ONCE


def excludes_result(basis: Basis, entry: RecordEntry) -> bool:
    """Whether an entry voids a finished assay, or a row of one."""
    place = basis.places.get(entry.key)
    return any(
        assay.finished_at is not None and assay.finished_at <= entry.at
        for assay in basis.record.assays
        if place and place[0] == str(assay)
    )


def _over_import(basis: Basis, entry: RecordEntry) -> bool:
    """Whether a person's number took the place of one that a file gave."""
    if entry.kind == NTA:
        source, to = entry.change_of("dilution_source"), NanoparticleTracking.DilutionSource
        return bool(source and (source["old"], source["new"]) == (to.FILE, to.PERSON))
    if entry.kind == MICROGRAPH and entry.change_of("pixel_size_nm"):
        return entry.object_id in basis.scaled_by_file
    return False
