"""The page of a plate: the file's wells, the layout that a person gives them, and what came of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import roles
from audit.refusal import ActionRefused, Reason, ReasonMissing
from batches.characterization import plate_actions
from batches.characterization.curve_chart import curve_chart
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay
from batches.characterization.plate_forms import LinesFormSet, PlateAgainForm, PlateForm, lines_formset
from batches.characterization.plate_layout import (
    BLANK,
    LETTERS,
    SAMPLE,
    STANDARD,
    Line,
    lines_of,
    proposed,
    text_of,
)
from batches.characterization.plates import PlateCurve
from batches.characterization.techniques import assay_sheet
from batches.pictures import files
from batches.record.models import Reading
from batches.record.pages import require_entry
from batches.record.sheets import Sheet
from batches.record.views import get_batch

TEMPLATE = "batches/characterization/plate.html"
SETTINGS = (
    "unit",
    "model",
    "weighting",
    "subtract_blank",
    "least_recovery",
    "most_recovery",
    "sample",
    "analyte",
)
USUAL_UNITS = {Technique.GROWTH_FACTOR: "pg_per_ml", Technique.ENDOTOXIN: "eu_per_ml"}
ROLE_CLASSES = {STANDARD: "standard", SAMPLE: "sample", BLANK: "blank"}


def plate(request: HttpRequest, number: str, assay_number: int) -> HttpResponse:
    """Look at a plate, lay it out, see the curve."""
    batch = get_batch(number)
    assay = get_object_or_404(Assay.objects.with_details(), batch=batch, number=assay_number)
    assay.batch = batch
    sheet = assay_sheet(assay)
    try:
        reading = plate_actions.plate_reading_of(sheet)
    except ActionRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect(f"{sheet.url}#file")
    latest = PlateCurve.objects.filter(assay=assay).select_related("computed_by").last()
    kind = files.wanted(request)
    if kind and latest:
        return files.download(_figure(sheet, latest), kind, by=request.user)
    if request.method == "POST":
        require_entry(request)
        return _take(request, sheet, reading, latest)
    lines = _lines(reading, latest)
    form = _form(sheet, reading, latest, initial=_initial(sheet, reading, latest))
    return _show(request, sheet, reading, latest, form, lines_formset(lines=lines))


def _figure(sheet: Sheet, curve: PlateCurve) -> files.Figure:
    """The standard curve with its standards and samples."""
    found = curve.results
    rows: list[tuple[Any, ...]] = [("What", "Wells", f"Amount ({curve.get_unit_display()})", "Reading")]
    rows += [("standard", well, f"{amount:g}", f"{seen:.6g}") for amount, seen, well in found["points"]]
    for one in found["samples"]:
        amount = "" if one["amount"] is None else f"{one['sign']} {one['amount']:.6g}".strip()
        what = f"sample {one['sample']} ×{one['dilution']:g}"
        rows.append((what, " ".join(one["wells"]), amount, f"{one['mean_response']:.6g}"))
    name = f"{sheet.batch.number}-assay-{sheet.subject.number}-standard-curve"
    title = f"Standard curve, {sheet.batch.number}, assay {sheet.subject.number}"
    return files.Figure(name, title, sheet.batch, curve_chart(curve), rows)


def _take(request: HttpRequest, sheet: Sheet, reading: Reading, latest: PlateCurve | None) -> HttpResponse:
    form, lines = _form(sheet, reading, latest, request.POST), lines_formset(request.POST)
    if not (form.is_valid() & lines.is_valid()):
        return _show(request, sheet, reading, latest, form, lines, status=400)
    plate_name, read = form.chosen
    told = {name: form.cleaned_data.get(name, "") for name in SETTINGS}
    inputs = plate_actions.PlateInputs(plate_name, read, text_of(lines.lines), **told)
    try:
        curve = plate_actions.lay_out_plate(sheet=sheet, inputs=inputs, by=request.user, reason=_reason(form))
    except ReasonMissing as refusal:
        again = PlateAgainForm(request.POST, reads=form.reads, technique=sheet.subject.technique)
        again.add_error(None, str(refusal))
        return _show(request, sheet, reading, latest, again, lines, status=409)
    except ActionRefused as refusal:
        form.add_error(None, str(refusal))
        return _show(request, sheet, reading, latest, form, lines, status=409)
    messages.success(request, f"{curve.plate} is worked out; {curve.sample} is on the assay.")
    return redirect(request.path)


def _reason(form: PlateForm) -> Reason | None:
    return form.reason() if isinstance(form, PlateAgainForm) else None


def _form(
    sheet: Sheet, reading: Reading, latest: PlateCurve | None, data: Any = None, **more: Any
) -> PlateForm:
    reads = [(one["plate"], one["label"]) for one in plate_actions.raw_reads(reading)]
    has_reason = latest is not None or (data is not None and "reason_category" in data)
    return (PlateAgainForm if has_reason else PlateForm)(
        data, reads=reads, technique=sheet.subject.technique, **more
    )


def _initial(sheet: Sheet, reading: Reading, latest: PlateCurve | None) -> dict[str, Any]:
    if latest is None:
        return {
            "unit": USUAL_UNITS.get(sheet.subject.technique, "ug_per_ml"),
            "model": "linear", "weighting": "none", "subtract_blank": "yes",
            "least_recovery": 70, "most_recovery": 130,
        }  # fmt: skip
    reads = [(one["plate"], one["label"]) for one in plate_actions.raw_reads(reading)]
    asked = (latest.plate, latest.read)
    return {name: getattr(latest, name) for name in SETTINGS} | {
        "read": str(reads.index(asked)) if asked in reads else "0"
    }


def _lines(reading: Reading, latest: PlateCurve | None) -> list[Line]:
    """What stands in the form: the layout as it is, else what the file itself says of its wells."""
    if latest is not None:
        return lines_of(latest.layout)
    layouts = reading.curves.get("layout", {})
    return proposed(next(iter(layouts.values()), {}))


def _show(
    request: HttpRequest,
    sheet: Sheet,
    reading: Reading,
    latest: PlateCurve | None,
    form: PlateForm,
    lines: LinesFormSet,
    *,
    status: int = 200,
) -> HttpResponse:
    can_edit = sheet.is_editable and request.user.may(roles.ENTER)
    context = {
        "sheet": sheet,
        "assay": sheet.subject,
        "batch": sheet.batch,
        "section": "batches",
        "reading": reading,
        "curve": latest,
        "chart": curve_chart(latest) if latest else "",
        "maps": maps_of(reading, latest),
        "form": form,
        "lines": lines,
        "can_edit": can_edit,
        "is_proposed": latest is None and bool(reading.curves.get("layout")),
    }
    return render(request, TEMPLATE, context, status=status)


def maps_of(reading: Reading, latest: PlateCurve | None) -> list[dict[str, Any]]:
    """Every plate as rows of wells: what the reader saw, and what the well holds where it is laid out."""
    held = {well: line for line in lines_of(latest.layout) for well in line.wells} if latest else {}
    return [
        {
            "title": f"{read['plate']} · {read['label']}",
            "columns": range(1, read["columns"] + 1),
            "rows": [
                _row(read, letter, held if _is_of(latest, read) else {}) for letter in LETTERS[: read["rows"]]
            ],
        }
        for read in plate_actions.raw_reads(reading)
    ]


def _is_of(latest: PlateCurve | None, read: dict[str, Any]) -> bool:
    return latest is not None and (latest.plate, latest.read) == (read["plate"], read["label"])


def _row(read: dict[str, Any], letter: str, held: dict[str, Line]) -> dict[str, Any]:
    cells = []
    for column in range(1, read["columns"] + 1):
        well = f"{letter}{column}"
        line, text = held.get(well), read["texts"].get(well, "")
        value = read["wells"].get(well)
        cells.append(
            {
                "well": well,
                "shown": text or ("" if value is None else f"{value:.4g}"),
                "is_text": bool(text),
                "kind": ROLE_CLASSES.get(line.role, "left-out") if line else "",
                "words": line.words.rpartition(":")[0] if line else "",
            }
        )
    return {"letter": letter, "cells": cells}
