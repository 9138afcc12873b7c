"""Forms about stability. They check; batches.stability.actions save."""

from typing import Any

from django import forms

from batches.characterization.attributes import ATTRIBUTES
from batches.characterization.models import Assay
from batches.entering import DateInput, EntryForm, form_field
from batches.quantities import WholeNumberFormField
from batches.stability.dates import parse_months
from batches.stability.models import StabilityResult, StabilityStudy


class OpenStudyForm(EntryForm):
    """Condition, container, and the months after which samples are pulled."""

    months = forms.CharField(
        label="Pulled after (months)",
        max_length=200,
        initial="0 1 3 6 12",
        help_text="Whole months with spaces between them; 0 is the beginning.",
    )

    class Meta:
        model = StabilityStudy
        fields = (
            "title",
            "temperature_c",
            "humidity_percent",
            "container",
            "buffer",
            "units_kept",
            "started_on",
            "window_days",
        )
        formfield_callback = form_field

    def clean_months(self) -> list[int]:
        """The months as numbers."""
        try:
            return parse_months(self.cleaned_data["months"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def study_values(self) -> dict[str, Any]:
        """Everything but the schedule."""
        return {name: value for name, value in self.values().items() if name != "months"}


class PullForm(forms.Form):
    """When vials were taken out, and how many."""

    pulled_on = forms.DateField(label="Pulled on", widget=DateInput())
    units_pulled = WholeNumberFormField(label="Units pulled", required=False, min_value=1, max_value=100_000)


class MissForm(forms.Form):
    """Why a pull was not made."""

    words = forms.CharField(label="Why it was not pulled", max_length=300)


class ResultForm(EntryForm):
    """One result of a pulled sample."""

    attribute = forms.ChoiceField(label="Attribute")

    class Meta:
        model = StabilityResult
        fields = ("attribute", "amount_sign", "amount", "words", "remarks")
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        named = [
            (key, f"{one.label} ({one.unit})" if one.unit else one.label) for key, one in ATTRIBUTES.items()
        ]
        self.fields["attribute"].choices = [("", "Choose…"), *named]  # type: ignore[attr-defined]


class TakeForm(forms.Form):
    """Which finished assay of the batch the results come from."""

    assay = forms.ModelChoiceField(label="Assay", queryset=Assay.objects.none())

    def __init__(self, *args: Any, assays: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["assay"].queryset = assays  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """What a study showed."""

    words = forms.CharField(
        label="What the study showed, or why it ends", max_length=2000, widget=forms.Textarea({"rows": 3})
    )
