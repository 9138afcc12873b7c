"""Queries: the list of open ones, asking one, and what is written in one."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import roles
from accounts.gates import only
from audit.acting import keep_refusal
from audit.paging import keyset_page
from audit.refusal import ActionRefused
from qc.deviations.places import Place, place_at
from qc.models import ReturnedPoint
from qc.review import actions
from qc.review.forms import LONGEST, AskForm, WordsForm
from qc.review.models import Query

PAGE_SIZE = 100
WORDS = {
    "answer": "Your answer stands beside the question; the review closes it.",
    "ask_again": "The laboratory is asked again.",
    "close": "The query is closed.",
}


@require_GET
@only(roles.READ_DEVIATIONS)
def query_list(request: HttpRequest) -> HttpResponse:
    """Queries, newest first; open ones unless all are asked for."""
    show_all = request.GET.get("show") == "all"
    found = Query.objects.all() if show_all else Query.objects.open()
    found = found.with_messages().select_related("batch").defer("batch__plan", "batch__search_text")
    page = keyset_page(request, found, order=("-id",), size=PAGE_SIZE)
    context = {"page": page, "show_all": show_all, "section": "qc"}
    return render(request, "qc/review/query_list.html", context)


@only(roles.REVIEW)
def ask_query(request: HttpRequest) -> HttpResponse:
    """Ask about what the address says (`at` a page, perhaps a `field` or an `exception` of it)."""
    sent = request.POST if request.method == "POST" else request.GET
    at, field, exception = (sent.get(name, "") for name in ("at", "field", "exception"))
    place = _place(request, at, field, exception)
    initial = {"at": at, "field": place.field, "exception": place.finding}
    form = AskForm(request.POST or None, values=place.values(), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.ask_query(place=place, words=form.cleaned_data["words"], by=request.user)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{asked} is asked. The laboratory sees it on its page.")
            return redirect(_back(asked, at))
    context = {"form": form, "place": place, "came_from": _from(place, at), "section": "qc"}
    return render(request, "qc/review/ask_query.html", context, status=400 if form.errors else 200)


def _place(request: HttpRequest, at: str, field: str, exception: str) -> Place:
    """What is asked about; a place that is none is refused and kept."""
    try:
        place = place_at(at[:300], by=request.user, field=field[:60], finding=exception[:16])
        if place.batch is None:
            raise ActionRefused("A query is asked on a page of a batch: go there.")
    except ActionRefused as refusal:
        keep_refusal(refusal, by=request.user)
        raise
    return place


def _from(place: Place, at: str) -> str:
    """The page that the person came from: one of ours, as its address was resolved."""
    review = reverse("review", args=[place.batch.number]) if place.batch else ""
    return f"{review}?at={place.finding}#x-{place.finding}" if at == review and place.finding else at


def _back(asked: Query, at: str) -> str:
    """Back to the review page, where it was asked there, else to where it stands now."""
    review = reverse("review", args=[asked.batch.number])
    if at == review:
        return f"{review}?at={asked.exception}#x-{asked.exception}" if asked.exception else review
    return asked.url


@never_cache
@require_POST
@only(roles.ENTER)
def query(request: HttpRequest, pk: int) -> HttpResponse:
    """Write an answer, ask again, or close."""
    found = get_object_or_404(Query.objects.select_related("batch"), pk=pk)
    intention, form = request.POST.get("intention", ""), WordsForm(request.POST)
    act = ACTS.get(intention)
    if act is None:
        return redirect(found.url)
    if not form.is_valid():
        refusal = ActionRefused(" ".join(map(str, form.errors["words"])))
        keep_refusal(refusal, by=request.user, about=found)
        raise refusal
    act(query=found, words=form.cleaned_data["words"], by=request.user)
    messages.success(request, WORDS[intention])
    review = reverse("review", args=[found.batch.number])
    return redirect(f"{review}#{found.anchor}" if request.POST.get("from") == "review" else found.url)


@require_POST
@only(roles.ENTER)
def point(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer a point that a review sent back, where no new value answers it."""
    found = get_object_or_404(ReturnedPoint.objects.select_related("review__batch"), pk=pk)
    words = request.POST.get("words", "")[:LONGEST]
    actions.reply_to_point(point=found, words=words, by=request.user)
    messages.success(request, "Your answer stands beside the point; the reviewer reads it there.")
    return redirect(f"{reverse('batch', args=[found.trail_batch])}#returned")


ACTS: dict[str, Any] = {
    "answer": actions.answer_query,
    "ask_again": actions.ask_query_again,
    "close": actions.close_query,
}
