"""Genetic modifications and priming of a source lot: recorded, corrected, voided."""

from collections.abc import Mapping
from typing import Any

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ReasonMissing
from batches.entering import demand_unmoved
from batches.source.models import SourceLot
from batches.source.treatments import LOT_ROWS, Treatment


@action(may=roles.ENTER)
def record_treatment(
    *,
    lot: SourceLot,
    model: type[Any],
    values: Mapping[str, Any],
    by: User,
    typed: Mapping[str, str] | None = None,
) -> Treatment:
    """Record what was done to the cells of a lot; `model` is one of LOT_ROWS, `values` by field name."""
    if model not in LOT_ROWS:
        raise ActionRefused("Choose what was done to the cells: a genetic modification or priming.")
    row = model(source_lot=lot, **values)
    records.save(row, by=by, typed=typed)
    return row  # type: ignore[no-any-return]


@action(may=roles.ENTER)
def correct_treatment(
    *,
    row: Treatment,
    values: Mapping[str, Any],
    by: User,
    reason: Reason | None = None,
    typed: Mapping[str, str] | None = None,
    seen: int | None = None,
) -> Treatment:
    """Fill in or correct a row; a saved value is replaced with a reason only."""
    row = _standing(row)
    demand_unmoved(row.trail_label, row.revision, seen)
    for name, value in values.items():
        setattr(row, name, value)
    records.save(row, by=by, reason=reason, typed=typed)
    return row


@action(may=roles.ENTER)
def void_treatment(*, row: Treatment, by: User, reason: Reason | None) -> Treatment:
    """Void a row that should not be there; it stays readable."""
    if reason is None:
        raise ReasonMissing("Say why the row is voided.")
    row = _standing(row)
    row.is_voided = True
    records.save(row, by=by, reason=reason)
    return row


def _standing(row: Treatment) -> Treatment:
    found = type(row).objects.select_for_update(of=("self",)).select_related("source_lot").get(pk=row.pk)
    if found.is_voided:
        raise ActionRefused(f"{found.trail_label} is voided: record it anew.")
    return found
