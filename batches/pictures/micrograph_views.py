"""The page of a micrograph: looked at closely, and measured."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts import roles
from accounts.forms import ReasonFields
from audit.refusal import ActionRefused
from batches.characterization import actions
from batches.characterization.microscopy import Micrograph
from batches.characterization.models import Assay
from batches.characterization.pictured import DiameterMeasurement
from batches.characterization.techniques import assay_sheet
from batches.pictures import micrographs
from batches.record.pages import reason_of, require_entry
from batches.record.sheets import Sheet
from batches.record.values import void_row
from batches.record.views import get_batch

ENDS = ("x1", "y1", "x2", "y2")
MOST_VIEW_LETTERS = 60


class LineForm(forms.Form):
    """Two points of a micrograph, in pixels of the original."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        for name in ENDS:
            field: Any = DiameterMeasurement._meta.get_field(name)
            self.fields[name] = field.formfield()

    @property
    def ends(self) -> tuple[Any, Any, Any, Any]:
        x1, y1, x2, y2 = (self.cleaned_data[name] for name in ENDS)
        return x1, y1, x2, y2


def micrograph(request: HttpRequest, pk: int) -> HttpResponse:
    """One micrograph with scale bar, pan, zoom, and the diameters measured on it."""
    picture = get_object_or_404(Micrograph.objects.select_related("attachment", "details__assay"), pk=pk)
    assay = picture.details.assay
    sheet = _sheet(assay)
    if request.method != "POST":
        return _show(request, sheet, picture)
    require_entry(request)
    form = LineForm(request.POST if "measure" in request.POST else None)
    if "measure" in request.POST and not form.is_valid():
        return _show(request, sheet, picture, form=form, status=400)
    try:
        words = _carry_out(request, sheet, picture, form)
    except ActionRefused as refusal:
        return _show(request, sheet, picture, form=form, refusal=refusal, status=409)
    messages.success(request, words)
    if "use" in request.POST:
        return redirect(f"{sheet.url}#value-diameters_nm")
    return redirect(f"{reverse('micrograph', args=[pk])}?view={_asked(request)}#measuring")


def _sheet(assay: Assay) -> Sheet:
    """Read with everything that the page shows, in a fixed number of queries."""
    found = Assay.objects.with_details().select_related("batch").get(pk=assay.pk)
    found.batch = get_batch(found.batch.number)
    return assay_sheet(found)


def _asked(request: HttpRequest) -> str:
    """The part of the picture that was looked at, so that it is looked at again."""
    asked = request.POST.get("view", "") or request.GET.get("view", "")
    return asked if len(asked) <= MOST_VIEW_LETTERS and set(asked) <= set("0123456789.,-") else ""


def _carry_out(request: HttpRequest, sheet: Sheet, picture: Micrograph, form: LineForm) -> str:
    """Measure, void what was measured, or use all of it; says what was done."""
    person = request.user
    if "measure" in request.POST:
        kept = actions.measure_diameter(sheet=sheet, micrograph=picture, ends=form.ends, by=person)
        return f"{kept.diameter_nm} nm kept."
    if "void_diameter" in request.POST:
        chosen = request.POST.get("diameter", "")
        standing = [one for one in sheet.details.diameters.all() if not one.is_voided]
        row = next((one for one in standing if str(one.pk) == chosen), None)
        if row is None:
            raise ActionRefused("Choose the diameter that is to be voided.")
        void_row(sheet=sheet, row=row, by=person, reason=reason_of(request))
        return f"{row.diameter_nm} nm is voided."
    if "use" not in request.POST:
        raise ActionRefused("Nothing was asked for; load the page again.")
    reason = reason_of(request, "use") if sheet.details.diameters_nm else None
    entered = actions.use_diameters(sheet=sheet, by=person, reason=reason)
    return f"{entered.details.measured_count} diameters are entered in the assay."


def _show(
    request: HttpRequest,
    sheet: Sheet,
    picture: Micrograph,
    *,
    form: LineForm | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    here, everywhere = micrographs.measured_on(sheet.details, picture)
    can_edit = sheet.is_editable and not picture.is_voided and request.user.may(roles.ENTER)
    href = reverse("file_preview", args=[picture.attachment_id])
    shown = {
        "batch": sheet.batch,
        "assay": sheet.subject,
        "sheet": sheet,
        "picture": picture,
        "svg": micrographs.drawn(picture, here.rows, micrographs.View.of(picture, _asked(request)), href),
        "here": here,
        "everywhere": everywhere,
        "view": _asked(request),
        "can_edit": can_edit,
        "can_measure": can_edit and picture.pixel_size_nm is not None,
        "form": form or LineForm(),
        "void_form": ReasonFields(prefix="void"),
        "use_form": ReasonFields(prefix="use") if sheet.details.diameters_nm else None,
        "section": "batches",
    }
    return render(request, "batches/pictures/micrograph.html", shown | context, status=status)
