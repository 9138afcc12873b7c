"""Several files at once on a batch, and the versions of what readers made of one file."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import roles
from accounts.forms import ReasonFields
from audit.refusal import ActionRefused
from batches.characterization import taking
from batches.characterization.models import Assay
from batches.characterization.techniques import TECHNIQUES, assay_sheet
from batches.files import actions
from batches.files.actions import Place
from batches.files.again import last_reading, last_readings, outcome_again, part_of
from batches.files.models import DroppedFile
from batches.files.proposals import BESIDE, KEEP, PARTS, files_of, place_of, waiting_of
from batches.files.showing import csv_of, differences, facts_of
from batches.record.attaching import Outcome, outcome_of
from batches.record.models import Attachment, Batch, Reading
from batches.record.pages import reason_of, require_entry
from batches.record.views import get_batch

PAGE = "batches/files/files.html"


def batch_files(request: HttpRequest, number: str) -> HttpResponse:
    """Every file of a batch; those that wait are placed here, one by one or all together."""
    batch = get_batch(number)
    if request.method != "POST":
        return _show(request, batch)
    require_entry(request)
    try:
        if "upload" in request.POST:
            _drop(request, batch)
            if request.headers.get("x-requested-with") == "XMLHttpRequest":
                return HttpResponse(status=204)  # the page that follows the last file tells about them all
        elif request.POST.get("read", "").isdecimal():
            _read_now(request, batch, int(request.POST["read"]))
        else:
            refused = _confirm(request, batch)
            if refused:
                return _show(request, batch, refused=refused, status=409)
    except ActionRefused as refusal:
        return _show(request, batch, refusal=refusal, status=409)
    return redirect("batch_files", number)


def _show(request: HttpRequest, batch: Batch, *, status: int = 200, **context: Any) -> HttpResponse:
    assays = list(Assay.objects.filter(batch=batch).with_details())
    waiting = waiting_of(batch, assays)
    for one in waiting:
        one.refused = context.get("refused", {}).get(one.dropped.pk, "")
        one.chosen = request.POST.get(f"place-{one.dropped.pk}", one.chosen)
    shown = {
        "batch": batch,
        "waiting": waiting,
        "files": files_of(batch),
        "can_edit": batch.is_editable and request.user.may(roles.ENTER),
        "section": "batches",
        **context,
    }
    return render(request, PAGE, shown, status=status)


def _drop(request: HttpRequest, batch: Batch) -> None:
    """Store everything first, then let the readers look at one after the other."""
    uploads = request.FILES.getlist("files")
    if not uploads:
        raise ActionRefused("Choose at least one file.")
    for one in actions.drop_files(batch=batch, uploads=uploads, by=request.user):
        _read(request, one)


def _read(request: HttpRequest, dropped: DroppedFile, videos: list[str] | None = None) -> None:
    file, outcome = dropped.attachment, _outcome(dropped, videos)
    read = actions.read_dropped(dropped=dropped, outcome=outcome, by=request.user, videos=videos)
    if read.refused and not read.videos:
        messages.warning(request, f"{file.name} is stored as an attachment. {read.refused}")


def _outcome(dropped: DroppedFile, videos: list[str] | None) -> Outcome:
    file = dropped.attachment
    return outcome_of(file.sha256, file.size_bytes, file.name, videos)


def _waiting_on(batch: Batch) -> dict[int, DroppedFile]:
    rows = DroppedFile.objects.filter(attachment__batch=batch, state=DroppedFile.State.WAITING)
    return {one.pk: one for one in rows.select_related("attachment__batch")}


def _read_now(request: HttpRequest, batch: Batch, pk: int) -> None:
    dropped = _waiting_on(batch).get(pk)
    if dropped is None:
        raise ActionRefused("This file was settled in the meantime; load the page again.")
    chosen = request.POST.getlist(f"videos-{pk}") or None
    if dropped.samples:
        outcomes = {name: _outcome(dropped, [name]) for name in chosen or ()}
        actions.read_samples(dropped=dropped, outcomes=outcomes, by=request.user)
    else:
        _read(request, dropped, chosen)


def _confirm(request: HttpRequest, batch: Batch) -> dict[int, str]:
    """Place what was confirmed, file by file. Returns the refusals; the others are done all the same."""
    chosen, refused = request.POST.get("confirm", ""), {}
    for dropped, value in _confirmed(request, batch, chosen):
        pk = dropped.pk
        try:
            messages.success(request, _placed(request, dropped, value))
        except ActionRefused as refusal:
            refused[pk] = str(refusal)
    return refused


def _confirmed(request: HttpRequest, batch: Batch, chosen: str) -> list[tuple[DroppedFile, str]]:
    """The files to place with where they go; those that stand beside another after that one."""
    found = []
    for pk, dropped in _waiting_on(batch).items():
        if chosen not in ("all", str(pk)):
            continue
        # One that was not read has no place to choose, and is kept only where it is named.
        is_parted = any(value for name, value in request.POST.items() if name.startswith(f"part-{pk}-"))
        value = request.POST.get(f"place-{pk}", PARTS if is_parted else KEEP if chosen == str(pk) else "")
        if value:
            found.append((dropped, value))
    return sorted(found, key=lambda pair: pair[1].startswith(BESIDE))


def _parts(request: HttpRequest, dropped: DroppedFile) -> dict[int, Place]:
    """Where each sample of a file goes, by the key of its reading; those that go nowhere left out."""
    start, places = f"part-{dropped.pk}-", {}
    for name, value in request.POST.items():
        pk = name.removeprefix(start)
        if name.startswith(start) and pk.isdecimal() and value:
            if (place := place_of(value)) is None:
                raise ActionRefused("Choose where each sample belongs.")
            places[int(pk)] = place
    return places


def _placed(request: HttpRequest, dropped: DroppedFile, value: str) -> str:
    if value == PARTS:
        assays = actions.place_samples(dropped=dropped, places=_parts(request, dropped), by=request.user)
        return f"{dropped} is on {', '.join(map(str, assays))}."
    if value == KEEP:
        actions.keep_file(dropped=dropped, by=request.user)
        return f"{dropped} is kept as an attachment."
    place = place_of(value, request.POST.get(f"view-{dropped.pk}", ""))
    if place is None:
        raise ActionRefused("Choose where this file belongs.")
    assay = actions.place_file(dropped=dropped, place=place, by=request.user)
    return f"{dropped} is on {assay}."


# --- versions of a reading ------------------------------------------------------------------------


def file_versions(request: HttpRequest, pk: int) -> HttpResponse:
    """What each version of a reader made of a file, and how they differ."""
    # Rows of a mapped table are readings side by side, not versions of one.
    readings = Prefetch("readings", Reading.objects.exclude(technique="TABLE").order_by("pk"))
    found = Attachment.objects.select_related("batch", "uploaded_by").prefetch_related(readings)
    attachment = get_object_or_404(found, pk=pk)
    if request.method != "POST":
        return _show_versions(request, attachment)
    require_entry(request)
    try:
        messages.success(request, _again(request, attachment))
    except ActionRefused as refusal:
        return _show_versions(request, attachment, refusal=refusal, status=409)
    return redirect("file_versions", pk)


def file_values(request: HttpRequest, pk: int) -> HttpResponse:
    """What was read from a file as CSV."""
    attachment = get_object_or_404(Attachment, pk=pk)
    readings = list(attachment.readings.defer("curves").order_by("pk"))
    response = HttpResponse(csv_of(readings), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="readings-of-file-{pk}.csv"'
    return response


def _again(request: HttpRequest, attachment: Attachment) -> str:
    reason = reason_of(request, "again")
    if not request.POST.get("take"):
        made = _read_again(attachment, reason, request)
        return f"Read by {made.reader} {made.reader_version}. No value was changed by it."
    assay = next((one for one in _resting_on(attachment) if str(one.pk) == request.POST["take"]), None)
    rests_on = taking.reading_of(assay) if assay is not None else None
    version = last_reading(attachment, part_of(rests_on)) if rests_on is not None else None
    if version is None or assay is None:
        raise ActionRefused("This assay does not rest on the file any more; load the page again.")
    actions.take_version(sheet=assay_sheet(assay), version=version, by=request.user, reason=reason)
    return f"{assay} has the values of the last reading now."


def _read_again(attachment: Attachment, reason: Any, request: HttpRequest) -> Reading:
    """Let the readers look again at each sample that was read. Refused where nothing is new in any."""
    made, refused = [], None
    versions: list[Reading | None] = [*last_readings(attachment)]
    for last in versions or [None]:
        outcome = outcome_again(attachment, last)
        try:
            made.append(
                actions.reread(attachment=attachment, outcome=outcome, by=request.user, reason=reason)
            )
        except ActionRefused as refusal:
            refused = refusal
    if not made:
        raise refused or ActionRefused("Nothing was read again.")
    return made[-1]


def _resting_on(attachment: Attachment) -> list[Assay]:
    """Assays whose values come from a reading of this file."""
    assays = Assay.objects.filter(batch=attachment.batch).standing().with_details()
    found = []
    for assay in assays:
        details = TECHNIQUES[assay.technique].details
        reading = taking.reading_of(assay) if details is not None else None
        if reading is not None and reading.attachment_id == attachment.pk:
            found.append(assay)
    return found


def _newest(attachment: Attachment, now: Reading | None) -> Reading | None:
    """The reading that would take the place of the one that an assay rests on."""
    return last_reading(attachment, part_of(now)) if now is not None else None


def _differences(readings: list[Reading]) -> list[tuple[str, str, str]] | None:
    """How the last reading differs from the one before it of the same sample; None where there is none."""
    same = [one for one in readings if part_of(one) == part_of(readings[-1])]
    return differences(same[-2], same[-1]) if len(same) > 1 else None


def _show_versions(
    request: HttpRequest, attachment: Attachment, *, status: int = 200, **context: Any
) -> HttpResponse:
    readings = list(attachment.readings.all())
    pairs = [(one, taking.reading_of(one)) for one in _resting_on(attachment)]
    found = _differences(readings)
    shown = {
        "file": attachment,
        "batch": attachment.batch,
        "readings": readings,
        "facts": facts_of(readings[-1].values) if readings else [],
        "differences": found or [],
        "is_as_before": found == [],
        "resting": [(one, now, _newest(attachment, now)) for one, now in pairs],
        "can_edit": attachment.batch.is_editable and request.user.may(roles.ENTER),
        "reason_form": ReasonFields(prefix="again"),
        "section": "batches",
        **context,
    }
    return render(request, "batches/files/versions.html", shown, status=status)
