"""What people choose for a picture: which curves, and how they are shown."""

from collections.abc import Sequence
from typing import Any

from django import forms

from batches.characterization.tracking import NanoparticleTracking
from batches.pictures.overlay import Ways
from batches.pictures.sizes import name_of
from batches.record.models import Batch


class OverlayForm(forms.Form):
    """Curves of a batch and its sisters, heights, axis. Without a choice: every replicate, normalised."""

    assay = forms.TypedMultipleChoiceField(
        required=False, coerce=int, widget=forms.CheckboxSelectMultiple, label="This batch"
    )
    beside = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Other batches of the product"
    )
    videos = forms.BooleanField(required=False, label="Every video apart")
    height = forms.ChoiceField(
        required=False,
        choices=[("share", "% of the particles"), ("per_ml", "particles per mL")],
        label="Height",
    )
    axis = forms.ChoiceField(
        required=False, choices=[("linear", "straight"), ("log", "logarithmic")], label="Size axis"
    )

    def __init__(
        self, data: Any, *, measured: Sequence[NanoparticleTracking], sisters: Sequence[Batch], **kwargs: Any
    ):
        shown = {"assay": [nta.assay.number for nta in measured]}
        super().__init__(data or None, initial=shown, **kwargs)
        self.measured = measured
        choices = [(nta.assay.number, name_of(nta.assay)) for nta in measured]
        self.fields["assay"].choices = choices  # type: ignore[attr-defined]
        self.fields["beside"].choices = [(batch.number, batch.number) for batch in sisters]  # type: ignore[attr-defined]

    @property
    def given(self) -> dict[str, Any]:
        """What was chosen; a choice that isn't there any more is left out."""
        self.is_valid()
        return getattr(self, "cleaned_data", {})

    @property
    def chosen(self) -> list[NanoparticleTracking]:
        """The chosen assays; all of them where nothing at all was chosen."""
        numbers = self.given.get("assay") or []
        if not numbers and not self.given.get("beside"):
            return list(self.measured)
        return [nta for nta in self.measured if nta.assay.number in numbers]

    @property
    def ways(self) -> Ways:
        return Ways(self.given.get("height") != "per_ml", self.given.get("axis") == "log")
