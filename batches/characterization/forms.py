"""Forms about assays."""

from django import forms

from batches.characterization.kinds import Technique
from batches.characterization.models import Assay


class AddAssayForm(forms.Form):
    """Which technique, on which sample."""

    technique = forms.ChoiceField(label="Technique", choices=Technique.choices)
    sample = forms.ChoiceField(label="Sample", choices=Assay.Sample.choices, initial=Assay.Sample.FINAL)
