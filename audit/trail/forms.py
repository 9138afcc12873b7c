"""What the trail can be filtered by."""

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from audit.models import EntryAction
from audit.trail import asking, marks

DAYS = (
    MinValueValidator(dt.date(1970, 1, 1), "Days from 1970 on."),
    MaxValueValidator(dt.date(2999, 12, 31), "Days up to 2999."),
)


class TrailFilterForm(forms.Form):
    """Filters of the trail page and of its export: batch, person, kind, action, only, from, to."""

    batch = forms.CharField(required=False, max_length=41)
    person = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    kind = forms.ChoiceField(required=False)
    action = forms.ChoiceField(required=False, choices=[("", "everything"), *EntryAction.choices])
    only = forms.ChoiceField(required=False, choices=[("", "everything"), *marks.WORDS.items()])

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", "anyone"), *asking.people()]
        self.fields["kind"].choices = [("", "every kind"), *asking.kinds()]
        # "from" is a word of Python, so these two can't be class attributes.
        self.fields["from"] = forms.DateField(required=False, validators=DAYS)
        self.fields["to"] = forms.DateField(required=False, validators=DAYS)

    def filter(self) -> asking.TrailFilter:
        """What was asked for; call it when the form is valid."""
        given = self.cleaned_data
        return asking.TrailFilter(
            batch=given["batch"],
            person_id=given["person"],
            kind=given["kind"],
            action=given["action"],
            since=given["from"],
            until=given["to"],
            only=given["only"],
        )
