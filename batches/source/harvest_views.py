"""The harvest's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from batches.record.models import FieldRemark
from batches.record.pages import sheet_page
from batches.record.sheets import Sheet
from batches.record.views import get_batch
from batches.source.harvest import finish_harvest, harvest_sheet
from batches.source.models import Harvest


def harvest(request: HttpRequest, number: str) -> HttpResponse:
    """What the batch begins with: culture and harvest, or the material taken."""
    batch = get_batch(number)
    found = get_object_or_404(Harvest.objects.select_related("finished_by"), batch=batch)
    found.batch = batch
    sheet = harvest_sheet(found).load_remarks(FieldRemark.objects.filter(batch=batch, is_withdrawn=False))
    return sheet_page(request, sheet, "batches/source/harvest.html", {"finish": _finish}, harvest=found)


def _finish(request: HttpRequest, sheet: Sheet) -> str:
    finish_harvest(sheet=sheet, by=request.user)
    return "The harvest is finished."
