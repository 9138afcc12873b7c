"""What the pages of charts show: limits, signals and points in words, beside the picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q

from accounts import roles
from accounts.models import User
from batches.masters.models import Product
from batches.trends import drawing
from batches.trends import limits as computing
from batches.trends.attributes import KNOWN, Trended
from batches.trends.forms import FreezeForm, LeaveOutForm, WhyForm
from batches.trends.loading import ProductCharts
from batches.trends.models import FrozenLimits, LeftOutPoint
from batches.trends.series import FOR_TRIAL, LETTERS, Key, Point, Series


@dataclass(frozen=True)
class Told:
    """A number of a chart with its name."""

    label: str
    words: str


@dataclass(frozen=True)
class TableRow:
    """A point as the table beside the picture has it."""

    point: Point
    words: str
    score: str
    rules: str
    is_out: bool

    @property
    def can_be_chosen(self) -> bool:
        return self.point.counts


def products_with_counts() -> list[Product]:
    """Every product with how many batches it has."""
    counted = Product.objects.annotate(size=Count("batches", filter=Q(batches__isnull=False)))
    return list(counted.order_by("code"))


@dataclass(frozen=True)
class Card:
    """One attribute of a product in small."""

    trended: Trended
    series: Series
    picture: Any
    url: str
    others: int

    @property
    def state(self) -> str:
        """In words: what the rules say, or why they say nothing."""
        return state_words(self.series)

    @property
    def kind(self) -> str:
        """The colour of its pill."""
        if self.series.limits is None:
            return "calm"
        return "warn" if any(not one.rule.is_warning for one in self.series.signals) else "pass"

    @property
    def last(self) -> str:
        """The newest value."""
        return value_words(self.trended, self.series.points[-1])


def cards_of(product: Product) -> list[Card]:
    """A card for every attribute that has points, each with its longest series."""
    charts, cards = ProductCharts(product), []
    charts.rows.skip_absent()
    for trended in KNOWN:
        found = list(charts.series(trended).values())
        if found:
            url, newest = chart_url(product, trended, found[0]), found[0].before(None)
            assert newest is not None  # noqa: S101 (a series has points)
            cards.append(Card(trended, newest, drawing.sparkline(newest), url, len(found) - 1))
    return cards


def chart_url(product: Product, trended: Trended, series: Series) -> str:
    """The page of one chart."""
    asked = urlencode({"instrument": series.instrument, "method": series.method})
    return f"/trends/{product.code}/{trended.key}/?{asked}"


def state_words(series: Series) -> str:
    """What the rules say of a series, or why they say nothing."""
    if series.limits is None:
        return f"no limits: {computing.PROVISIONAL} points needed, {len(series.values)} there"
    found = [one for one in series.signals if not one.rule.is_warning]
    judged = "by frozen limits" if series.frozen else "by trial limits, nothing frozen"
    return (
        f"{len(found)} {'signal' if len(found) == 1 else 'signals'}, {judged}"
        if found
        else f"quiet, {judged}"
    )


def value_words(trended: Trended, point: Point) -> str:
    """A point's value with its sign and unit."""
    return f"{point.sign} {drawing.shown(trended, point.scaled)} {trended.unit}".strip()


def limits_told(series: Series, trended: Trended) -> list[Told]:
    """Centre and limits as people read them."""
    found = series.limits
    if found is None:
        return []
    lower = "none above 0" if not trended.is_log and found.lower <= 0 else drawing.shown(trended, found.lower)
    told = [
        Told("Upper limit", drawing.shown(trended, found.upper)),
        Told("Geometric mean" if trended.is_log else "Mean", drawing.shown(trended, found.centre)),
        Told("Lower limit", lower),
        Told("Points", str(found.size)),
    ]
    if found.moving_range is not None:
        told.append(Told("Mean moving range", _range_words(found.moving_range, trended)))
    else:
        told.append(Told("SD", drawing.shown(trended, found.sigma)))
    return told


def _range_words(moving_range: float, trended: Trended) -> str:
    """On a log scale a range is a factor."""
    if trended.is_log:
        return f"factor {10**moving_range:.3g}"
    return f"{moving_range:.3g} {trended.unit}"


def signals_told(series: Series) -> list[tuple[str, list[Point], bool]]:
    """Each signal in words with its points; whether it is a warning only."""
    return [
        (f"{one.rule.code}: {one.rule.words} – points to {one.rule.points_to}",
         [series.points[place] for place in one.places], one.rule.is_warning)
        for one in series.signals
    ]  # fmt: skip


def table_of(series: Series, trended: Trended) -> list[TableRow]:
    """Every point, newest first."""
    scores = (
        dict(zip(series.counted, series.limits.scores(series.values), strict=True)) if series.limits else {}
    )
    rows = []
    for place, point in enumerate(series.points):
        found = series.signals_at.get(place, [])
        words = "; ".join(dict.fromkeys(f"{rule.code} {rule.words}" for rule in found))
        score = score_words(scores[place]) if place in scores else ""
        is_out = any(not rule.is_warning for rule in found)
        rows.append(
            TableRow(
                point, f"{point.sign} {drawing.shown(trended, point.scaled)}".strip(), score, words, is_out
            )
        )
    return rows[::-1]


def score_words(score: float) -> str:
    """SD from the centre with its sign: +1.2, −0.4, 0.0."""
    return f"{round(score, 1) or 0:+.1f}".replace("-", "−").replace("+0.0", "0.0")


def chosen_series(found: Mapping[Any, Series], key: Any) -> Series | None:
    """The series that was asked for, else the longest one; None where there is none."""
    return found.get(key) or next(iter(found.values()), None)


def chart_context(
    product: Product, trended: Trended, key: Key, before: int | None, person: User, **forms: Any
) -> dict[str, Any]:
    """What the page of a chart shows; `forms` replace empty ones by those with what was typed."""
    charts = ProductCharts(product)
    found = charts.series(trended)
    whole = chosen_series(found, key)
    series = None if whole is None else charts.page(trended, whole, before)
    context = {
        "product": product,
        "trended": trended,
        "attributes": [one for one in KNOWN if one.group == trended.group],
        "others": [(chart_url(product, trended, one), one, one is whole) for one in found.values()],
        "series": series,
        "section": "trends",
    }
    if series is None:
        return context
    may_decide = person.may(roles.REVIEW)
    counting = [point.label for point in reversed(series.points) if point.counts]
    return {
        **context,
        **series_context(series, trended),
        "versions": _versions(product, trended, series) if series.frozen else [],
        "left_out": _left_out(product, trended, series),
        "may_decide": may_decide,
        **paging(chart_url(product, trended, series), series, before),
        "freeze_form": FreezeForm(auto_id="freeze_%s"),
        "leave_out_form": LeaveOutForm(labels=counting, auto_id="leave_%s"),
        "take_back_form": WhyForm(auto_id="back_%s"),
        **forms,
    }


def paging(url: str, series: Series, before: int | None) -> dict[str, Any]:
    """Addresses of a chart's newest points, where others are shown, and of the older ones."""
    return {
        "before": before,
        "newest_url": url if before is not None else "",
        "older_url": f"{url}&before={series.older}" if series.older else "",
    }


def series_context(series: Series, trended: Trended) -> dict[str, Any]:
    """What every chart's page shows of its series."""
    letters = dict.fromkeys(event.letter for _, event in series.events)
    return {
        "picture": drawing.control_chart(series, trended),
        "limits_told": limits_told(series, trended),
        "signals": signals_told(series),
        "rows": table_of(series, trended),
        "state": state_words(series),
        "letters": [(letter, LETTERS[letter]) for letter in letters],
        "standing": computing.standing(series.limits.size) if series.limits else "",
        "for_trial": FOR_TRIAL,
        "enough": computing.ENOUGH,
        "least": computing.PROVISIONAL,
        "can_freeze": len(series.values) >= computing.PROVISIONAL,
    }


def _versions(product: Product, trended: Trended, series: Series) -> list[FrozenLimits]:
    found = FrozenLimits.objects.filter(product=product, attribute=trended.key, method=series.method)
    return list(found.filter(instrument__iexact=series.instrument).select_related("frozen_by"))


def _left_out(product: Product, trended: Trended, series: Series) -> list[LeftOutPoint]:
    found = LeftOutPoint.objects.filter(batch__product=product, attribute=trended.key, is_withdrawn=False)
    found = found.filter(instrument__iexact=series.instrument, method=series.method)
    return list(found.select_related("batch", "left_out_by"))
