"""Forms about people."""

from typing import Any

from django import forms

from accounts.models import User
from accounts.roles import Role
from audit.refusal import Reason, ReasonCategory, ReasonMissing


class ReasonFields(forms.Form):
    """Category and words of a reason, for forms that correct something."""

    reason_category = forms.ChoiceField(label="Why", choices=[("", "Choose…"), *ReasonCategory.choices])
    reason_words = forms.CharField(label="In a few words", max_length=500)

    def clean_reason_words(self) -> str:
        words = str(self.cleaned_data["reason_words"]).strip()
        if len(words) < 3:
            raise forms.ValidationError("Say in a few words why.")
        return words

    def reason(self) -> Reason:
        """The reason as given. Raises ReasonMissing when it is not one."""
        if not self.cleaned_data.get("reason_category"):
            raise ReasonMissing("Choose why.")
        return Reason(self.cleaned_data["reason_category"], self.cleaned_data["reason_words"])


class SignInForm(forms.Form):
    username = forms.CharField(
        label="User name",
        max_length=60,
        widget=forms.TextInput({"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label="Password", widget=forms.PasswordInput({"autocomplete": "current-password"}), strip=False
    )


class CodeForm(forms.Form):
    """A code of the app, or one from paper."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "off"}),
        help_text="Six digits from your app; or one of your recovery codes.",
    )


class PasswordAgainForm(forms.Form):
    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class NewPasswordFields(forms.Form):
    """A new password; its rules are checked by the action, with the person known."""

    password = forms.CharField(
        label="New password",
        help_text="At least 15 characters. Several words are easy to remember.",
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        strip=False,
    )


class ChangePasswordForm(NewPasswordFields):
    old = forms.CharField(
        label="Password now", widget=forms.PasswordInput({"autocomplete": "current-password"}), strip=False
    )
    field_order = ("old", "password")


class PasskeyForm(forms.Form):
    """A new passkey: what it is called, and the password once more."""

    name = forms.CharField(
        label="Name",
        max_length=60,
        help_text="So that you know it again: the tablet of the clean room, your security key.",
    )
    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


ROLES_OF_PEOPLE = [choice for choice in Role.choices if choice[0] != Role.SYSTEM]


class AddPersonForm(NewPasswordFields):
    username = forms.CharField(label="User name", max_length=60)
    printed_name = forms.CharField(
        label="Printed name", max_length=120, help_text="Stands on signatures as it is when they are given."
    )
    role = forms.ChoiceField(label="Role", choices=ROLES_OF_PEOPLE)
    field_order = ("username", "printed_name", "role", "password")

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"]).strip().lower()
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError("This user name is taken; user names are never used twice.")
        return username


class ChangePersonForm(ReasonFields):
    printed_name = forms.CharField(label="Printed name", max_length=120)
    role = forms.ChoiceField(label="Role", choices=ROLES_OF_PEOPLE)
    field_order = ("printed_name", "role", "reason_category", "reason_words")

    def __init__(self, *args: Any, person: User, **kwargs: Any):
        initial = {"printed_name": person.printed_name, "role": person.role}
        super().__init__(*args, initial=initial, **kwargs)
