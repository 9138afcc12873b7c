"""An assay's page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import roles
from accounts.forms import ReasonFields
from accounts.gates import only
from audit.refusal import ActionRefused
from batches.characterization import actions, exclusions
from batches.characterization.flow_chart import flow_chart
from batches.characterization.forms import AddAssayForm
from batches.characterization.kinds import PLATED, Technique
from batches.characterization.microscopy import Micrograph
from batches.characterization.models import Assay, details_of
from batches.characterization.plates import plate_curves_of
from batches.characterization.results import nta_chart, video_lines
from batches.characterization.taking import blot_warnings, has_reading
from batches.characterization.techniques import TECHNIQUES, assay_sheet
from batches.files.showing import Fact, facts_of
from batches.record.attaching import Attached, look_into
from batches.record.forms import ReplaceFileForm, UploadForm
from batches.record.models import FieldRemark, Reading
from batches.record.pages import reason_of, require_entry, sheet_page, show
from batches.record.previews import preview_of
from batches.record.row_pages import ROW_ACTS
from batches.record.sheets import Sheet
from batches.record.views import get_batch

TEMPLATE = "batches/characterization/assay.html"


@only(roles.ENTER)
def add_assay(request: HttpRequest, number: str) -> HttpResponse:
    """Choose a technique and a sample."""
    batch = get_batch(number)
    form = AddAssayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            assay = actions.add_assay(batch=batch, **form.cleaned_data, by=request.user)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("assay", number, assay.number)
    context = {"form": form, "batch": batch, "techniques": TECHNIQUES.values(), "section": "batches"}
    return render(request, "batches/characterization/add_assay.html", context)


def assay(request: HttpRequest, number: str, assay_number: int) -> HttpResponse:
    """One assay: its file, its values, its rows."""
    batch = get_batch(number)
    found = get_object_or_404(Assay.objects.with_details(), batch=batch, number=assay_number)
    found.batch = batch
    sheet = assay_sheet(found).load_remarks(FieldRemark.objects.filter(batch=batch, is_withdrawn=False))
    context = {"assay": found, "details": sheet.details, **_pictures(sheet)}
    if request.method == "POST" and "upload" in request.POST:
        require_entry(request)
        return _take_file(request, sheet, context)
    return sheet_page(request, sheet, TEMPLATE, ACTS, **context)


def _pictures(sheet: Sheet) -> dict[str, Any]:
    """What only some techniques show: chart and videos of NTA, the form for a file."""
    details = details_of(sheet.subject)
    has_file = getattr(details, "reading_id", None) or getattr(details, "image_id", None)
    context: dict[str, Any] = {
        "file_form": ReplaceFileForm() if has_file else UploadForm(),
        "has_file": has_file,
        "takes_export": has_reading(sheet.subject.technique),
        "exclude_form": ReasonFields(prefix="exclude"),
        "keep_form": ReasonFields(prefix="keep"),
    }
    if getattr(details, "image_id", None):
        image = Reading.objects.filter(attachment=details.image_id).defer("curves").last()
        context["image_warnings"] = blot_warnings(image)
    if sheet.subject.technique == Technique.NTA and details.reading_id:
        context["chart"] = lambda: nta_chart(sheet.batch, [details])
        context["videos"] = lambda: video_lines(details.reading)
        tables = Reading.objects.select_related("attachment").filter(pk=details.position_table_id)
        context["positions"] = tables.first() if details.position_table_id else None
    elif getattr(details, "reading_id", None):
        context["line_facts"] = _line_facts(details.reading)
        context["shows_reading"] = bool(details.reading.values.get("records") or details.reading.warnings)
    if sheet.subject.technique == Technique.NANOFLOW and details.reading_id:
        context["flow"] = lambda: flow_chart(details.reading)
    if sheet.subject.technique in PLATED and details.reading_id and details.reading.technique == "PLATE":
        context["plate_url"] = f"{sheet.url}plate/"
        context["curve"] = next(reversed(plate_curves_of(sheet.subject)), None)
    return context


def _line_facts(reading: Reading) -> list[Fact]:
    """What a line of a table of results says, texts too."""
    lines = reading.values.get("records", []) if reading.technique == "RESULTS" else []
    told = lines[0] if lines else {}
    about = {key: told.get(key) for key in ("sample", "kind", "captured_at")}
    return facts_of({**about, **told.get("values", {}), **told.get("texts", {})})


def micrograph_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A micrograph's preview with a scale bar where the size of a pixel is known."""
    picture = get_object_or_404(Micrograph.objects.select_related("attachment"), pk=pk)
    png = preview_of(picture.attachment)
    from batches.instruments.preview import with_scale_bar  # late, as in batches.record.previews

    if picture.pixel_size_nm and picture.width_px:
        png = with_scale_bar(png, picture.width_px, float(picture.pixel_size_nm))
    response = HttpResponse(png, content_type="image/png")
    response["Cache-Control"] = "private, max-age=600"
    return response


def _take_file(request: HttpRequest, sheet: Sheet, context: dict[str, Any]) -> HttpResponse:
    """Attach the export or image that was sent; the page says what came of it."""
    form_class = ReplaceFileForm if context["has_file"] else UploadForm
    form = form_class(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, sheet, TEMPLATE, status=400, **{**context, "file_form": form})
    reason = form.reason() if isinstance(form, ReplaceFileForm) else None
    attach = actions.attach_export if context["takes_export"] else actions.attach_blot_image
    upload, videos = form.cleaned_data["file"], request.POST.getlist("videos") or None
    extra = {"videos": videos} if attach is actions.attach_export else {}
    outcome = look_into(upload, **extra)
    try:
        attached = attach(
            sheet=sheet, upload=upload, by=request.user, reason=reason, outcome=outcome, **extra
        )
    except ActionRefused as refusal:
        form.add_error(None, str(refusal))
        return show(request, sheet, TEMPLATE, status=409, **{**context, "file_form": form})
    return _after_file(request, sheet, context, attached)


def _after_file(
    request: HttpRequest, sheet: Sheet, context: dict[str, Any], attached: Attached
) -> HttpResponse:
    for twin in attached.twins:
        messages.warning(request, f"The same file is already on batch {twin}.")
    if attached.refused and context["takes_export"]:
        return show(request, sheet, TEMPLATE, status=422, **{**context, "unread": attached})
    kept = f"{attached.attachment.name} is on the record"
    messages.success(request, f"{kept}." if attached.reading else f"{kept}; {attached.refused}")
    return redirect(f"{sheet.url}#file")


def _add_micrograph(sheet: Sheet, upload: Any, values: dict[str, Any], person: Any) -> str:
    outcome = look_into(upload)
    attached = actions.add_micrograph(sheet=sheet, upload=upload, values=values, by=person, outcome=outcome)
    if attached.refused:
        return f"{attached.attachment.name} is kept on the record, but is no micrograph: {attached.refused}"
    return f"{attached.attachment.name} was added."


ROW_ACTS["micrographs"] = _add_micrograph


def _finish(request: HttpRequest, sheet: Sheet) -> str:
    actions.finish_assay(sheet=sheet, by=request.user)
    return f"{sheet.label} is finished."


def _void(request: HttpRequest, sheet: Sheet) -> str:
    actions.void_assay(sheet=sheet, by=request.user, reason=reason_of(request))
    return f"{sheet.label} is voided."


def _exclude(request: HttpRequest, sheet: Sheet) -> str:
    exclusions.exclude_assay(sheet=sheet, by=request.user, reason=reason_of(request, "exclude"))
    return "Asked. The result counts until a second person agrees."


def _agree_exclusion(request: HttpRequest, sheet: Sheet) -> str:
    exclusions.agree_exclusion(sheet=sheet, by=request.user)
    return f"{sheet.label} is left out."


def _keep_result(request: HttpRequest, sheet: Sheet) -> str:
    exclusions.keep_result(sheet=sheet, by=request.user, reason=reason_of(request, "keep"))
    return "The result is kept."


ACTS = {
    "finish": _finish,
    "void": _void,
    "exclude": _exclude,
    "agree_exclusion": _agree_exclusion,
    "keep_result": _keep_result,
}
