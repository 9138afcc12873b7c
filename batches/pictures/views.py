"""Pages of pictures: each with its table beside it, and as a file."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from batches.masters.models import Product
from batches.masters.plans import Plan
from batches.pictures import files, markers, sizes
from batches.pictures.forms import OverlayForm
from batches.pictures.overlay import overlay
from batches.record.models import Batch
from batches.record.views import get_batch

SIZE_HEADING = (
    "Curve",
    "Concentration (/mL)",
    "Mode (nm)",
    "Mean (nm)",
    "D10 (nm)",
    "D50 (nm)",
    "D90 (nm)",
    "Figures",
)


def size_overlay(request: HttpRequest, number: str) -> HttpResponse:
    """Size distributions of a batch's assays, their videos and sister batches over each other."""
    batch = get_batch(number)
    form = OverlayForm(request.GET, measured=sizes.measured_of(batch), sisters=sizes.sisters_of(batch))
    drawn = _drawn(form, number)
    figure = _sizes_figure(batch, form, drawn)
    kind = files.wanted(request)
    if kind and figure.picture:
        return files.download(figure, kind, by=request.user)
    context = {
        "batch": batch,
        "form": form,
        "figure": figure,
        "drawn": drawn,
        "asked": _asked(request),
        "section": "batches",
    }
    return render(request, "batches/pictures/sizes.html", context)


def _drawn(form: OverlayForm, number: str) -> list[sizes.Drawn]:
    own = sizes.curves_of(form.chosen, number, every_video=form.given.get("videos", False))
    return own + sizes.sister_curves(form.given.get("beside") or [])


def _sizes_figure(batch: Batch, form: OverlayForm, drawn: list[sizes.Drawn]) -> files.Figure:
    low, high = map(float, Plan.of(batch.plan).window)
    picture = overlay([one.profile for one in drawn], ways=form.ways, window_nm=(low, high))
    rows: list[tuple[Any, ...]] = [SIZE_HEADING]
    rows += [
        (one.profile.name, *one.figures, "of the curve" if one.is_computed else "recorded") for one in drawn
    ]
    return files.Figure(f"{batch.number}-sizes", f"Size distributions, {batch.number}", batch, picture, rows)


def _asked(request: HttpRequest) -> str:
    """What the page was asked for, to be asked for again as a file."""
    asked = request.GET.copy()
    asked.pop("as", None)
    return f"&{asked.urlencode()}" if asked else ""


def marker_map(request: HttpRequest, code: str) -> HttpResponse:
    """Which markers were found in the batches of a product."""
    product = get_object_or_404(Product, code=code)
    found = markers.map_of(product)
    rows: list[tuple[Any, ...]] = [("Batch", *(column.label for column in found.columns))]
    rows += [(batch.number, *(cell.words for cell in cells)) for batch, cells in found.table]
    title = f"Markers of {product.code}"
    figure = files.Figure(f"{product.code}-markers", title, product, markers.heat_map(found), rows)
    kind = files.wanted(request)
    if kind and figure.picture:
        return files.download(figure, kind, by=request.user)
    context = {"product": product, "found": found, "figure": figure, "section": "masters"}
    return render(request, "batches/pictures/markers.html", context)
