"""The papers of a batch: certificates that were issued, and the way to print one or the whole record."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import roles
from accounts.gates import only
from audit.acting import keep_refusal
from audit.exporting import jobs
from audit.refusal import ActionRefused, RoleRefused
from batches.record.models import Batch
from qc.papers import actions, printing
from qc.papers.certificate import DECIDED, content_of
from qc.papers.forms import CertificateForm
from qc.papers.models import Certificate

PDF = "application/pdf"
MOMENT_S = 2.0  # a record that is set within it is a plain download


@never_cache
@require_GET
@only(roles.PRINT_PAPERS)
def papers(request: HttpRequest, number: str) -> HttpResponse:
    """Every certificate of a batch, newest first, and what can be printed now."""
    return _show(request, _batch(number))


def _batch(number: str) -> Batch:
    return get_object_or_404(Batch.objects.with_header(), number=number)


def _show(request: HttpRequest, batch: Batch, *, status: int = 200, **context: Any) -> HttpResponse:
    issued = list(Certificate.objects.filter(batch=batch).select_related("made_by").order_by("-number"))
    holds, refused = _standing(batch, issued)
    shown = {
        "batch": batch,
        "certificates": issued,
        "holds": holds,
        "refused": refused,
        "form": CertificateForm(),
        "may_issue": request.user.may(roles.ISSUE_CERTIFICATES),
        "section": "batches",
    }
    return render(request, "qc/papers/papers.html", shown | context, status=status)


def _standing(batch: Batch, issued: list[Certificate]) -> tuple[bool, str]:
    """Whether the newest certificate says what the record says, and why none can be made."""
    if batch.status not in DECIDED:
        return False, "A certificate is made once the batch is approved or rejected."
    try:
        content = content_of(batch)
    except ActionRefused as refusal:
        return False, str(refusal)
    return bool(issued) and issued[0].content_sha256 == actions.fingerprint_of(content), ""


@require_POST
@only(roles.PRINT_PAPERS)
def make_certificate(request: HttpRequest, number: str) -> HttpResponse:
    """The certificate that holds, or a new one; every print is an entry."""
    batch, form = _batch(number), CertificateForm(request.POST)
    if not form.is_valid():
        return _show(request, batch, status=400, form=form)
    try:
        made, pdf = actions.certificate_of(batch, by=request.user, reason=form.cleaned_data["reason"])
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        form.add_error("reason", str(refusal))
        return _show(request, batch, status=409, form=form)
    return pdf_response(pdf, made.filename)


@require_POST
@only(roles.PRINT_PAPERS)
def print_again(request: HttpRequest, number: str, certificate: int) -> HttpResponse:
    """A certificate that was issued, replaced ones too, as it left the house."""
    issued = Certificate.objects.select_related("batch").filter(batch__number=number, number=certificate)
    found = get_object_or_404(issued)
    return pdf_response(actions.print_certificate(certificate=found, by=request.user), found.filename)


def pdf_response(pdf: bytes, filename: str) -> HttpResponse:
    """A PDF as a download."""
    response = HttpResponse(pdf, content_type=PDF)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response


# --- the whole record ---------------------------------------------------------------------------


@require_POST
@only(roles.PRINT_PAPERS)
def print_record(request: HttpRequest, number: str) -> HttpResponseBase:
    """The whole record: the file itself where it is set in a moment, else its progress."""
    batch = _batch(number)
    try:
        jobs.demand_room()
        begun = printing.begin(batch, by=request.user)
        job = jobs.Job(begun.entry.pk, request.user.pk, begun.filename, begun.parts, printing.KIND)
        thread = jobs.start(job, begun.write)
    except ActionRefused as refusal:
        keep_refusal(refusal, by=request.user, about=batch)
        raise
    thread.join(MOMENT_S)
    if not thread.is_alive():
        return _file(request, number, job.number)
    return redirect("record_progress", number, job.number)


@never_cache
@require_GET
@only(roles.PRINT_PAPERS)
def record_progress(request: HttpRequest, number: str, entry: int) -> HttpResponse:
    """How far a record is, as a page that asks again by itself; then the way to the file."""
    template = "qc/papers/_progress.html" if request.headers.get("HX-Request") else "qc/papers/progress.html"
    return render(request, template, {"job": _job(request, entry), "number": number, "section": "batches"})


@require_GET
@only(roles.PRINT_PAPERS)
def fetch_record(request: HttpRequest, number: str, entry: int) -> HttpResponseBase:
    """The finished record, for the person who printed it."""
    return _file(request, number, entry)


def _file(request: HttpRequest, number: str, entry: int) -> HttpResponseBase:
    job = _job(request, entry)
    if job.state != jobs.READY:
        return redirect("record_progress", number, entry)
    file = job.path.open("rb")
    response = FileResponse(file, as_attachment=True, filename=job.filename, content_type=PDF)
    response["Cache-Control"] = "no-store"
    return response


def _job(request: HttpRequest, entry: int) -> jobs.Job:
    job = jobs.of(entry, request.user.pk, printing.KIND)
    if job is None:
        raise Http404("There is no such paper of yours. Papers are kept for a day: print it again.")
    return job
