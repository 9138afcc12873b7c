"""What people decide about charts: limits frozen, points left out and taken back, control runs recorded."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.masters.models import Product
from batches.record.models import Batch
from batches.trends import limits as computing
from batches.trends.attributes import TRENDED
from batches.trends.limits import Limits
from batches.trends.loading import (
    CONTROL_VALUES,
    ProductCharts,
    control_series,
)
from batches.trends.models import ControlRun, FrozenLimits, LeftOutPoint
from batches.trends.rows import ProductRows
from batches.trends.series import Key, Point

PLACE = Decimal("0.000001")


@action(may=roles.REVIEW)
def freeze_limits(
    *, product: Product, attribute: str, key: Key, batches: Iterable[str], words: str, by: User
) -> FrozenLimits:
    """Freeze the limits of a chart from chosen batches (their numbers), computed anew from the record.

    Refused for fewer than 8 batches, or where one of them has no number on this chart or was left out.
    """
    trended = TRENDED[attribute]
    wanted = [*dict.fromkeys(batches)]
    charts = ProductCharts(product, ProductRows(product, only=Q(number__in=wanted)))
    series = charts.series(trended).get(key)
    points = _chosen([] if series is None else series.points, wanted)
    found = computing.of_individuals([point.scaled for point in points])
    assert series is not None and found is not None  # noqa: S101 (eight points were chosen)
    chart = {"attribute": attribute, "instrument": series.instrument, "method": series.method}
    before = FrozenLimits.objects.filter(product=product, attribute=attribute, method=series.method)
    before = before.filter(instrument__iexact=series.instrument)
    return _freeze(before, found, points, words, by, product=product, is_log=trended.is_log, **chart)


@action(may=roles.REVIEW)
def freeze_control_limits(
    *, value: str, key: Key, lot: str, runs: Iterable[int], words: str, by: User
) -> FrozenLimits:
    """Freeze mean and SD of control material from chosen runs (their keys)."""
    wanted = {*runs}
    found = ControlRun.objects.filter(pk__in=wanted).select_related("recorded_by")
    series = control_series(found, _control_value(value), {}).get((key, lot))
    labels = [point.label for point in series.points if point.key in wanted] if series else []
    points = _chosen(series.points if series else [], labels)
    limits = computing.of_control([point.scaled for point in points])
    assert series is not None and limits is not None  # noqa: S101 (eight points were chosen)
    chart = {"attribute": value, "instrument": series.instrument, "method": series.method, "lot": lot}
    before = FrozenLimits.objects.filter(product=None, attribute=value, method=series.method, lot=lot)
    before = before.filter(instrument__iexact=series.instrument)
    return _freeze(before, limits, points, words, by, product=None, is_log=False, **chart)


def _control_value(value: str) -> str:
    if value not in CONTROL_VALUES:
        raise ActionRefused("Control material is charted by size or by concentration.")
    return value


def _chosen(points: list[Point], wanted: Iterable[str]) -> list[Point]:
    """The points with those labels, all of which must be there and count."""
    labels = [*wanted]
    if len(labels) < computing.PROVISIONAL:
        raise ValueRefused(
            f"Choose at least {computing.PROVISIONAL} points; {len(labels)} were chosen. From "
            f"{computing.ENOUGH} on, limits are no longer provisional.",
            "batches",
        )
    known = {point.label: point for point in points}
    lacking = [label for label in labels if label not in known or not known[label].counts]
    if lacking:
        raise ValueRefused(f"No number that counts on this chart: {', '.join(lacking[:5])}.", "batches")
    return [point for point in points if point.label in set(labels)]


def _freeze(
    before: Any, found: Limits, points: list[Point], words: str, by: User, **chart: Any
) -> FrozenLimits:
    frozen = FrozenLimits(
        number=(before.aggregate(last=Max("number"))["last"] or 0) + 1,
        centre=_kept(found.centre),
        sigma=_kept(found.sigma),
        moving_range=None if found.moving_range is None else _kept(found.moving_range),
        size=found.size,
        basis=[{"point": point.label, "value": f"{point.value:.10g}"} for point in points],
        words=_said(words),
        frozen_at=timezone.now(),
        frozen_by=by,
        **chart,
    )
    records.save(frozen, by=by)
    return frozen


def _kept(number: float) -> Decimal:
    """A computed number as the record keeps it: at most 15 digits, six of them behind the point."""
    return Decimal(repr(number)).quantize(PLACE, rounding=ROUND_HALF_UP)


def _said(words: str) -> str:
    if len(words.strip()) < 3:
        raise ValueRefused("Say why in a few words.", "words")
    return words.strip()


# --- points left out ----------------------------------------------------------------------------------


@action(may=roles.REVIEW)
def leave_out(
    *, product: Product, attribute: str, key: Key, batch: str, words: str, by: User
) -> LeftOutPoint:
    """Let a batch not count on one chart. It stays on the picture, marked, with why."""
    found = Batch.objects.filter(product=product, number=batch).first()
    if found is None:
        raise ValueRefused(f"{batch} is no batch of {product.code}.", "batch")
    rows = ProductRows(product, only=Q(pk=found.pk))
    series = ProductCharts(product, rows).series(TRENDED[attribute]).get(key)
    if series is None:
        raise ValueRefused(f"{batch} has no point on this chart.", "batch")
    if series.points[0].left_out:
        raise ValueRefused(f"{batch} is left out of this chart already.", "batch")
    left_out = LeftOutPoint(
        batch=found,
        attribute=attribute,
        instrument=series.instrument,
        method=series.method,
        words=_said(words),
        left_out_at=timezone.now(),
        left_out_by=by,
    )
    records.save(left_out, by=by)
    return left_out


@action(may=roles.REVIEW)
def take_back_in(*, point: LeftOutPoint, words: str, by: User) -> LeftOutPoint:
    """Let a batch count again."""
    point = LeftOutPoint.objects.select_for_update().get(pk=point.pk)
    if point.is_withdrawn:
        raise ActionRefused(f"{point.batch.number} counts already.")
    point.is_withdrawn = True
    records.save(point, by=by, reason=Reason("review", _said(words)))
    return point


# --- control material ---------------------------------------------------------------------------------


@action(may=roles.ENTER)
def record_control_run(
    *, values: Mapping[str, Any], by: User, typed: Mapping[str, str] | None = None
) -> ControlRun:
    """Record a measurement of control material; `values` by field name."""
    run = ControlRun(**values, recorded_at=timezone.now(), recorded_by=by)
    records.save(run, by=by, typed=typed)
    return run


@action(may=roles.ENTER)
def void_control_run(*, run: ControlRun, words: str, by: User) -> ControlRun:
    """Void a run: it stays on the chart, marked, with why."""
    run = ControlRun.objects.select_for_update().get(pk=run.pk)
    if run.is_voided:
        raise ActionRefused(f"{run} is void already.")
    run.is_voided, run.void_words = True, _said(words)
    records.save(run, by=by, reason=Reason("other", run.void_words))
    return run
