"""What happens to reference data: added, corrected, retired; chosen on a step."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ReasonMissing
from batches.entering import demand_unmoved
from batches.materials.chosen import choice_of
from batches.materials.kinds import MaterialKind, filled_by
from batches.materials.models import Material
from batches.quantities import typed_form
from batches.record.sheets import Sheet
from batches.record.values import Entered, record_values


@action(may=roles.ENTER)
def add_material(
    *, kind: MaterialKind, values: Mapping[str, Any], by: User, typed: Mapping[str, str] | None = None
) -> Material:
    """Add a rotor, column, membrane or kit."""
    material = kind.model(**values)
    records.save(material, by=by, typed=typed)
    return material


@action(may=roles.ENTER)
def correct_material(
    *,
    material: Material,
    values: Mapping[str, Any],
    by: User,
    reason: Reason | None = None,
    typed: Mapping[str, str] | None = None,
    seen: int | None = None,
) -> Material:
    """Correct reference data. Steps that took values of it keep theirs."""
    fresh = type(material)._default_manager.select_for_update().get(pk=material.pk)
    demand_unmoved(fresh.trail_label, fresh.revision, seen)
    _demand_in_use(fresh)
    for name, value in values.items():
        setattr(fresh, name, value)
    records.save(fresh, by=by, reason=reason, typed=typed)
    return fresh


@action(may=roles.ENTER)
def retire_material(*, material: Material, by: User, reason: Reason) -> Material:
    """Retire it: it stays readable and can't be chosen any more."""
    fresh = type(material)._default_manager.select_for_update().get(pk=material.pk)
    _demand_in_use(fresh)
    if not reason:
        raise ReasonMissing(f"Say why {fresh.trail_label} is retired.")
    fresh.retired_at, fresh.retired_by = timezone.now(), by
    records.save(fresh, by=by, reason=reason)
    return fresh


def _demand_in_use(material: Material) -> None:
    if material.retired_at is not None:
        raise ActionRefused(f"{material.trail_label} is retired.")


@action(may=roles.ENTER)
def choose_material(
    *, sheet: Sheet, kind: MaterialKind, material: Material, by: User, reason: Reason | None = None
) -> Sheet:
    """Enter what is known of a rotor, column, membrane or kit into a step, as entries of the person.

    The step keeps which one it was, beside the values.
    """
    material = kind.model._default_manager.get(pk=material.pk)
    _demand_in_use(material)
    values = filled_by(kind, material, sheet)
    entered = [Entered(name, value, typed=_typed(value)) for name, value in values.items()]
    saved = record_values(sheet=sheet, entered=entered, by=by, reason=reason)
    records.save(choice_of(saved.subject, material, chosen_at=timezone.now(), chosen_by=by), by=by)
    return saved


def _typed(value: Any) -> str:
    return typed_form(value) if hasattr(value, "adjusted") else str(value)
