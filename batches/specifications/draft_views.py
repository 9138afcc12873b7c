"""Pages on which a draft of a specification is written: what it is about, and its criteria."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import roles
from accounts.gates import only
from batches.entering import WhyForm, carried_out
from batches.specifications import drafts
from batches.specifications.attributes import label_of
from batches.specifications.forms import AboutForm, CriterionForm
from batches.specifications.models import SpecificationCriterion, SpecificationVersion
from batches.specifications.views import find_version


@only(roles.WRITE_MASTERS)
def describe_specification(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Write what a draft changes and why."""
    version = find_version(code, number)
    form = AboutForm(request.POST or None, instance=version)
    why = WhyForm(request.POST or None, initial={"seen": version.revision})
    if _is_sent(request, form, why):
        given = {"version": version, **form.values(), **_because(why), "by": request.user}
        if carried_out([form], lambda: drafts.describe_specification(**given), why=why):
            return _saved(request, version)
    context = {"heading": "What changes and why", "form": form, "why": why}
    return _page(request, "describe_specification", version, context)


@only(roles.WRITE_MASTERS)
def add_criterion(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Put one more line into the specification."""
    version = find_version(code, number)
    form = CriterionForm(request.POST or None, product=version.specification.product)
    if _is_sent(request, form):
        values = form.values()
        given = {"version": version, "attribute": values.pop("attribute"), "values": values}
        if carried_out([form], lambda: drafts.add_specification_criterion(**given, by=request.user)):
            return _saved(request, version)
    return _page(request, "write_criterion", version, {"heading": "Add a criterion", "form": form})


@only(roles.WRITE_MASTERS)
def criterion(request: HttpRequest, code: str, number: int, pk: int) -> HttpResponse:
    """Write a criterion anew, or drop it."""
    version = find_version(code, number)
    row = _criterion(version, pk)
    form = CriterionForm(request.POST or None, instance=row, product=version.specification.product)
    why = WhyForm(request.POST or None, initial={"seen": row.revision})
    if _is_sent(request, form, why):
        given = {"criterion": row, "values": form.values(), **_because(why), "by": request.user}
        if carried_out([form], lambda: drafts.set_specification_criterion(**given), why=why):
            return _saved(request, version)
    context = {"heading": label_of(row.attribute), "form": form, "why": why, "row": row}
    return _page(request, "write_criterion", version, context)


@require_POST
@only(roles.WRITE_MASTERS)
def move_criterion(request: HttpRequest, code: str, number: int, pk: int) -> HttpResponse:
    """Move a criterion one place up or down."""
    row = _criterion(find_version(code, number), pk)
    to = row.position + (-1 if request.POST.get("to") == "up" else 1)
    drafts.move_specification_criterion(criterion=row, to=to, by=request.user)
    return redirect("specification_version", code, number)


@require_POST
@only(roles.WRITE_MASTERS)
def drop_criterion(request: HttpRequest, code: str, number: int, pk: int) -> HttpResponse:
    """Take a criterion out of a draft."""
    row = _criterion(find_version(code, number), pk)
    drafts.drop_specification_criterion(criterion=row, by=request.user)
    words = f"{label_of(row.attribute)} is dropped from the draft; it stays readable in the trail."
    messages.success(request, words)
    return redirect("specification_version", code, number)


def _criterion(version: SpecificationVersion, pk: int) -> SpecificationCriterion:
    return get_object_or_404(SpecificationCriterion, version=version, pk=pk, is_dropped=False)


def _is_sent(request: HttpRequest, form: Any, why: WhyForm | None = None) -> bool:
    """Whether what was sent can be carried out as far as forms tell."""
    return request.method == "POST" and form.is_valid() & (why is None or why.is_valid())


def _because(why: WhyForm) -> dict[str, Any]:
    return {"reason": why.reason(), "seen": why.cleaned_data["seen"]}


def _saved(request: HttpRequest, version: SpecificationVersion) -> HttpResponse:
    messages.success(request, "Saved in the draft.")
    return redirect("specification_version", version.specification.code, version.number)


def _page(
    request: HttpRequest, template: str, version: SpecificationVersion, context: dict[str, Any]
) -> HttpResponse:
    shown = {"version": version, "section": "masters", **context}
    status = 400 if context["form"].errors else 200
    return render(request, f"batches/specifications/{template}.html", shown, status=status)
