"""Forms of the reporting page."""

from django import forms

from batches.reporting.models import Deposition


class DepositionForm(forms.Form):
    """Under which identifier a batch was told of in public."""

    kind = forms.ChoiceField(label="What", choices=Deposition.Kind.choices)
    identifier = forms.CharField(label="Identifier (EV-TRACK ID, accession, DOI)", max_length=120)
