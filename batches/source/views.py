"""Pages of donors and source lots."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import roles
from accounts.gates import only
from audit.paging import keyset_page
from audit.trail.lines import Line, changes_of
from batches.entering import WhyForm, carried_out
from batches.record.models import Batch
from batches.source import actions
from batches.source.advice import Advice, donor_advice, lot_advice
from batches.source.bank_advice import bank_advice
from batches.source.facts import donor_facts, infection_tests, lot_facts, treatment_cards
from batches.source.forms import DonorForm, LotForms, newest_donors
from batches.source.kinds import CULTURED_KINDS
from batches.source.lot_kinds import LOT_KINDS, LotKind
from batches.source.models import Donor, SourceLot
from batches.source.origins import batches_counted, made_of
from batches.source.treatment_advice import treatment_advice
from batches.source.treatments import Treatment, treatments_of

SHOWN_CHANGES, SHOWN_BATCHES = 30, 100


def source_list(request: HttpRequest) -> HttpResponse:
    """Source lots, newest first; searched by the code of the lot or its donor."""
    asked = request.GET.get("q", "").strip()
    exact = SourceLot.objects.filter(code__iexact=asked).first() if asked else None
    if exact is not None:
        return redirect("source_lot", exact.code)
    lots = SourceLot.objects.select_related("donor")
    if asked:
        lots = lots.filter(Q(code__icontains=asked) | Q(donor__code__icontains=asked))
    page = keyset_page(request, lots, order=["-id"])
    made = batches_counted([lot.pk for lot in page.rows])
    rows = [(lot, made.get(lot.pk, 0)) for lot in page.rows]
    return render(request, "batches/source/source_list.html", {"page": page, "rows": rows, "asked": asked})


def donor_list(request: HttpRequest) -> HttpResponse:
    """Donors, newest first; searched by code."""
    asked = request.GET.get("q", "").strip()
    donors = Donor.objects.filter(code__icontains=asked) if asked else Donor.objects.all()
    page = keyset_page(request, donors, order=["-id"])
    lots = _counted(SourceLot, "donor", page.rows)
    rows = [(donor, lots.get(donor.pk, 0)) for donor in page.rows]
    context = {"page": page, "rows": rows, "asked": asked, "section": "sources"}
    return render(request, "batches/source/donor_list.html", context)


def _counted(model: Any, key: str, rows: Iterable[Any]) -> dict[int, int]:
    """How many rows of a model hang on each of these; one query."""
    hanging = model.objects.filter(**{f"{key}__in": [row.pk for row in rows]})
    return dict(hanging.order_by().values_list(key).annotate(Count("pk")))


# --- donors ---------------------------------------------------------------------------------------


def donor(request: HttpRequest, code: str) -> HttpResponse:
    """A donor: facts, lots, what changed."""
    found = get_object_or_404(Donor, code=code)
    context = {
        "donor": found,
        "facts": donor_facts(found),
        "advice": donor_advice(found),
        "lots": SourceLot.objects.filter(donor=found)[:SHOWN_BATCHES],
        "changes": changes_of(Donor._meta.label_lower, [found.pk], limit=SHOWN_CHANGES),
        "section": "sources",
    }
    return render(request, "batches/source/donor.html", context)


@only(roles.ENTER)
def add_donor(request: HttpRequest) -> HttpResponse:
    """Register a donor."""
    form = DonorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = carried_out(
            [form],
            lambda: actions.register_donor(values=form.values(), typed=form.typed(), by=request.user),
        )
        if done:
            messages.success(request, f"Donor {done.code} is registered.")
            return redirect("donor", done.code)
    return render(request, "batches/source/add_donor.html", {"form": form, "section": "sources"})


@only(roles.ENTER)
def correct_donor(request: HttpRequest, code: str) -> HttpResponse:
    """Fill in or correct a donor's facts."""
    found = get_object_or_404(Donor, code=code)
    form = DonorForm(request.POST or None, instance=found)
    why = WhyForm(request.POST or None, initial={"seen": found.revision})
    if request.method == "POST" and form.is_valid() & why.is_valid():
        done = carried_out([form], lambda: _correct_donor(request, found, form, why), why=why)
        if done:
            messages.success(request, "Saved.")
            return redirect("donor", done.code)
    # The code of the address: checking the form has put what was typed on the donor.
    context = {"code": code, "form": form, "why": why, "section": "sources"}
    return render(request, "batches/source/correct_donor.html", context)


def _correct_donor(request: HttpRequest, found: Donor, form: DonorForm, why: WhyForm) -> Donor:
    return actions.correct_donor(
        donor=found,
        values=form.changed_values(),
        typed=form.typed(),
        seen=why.cleaned_data["seen"],
        reason=why.reason(),
        by=request.user,
    )


# --- source lots ----------------------------------------------------------------------------------


def source_lot(request: HttpRequest, code: str) -> HttpResponse:
    """A source lot: facts by section, infection tests, advice, batches made of it, what changed."""
    lot = _lot(code)
    treatments = treatments_of(lot)
    batches = Batch.objects.filter(made_of([lot.pk])).select_related("product", "source_lot").order_by("-id")
    context = {
        "lot": lot,
        "kind": LOT_KINDS[lot.kind],
        "sections": lot_facts(lot),
        "tests": infection_tests(lot),
        "treatments": treatment_cards(treatments) if lot.kind in CULTURED_KINDS or treatments else [],
        "advice": [*lot_advice(lot), *_of_bank(lot), *treatment_advice(treatments)],
        "batches": batches[:SHOWN_BATCHES],
        "changes": _changes_of_lot(lot, treatments),
        "may_release": request.user.may(roles.REVIEW) and lot.quarantine_released_at is None,
    }
    return render(request, "batches/source/source_lot.html", context)


def _of_bank(lot: SourceLot) -> list[Advice]:
    return bank_advice(lot.bank) if lot.bank is not None else []


def _lot(code: str) -> SourceLot:
    lots = SourceLot.objects.with_details().select_related("quarantine_released_by")
    return get_object_or_404(lots, code=code)


def _changes_of_lot(lot: SourceLot, treatments: list[Treatment]) -> list[Line]:
    """The newest changes of the lot and its details together; one query for each of its rows."""
    parts = [part for part in (*LOT_KINDS[lot.kind].parts(lot), *treatments) if part.pk]
    lines = [
        line
        for part in parts
        for line in changes_of(part._meta.label_lower, [part.pk], limit=SHOWN_CHANGES)
        if line.changes
    ]
    return sorted(lines, key=lambda line: -line.number)[:SHOWN_CHANGES]


@only(roles.ENTER)
def add_source_lot(request: HttpRequest) -> HttpResponse:
    """Choose what kind of source material arrived."""
    context = {"kinds": LOT_KINDS.values(), "donor": request.GET.get("donor", "")}
    return render(request, "batches/source/choose_kind.html", context)


@only(roles.ENTER)
def add_source_lot_of_kind(request: HttpRequest, kind: str) -> HttpResponse:
    """Register a source lot of the chosen kind, with the details of that kind only."""
    if kind not in LOT_KINDS:
        raise Http404("There is no such kind of source material.")
    asked = LOT_KINDS[kind]
    known = Donor.objects.filter(code=request.GET.get("donor", "")).first()
    forms = LotForms(asked, request.POST or None, donor=known)
    if request.method == "POST" and forms.is_valid():
        lot = carried_out(forms.all, lambda: _register(request, asked, forms))
        if lot:
            messages.success(request, f"Source lot {lot.code} is registered. It is in quarantine.")
            return redirect("source_lot", lot.code)
    context = {"kind": asked, "forms": forms, "donors": newest_donors()}
    return render(request, "batches/source/add_source_lot.html", context)


def _register(request: HttpRequest, kind: LotKind, forms: LotForms) -> SourceLot:
    return actions.register_source_lot(
        kind=kind.code, values=forms.values(), typed=forms.typed(), by=request.user
    )


@only(roles.ENTER)
def correct_source_lot(request: HttpRequest, code: str) -> HttpResponse:
    """Fill in or correct values of a source lot and its details."""
    lot = _lot(code)
    kind = LOT_KINDS[lot.kind]
    forms = LotForms(kind, request.POST or None, lot=lot)
    why = WhyForm(request.POST or None, initial={"seen": actions.lot_revision(lot)})
    if request.method == "POST" and forms.is_valid() & why.is_valid():
        if carried_out(forms.all, lambda: _correct_lot(request, lot, forms, why), why=why):
            messages.success(request, "Saved.")
            return redirect("source_lot", code)
    context = {"lot": lot, "kind": kind, "forms": forms, "why": why, "donors": newest_donors()}
    return render(request, "batches/source/correct_source_lot.html", context)


def _correct_lot(request: HttpRequest, lot: SourceLot, forms: LotForms, why: WhyForm) -> SourceLot:
    return actions.correct_source_lot(
        lot=lot,
        values=forms.changed_values(),
        typed=forms.typed(),
        seen=why.cleaned_data["seen"],
        reason=why.reason(),
        by=request.user,
    )


@require_POST
@only(roles.REVIEW)
def release_quarantine(request: HttpRequest, code: str) -> HttpResponse:
    """Release a lot from quarantine; a refusal is a page of its own."""
    lot = get_object_or_404(SourceLot, code=code)
    actions.release_quarantine(lot=lot, by=request.user)
    messages.success(request, f"{lot.code} is released from quarantine.")
    return redirect("source_lot", code)
