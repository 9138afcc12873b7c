"""The list of deviations, one deviation, and the form that opens one."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET

from accounts import roles
from accounts.gates import only
from accounts.proving import Proof
from accounts.statements import Signing
from audit.acting import keep_refusal
from audit.paging import keyset_page
from audit.refusal import ActionRefused, RoleRefused
from batches.entering import carried_out
from batches.record.pages import require_entry
from qc.deviations import actions, lists
from qc.deviations.export import DeviationExport
from qc.deviations.forms import OpenDeviationForm
from qc.deviations.models import AffectedBatch, Deviation
from qc.deviations.pages import FORMS, NAMED, context_of, form_of
from qc.deviations.places import Place, place_at
from qc.deviations.rules import is_lower
from qc.deviations.value_views import take_value


@require_GET
@only(roles.READ_DEVIATIONS)
def deviation_list(request: HttpRequest) -> HttpResponse:
    """Every deviation, newest first unless asked otherwise."""
    search = lists.DeviationSearch.of(request.GET)
    found = search.found().select_related("batch", "owner").defer("batch__search_text", "batch__notes")
    asked = request.GET.copy()
    for name in ("after", "before"):
        asked.pop(name, None)
    context = {
        "page": keyset_page(request, found, order=search.order, size=lists.PAGE_SIZE),
        "search": search,
        "statuses": lists.STATUSES,
        "classes": lists.CLASSES,
        "owners": lists.owners(),
        "may_export": request.user.may(roles.EXPORT_DEVIATIONS),
        "query": asked.urlencode(),
        "section": "deviations",
    }
    return render(request, "qc/deviations/deviation_list.html", context)


@require_GET
@only(roles.EXPORT_DEVIATIONS)
def export_deviations(request: HttpRequest) -> HttpResponseBase:
    """The filtered list as a file; its own entry is written before the first byte leaves."""
    made = DeviationExport(search=lists.DeviationSearch.of(request.GET), by=request.user)
    response = StreamingHttpResponse(made, content_type="text/csv; charset=utf-8; header=present")
    response["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    response["Cache-Control"] = "no-store"
    return response


# --- opening --------------------------------------------------------------------------------------


@only(roles.ENTER)
def open_deviation(request: HttpRequest) -> HttpResponse:
    """Open a deviation where the address says (`at` a page, perhaps a `field` or a `finding` of it)."""
    sent = request.POST if request.method == "POST" else request.GET
    place = _place(request, sent.get("at", ""), sent.get("field", ""), sent.get("finding", ""))
    initial = {"at": sent.get("at", ""), "finding": place.finding, "field": place.field}
    form = OpenDeviationForm(request.POST or None, place=place, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {"place": place, **form.told(), "by": request.user}
        made = carried_out([form], lambda: actions.open_deviation(**given))
        if made:
            messages.success(request, f"Deviation {made.number} is open.")
            return redirect("deviation", made.number)
    context = {
        "form": form,
        "place": place,
        "came_from": sent.get("at", ""),
        "may_class": request.user.may(roles.CLASS_DEVIATIONS),
        "section": "deviations",
    }
    return render(request, "qc/deviations/open_deviation.html", context, status=400 if form.errors else 200)


def _place(request: HttpRequest, at: str, field: str, finding: str) -> Place:
    """Where it is opened; a place that is none is refused and kept."""
    try:
        return place_at(at[:300], by=request.user, field=field[:60], finding=finding[:16])
    except ActionRefused as refusal:
        keep_refusal(refusal, by=request.user)
        raise


# --- one deviation --------------------------------------------------------------------------------


@never_cache
@sensitive_post_parameters("password", "passkey")
@only(roles.READ_DEVIATIONS)
def deviation(request: HttpRequest, number: str) -> HttpResponse:
    """One deviation: its values, who judges it, its signatures and its trail."""
    found = get_object_or_404(Deviation.objects.select_related(*NAMED), number=number)
    if request.method != "POST":
        return _show(request, found)
    require_entry(request)
    if "field" in request.POST:
        return take_value(request, found)
    intention = request.POST.get("intention", "")
    return _carry_out(request, found, intention) if intention in ACTS else _show(request, found)


def _show(request: HttpRequest, found: Deviation, *, status: int = 200, **refused: Any) -> HttpResponse:
    context = context_of(found, request, **refused)
    return render(request, "qc/deviations/deviation.html", context, status=status)


def _carry_out(request: HttpRequest, found: Deviation, intention: str) -> HttpResponse:
    """Do what was asked; a refusal stands on its form with everything typed but a password."""
    form = form_of(intention, found, request.user, request.POST)
    if not form.is_valid():
        return _show(request, found, status=400, **{intention: form})
    try:
        ACTS[intention](found, form.cleaned_data, _reason(form), request.user)
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        form.add_error(None, str(refusal))
        # Read anew: what is shown must be what the next try signs.
        fresh = Deviation.objects.select_related(*NAMED).get(pk=found.pk)
        return _show(request, fresh, status=409, **{intention: form})
    messages.success(request, WORDS[intention].format(number=found.number))
    return redirect("deviation", found.number)


def _reason(form: Any) -> Any:
    return form.reason() if hasattr(form, "reason") else None


def _class(found: Deviation, given: dict[str, Any], reason: Any, by: Any) -> None:
    lowers = is_lower(given["grade"], found.grade)
    act: Callable[..., Any] = actions.lower_deviation_class if lowers else actions.class_deviation
    act(deviation=found, grade=given["grade"], by=by, reason=reason)


def _assign(found: Deviation, given: dict[str, Any], reason: Any, by: Any) -> None:
    actions.assign_deviation(
        deviation=found, owner=given["owner"], due_on=given["due_on"], by=by, reason=reason
    )


def _affected(found: Deviation, given: dict[str, Any], reason: Any, by: Any) -> None:
    actions.name_affected_batch(deviation=found, batch=given["batch"], words=given["words"], by=by)


def _withdraw(found: Deviation, given: dict[str, Any], reason: Any, by: Any) -> None:
    affected = AffectedBatch.objects.filter(deviation=found, pk=given["affected"]).first()
    if affected is None:
        refusal = ActionRefused("That batch does not stand on this page; load it again.")
        keep_refusal(refusal, by=by, about=found)
        raise refusal
    actions.withdraw_affected_batch(affected=affected, by=by, reason=reason)


def _note(found: Deviation, given: dict[str, Any], reason: Any, by: Any) -> None:
    actions.note_deviation(deviation=found, words=given["words"], by=by)


def _finish(found: Deviation, given: dict[str, Any], reason: Any, by: Any) -> None:
    actions.finish_investigation(deviation=found, by=by)


def _send_back(found: Deviation, given: dict[str, Any], reason: Any, by: Any) -> None:
    actions.send_back_investigation(deviation=found, by=by, reason=reason)


def _close(found: Deviation, given: dict[str, Any], reason: Any, by: Any) -> None:
    proof = Proof(password=given["password"], passkey=given["passkey"])
    signing = Signing(proof, given["manifest_shown"], given["comment"])
    actions.close_deviation(deviation=found, signing=signing, by=by)


def _reopen(found: Deviation, given: dict[str, Any], reason: Any, by: Any) -> None:
    actions.reopen_deviation(deviation=found, by=by, reason=reason)


def _void(found: Deviation, given: dict[str, Any], reason: Any, by: Any) -> None:
    actions.void_deviation(deviation=found, by=by, reason=reason)


ACTS: dict[str, Callable[..., None]] = {
    "class": _class,
    "assign": _assign,
    "affected": _affected,
    "withdraw": _withdraw,
    "note": _note,
    "finish": _finish,
    "send_back": _send_back,
    "close": _close,
    "reopen": _reopen,
    "void": _void,
}
WORDS = {
    "class": "The class of {number} is saved.",
    "assign": "Owner and due date are saved.",
    "affected": "The batch is named. It can't be released while {number} is open, unless it is minor.",
    "withdraw": "The batch is taken off; that it was named stays readable.",
    "note": "Your note is kept.",
    "finish": "The investigation is finished: {number} waits to be closed.",
    "send_back": "{number} is open again.",
    "close": "{number} is closed and signed.",
    "reopen": "{number} is open again, in a new round.",
    "void": "{number} is voided.",
}
assert set(ACTS) == set(WORDS) == set(FORMS)  # noqa: S101 (found at start, not by whoever presses a button)
