"""What a reviewer fills in: a decision with what goes back, a disposition. Forms check; actions sign."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.forms import SignFields
from batches.record.models import Batch
from qc.loading import WholeRecord
from qc.models import Signature
from qc.points import Point
from qc.rules import DISPOSITION_MEANINGS, FEWEST_LETTERS, dispositions_for

# Word of the button, and what the signature will mean.
DECISIONS = {
    "approve": ("Approve", Signature.Meaning.REVIEWED_APPROVED),
    "return": ("Return", Signature.Meaning.REVIEWED_RETURNED),
    "reject": ("Reject", Signature.Meaning.REVIEWED_REJECTED),
}


@dataclass(frozen=True)
class PointFields:
    """A step, assay or harvest that can be returned: its record, a box to tick, which value, the words."""

    record: Any
    box: Any
    value: Any
    words: Any

    @property
    def options(self) -> SafeString:
        """The values to choose from; written in Python, for a large batch has thousands of them."""
        chosen = self.value.value() or ""
        lines = (
            (code, " selected" if code == chosen else "", label) for code, label in self.value.field.choices
        )
        return format_html_join("", '<option value="{}"{}>{}</option>', lines)


class DecisionForm(SignFields):
    """Approve, return or reject; returning names what is wrong where."""

    decision = forms.ChoiceField(
        label="Decision",
        choices=[(code, label) for code, (label, _) in DECISIONS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a decision."},
    )
    field_order = ("decision", "comment", "password")
    meanings_by = "decision"

    def __init__(self, *args: Any, record: WholeRecord, **kwargs: Any):
        super().__init__(*args, **kwargs)
        sheets = (*record.harvest_sheets(), *record.step_sheets(), *record.assay_sheets())
        self.returnable = {name_of(sheet.subject): sheet.subject for sheet in sheets}
        for sheet in sheets:
            name, one = name_of(sheet.subject), sheet.subject
            self.fields[name] = forms.BooleanField(label=str(one), required=False)
            values = [(value, sheet.label_of(value)) for value in sheet.field_names()]
            self.fields[f"{name}_value"] = forms.ChoiceField(
                label=f"Which value of {one}", required=False, choices=[("", "all of it"), *values]
            )
            self.fields[f"{name}_words"] = forms.CharField(
                label=f"What is wrong with {one}",
                required=False,
                max_length=1000,
                widget=forms.TextInput({"placeholder": "what is wrong, what to do"}),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("decision") == "reject":
            self._demand_comment("Say why the batch is rejected.")
        if data.get("decision") == "return":
            self._demand_points(data)
        return data

    def meanings(self) -> dict[str, str]:
        return {choice: str(meaning) for choice, (_, meaning) in DECISIONS.items()}

    def _demand_points(self, data: dict[str, Any]) -> None:
        ticked = [name for name in self.returnable if data.get(name)]
        if not ticked:
            self.add_error("decision", "Tick at least one step, assay or the harvest that goes back.")
        for name in ticked:
            if len(data.get(f"{name}_words", "").strip()) < FEWEST_LETTERS:
                self.add_error(f"{name}_words", "Say in a few words what is wrong.")

    def points(self) -> list[Point]:
        """What goes back, each with what is wrong."""
        return [
            Point(one, self.cleaned_data[f"{name}_words"], self.cleaned_data[f"{name}_value"])
            for name, one in self.returnable.items()
            if self.cleaned_data[name]
        ]

    def point_fields(self) -> list[PointFields]:
        """The lines of the list of what can go back, for the page."""
        return [
            PointFields(one, self[name], self[f"{name}_value"], self[f"{name}_words"])
            for name, one in self.returnable.items()
        ]

    @property
    def returns(self) -> bool:
        """Whether returning was chosen, so that its list stands open."""
        return self["decision"].value() == "return"


def name_of(record: Any) -> str:
    """The name of a record's box on the form."""
    return f"{record._meta.model_name}_{record.pk}"


class DispositionForm(SignFields):
    """What becomes of the material, and why."""

    disposition = forms.ChoiceField(
        label="Disposition",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what becomes of the batch."},
    )
    field_order = ("disposition", "comment", "password")
    meanings_by = "disposition"

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["comment"].label = "Reason"
        self.offered = dispositions_for(batch)
        self.fields["disposition"].choices = [(str(one), SHORT[one]) for one in self.offered]

    def meanings(self) -> dict[str, str]:
        return {str(one): str(DISPOSITION_MEANINGS[one]) for one in self.offered}

    def meaning_words(self) -> list[tuple[str, str]]:
        """What each choice's signature will mean, for the page."""
        return [(SHORT[one], str(DISPOSITION_MEANINGS[one].label)) for one in self.offered]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self._demand_comment("Say why.")
        return data


SHORT = {
    Batch.Disposition.RELEASED: "Release",
    Batch.Disposition.QUARANTINED: "Quarantine",
    Batch.Disposition.RETEST: "Retest",
    Batch.Disposition.REJECTED: "Reject",
}
