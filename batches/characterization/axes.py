"""Axes of our pictures: where ticks stand, on linear and on log10 scales."""

import math

STEPS = (1, 2, 2.5, 5, 10)


def linear_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from `low` to `high`, at most that many."""
    if not high > low:
        return [low]
    rough = (high - low) / max(1, most - 1)
    size = 10 ** math.floor(math.log10(rough))
    step = next(part * size for part in STEPS if part * size >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(at * step, 10) for at in range(first, last + 1)]


def log_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Exponents (log10) of round numbers from `low` to `high`: 1, 10, 100, and between them where few fit."""
    for parts in ((1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 5, 7), (1, 2, 5), (1,)):
        decades = range(math.floor(low), math.ceil(high) + 1)
        found = [decade + math.log10(part) for decade in decades for part in parts]
        inside = [at for at in found if low - 1e-9 <= at <= high + 1e-9]
        if len(inside) <= most:
            return inside
    return inside[:: -(-len(inside) // most)]
