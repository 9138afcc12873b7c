"""What a reviewer gives who has read the trail of a batch."""

from typing import Any

from django import forms

from accounts.forms import SignFields
from qc.models import Signature
from qc.review.models import TrailReview


class TrailReviewForm(SignFields):
    """What was looked at, what was found, and the signature over it."""

    only = forms.ChoiceField(choices=TrailReview.Only, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["comment"].label = "What you found"

    def meanings(self) -> dict[str, str]:
        return {"": str(Signature.Meaning.TRAIL_REVIEWED)}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._demand_comment("Say in a few words what you found, even if it is nothing.")
        return data
