"""Stability: what is due, the studies of a batch, and the page of one study."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import roles
from accounts.forms import ReasonFields
from accounts.gates import only
from batches.characterization.models import Assay
from batches.entering import carried_out
from batches.record.pages import require_entry
from batches.record.views import get_batch
from batches.stability import actions, forms
from batches.stability.dates import Standing
from batches.stability.models import StabilityPull, StabilityResult, StabilityStudy
from batches.stability.trends import lines_of

MOST_LISTED = 200
ORDER = (Standing.OVERDUE, Standing.DUE, Standing.COMING)


@require_GET
def stability_list(request: HttpRequest) -> HttpResponse:
    """Every pull of running studies that waits: overdue ones first."""
    today = timezone.localdate()
    waiting = StabilityPull.objects.waiting().with_study().order_by("due_on", "id")[: MOST_LISTED + 1]
    rows = [{"pull": pull, "standing": pull.stands(today)} for pull in waiting[:MOST_LISTED]]
    rows.sort(key=lambda row: ORDER.index(row["standing"]))
    context = {
        "rows": rows,
        "is_cut": len(waiting) > MOST_LISTED,
        "has_studies": bool(rows) or StabilityStudy.objects.exists(),
        "section": "batches",
    }
    return render(request, "batches/stability/stability_list.html", context)


@require_GET
def batch_stability(request: HttpRequest, number: str) -> HttpResponse:
    """The studies of a batch."""
    batch = get_batch(number)
    studies = StabilityStudy.objects.filter(batch=batch).select_related("opened_by").prefetch_related("pulls")
    return render(
        request,
        "batches/stability/batch_stability.html",
        {"batch": batch, "studies": studies, "section": "batches"},
    )


@only(roles.ENTER)
def open_study(request: HttpRequest, number: str) -> HttpResponse:
    """Begin a study of a batch."""
    batch = get_batch(number)
    form = forms.OpenStudyForm(request.POST or None, initial={"started_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        given = {"values": form.study_values(), "months": form.cleaned_data["months"], "by": request.user}
        study = carried_out([form], lambda: actions.open_study(batch=batch, **given))
        if study:
            messages.success(request, f"{study} runs, with {len(given['months'])} planned pulls.")
            return redirect("stability_study", number, study.number)
    return render(
        request, "batches/stability/open_study.html", {"form": form, "batch": batch, "section": "batches"}
    )


def stability_study(request: HttpRequest, number: str, study_number: int) -> HttpResponse:
    """A study: its schedule, its results, what can be done now."""
    batch = get_batch(number)
    study = get_object_or_404(
        StabilityStudy.objects.select_related("opened_by", "closed_by"), batch=batch, number=study_number
    )
    study.batch = batch
    shown = _forms(study)
    if request.method == "POST":
        require_entry(request)
        act = next((name for name in ACTS if name in request.POST), "")
        if act and (words := ACTS[act](request, study, shown)):
            messages.success(request, words)
            return redirect("stability_study", number, study_number)
    return _show(request, study, shown, status=200 if request.method == "GET" else 400)


def _forms(study: StabilityStudy, data: Any = None) -> dict[str, Any]:
    finals = Assay.objects.finished().filter(batch=study.batch, sample=Assay.Sample.FINAL)
    return {
        "pull_form": forms.PullForm(initial={"pulled_on": timezone.localdate()}, prefix="pull"),
        "miss_form": forms.MissForm(prefix="miss"),
        "result_form": forms.ResultForm(prefix="result"),
        "take_form": forms.TakeForm(assays=finals, prefix="take"),
        "close_form": forms.CloseForm(prefix="close"),
        "void_form": ReasonFields(prefix="void"),
    }


def _show(request: HttpRequest, study: StabilityStudy, shown: dict[str, Any], status: int) -> HttpResponse:
    pulls = list(study.pulls.select_related("pulled_by", "missed_by").prefetch_related("results__assay"))
    today = timezone.localdate()
    for pull in pulls:
        pull.study = study
        for result in pull.results.all():
            result.pull = pull
    context = {
        "study": study,
        "batch": study.batch,
        "pulls": [{"pull": pull, "standing": pull.stands(today)} for pull in pulls],
        "lines": lines_of(pulls),
        "results": [one for pull in pulls for one in pull.results.all()],
        "can_edit": study.is_running and request.user.may(roles.ENTER),
        "section": "batches",
        **shown,
    }
    return render(request, "batches/stability/stability_study.html", context, status=status)


# --- what can be done on a study's page -----------------------------------------------------------

Act = Callable[[HttpRequest, StabilityStudy, dict[str, Any]], str]


def _pull_of(request: HttpRequest, study: StabilityStudy) -> StabilityPull:
    key = request.POST.get("pull", "")
    pull = get_object_or_404(StabilityPull, study=study, pk=int(key) if key.isdecimal() else 0)
    pull.study = study
    return pull


def _pull(request: HttpRequest, study: StabilityStudy, shown: dict[str, Any]) -> str:
    form = shown["pull_form"] = forms.PullForm(request.POST, prefix="pull")
    if not form.is_valid():
        return ""
    pull = _pull_of(request, study)
    done = carried_out([form], lambda: actions.pull_sample(pull=pull, **form.cleaned_data, by=request.user))
    return f"The {pull} is recorded." if done else ""


def _miss(request: HttpRequest, study: StabilityStudy, shown: dict[str, Any]) -> str:
    form = shown["miss_form"] = forms.MissForm(request.POST, prefix="miss")
    if not form.is_valid():
        return ""
    pull = _pull_of(request, study)
    done = carried_out([form], lambda: actions.miss_pull(pull=pull, **form.cleaned_data, by=request.user))
    return f"The {pull} is given up." if done else ""


def _result(request: HttpRequest, study: StabilityStudy, shown: dict[str, Any]) -> str:
    form = shown["result_form"] = forms.ResultForm(request.POST, prefix="result")
    if not form.is_valid():
        return ""
    pull = _pull_of(request, study)
    done = carried_out(
        [form], lambda: actions.record_result(pull=pull, values=form.values(), by=request.user)
    )
    return "The result is recorded." if done else ""


def _take(request: HttpRequest, study: StabilityStudy, shown: dict[str, Any]) -> str:
    finals = shown["take_form"].fields["assay"].queryset
    form = shown["take_form"] = forms.TakeForm(request.POST, assays=finals, prefix="take")
    if not form.is_valid():
        return ""
    pull, assay = _pull_of(request, study), form.cleaned_data["assay"]
    done = carried_out([form], lambda: actions.take_results(pull=pull, assay=assay, by=request.user))
    return f"{len(done)} results of {assay} are taken." if done else ""


def _void(request: HttpRequest, study: StabilityStudy, shown: dict[str, Any]) -> str:
    form = shown["void_form"] = ReasonFields(request.POST, prefix="void")
    key = request.POST.get("result", "")
    results = StabilityResult.objects.select_related("pull__study__batch").filter(pull__study=study)
    result = get_object_or_404(results, pk=int(key) if key.isdecimal() else 0)
    if not form.is_valid():
        return ""
    done = carried_out(
        [form], lambda: actions.void_result(result=result, by=request.user, reason=form.reason())
    )
    return "Voided. It stays readable in the trail." if done else ""


def _close(request: HttpRequest, study: StabilityStudy, shown: dict[str, Any]) -> str:
    form = shown["close_form"] = forms.CloseForm(request.POST, prefix="close")
    if not form.is_valid():
        return ""
    done = carried_out([form], lambda: actions.close_study(study=study, **form.cleaned_data, by=request.user))
    return f"{study} is closed." if done else ""


ACTS: dict[str, Act] = {
    "pull_sample": _pull,
    "miss_pull": _miss,
    "record_result": _result,
    "take_results": _take,
    "void_result": _void,
    "close_study": _close,
}
