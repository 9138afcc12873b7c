"""What is filled in about queries. Forms check; actions write."""

from django import forms

LONGEST = 2_000


class WordsForm(forms.Form):
    """A question, an answer, or why something is accepted."""

    words = forms.CharField(
        required=False, max_length=LONGEST, error_messages={"max_length": "At most 2,000 characters."}
    )


class AskForm(WordsForm):
    """A question about the place that its address names."""

    at = forms.CharField(max_length=300, widget=forms.HiddenInput)
    field = forms.ChoiceField(label="Which value", required=False)
    exception = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    words = forms.CharField(
        label="Your question",
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 3, "autofocus": True}),
        error_messages={"required": "Ask in a few words."},
    )

    def __init__(self, *args: object, values: list[tuple[str, str]], **kwargs: object):
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["field"].choices = [("", "none, or the whole of it"), *values]  # type: ignore[attr-defined]
