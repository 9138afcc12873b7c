"""Control material: recorded runs, and a Levey-Jennings chart for each instrument, method and lot."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from accounts import roles
from accounts.gates import only
from audit.refusal import ActionRefused, RoleRefused
from batches.entering import carried_out, refuse
from batches.pictures import files
from batches.trends import actions, drawing, loading, pages
from batches.trends.attributes import Trended
from batches.trends.files import rows_of
from batches.trends.forms import ControlRunForm, FreezeForm, WhyForm
from batches.trends.loading import CONTROL_VALUES, key_of
from batches.trends.models import ControlRun, FrozenLimits
from batches.trends.series import Series
from batches.trends.views import asked_before

MOST_RUNS = 2000
CARRIED_OVER = ("instrument", "method", "material", "lot", "target_nm", "target_per_ml")


def _trended(value: str) -> Trended:
    label, unit = CONTROL_VALUES[value]
    return Trended(value, label, unit, lambda rows: iter(()), digits=4)


def _all_series() -> dict[str, dict[Any, Series]]:
    """Every series of both values, in two queries."""
    newest = ControlRun.objects.order_by("-run_time", "-pk").select_related("recorded_by")[:MOST_RUNS]
    runs = list(reversed(newest))
    frozen = loading.newest_limits(loading.frozen_of(None).select_related("frozen_by"))
    return {value: loading.control_series(runs, value, frozen) for value in CONTROL_VALUES}


def _url(value: str, series: Series) -> str:
    asked = {"instrument": series.instrument, "method": series.method, "lot": series.lot, "value": value}
    return f"/trends/controls/chart/?{urlencode(asked)}"


@require_GET
def control_list(request: HttpRequest) -> HttpResponse:
    """Every chart of control material in small, the latest measured first."""
    cards = [
        pages.Card(_trended(value), newest, drawing.sparkline(newest), _url(value, newest), 0)
        for value, found in _all_series().items()
        for series in found.values()
        if (newest := series.before(None)) is not None
    ]
    cards.sort(key=lambda card: card.series.points[-1].label, reverse=True)
    return render(request, "batches/trends/control_list.html", {"cards": cards, "section": "trends"})


@only(roles.ENTER)
def record_control_run(request: HttpRequest) -> HttpResponse:
    """Record a run; what stays the same is taken over from the last one on that instrument."""
    form = ControlRunForm(request.POST or None, initial=_as_last_time(request.GET.get("like", "")))
    if request.method == "POST" and form.is_valid():
        given = {"values": form.values(), "typed": form.typed(), "by": request.user}
        run = carried_out([form], lambda: actions.record_control_run(**given))
        if run:
            messages.success(request, "The run is recorded.")
            value = "size_nm" if run.size_nm is not None else "particles_per_ml"
            asked = {"instrument": run.instrument, "method": run.get_method_display(), "lot": run.lot_name}
            return redirect(f"/trends/controls/chart/?{urlencode({**asked, 'value': value})}")
    context = {"form": form, "section": "trends"}
    status = 400 if form.errors else 200
    return render(request, "batches/trends/record_control_run.html", context, status=status)


def _as_last_time(key: str) -> dict[str, Any]:
    """What a run like that one (its key), else like the newest, has in common with it."""
    runs = ControlRun.objects.order_by("-pk")
    last = runs.filter(pk=int(key[:18])).first() if key.isdecimal() else runs.first()
    known = {} if last is None else {name: getattr(last, name) for name in CARRIED_OVER}
    return {**known, "run_time": timezone.now()}


def control_chart(request: HttpRequest) -> HttpResponse:
    """One Levey-Jennings chart; who reviews freezes its mean and SD from chosen runs."""
    if request.method == "POST" and request.POST.get("intention") == "freeze":
        return _freeze(request)
    return _show(request)


def _asked(request: HttpRequest) -> tuple[str, Any, str]:
    """Value, key and lot that the address names."""
    given = request.GET
    value = given.get("value", "")
    key = key_of(given.get("instrument", "")[:120], given.get("method", "")[:160])
    return (value if value in CONTROL_VALUES else "size_nm"), key, given.get("lot", "")[:200]


def _show(request: HttpRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    value, key, lot = _asked(request)
    everything = _all_series()
    whole = pages.chosen_series(everything[value], (key, lot))
    if whole is None:
        return redirect("control_list")
    before = asked_before(request)
    series = whole.before(before) or whole.before(None)
    assert series is not None  # noqa: S101 (a series has points)
    trended = _trended(value)
    kind = "" if forms else files.wanted(request)
    if kind:
        return files.download(_figure(series, trended), kind, by=request.user)
    context = {
        "asked": f"&{request.GET.urlencode()}",
        "series": series,
        "trended": trended,
        "others": [
            (_url(name, one), one, CONTROL_VALUES[name][0], one is whole)
            for name, found in everything.items()
            for one in found.values()
        ],
        **pages.series_context(series, trended),
        "targets": _targets(series, value),
        "versions": _versions(value, series) if series.frozen else [],
        "may_decide": request.user.may(roles.REVIEW),
        **pages.paging(_url(value, series), series, before),
        "freeze_form": FreezeForm(auto_id="freeze_%s"),
        "like": series.points[-1].key,
        "section": "trends",
        **forms,
    }
    return render(request, "batches/trends/control_chart.html", context, status=status)


def _figure(series: Series, trended: Trended) -> files.Figure:
    """The chart that is shown, with its points."""
    title = f"{trended.label} of {series.lot}, {series.instrument}, {series.method}"
    picture = drawing.control_chart(series, trended)
    return files.Figure(f"control-{slugify(title)}", title, None, picture, rows_of(series, trended))


def _targets(series: Series, value: str) -> list[str]:
    """What the material should give, as the shown runs name it."""
    name = "target_nm" if value == "size_nm" else "target_per_ml"
    runs = ControlRun.objects.filter(pk__in=[point.key for point in series.points])
    known = runs.exclude(**{name: None}).order_by().values_list(name, flat=True).distinct()
    return [drawing.shown(_trended(value), float(one)) for one in sorted(known)]


def _versions(value: str, series: Series) -> list[FrozenLimits]:
    found = loading.frozen_of(None).filter(attribute=value, method=series.method, lot=series.lot)
    return list(found.filter(instrument__iexact=series.instrument).select_related("frozen_by"))


def _freeze(request: HttpRequest) -> HttpResponse:
    value, key, lot = _asked(request)
    form = FreezeForm(request.POST, auto_id="freeze_%s")
    if not form.is_valid():
        return _show(request, status=400, freeze_form=form)
    runs = [int(one[:18]) for one in request.POST.getlist("batches") if one.isdecimal()]
    words = form.cleaned_data["words"]
    try:
        actions.freeze_control_limits(value=value, key=key, lot=lot, runs=runs, words=words, by=request.user)
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        refuse([form], refusal)
        return _show(request, status=409, freeze_form=form)
    messages.success(request, "Mean and SD are frozen from the runs you chose.")
    return redirect(request.get_full_path())


def control_run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run with everything about it; who enters voids it here."""
    run = get_object_or_404(ControlRun.objects.select_related("recorded_by"), pk=pk)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        if carried_out([form], lambda: actions.void_control_run(run=run, words=words, by=request.user)):
            messages.success(request, "The run is void. It stays on the chart, marked.")
            return redirect("control_run", pk)
    names = ("instrument", "method", "run_time", "material", "lot", "target_nm", "size_nm")
    context = {
        "run": run,
        "facts": [_fact(run, name) for name in (*names, "target_per_ml", "particles_per_ml")],
        "form": form,
        "section": "trends",
    }
    return render(request, "batches/trends/control_run.html", context)


def _fact(run: ControlRun, name: str) -> tuple[str, Any, str]:
    field: Any = ControlRun._meta.get_field(name)
    shown = getattr(run, f"get_{name}_display", lambda: getattr(run, name))()
    label = str(field.verbose_name)
    return label[:1].upper() + label[1:], shown, getattr(field, "unit", "")
