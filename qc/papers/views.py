"""The papers of a batch: certificates that were issued, and the way to print one or the whole record."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import roles
from accounts.gates import only
from audit.refusal import ActionRefused, RoleRefused
from batches.record.models import Batch
from qc.papers import actions
from qc.papers.certificate import DECIDED, content_of
from qc.papers.forms import CertificateForm
from qc.papers.models import Certificate

PDF = "application/pdf"


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
