"""A batch beside its references, and choosing them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts import roles
from accounts.gates import only
from batches.entering import carried_out
from batches.masters.models import Product
from batches.pictures import files
from batches.record.models import Batch
from batches.trends.models import ReferenceSet
from batches.trends.similarity.forms import ReferencesForm


def _context(number: str) -> dict[str, Any]:
    # Only now: numpy takes a tenth of a second to import, which no other page needs.
    from batches.trends.similarity.pages import similarity_context

    return similarity_context(get_object_or_404(Batch.objects.with_header(), number=number))


@require_GET
def similarity(request: HttpRequest, number: str) -> HttpResponse:
    """A batch beside the reference batches of its product; its size profile as a file too."""
    context = _context(number)
    kind = files.wanted(request)
    if kind and context.get("picture"):
        return files.download(_figure(context), kind, by=request.user)
    return render(request, "batches/trends/similarity.html", context)


def _figure(context: dict[str, Any]) -> files.Figure:
    from batches.trends.similarity.drawing import profile_rows

    batch, rows = context["batch"], profile_rows(context["found"].profile)
    title = f"Size profile of {batch.number} over its references"
    return files.Figure(f"{batch.number}-similarity", title, batch, context["picture"], rows)


@require_GET
def similarity_card(request: HttpRequest, number: str) -> HttpResponse:
    """The same in a few lines, for a page that asks for it after it is shown."""
    return render(request, "batches/trends/_similarity_card.html", _context(number))


def references(request: HttpRequest, code: str) -> HttpResponseBase:
    """The reference batches of a product, and proposing the next version."""
    product = get_object_or_404(Product, code=code)
    if request.method == "POST":
        return _propose(request, product)
    return _show(request, product)


def _show(request: HttpRequest, product: Product, form: Any = None) -> HttpResponse:
    from batches.trends.similarity.pages import references_context

    newest = ReferenceSet.objects.filter(product=product).first()
    initial = {name: getattr(newest, name) for name in ReferencesForm.Meta.fields[:4]} if newest else {}
    shown = {"form": form or ReferencesForm(initial=initial)}
    if form is not None:
        shown["chosen"] = request.POST.getlist("batches")
    context = references_context(product, request.user, **shown)
    return render(request, "batches/trends/references.html", context, status=400 if form else 200)


@only(roles.REVIEW)
def _propose(request: HttpRequest, product: Product) -> HttpResponse:
    from batches.trends.similarity.actions import propose_references

    form = ReferencesForm(request.POST)
    if form.is_valid():
        values = form.values()
        given = {"product": product, "words": values.pop("words"), "thresholds": values, "by": request.user}
        numbers = request.POST.getlist("batches")
        made = carried_out([form], lambda: propose_references(batches=numbers, **given))
        if made:
            messages.success(request, f"{made} is proposed. It counts once somebody else confirms it.")
            return redirect("references", product.code)
    return _show(request, product, form)


@require_POST
@only(roles.REVIEW)
def confirm_references(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Confirm what somebody else proposed; a refusal is a page of its own."""
    from batches.trends.similarity import actions

    sets = ReferenceSet.objects.select_related("product")
    found = get_object_or_404(sets, product__code=code, number=number)
    actions.confirm_references(reference_set=found, by=request.user)
    messages.success(request, f"{found} counts from now on.")
    return redirect("references", code)
