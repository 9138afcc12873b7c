"""Zetasizer text exports of our own making: two tables, duplicate columns, arrays."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log
from random import Random

_CLASSES = 70
_FIRST_NM, _LAST_NM = 0.4, 10_000.0


@dataclass(frozen=True)
class ZetasizerRun:
    """Records of one sample to write down. `zeta_mv` makes zeta records, else they are size records.

    `radius` prints sizes as radii; `tables` 2 adds a second table with the distributions.
    """

    sample: str = "EV sample"
    records: int = 3
    z_average_nm: float = 124.0
    pdi: float = 0.14
    zeta_mv: float | None = None
    temperature_c: float = 25.0
    count_rate_kcps: float = 287.0
    radius: bool = False
    tables: int = 2
    measured_at: datetime = datetime(2026, 3, 6, 14, 50, 12)


def zetasizer_text(run: ZetasizerRun, rng: Random | None = None) -> bytes:
    """Return the bytes of the records' text export."""
    lines = _zeta_table(run, rng) if run.zeta_mv is not None else _size_table(run, rng)
    if run.zeta_mv is None and run.tables > 1:
        lines += _distribution_table(run)
    return ("\r\n".join("\t".join(row) for row in lines) + "\r\n").encode("cp1252")


def _size_table(run: ZetasizerRun, rng: Random | None) -> list[list[str]]:
    unit, per = ("r.nm", 2.0) if run.radius else ("d.nm", 1.0)
    titles = [
        "Record", "Type", "Sample Name", "Measurement Date and Time", "T (°C)", "Mean Count Rate (kcps)",
        "Derived Count Rate (kcps)", "Intercept", f"Z-Ave ({unit})", f"Number Mean ({unit})", "PdI",
        f"Intensity peak 1 ({unit})", f"Intensity peak 2 ({unit})", "ZP (mV)", "Result Origin",
        "Derived Count Rate (kcps)", "Quality Factor",
    ]  # fmt: skip
    rows = []
    for at in range(run.records):
        z = run.z_average_nm * (1 + (rng.gauss(0, 0.004) if rng else 0.001 * at)) / per
        rows.append(
            [
                str(at + 1), "Size", *_named(run, at), f"{run.temperature_c:.1f}",
                f"{run.count_rate_kcps - at:.1f}",
                "2683.0",
                "0.941", f"{z:.1f}", f"{0.72 * z:.2f}", f"{run.pdi + 0.002 * at:.3f}", f"{1.09 * z:.1f}",
                "0.000", "", "Nano series", "", "0.00",
            ]
        )  # fmt: skip
    return [titles, *rows]


def _named(run: ZetasizerRun, at: int) -> list[str]:
    when = run.measured_at + timedelta(minutes=2 * at)
    return [f"{run.sample} {at + 1}", when.strftime("%d %B %Y %H:%M:%S")]


def _distribution_table(run: ZetasizerRun) -> list[list[str]]:
    unit, per = ("r.nm", 2.0) if run.radius else ("d.nm", 1.0)
    sizes = [_FIRST_NM * (_LAST_NM / _FIRST_NM) ** (at / (_CLASSES - 1)) for at in range(_CLASSES)]
    weights = [exp(-0.5 * (log(size / run.z_average_nm) / 0.32) ** 2) for size in sizes]
    shares = [100 * weight / sum(weights) for weight in weights]
    titles = [
        "Type",
        "Sample Name",
        "S/W Version",
        "Serial Number",
        "Measurement Date and Time",
        "Temperature (°C)",
    ]
    titles += [f"Sizes[{at + 1}] ({unit})" for at in range(_CLASSES)]
    titles += [f"Intensities[{at + 1}] (Percent)" for at in range(_CLASSES)] + ["Dispersant Name"]
    rows = []
    for at in range(run.records):
        name, when = _named(run, at)
        row = ["Size", name, "7.11", "MAL0000000", when, f"{run.temperature_c:.1f}"]
        rows.append(
            row + [f"{size / per:.4g}" for size in sizes] + [f"{share:.3f}" for share in shares] + ["PBS"]
        )
    return [titles, *rows]


def _zeta_table(run: ZetasizerRun, rng: Random | None) -> list[list[str]]:
    titles = [
        "Type", "Sample Name", "Measurement Date and Time", "Conductivity (mS/cm)", "Mean Count Rate (kcps)",
        "Mobility (µmcm/Vs)", "Zeta Deviation (mV)", "Zeta Potential (mV)", "Sample Name", "S/W Version",
        "Serial Number", "Measurement Date and Time", "Temperature (°C)", "Quality Factor",
    ]  # fmt: skip
    rows = []
    for at in range(run.records):
        zeta = (run.zeta_mv or 0.0) + (rng.gauss(0, 0.5) if rng else 0.2 * at)
        name, when = _named(run, at)
        rows.append(
            [
                "Zeta", name, when, "0.943", f"{run.count_rate_kcps:.1f}", f"{zeta / 12.76:.3f}",
                "5.71", f"{zeta:.1f}",
                name, "8.02", "MAL0000000", when, f"{run.temperature_c:.1f}", "2.10",
            ]
        )  # fmt: skip
    return [titles, *rows]
