"""The layout of a Zetasizer text export: records put together from its tables, no meaning yet.

Anatomy after real files of software 7.11 and 8.02. The columns are chosen by the user and one file may
hold several tables with different columns, so every title row starts a new table; rows of different tables
belong together when sample name and time are the same.
"""

from collections import Counter
from dataclasses import dataclass, field

from .reading import Unreadable
from .tables import Row, Title, tab_rows, title_of
from .text import number

RECORD_CAP = 1_000
TITLES = frozenset(
    {
        "record", "type", "sample name", "measurement date and time", "z-ave", "z-average", "pdi",
        "zeta potential", "zp", "mobility", "mob", "t", "temperature", "s/w version", "serial number",
    }
)  # fmt: skip
NM_PER = {"d.nm": 1.0, "nm": 1.0, "r.nm": 2.0, "d.µm": 1000.0, "d.um": 1000.0, "r.µm": 2000.0, "r.um": 2000.0}
# Name of the value: the titles that versions give it, and the units in which it may stand.
SIZES = {
    "z_average_nm": ("z-ave", "z-average"),
    "intensity_mean_nm": ("intensity mean",),
    "number_mean_nm": ("number mean",),
    "volume_mean_nm": ("volume mean",),
    "peak_1_nm": ("intensity peak 1",),
    "peak_2_nm": ("intensity peak 2",),
    "peak_3_nm": ("intensity peak 3",),
    "peak_1_width_nm": ("intensity width peak 1",),
    "peak_2_width_nm": ("intensity width peak 2",),
    "peak_3_width_nm": ("intensity width peak 3",),
}
OTHERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pdi": (("pdi", "polydispersity index"), ("",)),
    "zeta_mv": (("zeta potential", "zp"), ("mV",)),
    "zeta_deviation_mv": (("zeta deviation",), ("mV",)),
    "mobility_um_cm_per_vs": (("mobility", "mob"), ("µmcm/Vs", "umcm/Vs")),
    "conductivity_ms_per_cm": (("conductivity", "cond"), ("mS/cm",)),
    "temperature_c": (("t", "temperature"), ("°C", "C")),
    "viscosity_cp": (("viscosity", "dispersant viscosity"), ("cP",)),
    "mean_count_rate_kcps": (("mean count rate",), ("kcps",)),
    "derived_count_rate_kcps": (("derived count rate",), ("kcps",)),
    "intercept": (("intercept",), ("",)),
    "attenuator": (("attenuator",), ("",)),
    "quality_factor": (("quality factor",), ("",)),
    "zeta_runs": (("zeta runs",), ("",)),
    "size_runs": (("size runs",), ("",)),
}
LEAST_TITLES = 3
Key = tuple[str, str, int]


@dataclass
class Record:
    """One measurement: every filled cell under its title, and the arrays by name."""

    name: str
    measured: str
    cells: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # name -> (text, unit)
    arrays: dict[str, dict[int, float]] = field(default_factory=dict)
    array_units: dict[str, str] = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """Return the first filled cell under one of the names."""
        return next((self.cells[name][0][0] for name in names if name in self.cells), "")

    def array(self, name: str) -> list[float]:
        """Return an array whose places 1, 2, 3 ... all hold a number; else an empty list."""
        found = self.arrays.get(name, {})
        return [found[at] for at in sorted(found)] if set(found) == set(range(1, len(found) + 1)) else []


def is_title_row(row: Row) -> bool:
    """Tell a row of titles from a row of values: several cells are known titles."""
    names = {cell.partition("(")[0].strip().lower() for cell in row[:400]}
    return len(TITLES & names) >= LEAST_TITLES


def lay_out(text: str) -> list[Record]:
    """Return the records of a Zetasizer text export, or raise Unreadable."""
    records: dict[Key, Record] = {}
    titles: list[Title] = []
    seen: Counter[tuple[str, str]] = Counter()
    for row in tab_rows(text):
        if not any(row):
            continue
        if is_title_row(row):
            titles, seen = [title_of(cell) for cell in row], Counter()
            _demand_key(titles)
        elif titles:
            _add(records, titles, row, seen)
    if not records:
        raise Unreadable("The table of this Zetasizer file holds no record. Export the records again.")
    return list(records.values())


def _demand_key(titles: list[Title]) -> None:
    if "sample name" not in {title.name for title in titles}:
        raise Unreadable(
            "A table of this Zetasizer file has no column 'Sample Name', so that its values belong to no "
            "sample. Add the column in the export's settings."
        )


def _add(records: dict[Key, Record], titles: list[Title], row: Row, seen: Counter[tuple[str, str]]) -> None:
    if len([cell for cell in row if cell]) < 2 or len(row) > len(titles) + 1:
        raise Unreadable(
            f"A row of this Zetasizer table has {len(row)} cells under {len(titles)} titles: the file is "
            "cut off or edited. Export the records again."
        )
    name = _first(titles, row, "sample name")
    measured = _first(titles, row, "measurement date and time")
    place = seen[name, measured]
    seen[name, measured] += 1
    record = records.setdefault((name, measured, place), Record(name, measured))
    if len(records) > RECORD_CAP:
        raise Unreadable(f"The file has more than {RECORD_CAP} records. Export those of one sample.")
    for title, cell in zip(titles, row, strict=False):
        if cell and title.name:
            _keep(record, title, cell)


def _first(titles: list[Title], row: Row, name: str) -> str:
    found = (cell for title, cell in zip(titles, row, strict=False) if title.name == name and cell)
    return next(found, "")


def _keep(record: Record, title: Title, cell: str) -> None:
    if title.index is None:
        record.cells.setdefault(title.name, []).append((cell, title.unit))
        return
    value = number(cell)
    array = record.arrays.setdefault(title.name, {})
    unit = record.array_units.setdefault(title.name, title.unit)
    if value is None or title.index in array or unit != title.unit:
        # A hole makes the whole array unusable: half a curve is a wrong curve.
        array[0] = 0.0
    else:
        array[title.index] = value
