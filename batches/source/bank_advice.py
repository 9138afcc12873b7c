"""What is unusual about a cell bank: shown on its page and on lots of it, never a block (ev-domain §4.2)."""

from collections.abc import Iterator
from decimal import Decimal

from batches.quantities import people_number
from batches.source.advice import Advice
from batches.source.banks import CellBank
from batches.source.models import TestResult

ENOUGH_VIABLE_PERCENT = Decimal(90)
WITHOUT_RESULT = {"", TestResult.PENDING, TestResult.NOT_DONE}


def bank_advice(bank: CellBank, left: Decimal | None = None) -> list[Advice]:
    """Everything worth a look; `left` is how many vials there are. No query."""
    label = f"Bank {bank.code}"
    return [Advice(label, words) for words in (*_of_tests(bank), *_of_line(bank, left))]


def _of_tests(bank: CellBank) -> Iterator[str]:
    if bank.identity == CellBank.Identity.MISMATCH:
        yield "The identity does not match: these are other cells than named."
    elif bank.identity in WITHOUT_RESULT:
        yield "Nothing shows yet that these are the cells named (STR)."
    for name, words in (("mycoplasma", "mycoplasma"), ("sterility", "sterility")):
        result = getattr(bank, name)
        if result == TestResult.POSITIVE:
            yield f"Tested positive ({words})."
        elif result in WITHOUT_RESULT:
            yield f"No result of {words} yet."
    viable = bank.viability_percent
    if viable is not None and viable < ENOUGH_VIABLE_PERCENT:
        yield f"{people_number(viable)} % viable after thawing; 90 % or more is usual."


def _of_line(bank: CellBank, left: Decimal | None) -> Iterator[str]:
    if bank.kind != CellBank.Kind.MASTER and bank.parent_id is None:
        yield "The bank it was made from is not named."
    if left == 0:
        yield "No vial is left."
