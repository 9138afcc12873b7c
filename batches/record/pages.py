"""The page of a sheet: shown in sections, saved field by field, and its deliberate acts."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import roles
from accounts.forms import ReasonFields
from audit.acting import keep_refusal, require_role
from audit.refusal import ActionRefused, Reason, RoleRefused
from batches.record.calculating import calculator_page
from batches.record.row_pages import rows_of, take_row
from batches.record.sheets import NotFinished, Sheet, problems_of
from batches.record.value_views import computed_of, take_value, views_of

Act = Callable[[HttpRequest, Sheet], str]


def sheet_page(
    request: HttpRequest, sheet: Sheet, template: str, acts: dict[str, Act], **context: Any
) -> HttpResponse:
    """Show a sheet, or take what was sent to it: one value, one row, or one of its acts."""
    if request.method == "POST":
        require_entry(request)
        if "calculate" in request.POST:
            return calculator_page(request, sheet)
        if "field" in request.POST:
            return take_value(request, sheet)
        if "row" in request.POST:
            return take_row(request, sheet, lambda **more: show(request, sheet, template, **context, **more))
        chosen = next((name for name in acts if name in request.POST), "")
        if chosen:
            return carry_out(request, sheet, template, acts[chosen], **context)
    elif "calculate" in request.GET:
        return calculator_page(request, sheet)
    return show(request, sheet, template, **context)


def require_entry(request: HttpRequest) -> None:
    """Refuse people who read only, and keep the refusal."""
    try:
        require_role(request.user, roles.ENTER, "enter_values")
    except RoleRefused as refusal:
        keep_refusal(refusal, by=request.user)
        raise


def carry_out(request: HttpRequest, sheet: Sheet, template: str, act: Act, **context: Any) -> HttpResponse:
    """Do it and come back; a refusal stands on the page, with everything that is still missing."""
    try:
        words = act(request, sheet)
    except NotFinished as refusal:
        return show(request, sheet, template, status=409, problems=refusal.problems, **context)
    except ActionRefused as refusal:
        return show(request, sheet, template, status=409, refusal=refusal, **context)
    messages.success(request, words)
    return redirect(sheet.url)


def show(
    request: HttpRequest, sheet: Sheet, template: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """The page itself."""
    can_edit = sheet.is_editable and request.user.may(roles.ENTER)
    shown = {
        "sheet": sheet,
        "batch": sheet.batch,
        "sections": views_of(sheet, can_edit=can_edit),
        "can_edit": can_edit,
        "computed": computed_of(sheet),
        "still_missing": problems_of(sheet) if can_edit else [],
        "void_form": ReasonFields(prefix="void"),
        "rows": rows_of(sheet, can_edit=can_edit, redo=context.get("redo")),
        "section": "batches",
    }
    return render(request, template, {**shown, **context}, status=status)


def reason_of(request: HttpRequest, prefix: str = "void") -> Reason:
    """The reason sent with an act. Raises ReasonMissing where there is none."""
    sent = request.POST
    return Reason(sent.get(f"{prefix}-reason_category", ""), sent.get(f"{prefix}-reason_words", ""))
