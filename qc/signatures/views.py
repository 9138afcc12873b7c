"""Manifests to read, compare and take away; a revision opened, an addendum added."""

from collections.abc import Callable
from dataclasses import dataclass
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
from qc.models import Signature
from qc.rules import REOPENED_FROM, last_entry
from qc.signatures.ceremony import offer
from qc.signatures.differences import PARTS, differences
from qc.signatures.forms import AddendumForm, RevisionForm
from qc.signatures.manifests import manifest_now
from qc.signatures.models import Manifest
from qc.signatures.pages import ManifestPage


def _page(number: str, at: int) -> ManifestPage:
    manifest = get_object_or_404(Manifest, batch__number=number, number=at)
    return ManifestPage.of(Batch.objects.with_header().get(number=number), manifest)


@only(roles.READ_DEVIATIONS)
def manifest(request: HttpRequest, number: str, at: int) -> HttpResponse:
    """The record as it was signed, readable for good."""
    page = _page(number, at)
    return render(request, "qc/manifest.html", {"page": page, "batch": page.batch, "section": "qc"})


@only(roles.READ_DEVIATIONS)
def manifest_text(request: HttpRequest, number: str, at: int) -> HttpResponse:
    """The very text whose SHA-256 was signed, to take away."""
    found = get_object_or_404(Manifest, batch__number=number, number=at)
    response = HttpResponse(found.content.encode("utf-8"), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{number}-manifest-{at}.json"'
    return response


@only(roles.READ_DEVIATIONS)
def manifest_diff(request: HttpRequest, number: str, at: int) -> HttpResponse:
    """A signed manifest beside the record as it stands, or beside another manifest (?to=N)."""
    page = _page(number, at)
    other = _other(page, request.GET.get("to", ""))
    now = ManifestPage.of(page.batch, other).content if other else page.now.content
    found = differences(page.content, now)
    context = {
        "page": page,
        "batch": page.batch,
        "other": other,
        "others": Manifest.objects.filter(batch=page.batch).exclude(pk=page.manifest.pk).defer("content"),
        "parts": [(title, [one for one in found if one.part == code]) for code, title in PARTS.items()],
        "count": sum(len(one.values) for one in found),
        "section": "qc",
    }
    return render(request, "qc/manifest_diff.html", context)


def _other(page: ManifestPage, to: str) -> Manifest | None:
    """The manifest to compare with; none for the record as it stands."""
    if not to.isdecimal():
        return None
    return get_object_or_404(Manifest, batch=page.batch, number=int(to[:9]))


# --- signed on a page of their own --------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """Something that is signed on a page of its own."""

    form: type[SignFields]
    act: Callable[..., Any]
    title: str
    words: str
    button: str
    meaning: Signature.Meaning


REVISION = Act(
    RevisionForm,
    actions.open_revision,
    "Open a revision",
    "The batch goes back to the laboratory for a correction and is reviewed anew. What was signed stays "
    "readable as it was. Released material goes to quarantine until somebody decides again.",
    "Sign and open the revision",
    Signature.Meaning.REVISION_OPENED,
)
ADDENDUM = Act(
    AddendumForm,
    actions.add_addendum,
    "Add an addendum",
    "A signed text stands beside the record and changes nothing in it.",
    "Sign the addendum",
    Signature.Meaning.ADDENDUM,
)


@never_cache
@sensitive_post_parameters("password", "passkey")
@only(roles.REVIEW)
def revision(request: HttpRequest, number: str) -> HttpResponse:
    """Open a revision of a batch on which a decision stands."""
    return _signed(request, number, REVISION)


@never_cache
@sensitive_post_parameters("password", "passkey")
@only(roles.REVIEW)
def addendum(request: HttpRequest, number: str) -> HttpResponse:
    """Add a signed text to a batch on which a decision stands."""
    return _signed(request, number, ADDENDUM)


def _signed(request: HttpRequest, number: str, act: Act) -> HttpResponse:
    """Show what is signed; sign it and go to the review page. What is wrong stands on the form."""
    batch = get_object_or_404(Batch.objects.with_header(), number=number)
    if request.method != "POST":
        return _show(request, batch, act, act.form(person=request.user))
    form = act.form(request.POST, person=request.user)
    if not form.is_valid():
        return _show(request, batch, act, form, status=400)
    try:
        act.act(batch=batch, **form.signing(), by=request.user)
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, Batch.objects.with_header().get(pk=batch.pk), act, form, status=409)
    messages.success(request, "Signed.")
    return redirect("review", number)


def _show(
    request: HttpRequest, batch: Batch, act: Act, form: SignFields, *, status: int = 200
) -> HttpResponse:
    written = manifest_now(batch)
    form.offer = offer(batch, written, request.user)
    context = {
        "batch": batch,
        "act": act,
        "form": form,
        "manifest": written,
        "entries": last_entry(batch)[0],
        "files": batch.attachments.count(),
        "is_decided": batch.status in REOPENED_FROM,
        "section": "qc",
    }
    return render(request, "qc/sign_apart.html", context, status=status)
