"""A step's page at the bench."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts import roles
from accounts.forms import ReasonFields
from accounts.gates import only
from audit.refusal import ActionRefused
from batches.isolation import actions
from batches.isolation.forms import AddStepForm
from batches.isolation.holds import Hold, holds_in
from batches.isolation.methods import planned_copy, step_sheet
from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan
from batches.materials.actions import choose_material
from batches.materials.chosen import ChosenMaterial, last_choices
from batches.materials.kinds import MaterialKind, kinds_for
from batches.materials.models import Material
from batches.record.models import Batch, FieldRemark
from batches.record.pages import reason_of, sheet_page
from batches.record.sheets import Sheet
from batches.record.views import get_batch


def step(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """One step: its values, and starting, finishing, checking, voiding it."""
    batch = get_batch(number)
    found = get_object_or_404(ProcessStep.objects.with_details(), batch=batch, position=position)
    found.batch = batch
    plan = Plan.of(batch.plan)
    sheet = step_sheet(found, plan).load_remarks(FieldRemark.objects.filter(batch=batch, is_withdrawn=False))
    choices = materials_for(sheet) if sheet.is_editable and request.user.may(roles.ENTER) else []
    # Functions are called where the template names them: saving one value needs neither.
    context = {
        "step": found,
        "choices": choices,
        "choose_form": ReasonFields(prefix="choose"),
        "chosen": lambda: _chosen(sheet),
        "plan": plan,
        "planned": planned_copy(found, plan),
        "steps": lambda: sorted(batch.steps.all(), key=actions.WORK_ORDER),
        "step_before": lambda: actions.step_before(found),
        "holds": lambda: _holds_around(found, batch, plan),
        "could_check": lambda: actions.could_check(request.user, sheet),
    }
    return sheet_page(request, sheet, "batches/isolation/step.html", ACTS, **context)


def _holds_around(step: ProcessStep, batch: Batch, plan: Plan) -> list[Hold]:
    """The waits before and after a step that the plan limits, those that run now too."""
    waits = holds_in(batch.steps.all(), plan, timezone.now() if batch.is_editable else None)
    return [one for one in waits if step in (one.step, one.following) or _waits_for(one, step)]


def _waits_for(hold: Hold, step: ProcessStep) -> bool:
    """Whether the step is to end a wait that still runs."""
    return (
        hold.following is None and step.status == ProcessStep.Status.PLANNED and not actions.step_before(step)
    )


def _start(request: HttpRequest, sheet: Sheet) -> str:
    actions.start_step(sheet=sheet, by=request.user)
    return f"{sheet.label} is running."


def _finish(request: HttpRequest, sheet: Sheet) -> str:
    actions.finish_step(sheet=sheet, by=request.user)
    return f"{sheet.label} is finished."


def _check(request: HttpRequest, sheet: Sheet) -> str:
    actions.check_step(sheet=sheet, by=request.user)
    return f"You checked {sheet.label.lower()}."


def _void(request: HttpRequest, sheet: Sheet) -> str:
    actions.void_step(sheet=sheet, by=request.user, reason=reason_of(request))
    return f"{sheet.label} is voided."


def _repeat(request: HttpRequest, sheet: Sheet) -> str:
    old = sheet.subject
    again = actions.add_step(
        batch=sheet.batch,
        name=f"{old.name} (again)"[:80],
        method=old.method,
        purpose=old.purpose,
        is_critical=old.is_critical,
        planned_position=old.planned_position,
        by=request.user,
    )
    return f"{again} was added at the end."


def _choose(request: HttpRequest, sheet: Sheet) -> str:
    kind = next((one for one in kinds_for(sheet) if one.code == request.POST["choose"]), None)
    pk = request.POST.get("material", "")
    found = kind.model._default_manager.filter(pk=pk).first() if kind and pk.isdecimal() else None
    if kind is None or found is None:
        raise ActionRefused("Choose one of the list.")
    sent = request.POST
    has_reason = sent.get("choose-reason_category") or sent.get("choose-reason_words")
    reason = reason_of(request, "choose") if has_reason else None
    choose_material(sheet=sheet, kind=kind, material=found, by=request.user, reason=reason)
    return f"The values of {found} are filled in. Look over them: they are your entries."


def materials_for(sheet: Sheet) -> list[tuple[MaterialKind, list[Material]]]:
    """What can be chosen on a sheet, by kind; one query for each."""
    return [(kind, list(kind.model._default_manager.in_use())) for kind in kinds_for(sheet)]


def _chosen(sheet: Sheet) -> list[ChosenMaterial]:
    """What the step took its values from; no query where nothing can be chosen."""
    return last_choices(sheet.subject.chosen_materials.all()) if kinds_for(sheet) else []


ACTS = {
    "choose": _choose,
    "start": _start,
    "finish": _finish,
    "check": _check,
    "void": _void,
    "repeat": _repeat,
}


@only(roles.ENTER)
def add_step(request: HttpRequest, number: str) -> HttpResponse:
    """Add a step that was not planned."""
    batch = get_batch(number)
    form = AddStepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = actions.add_step(batch=batch, **form.cleaned_data, by=request.user)
        except ActionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{added} was added.")
            return redirect("step", number, added.position)
    return render(
        request, "batches/isolation/add_step.html", {"form": form, "batch": batch, "section": "batches"}
    )
