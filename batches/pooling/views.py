"""Pages of a pool's parts, and of where a batch comes from and went to."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import roles
from accounts.gates import only
from batches.entering import EntryForm, WhyForm, carried_out
from batches.pictures import files
from batches.pooling import actions
from batches.pooling.drawing import picture_of
from batches.pooling.forms import AddPartForm, PartForm
from batches.pooling.genealogy import genealogy_of
from batches.pooling.models import PoolPart
from batches.pooling.pages import origin_lines, origin_rows, parts_page
from batches.record.models import Batch
from batches.record.pages import require_entry
from batches.record.views import get_batch


def _pool(number: str) -> Batch:
    pool = get_batch(number)
    if not pool.is_pool:
        raise Http404(f"Batch {number} is made from source material; it has no parts.")
    return pool


def parts(request: HttpRequest, number: str) -> HttpResponse:
    """The parts of a pool with what is left of each; a part is added here."""
    pool = _pool(number)
    form = AddPartForm(request.POST or None, initial={"part": request.GET.get("part", "")})
    if request.method == "POST":
        require_entry(request)
        if form.is_valid() and carried_out([form], lambda: _add(request, pool, form)):
            messages.success(request, f"{form.cleaned_data['part']} is a part of {pool.number} now.")
            return redirect("parts", number)
    context = {"batch": pool, "form": form, "section": "batches", **parts_page(pool)}
    return render(request, "batches/pooling/parts.html", context)


def _add(request: HttpRequest, pool: Batch, form: AddPartForm) -> PoolPart:
    part = form.cleaned_data["part"]
    return actions.add_part(pool=pool, part=part, values=form.values(), typed=form.typed(), by=request.user)


@only(roles.ENTER)
def part(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """Correct a part of a pool, or void it."""
    pool = _pool(number)
    rows = PoolPart.objects.select_related("part", "pool")
    row = get_object_or_404(rows, pool=pool, position=position, is_voided=False)
    form = PartForm(request.POST or None, instance=row)
    why = WhyForm(request.POST or None, initial={"seen": row.revision})
    if request.method == "POST" and form.is_valid() & why.is_valid():
        if carried_out([form], lambda: _change(request, row, form, why), why=why):
            messages.success(request, "Voided." if "void" in request.POST else "Saved.")
            return redirect("parts", number)
    context = {"batch": pool, "row": row, "form": form, "why": why, "section": "batches"}
    return render(request, "batches/pooling/part.html", context)


def _change(request: HttpRequest, row: PoolPart, form: EntryForm, why: WhyForm) -> PoolPart:
    if "void" in request.POST:
        return actions.void_part(row=row, reason=why.reason(), by=request.user)
    return actions.correct_part(
        row=row,
        values=form.changed_values(),
        typed=form.typed(),
        seen=why.cleaned_data["seen"],
        reason=why.reason(),
        by=request.user,
    )


def origins(request: HttpRequest, number: str) -> HttpResponse:
    """Where a batch comes from and what became of it, as picture and table."""
    batch = get_batch(number)
    found = genealogy_of(batch)
    title = f"Origins of {batch.number}"
    figure = files.Figure(f"{batch.number}-origins", title, batch, picture_of(found), origin_rows(found))
    kind = files.wanted(request)
    if kind:
        return files.download(figure, kind, by=request.user)
    context: dict[str, Any] = {
        "batch": batch,
        "figure": figure,
        "lines": origin_lines(found),
        "section": "batches",
    }
    return render(request, "batches/pooling/origins.html", context)
