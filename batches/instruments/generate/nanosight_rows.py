"""How a NanoSight summary is laid out on the page, row by row, in the habits of 3.2 and 3.4."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import pi

from ..distribution import average_curve, standard_error

# Diffusion coefficient (10^4 nm^2/s) times diameter (nm), in water at 23 degrees.
_DIFFUSION_TIMES_NM = 490.0 * 100


@dataclass(frozen=True)
class NanosightRun:
    """One NanoSight experiment to write down.

    `concentration_per_ml` is what the file prints: it includes `dilution` where one is given (a
    number, one per video, or None for "Not recorded"). `spread` is the sigma of ln(size).
    `failed` lists positions of videos without distribution; `combined_of` the experiments of a
    combined file; `all_weightings` adds the five blocks that readers must not take for sizes.
    """

    software: str = "3.4"
    sample: str = "EV sample"
    operator: str = "Operator"
    diluent: str = "PBS"
    captured_at: datetime = datetime(2025, 3, 18, 10, 24, 5)
    concentration_per_ml: float = 2.4e11
    mode_nm: float = 108.0
    spread: float = 0.34
    videos: int = 5
    dilution: float | Sequence[float | None] | None = 1000.0
    bins: int = 1000
    bin_width_nm: float = 1.0
    frames: int = 1498
    particles_per_frame: float | None = None
    validity: str | Sequence[str] = "OK"
    failed: Sequence[int] = ()
    combined_of: Sequence[str] = ()
    all_weightings: bool = False
    line_end: str = "\n"

    @property
    def dilutions(self) -> list[float | None]:
        """Return the recorded dilution of each video."""
        if self.dilution is None or isinstance(self.dilution, int | float):
            return [self.dilution] * self.videos
        return list(self.dilution)

    @property
    def is_34(self) -> bool:
        """Tell whether the layout is that of 3.4 (3.2 quotes texts and ends rows differently)."""
        return self.software == "3.4"

    @property
    def version(self) -> str:
        """Return the version as the software prints it."""
        return "NTA 3.4 Build 3.4.003" if self.is_34 else "NTA 3.2 Dev Build 3.2.16"


@dataclass(frozen=True)
class WrittenVideo:
    """The numbers of one video as they go into the file; `printed` holds text per row."""

    name: str
    per_ml: list[int]
    percentiles_nm: list[float]
    printed: dict[str, str]


def summary_text(run: NanosightRun, videos: list[WrittenVideo], sizes: list[float]) -> str:
    """Return the text of a summary file with `\n` line ends."""
    rows = _Rows(run)
    _write_details(rows, run, videos)
    _write_conditions(rows, run)
    _write_results(rows, run, videos)
    _write_remarks(rows, run)
    _write_blocks(rows, run, videos, sizes)
    return rows.text()


def exponent(value: float, run: NanosightRun) -> str:
    """Return a number with exponent as the version prints it: 7.29e+11, in 3.2 7.29e+011."""
    mantissa, power = f"{value:.2e}".split("e")
    return f"{mantissa}e{power}" if run.is_34 else f"{mantissa}e{power[0]}{int(power[1:]):03d}"


class _Rows:
    """The rows of a file in the making, with the versions' habits of ending them."""

    def __init__(self, run: NanosightRun) -> None:
        self._run = run
        self._lines: list[str] = []

    def add(self, *cells: str) -> None:
        """Add a row that ends in a comma, as most do in both versions."""
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow([*cells, ""])
        self._lines.append(out.getvalue())

    def add_bare(self, *cells: str) -> None:
        """Add a row that has an end comma in 3.4 only."""
        self._lines.append(",".join(cells) + ("," if self._run.is_34 else ""))

    def add_text(self, name: str, text: str) -> None:
        """Add a row of free text, which 3.2 always puts into quotes."""
        if self._run.is_34:
            self.add(name, text)
        else:
            self._lines.append(f'{name},"{text}"')

    def blank(self) -> None:
        """Add an empty row: truly empty in 3.2, one comma in 3.4."""
        self.add_bare("")

    def text(self) -> str:
        """Return the whole file."""
        return "\n".join(self._lines) + "\n"


def _write_details(rows: _Rows, run: NanosightRun, videos: list[WrittenVideo]) -> None:
    combined = bool(run.combined_of)
    rows.add_bare("NTA Experiment Summary File")
    rows.add_bare(f"Created with {run.version}")
    rows.blank()
    rows.add_bare("[Experiment Details]")
    rows.add_bare("Software Version", "Unknown" if combined else run.version)
    rows.add_bare("Experiment Name", f"{run.sample}.nano")
    sample = "" if combined else run.sample
    operator = "" if combined else run.operator
    if not run.is_34:
        rows.add_text("Sample Name", sample)
    rows.add_text("Operator Name", operator)
    rows.add_bare("Time Captured", "" if combined else f"{run.captured_at:%H:%M:%S  %d/%m/%Y}")
    if run.is_34:
        rows.add_text("Sample Description", sample)
    rows.add_text("Pre-treatment", "")
    rows.add_text("Diluent", run.diluent)
    names = ", ".join(run.combined_of)
    rows.add_text("Remarks", f"Created from combined experiments: {names}" if combined else "")
    rows.blank()
    rows.add("Filename:", *(video.name for video in videos))
    if run.is_34:
        rows.add("Processed", *["Yes"] * run.videos)
    rows.blank()


_CONDITIONS = (
    ("Camera Type", "sCMOS"),
    ("Laser Type", "Blue488"),
    ("Camera Level", "14"),
    ("Slider Shutter", "1259"),
    ("Slider Gain", "366"),
    ("Shutter/ms", "31.48"),
    ("Camera Histogram Upper Limit", "6588"),
    ("Camera Histogram Lower Limit", "0"),
    ("Frame rate/fps", "24.9825"),
    ("Syringe Pump Speed/AU", "50"),
)


def _write_conditions(rows: _Rows, run: NanosightRun) -> None:
    count = range(run.videos)
    rows.add_bare("[Conditions]")
    rows.add("Temperature/C", *(f"{22.7 + 0.02 * at:.3f}" for at in count))
    rows.add("Viscosity/cP", *(f"{0.9365 - 0.0004 * at:.6f}" for at in count))
    for name, value in _CONDITIONS:
        rows.add(name, *[value] * run.videos)
    rows.blank()
    rows.add_bare("[Settings]")
    rows.add("Detection Threshold", *["5"] * run.videos)
    rows.add("Max Jump Mode", *["Auto"] * run.videos)
    rows.add("Max Jump Distance", *(f"{12.4 + 0.2 * at:.4f}" for at in count))
    for name, value in (("Blur", "Auto"), ("Min Track Length", "Auto"), ("First frame", "0")):
        rows.add(name, *[value] * run.videos)
    rows.add("Total frames analysed", *[str(run.frames)] * run.videos)
    rows.blank()
    rows.add_bare("[Exclusion Regions]")
    rows.add("No Exclusion Regions Used")
    rows.blank()


def _averaged(cells: list[str], show: Callable[[float], str]) -> list[str]:
    """Return printed cells with their average and standard error, zeros of failures included."""
    values = [float(cell) for cell in cells]
    return [*cells, show(sum(values) / len(values)), show(standard_error(values) or 0.0)]


def _write_results(rows: _Rows, run: NanosightRun, videos: list[WrittenVideo]) -> None:
    def printed(key: str) -> list[str]:
        return [video.printed[key] for video in videos]

    in_frame = _averaged(printed("in_frame"), "{:.1f}".format)
    rows.add("[Results]", *[""] * run.videos, "Average", "Standard Error")
    title = "Dilution factor (concentrations adjusted for this factor)"
    rows.add(title, *printed("dilution"))
    rows.add_bare(
        "Concentration (Particles / ml)",
        *_averaged(printed("concentration"), lambda value: exponent(value, run)),
    )
    rows.add("Concentration Upgrade?", *["Yes"] * run.videos)
    rows.add("Particles per frame", *in_frame)
    rows.add("Centres per frame", *in_frame)
    rows.add("Completed tracks", *printed("completed"))
    rows.add("X-Drift (pix/frame)", *["-0.4"] * run.videos)
    rows.add("Y-Drift (pix/frame)", *["0.1"] * run.videos)
    rows.blank()


_REMARKS = {
    "Concentration Warnings": (
        "Completed Tracks:OK|Particles per frame:OK|Noise level:No|Brightness:OK|"
        "Detection Threshold:OK|Camera Histogram Lower Limit:OK"
    ),
    "Information": (
        "Completed Tracks:OK|Concentration:OK|Video length:OK|Noise level:No|"
        "Vibration detected:No|Vibration correction applied:No|Settings changed?:No|"
        "Errors (1):|Errors (2):"
    ),
}


def _write_remarks(rows: _Rows, run: NanosightRun) -> None:
    validity = [run.validity] * run.videos if isinstance(run.validity, str) else run.validity
    for section, remarks in _REMARKS.items():
        rows.add_bare(f"[{section}]")
        if section == "Concentration Warnings":
            rows.add("Validity of concentration measurement", *validity)
        for remark in remarks.split("|"):
            name, _, text = remark.partition(":")
            rows.add(name, *[text] * run.videos)
        rows.blank()


# Weighting, column title (particles counted, area in nm^2, volume in nm^3), weight of a particle.
_WEIGHTS: tuple[tuple[str, str, Callable[[float], float]], ...] = (
    ("Number", "Concentration (particles / ml)", lambda nm: 1.0),
    ("Surface Area", "Surface area conc. (nm\u00b2 / ml)", lambda nm: pi * nm**2),
    ("Volume", "Volume conc. (nm\u00b3 / ml)", lambda nm: pi * nm**3 / 6),
)


def _write_blocks(rows: _Rows, run: NanosightRun, videos: list[WrittenVideo], sizes: list[float]) -> None:
    weights = _WEIGHTS if run.all_weightings else _WEIGHTS[:1]
    rows.add_bare("[Data Included]")
    for kind in ("Size", "Diffusion") if run.all_weightings else ("Size",):
        for name, _, _ in weights:
            rows.add_bare(f"{kind} distribution - {name.capitalize()} weighting - With Percentiles")
    rows.blank()
    rows.add_bare("[Size Data]")
    rows.add("Analysis Method", "FTLA")
    for name, title, weight in weights:
        _write_block(rows, videos, sizes, name, title, weight)
    if run.all_weightings:
        rows.add_bare("[Diffusion Coefficient Data]")
        rows.add("Analysis Method", "FTLA")
        for name, title, weight in weights:
            _write_block(rows, videos, sizes, name, title, weight, is_diffusion=True)


def _write_block(
    rows: _Rows,
    videos: list[WrittenVideo],
    sizes: list[float],
    name: str,
    title: str,
    weight: Callable[[float], float],
    *,
    is_diffusion: bool = False,
) -> None:
    factors = [weight(size) for size in sizes]
    curves = [[round(c * f) for c, f in zip(video.per_ml, factors, strict=True)] for video in videos]
    if is_diffusion:
        # Faster means smaller: the order turns round, on an axis of the same length.
        curves = [curve[::-1] for curve in curves]
    _write_block_head(rows, videos, name)
    rows.add("Graph Data")
    axis = "Bin centre (E4 nm\u00b2/s)" if is_diffusion else "Bin centre (nm)"
    average = title.split("(")[0].strip() + " average"
    rows.add(axis, *[title] * len(videos), average, "Standard Error")
    _write_bins(rows, sizes, curves)
    rows.blank()
    _write_percentiles(rows, videos, is_diffusion)


def _write_percentiles(rows: _Rows, videos: list[WrittenVideo], is_diffusion: bool) -> None:
    measure = "Diffusion Coefficient (E4 nm\u00b2/s)" if is_diffusion else "Size (nm)"
    rows.add("Percentile", *[measure] * len(videos))
    for percent in range(101):
        values = [video.percentiles_nm[percent] for video in videos]
        if is_diffusion:
            values = [_DIFFUSION_TIMES_NM / nm if nm else 0.0 for nm in values]
        rows.add(str(percent), *(f"{value:.1f}" for value in values))
    rows.blank()


def _write_block_head(rows: _Rows, videos: list[WrittenVideo], name: str) -> None:
    rows.add("Weighting", name)
    rows.add("Filename", *(video.name for video in videos), "Average", "Standard Error")
    for key in ("Mean", "Mode", "SD", "D10", "D50", "D90"):
        rows.add(key, *_averaged([video.printed[key] for video in videos], "{:.1f}".format))
    rows.add("Valid Tracks", *(video.printed["Valid Tracks"] for video in videos))


def _write_bins(rows: _Rows, sizes: list[float], curves: list[list[int]]) -> None:
    averages = average_curve(curves)
    for at, size in enumerate(sizes):
        cells = [curve[at] for curve in curves]
        error = round(standard_error(cells) or 0)
        rows.add(f"{size:.1f}", *map(str, cells), str(round(averages[at])), str(error))
