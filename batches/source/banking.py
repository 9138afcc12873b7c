"""Cell banks: registered, corrected; and no more vials taken than there are."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import Reason, ValueRefused
from batches.entering import demand_unmoved
from batches.quantities import people_number
from batches.source.banks import CellBank, vials_left, vials_taken
from batches.source.models import SourceLot

# Cells go this way from one kind of bank to the next; a later kind is never the parent of an earlier one.
GENERATIONS = (CellBank.Kind.MASTER, CellBank.Kind.WORKING, CellBank.Kind.END)


@action(may=roles.ENTER)
def register_bank(*, values: Mapping[str, Any], by: User, typed: Mapping[str, str] | None = None) -> CellBank:
    """Register a cell bank; `values` by field name of CellBank."""
    bank = CellBank(**values)
    _demand_line(bank)
    records.save(bank, by=by, typed=typed)
    return bank


@action(may=roles.ENTER)
def correct_bank(
    *,
    bank: CellBank,
    values: Mapping[str, Any],
    by: User,
    reason: Reason | None = None,
    typed: Mapping[str, str] | None = None,
    seen: int | None = None,
) -> CellBank:
    """Fill in or correct a bank. Refused where its parent, a bank made of it or vials taken contradict."""
    bank = CellBank.objects.select_for_update().get(pk=bank.pk)
    demand_unmoved(bank.trail_label, bank.revision, seen)
    for name, value in values.items():
        setattr(bank, name, value)
    _demand_line(bank)
    left = vials_left(bank, vials_taken([bank]).get(bank.pk, Decimal(0)))
    if left is not None and left < 0:
        raise ValueRefused("Source lots took more vials of this bank than would be there.", "vials_made")
    records.save(bank, by=by, reason=reason, typed=typed)
    return bank


def demand_vials(lot: SourceLot) -> None:
    """Refuse a lot that takes more vials than its bank has left."""
    if lot.bank is None or lot.collected_unit != SourceLot.Unit.VIALS or lot.collected_amount is None:
        return
    bank = CellBank.objects.select_for_update().get(pk=lot.bank.pk)
    others = SourceLot.objects.filter(bank=bank, collected_unit=SourceLot.Unit.VIALS).exclude(pk=lot.pk)
    taken = sum((one for one in others.values_list("collected_amount", flat=True) if one), Decimal(0))
    left = vials_left(bank, taken)
    if left is not None and lot.collected_amount > left:
        words = f"Bank {bank.code} has {people_number(left)} of {bank.vials_made} vials left."
        raise ValueRefused(words, "collected_amount")


def _demand_line(bank: CellBank) -> None:
    """The bank fits between what it was made from and what was made from it."""
    _demand_no_circle(bank)
    if bank.parent is not None:
        _demand_after(bank.parent, bank)
    for child in CellBank.objects.filter(parent=bank.pk) if bank.pk else ():
        _demand_after(bank, child)


def _demand_no_circle(bank: CellBank) -> None:
    above = bank.parent
    while above is not None:
        if above.pk == bank.pk:
            raise ValueRefused("A bank can't be made from itself, nor from what was made of it.", "parent")
        above = above.parent


def _demand_after(parent: CellBank, child: CellBank) -> None:
    if GENERATIONS.index(parent.kind) > GENERATIONS.index(child.kind):  # type: ignore[arg-type]
        kinds = f"{child.get_kind_display()} {child.code} can't be made from {parent.get_kind_display()}"
        raise ValueRefused(f"{kinds} {parent.code}.", "parent")
    for name, words in (
        ("passage", "a lower passage"),
        ("cumulative_doublings", "fewer doublings"),
        ("frozen_on", "an earlier day of freezing"),
    ):
        before, after = getattr(parent, name), getattr(child, name)
        if before is not None and after is not None and after < before:
            raise ValueRefused(f"{child.code} has {words} than {parent.code}, which it was made from.", name)
