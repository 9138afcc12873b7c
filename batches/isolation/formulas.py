"""Formulas of isolation. Inputs are kept beside the results; None in, None out.

Sources: ev-domain §5.2; RCF and clearing factor as in the Encyclopedia of Separation Science p. 21 (with
ln(r_max/r_min), which reproduces the makers' catalogue values).
"""

from decimal import ROUND_HALF_UP, Decimal

RCF_FACTOR = Decimal("1.118e-5")  # per cm and rpm²
K_FACTOR = Decimal("2.53e11")

Number = Decimal | int | None


def rounded(value: Number, places: int) -> Decimal | None:
    """The value rounded half up to that many decimal places."""
    if value is None:
        return None
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def rcf(rpm: Number, radius_mm: Number) -> Decimal | None:
    """Relative centrifugal force (×g) at a radius: 1.118e-5 · r_cm · rpm²."""
    if not rpm or not radius_mm:
        return None
    return RCF_FACTOR * (Decimal(radius_mm) / 10) * Decimal(rpm) ** 2


def rpm_for(rcf_xg: Number, radius_mm: Number) -> Decimal | None:
    """Speed that gives a force at a radius."""
    if not rcf_xg or not radius_mm:
        return None
    return (Decimal(rcf_xg) / (RCF_FACTOR * Decimal(radius_mm) / 10)).sqrt()


def k_factor(r_min_mm: Number, r_max_mm: Number, rpm: Number) -> Decimal | None:
    """Clearing factor at a speed: 2.53e11 · ln(r_max/r_min) / rpm² (EV-TRACK's adjusted k)."""
    if not r_min_mm or not r_max_mm or not rpm:
        return None
    return K_FACTOR * (Decimal(r_max_mm) / Decimal(r_min_mm)).ln() / Decimal(rpm) ** 2


def percent(part: Number, whole: Number) -> Decimal | None:
    """Part as % of the whole."""
    if part is None or not whole:
        return None
    return 100 * Decimal(part) / Decimal(whole)


def recovery_percent(
    per_ml_in: Number, volume_in_ml: Number, per_ml_out: Number, volume_out_ml: Number
) -> Decimal | None:
    """Step recovery: 100 · (C_out · V_out) / (C_in · V_in)."""
    if None in (per_ml_in, volume_in_ml, per_ml_out, volume_out_ml):
        return None
    return percent(per_ml_out * volume_out_ml, per_ml_in * volume_in_ml)  # type: ignore[operator]
