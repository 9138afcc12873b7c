"""Plate exports of our own making: a protein assay with standards in triplicate, as Gen5, SoftMax or grid."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

LETTERS = "ABCDEFGH"
STANDARDS_UG_PER_ML = (2000.0, 1000.0, 500.0, 250.0, 125.0, 62.5, 25.0)


@dataclass(frozen=True)
class PlateRun:
    """One 96-well plate: standards in columns 1 to 3 (blanks in row H), samples in columns 4 to 6.

    `samples` maps a name to concentration (µg/mL) and dilution; the plate holds the diluted sample. `texts`
    puts a text such as `OVRFLW` or `*0.356*` in a well.
    """

    samples: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"EV": (640.0, 2.0), "EV 1:4": (640.0, 4.0), "Buffer": (2.0, 1.0)}
    )
    standards: tuple[float, ...] = STANDARDS_UG_PER_ML
    slope: float = 0.00085
    blank: float = 0.092
    bend: float = 4e-8
    noise: float = 0.004
    texts: Mapping[str, str] = field(default_factory=dict)
    plates: int = 1
    name: str = "Plate 1"
    measured_at: dt.datetime = dt.datetime(2026, 3, 18, 9, 0, 4)

    def layout(self) -> dict[str, tuple[str, float]]:
        """Return per well what it holds and how much of it is in the well (µg/mL)."""
        found: dict[str, tuple[str, float]] = {}
        for at, level in enumerate((*self.standards, 0.0)):
            for column in (1, 2, 3):
                found[f"{LETTERS[at]}{column}"] = (f"STD{at + 1}" if level else "BLK", level)
        for at, (sample, (level, dilution)) in enumerate(self.samples.items()):
            for column in (4, 5, 6):
                found[f"{LETTERS[at]}{column}"] = (sample, level / dilution)
        return found

    def absorbances(self, rng: Random | None = None) -> dict[str, str]:
        """Return per well what the reader prints."""
        found = {}
        for at, (well, (_, level)) in enumerate(self.layout().items()):
            value = self.blank + self.slope * level - self.bend * level**2
            value *= 1 + (rng.gauss(0, self.noise) if rng else self.noise * ((at * 7) % 3 - 1))
            found[well] = f"{value:.3f}"
        return found | dict(self.texts)


def gen5_text(run: PlateRun, rng: Random | None = None) -> bytes:
    """Return a Gen5 text export, one block per plate."""
    lines = ["", "Software Version\t3.12.08", "", "Experiment File Path:\tC:\\Experiments\\protein.xpt"]
    lines += ["Protocol File Path:\tC:\\Protocols\\protein.prt", ""]
    for at in range(run.plates):
        lines += [
            f"Plate Number\tPlate {at + 1}",
            f"Date\t{run.measured_at:%-m/%-d/%Y}",
            f"Time\t{run.measured_at:%-I:%M:%S %p}",
            "Reader Type:\tEpoch",
        ]
        lines += ["Reader Serial Number:\t000000", "Reading Type\tReader", "", "Procedure Details", ""]
        lines += ["Plate Type\t96 WELL PLATE", "Read\tAbsorbance Endpoint", "\tWavelengths:  562", ""]
        lines += ["Layout", _numbers(), *_layout_lines(run), "", "Results", _numbers()]
        lines += [*_gen5_lines(run.absorbances(rng), "562"), ""]
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _numbers() -> str:
    return "\t" + "\t".join(str(at + 1) for at in range(12))


def _layout_lines(run: PlateRun) -> list[str]:
    layout, lines = run.layout(), []
    dilutions = {name: dilution for name, (_, dilution) in run.samples.items()}
    for letter in LETTERS:
        held = [layout.get(f"{letter}{at + 1}", ("", 0.0)) for at in range(12)]
        told = [
            f"{1 / dilutions[name]:g}" if name in dilutions else f"{level:g}" if level else ""
            for name, level in held
        ]
        lines += [
            "\t".join([letter, *(name for name, _ in held), "Well ID"]),
            "\t".join(["", *told, "Conc/Dil"]),
        ]
    return lines


def _gen5_lines(printed: dict[str, str], label: str) -> list[str]:
    return [
        "\t".join([letter, *(printed.get(f"{letter}{at + 1}", "") for at in range(12)), label])
        for letter in LETTERS
    ]


def softmax_text(run: PlateRun, rng: Random | None = None) -> bytes:
    """Return a SoftMax Pro export in UTF-16, one block per plate."""
    lines = [f"##BLOCKS= {run.plates}"]
    for at in range(run.plates):
        about = [
            "Plate:",
            f"Plate{at + 1:02}",
            "1.3",
            "PlateFormat",
            "Endpoint",
            "Absorbance",
            "Raw",
            "FALSE",
            "1",
        ]
        about += ["", "", "", "", "", "1", "562 ", "1", "12", "96", "1", "8", ""]
        printed = run.absorbances(rng)
        rows = [[printed.get(f"{letter}{column + 1}", "") for column in range(12)] for letter in LETTERS]
        numbers = [str(column + 1) for column in range(12)]
        lines += ["\t".join(about), "\t".join(["", "Temperature(°C)", *numbers, "", ""])]
        lines += [
            "\t".join(["", "24.10" if place == 0 else "", *row, "", ""]) for place, row in enumerate(rows)
        ]
        lines += ["", "~End"]
    lines += ["Original Filename: protein; Date Last Saved: 3/18/2026 9:02:11 AM"]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode("utf-16-le")


def grid_csv(run: PlateRun, rng: Random | None = None, delimiter: str = ",", decimal: str = ".") -> bytes:
    """Return plain grids of 8 x 12, one per plate."""
    lines = []
    for at in range(run.plates):
        printed = run.absorbances(rng)
        lines += [f"Plate {at + 1} 562 nm", delimiter.join(["", *(str(column + 1) for column in range(12))])]
        for letter in LETTERS:
            cells = [printed.get(f"{letter}{column + 1}", "").replace(".", decimal) for column in range(12)]
            lines.append(delimiter.join([letter, *cells]))
        lines.append("")
    return "\n".join(lines).encode()
