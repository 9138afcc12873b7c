"""Pages of products, master records and their versions."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import roles
from accounts.gates import only
from accounts.statements import offer
from audit.trail.lines import changes_of
from batches.entering import WhyForm, carried_out
from batches.masters import actions
from batches.masters.forms import AddMasterForm, ApproveForm, ProductForm
from batches.masters.models import FrozenPlan, MasterRecord, MasterVersion, Product
from batches.masters.pages import changes_against, criterion_lines, plan_of, step_cards
from batches.masters.plans import sha256_signed
from batches.masters.ready import problems_of
from batches.masters.signing import signatures_of
from batches.record.models import Batch

SHOWN_CHANGES = 30


# --- products -------------------------------------------------------------------------------------


def product_list(request: HttpRequest) -> HttpResponse:
    """What the laboratory makes."""
    products = Product.objects.prefetch_related("master_records")
    return render(request, "batches/masters/product_list.html", {"products": products, "section": "masters"})


def product(request: HttpRequest, code: str) -> HttpResponse:
    """A product: facts, master records, what changed."""
    found = get_object_or_404(Product, code=code)
    context = {
        "product": found,
        "masters": _masters().filter(product=found),
        "changes": changes_of(Product._meta.label_lower, [found.pk], limit=SHOWN_CHANGES),
        "section": "masters",
    }
    return render(request, "batches/masters/product.html", context)


@only(roles.WRITE_MASTERS)
def add_product(request: HttpRequest) -> HttpResponse:
    """Register a product."""
    form = ProductForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = carried_out([form], lambda: actions.add_product(values=form.values(), by=request.user))
        if done:
            messages.success(request, f"Product {done.code} is registered. Write its master record next.")
            return redirect("product", done.code)
    return render(request, "batches/masters/add_product.html", {"form": form, "section": "masters"})


@only(roles.WRITE_MASTERS)
def correct_product(request: HttpRequest, code: str) -> HttpResponse:
    """Correct a product."""
    found = get_object_or_404(Product, code=code)
    form = ProductForm(request.POST or None, instance=found)
    why = WhyForm(request.POST or None, initial={"seen": found.revision})
    if request.method == "POST" and form.is_valid() & why.is_valid():
        if done := carried_out([form], lambda: _correct_product(request, found, form, why), why=why):
            messages.success(request, "Saved.")
            return redirect("product", done.code)
    context = {"product_code": code, "form": form, "why": why, "section": "masters"}
    return render(request, "batches/masters/correct_product.html", context)


def _correct_product(request: HttpRequest, found: Product, form: ProductForm, why: WhyForm) -> Product:
    return actions.correct_product(
        product=found,
        values=form.changed_values(),
        seen=why.cleaned_data["seen"],
        reason=why.reason(),
        by=request.user,
    )


# --- master records -------------------------------------------------------------------------------


def _masters() -> Any:
    """Master records with their product and versions, each saying whether a draft is being written."""
    drafts = MasterVersion.objects.filter(master=OuterRef("pk"), status=MasterVersion.Status.DRAFT)
    found = MasterRecord.objects.select_related("product").annotate(has_draft=Exists(drafts))
    return found.prefetch_related("versions__approved_by")


def master_list(request: HttpRequest) -> HttpResponse:
    """Master records with their effective version and draft."""
    return render(request, "batches/masters/master_list.html", {"masters": _masters()})


def master(request: HttpRequest, code: str) -> HttpResponse:
    """The effective version of a master record, else the latest."""
    versions = MasterVersion.objects.filter(master=get_object_or_404(MasterRecord, code=code))
    shown = versions.effective().first() or versions.latest("number")
    return redirect("master_version", code, shown.number)


@only(roles.WRITE_MASTERS)
def add_master(request: HttpRequest) -> HttpResponse:
    """Begin a master record; its first version is a draft."""
    chosen = Product.objects.filter(code=request.GET.get("product", "")).first()
    form = AddMasterForm(request.POST or None, initial={"product": chosen})
    if request.method == "POST" and form.is_valid():
        version = carried_out([form], lambda: actions.add_master(**form.values(), by=request.user))
        if version:
            messages.success(request, f"{version} is a draft. Plan its steps.")
            return redirect("master_version", version.master.code, version.number)
    context = {
        "form": form,
        "has_products": form.fields["product"].queryset.exists(),
        "has_specifications": form.fields["specification"].queryset.exists(),
    }
    return render(request, "batches/masters/add_master.html", context)


@require_POST
@only(roles.WRITE_MASTERS)
def draft_version(request: HttpRequest, code: str) -> HttpResponse:
    """Begin the next version as a draft; a refusal is a page of its own."""
    draft = actions.draft_version(master=get_object_or_404(MasterRecord, code=code), by=request.user)
    messages.success(request, f"{draft} is a draft. Say what changes and why, then change it.")
    return redirect("master_version", code, draft.number)


# --- versions -------------------------------------------------------------------------------------


@never_cache
def master_version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """A version: planned steps with limits, specification, what it changes against the one before."""
    return _version_page(request, find_version(code, number), ApproveForm(person=request.user))


def find_version(code: str, number: int) -> MasterVersion:
    """A version with its content. Raises Http404 when there is none."""
    versions = MasterVersion.objects.with_content().prefetch_related("signatures")
    return get_object_or_404(versions, master__code=code, number=number)


def _version_page(
    request: HttpRequest, version: MasterVersion, form: ApproveForm, status: int = 200
) -> HttpResponse:
    others = MasterVersion.objects.filter(master=version.master).order_by("number")
    earlier = MasterVersion.objects.with_content().filter(master=version.master, number__lt=version.number)
    before = earlier.order_by("-number").first()
    may_approve = version.is_draft and request.user.may(roles.APPROVE_MASTERS)
    plan = plan_of(version)
    # Made anew for every showing: what is signed is what the page shows now.
    form.offer = offer(version.trail_label, sha256_signed(version), request.user)
    context = {
        "version": version,
        "others": others,
        "before": before,
        "differences": changes_against(before, plan),
        "steps": step_cards(version),
        "plan": plan,
        "criteria": criterion_lines(plan),
        "batches_made": Batch.objects.filter(plan__version=version).count(),
        "plans": FrozenPlan.objects.filter(version=version).order_by("id"),
        "can_write": version.is_draft and request.user.may(roles.WRITE_MASTERS),
        "problems": problems_of(version) if version.is_draft else [],
        "has_draft": any(other.is_draft for other in others),
        "may_approve": may_approve,
        "signatures": signatures_of(version),
        "wrote_it": may_approve and actions.has_written(request.user, version),
        "form": form,
    }
    return render(request, "batches/masters/master_version.html", context, status=status)


@never_cache
@require_POST
@only(roles.APPROVE_MASTERS)
@sensitive_post_parameters("password", "passkey")
def approve_version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Approve a draft; a refusal stands on the version's page."""
    version, form = find_version(code, number), ApproveForm(request.POST, person=request.user)
    if form.is_valid():
        given = {**form.signing(), "by": request.user}
        done = carried_out([form], lambda: actions.approve_version(version=version, **given))
        if done:
            messages.success(request, f"{done} is effective. New batches are opened on it.")
            return redirect("master_version", code, number)
    return _version_page(request, find_version(code, number), form, status=409)
