"""The list of specifications, and the page of a version with everything that can happen to it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts import roles
from accounts.forms import SignFields
from accounts.gates import only
from audit.refusal import ActionRefused, RoleRefused
from batches.entering import carried_out, refuse
from batches.masters.models import MasterVersion, Product
from batches.specifications import actions
from batches.specifications.forms import AddSpecificationForm, ApproveForm, NothingMore, WordsForm
from batches.specifications.models import Specification, SpecificationVersion
from batches.specifications.pages import context_of, products_with_specifications


@require_GET
def specification_list(request: HttpRequest) -> HttpResponse:
    """Every product's specifications: what is effective, what is on its way."""
    context = {"products": products_with_specifications(), "section": "masters"}
    return render(request, "batches/specifications/specification_list.html", context)


@require_GET
def specification(request: HttpRequest, code: str) -> HttpResponse:
    """The effective version of a specification, else the latest."""
    versions = SpecificationVersion.objects.filter(specification=get_object_or_404(Specification, code=code))
    shown = versions.effective().first() or versions.latest("number")
    return redirect("specification_version", code, shown.number)


@only(roles.WRITE_MASTERS)
def add_specification(request: HttpRequest) -> HttpResponse:
    """Begin a specification; `from` names a master version whose own criteria it takes over."""
    source = _source(request)
    initial = _begun_with(request, source)
    form = AddSpecificationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {**form.values(), "criteria_of": source, "by": request.user}
        version = carried_out([form], lambda: actions.add_specification(**given))
        if version:
            messages.success(request, f"{version} is a draft. Add what batches are judged by.")
            return redirect("specification_version", version.specification.code, version.number)
    has_products = form.fields["product"].queryset.exists()  # type: ignore[attr-defined]
    context = {"form": form, "source": source, "has_products": has_products, "section": "masters"}
    return render(request, "batches/specifications/add_specification.html", context)


def _begun_with(request: HttpRequest, source: MasterVersion | None) -> dict[str, Any]:
    if source is not None:
        return {"product": source.master.product, "code": source.specification_code}
    return {"product": Product.objects.filter(code=request.GET.get("product", "")).first()}


def _source(request: HttpRequest) -> MasterVersion | None:
    """The master version that `from` names (its key), when it holds criteria itself."""
    key = request.GET.get("from", "")
    if not key.isdecimal():
        return None
    versions = MasterVersion.objects.with_content()
    return get_object_or_404(versions, pk=int(key[:18]), specification__isnull=True)


@require_POST
@only(roles.WRITE_MASTERS)
def draft_specification(request: HttpRequest, code: str) -> HttpResponse:
    """Begin the next version as a draft; a refusal is a page of its own."""
    found = get_object_or_404(Specification, code=code)
    draft = actions.draft_specification(specification=found, by=request.user)
    messages.success(request, f"{draft} is a draft. Say what changes and why, then change it.")
    return redirect("specification_version", code, draft.number)


# --- one version ----------------------------------------------------------------------------------


def find_version(code: str, number: int) -> SpecificationVersion:
    """A version with its content. Raises Http404 when there is none."""
    versions = SpecificationVersion.objects.with_content().prefetch_related("signatures")
    return get_object_or_404(versions, specification__code=code, number=number)


@never_cache
@sensitive_post_parameters("password", "passkey")
def specification_version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A version: its criteria in words, what it changes, its way; acts by what is sent to it."""
    version = find_version(code, number)
    intention = request.POST.get("intention", "")
    if request.method == "POST" and intention in ACTS:
        return _carry_out(request, version, intention)
    return _show(request, version)


def _show(
    request: HttpRequest, version: SpecificationVersion, *, status: int = 200, **shown: Any
) -> HttpResponse:
    against = request.GET.get("against", "")
    number = int(against[:9]) if against.isdecimal() else None
    context = context_of(version, request.user, number, **shown)
    return render(request, "batches/specifications/specification_version.html", context, status=status)


def _carry_out(request: HttpRequest, version: SpecificationVersion, intention: str) -> HttpResponse:
    """Do what was asked; a refusal stands on its form with everything typed but a password."""
    make_form, act, words = ACTS[intention]
    is_signed = issubclass(make_form, SignFields)
    form = make_form(request.POST, person=request.user) if is_signed else make_form(request.POST)
    if not form.is_valid():
        return _show(request, version, status=400, **{intention: form})
    try:
        act(version=version, by=request.user, **(form.signing() if is_signed else form.cleaned_data))
    except RoleRefused:
        raise
    except ActionRefused as refusal:
        refuse([form], refusal)
        # Read anew: what is shown must be what the next try acts on.
        fresh = find_version(version.specification.code, version.number)
        return _show(request, fresh, status=409, **{intention: form})
    messages.success(request, words.format(version=version))
    return redirect("specification_version", version.specification.code, version.number)


ACTS: dict[str, tuple[type[Any], Callable[..., Any], str]] = {
    "submit": (NothingMore, actions.submit_specification, "{version} is in review."),
    "send_back": (WordsForm, actions.send_back_specification, "{version} is a draft again."),
    "approve": (
        ApproveForm,
        actions.approve_specification,
        "{version} is approved and signed. Make it effective when batches are to be opened on it.",
    ),
    "make_effective": (
        NothingMore,
        actions.make_specification_effective,
        "{version} is effective. New batches are opened on it; open ones keep theirs.",
    ),
    "retire": (
        WordsForm,
        actions.retire_specification,
        "{version} is retired. Batches that were opened on it keep it.",
    ),
}
