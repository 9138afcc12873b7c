"""The page where a batch is reviewed, signed and disposed of."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import roles
from accounts.forms import SignFields
from accounts.gates import only
from audit.refusal import ActionRefused, RoleRefused
from batches.record.models import Batch
from qc import actions
from qc.forms import DecisionForm, DispositionForm
from qc.pages import ReviewPage
from qc.review import actions as reviewing
from qc.review.windows import Asked


@never_cache
@sensitive_post_parameters("password")
@only(roles.READ_QC)
def review(request: HttpRequest, number: str) -> HttpResponse:
    """A batch for its reviewer; takes into review, decides and disposes by what is sent to it."""
    batch = get_object_or_404(Batch.objects.with_header(), number=number)
    page = ReviewPage.of(batch, request.user)
    act = ACTS.get(request.POST.get("intention", "")) if request.method == "POST" else None
    if act:
        return act(request, page)
    _note_look(request, page)
    return _show(request, page)


def _note_look(request: HttpRequest, page: ReviewPage) -> None:
    """Keep that a reviewer is shown the record as it stands, where this person did not see it so before."""
    person, seen = request.user, page.marks.looks
    is_reviewer = person.may(roles.REVIEW) and not page.is_involved
    if request.method == "GET" and is_reviewer and page.last_change > (seen[-1].entry if seen else 0):
        reviewing.note_look(batch=page.record.batch, through=page.last_change, by=person)


def _show(request: HttpRequest, page: ReviewPage, *, status: int = 200, **context: Any) -> HttpResponse:
    asked = Asked.of(request.GET)
    if key := context.get("typed_key"):
        asked = replace(asked, at=key)
    return render(request, "qc/review.html", page.context(request.user, asked, **context), status=status)


def _begin(request: HttpRequest, page: ReviewPage) -> HttpResponse:
    """Take the batch into review."""
    batch = page.record.batch
    try:
        actions.begin_review(batch=batch, by=request.user)
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        return _show(request, page, status=409, refusal=refusal)
    messages.success(request, f"Batch {batch.number} is in review.")
    return redirect("review", batch.number)


def _accept(request: HttpRequest, page: ReviewPage) -> HttpResponse:
    """Accept one or several exceptions with the same words, and go on to the next."""
    keys, words = request.POST.getlist("keys"), request.POST.get("words", "")[:2000]

    def act() -> None:
        reviewing.accept_exceptions(batch=page.record.batch, keys=keys, words=words, by=request.user)

    return _settled(request, page, act, keys[:1], words)


def _take_back(request: HttpRequest, page: ReviewPage) -> HttpResponse:
    """Take an acceptance back."""
    key, words = request.POST.get("key", ""), request.POST.get("words", "")[:2000]

    def act() -> None:
        reviewing.take_back_acceptance(batch=page.record.batch, key=key, words=words, by=request.user)

    return _settled(request, page, act, [], words)


def _settled(
    request: HttpRequest, page: ReviewPage, act: Callable[[], None], keys: list[str], words: str
) -> HttpResponse:
    """Decide, and go to the next exception that waits; a refusal keeps the words that were typed."""
    try:
        act()
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        typed = {"typed_key": keys[0] if keys else "", "typed_words": words}
        return _show(request, page, status=409, refusal=refusal, **typed)
    fresh = ReviewPage.of(Batch.objects.with_header().get(pk=page.record.batch.pk), request.user)
    anchor = fresh.undecided[0].anchor if fresh.undecided else "sign"
    return redirect(f"{request.path}#{anchor}")


def _decide(request: HttpRequest, page: ReviewPage) -> HttpResponse:
    """Approve, return or reject, signed."""
    batch = page.record.batch
    form = DecisionForm(request.POST, record=page.record, person=request.user, offer=page.offer)

    def act() -> None:
        given = {"batch": batch, **form.signing(), "by": request.user}
        if form.cleaned_data["decision"] == "return":
            given["points"] = form.points()
        DECIDE[form.cleaned_data["decision"]](**given)

    return _signed(request, page, form, "decision_form", act)


def _dispose(request: HttpRequest, page: ReviewPage) -> HttpResponse:
    """Set the disposition, signed."""
    batch = page.record.batch
    given = {"person": request.user, "offer": page.offer}
    form = DispositionForm(request.POST, batch=batch, auto_id="disposition_%s", **given)

    def act() -> None:
        wanted = form.cleaned_data["disposition"]
        actions.set_disposition(batch=batch, disposition=wanted, **form.signing(), by=request.user)

    return _signed(request, page, form, "disposition_form", act)


def _signed(
    request: HttpRequest, page: ReviewPage, form: SignFields, name: str, act: Callable[[], None]
) -> HttpResponse:
    """Sign and come back; what is wrong stands on the form with everything typed but the password."""
    if not form.is_valid():
        return _show(request, page, status=400, **{name: form})
    try:
        act()
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        form.add_error(None, str(refusal))
        # Read anew: what is shown must be what the next try signs.
        batch = Batch.objects.with_header().get(pk=page.record.batch.pk)
        page = ReviewPage.of(batch, request.user)
        form.offer = page.offer
        return _show(request, page, status=409, **{name: form})
    messages.success(request, "Signed.")
    return redirect("review", page.record.batch.number)


DECIDE: dict[str, Callable[..., Any]] = {
    "approve": actions.approve_batch,
    "return": actions.return_batch,
    "reject": actions.reject_batch,
}
ACTS = {"begin": _begin, "accept": _accept, "take_back": _take_back, "decide": _decide, "dispose": _dispose}
