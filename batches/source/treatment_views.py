"""Pages that record, correct and void what was done to the cells of a source lot."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import roles
from accounts.gates import only
from batches.entering import EntryForm, WhyForm, carried_out
from batches.source import treating
from batches.source.forms import details_form
from batches.source.models import SourceLot
from batches.source.treatments import GeneticModification, Priming, Treatment

# By the word in the address.
KINDS: dict[str, type[Any]] = {"modification": GeneticModification, "priming": Priming}


def _model(kind: str) -> type[Any]:
    if kind not in KINDS:
        raise Http404("There is no such treatment of cells.")
    return KINDS[kind]


@only(roles.ENTER)
def add_treatment(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Record a genetic modification or priming of a lot."""
    lot, model = get_object_or_404(SourceLot, code=code), _model(kind)
    form = details_form(model)(request.POST or None, instance=model(source_lot=lot))
    if request.method == "POST" and form.is_valid():
        if carried_out([form], lambda: _record(request, lot, model, form)):
            messages.success(request, "Recorded.")
            return redirect("source_lot", code)
    return _page(request, lot, model, form)


def _record(request: HttpRequest, lot: SourceLot, model: type[Any], form: EntryForm) -> Treatment:
    return treating.record_treatment(
        lot=lot, model=model, values=form.values(), typed=form.typed(), by=request.user
    )


@only(roles.ENTER)
def correct_treatment(request: HttpRequest, code: str, kind: str, pk: int) -> HttpResponse:
    """Correct a row, or void it."""
    rows = _model(kind).objects.select_related("source_lot")
    row = get_object_or_404(rows, source_lot__code=code, pk=pk, is_voided=False)
    form = details_form(type(row))(request.POST or None, instance=row)
    why = WhyForm(request.POST or None, initial={"seen": row.revision})
    if request.method == "POST" and form.is_valid() & why.is_valid():
        if carried_out([form], lambda: _change(request, row, form, why), why=why):
            messages.success(request, "Voided." if "void" in request.POST else "Saved.")
            return redirect("source_lot", code)
    return _page(request, row.source_lot, type(row), form, row=row, why=why)


def _change(request: HttpRequest, row: Treatment, form: EntryForm, why: WhyForm) -> Treatment:
    if "void" in request.POST:
        return treating.void_treatment(row=row, reason=why.reason(), by=request.user)
    return treating.correct_treatment(
        row=row,
        values=form.changed_values(),
        typed=form.typed(),
        seen=why.cleaned_data["seen"],
        reason=why.reason(),
        by=request.user,
    )


def _page(
    request: HttpRequest, lot: SourceLot, model: type[Any], form: EntryForm, **more: Any
) -> HttpResponse:
    words = str(model._meta.verbose_name)
    context = {"lot": lot, "title": words[:1].upper() + words[1:], "form": form, "section": "sources", **more}
    return render(request, "batches/source/treatment.html", context)
