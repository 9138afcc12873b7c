"""The trail on screen and as a file. Who may see what is decided where the addresses are (accounts)."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from audit import canonical, export, trail
from audit.forms import TrailFilterForm
from audit.models import Entry
from audit.paging import Page, keyset_page

PAGE_SIZE = 100
CONTENT_TYPES = {
    export.CSV: "text/csv; charset=utf-8; header=present",
    export.JSON_LINES: "application/jsonl; charset=utf-8",
}


@require_GET
def read_trail(request: HttpRequest) -> HttpResponse:
    """Every entry, newest first. A filter that can't be read shows nothing rather than everything."""
    form = TrailFilterForm(request.GET)
    wanted = form.filter() if form.is_valid() else None
    page = _page_of(request, wanted.entries()) if wanted else Page([])
    context = {"form": form, "page": page, "is_filtered": wanted != trail.TrailFilter(), "asked": wanted}
    return render(request, "audit/trail.html", context | {"query": _query_of_filters(request)})


@require_GET
def read_batch_trail(request: HttpRequest, number: str) -> HttpResponse:
    """Every entry of one batch, newest first."""
    page = _page_of(request, trail.TrailFilter(batch=number).entries())
    if not page.rows and not page.first_url:
        raise Http404(f"There are no entries of a batch {number}.")
    return render(request, "audit/batch_trail.html", {"number": number, "page": page})


def _page_of(request: HttpRequest, entries: Any) -> Page:
    page = keyset_page(request, trail.page_rows(entries), order=("-id",), size=PAGE_SIZE)
    if page.rows:
        page.words = f"Newest entry of all: {page.rows[0]['newest']}"
    page.rows = [trail.line(row) for row in page.rows]
    return page


def _query_of_filters(request: HttpRequest) -> str:
    """The filters as they stand in the address, for the export's links."""
    asked = request.GET.copy()
    for name in ("after", "before"):
        asked.pop(name, None)
    return asked.urlencode()


@require_GET
def read_entry(request: HttpRequest, number: int) -> HttpResponse:
    """One entry with everything it holds, and the exact text that was hashed."""
    entry = get_object_or_404(Entry, pk=number)
    row = {name: getattr(entry, name) for name in trail.COLUMNS}
    context = {
        "entry": entry,
        "line": trail.line(row),
        "pretty": json.dumps(json.loads(entry.body), ensure_ascii=False, indent=2),
        "time_utc": canonical.time_text(entry.at),
        "leaf": bytes(entry.leaf_hash).hex(),
        "leaf_of_text": canonical.leaf_hash(entry.body).hex(),
    }
    return render(request, "audit/entry.html", context)


@require_GET
def export_trail(request: HttpRequest, form: str) -> HttpResponseBase:
    """The filtered trail as a file; its own entry is written before the first byte leaves."""
    filters = TrailFilterForm(request.GET)
    if not filters.is_valid():
        context = {"form": filters, "page": Page([]), "is_filtered": True, "asked": None}
        return render(request, "audit/trail.html", context, status=400)
    made = export.Export(wanted=filters.filter(), form=form, by=request.user)
    response = StreamingHttpResponse(made, content_type=CONTENT_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    response["Cache-Control"] = "no-store"
    return response
