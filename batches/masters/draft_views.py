"""Pages on which a draft is written: its description, planned steps and limits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import roles
from accounts.gates import only
from batches.entering import EntryForm, WhyForm, carried_out
from batches.masters import drafts
from batches.masters.choices import limit_field
from batches.masters.forms import DescribeForm, LimitForm, PlannedStepForm
from batches.masters.models import MasterVersion, PlannedStep, StepLimit
from batches.masters.plans import standing_limits
from batches.masters.views import find_version


@dataclass(frozen=True)
class Page:
    """One page of writing: its heading, its form, and what saving does with the form and the reason."""

    heading: str
    make_form: Callable[[Any], EntryForm]
    act: Callable[[EntryForm, dict[str, Any]], Any]
    row: Any = None
    may_drop: bool = False


@only(roles.WRITE_MASTERS)
def describe_draft(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Write which specification a draft names, and what changed and why."""
    version = find_version(code, number)
    page = Page(
        "About this version",
        lambda data: DescribeForm(data, instance=version),
        lambda form, given: drafts.describe_draft(version=version, **form.values(), **given),
        row=version,
    )
    return _written(request, version, page)


@only(roles.WRITE_MASTERS)
def add_planned_step(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Plan one more step."""
    version = find_version(code, number)
    page = Page(
        "Add a planned step",
        PlannedStepForm,
        lambda form, given: drafts.set_planned_step(version=version, values=form.values(), **given),
    )
    return _written(request, version, page)


@only(roles.WRITE_MASTERS)
def planned_step(request: HttpRequest, code: str, number: int, position: int) -> HttpResponse:
    """Write a planned step anew, or drop it."""
    version = find_version(code, number)
    step = _step(version, position)
    page = Page(
        f"Step {step}",
        lambda data: PlannedStepForm(data, instance=step),
        lambda form, given: drafts.set_planned_step(
            version=version, step=step, values=form.values(), **given
        ),
        row=step,
        may_drop=True,
    )
    return _written(request, version, page)


@only(roles.WRITE_MASTERS)
def add_limit(request: HttpRequest, code: str, number: int, position: int) -> HttpResponse:
    """Limit one more value of a planned step."""
    version = find_version(code, number)
    step = _step(version, position)
    taken = {limit.field for limit in standing_limits(step)}
    page = Page(
        f"Add a limit to step {step}",
        lambda data: LimitForm(data, step=step, taken=taken),
        lambda form, given: drafts.set_limit(step=step, **_split(form, "field"), **given),
    )
    return _written(request, version, page)


@only(roles.WRITE_MASTERS)
def limit(request: HttpRequest, code: str, number: int, position: int, field: str) -> HttpResponse:
    """Write a limit anew, or drop it."""
    version = find_version(code, number)
    row = _limit(version, position, field)
    label = limit_field(row.planned_step.method, field).label
    page = Page(
        f"{label} of step {row.planned_step}",
        lambda data: LimitForm(data, instance=row, step=row.planned_step, taken=set()),
        lambda form, given: drafts.set_limit(
            step=row.planned_step, field=field, values=form.values(), **given
        ),
        row=row,
        may_drop=True,
    )
    return _written(request, version, page)


def _written(request: HttpRequest, version: MasterVersion, page: Page) -> HttpResponse:
    """Show the page, or save what was typed and go back to the version."""
    form = page.make_form(request.POST or None)
    why = WhyForm(request.POST or None, initial={"seen": page.row.revision}) if page.row else None
    if request.method == "POST" and form.is_valid() & (why is None or why.is_valid()):
        given = {"reason": why.reason(), "seen": why.cleaned_data["seen"]} if why else {}
        if carried_out([form], lambda: page.act(form, {**given, "by": request.user}), why=why):
            messages.success(request, "Saved in the draft.")
            return redirect("master_version", version.master.code, version.number)
    # Every row is dropped at its own address with drop/ behind it.
    drop_url = f"{request.path}drop/" if page.may_drop else ""
    context = {"version": version, "page": page, "form": form, "why": why, "drop_url": drop_url}
    return render(request, "batches/masters/write_draft.html", context)


def _split(form: EntryForm, key: str) -> dict[str, Any]:
    """What a form says: the choice by its name, the rest as values."""
    values = form.values()
    return {key: values.pop(key), "values": values}


# --- dropping -------------------------------------------------------------------------------------


@require_POST
@only(roles.WRITE_MASTERS)
def drop_planned_step(request: HttpRequest, code: str, number: int, position: int) -> HttpResponse:
    """Take a planned step out of a draft."""
    step = _step(find_version(code, number), position)
    drafts.drop_planned_step(step=step, by=request.user)
    return _dropped(request, code, number, f"Step {step}")


@require_POST
@only(roles.WRITE_MASTERS)
def drop_limit(request: HttpRequest, code: str, number: int, position: int, field: str) -> HttpResponse:
    """Take a limit out of a draft."""
    row = _limit(find_version(code, number), position, field)
    drafts.drop_limit(limit=row, by=request.user)
    return _dropped(request, code, number, "The limit")


def _dropped(request: HttpRequest, code: str, number: int, what: str) -> HttpResponse:
    messages.success(request, f"{what} is dropped from the draft; it stays readable in the trail.")
    return redirect("master_version", code, number)


# --- finding --------------------------------------------------------------------------------------


def _step(version: MasterVersion, position: int) -> PlannedStep:
    return get_object_or_404(PlannedStep, version=version, position=position, is_dropped=False)


def _limit(version: MasterVersion, position: int, field: str) -> StepLimit:
    limits = StepLimit.objects.select_related("planned_step")
    return get_object_or_404(limits, planned_step=_step(version, position), field=field, is_dropped=False)
