"""The reviewer's home."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import roles
from accounts.gates import only
from batches.record.lists import product_choices
from batches.record.models import Batch
from qc.queue import drawing, figures, lists
from qc.queue.standing import standing_of


@require_GET
@only(roles.READ_QC)
def qc_queue(request: HttpRequest) -> HttpResponse:
    """What waits, is under review, was returned or is to be released; and how fast reviews go."""
    asked = lists.Asked.of(request.GET)
    months = [] if asked.code else figures.figures(asked.product)
    context = {
        "asked": asked,
        "parts": lists.home(request, asked),
        "kinds": lists.KINDS,
        "products": product_choices(),
        "months": months,
        "median_bars": drawing.median_bars(months) if months else "",
        "share_bars": drawing.share_bars(months) if months else "",
        "section": "qc",
    }
    return render(request, "qc/queue.html", context)


@require_GET
@only(roles.READ_QC)
def qc_standing(request: HttpRequest) -> HttpResponse:
    """What the rules say of the batches (`n`) that a list of the home shows; fills their rows."""
    asked = request.GET.getlist("n")[: lists.PAGE_SIZE]
    batches = Batch.objects.with_header().awaiting_review().filter(number__in=asked)
    return render(request, "qc/_standing.html", {"standing": standing_of(list(batches))})
