"""The page of a blot: its image with lanes, ladder and markers over it."""

import struct
from base64 import b64encode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts import roles
from audit.refusal import ActionRefused
from batches.characterization import actions
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay, details_of
from batches.characterization.pictured import runs_backwards
from batches.characterization.techniques import assay_sheet
from batches.pictures import files
from batches.pictures.gel import Gel, gel_picture
from batches.record.pages import require_entry
from batches.record.previews import preview_of
from batches.record.sheets import Sheet
from batches.record.views import get_batch


def gel_page(request: HttpRequest, number: str, assay_number: int) -> HttpResponse:
    """A western blot's image with lane boxes, ladder and markers; as a file too."""
    batch = get_batch(number)
    blots = Assay.objects.with_details().filter(technique=Technique.WESTERN_BLOT)
    assay = get_object_or_404(blots, batch=batch, number=assay_number)
    assay.batch = batch
    sheet = assay_sheet(assay)
    if request.method == "POST":
        require_entry(request)
        return _keep_boxes(request, sheet)
    kind = files.wanted(request)
    figure = _figure(sheet, is_file=bool(kind))
    if kind and figure.picture:
        return files.download(figure, kind, by=request.user)
    return _show(request, sheet, figure)


def _keep_boxes(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """Keep the boxes that are suggested."""
    try:
        boxed = actions.keep_equal_boxes(sheet=sheet, by=request.user)
    except ActionRefused as refusal:
        return _show(request, sheet, _figure(sheet), refusal=refusal, status=409)
    messages.success(request, f"{len(boxed)} boxes kept. Correct single ones on the assay's page.")
    return redirect("gel", sheet.batch.number, sheet.subject.number)


def _figure(sheet: Sheet, *, is_file: bool = False) -> files.Figure:
    """The picture; a file holds the image itself, the page only its address."""
    gel, image = Gel.of(sheet.details), sheet.details.image
    picture = SafeString("")
    try:
        png = preview_of(image) if image else b""
    except Http404:
        png = b""
    if png:
        held = f"data:image/png;base64,{b64encode(png).decode()}"
        href = held if is_file else reverse("file_preview", args=[image.pk])
        picture = gel_picture(gel, size_of(png), href)
    name = f"{sheet.batch.number}-assay-{sheet.subject.number}-gel"
    return files.Figure(name, f"{sheet.subject}, {sheet.batch.number}", sheet.subject, picture, gel.table)


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height (px) as the head of a PNG tells them."""
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _show(
    request: HttpRequest,
    sheet: Sheet,
    figure: files.Figure,
    *,
    refusal: ActionRefused | None = None,
    status: int = 200,
) -> HttpResponse:
    blot = details_of(sheet.subject)
    gel = Gel.of(blot)
    context = {
        "batch": sheet.batch,
        "assay": sheet.subject,
        "sheet": sheet,
        "blot": blot,
        "gel": gel,
        "figure": figure,
        "is_backwards": runs_backwards(gel.rungs),
        "can_edit": sheet.is_editable and request.user.may(roles.ENTER),
        "refusal": refusal,
        "section": "batches",
    }
    return render(request, "batches/pictures/gel.html", context, status=status)
