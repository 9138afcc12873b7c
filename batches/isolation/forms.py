"""Forms about steps."""

from django import forms

from batches.isolation.kinds import IsolationMethod, StepPurpose


class AddStepForm(forms.Form):
    """A step that was not planned, or one that is done again."""

    name = forms.CharField(label="Name", max_length=80)
    method = forms.ChoiceField(label="Method", choices=IsolationMethod.choices)
    purpose = forms.ChoiceField(label="Purpose", choices=StepPurpose.choices)
    is_critical = forms.BooleanField(label="Critical: a second person checks it", required=False)
