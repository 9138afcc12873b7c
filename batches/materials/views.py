"""Pages of reference data: a list of each kind, adding, correcting, retiring."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import roles
from accounts.forms import ReasonFields
from accounts.gates import only
from audit.paging import keyset_page
from audit.refusal import Reason
from audit.trail.lines import changes_of
from batches.entering import WhyForm, carried_out, form_for
from batches.materials import actions
from batches.materials.chosen import uses_of
from batches.materials.kinds import MATERIALS, MaterialKind
from batches.materials.models import Material
from batches.quantities import people_number

SHOWN_CHANGES, SHOWN_USES = 30, 30


def _kind(code: str) -> MaterialKind:
    if code not in MATERIALS:
        raise Http404("There is no such kind of reference data.")
    return MATERIALS[code]


def material_list(request: HttpRequest, kind: str = "rotors") -> HttpResponse:
    """All of a kind, those in use before the retired ones' mark; searched by name."""
    found, asked = _kind(kind), request.GET.get("q", "").replace("\x00", "").strip()[:60]
    rows = found.model._default_manager.filter(name__icontains=asked).order_by("name", "id")
    page = keyset_page(request, rows, order=["name", "id"])
    context = {
        "kind": found,
        "kinds": MATERIALS.values(),
        "heads": [_head(found, name) for name in found.columns],
        "rows": [(row, [_words(row, name) for name in found.columns]) for row in page.rows],
        "page": page,
        "asked": asked,
        "section": "masters",
    }
    return render(request, "batches/materials/list.html", context)


def _head(kind: MaterialKind, name: str) -> tuple[str, str]:
    field: Any = kind.model._meta.get_field(name)
    words = str(field.verbose_name)
    return words[:1].upper() + words[1:], getattr(field, "unit", "")


def _words(row: Material, name: str) -> str:
    shown = getattr(row, f"get_{name}_display", None)
    value = getattr(row, name)
    if shown is not None:
        return str(shown())
    return value if isinstance(value, str) else people_number(value)


def material(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """One rotor, column, membrane or kit: its facts and what changed."""
    found = _kind(kind)
    row = get_object_or_404(found.model, pk=pk)
    facts = [(*_head(found, name), _words(row, name)) for name in found.fields]
    context = {
        "kind": found,
        "row": row,
        "facts": facts,
        "retire_form": ReasonFields(prefix="retire"),
        "uses": list(uses_of(row, SHOWN_USES)),
        "changes": changes_of(found.model._meta.label_lower, [row.pk], limit=SHOWN_CHANGES),
        "section": "masters",
    }
    return render(request, "batches/materials/material.html", context)


@only(roles.ENTER)
def add_material(request: HttpRequest, kind: str) -> HttpResponse:
    """Add one."""
    found = _kind(kind)
    form = form_for(found.model, found.fields)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = carried_out(
            [form],
            lambda: actions.add_material(
                kind=found, values=form.values(), typed=form.typed(), by=request.user
            ),
        )
        if done:
            messages.success(request, f"{done.trail_label} is added.")
            return redirect("material", kind, done.pk)
    context = {"kind": found, "form": form, "section": "masters"}
    return render(request, "batches/materials/add.html", context)


@only(roles.ENTER)
def correct_material(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Correct one with a reason."""
    found = _kind(kind)
    row = get_object_or_404(found.model, pk=pk)
    label = row.trail_label
    form = form_for(found.model, found.fields)(request.POST or None, instance=row)
    why = WhyForm(request.POST or None, initial={"seen": row.revision})
    if request.method == "POST" and form.is_valid() & why.is_valid():
        if carried_out([form], lambda: _correct(request, row, form, why), why=why):
            messages.success(request, "Saved.")
            return redirect("material", kind, pk)
    context = {"kind": found, "label": label, "pk": pk, "form": form, "why": why, "section": "masters"}
    return render(request, "batches/materials/correct.html", context)


def _correct(request: HttpRequest, row: Material, form: Any, why: WhyForm) -> Material:
    return actions.correct_material(
        material=row,
        values=form.changed_values(),
        typed=form.typed(),
        seen=why.cleaned_data["seen"],
        reason=why.reason(),
        by=request.user,
    )


@require_POST
@only(roles.ENTER)
def retire_material(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Retire one; a refusal is a page of its own."""
    row = get_object_or_404(_kind(kind).model, pk=pk)
    sent = request.POST
    reason = Reason(sent.get("retire-reason_category", ""), sent.get("retire-reason_words", ""))
    actions.retire_material(material=row, by=request.user, reason=reason)
    messages.success(request, f"{row.trail_label} is retired: it can't be chosen any more.")
    return redirect("material", kind, pk)
