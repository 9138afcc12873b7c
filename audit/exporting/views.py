"""The trail as a file, over HTTP. Who may take it away is decided where the addresses are (accounts)."""

import threading
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET
from xlsxwriter.exceptions import XlsxWriterException

from audit.acting import keep_refusal
from audit.exporting import jobs, making, workbook
from audit.refusal import ActionRefused
from audit.trail.forms import TrailFilterForm
from audit.trail.views import read_trail

MOMENT_S = 1.0  # a workbook that is written within it is a plain download
CONTENT_TYPES = {
    making.CSV: "text/csv; charset=utf-8; header=present",
    making.JSON_LINES: "application/jsonl; charset=utf-8",
    making.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_GET
def export_trail(request: HttpRequest, form: str) -> HttpResponseBase:
    """The filtered trail as a file; its own entry is written before the first byte leaves."""
    filters = TrailFilterForm(request.GET)
    if not filters.is_valid():
        return _unreadable(request)
    made = making.Export(wanted=filters.filter(), form=form, by=request.user)
    response = StreamingHttpResponse(made, content_type=CONTENT_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def export_as_workbook(request: HttpRequest) -> HttpResponseBase:
    """The filtered trail as XLSX: the file itself where it is written in a moment, else its progress."""
    filters = TrailFilterForm(request.GET)
    if not filters.is_valid():
        return _unreadable(request)
    try:
        jobs.demand_room(", or take CSV, which leaves at once")
        job, thread = _start(making.Export(wanted=filters.filter(), form=making.XLSX, by=request.user))
    except ActionRefused as refusal:
        keep_refusal(refusal, by=request.user)
        raise
    thread.join(MOMENT_S)
    if not thread.is_alive():
        return fetch_file(request, job.number)
    return redirect("trail_export_progress", job.number)


def _start(made: making.Export) -> tuple[jobs.Job, threading.Thread]:
    """Begin to write the workbook of an export whose entry is written."""
    job = jobs.Job(made.entry.pk, made.by.pk, made.filename, made.count)

    def write(path: Path, tell: jobs.Tell) -> None:
        try:
            with path.open("xb") as file:
                workbook.write(made, file, tell)
        except XlsxWriterException as error:
            raise jobs.NotWritten(str(error)) from error

    try:
        return job, jobs.start(job, write)
    except ActionRefused:
        made.close()
        raise


@require_GET
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """How far a file is, as a page that asks again by itself; then the way to the file."""
    template = "audit/_export_progress.html" if request.headers.get("HX-Request") else "audit/export.html"
    response = render(request, template, {"job": _job(request, number)})
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def fetch_file(request: HttpRequest, number: int) -> HttpResponseBase:
    """The finished file, for the person who asked for it."""
    job = _job(request, number)
    if job.state != jobs.READY:
        return redirect("trail_export_progress", number)
    response = FileResponse(
        job.path.open("rb"),
        as_attachment=True,
        filename=job.filename,
        content_type=CONTENT_TYPES[making.XLSX],
    )
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def size_of_export(request: HttpRequest) -> HttpResponse:
    """How many entries and lines an export with these filters would hold."""
    filters = TrailFilterForm(request.GET)
    if not filters.is_valid():
        return _unreadable(request)
    entries, lines = making.size(filters.filter())
    context: dict[str, Any] = {"entries": entries, "lines": lines, "query": request.GET.urlencode()}
    template = "audit/_export_size.html" if request.headers.get("HX-Request") else "audit/export_size.html"
    return render(request, template, context)


def _job(request: HttpRequest, number: int) -> jobs.Job:
    job = jobs.of(number, request.user.pk)
    if job is None:
        raise Http404("There is no such file of yours. Files are kept for a day: export again.")
    return job


def _unreadable(request: HttpRequest) -> HttpResponse:
    """The trail's page, which says what is wrong with the filters."""
    response = read_trail(request)
    response.status_code = 400
    return response
