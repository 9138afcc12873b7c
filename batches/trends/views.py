"""Trends of products: all attributes in small, and one control chart with what people decide about it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from audit.refusal import ActionRefused, RoleRefused
from batches.entering import refuse
from batches.masters.models import Product
from batches.pictures.files import KINDS
from batches.trends import actions, files, pages
from batches.trends.attributes import TRENDED, Trended
from batches.trends.forms import FreezeForm, LeaveOutForm, WhyForm
from batches.trends.loading import ProductCharts, key_of
from batches.trends.models import LeftOutPoint
from batches.trends.series import Key

FORMS = {"svg": files.as_svg, "png": files.as_png}


@require_GET
def trend_list(request: HttpRequest) -> HttpResponse:
    """Which product's batches to look at together."""
    context = {"products": pages.products_with_counts(), "section": "trends"}
    return render(request, "batches/trends/trend_list.html", context)


@require_GET
def product_trends(request: HttpRequest, code: str) -> HttpResponse:
    """Every attribute of a product in small."""
    product = get_object_or_404(Product, code=code)
    context = {"product": product, "cards": pages.cards_of(product), "section": "trends"}
    return render(request, "batches/trends/product.html", context)


def trend(request: HttpRequest, code: str, attribute: str) -> HttpResponse:
    """One chart: what the rules say, and, for who reviews, freezing limits and leaving points out."""
    product, trended = _chart(code, attribute)
    intention = request.POST.get("intention", "")
    if request.method == "POST" and intention in ACTS:
        return _carry_out(request, product, trended, intention)
    return _show(request, product, trended)


def _chart(code: str, attribute: str) -> tuple[Product, Trended]:
    if attribute not in TRENDED:
        raise Http404("No such attribute is trended.")
    return get_object_or_404(Product, code=code), TRENDED[attribute]


def _asked(request: HttpRequest) -> Key:
    """The series that the address names."""
    return key_of(request.GET.get("instrument", "")[:120], request.GET.get("method", "")[:160])


def asked_before(request: HttpRequest) -> int | None:
    """The point before which the page ends; None for the newest points."""
    given = request.GET.get("before", "")
    return int(given[:18]) if given.isascii() and given.isdecimal() else None


def _show(
    request: HttpRequest, product: Product, trended: Trended, *, status: int = 200, **forms: Any
) -> HttpResponse:
    asked = (_asked(request), asked_before(request))
    context = pages.chart_context(product, trended, *asked, request.user, **forms)
    return render(request, "batches/trends/trend.html", context, status=status)


def _carry_out(request: HttpRequest, product: Product, trended: Trended, intention: str) -> HttpResponse:
    """Do what was asked; a refusal stands on its form with everything typed."""
    key, charts = _asked(request), ProductCharts(product)
    series = charts.series(trended).get(key)
    shown_points = charts.page(trended, series, asked_before(request)).points if series else []
    labels = [point.label for point in shown_points]
    make_form, act, words = ACTS[intention]
    form = make_form(request.POST, labels)
    shown = {f"{intention}_form": form}
    if intention == "freeze":
        shown["chosen"] = request.POST.getlist("batches")
    if not form.is_valid():
        return _show(request, product, trended, status=400, **shown)
    try:
        act(request, product, trended, key, form)
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        refuse([form], refusal)
        return _show(request, product, trended, status=409, **shown)
    messages.success(request, words)
    return redirect(request.get_full_path())


def _freeze(request: HttpRequest, product: Product, trended: Trended, key: Key, form: FreezeForm) -> None:
    actions.freeze_limits(
        product=product,
        attribute=trended.key,
        key=key,
        batches=request.POST.getlist("batches"),
        words=form.cleaned_data["words"],
        by=request.user,
    )


def _leave_out(
    request: HttpRequest, product: Product, trended: Trended, key: Key, form: LeaveOutForm
) -> None:
    actions.leave_out(product=product, attribute=trended.key, key=key, by=request.user, **form.cleaned_data)


def _take_back(request: HttpRequest, product: Product, trended: Trended, key: Key, form: WhyForm) -> None:
    points = LeftOutPoint.objects.filter(batch__product=product, attribute=trended.key)
    point = get_object_or_404(points, pk=request.POST.get("point", ""))
    actions.take_back_in(point=point, words=form.cleaned_data["words"], by=request.user)


ACTS: dict[str, tuple[Callable[..., Any], Callable[..., None], str]] = {
    "freeze": (
        lambda data, labels: FreezeForm(data, auto_id="freeze_%s"),
        _freeze,
        "Limits are frozen from the batches you chose. They judge this chart until new ones are frozen.",
    ),
    "leave_out": (
        lambda data, labels: LeaveOutForm(data, labels=labels, auto_id="leave_%s"),
        _leave_out,
        "The batch counts no more on this chart. It stays on the picture, marked.",
    ),
    "take_back": (
        lambda data, labels: WhyForm(data, auto_id="back_%s"),
        _take_back,
        "The batch counts again on this chart.",
    ),
}


@require_GET
def trend_file(request: HttpRequest, code: str, attribute: str, kind: str) -> HttpResponse:
    """The chart that is shown as SVG or PNG, or its points (all that were read, from the newest page) as CSV.

    An entry tells who took it.
    """
    product, trended = _chart(code, attribute)
    charts, before = ProductCharts(product), asked_before(request)
    series = pages.chosen_series(charts.series(trended), _asked(request))
    if series is not None and (kind in FORMS or before is not None):
        series = charts.page(trended, series, before)
    if kind not in KINDS or series is None:
        raise Http404("There is no such chart.")
    name = f"{product.code} {trended.label}, {series.instrument}, {series.method}"
    files.tell(by=request.user, about=product, chart=name, kind=kind, points=len(series.points))
    content = files.as_csv(series, trended) if kind == "csv" else FORMS[kind](series, trended, name)
    response = HttpResponse(content, content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="{product.code}_{trended.key}.{kind}"'
    return response
