"""A chart with its decisions: frozen limits, points left out; read in a fixed number of queries."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from batches.masters.models import Product
from batches.trends import limits as computing
from batches.trends.attributes import Trended
from batches.trends.limits import Limits
from batches.trends.models import ControlRun, FrozenLimits, LeftOutPoint
from batches.trends.rows import ProductRows
from batches.trends.series import FOR_TRIAL, Key, Point, Series, series_of

CONTROL_VALUES = {"size_nm": ("Size", "nm"), "particles_per_ml": ("Concentration", "/mL")}


def key_of(instrument: str, method: str) -> Key:
    """How a series is told from others, however its instrument was written."""
    return instrument.casefold(), method


def newest_limits(found: Iterable[FrozenLimits]) -> dict[tuple[Any, ...], FrozenLimits]:
    """The newest version of each chart's limits."""
    newest: dict[tuple[Any, ...], FrozenLimits] = {}
    for one in sorted(found, key=lambda row: row.number):
        newest[(one.attribute, key_of(one.instrument, one.method), one.lot)] = one
    return newest


def as_limits(row: FrozenLimits) -> Limits:
    """The frozen numbers for computing."""
    ranges = None if row.moving_range is None else float(row.moving_range)
    return Limits(float(row.centre), float(row.sigma), row.size, ranges)


class ProductCharts:
    """Every chart of a product, read when asked for: rows, frozen limits and what was left out, once."""

    def __init__(self, product: Product, rows: ProductRows | None = None):
        self.product = product
        self.rows = rows or ProductRows(product)
        self.frozen = newest_limits(frozen_of(product).select_related("frozen_by"))
        self.left_out = self._left_out(product)

    @staticmethod
    def _left_out(product: Product) -> Mapping[str, dict[tuple[Key, int], str]]:
        found = LeftOutPoint.objects.filter(batch__product=product, is_withdrawn=False)
        words: dict[str, dict[tuple[Key, int], str]] = {}
        for one in found:
            of_attribute = words.setdefault(one.attribute, {})
            of_attribute[key_of(one.instrument, one.method), one.batch_id] = one.words
        return words

    def series(self, trended: Trended) -> dict[Key, Series]:
        """The attribute's series, each judged by its frozen limits, else by trial ones of its own points."""
        made = series_of(trended, self.rows, self.left_out.get(trended.key))
        for key, one in made.items():
            judged_by(one, self.frozen.get((trended.key, key, "")), computing.of_individuals)
        return made

    def page(self, trended: Trended, series: Series, before: int | None) -> Series:
        """The points of a series that a page shows: the newest, or those before a batch (its key).

        Further back than what is read at once, the batches before that one are read anew, by the same limits.
        """
        found, rows = series.before(before), self.rows
        if before is not None and rows.is_cut and (found is None or found.older is None):
            rows = ProductRows(self.product, before=before)
            further = series_of(trended, rows, self.left_out.get(trended.key)).get(series.key)
            if further is not None:
                further.limits, further.frozen = series.limits, series.frozen
                found = further.before(before) or found
        page = found or series.before(None)
        assert page is not None  # noqa: S101 (a series has points)
        if rows.is_cut and found is not None and page.older is None:
            page.older = page.points[0].key
        return page


def judged_by(series: Series, frozen: FrozenLimits | None, compute: Any) -> Series:
    """Give a series its frozen limits; without any, trial limits once there are enough points."""
    series.frozen = frozen
    if frozen is not None:
        series.limits = as_limits(frozen)
    elif len(series.values) >= computing.PROVISIONAL:
        series.limits = compute(series.values[-FOR_TRIAL:])
    return series


def frozen_of(product: Product | None) -> QuerySet[FrozenLimits]:
    """Limits of a product's charts, or of control material."""
    return FrozenLimits.objects.filter(product=product)


# --- control material ---------------------------------------------------------------------------------


def control_series(
    runs: Iterable[ControlRun], value: str, frozen: Mapping[tuple[Any, ...], FrozenLimits]
) -> dict[tuple[Key, str], Series]:
    """Series of control runs (oldest first) by instrument, method and lot, of those with the value."""
    grouped: dict[tuple[Key, str], list[ControlRun]] = {}
    for run in runs:
        if getattr(run, value) is not None:
            key = key_of(run.instrument, run.get_method_display())
            grouped.setdefault((key, run.lot_name), []).append(run)
    made = {}
    for (key, lot), some in grouped.items():
        first, points = some[0], [_control_point(run, value) for run in some]
        series = Series(first.instrument, first.get_method_display(), points, lot=lot)
        series.judge = Series.of_control
        judged_by(series, frozen.get((value, key, lot)), computing.of_control)
        made[key, lot] = series
    return made


def _control_point(run: ControlRun, value: str) -> Point:
    number = float(getattr(run, value))
    return Point(
        label=f"{run.run_time:%Y-%m-%d %H:%M}",
        url=f"/trends/controls/runs/{run.pk}/",
        value=number,
        scaled=number,
        left_out=run.void_words if run.is_voided else "",
        at=run.run_time,
        by=run.recorded_by.username,
        note=run.remarks,
        key=run.pk,
        run=f"{run.run_time:%Y-%m-%d}",
    )
