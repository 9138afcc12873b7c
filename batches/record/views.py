"""The list of batches, a batch's page, and its files."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts import roles
from accounts.gates import only
from audit.paging import keyset_page
from audit.refusal import ActionRefused
from batches.record import actions, files, lists
from batches.record.forms import CorrectNotesForm, NotesForm, OpenBatchForm
from batches.record.models import Attachment, Batch
from batches.record.overview import overview_of
from batches.record.previews import preview_of
from batches.record.sheets import NotFinished
from batches.source.kinds import SourceKind


def batch_list(request: HttpRequest) -> HttpResponse:
    """Every batch, newest first unless asked otherwise."""
    search = lists.BatchSearch.of(request.GET)
    page = keyset_page(request, search.rows(), order=search.order, size=lists.PAGE_SIZE)
    context = {
        "page": page,
        "search": search,
        "products": lists.product_choices(),
        "statuses": Batch.Status.choices,
        "sources": [*SourceKind.choices, (lists.POOL, "Pool of batches")],
        "dispositions": [("undecided", "Not decided"), *Batch.Disposition.choices[1:]],
        "status_words": dict(Batch.Status.choices),
        "section": "batches",
    }
    return render(request, "batches/record/batch_list.html", context)


def find(request: HttpRequest) -> HttpResponse:
    """A scanned or typed number goes straight to its batch; anything else to the list."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    batch = lists.found_exactly(words) if words else None
    if batch is not None:
        return redirect("batch", batch.number)
    return redirect(f"/batches/?{urlencode({'q': words})}" if words else "batch_list")


@only(roles.ENTER)
def open_batch(request: HttpRequest) -> HttpResponse:
    """Open a batch on an effective master version."""
    form = OpenBatchForm(request.POST or None, initial={"source_lot": request.GET.get("source")})
    if request.method == "POST" and form.is_valid():
        try:
            batch = actions.open_batch(**form.cleaned_data, by=request.user)
        except ActionRefused as refusal:
            form.add_error(getattr(refusal, "field", "") or None, str(refusal))
        else:
            messages.success(request, f"Batch {batch.number} is open.")
            return redirect("parts" if batch.is_pool else "batch", batch.number)
    return render(request, "batches/record/open_batch.html", {"form": form, "section": "batches"})


def get_batch(number: str) -> Batch:
    """The batch of that number with what its pages name, or 404."""
    return get_object_or_404(Batch.objects.with_header(), number=number)


def batch(request: HttpRequest, number: str) -> HttpResponse:
    """Everything about one batch on one page, with what is missing on top."""
    return _show(request, get_batch(number))


def _show(request: HttpRequest, found: Batch, *, status: int = 200, **context: object) -> HttpResponse:
    shown = {"batch": found, "section": "batches", **overview_of(found), **context}
    return render(request, "batches/record/batch.html", shown, status=status)


@require_POST
def submit(request: HttpRequest, number: str) -> HttpResponse:
    """Hand the batch to QC; what is missing is named instead."""
    found = get_batch(number)
    try:
        actions.submit_batch(batch=found, by=request.user)
    except NotFinished as refusal:
        return _show(
            request, found, status=409, refusal=f"{number} can't go to QC yet", missing=refusal.problems
        )
    messages.success(request, f"Batch {number} is with QC now.")
    return redirect("batch", number)


@only(roles.ENTER)
def notes(request: HttpRequest, number: str) -> HttpResponse:
    """Enter or correct the batch's purpose and notes."""
    found = get_batch(number)
    form_class = CorrectNotesForm if found.notes else NotesForm
    form = form_class(request.POST or None, initial={"notes": found.notes})
    if request.method == "POST" and form.is_valid():
        reason = form.reason() if isinstance(form, CorrectNotesForm) else None
        try:
            actions.correct_notes(
                batch=found, notes=form.cleaned_data["notes"], by=request.user, reason=reason
            )
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect("batch", number)
    return render(request, "batches/record/notes.html", {"form": form, "batch": found, "section": "batches"})


def original(request: HttpRequest, pk: int) -> FileResponse:
    """An attachment's original bytes, always as a download."""
    attachment = get_object_or_404(Attachment, pk=pk)
    return FileResponse(
        files.open_original(attachment),
        as_attachment=True,
        filename=attachment.name,
        content_type="application/octet-stream",
    )


def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A picture made from an image attachment; the original is the record."""
    attachment = get_object_or_404(Attachment, pk=pk)
    response = HttpResponse(preview_of(attachment), content_type="image/png")
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response
