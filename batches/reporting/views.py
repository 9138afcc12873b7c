"""Recovery and reporting of a batch, each a page of its own."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts import roles
from accounts.forms import ReasonFields
from accounts.gates import only
from audit.refusal import ActionRefused
from batches.pictures import files
from batches.record.models import Batch, FieldRemark
from batches.record.pages import reason_of, require_entry, show
from batches.record.value_views import take_value
from batches.record.views import get_batch
from batches.reporting import actions, doubts, evtrack, methods_text, sheet_files
from batches.reporting.balance import BatchBalance, StepBalance, balance_of
from batches.reporting.beside import beside
from batches.reporting.facts import facts_sheet
from batches.reporting.forms import DepositionForm
from batches.reporting.loading import read, read_whole
from batches.reporting.meters import Meters, meters_of
from batches.reporting.models import Deposition
from batches.reporting.waterfall import levels_of, waterfall
from batches.source.origins import lots_of

REPORTING = "batches/reporting/reporting.html"
RECOVERY_HEADING = (
    "Step", "Method", "Volume in (mL)", "Volume out (mL)", "Particles in", "Particles out", "Recovered (%)",
    "Protein in (µg)", "Protein out (µg)",
)  # fmt: skip


def recovery(request: HttpRequest, number: str) -> HttpResponse:
    """What became of particles, protein and volume, step by step, beside the last batches of the product."""
    batch = get_batch(number)
    is_log = request.GET.get("scale") == "log"
    found = _recovery(batch, is_log)
    kind = files.wanted(request)
    if kind and found["picture"]:
        return files.download(_recovery_figure(batch, found), kind, by=request.user)
    context = {"batch": batch, "section": "batches", "lots": lots_of([batch])[batch.pk], **found}
    context["asked"] = "&scale=log" if is_log else ""
    return render(request, "batches/reporting/recovery.html", context)


def _recovery_figure(batch: Batch, found: dict[str, Any]) -> files.Figure:
    title = f"Recovery of {batch.number}"
    rows = [RECOVERY_HEADING, *map(_balance_cells, found["balance"].steps)]
    return files.Figure(f"{batch.number}-recovery", title, batch, found["picture"], rows)


def _balance_cells(one: StepBalance) -> tuple[str, ...]:
    """A step's line of the table: what is not known stays empty."""
    volumes = (liquid.volume_ml.value if liquid.volume_ml else None for liquid in (one.into, one.out))
    known = (
        *volumes, one.into.particles, one.out.particles, one.recovery_percent, one.into.protein_ug,
        one.out.protein_ug,
    )  # fmt: skip
    told = ("" if value is None else f"{float(value):.6g}" for value in known)
    return (f"{one.step.position} {one.step.name}", one.step.get_method_display(), *told)


def _recovery(batch: Batch, is_log: bool) -> dict[str, Any]:
    balance: BatchBalance = balance_of(read([batch])[0])
    usual = beside(batch)
    return {
        "balance": balance,
        "overall": balance.overall,
        "is_log": is_log,
        "picture": waterfall(levels_of(balance, usual), is_log=is_log),
        "lines": [(one, usual.of(one)) for one in balance.steps],
        "usual": usual,
        "doubts": doubts.doubts_of(balance),
        "lacking": doubts.lacking_in(balance),
    }


def reporting(request: HttpRequest, number: str) -> HttpResponse:
    """How completely a batch is reported, with what is missing; its reporting facts are entered here."""
    batch = get_batch(number)
    if request.method == "POST" and "field" in request.POST:
        require_entry(request)
        batch.reportingfacts = actions.begin_facts(batch=batch, by=request.user)
        return take_value(request, _sheet(batch))
    return _show_reporting(request, batch)


def _sheet(batch: Batch) -> Any:
    return facts_sheet(batch).load_remarks(FieldRemark.objects.filter(batch=batch, is_withdrawn=False))


def _show_reporting(
    request: HttpRequest, batch: Batch, form: DepositionForm | None = None, status: int = 200
) -> HttpResponse:
    meters = _meters(batch)
    return show(
        request,
        _sheet(batch),
        REPORTING,
        status=status,
        meters=meters,
        lots=meters.made.lots,
        depositions=meters.made.depositions,
        form=form or DepositionForm(),
        withdraw_form=ReasonFields(prefix="withdraw"),
    )


def _meters(batch: Batch) -> Meters:
    return meters_of(read_whole([batch])[0])


def panel(request: HttpRequest, number: str) -> HttpResponse:
    """The meters alone, for the batch's page to show anew when somebody comes back to it."""
    batch = get_batch(number)
    return render(request, "batches/reporting/_panel.html", {"batch": batch, "meters": _meters(batch)})


def publication(request: HttpRequest, number: str) -> HttpResponse:
    """What a publication takes from the record: the EV-TRACK sheet and a methods paragraph."""
    batch = get_batch(number)
    meters = _meters(batch)
    lines, text = evtrack.lines_of(meters.made), methods_text.methods_of(meters.made)
    context = {
        "batch": batch,
        "section": "batches",
        "lots": meters.made.lots,
        "lines": lines,
        "may_take": request.user.may(roles.PRINT_PAPERS),
        "filled": sum(1 for line in lines if line.value),
        "text": text,
        "gaps": methods_text.gaps_in(text),
        "lacking": methods_text.lacking_sentence(meters.checklist),
    }
    return render(request, "batches/reporting/publication.html", context)


@require_POST
def ev_track_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The EV-TRACK sheet as CSV or XLSX; that it was taken is kept first."""
    batch = get_batch(number)
    file_format = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    lines = evtrack.lines_of(read_whole([batch])[0])
    actions.export_ev_track(batch=batch, file_format=file_format, by=request.user)
    data = sheet_files.as_csv(lines) if file_format == "csv" else sheet_files.as_xlsx(lines, batch.number)
    response = HttpResponse(data, content_type=sheet_files.TYPES[file_format])
    response["Content-Disposition"] = f'attachment; filename="{batch.number}-ev-track.{file_format}"'
    response["Cache-Control"] = "no-store"
    return response


@only(roles.ENTER)
@require_POST
def deposit(request: HttpRequest, number: str) -> HttpResponse:
    """Record where the batch was told of in public."""
    batch = get_batch(number)
    form = DepositionForm(request.POST)
    if not form.is_valid():
        return _show_reporting(request, batch, form, 400)
    try:
        deposition = actions.record_deposition(batch=batch, **form.cleaned_data, by=request.user)
    except ActionRefused as refusal:
        form.add_error("identifier", str(refusal))
        return _show_reporting(request, batch, form, 409)
    messages.success(request, f"{deposition} is recorded.")
    return redirect("reporting", number)


@only(roles.ENTER)
@require_POST
def withdraw(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Withdraw an identifier that was wrong."""
    deposition = get_object_or_404(Deposition.objects.select_related("batch"), pk=pk, batch__number=number)
    actions.withdraw_deposition(deposition=deposition, by=request.user, reason=reason_of(request, "withdraw"))
    messages.success(request, f"{deposition} is withdrawn. It stays readable in the trail.")
    return redirect("reporting", number)
