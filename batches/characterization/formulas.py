"""Formulas of characterization. None in, None out."""

import re
import statistics
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

# Particles per µg protein (Webber & Clayton 2013). The paper leaves gaps, which stay gaps here.
HIGH_PURITY = Decimal("3e10")
LOW_PURITY = (Decimal("2e9"), Decimal("2e10"))
UNPURE_BELOW = Decimal("1.5e9")
# Above this at a mode of 80 nm or more, no vesicle could hold so little protein (ev-domain §3.2).
IMPLAUSIBLE_ABOVE = Decimal("1e11")


def concentrations(
    instrument_per_ml: Decimal | None, dilution: Decimal | None, *, includes_dilution: bool
) -> tuple[Decimal | None, Decimal | None]:
    """Measured (diluted) and sample concentration (/mL) from what the instrument printed.

    NanoSight's value includes a recorded dilution, ZetaView's never does. Without a known dilution only
    the measured value is known.
    """
    if instrument_per_ml is None:
        return None, None
    if includes_dilution:
        return (whole(instrument_per_ml / dilution) if dilution else None), instrument_per_ml
    return instrument_per_ml, (whole(instrument_per_ml * dilution) if dilution else None)


def diluted_back(measured_per_ml: Decimal | None, dilution: Decimal | None) -> Decimal | None:
    """Concentration of the sample (/mL) from the measured one."""
    return None if measured_per_ml is None or dilution is None else whole(measured_per_ml * dilution)


def whole(value: Decimal) -> Decimal:
    """Rounded half up to a whole number."""
    return value.quantize(Decimal(1), rounding=ROUND_HALF_UP)


def particles_per_ug(particles_per_ml: Decimal | None, protein_ug_per_ml: Decimal | None) -> Decimal | None:
    """Particles per µg protein: NTA count over protein of the same sample."""
    if particles_per_ml is None or not protein_ug_per_ml:
        return None
    return whole(particles_per_ml / protein_ug_per_ml)


def purity_class(ratio: Decimal | None) -> str:
    """Webber & Clayton's class of a particle : protein ratio, 'between classes' in the paper's gaps."""
    if ratio is None:
        return ""
    if ratio >= HIGH_PURITY:
        return "high purity"
    if LOW_PURITY[0] <= ratio <= LOW_PURITY[1]:
        return "low purity"
    return "unpure" if ratio < UNPURE_BELOW else "between classes"


# Two values give no believable coefficient of variation.
LEAST_FOR_CV = 3


class Spread(NamedTuple):
    """Replicates summed up: SD from two values on, CV from three."""

    n: int
    mean: Decimal
    sd: Decimal | None
    cv_percent: Decimal | None


def spread(values: list[Decimal]) -> Spread | None:
    """Mean, sample SD and CV (%) of replicates."""
    if not values:
        return None
    mean = sum(values, Decimal(0)) / len(values)
    if len(values) < 2:
        return Spread(1, mean, None, None)
    sd = statistics.stdev(values, mean)
    has_cv = len(values) >= LEAST_FOR_CV and mean != 0
    return Spread(len(values), mean, sd, 100 * sd / abs(mean) if has_cv else None)


class GeometricSpread(NamedTuple):
    """Counts summed up on their log scale: the mean, and the CV (%) of a log-normal quantity."""

    mean: Decimal
    cv_percent: Decimal | None


def geometric_spread(values: list[Decimal]) -> GeometricSpread | None:
    """Geometric mean and CV of counts: √(exp(s²) − 1), s the SD of the natural logs; none with a zero."""
    if not values or min(values) <= 0:
        return None
    logs = [value.ln() for value in values]
    middle = sum(logs, Decimal(0)) / len(logs)
    if len(values) < LEAST_FOR_CV:
        return GeometricSpread(middle.exp(), None)
    variance = statistics.variance(logs, middle)
    return GeometricSpread(middle.exp(), 100 * (variance.exp() - 1).sqrt())


def parse_diameters(text: str) -> list[Decimal]:
    """Diameters (nm) typed one after the other. Raises ValueError naming what is no diameter."""
    numbers = []
    for word in re.split(r"[\s;]+", text.strip()):
        if not word:
            continue
        if (
            not re.fullmatch(r"\d{1,4}([.,]\d{1,3})?", word)
            or not 5 <= Decimal(word.replace(",", ".")) <= 5000
        ):
            raise ValueError(f"'{word[:20]}' is no diameter between 5 and 5000 nm.")
        numbers.append(Decimal(word.replace(",", ".")))
    return numbers


def diameter_summary(
    text: str,
) -> tuple[int | None, Decimal | None, Decimal | None, Decimal | None, Decimal | None]:
    """Count, mean, SD, smallest and largest of typed diameters (nm); all None without any."""
    numbers = parse_diameters(text)
    found = spread(numbers)
    if found is None:
        return None, None, None, None, None
    cent = Decimal("0.01")
    sd = found.sd.quantize(cent, rounding=ROUND_HALF_UP) if found.sd is not None else None
    return found.n, found.mean.quantize(cent, rounding=ROUND_HALF_UP), sd, min(numbers), max(numbers)


def viscosity_of_water_mpas(temperature_c: Decimal | None) -> Decimal | None:
    """Viscosity of water (mPa·s): 2.414×10⁻⁵ · 10^(247.8 / (T − 140)) Pa·s, T in kelvin (ev-domain §6.3)."""
    if temperature_c is None:
        return None
    kelvin = float(temperature_c) + 273.15
    return Decimal(str(round(0.02414 * 10 ** (247.8 / (kelvin - 140)), 4)))


def per_ml_counted(events: int | None, volume_ul: Decimal | None) -> Decimal | None:
    """Particles per mL from events counted in an analysed volume (µL)."""
    return None if events is None or not volume_ul else whole(events / volume_ul * 1000)


def percent_of(value: Decimal | None, reference: Decimal | None) -> Decimal | None:
    """A value as percent of another one, to two decimals."""
    if value is None or not reference:
        return None
    return (100 * value / reference).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def per_ml_of(amount: Decimal | None, volume_ul: Decimal | None) -> Decimal | None:
    """An amount per mL of the volume (µL) that it was found in, to four decimals."""
    if amount is None or not volume_ul:
        return None
    return (amount / volume_ul * 1000).quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)
