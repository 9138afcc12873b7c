"""A balance in words for a terminal, and as plain values for other programs."""

from decimal import Decimal
from typing import Any

from audit.canonical import decimal_text
from batches.quantities import people_number, significant
from batches.reporting.balance import Balance, BatchBalance, Side
from batches.reporting.doubts import doubts_of, lacking_in

FIGURES = (
    "recovery_percent",
    "protein_recovery_percent",
    "protein_removal_percent",
    "volume_factor",
    "concentration_factor",
    "purification_factor",
)
DIGITS = 6


def as_plain(balance: BatchBalance) -> dict[str, Any]:
    """Everything of a balance, with numbers as decimal text."""
    product = balance.overall.product_percent
    return {
        "batch": balance.number,
        **_plain(balance.overall),
        "product_of_steps_percent": _text(product),
        "two_ways_differ": balance.overall.is_apart,
        "steps": [
            {
                "position": one.step.position,
                "planned_position": one.step.planned_position,
                "name": one.step.name,
                "method": one.step.method,
                "status": one.step.status,
                **_plain(one),
            }
            for one in balance.steps
        ],
        "doubts": [
            {"where": one.where, "words": one.words, "impossible": one.is_impossible}
            for one in doubts_of(balance)
        ],
        "missing": [{"where": one.where, "what": one.what} for one in lacking_in(balance)],
    }


def _plain(balance: Balance) -> dict[str, Any]:
    figures = {name: _text(getattr(balance, name)) for name in FIGURES}
    return {**figures, "in": _side(balance.into), "out": _side(balance.out)}


def _side(side: Side) -> dict[str, Any]:
    named = ("volume_ml", "particles_per_ml", "protein_ug_per_ml")
    known = {name: one for name in named if (one := getattr(side, name)) is not None}
    return {
        **{name: {"value": _text(one.value), "source": one.source} for name, one in known.items()},
        "particles": _text(side.particles),
        "protein_ug": _text(side.protein_ug),
        "particles_per_ug": _text(side.particles_per_ug),
    }


def _text(value: Decimal | None) -> str | None:
    """Six significant digits, more than any count is worth."""
    return None if value is None else decimal_text(significant(value, DIGITS))


def as_words(balance: BatchBalance) -> str:
    """A balance for a terminal."""
    overall = balance.overall
    lines = [f"{balance.number}: {_percent(overall.recovery_percent)} of the particles, start to end"]
    lines.append(f"  product of the steps: {_percent(overall.product_percent)}")
    for one in balance.steps:
        gone = f"{_many(one.into.particles)} to {_many(one.out.particles)} particles"
        lines.append(f"  {one.step}: {_percent(one.recovery_percent)} ({gone})")
    for doubt in doubts_of(balance):
        lines.append(f"  {'can not be' if doubt.is_impossible else 'doubtful'}: {doubt.where}: {doubt.words}")
    lines += [f"  missing: {one.where}: {one.what}" for one in lacking_in(balance)]
    return "\n".join(lines)


def _percent(value: Decimal | None) -> str:
    return "not known" if value is None else f"{people_number(significant(value, 3))} %"


def _many(value: Decimal | None) -> str:
    return "?" if value is None else people_number(value, 3)
