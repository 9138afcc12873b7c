"""How the record came about: what was corrected and what was voided."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps

from audit.refusal import ReasonCategory
from audit.trail.lines import Change
from audit.trail.telling import shown
from qc.exceptions.basis import Basis
from qc.exceptions.kinds import Found, Pill, rule

CATEGORY_WORDS = dict(ReasonCategory.choices)


@rule("Every value was entered once", "minor", Pill("warn", "pen", "corrected"), over="values")
def corrected(basis: Basis) -> Iterator[Found]:
    for row in basis.record.corrections:
        changes = () if _voids(row) else tuple(_replaced(row))
        if changes:
            yield _told(basis, row, "", changes)


@rule("Nothing was voided", "minor", Pill("warn", "ban", "voided"), over="records")
def voided(basis: Basis) -> Iterator[Found]:
    for row in basis.record.corrections:
        if _voids(row):
            yield _told(basis, row, f"{row['object_label']} voided")


def _voids(row: dict[str, Any]) -> bool:
    return bool(row["act"].startswith("void_"))


def _told(basis: Basis, row: dict[str, Any], what: str, changes: tuple[Change, ...] = ()) -> Found:
    kind, pk, number = row["kind"], row["object_id"], row["number_in_batch"]
    label, url = basis.places.get((kind, pk), (row["object_label"], ""))
    reason = row["body"]["reason"]
    fields = tuple(change["field"] for change in _replaced_fields(row)) if changes else ()
    return Found(
        what,
        label,
        url,
        who=row["actor_username"],
        when=row["at"],
        why=f"{CATEGORY_WORDS.get(reason['category'], reason['category'])}: {reason['words']}",
        changes=changes,
        entry=number,
        entries=(number,),
        record_kind=kind,
        record_id=pk,
        field=fields[0] if len(fields) == 1 else "",
        fields=fields,
    )


def _replaced_fields(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The values that stood in the record and were replaced; computed ones and statuses only follow."""
    free = getattr(apps.get_model(row["kind"]), "free_fields", ())
    changes = row["body"].get("changes", ())
    return [one for one in changes if one["old"] not in (None, "") and one["field"] not in free]


def _replaced(row: dict[str, Any]) -> list[Change]:
    return [
        Change(
            one["label"],
            one.get("unit", ""),
            shown(one.get("old_text", one["old"])),
            shown(one.get("new_text", one["new"])),
        )
        for one in _replaced_fields(row)
    ]
