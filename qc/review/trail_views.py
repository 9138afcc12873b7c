"""The trail of a batch for its reviewer: what was not reviewed yet, and the signature over it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import roles
from accounts.gates import only
from audit.refusal import ActionRefused, RoleRefused
from audit.trail import rows
from audit.trail.views import page_of
from batches.record.models import Batch
from qc import actions
from qc.models import Signature
from qc.review.models import TrailReview
from qc.review.rules import changes_after, listed, reviewed_to
from qc.review.trail_forms import TrailReviewForm
from qc.rules import last_entry, made_entries
from qc.signatures.ceremony import offer
from qc.signatures.manifests import manifest_now


@never_cache
@sensitive_post_parameters("password", "passkey")
@only(roles.READ_QC)
def trail_review(request: HttpRequest, number: str) -> HttpResponse:
    """Entries behind the last review of the trail; signed, they count as reviewed."""
    batch = get_object_or_404(Batch.objects.with_header(), number=number)
    if request.method != "POST":
        asked = request.GET.get("only", "")
        wanted = asked if asked in TrailReview.Only.values else TrailReview.Only.EVERYTHING
        return _show(request, batch, TrailReviewForm(person=request.user, initial={"only": wanted}))
    form = TrailReviewForm(request.POST, person=request.user)
    if not form.is_valid():
        return _show(request, batch, form, status=400)
    try:
        given = {**form.signing(), "only": form.cleaned_data["only"]}
        made = actions.review_trail(batch=batch, **given, by=request.user)
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, Batch.objects.with_header().get(pk=batch.pk), form, status=409)
    messages.success(request, f"{made}: signed.")
    return redirect("review", number)


def _show(request: HttpRequest, batch: Batch, form: TrailReviewForm, *, status: int = 200) -> HttpResponse:
    reached, last, wanted = reviewed_to(batch), last_entry(batch)[0], str(form["only"].value() or "")
    entries = listed(batch, reached, wanted if wanted in TrailReview.Only.values else "")
    page, written = page_of(request, entries), manifest_now(batch)
    form.offer = offer(batch, written, request.user)
    context: dict[str, Any] = {
        "batch": batch,
        "form": form,
        "page": page,
        "rows": rows.table_rows(page.rows, rows.Look(with_links=request.user.may(roles.READ_TRAIL))),
        "sprite": rows.SPRITE,
        "only": wanted,
        "first": reached + 1,
        "last": last,
        "listed": entries.count(),
        "changes": changes_after(batch, reached).count(),
        "may_sign": _may_sign(request, batch),
        "reviews": TrailReview.objects.filter(batch=batch).select_related("reviewed_by"),
        "manifest": written,
        "meaning": Signature.Meaning.TRAIL_REVIEWED,
        "section": "qc",
    }
    return render(request, "qc/review/trail.html", context, status=status)


def _may_sign(request: HttpRequest, batch: Batch) -> bool:
    """Whether this person may review the trail now; the action decides anew."""
    is_reviewer = request.user.may(roles.REVIEW) and not made_entries(batch, request.user)
    return is_reviewer and batch.status == Batch.Status.IN_REVIEW
