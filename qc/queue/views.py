"""The reviewer's home."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts import roles
from accounts.gates import only
from batches.record.lists import product_choices
from qc.queue import drawing, figures, lists


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
