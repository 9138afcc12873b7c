"""The trail on screen. Who may see what is decided where the addresses are (accounts)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from audit.ledger.lag import lag
from audit.paging import Page, keyset_page
from audit.trail import marks, rows
from audit.trail.asking import TrailFilter
from audit.trail.counting import Counts, counts
from audit.trail.forms import TrailFilterForm
from audit.trail.lines import line_of, page_rows
from audit.verifying import state

PAGE_SIZE = 100
FACET_OF = {"person": "person_id", "kind": "kind", "action": "action"}


@require_GET
def read_trail(request: HttpRequest) -> HttpResponse:
    """Every entry, newest first. A filter that can't be read shows nothing rather than everything."""
    return render(request, "audit/trail.html", _trail(request, TrailFilterForm(request.GET)))


def _trail(request: HttpRequest, form: TrailFilterForm) -> dict[str, Any]:
    """What the trail page shows; four queries at most, at any depth."""
    wanted = form.filter() if form.is_valid() else None
    page = page_of(request, wanted.entries()) if wanted else Page([])
    return {
        "form": form,
        "page": page,
        "rows": rows.table_rows(page.rows, rows.Look(with_batch=True, with_links=True)),
        "sprite": rows.SPRITE,
        "is_filtered": wanted != TrailFilter(),
        "asked": wanted,
        "quick": _quick_filters(request),
        "lag": lag(),
        "verified": state.latest(),
        "query": _query_of_filters(request),
    }


@require_GET
def read_batch_trail(request: HttpRequest, number: str, with_links: bool = False) -> HttpResponse:
    """Every entry of one batch, newest first."""
    page = page_of(request, TrailFilter(batch=number).entries())
    if not page.rows and not page.first_url:
        raise Http404(f"There are no entries of a batch {number}.")
    context = {
        "number": number,
        "page": page,
        "rows": rows.table_rows(page.rows, rows.Look(with_links=with_links)),
        "sprite": rows.SPRITE,
    }
    return render(request, "audit/batch_trail.html", context)


def page_of(request: HttpRequest, entries: Any) -> Page:
    """One page of entries as lines, newest first."""
    page = keyset_page(request, page_rows(entries), order=("-id",), size=PAGE_SIZE)
    page.rows = [line_of(row) for row in page.rows]
    return page


def _query_of_filters(request: HttpRequest, **instead: str) -> str:
    """The filters as they stand in the address, for links; some of them with another value (empty: none)."""
    asked = request.GET.copy()
    for name in ("after", "before"):
        asked.pop(name, None)
    for name, value in instead.items():
        asked.pop(name, None)
        if value:
            asked[name] = value
    return asked.urlencode()


def _quick_filters(request: HttpRequest, counted: Counts | None = None) -> list[dict[str, Any]]:
    """What reviewers look for first, each one tap away, with its number once it is counted."""
    on = request.GET.get("only", "")
    everything = {"words": "Everything", "url": f"?{_query_of_filters(request, only='')}", "is_on": not on}
    return [
        everything,
        *(
            {
                "words": words,
                "meaning": marks.MEANINGS[name],
                "url": f"?{_query_of_filters(request, only=name)}",
                "is_on": on == name,
                "count": counted.words(name) if counted else "",
            }
            for name, words in marks.WORDS.items()
        ),
    ]


@require_GET
def count_trail(request: HttpRequest) -> HttpResponse:
    """A part of the trail page: its choices with how many entries each would give."""
    form = TrailFilterForm(request.GET)
    if not form.is_valid():
        return HttpResponse(status=204)
    found = counts(form.filter())
    choices = {name: _counted_choices(form, name, found[FACET_OF[name]]) for name in FACET_OF}
    context = {"form": form, "choices": choices, "quick": _quick_filters(request, found["only"])}
    return render(request, "audit/_counts.html", context)


def _counted_choices(form: TrailFilterForm, name: str, counted: Counts) -> list[tuple[Any, str, str]]:
    """Value, words, number; without the choices that surely give nothing, except the chosen one."""
    chosen = form.cleaned_data[name]
    return [
        (value, words, counted.words(value) if value != "" else "")
        for value, words in form.fields[name].choices  # type: ignore[attr-defined]
        if value in ("", chosen) or not counted.has_none(value)
    ]
