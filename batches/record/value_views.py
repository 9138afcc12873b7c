"""What a page shows of each value of a sheet, and how one value comes in."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from audit.acting import keep_refusal
from audit.canonical import decimal_text
from audit.models import Entry
from audit.refusal import ActionRefused, Reason, ReasonCategory, ReasonMissing, ValueRefused
from audit.words import capital
from batches.isolation.calculators import calculators_for
from batches.quantities import people_number, typed_form
from batches.record import values
from batches.record.calculating import sent_along
from batches.record.calculations import Calculation, calculations_of, words_of
from batches.record.models import FieldRemark
from batches.record.sheets import Sheet, ValuesMoved, needed_fields
from batches.record.value_forms import all_values_form, seen_value, values_form

# Earlier values that stand beside a field; the trail has all of them.
MOST_EARLIER = 5


@dataclass
class ValueView:
    """One field as templates/components/_value.html shows it."""

    name: str
    label: str
    unit: str
    bound: Any
    post_url: str
    can_edit: bool
    seen: str = ""
    limit_text: str = ""
    state: str = ""
    state_words: str = ""
    saved_at: datetime | None = None
    saved_by: str = ""
    needed: bool = False
    asks_reason: bool = False
    before: Any = None
    typed: Any = None
    earlier: list[dict[str, Any]] = field(default_factory=list)
    earlier_more: int = 0
    errors: list[str] = field(default_factory=list)
    na_reason: str = ""
    remark: str = ""
    advice: list[str] = field(default_factory=list)
    computed: str = ""
    conflict: dict[str, Any] | None = None
    deviation_url: str = ""
    no_na: bool = False
    has_calculator: bool = False
    calculated: str = ""
    calculation: str = ""  # sent along with a value that still needs its reason

    reason_categories = ReasonCategory.choices
    remark_categories = ReasonCategory.choices


@dataclass(frozen=True)
class Past:
    """Who last saved a field and what stood there before."""

    at: datetime
    who: str
    earlier: tuple[dict[str, Any], ...]


def past_of(sheet: Sheet) -> dict[str, Past]:
    """Last saving and earlier values of every field of a sheet, from its entries. One query."""
    rows = Q()
    for part in sheet.parts:
        rows |= Q(kind=part._meta.label_lower, object_id=part.pk)
    found: dict[str, Past] = {}
    earlier: dict[str, list[dict[str, Any]]] = defaultdict(list)
    entries = Entry.objects.filter(rows, action__in=["created", "changed"]).order_by("id")
    for at, who, body in entries.values_list("at", "actor_username", "body"):
        told = json.loads(body)
        for change in told["changes"]:
            name = change["field"]
            if change["old"] not in (None, ""):
                why = (told["reason"] or {}).get("words", "")
                old = change.get("old_text", change["old"])
                earlier[name].append({"old": old, "who": who, "when": at, "why": why})
            found[name] = Past(at, who, tuple(earlier[name]))
    return found


def views_of(sheet: Sheet, *, can_edit: bool) -> list[tuple[Any, list[ValueView]]]:
    """The sheet's sections with their fields, ready to show."""
    past, needed, computed = past_of(sheet), needed_fields(sheet), _calculations(sheet)
    # By identity: the row of a sheet that nobody began is not saved yet and has no key.
    forms = {id(part): all_values_form(part) for part in sheet.parts}
    advice = _advice(sheet)
    return [
        (
            section,
            [
                _with_calculation(
                    _view(sheet, name, forms[id(sheet.part_of(name))], past, needed, advice, can_edit),
                    sheet,
                    computed,
                )
                for name in section.fields
            ],
        )
        for section in sheet.kind.sections
    ]


def view_of(sheet: Sheet, name: str, form: Any, *, can_edit: bool) -> ValueView:
    """One field of a sheet, ready to show, with the form given (what was typed stays in it)."""
    view = _view(sheet, name, form, past_of(sheet), needed_fields(sheet), _advice(sheet), can_edit)
    return _with_calculation(view, sheet, _calculations(sheet))


def _calculations(sheet: Sheet) -> dict[str, Calculation]:
    """What values of the sheet were computed from; nothing is asked where no field has a calculator."""
    return calculations_of(sheet) if any(map(calculators_for, sheet.field_names())) else {}


def _with_calculation(view: ValueView, sheet: Sheet, computed: dict[str, Calculation]) -> ValueView:
    """The value with the calculator beside it, and what it was computed from."""
    view.has_calculator = view.can_edit and bool(calculators_for(view.name))
    if view.name in computed:
        view.calculated = words_of(computed[view.name], sheet)
    return view


def _view(
    sheet: Sheet, name: str, form: Any, past: dict[str, Past], needed: set[str], advice: Any, can_edit: bool
) -> ValueView:
    model_field, value = sheet.model_field(name), sheet.value(name)
    unit = getattr(model_field, "unit", "")
    view = ValueView(
        name=name,
        label=sheet.label_of(name),
        unit=unit,
        bound=form[name],
        post_url=sheet.url,
        can_edit=can_edit,
        seen=_as_sent(form, name, value),
        needed=name in needed,
        advice=advice[name],
        no_na=value not in (None, "") or name not in needed,
    )
    if name in past and value not in (None, ""):
        view.saved_at, view.saved_by = past[name].at, past[name].who
    earlier = past[name].earlier if name in past else ()
    view.earlier, view.earlier_more = list(earlier[-MOST_EARLIER:]), max(0, len(earlier) - MOST_EARLIER)
    if name in sheet.limits:
        view.limit_text = sheet.limits[name].words(unit)
    _judge(sheet, name, view)
    return view


def _judge(sheet: Sheet, name: str, view: ValueView) -> None:
    """State of a field against its limits and remarks."""
    view.state = {"outside": "out", "alert": "near"}.get(sheet.verdict(name), "")
    not_applicable = sheet.remark(name, FieldRemark.Kind.NOT_APPLICABLE)
    if not_applicable is not None:
        view.state, view.na_reason = "na", not_applicable.words
    explained = sheet.remark(name, FieldRemark.Kind.OUT_OF_LIMITS)
    view.remark = explained.words if explained is not None and view.state == "out" else ""
    if view.state == "out":
        view.deviation_url = f"/deviations/open/?{urlencode({'at': sheet.url, 'field': name})}"


def _as_sent(form: Any, name: str, value: Any) -> str:
    """The text that the page sends back as what it showed."""
    written = form.fields[name].widget.format_value(form.fields[name].prepare_value(value))
    if isinstance(written, list):
        written = written[0] if written else ""
    return "" if written is None else str(written)


def _advice(sheet: Sheet) -> dict[str, list[str]]:
    hints: dict[str, list[str]] = defaultdict(list)
    for part in sheet.parts:
        for name, words in part.advice() if hasattr(part, "advice") else ():
            hints[name].append(words)
    return hints


# --- one value comes in ---------------------------------------------------------------------------


def take_value(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """Save, explain or mark one field, and answer with that field as it stands now."""
    name = request.POST["field"]
    try:
        part = sheet.part_of(name)
    except KeyError as error:
        raise ValueRefused("This field does not belong to this page; load it again.") from error
    form = values_form(part, (name,), request.POST)
    try:
        sheet, form = _carry_out(request, sheet, name, form)
    except (ReasonMissing, ValuesMoved, ValueRefused) as refusal:
        return _answer(request, sheet, refused_view(sheet, name, form, refusal))
    return _answer(request, sheet, view_of(sheet, name, form, can_edit=True))


def _carry_out(request: HttpRequest, sheet: Sheet, name: str, form: Any) -> tuple[Sheet, Any]:
    """What the person wanted of the field: not applicable, a reason for its limits, or a value."""
    person, sent = request.user, request.POST
    if "not_applicable" in sent:
        values.mark_not_applicable(sheet=sheet, field=name, words=sent.get("na_reason", ""), by=person)
    elif "remark" in sent:
        Reason(sent.get("remark_category", ""), sent.get("remark_words", ""))
        values.explain_out_of_limits(sheet=sheet, field=name, words=sent["remark_words"], by=person)
    else:
        sheet = _enter(request, sheet, name, form)
        return sheet, values_form(sheet.part_of(name), (name,))
    fresh = values.Sheet(sheet.batch, sheet.parts, sheet.kind, sheet.url, sheet.limits)
    fresh.load_remarks(FieldRemark.objects.filter(batch=sheet.batch, is_withdrawn=False))
    return fresh, values_form(fresh.part_of(name), (name,))


def _enter(request: HttpRequest, sheet: Sheet, name: str, form: Any) -> Sheet:
    if not form.is_valid():
        refusal = ValueRefused(" ".join(form.errors.get(name, ["This can't be saved."])), name)
        keep_refusal(refusal, by=request.user, about=sheet.subject)
        raise refusal
    sent = request.POST
    seen = seen_value(form, name, sent[f"seen-{name}"]) if f"seen-{name}" in sent else values.UNSEEN
    value = form.cleaned_data[name]
    computed = sent_along(sent["calculation"], sheet, name, value) if "calculation" in sent else None
    entered = values.Entered(name, value, seen, sent.get(name, ""), computed)
    reason = None
    if sent.get("reason_category") or sent.get("reason_words"):
        reason = Reason(sent.get("reason_category", ""), sent.get("reason_words", ""))
    return values.record_values(sheet=sheet, entered=[entered], by=request.user, reason=reason)


def refused_view(sheet: Sheet, name: str, form: Any, refusal: ActionRefused) -> ValueView:
    """The field with what was typed, and what has to happen before it is saved."""
    view = view_of(sheet, name, form, can_edit=True)
    typed = form.data.get(name, "") if form.is_bound else ""
    view.calculation = form.data.get("calculation", "") if form.is_bound else ""
    if isinstance(refusal, ValuesMoved):
        view.state, view.conflict = "conflict", _conflict(sheet, name, typed, refusal, view)
        view.seen = _as_sent(form, name, refusal.theirs)
    elif (
        isinstance(refusal, ReasonMissing) and "remark" not in form.data and "not_applicable" not in form.data
    ):
        view.asks_reason, view.before, view.typed = True, _readable(sheet.value(name)), typed
        if form.data.get("reason_words") or form.data.get("reason_category"):
            view.errors = [str(refusal)]
    else:
        view.state, view.errors = "refused", [str(refusal)]
    return view


def _conflict(sheet: Sheet, name: str, typed: str, refusal: ValuesMoved, view: ValueView) -> dict[str, Any]:
    return {
        "mine": typed,
        "theirs": _readable(refusal.theirs),
        "who": view.saved_by or "somebody else",
        "when": view.saved_at,
    }


def _readable(value: Any) -> str:
    """A value as its input shows it."""
    if hasattr(value, "as_tuple"):
        return typed_form(value) if abs(value.adjusted()) >= 6 else decimal_text(value)
    return "" if value is None else str(value)


def _answer(request: HttpRequest, sheet: Sheet, view: ValueView) -> HttpResponse:
    """The field itself for htmx; the page again for a browser without it."""
    if request.headers.get("HX-Request"):
        context = {"value": view, "sheet": sheet, "computed": computed_of(sheet)}
        return render(request, "batches/record/_value_answer.html", context)
    if view.errors or view.conflict or view.asks_reason:
        context = {"value": view, "sheet": sheet}
        return render(request, "batches/record/value.html", context, status=409)
    return redirect(f"{sheet.url}#value-{view.name}")


def computed_of(sheet: Sheet) -> list[tuple[str, str, str]]:
    """Computed values of a sheet: (label, value, unit), without the empty ones."""
    found = []
    for part in sheet.parts:
        for name in getattr(part, "computed_fields", ()):
            model_field, value = part._meta.get_field(name), getattr(part, name)
            if value not in (None, ""):
                label = capital(str(model_field.verbose_name))
                named = getattr(part, f"get_{name}_display", None)
                text = named() if named else people_number(value)
                found.append((label, text, getattr(model_field, "unit", "")))
    for words, name in (
        ("Volume recovered", "volume_recovery_percent"),
        ("Particles recovered", "particle_recovery_percent"),
    ):
        share = getattr(sheet.subject, name, None)
        if share is not None:
            found.append((words, f"{share:.1f}", "%"))
    return found
