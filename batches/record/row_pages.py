"""Rows on a sheet's page: lanes, markers, fractions, micrographs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.forms import ReasonFields
from audit.models import TrackedModel
from audit.refusal import ActionRefused, Reason, ReasonMissing, ValueRefused
from audit.words import capital
from batches.record import values
from batches.record.sheets import RowKind, Sheet
from batches.record.value_forms import form_field

ROW_ACTS: dict[str, Callable[..., Any]] = {}


@dataclass(frozen=True)
class ShownRow:
    """A row as the page shows it: its cells, and the form that corrects it."""

    row: Any
    cells: list[tuple[str, Any, str]]
    form: Any
    void_form: Any


@dataclass(frozen=True)
class ShownRows:
    """All rows of one kind, with the form that adds another."""

    kind: RowKind
    rows: list[ShownRow]
    voided: list[Any]
    add_form: Any
    can_edit: bool
    open_add: bool


def row_form(
    kind: RowKind,
    data: Any = None,
    *,
    row: TrackedModel | None = None,
    files: Any = None,
    sheet: Sheet | None = None,
) -> forms.ModelForm:
    """The form of a row; micrographs bring their file with them."""
    made = forms.modelform_factory(kind.model, fields=kind.fields, formfield_callback=form_field)
    instance = row or kind.model(**({kind.parent: sheet.details} if sheet else {}))
    form = made(data, files, instance=instance, prefix=kind.code if row is None else f"{kind.code}-{row.pk}")
    if kind.takes_file and row is None:
        form.fields["file"] = forms.FileField(label="File", allow_empty_file=True)
        form.order_fields(["file", *kind.fields])
    return form


def rows_of(sheet: Sheet, *, can_edit: bool, redo: Any = None) -> list[ShownRows]:
    """Every kind of rows on the sheet; `redo` is a form that was refused and keeps what was typed."""
    return [_shown(sheet, kind, can_edit, redo) for kind in sheet.kind.rows]


def _shown(sheet: Sheet, kind: RowKind, can_edit: bool, redo: Any) -> ShownRows:
    every = list(getattr(sheet.details, kind.related).all())
    if kind.entered_at:
        told = [_shown_row(kind, row, False, None) for row in every if not row.is_voided]
        return ShownRows(kind, told, [row for row in every if row.is_voided], None, False, False)
    blank = row_form(kind, sheet=sheet)
    add_form = redo if redo is not None and redo.prefix == blank.prefix else blank
    rows = [_shown_row(kind, row, can_edit, redo) for row in every if not row.is_voided]
    return ShownRows(
        kind, rows, [row for row in every if row.is_voided], add_form, can_edit, add_form is redo
    )


def _shown_row(kind: RowKind, row: Any, can_edit: bool, redo: Any) -> ShownRow:
    cells = []
    for name in kind.fields:
        field = row._meta.get_field(name)
        value = getattr(row, f"get_{name}_display")() if field.choices else getattr(row, name)
        cells.append((capital(str(field.verbose_name)), value, getattr(field, "unit", "")))
    if not can_edit:
        return ShownRow(row, cells, None, None)
    form = row_form(kind, row=row)
    form = redo if redo is not None and redo.prefix == form.prefix else form
    return ShownRow(row, cells, form, ReasonFields(prefix=f"why-{kind.code}-{row.pk}"))


def take_row(request: HttpRequest, sheet: Sheet, show: Callable[..., HttpResponse]) -> HttpResponse:
    """Add, correct or void a row, as the page asked."""
    kinds = (kind for kind in sheet.kind.rows if not kind.entered_at)
    kind = next((kind for kind in kinds if kind.code == request.POST["row"]), None)
    if kind is None:
        raise ActionRefused("There are no such rows on this page; load it again.")
    if not request.POST.get("pk"):
        return _add(request, sheet, kind, show)
    row = getattr(sheet.details, kind.related).filter(pk=request.POST["pk"], is_voided=False).first()
    if row is None:
        raise ActionRefused("This row was voided in the meantime; load the page again.")
    return (_void if "void_row" in request.POST else _correct)(request, sheet, kind, row, show)


def _add(
    request: HttpRequest, sheet: Sheet, kind: RowKind, show: Callable[..., HttpResponse]
) -> HttpResponse:
    form = row_form(kind, request.POST, files=request.FILES, sheet=sheet)
    if not form.is_valid():
        return show(status=400, redo=form)
    cleaned = {name: form.cleaned_data[name] for name in kind.fields}
    try:
        if kind.takes_file:
            words = ROW_ACTS[kind.code](sheet, form.cleaned_data["file"], cleaned, request.user)
        else:
            row = values.add_row(sheet=sheet, kind=kind, values=cleaned, by=request.user)
            words = f"{row} added.".capitalize()
    except ActionRefused as refusal:
        return _again(form, refusal, show)
    messages.info(request, words)
    return redirect(f"{sheet.url}#rows-{kind.code}")


def _correct(
    request: HttpRequest, sheet: Sheet, kind: RowKind, row: Any, show: Callable[..., HttpResponse]
) -> HttpResponse:
    seen = int(request.POST.get("revision") or 0)
    form = row_form(kind, request.POST, row=row)
    if not form.is_valid():
        return show(status=400, redo=form)
    cleaned = {name: form.cleaned_data[name] for name in kind.fields}
    try:
        values.correct_row(
            sheet=sheet,
            row=row,
            values=cleaned,
            seen_revision=seen,
            by=request.user,
            reason=_reason(request, kind, row),
        )
    except ActionRefused as refusal:
        return _again(form, refusal, show)
    messages.success(request, "Corrected.")
    return redirect(f"{sheet.url}#rows-{kind.code}")


def _void(
    request: HttpRequest, sheet: Sheet, kind: RowKind, row: Any, show: Callable[..., HttpResponse]
) -> HttpResponse:
    reason = _reason(request, kind, row)
    if reason is None:
        raise ReasonMissing("Say why this row is voided.")
    values.void_row(sheet=sheet, row=row, by=request.user, reason=reason)
    messages.success(request, "Voided. It stays readable in the trail.")
    return redirect(f"{sheet.url}#rows-{kind.code}")


def _reason(request: HttpRequest, kind: RowKind, row: Any) -> Reason | None:
    prefix = f"why-{kind.code}-{row.pk}"
    category = request.POST.get(f"{prefix}-reason_category", "")
    words = request.POST.get(f"{prefix}-reason_words", "")
    return Reason(category, words) if category or words else None


def _again(form: Any, refusal: ActionRefused, show: Callable[..., HttpResponse]) -> HttpResponse:
    """The page with the form as it was typed and the refusal on it."""
    field = refusal.field if isinstance(refusal, ValueRefused) and refusal.field in form.fields else None
    form.add_error(field, str(refusal))
    return show(status=409, redo=form)
