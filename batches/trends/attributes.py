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

from batches.characterization.vocabulary import TETRASPANINS, known_marker
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
    group: str = ""

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


def _assays(source: str, field: str, *, is_log: bool = False, sign: str = "", target: str = "") -> Read:
    """One result of a technique; a censored replicate makes the batch's value censored.

    `sign` names the field of the sign where the result's own is elsewhere; `target` picks the marker.
    """

    def read(rows: ProductRows) -> Iterator[Found]:
        known = [row for row in rows.of(source) if row.values[field] is not None]
        if target:
            known = [row for row in known if known_marker(row.values["target"]) is known_marker(target)]
        for group in _by_batch(known).values():
            values = [row.values[field] for row in group]
            if is_log and min(values) <= 0:
                continue
            signs = [row.values.get(sign or f"{field}_sign", "") for row in group]
            censored = next(filter(None, signs), "")
            yield _found(group, _joined(values, is_log=is_log), sign=censored)

    return read


def _counted(rows: ProductRows) -> Iterator[tuple[list[AssayRow], float]]:
    """Particles per mL of every batch on every instrument."""
    known = [row for row in rows.of("nta") if row.values["particles_per_ml"]]
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


def _over(source: str, field: str) -> Read:
    """Particles per µg of what the source measured of the same preparation; below its limit it gives none."""

    def read(rows: ProductRows) -> Iterator[Found]:
        of_batch: dict[int, list[list[AssayRow]]] = defaultdict(list)
        for (batch_id, _), group in _by_batch(row for row in rows.of(source) if row.values[field]).items():
            if not any(row.values[f"{field}_sign"] for row in group):
                of_batch[batch_id].append(group)
        for group, per_ml in _counted(rows):
            for below in of_batch[group[0].batch_id]:
                per_ug = statistics.fmean(row.values[field] for row in below)
                method = f"{group[0].method} over {below[0].method} ({below[0].instrument})"
                yield _found(group, per_ml / per_ug, method=method)

    return read


def _recovery(rows: ProductRows) -> Iterator[Found]:
    """Particles after the last finished step as % of those that went into the first."""
    for batch_id, steps in rows.steps.items():
        first, last = steps[0], steps[-1]
        if first.in_per_ml and first.in_ml and last.out_per_ml is not None and last.out_ml:
            value = 100 * last.out_per_ml * last.out_ml / (first.in_per_ml * first.in_ml)
            yield Found(batch_id, FROM_STEPS, *FROM_STEPS, value, 1, "", (), last.by or "", last.at)


def _measured(
    key: str,
    label: str,
    unit: str,
    source: str,
    field: str = "",
    *,
    is_log: bool = False,
    sign: str = "",
    target: str = "",
    digits: int = 3,
    group: str = "",
    about: str = "",
) -> Trended:
    """A result of one source; `field` where the details call it otherwise than its key."""
    read = _assays(source, field or key, is_log=is_log, sign=sign, target=target)
    return Trended(key, label, unit, read, is_log, digits, about, group)


YIELD, TRACKING, TRPS, SCATTER, FLOW = "Yield and purity", "NTA", "TRPS", "DLS and zeta", "Nano-flow"
CONTENTS, TESTS = "Contents", "Endotoxin and potency"
BESIDE_REFERENCE = "Of the reference lot's. Another reference lot is marked K; each assay has its own chart."

KNOWN = (
    Trended(
        "particles_per_million_cells", "Yield", "particles per 10⁶ cells", _yield, is_log=True, group=YIELD,
        about="Particles per mL of the final preparation × volume out of the last step ÷ cells of all "
        "harvests.",
    ),
    Trended(
        "total_particles", "Particles in the preparation", "particles", _total, is_log=True, group=YIELD,
    ),
    Trended(
        RECOVERY, "Overall particle recovery", "%", _recovery, group=YIELD,
        about="Particles after the last finished step ÷ particles into the first, as counted at the steps.",
    ),
    Trended(
        "particles_per_ug", "Particles per µg protein", "/µg", _over("protein", "protein_ug_per_ml"),
        is_log=True, about="Particles per mL ÷ protein of the same preparation.", group=YIELD,
    ),
    Trended(
        "particles_per_ug_lipid", "Particles per µg lipid", "/µg", _over("lipid", "lipid_ug_per_ml"),
        is_log=True, about="Particles per mL ÷ lipid of the same preparation.", group=YIELD,
    ),
    _measured("particles_per_ml", "Particle concentration", "/mL", "nta", is_log=True, group=TRACKING),
    _measured("mode_nm", "Mode diameter", "nm", "nta", group=TRACKING),
    _measured("d50_nm", "Median diameter (D50)", "nm", "nta", group=TRACKING),
    _measured("mean_nm", "Mean diameter", "nm", "nta", group=TRACKING),
    _measured("window_percent", "Particles in the size window", "%", "nta", group=TRACKING),
    _measured(
        "trps_per_ml", "Particles by TRPS", "/mL", "trps", "particles_per_ml", is_log=True, group=TRPS
    ),
    _measured("trps_mode_nm", "Mode diameter by TRPS", "nm", "trps", "mode_nm", group=TRPS),
    _measured("trps_mean_nm", "Mean diameter by TRPS", "nm", "trps", "mean_nm", group=TRPS),
    _measured("z_average_nm", "Z-average", "nm", "dls", group=SCATTER),
    _measured("pdi", "Polydispersity index (PdI)", "", "dls", group=SCATTER),
    _measured(
        "zeta_mv", "Zeta potential", "mV", "zeta", group=SCATTER,
        about="Each buffer has a chart of its own: the charge that shows depends on it.",
    ),
    _measured(
        "nanoflow_per_ml", "Particles by nano-flow", "/mL", "nanoflow", "particles_per_ml", is_log=True,
        group=FLOW,
    ),
    _measured("nanoflow_mode_nm", "Mode diameter by nano-flow", "nm", "nanoflow", "mode_nm", group=FLOW),
    *(
        _measured(
            f"{target.lower()}_positive_percent", f"{target}-positive particles", "%", "gates",
            "positive_percent", target=target, group=FLOW,
        )
        for target in TETRASPANINS
    ),
    _measured("protein_ug_per_ml", "Protein", "µg/mL", "protein", is_log=True, group=CONTENTS),
    _measured("lipid_ug_per_ml", "Lipid", "µg/mL", "lipid", is_log=True, group=CONTENTS),
    _measured("rna_ng_per_ml", "RNA", "ng/mL", "rna", is_log=True, sign="rna_ng_sign", group=CONTENTS),
    _measured("endotoxin_eu_per_ml", "Endotoxin", "EU/mL", "endotoxin", is_log=True, group=TESTS),
    _measured(
        "relative_potency_percent", "Relative potency", "%", "potency", is_log=True, group=TESTS,
        about=BESIDE_REFERENCE,
    ),
    _measured(
        "potency_response_percent", "Response", "%", "potency", "response_percent", group=TESTS,
        about=BESIDE_REFERENCE,
    ),
)  # fmt: skip
TRENDED: Mapping[str, Trended] = {one.key: one for one in KNOWN}
