"""The short lines that tell of a step in a list."""

from decimal import Decimal

from batches.quantities import people_number


def with_unit(unit: str, value: Decimal | int | None, *, before: bool = False) -> str:
    """A number with its unit ('75 min', or 'k 312' with the word before it); empty without a number."""
    if value is None:
        return ""
    number = people_number(value)
    return f"{unit} {number}" if before else f"{number} {unit}"


def told(*parts: str, joint: str = " · ") -> str:
    """What is known, in one line; what is empty is left out."""
    return joint.join(part for part in parts if part)
