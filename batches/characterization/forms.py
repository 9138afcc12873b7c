"""Forms about assays."""

from django import forms

from batches.characterization.kinds import Technique
from batches.characterization.models import Assay

# A new blank says which one it is.
SAMPLES = [(code, words) for code, words in Assay.Sample.choices if code != Assay.Sample.BLANK]


class AddAssayForm(forms.Form):
    """Which technique, on which sample."""

    technique = forms.ChoiceField(label="Technique", choices=Technique.choices)
    sample = forms.ChoiceField(label="Sample", choices=SAMPLES, initial=Assay.Sample.FINAL)
