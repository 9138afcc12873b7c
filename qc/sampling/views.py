"""Periodic reviews of the trail: the list with what is due, and one review with its entries."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts import roles
from accounts.gates import only
from audit.models import Entry
from audit.refusal import ActionRefused, RoleRefused
from audit.trail import rows as trail_rows
from audit.trail.lines import Line, line_of, page_rows
from qc.sampling import actions
from qc.sampling.forms import CloseForm, DrawForm, outcomes_in
from qc.sampling.models import SampledEntry, TrailSample

MOST_LISTED = 100


@dataclass(frozen=True)
class Due:
    """When the next review of a part of the trail is due; None where none was ever closed."""

    label: str
    on: dt.date | None

    @property
    def is_overdue(self) -> bool:
        return self.on is None or self.on < timezone.localdate()


@dataclass(frozen=True)
class Row:
    """An entry of the sample as the page shows it."""

    sampled: SampledEntry
    line: Line
    what: SafeString
    words: str
    outcome: str


@only(roles.READ_QC)
def sample_list(request: HttpRequest) -> HttpResponse:
    """Every periodic review, newest first, what is due, and the form that draws one."""
    if request.method == "POST":
        return _draw(request)
    closed = TrailSample.objects.filter(scope=TrailSample.Scope.RECORD).first()
    return _show_list(request, DrawForm.since(closed))


def _draw(request: HttpRequest) -> HttpResponse:
    form = DrawForm(request.POST)
    if not form.is_valid():
        return _show_list(request, form, status=400)
    try:
        made = actions.draw_sample(**form.cleaned_data, by=request.user)
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        field = getattr(refusal, "field", "")
        form.add_error(field if field in form.fields else None, str(refusal))
        return _show_list(request, form, status=409)
    return redirect("sample", made.number)


def _show_list(request: HttpRequest, form: DrawForm, *, status: int = 200) -> HttpResponse:
    told = TrailSample.objects.select_related("drawn_by", "closed_by").annotate(
        drawn=Count("entries"),
        left=Count("entries", filter=Q(entries__outcome="")),
        findings=Count("entries", filter=Q(entries__outcome="finding")),
    )
    samples = list(told.order_by("-number")[:MOST_LISTED])
    context = {"form": form, "samples": samples, "due": _due(), "section": "trail"}
    return render(request, "qc/sampling/sample_list.html", context, status=status)


def _due() -> list[Due]:
    closed = TrailSample.objects.filter(closed_at__isnull=False).order_by("scope", "-number")
    newest: dict[str, dt.date] = {}
    for scope, day in closed.values_list("scope", "next_due_on"):
        newest.setdefault(scope, day)
    return [Due(str(label), newest.get(code)) for code, label in TrailSample.Scope.choices]


@only(roles.READ_QC)
def sample(request: HttpRequest, number: int) -> HttpResponse:
    """One review: its entries with what a person says of each, and its end."""
    found = get_object_or_404(TrailSample.objects.select_related("drawn_by", "closed_by"), number=number)
    sampled = list(found.entries.select_related("judged_by"))
    if request.method != "POST":
        return _show(request, found, sampled, CloseForm(initial=_in_a_month()))
    form = CloseForm(request.POST if "close" in request.POST else None, initial=_in_a_month())
    outcomes = outcomes_in(request.POST, sampled)
    if "close" in request.POST and not form.is_valid():
        return _show(request, found, sampled, form, sent=outcomes, status=400)
    try:
        if outcomes:
            actions.judge_entries(sample=found, outcomes=outcomes, by=request.user)
        if "close" in request.POST:
            actions.close_sample(sample=found, **form.cleaned_data, by=request.user)
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        messages.error(request, str(refusal))
        return _show(request, found, list(found.entries.all()), form, sent=outcomes, status=409)
    messages.success(request, f"{found}: {'closed' if 'close' in request.POST else 'kept'}.")
    return redirect("sample", number)


def _in_a_month() -> dict[str, Any]:
    return {"next_due_on": timezone.localdate() + dt.timedelta(days=30)}


def _show(
    request: HttpRequest,
    found: TrailSample,
    sampled: list[SampledEntry],
    form: CloseForm,
    *,
    sent: dict[int, tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    lines = {row["id"]: line_of(row) for row in page_rows(Entry.objects.filter(pk__in=_numbers(sampled)))}
    kept = sent or {}
    shown = [
        Row(one, lines[one.entry], trail_rows.what_html(lines[one.entry]), words=words, outcome=outcome)
        for one in sampled
        for outcome, words in [kept.get(one.entry, (one.outcome, one.words))]
    ]
    context = {
        "sample": found,
        "rows": shown,
        "left": sum(not one.outcome for one in sampled),
        "findings": sum(one.outcome == SampledEntry.Outcome.FINDING for one in sampled),
        "form": form,
        "may_judge": found.is_open and request.user.may(roles.REVIEW),  # type: ignore[union-attr]
        "sprite": trail_rows.SPRITE,
        "section": "trail",
    }
    return render(request, "qc/sampling/sample.html", context, status=status)


def _numbers(sampled: list[SampledEntry]) -> list[int]:
    return [one.entry for one in sampled]
