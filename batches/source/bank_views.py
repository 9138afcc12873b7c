"""Pages of cell banks."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import roles
from accounts.gates import only
from audit.paging import keyset_page
from audit.trail.lines import changes_of
from batches.entering import WhyForm, carried_out
from batches.record.models import Batch
from batches.source import banking
from batches.source.bank_advice import bank_advice
from batches.source.banks import CellBank, vials_left, vials_taken
from batches.source.facts import fact
from batches.source.forms import BankForm
from batches.source.lot_kinds import details_fields
from batches.source.models import SourceLot
from batches.source.origins import made_of

SHOWN_CHANGES, SHOWN_BATCHES = 30, 100


def bank_list(request: HttpRequest) -> HttpResponse:
    """Cell banks, newest first, with the vials that are left; searched by code or cells."""
    asked = request.GET.get("q", "").strip()
    banks = CellBank.objects.select_related("parent")
    if asked:
        banks = banks.filter(code__icontains=asked) | banks.filter(cells__icontains=asked)
    page = keyset_page(request, banks, order=["-id"])
    taken = vials_taken(page.rows)
    rows = [(bank, vials_left(bank, taken.get(bank.pk, Decimal(0)))) for bank in page.rows]
    context = {"page": page, "rows": rows, "asked": asked, "section": "sources"}
    return render(request, "batches/source/bank_list.html", context)


def bank(request: HttpRequest, code: str) -> HttpResponse:
    """A bank: age, vials, tests; what it was made from, what was made from it, and the batches."""
    found = get_object_or_404(CellBank.objects.select_related("parent"), code=code)
    left = vials_left(found, vials_taken([found]).get(found.pk, Decimal(0)))
    lots = SourceLot.objects.filter(bank=found)
    batches = Batch.objects.filter(made_of(lots)).select_related("source_lot").order_by("-id")
    fields = [field for field in details_fields(CellBank) if field.name != "code"]
    context = {
        "bank": found,
        "left": left,
        "facts": [fact(found, field) for field in fields],
        "advice": bank_advice(found, left),
        "children": CellBank.objects.filter(parent=found),
        "lots": lots[:SHOWN_BATCHES],
        "batches": batches[:SHOWN_BATCHES],
        "changes": changes_of(CellBank._meta.label_lower, [found.pk], limit=SHOWN_CHANGES),
        "section": "sources",
    }
    return render(request, "batches/source/bank.html", context)


@only(roles.ENTER)
def add_bank(request: HttpRequest) -> HttpResponse:
    """Register a cell bank."""
    form = BankForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = carried_out(
            [form], lambda: banking.register_bank(values=form.values(), typed=form.typed(), by=request.user)
        )
        if done:
            messages.success(request, f"Cell bank {done.code} is registered.")
            return redirect("bank", done.code)
    return render(request, "batches/source/bank_form.html", {"form": form, "section": "sources"})


@only(roles.ENTER)
def correct_bank(request: HttpRequest, code: str) -> HttpResponse:
    """Fill in or correct a bank."""
    found = get_object_or_404(CellBank, code=code)
    form = BankForm(request.POST or None, instance=found)
    why = WhyForm(request.POST or None, initial={"seen": found.revision})
    if request.method == "POST" and form.is_valid() & why.is_valid():
        done = carried_out([form], lambda: _correct(request, found, form, why), why=why)
        if done:
            messages.success(request, "Saved.")
            return redirect("bank", done.code)
    # The code of the address: checking the form has put what was typed on the bank.
    context = {"code": code, "form": form, "why": why, "section": "sources"}
    return render(request, "batches/source/bank_form.html", context)


def _correct(request: HttpRequest, found: CellBank, form: BankForm, why: WhyForm) -> CellBank:
    return banking.correct_bank(
        bank=found,
        values=form.changed_values(),
        typed=form.typed(),
        seen=why.cleaned_data["seen"],
        reason=why.reason(),
        by=request.user,
    )
