"""What a reviewer fills in for a periodic review of the trail. Forms check; actions write."""

import datetime as dt
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from batches.entering import DateInput
from qc.sampling.actions import MOST_DRAWN
from qc.sampling.models import AIM_WORDS, SampledEntry, TrailSample


class DrawForm(forms.Form):
    """Days, part of the trail, and how many entries are drawn in which way."""

    scope = forms.ChoiceField(label="Part of the trail", choices=TrailSample.Scope.choices)
    first_day = forms.DateField(label="From", widget=DateInput())
    last_day = forms.DateField(label="To", widget=DateInput())
    by_chance = forms.IntegerField(label="Entries by chance", min_value=0, max_value=MOST_DRAWN, initial=20)
    marks = forms.MultipleChoiceField(
        label="Aimed at",
        choices=[(mark, words.capitalize()) for mark, words in AIM_WORDS.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=["critical", "late", "refusals"],
        help_text="Refusals belong to access and system; replaced, voided and late ones to records.",
    )
    by_aim = forms.IntegerField(
        label="Entries for each aim", min_value=0, max_value=MOST_DRAWN, initial=5, required=False
    )

    @classmethod
    def since(cls, last: TrailSample | None) -> "DrawForm":
        """The form filled in from the day after the last review of records, or for the last 30 days."""
        today: dt.date = timezone.localdate()
        first = min(today, last.last_day + dt.timedelta(days=1)) if last else today - dt.timedelta(days=30)
        return cls(initial={"first_day": first, "last_day": today})

    def clean_by_aim(self) -> int:
        return self.cleaned_data["by_aim"] or 0


class CloseForm(forms.Form):
    """What was found altogether, and when the next review is due."""

    words = forms.CharField(label="What you found", max_length=5000, widget=forms.Textarea({"rows": 3}))
    next_due_on = forms.DateField(label="Next review due", widget=DateInput())


def outcomes_in(sent: QueryDict, rows: list[SampledEntry]) -> dict[int, tuple[str, str]]:
    """What was chosen for each entry of the page; entries that nobody touched are left out."""
    found: dict[int, tuple[str, str]] = {}
    for row in rows:
        told: Any = (sent.get(f"outcome-{row.entry}", row.outcome), sent.get(f"words-{row.entry}", row.words))
        if told[0] in SampledEntry.Outcome.values and told != (row.outcome, row.words):
            found[row.entry] = told
    return found
