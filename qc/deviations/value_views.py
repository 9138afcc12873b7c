"""One value of a deviation comes in and is answered with the field as it stands now."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from audit.acting import keep_refusal
from audit.refusal import Reason, ReasonMissing, ValueRefused
from batches.record.sheets import Sheet, ValuesMoved
from batches.record.value_forms import seen_value, values_form
from batches.record.value_views import ValueView, refused_view, view_of
from batches.record.values import UNSEEN, Entered
from qc.deviations import actions
from qc.deviations.models import Deviation
from qc.deviations.rules import deviation_sheet


def take_value(request: HttpRequest, deviation: Deviation) -> HttpResponse:
    """Save or correct one field of a deviation."""
    name, sheet = request.POST["field"], deviation_sheet(deviation)
    try:
        part = sheet.part_of(name)
    except KeyError as error:
        refusal = ValueRefused("This field does not belong to this page; load it again.")
        keep_refusal(refusal, by=request.user, about=deviation)
        raise refusal from error
    form = values_form(part, (name,), request.POST)
    try:
        saved = deviation_sheet(_enter(request, deviation, name, form))
    except (ReasonMissing, ValuesMoved, ValueRefused) as refusal:
        return _answer(request, sheet, refused_view(sheet, name, form, refusal))
    fresh = values_form(saved.part_of(name), (name,))
    return _answer(request, saved, view_of(saved, name, fresh, can_edit=True))


def _enter(request: HttpRequest, deviation: Deviation, name: str, form: Any) -> Deviation:
    if not form.is_valid():
        refusal = ValueRefused(" ".join(form.errors.get(name, ["This can't be saved."])), name)
        keep_refusal(refusal, by=request.user, about=deviation)
        raise refusal
    sent = request.POST
    seen = seen_value(form, name, sent[f"seen-{name}"]) if f"seen-{name}" in sent else UNSEEN
    reason = None
    if sent.get("reason_category") or sent.get("reason_words"):
        reason = Reason(sent.get("reason_category", ""), sent.get("reason_words", ""))
    entered = Entered(name, form.cleaned_data[name], seen, sent.get(name, ""))
    return actions.record_deviation(deviation=deviation, entered=entered, by=request.user, reason=reason)


def _answer(request: HttpRequest, sheet: Sheet, view: ValueView) -> HttpResponse:
    """The field itself for htmx; the page again for a browser without it."""
    view.no_na = True
    if request.headers.get("HX-Request"):
        return render(request, "components/_value.html", {"value": view, "sheet": sheet})
    if view.errors or view.conflict or view.asks_reason:
        context = {"value": view, "sheet": sheet, "section": "deviations"}
        return render(request, "batches/record/value.html", context, status=409)
    return redirect(f"{sheet.url}#value-{view.name}")
