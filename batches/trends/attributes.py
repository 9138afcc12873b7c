"""The registry of what is trended: how each attribute comes from the batches' records, and on which scale.

Replicates of a batch are one value (ev-domain §10.3: technical replicates are not batches): the geometric
mean on a log scale, else the mean. What the method could not put a number to stays out of every mean.
"""

import datetime as dt
import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from batches.trends.rows import AssayRow, ProductRows

FROM_STEPS = ("counts of the steps", "particles in and out")
RECOVERY = "overall_recovery_percent"


class Found(NamedTuple):
    """The value of one batch on one chart, with what it was made with. `sign` marks a censored value."""

    batch_id: int
    key: tuple[str, str]
    instrument: str
    method: str
    value: float
    replicates: int
    sign: str = ""
    rows: tuple[AssayRow, ...] = ()
    operator: str = ""
    performed_at: dt.datetime | None = None


Read = Callable[[ProductRows], Iterator[Found]]


@dataclass(frozen=True)
class Trended:
    """One attribute: name, unit, scale, digits that people read, and where it comes from."""

    key: str
    label: str
    unit: str
    read: Read
    is_log: bool = False
    digits: int = 3
    about: str = ""

    def scaled(self, value: float) -> float:
        """The value on the scale of its chart."""
        return math.log10(value) if self.is_log else value

    def plain(self, scaled: float) -> float:
        """Back from the scale of the chart."""
        return 10**scaled if self.is_log else scaled

    @property
    def scale_words(self) -> str:
        return "log10 scale" if self.is_log else "linear scale"


def _joined(values: Sequence[float], *, is_log: bool) -> float:
    if len(values) == 1:
        return values[0]
    return statistics.geometric_mean(values) if is_log else statistics.fmean(values)


def _by_batch(rows: Iterable[AssayRow]) -> dict[tuple[int, tuple[str, str]], list[AssayRow]]:
    """Rows of each batch on each instrument with each method."""
    grouped: dict[tuple[int, tuple[str, str]], list[AssayRow]] = defaultdict(list)
    for row in rows:
        grouped[row.batch_id, row.key].append(row)
    return grouped


def _found(rows: Sequence[AssayRow], value: float, *, sign: str = "", method: str = "") -> Found:
    first = rows[0]
    return Found(
        batch_id=first.batch_id,
        key=(first.key[0], method or first.method),
        instrument=first.instrument,
        method=method or first.method,
        value=value,
        replicates=len(rows),
        sign=sign,
        rows=tuple(rows),
        operator=first.operator,
        performed_at=first.performed_at,
    )


def _assays(source: str, field: str, *, is_log: bool = False) -> Read:
    """One result of a technique; a censored replicate makes the batch's value censored."""

    def read(rows: ProductRows) -> Iterator[Found]:
        known = [row for row in getattr(rows, source) if row.values[field] is not None]
        for group in _by_batch(known).values():
            values = [row.values[field] for row in group]
            if is_log and min(values) <= 0:
                continue
            signs = [row.values.get(f"{field}_sign", "") for row in group]
            sign = next(filter(None, signs), "")
            yield _found(group, _joined(values, is_log=is_log), sign=sign)

    return read


def _counted(rows: ProductRows) -> Iterator[tuple[list[AssayRow], float]]:
    """Particles per mL of every batch on every instrument."""
    known = [row for row in rows.nta if row.values["particles_per_ml"]]
    for group in _by_batch(known).values():
        yield group, _joined([row.values["particles_per_ml"] for row in group], is_log=True)


def _yield(rows: ProductRows) -> Iterator[Found]:
    """Particles of the final preparation for a million cells at harvest."""
    for group, per_ml in _counted(rows):
        batch_id = group[0].batch_id
        cells, volume = rows.cells.get(batch_id), _final_ml(rows, batch_id)
        if cells and volume:
            yield _found(group, per_ml * volume / (cells / 1e6))


def _total(rows: ProductRows) -> Iterator[Found]:
    """Particles of the whole final preparation."""
    for group, per_ml in _counted(rows):
        volume = _final_ml(rows, group[0].batch_id)
        if volume:
            yield _found(group, per_ml * volume)


def _final_ml(rows: ProductRows, batch_id: int) -> float | None:
    steps = rows.steps.get(batch_id)
    return steps[-1].out_ml if steps else None


def _ratio(rows: ProductRows) -> Iterator[Found]:
    """Particles per µg protein; protein below its limit of detection gives none."""
    proteins = _by_batch(row for row in rows.protein if row.values["protein_ug_per_ml"])
    of_batch: dict[int, list[list[AssayRow]]] = defaultdict(list)
    for (batch_id, _), group in proteins.items():
        if not any(row.values["protein_ug_per_ml_sign"] for row in group):
            of_batch[batch_id].append(group)
    for group, per_ml in _counted(rows):
        for protein in of_batch[group[0].batch_id]:
            per_ug = statistics.fmean(row.values["protein_ug_per_ml"] for row in protein)
            method = f"{group[0].method} over {protein[0].method} ({protein[0].instrument})"
            yield _found(group, per_ml / per_ug, method=method)


def _recovery(rows: ProductRows) -> Iterator[Found]:
    """Particles after the last finished step as % of those that went into the first."""
    for batch_id, steps in rows.steps.items():
        first, last = steps[0], steps[-1]
        if first.in_per_ml and first.in_ml and last.out_per_ml is not None and last.out_ml:
            value = 100 * last.out_per_ml * last.out_ml / (first.in_per_ml * first.in_ml)
            yield Found(batch_id, FROM_STEPS, *FROM_STEPS, value, 1, "", (), last.by or "", last.at)


KNOWN = (
    Trended(
        "particles_per_million_cells", "Yield", "particles per 10⁶ cells", _yield, is_log=True,
        about="Particles per mL of the final preparation × volume out of the last step ÷ cells at harvest.",
    ),
    Trended("total_particles", "Particles in the preparation", "particles", _total, is_log=True),
    Trended(
        "particles_per_ml", "Particle concentration", "/mL", _assays("nta", "particles_per_ml", is_log=True),
        is_log=True,
    ),
    Trended("mode_nm", "Mode diameter", "nm", _assays("nta", "mode_nm")),
    Trended("d50_nm", "Median diameter (D50)", "nm", _assays("nta", "d50_nm")),
    Trended(
        "window_percent", "Particles in the size window", "%", _assays("nta", "window_percent"),
    ),
    Trended(
        "particles_per_ug", "Particles per µg protein", "/µg", _ratio, is_log=True,
        about="Particles per mL ÷ protein of the same preparation.",
    ),
    Trended(
        "protein_ug_per_ml", "Protein", "µg/mL", _assays("protein", "protein_ug_per_ml", is_log=True),
        is_log=True,
    ),
    Trended(
        RECOVERY, "Overall particle recovery", "%", _recovery,
        about="Particles after the last finished step ÷ particles into the first, as counted at the steps.",
    ),
    Trended(
        "endotoxin_eu_per_ml", "Endotoxin", "EU/mL", _assays("endotoxin", "endotoxin_eu_per_ml", is_log=True),
        is_log=True,
    ),
)  # fmt: skip
TRENDED: Mapping[str, Trended] = {one.key: one for one in KNOWN}
