"""Forms about trends. They check; batches.trends.actions saves."""

from typing import Any

from django import forms

from batches.entering import EntryForm, form_field
from batches.trends.models import ControlRun


class FreezeForm(forms.Form):
    """Why limits are frozen from the points that are ticked in the table."""

    words = forms.CharField(
        label="Why these points", max_length=2000, widget=forms.Textarea({"rows": 3}),
        help_text="Such as: the first twenty batches on master v2, none with a deviation.",
    )  # fmt: skip


class LeaveOutForm(forms.Form):
    """A batch that is not to count on this chart, and why."""

    batch = forms.ChoiceField(label="Batch")
    words = forms.CharField(label="Why", max_length=2000, widget=forms.Textarea({"rows": 2}))

    def __init__(self, *args: Any, labels: list[str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        batch: Any = self.fields["batch"]
        batch.choices = [("", "choose"), *((label, label) for label in labels)]


class WhyForm(forms.Form):
    """Why something is taken back or voided."""

    words = forms.CharField(label="Why", max_length=2000, widget=forms.Textarea({"rows": 2}))


class ControlRunForm(EntryForm):
    """One measurement of control material."""

    class Meta:
        model = ControlRun
        fields = (
            *("instrument", "method", "run_time", "material", "lot", "target_nm", "target_per_ml"),
            *("size_nm", "particles_per_ml", "remarks"),
        )
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["instrument"].help_text = "As assays name it, such as NTA-2."
        self.fields["material"].help_text = "Such as 100 nm polystyrene beads."
        self.fields["lot"].help_text = "Another lot begins a new chart."

    def clean(self) -> dict[str, Any]:
        """Something must have been measured."""
        given = super().clean() or {}
        if not self.errors and given.get("size_nm") is None and given.get("particles_per_ml") is None:
            self.add_error("size_nm", "Enter the measured size, the concentration or both.")
        return given
