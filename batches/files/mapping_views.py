"""The page on which a person says what the columns of a table hold: table, columns, preview, confirm."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from accounts import roles
from audit.refusal import ActionRefused
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay
from batches.files.mapping_actions import Choice, import_rows
from batches.files.models import ColumnMapping
from batches.files.proposals import SAMPLES
from batches.files.techniques import fields_of, techniques
from batches.instruments import Unreadable
from batches.instruments.apart import READERS
from batches.instruments.detect import IMAGE_CAP_BYTES
from batches.instruments.mapping import (
    Column,
    Field,
    MappedRow,
    find_header,
    header_of,
    mapped_rows,
    proposed_decimal,
    proposed_header,
)
from batches.instruments.tables import Row
from batches.record import files
from batches.record.attaching import limits
from batches.record.models import Attachment
from batches.record.pages import require_entry

PAGE = "batches/files/columns.html"
HEAD_ROWS = 40
HEAD_COLUMNS = 60


def file_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Map the columns of a table. Nothing is taken from it before the last step is confirmed."""
    attachment = get_object_or_404(Attachment.objects.select_related("batch"), pk=pk)
    context = {
        "file": attachment,
        "batch": attachment.batch,
        "can_edit": attachment.batch.is_editable and request.user.may(roles.ENTER),
        "section": "batches",
    }
    try:
        sheets, warnings = _table(attachment)
    except Unreadable as refusal:
        return render(request, PAGE, {**context, "refusal": str(refusal)}, status=422)
    context |= {"sheets": list(sheets), "warnings": warnings}
    if request.method != "POST" and "mapping" not in request.GET:
        return render(request, PAGE, {**context, **_first(request.GET, sheets)})
    try:
        return _after_choice(request, attachment, sheets, context)
    except (ActionRefused, Unreadable) as refusal:
        back = {**context, **_first(request.POST or request.GET, sheets), "refusal": str(refusal)}
        return render(request, PAGE, back, status=409)


def _table(attachment: Attachment) -> tuple[dict[str, list[Row]], list[str]]:
    if attachment.size_bytes > IMAGE_CAP_BYTES:
        raise Unreadable("This file is too large for a table.")
    with files.open_original(attachment) as file:
        found = READERS.table(file, limits())
    return found["sheets"], found["warnings"]


def _first(sent: QueryDict, sheets: dict[str, list[Row]]) -> dict[str, Any]:
    """The first two steps: which technique, sheet, header row and decimal sign; then what each column is."""
    sheet = sent.get("sheet", "") if sent.get("sheet", "") in sheets else next(iter(sheets))
    rows = sheets[sheet]
    header_at = _whole(sent.get("header", ""), len(rows))
    at = proposed_header(rows) if header_at is None else header_at
    decimal = sent.get("decimal") if sent.get("decimal") in (".", ",") else proposed_decimal(rows, at)
    technique = sent.get("technique", "")
    shown = {
        "sheet": sheet,
        "head": _head(rows[:HEAD_ROWS]),
        "header_at": at,
        "decimal": decimal,
        "techniques": techniques(),
        "technique": technique,
        "saved": _saved(rows),
    }
    if header_at is not None and technique in techniques():
        shown |= {
            "step": "columns",
            "titles": _titled(header_of(rows[at])),
            "fields": [(one, sent.get(f"column-{one.name}", "")) for one in fields_of(technique)],
            "samples": [(code.value, code.label) for code in SAMPLES],
            "name": sent.get("name", ""),
            "instrument": sent.get("instrument", ""),
        }
    return shown


def _whole(text: str, below: int) -> int | None:
    found = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else below
    return found if found < below else None


def _head(rows: list[list[str]]) -> list[tuple[int, list[str]]]:
    """The first rows with their numbers, all of the same length."""
    width = min(HEAD_COLUMNS, max(map(len, rows), default=0))
    return [(number, [*row, *[""] * width][:width]) for number, row in enumerate(rows)]


def _titled(header: list[str]) -> list[tuple[str, str]]:
    """Each column as the page sends it back (`nth:title`) and as people read it."""
    seen: dict[str, int] = {}
    titles = []
    for title in header:
        nth = seen.get(title, 0)
        seen[title] = nth + 1
        if title:
            titles.append((f"{nth}:{title}", title if not nth else f"{title} (again, {nth + 1})"))
    return titles


def _saved(rows: list[Row]) -> list[tuple[ColumnMapping, bool]]:
    """The last version of every saved mapping, with whether its header stands in this table."""
    last: dict[str, ColumnMapping] = {}
    for one in ColumnMapping.objects.order_by("name", "-version")[:200]:
        last.setdefault(one.name, one)
    fits = [(one, find_header(rows, one.header) is not None) for one in last.values()]
    return sorted(fits, key=lambda pair: not pair[1])


def _after_choice(
    request: HttpRequest, attachment: Attachment, sheets: dict[str, list[Row]], context: dict[str, Any]
) -> HttpResponse:
    """Preview what would be taken, or take what was confirmed."""
    choice, sheet, name, instrument = _chosen(request, sheets)
    rows = sheets[sheet]
    at = find_header(rows, choice.header)
    if at is None:
        raise ActionRefused(
            "The header of this table is not the one of the mapping: choose its columns again."
        )
    fields = fields_of(choice.technique)
    found = mapped_rows(rows, at, choice.columns, fields, choice.decimal)
    if "confirm" in request.POST:
        require_entry(request)
        made = _import(request, attachment, choice, name, instrument, found)
        messages.success(request, f"{len(made)} taken from {attachment.name}: {', '.join(map(str, made))}.")
        return redirect("batch_files", attachment.batch.number)
    mapped = [one for one in fields if one.name in choice.columns]
    shown = {
        "step": "preview",
        "sheet": sheet,
        "choice": choice,
        "header_at": at,
        "mapped": [(one, choice.columns[one.name]) for one in mapped],
        "rows": [_cells(row, mapped) for row in found],
        "samples": [(code.value, code.label) for code in SAMPLES],
        "name": name,
        "instrument": instrument,
        "technique_label": Technique(choice.technique).label,
    }
    return render(request, PAGE, {**context, **shown})


def _cells(row: MappedRow, mapped: list[Field]) -> dict[str, Any]:
    cells = [(row.values.get(one.name), row.sources.get(one.name, ""), one.unit) for one in mapped]
    return {"row": row.row, "cells": cells, "errors": row.errors}


def _chosen(request: HttpRequest, sheets: dict[str, list[Row]]) -> tuple[Choice, str, str, str]:
    """What was sent: a saved mapping, or columns chosen on the page."""
    sent = request.POST or request.GET
    sheet = sent.get("sheet", "") if sent.get("sheet", "") in sheets else next(iter(sheets))
    if sent.get("mapping", "").isdecimal():
        saved = get_object_or_404(ColumnMapping, pk=sent["mapping"])
        fitting = [name for name, rows in sheets.items() if find_header(rows, saved.header) is not None]
        return Choice.of(saved), fitting[0] if fitting else sheet, saved.name, saved.instrument
    at = _whole(sent.get("header", ""), len(sheets[sheet]))
    technique = sent.get("technique", "")
    if at is None or technique not in techniques():
        raise ActionRefused("Choose the technique and the header row first.")
    choice = Choice(
        technique,
        header_of(sheets[sheet][at]),
        _columns(sent, technique),
        "," if sent.get("decimal") == "," else ".",
        sent.get("is_undiluted") == "yes",
    )
    if not choice.columns:
        raise ActionRefused("Map at least one column.")
    return choice, sheet, sent.get("name", "")[:60], sent.get("instrument", "")[:80]


def _columns(sent: QueryDict, technique: str) -> dict[str, Column]:
    columns = {}
    for field in fields_of(technique):
        nth, colon, title = sent.get(f"column-{field.name}", "").partition(":")
        if not colon or not nth.isdecimal():
            continue
        unit = sent.get(f"unit-{field.name}", "")
        if unit not in field.units:
            raise ActionRefused(f"Choose the unit of the column '{title}'.")
        columns[field.name] = Column(title, int(nth), unit)
    return columns


def _import(
    request: HttpRequest,
    attachment: Attachment,
    choice: Choice,
    name: str,
    instrument: str,
    found: list[MappedRow],
) -> list[Assay]:
    wanted = set(request.POST.getlist("row"))
    sample = request.POST.get("sample", "")
    if sample not in SAMPLES:
        raise ActionRefused("Choose the sample.")
    return import_rows(
        attachment=attachment,
        choice=choice,
        name=name,
        instrument=instrument,
        rows=[row for row in found if str(row.row) in wanted],
        sample=sample,
        by=request.user,
    )
