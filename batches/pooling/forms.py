"""Forms about the parts of a pool. They check; batches.pooling.actions saves."""

from typing import Any

from django import forms

from batches.entering import EntryForm, form_field
from batches.pooling.models import PoolPart
from batches.record.lists import found_exactly
from batches.record.models import Batch

FIELDS = ("volume_ml", "diluent", "diluent_ml", "notes")


class PartForm(EntryForm):
    """How much of a batch goes into the pool, and what is added with it."""

    class Meta:
        model = PoolPart
        fields = FIELDS
        formfield_callback = form_field


class AddPartForm(PartForm):
    """The same, with the batch that it is taken from."""

    part = forms.CharField(
        label="Batch number",
        max_length=60,
        help_text="Typed or scanned from the container.",
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters"}),
    )
    field_order = ("part", *FIELDS)

    def clean_part(self) -> Batch:
        """The batch of that number."""
        typed = self.cleaned_data["part"].replace("\x00", "")
        found = found_exactly(typed)
        if found is None:
            raise forms.ValidationError(f"There is no batch {typed.strip()}: check the number.")
        return found

    def values(self) -> dict[str, Any]:
        """What the part itself records, without the batch it is of."""
        return {name: self.cleaned_data[name] for name in FIELDS}

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "part"}
