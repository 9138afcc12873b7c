"""Formulas of isolation. Inputs are kept beside the results; None in, None out.

Sources: ev-domain §5.2; RCF and clearing factor as in the Encyclopedia of Separation Science p. 21 (with
ln(r_max/r_min), which reproduces the makers' catalogue values).
"""

from decimal import ROUND_HALF_UP, Decimal

RCF_FACTOR = Decimal("1.118e-5")  # per cm and rpm²
K_FACTOR = Decimal("2.53e11")
PI = Decimal("3.14159265358979323846")
AVOGADRO = Decimal("6.02214076e23")

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


def ratio(part: Number, whole: Number) -> Decimal | None:
    """Part over whole."""
    if part is None or not whole:
        return None
    return Decimal(part) / Decimal(whole)


def share_of(whole: Number, percent_of_it: Number) -> Decimal | None:
    """So many % of something."""
    if whole is None or percent_of_it is None:
        return None
    return Decimal(whole) * Decimal(percent_of_it) / 100


def decline_percent(before: Number, after: Number) -> Decimal | None:
    """By how many % a value fell."""
    left = percent(after, before)
    return None if left is None else 100 - left


def transmembrane_pressure(feed: Number, retentate: Number, permeate: Number) -> Decimal | None:
    """Transmembrane pressure (bar): (P_feed + P_retentate)/2 - P_permeate (ev-domain §5.2)."""
    if None in (feed, retentate, permeate):
        return None
    return (Decimal(feed) + Decimal(retentate)) / 2 - Decimal(permeate)  # type: ignore[arg-type]


def fibre_shear(flow_ml_per_min: Number, inner_mm: Number, fibres: Number) -> Decimal | None:
    """Wall shear rate in hollow fibres (1/s): 4Q/(π r³ N), Q in cm³/s and r in cm (ev-domain §5.2)."""
    if not flow_ml_per_min or not inner_mm or not fibres:
        return None
    radius_cm = Decimal(inner_mm) / 20
    return 4 * Decimal(flow_ml_per_min) / 60 / (PI * radius_cm**3 * Decimal(fibres))


def diafiltration_residual_percent(volumes: Number, sieving: Number = 1) -> Decimal | None:
    """% of a solute left after constant-volume diafiltration: 100 · exp(-DV · sieving) (ev-domain §5.2)."""
    if volumes is None or sieving is None:
        return None
    return 100 * (-Decimal(volumes) * Decimal(sieving)).exp()


def dilution_residual_percent(kept: Number, added: Number, times: Number) -> Decimal | None:
    """% of the old buffer left after diluting and concentrating back (or dialysing) so many times."""
    if not kept or added is None or not times:
        return None
    return 100 * (Decimal(kept) / (Decimal(kept) + Decimal(added))) ** Decimal(times)


def molecules_each(mass_ug: Number, mw_da: Number, particles: Number) -> Decimal | None:
    """Molecules of a cargo for each particle: mass / molecular weight · Avogadro's number / particles."""
    if mass_ug is None or not mw_da or not particles:
        return None
    return Decimal(mass_ug) * Decimal("1e-6") / Decimal(mw_da) * AVOGADRO / Decimal(particles)


def average(low: Number, high: Number) -> Decimal | None:
    """Mean of two radii."""
    return None if low is None or high is None else (Decimal(low) + Decimal(high)) / 2


def pelleting_min(k: Number, svedberg: Number) -> Decimal | None:
    """Minutes until particles of a sedimentation coefficient (Svedberg) have pelleted: t_h = k/S."""
    if not k or not svedberg:
        return None
    return 60 * Decimal(k) / Decimal(svedberg)


def svedberg(diameter_nm: Number, density: Number, fluid: Number, viscosity_cp: Number) -> Decimal | None:
    """Sedimentation coefficient in Svedberg: d²(ρp-ρf)/(18η)·10¹³ in cgs units (ev-domain §5.2).

    Densities in g/mL, viscosity in cP; None where the particle does not sink.
    """
    if diameter_nm is None or density is None or fluid is None or not viscosity_cp:
        return None
    difference = Decimal(density) - Decimal(fluid)
    if difference <= 0:
        return None
    square_cm2 = (Decimal(diameter_nm) * Decimal("1e-7")) ** 2
    return square_cm2 * difference / (18 * Decimal(viscosity_cp) / 100) * Decimal("1e13")


def equivalent_min(minutes: Number, k_before: Number, k_now: Number) -> Decimal | None:
    """Minutes that do the same on another rotor: t2 = t1 · k2/k1 (ev-domain §5.2)."""
    if minutes is None or not k_before or k_now is None:
        return None
    return Decimal(minutes) * Decimal(k_now) / Decimal(k_before)


def stock_volume(volume: Number, final: Number, stock: Number) -> Decimal | None:
    """Volume of a stock to add to reach a final concentration: V · c/(c_stock - c), both in one unit."""
    if volume is None or final is None or stock is None or Decimal(stock) <= Decimal(final):
        return None
    return Decimal(volume) * Decimal(final) / (Decimal(stock) - Decimal(final))


def diafiltration_volumes(residual_percent: Number, sieving: Number = 1) -> Decimal | None:
    """Volumes that leave a residual: -ln(residual)/sieving, the inverse of the residual's formula."""
    if not residual_percent or not sieving or not 0 < Decimal(residual_percent) <= 100:
        return None
    return abs((Decimal(residual_percent) / 100).ln()) / Decimal(sieving)


def flow_for_shear(shear_per_s: Number, inner_mm: Number, fibres: Number) -> Decimal | None:
    """Feed flow (mL/min) that gives a wall shear rate in hollow fibres."""
    each = fibre_shear(1, inner_mm, fibres)
    return None if shear_per_s is None or not each else Decimal(shear_per_s) / each


def feed_pressure(tmp: Number, retentate: Number, permeate: Number) -> Decimal | None:
    """Feed pressure (bar) that gives a transmembrane pressure: 2(TMP + P_permeate) - P_retentate."""
    if tmp is None or retentate is None or permeate is None:
        return None
    return 2 * (Decimal(tmp) + Decimal(permeate)) - Decimal(retentate)


def flux_lmh(volume_ml: Number, minutes: Number, area_cm2: Number) -> Decimal | None:
    """Flux (L/m²/h) of a permeate volume: V/(A·t)."""
    if volume_ml is None or not minutes or not area_cm2:
        return None
    return load_l_per_m2(volume_ml, area_cm2) / (Decimal(minutes) / 60)  # type: ignore[operator]


def load_l_per_m2(volume_ml: Number, area_cm2: Number) -> Decimal | None:
    """Load of a membrane (L/m²): mL/cm² times 10."""
    if volume_ml is None or not area_cm2:
        return None
    return 10 * Decimal(volume_ml) / Decimal(area_cm2)


def product(one: Number, other: Number) -> Decimal | None:
    """One times the other."""
    return None if one is None or other is None else Decimal(one) * Decimal(other)
