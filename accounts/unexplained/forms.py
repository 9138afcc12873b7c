"""What a person of quality assurance says about an unexplained change."""

from typing import Any

from django import forms

from accounts.forms import ReasonFields
from audit.verifying.actions import outcomes_for
from audit.verifying.models import UnexplainedChange

Outcome = UnexplainedChange.Outcome
# Word of the button, and what it does.
OUTCOMES = {
    Outcome.PUT_BACK: ("Put back", "The record becomes what its trail says again."),
    Outcome.KEPT: ("Keep as it stands", "What stands there becomes a version of its own, with your reason."),
    Outcome.NOTED: ("Note the damage", "It can't be mended from here. It stays known, and stops blocking."),
}


class DealForm(ReasonFields):
    """What becomes of it, and why."""

    outcome = forms.ChoiceField(
        label="What becomes of it",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what becomes of it."},
    )
    field_order = ("outcome", "reason_category", "reason_words")

    def __init__(self, *args: Any, change: UnexplainedChange, **kwargs: Any):
        super().__init__(*args, **kwargs)
        offered = [Outcome(one) for one in outcomes_for(change)]
        self.fields["outcome"].choices = [(str(one), OUTCOMES[one][0]) for one in offered]
        self.meanings = [OUTCOMES[one] for one in offered]
