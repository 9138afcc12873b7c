"""The form of a plate: which read, how it is worked out, and what its wells hold, line by line."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from accounts.forms import ReasonFields
from batches.characterization import plate_layout
from batches.characterization.kinds import Technique
from batches.characterization.plate_actions import units_of
from batches.characterization.plate_layout import LEFT_OUT, SAMPLE, STANDARD, LayoutRefused, Line
from batches.characterization.plates import PlateCurve
from batches.quantities import QuantityFormField, QuantityInput

EMPTY_LINES, MORE_LINES = 12, 3


class LineForm(forms.Form):
    """Wells that hold the same thing."""

    wells = forms.CharField(
        label="Wells",
        required=False,
        max_length=200,
        widget=forms.TextInput({"class": "form-control", "autocapitalize": "characters"}),
    )
    role = forms.ChoiceField(
        label="Hold",
        required=False,
        choices=[("", "…"), *((role, role.capitalize()) for role in plate_layout.ROLES)],
        widget=forms.Select({"class": "form-select"}),
    )
    name = forms.CharField(
        label="Sample, or why left out",
        required=False,
        max_length=80,
        widget=forms.TextInput({"class": "form-control"}),
    )
    amount = QuantityFormField(
        label="Standard's amount, or dilution",
        required=False,
        widget=QuantityInput({"class": "form-control"}),
    )

    def line(self) -> Line | None:
        """The line as entered, None of an empty one. Raises LayoutRefused where it can't be."""
        told = self.cleaned_data
        if not told.get("wells") and not told.get("role"):
            return None
        role, amount = told.get("role"), told.get("amount")
        if not role:
            raise LayoutRefused(f"What do {told['wells']} hold?")
        if role == SAMPLE and amount is None:
            amount = Decimal(1)
        name = told.get("name", "") if role in (SAMPLE, LEFT_OUT) else ""
        wells = plate_layout.wells_of(told.get("wells", ""))
        return Line(role, wells, name.strip(), amount if role in (STANDARD, SAMPLE) else None)


class LinesFormSet(forms.BaseFormSet):
    """All lines of a plate; together they make sense or say what does not."""

    lines: Sequence[Line] = ()

    def clean(self) -> None:
        """Put the lines together."""
        if any(self.errors):
            return
        try:
            self.lines = [line for form in self.forms if (line := form.line())]
            plate_layout.demand_sense(self.lines)
        except LayoutRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        if not self.lines:
            raise forms.ValidationError("Say what the wells hold.")


def lines_formset(data: Any = None, lines: Sequence[Line] = ()) -> LinesFormSet:
    """The lines of a layout, with empty ones for more."""
    extra = MORE_LINES if lines else EMPTY_LINES
    made = forms.formset_factory(LineForm, formset=LinesFormSet, extra=extra, max_num=400, absolute_max=400)
    initial = [
        {
            "wells": plate_layout.wells_in_words(line.wells),
            "role": line.role,
            "name": line.name,
            "amount": line.amount,
        }
        for line in lines
    ]
    return made(data, initial=initial, prefix="line")  # type: ignore[return-value]


class PlateForm(forms.Form):
    """How the plate is worked out."""

    read = forms.ChoiceField(label="Plate and read")
    unit = forms.ChoiceField(label="Unit of the standards", choices=PlateCurve.Unit.choices)
    model = forms.ChoiceField(label="Curve", choices=PlateCurve.Model.choices)
    weighting = forms.ChoiceField(label="Weighting", choices=PlateCurve.Weighting.choices)
    subtract_blank = forms.ChoiceField(label="Subtract the blank", choices=[("yes", "Yes"), ("no", "No")])
    least_recovery = QuantityFormField(
        label="Standards come back within, from (%)", min_value=0, max_value=100
    )
    most_recovery = QuantityFormField(label="to (%)", min_value=100, max_value=1000)
    sample = forms.CharField(
        label="Sample of this batch",
        required=False,
        max_length=80,
        help_text="Its name in the layout below; may stay empty where the plate holds one sample.",
    )

    analyte = forms.CharField(
        label="Growth factor or cytokine",
        required=False,
        max_length=40,
        help_text="What the standards hold; the result becomes its row on the assay.",
    )

    def __init__(
        self, *args: Any, reads: Sequence[tuple[str, str]], technique: str = Technique.PROTEIN, **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        units = units_of(technique)
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            choice for choice in PlateCurve.Unit.choices if choice[0] in units
        ]
        if technique != Technique.GROWTH_FACTOR:
            del self.fields["analyte"]
        self.reads = list(reads)
        self.fields["read"].choices = [  # type: ignore[attr-defined]
            (str(at), f"{plate} · {label}") for at, (plate, label) in enumerate(self.reads)
        ]

    @property
    def chosen(self) -> tuple[str, str]:
        """Plate and label of the read that was chosen."""
        return self.reads[int(self.cleaned_data["read"])]


class PlateAgainForm(PlateForm, ReasonFields):
    """A plate that is laid out anew."""

    field_order = ("read", "unit", "model", "weighting", "subtract_blank", "least_recovery")
