"""How the record came about: what was corrected, replaced, voided; each entry is told once."""

from collections.abc import Iterator

from qc.entries import RecordEntry
from qc.exceptions.basis import Basis
from qc.exceptions.claims import after_check, after_signature, told_as
from qc.exceptions.kinds import Found, Pill, rule
from qc.exceptions.replaced import replaced, replaced_fields, why_words

VOIDED = Pill("warn", "ban", "voided")


@rule(
    "Nothing was changed after a signature",
    "major",
    Pill("fail", "file-signature", "changed after signature"),
    over="entries",
)
def changed_after_signature(basis: Basis) -> Iterator[Found]:
    for signature, entries in after_signature(basis):
        many = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
        words = f"{many} after “{signature.get_meaning_display()}” of {signature.username}"
        yield _told(basis, entries, words)


@rule(
    "Nothing was changed after a second person had checked it",
    "major",
    Pill("fail", "user-pen", "changed after check"),
    over="steps",
)
def changed_after_check(basis: Basis) -> Iterator[Found]:
    for check, entries in after_check(basis):
        if told_as(basis, entries[-1]) == "changed_after_check":
            yield _told(basis, entries, f"Changed after {check.username} had checked it")


@rule(
    "No file was put in the place of another",
    "major",
    Pill("warn", "file-import", "file replaced"),
    over="files",
)
def attachment_replaced(basis: Basis) -> Iterator[Found]:
    yield from _each(basis, "attachment_replaced")


@rule(
    "Every value that a file gave stands as the file gave it",
    "major",
    Pill("warn", "keyboard", "typed over a file's value"),
    over="values",
)
def manual_over_import(basis: Basis) -> Iterator[Found]:
    yield from _each(basis, "manual_over_import")


@rule("Every value was entered once", "minor", Pill("warn", "pen", "corrected"), over="values")
def corrected(basis: Basis) -> Iterator[Found]:
    yield from _each(basis, "corrected")


@rule(
    "Every result that was finished counts",
    "major",
    Pill("warn", "filter-circle-xmark", "result excluded"),
    over="assays",
)
def result_excluded(basis: Basis) -> Iterator[Found]:
    for entry in basis.record.corrections:
        if told_as(basis, entry) == "result_excluded":
            is_agreed = entry.act == "agree_exclusion"
            words = "left out, as two people agreed" if is_agreed else "voided after it was finished"
            yield _told(basis, [entry], f"{entry.label} {words}")


@rule("No step, assay or row was voided", "minor", VOIDED, over="records")
def voided(basis: Basis) -> Iterator[Found]:
    for entry in basis.record.corrections:
        if told_as(basis, entry) == "voided":
            yield _told(basis, [entry], f"{entry.label} voided")


def _each(basis: Basis, code: str) -> Iterator[Found]:
    for entry in basis.record.corrections:
        if told_as(basis, entry) == code:
            yield _told(basis, [entry])


def _told(basis: Basis, entries: list[RecordEntry], what: str = "") -> Found:
    """One or several entries of one place, with the values that they replaced."""
    last = entries[-1]
    fields = tuple(one["field"] for entry in entries for one in replaced_fields(entry))
    label, url = basis.place(last.key, last.label, fields[0] if fields else "")
    return Found(
        what,
        label,
        url,
        who=last.username,
        when=last.at,
        why=why_words(entries),
        changes=tuple(replaced(entries)),
        entry=last.number,
        entries=tuple(entry.number for entry in entries),
        record_kind=last.kind,
        record_id=last.object_id,
        field=fields[0] if len(fields) == 1 else "",
        fields=fields,
    )
