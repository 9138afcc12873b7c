"""ZetaView exports of our own making: traces sorted into linear and logarithmic classes."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from math import exp, log, pi
from random import Random
from statistics import NormalDist

from ..distribution import interpolated_percentile_nm

_LINEAR_ROWS = 1200
_LINEAR_NM = 5.0
_LOG_ROWS = 200
_LOG_FIRST_NM = 4.683
_LOG_STEP = 1.03663
_SENTINEL = "\t".join(["-1.000E+0"] * 4 + ["0.000E+0"])


@dataclass(frozen=True)
class ZetaviewRun:
    """One ZetaView measurement to write down.

    `concentration_per_ml` is that of the measured suspension: the file does not contain the
    dilution. `version` "8.05" or "8.06" sets the header; `kind` "Profile" has a zeta
    potential instead of the table.
    """

    version: str = "8.06"
    decimal: str = "."
    line_end: str = "\n"
    sample: str = "EV sample"
    operator: str = "Operator"
    measured_at: datetime = datetime(2025, 3, 18, 10, 24, 5)
    concentration_per_ml: float = 7.5e7
    dilution: float = 1000.0
    correction_factor: float = 1.0
    traces: int = 1240
    mode_nm: float = 108.0
    spread: float = 0.38
    detected_particles: int = 112
    drift: str = "ok"
    drift_checked: str = "2025-03-18 09:02:41"
    cell: str = "Very Good"
    positions: int = 11
    filter: str = "Scatter"
    kind: str = "Size Distribution"
    zeta_mv: float = -22.21

    @property
    def software(self) -> str:
        """Return the version as the software prints it."""
        return {"8.05": "8.05.14 SP7", "8.06": "8.06.01 SP1"}.get(self.version, self.version)


def zetaview_text(run: ZetaviewRun, rng: Random | None = None) -> bytes:
    """Return the bytes of the measurement's text export."""
    sizes = _trace_sizes(run, rng)
    linear = [_LINEAR_NM * (row + 0.5) for row in range(_LINEAR_ROWS)]
    counts = _sorted_in(sizes, [_LINEAR_NM * row for row in range(_LINEAR_ROWS)])
    lines = _header(run)
    if run.kind == "Profile":
        lines += [f"Zeta Potential / mV:\t{run.zeta_mv:.2f}".replace(".", run.decimal)]
    else:
        lines += _medians(run, linear, counts) + _table(run, sizes, linear, counts)
    text = "\n".join(lines) + "\n"
    return text.replace("\n", run.line_end).encode("cp1252")


def _trace_sizes(run: ZetaviewRun, rng: Random | None) -> list[float]:
    middle = log(run.mode_nm) + run.spread**2
    if rng:
        return [rng.lognormvariate(middle, run.spread) for _ in range(run.traces)]
    spread = NormalDist(middle, run.spread)
    return [exp(spread.inv_cdf((at + 0.5) / run.traces)) for at in range(run.traces)]


def _sorted_in(sizes: list[float], edges: list[float]) -> list[int]:
    counts = [0] * len(edges)
    for size in sizes:
        counts[max(0, bisect_right(edges, size) - 1)] += 1
    return counts


def _header(run: ZetaviewRun) -> list[str]:
    def shown(value: float) -> str:
        return f"{value:.6f}".replace(".", run.decimal)

    lines = [
        f"Original File:\tD:\\data\\{run.sample}_size_488.avi\tSection:\t0{run.decimal}1 [0]",
        f"Operator:\t{run.operator}",
        f"Experiment:\t{run.measured_at:%Y%m%d}_0001",
    ]
    lines += _serials(run)
    lines += [
        f"Software:\tZetaView (version {run.software})\tAnalyze:\t{run.software}",
        "SOP:\tEV_488",
        f"Sample:\t{run.sample}",
        "Electrolyte:\tPBS",
        f"pH:\t{shown(7)}\tentered",
        _conductivity(run, shown(15000)),
        f"Temperature:\t{shown(23.98)}\tsensed",
        f"Viscosity:\t{shown(0.92171)}",
        f"Date:\t{run.measured_at:%Y-%m-%d}",
        f"Time:\t{run.measured_at:%H:%M:%S}",
        "General Remarks:\t",
        "Remarks:\t",
        f"Scattering Intensity:\t{shown(3.7)}",
        f"Detected Particles:\t{run.detected_particles if run.traces else 0}",
        f"Particle Drift Checked:\t{run.drift_checked}",
        f"Particle Drift Check Result:\t{run.drift}",
        f"Cell Checked:\t{run.measured_at:%Y-%m-%d} 08:55:10",
        f"Cell Check Result:\t{run.cell}",
        f"Type of Measurement:\t{run.kind}",
    ]
    if run.version != "8.05":
        lines.append(f"Positions:\t{run.positions}")
    lines.append(
        f"Number of Traces:\t{run.traces}\t(at {shown(0.1)})\tAverage Number of Particles:\t"
        f"{shown(run.detected_particles - 2)}\tDilution::\t{shown(run.dilution)}"
    )
    if run.version != "8.05":
        lines.append(f"Concentration Correction Factor:\t{shown(run.correction_factor)}")
    return lines + _settings(run, shown(0.713))


def _serials(run: ZetaviewRun) -> list[str]:
    if run.version == "8.05":
        return ["ZetaVIEW S/N:\t20-000"]
    return ["ZetaView S/N:\t20-000", "Cell S/N:\t20-001"]


def _conductivity(run: ZetaviewRun, value: str) -> str:
    """8.06 has a blank instead of the tab after this one key."""
    return f"Conductivity:{chr(9) if run.version == '8.05' else ' '}{value}\tsensed"


def _settings(run: ZetaviewRun, micrometre_per_pixel: str) -> list[str]:
    return [
        "Image Evaluation:",
        "Minimum Brightness:\t30",
        "Minimum Area:\t10",
        "Maximum Area:\t1000",
        "Minimum Tracelength:\t15",
        f"Camera:\tFpSec 30 #Cycles 1 FRate 30{run.decimal}000000",
        "Laser Wavelength nm:\t488",
        f"Filter Wavelength nm:\t{run.filter}",
        f"Micrometer per Pixel:\t{micrometre_per_pixel}",
    ]


def _medians(run: ZetaviewRun, sizes: list[float], counts: list[int]) -> list[str]:
    volumes = [count * size**3 for size, count in zip(sizes, counts, strict=True)]
    by_number, by_volume = (
        interpolated_percentile_nm(sizes, weights, 50) if run.traces else 0.0 for weights in (counts, volumes)
    )
    shown = [f"{value:.6f}".replace(".", run.decimal) for value in (by_number, by_volume)]
    return [
        f"Results (Pos 0{run.decimal}100001):",
        f"Median Number (D50):\t{shown[0]}",
        f"Median Concentration (D50):\t{shown[0]}",
        f"Median Volume (D50):\t{shown[1]}",
        "Size Distribution",
        "Size / nm\tNumber\tConcentration / cm-3\tVolume / nm^3\tArea / nm^2",
    ]


def _table(run: ZetaviewRun, sizes: list[float], linear: list[float], counts: list[int]) -> list[str]:
    """Return both blocks; a measurement without traces has only the mark between them."""
    if not run.traces:
        return [_SENTINEL]
    logarithmic = [_LOG_FIRST_NM * _LOG_STEP**row for row in range(_LOG_ROWS)]
    edges = [size / _LOG_STEP**0.5 for size in logarithmic]
    return [
        *_rows(run, linear, counts),
        _SENTINEL.replace(".", run.decimal),
        *_rows(run, logarithmic, _sorted_in(sizes, edges)),
    ]


def _rows(run: ZetaviewRun, sizes: list[float], counts: list[int]) -> list[str]:
    per_trace = run.concentration_per_ml / run.traces
    rows = []
    for size, count in zip(sizes, counts, strict=True):
        volume, area = count * pi * size**3 / 6, count * pi * size**2 / 4
        cells = (size, count, count * per_trace, volume, area)
        rows.append("\t".join(map(_four_digits, cells)).replace(".", run.decimal))
    return rows


def _four_digits(value: float) -> str:
    """Return 2.500E+0: four digits and an exponent without leading zero."""
    mantissa, power = f"{value:.3E}".split("E")
    return f"{mantissa}E{power[0]}{int(power[1:])}"
