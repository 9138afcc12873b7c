"""The calculator beside a field: its form, its result, and the way of the result into the record."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from audit.refusal import ActionRefused
from batches.isolation.calculators import CALCULATORS, Calculator, Input, calculators_for
from batches.quantities import QuantityFormField, QuantityInput, typed_form
from batches.record.calculations import Calculated
from batches.record.sheets import Sheet

NO_RESULT = "These numbers give no result: look at them again."


@dataclass(frozen=True)
class ShownCalculator:
    """One calculator as the page shows it; `sent` is what 'Use this value' sends along."""

    calculator: Calculator
    form: forms.Form
    result: str = ""
    sent: str = ""
    error: str = ""


def calculator_form(calculator: Calculator, sheet: Sheet, data: QueryDict | None = None) -> forms.Form:
    """The inputs of a formula, filled in from the sheet where it holds them."""
    form = forms.Form(data, prefix=calculator.code)
    for one in calculator.inputs:
        label = f"{one.label[:1].upper()}{one.label[1:]}" + (f" ({one.unit})" if one.unit else "")
        widget = QuantityInput({"class": "form-control"})
        form.fields[one.name] = QuantityFormField(label=label, initial=offered(one, sheet), widget=widget)
    return form


def offered(one: Input, sheet: Sheet) -> str:
    """What an input begins with."""
    _, value = _held(one, sheet)
    return one.default if value is None else typed_form(value)


def _held(one: Input, sheet: Sheet) -> tuple[str, Decimal | None]:
    """The first field of the sheet that holds an input, and its value."""
    for name in one.fields:
        for part in sheet.parts:
            value = getattr(part, name, None)
            if value is not None:
                return name, Decimal(value)
    return "", None


def calculated(calculator: Calculator, sheet: Sheet, values: dict[str, Decimal]) -> Calculated | None:
    """The result with its inputs; None where the formula gives none."""
    try:
        result = calculator.result(values)
    except ArithmeticError:
        return None
    if result is None:
        return None
    inputs = [_told(one, values[one.name], sheet) for one in calculator.inputs]
    return Calculated(calculator.code, calculator.version, calculator.label, inputs, result)


def _told(one: Input, value: Decimal, sheet: Sheet) -> dict[str, str]:
    field, held = _held(one, sheet)
    return {
        "name": one.name,
        "label": one.label,
        "value": f"{value:f}",
        "unit": one.unit,
        "field": field if held == value else "",
    }


def sent_along(text: str, sheet: Sheet, field: str, value: Any) -> Calculated | None:
    """The calculation that came with a value, computed anew; None when the value is another by now."""
    try:
        told = json.loads(text)
        calculator = CALCULATORS[told["formula"]]
        data = QueryDict(mutable=True)
        data.update({f"{calculator.code}-{name}": given for name, given in told["inputs"].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    form = calculator_form(calculator, sheet, data)
    if field not in calculator.fields or not form.is_valid():
        return None
    found = calculated(calculator, sheet, form.cleaned_data)
    return found if found is not None and value is not None and found.result == Decimal(value) else None


def calculator_page(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """The calculators of a field: asked for, or with numbers to compute with. Writes nothing."""
    sent = request.POST if request.method == "POST" else request.GET
    field = sent.get("calculate", "")
    found = calculators_for(field)
    try:
        sheet.part_of(field)
    except KeyError:
        found = []
    if not found:
        raise ActionRefused("There is no calculator for this field.")
    context = {
        "sheet": sheet,
        "batch": sheet.batch,
        "field": field,
        "label": sheet.label_of(field),
        "unit": getattr(sheet.model_field(field), "unit", ""),
        "seen": offered(Input(field, "", "", (field,)), sheet),
        "shown": [_shown(one, sheet, request) for one in found],
        "section": "batches",
    }
    template = "_calculators" if request.headers.get("HX-Request") else "calculators"
    return render(request, f"batches/record/{template}.html", context)


def _shown(calculator: Calculator, sheet: Sheet, request: HttpRequest) -> ShownCalculator:
    if request.method != "POST" or request.POST.get("formula") != calculator.code:
        return ShownCalculator(calculator, calculator_form(calculator, sheet))
    form = calculator_form(calculator, sheet, request.POST)
    if not form.is_valid():
        return ShownCalculator(calculator, form)
    found = calculated(calculator, sheet, form.cleaned_data)
    if found is None:
        return ShownCalculator(calculator, form, error=NO_RESULT)
    inputs = {one.name: f"{form.cleaned_data[one.name]:f}" for one in calculator.inputs}
    sent = json.dumps({"formula": calculator.code, "inputs": inputs})
    return ShownCalculator(calculator, form, typed_form(found.result), sent)
