"""The pages of harvests: one of a batch, and adding another."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import roles
from accounts.gates import only
from audit.refusal import ActionRefused
from batches.record.forms import HarvestForm
from batches.record.models import FieldRemark
from batches.record.pages import reason_of, sheet_page
from batches.record.sheets import Sheet
from batches.record.views import get_batch
from batches.source.harvest import finish_harvest, harvest_sheet
from batches.source.harvesting import add_harvest as add
from batches.source.harvesting import void_harvest
from batches.source.models import Harvest

PEOPLE = ("finished_by", "voided_by", "source_lot__donor", "source_lot__bank")


def harvest(request: HttpRequest, number: str, position: int = 1) -> HttpResponse:
    """What the batch begins with: culture and harvest, or the material taken."""
    batch = get_batch(number)
    harvests = list(Harvest.objects.filter(batch=batch).select_related(*PEOPLE))
    for one in harvests:
        one.batch = batch
    found = next((one for one in harvests if one.position == position), None)
    if found is None:
        raise Http404
    sheet = harvest_sheet(found).load_remarks(FieldRemark.objects.filter(batch=batch, is_withdrawn=False))
    acts = {"finish": _finish, "void": _void}
    return sheet_page(request, sheet, "batches/source/harvest.html", acts, harvest=found, harvests=harvests)


def _finish(request: HttpRequest, sheet: Sheet) -> str:
    finish_harvest(sheet=sheet, by=request.user)
    return "The harvest is finished."


def _void(request: HttpRequest, sheet: Sheet) -> str:
    void_harvest(sheet=sheet, by=request.user, reason=reason_of(request))
    return f"{sheet.label} is voided."


@only(roles.ENTER)
def add_harvest(request: HttpRequest, number: str) -> HttpResponse:
    """Add a harvest of the same source lot or of another one."""
    batch = get_batch(number)
    if batch.is_pool:
        return redirect("parts", number)
    form = HarvestForm(request.POST or None, initial={"source_lot": batch.source_lot_id})
    if request.method == "POST" and form.is_valid():
        try:
            harvest = add(batch=batch, source_lot=form.cleaned_data["source_lot"], by=request.user)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{harvest} is there: record it now.")
            return redirect("harvest", number, harvest.position)
    context = {"form": form, "batch": batch, "section": "batches"}
    return render(request, "batches/source/add_harvest.html", context)
