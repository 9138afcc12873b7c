"""How somebody wants to be told."""

from django import forms

from qc.notices.models import NoticeChoice


class NoticeChoiceForm(forms.Form):
    """A person's own choice."""

    digest = forms.ChoiceField(label="Mail", choices=NoticeChoice.Digest.choices, widget=forms.RadioSelect)
    email = forms.EmailField(
        label="Your e-mail address",
        required=False,
        max_length=254,
        help_text="Only you see and set it. It stands in no trail, no export and no second copy.",
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
