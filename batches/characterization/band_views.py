"""The page of a blot's bands: the software's table, matched line by line to lanes and markers."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import roles
from accounts.forms import ReasonFields
from audit.refusal import ActionRefused, Reason
from batches.characterization import band_actions
from batches.characterization.bands import Line, Match, lines_of, measure_of, proposed, strengths
from batches.characterization.blots import WesternBlot
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay
from batches.characterization.techniques import assay_sheet
from batches.record.attaching import look_into
from batches.record.forms import UploadForm
from batches.record.models import Reading
from batches.record.pages import require_entry
from batches.record.sheets import Sheet
from batches.record.views import get_batch

TEMPLATE = "batches/characterization/bands.html"
MOST_LINES = 400  # of a table that can be matched on one page


def blot_bands(request: HttpRequest, number: str, assay_number: int) -> HttpResponse:
    """Attach a table of bands, say which line is which band, see them lane by lane."""
    batch = get_batch(number)
    blots = Assay.objects.with_details().filter(technique=Technique.WESTERN_BLOT)
    assay = get_object_or_404(blots, batch=batch, number=assay_number)
    assay.batch = batch
    sheet = assay_sheet(assay)
    if request.method != "POST":
        return _show(request, sheet)
    require_entry(request)
    try:
        words = _attach(request, sheet) if "upload" in request.POST else _match(request, sheet)
    except ActionRefused as refusal:
        return _show(request, sheet, refusal=refusal, status=409)
    messages.success(request, words)
    return redirect("blot_bands", number, assay_number)


def _attach(request: HttpRequest, sheet: Sheet) -> str:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise ActionRefused("Choose the table's file.")
    upload = form.cleaned_data["file"]
    attached = band_actions.attach_band_table(
        sheet=sheet,
        upload=upload,
        by=request.user,
        reason=_reason(request, "table"),
        outcome=look_into(upload),
    )
    if attached.reading is None:
        raise ActionRefused(f"{attached.attachment.name} is stored, but not taken: {attached.refused}")
    return f"{attached.attachment.name} is on the record: say which of its lines are which bands."


def _match(request: HttpRequest, sheet: Sheet) -> str:
    made = band_actions.match_bands(
        sheet=sheet, matches=_matches(request), by=request.user, reason=_reason(request, "why")
    )
    return f"{len(made)} bands taken from the table."


def _matches(request: HttpRequest) -> list[Match]:
    found = []
    for at in range(1, MOST_LINES + 1):
        lane, marker = request.POST.get(f"lane-{at}", ""), request.POST.get(f"marker-{at}", "")
        if lane.isdecimal() and marker.isdecimal():
            found.append(Match(at, int(lane), int(marker)))
        elif lane or marker:
            raise ActionRefused(f"Line {at}: choose both its lane and its marker, or neither.")
    return found


def _reason(request: HttpRequest, prefix: str) -> Reason | None:
    category = request.POST.get(f"{prefix}-reason_category", "")
    words = request.POST.get(f"{prefix}-reason_words", "")
    return Reason(category, words) if category or words else None


def _show(
    request: HttpRequest, sheet: Sheet, *, refusal: ActionRefused | None = None, status: int = 200
) -> HttpResponse:
    blot: WesternBlot = sheet.details
    lanes = [one for one in blot.lanes.all() if not one.is_voided]
    bands = [one for one in blot.bands.all() if not one.is_voided]  # type: ignore[attr-defined]
    table = Reading.objects.select_related("attachment").filter(pk=blot.band_table_id).first()
    lines = lines_of(table) if table else []
    context = {
        "batch": sheet.batch,
        "assay": sheet.subject,
        "sheet": sheet,
        "table": table,
        "measure": measure_of(table) if table else "",
        "others": {one.measure for one in bands if table and one.table_id != table.pk},
        "lanes": lanes,
        "markers": blot.standing_markers,
        "lines": _shown(request, sheet, lines[:MOST_LINES]),
        "more_lines": max(0, len(lines) - MOST_LINES),
        "strengths": strengths(bands, lanes),
        "has_bands": bool(bands),
        "can_edit": sheet.is_editable and request.user.may(roles.ENTER),
        "file_form": UploadForm(),
        "why_form": ReasonFields(prefix="why"),
        "table_form": ReasonFields(prefix="table"),
        "refusal": refusal,
        "section": "batches",
    }
    return render(request, TEMPLATE, context, status=status)


def _shown(request: HttpRequest, sheet: Sheet, lines: list[Line]) -> list[tuple[Line, Any, Any]]:
    """Each line with the lane and marker that stand in the form: sent, taken before, or proposed."""
    blot = sheet.details
    lanes = [one for one in blot.lanes.all() if not one.is_voided]
    chosen = {one.line: one for one in blot.bands.all() if not one.is_voided}
    places = {at: (one.lane_id, one.marker_id) for at, one in chosen.items()}
    if not chosen:
        found = proposed(lines, lanes, blot.standing_markers)
        places = {at: (one.lane, one.marker) for at, one in found.items()}
    shown = []
    for line in lines:
        lane, marker = places.get(line.number, ("", ""))
        sent = request.POST
        shown.append(
            (
                line,
                sent.get(f"lane-{line.number}", str(lane)),
                sent.get(f"marker-{line.number}", str(marker)),
            )
        )
    return shown
