"""Unexplained changes on screen: the list, one of them, and verifying by hand."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import roles
from accounts.gates import only
from accounts.unexplained import actions
from accounts.unexplained.forms import DealForm, Outcome
from audit.models import Entry
from audit.paging import keyset_page
from audit.refusal import ActionRefused, RoleRefused
from audit.verifying import running, state
from audit.verifying.actions import shape_words
from audit.verifying.models import UnexplainedChange

PAGE_SIZE = 100
# A whole verification of more entries than this takes longer than a page may: about four seconds.
MOST_ENTRIES_AT_ONCE = 20_000
QUICKLY = (
    " Looked at: sets and the newest checkpoint. manage.py verify also replays the history, and counts the "
    "ledger anew."
)
DEEDS = {
    Outcome.PUT_BACK: actions.put_back,
    Outcome.KEPT: actions.keep_change,
    Outcome.NOTED: actions.note_damage,
}


@require_GET
@only(roles.READ_TRAIL)
def unexplained(request: HttpRequest) -> HttpResponse:
    """What verifying found: open, or with `?settled` what somebody has dealt with."""
    is_settled = "settled" in request.GET
    found = UnexplainedChange.objects.select_related("found_by", "dealt_with_by")
    wanted = found.exclude(outcome="") if is_settled else found.open()
    context = {
        "page": keyset_page(request, wanted, order=("-id",), size=PAGE_SIZE),
        "is_settled": is_settled,
        "open_count": UnexplainedChange.objects.open().count(),
        "verified": state.latest(),
        "section": "trail",
    }
    return render(request, "audit/unexplained.html", context)


@never_cache
def unexplained_change(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them: recorded, standing, and what becomes of it. Everybody who sees the batch may read it."""
    found = UnexplainedChange.objects.select_related("found_by", "dealt_with_by")
    change = get_object_or_404(found, pk=pk)
    form = DealForm(request.POST or None, change=change)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            if _dealt(request, change, form):
                return redirect("unexplained_change", pk)
            status = 409
    return render(request, "audit/unexplained_change.html", _context(request, change, form), status=status)


def _context(request: HttpRequest, change: UnexplainedChange, form: DealForm) -> dict[str, Any]:
    of_record = change.record_id if change.record_kind != Entry._meta.label_lower else None
    return {
        "change": change,
        "form": form,
        "kind": shape_words(change.record_kind),
        "entry": Entry.objects.filter(pk=change.entry_id).first() if change.entry_id else None,
        "same": UnexplainedChange.objects.open()
        .filter(record_kind=change.record_kind, record_id=of_record)
        .exclude(pk=change.pk)[:20],
        "section": "trail",
    }


def _dealt(request: HttpRequest, change: UnexplainedChange, form: DealForm) -> bool:
    """Carry out; a refusal stands on the form with everything typed."""
    deed = DEEDS[Outcome(form.cleaned_data["outcome"])]
    try:
        settled = deed(change=change, by=request.user, reason=form.reason())
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        form.add_error(None, str(refusal))
        return False
    more = f", with {len(settled) - 1} more of the same record" if len(settled) > 1 else ""
    messages.success(request, f"{change.record_label}: {settled[0].get_outcome_display()}{more}.")
    return True


@require_POST
@only(roles.VERIFY)
def verify_now(request: HttpRequest) -> HttpResponse:
    """Verify while the person waits: everything where that takes seconds, else quickly, saying so.

    A thread of the web server would end with its worker and be seen by nobody; a page that takes minutes
    is cut off by proxies. `manage.py verify` is there for the whole of a large installation, at night.
    """
    is_small = Entry.objects.count() <= MOST_ENTRIES_AT_ONCE
    scope = running.WHOLE if is_small else running.QUICK
    report = running.verify(scope)
    actions.keep_verification(report=report, scope=scope, by=request.user)
    if report.outcome == "wrong":
        messages.error(request, report.words)
        return redirect("unexplained")
    much = "" if is_small else QUICKLY
    messages.success(request, f"{report.words}{much}")
    return redirect("trail")
