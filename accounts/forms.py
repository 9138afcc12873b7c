"""Forms about people."""

import json
from typing import Any, Protocol

from django import forms

from accounts.models import User
from accounts.proving import Proof
from accounts.roles import Role
from accounts.statements import Signing
from audit.refusal import Reason, ReasonCategory, ReasonMissing

FEWEST_LETTERS = 3


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


class Offered(Protocol):
    """What a page offers for signing."""

    def token(self) -> str: ...

    def challenge(self, meaning: str) -> str: ...


class SignFields(forms.Form):
    """What every signature asks for, with the offer that the page makes. No password comes back to it.

    `meanings_by` names the field that chooses the meaning; `offer` is made anew for every showing.
    """

    comment = forms.CharField(
        label="Comment", required=False, max_length=5000, widget=forms.Textarea({"rows": 3})
    )
    password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )
    passkey = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)
    manifest_shown = forms.CharField(required=False, max_length=2_000, widget=forms.HiddenInput)
    meanings_by = ""

    def __init__(self, *args: Any, person: User, offer: Offered | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.offer = offer
        self.fields["password"].label = f"Password of {person.username}"

    def clean_comment(self) -> str:
        return str(self.cleaned_data["comment"]).strip()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("password") and not data.get("passkey"):
            self.add_error("password", "Type your password, or sign with a passkey.")
        return data

    def signing(self) -> dict[str, Any]:
        """Proof, comment and what the page showed, as the actions take them."""
        given = self.cleaned_data
        proof = Proof(password=given["password"], passkey=given["passkey"])
        return {"signing": Signing(proof, given["manifest_shown"], given["comment"])}

    def meanings(self) -> dict[str, str]:
        """Meaning of the signature by the choice that is made on the form; '' where there is none."""
        return {}

    def challenges(self) -> str:
        """What a passkey would sign, by the choice that is made on the form (JSON, for the page's script)."""
        if self.offer is None:
            return "{}"
        return json.dumps({choice: self.offer.challenge(one) for choice, one in self.meanings().items()})

    def _demand_comment(self, words: str) -> None:
        if len(self.cleaned_data.get("comment", "")) < FEWEST_LETTERS:
            self.add_error("comment", words)


ROLES_OF_PEOPLE = [choice for choice in Role.choices if choice[0] != Role.SYSTEM]


class IdentityField(forms.CharField):
    """How an administrator made sure who a person is."""

    def __init__(self, **given: Any):
        told = "Such as: passport seen. Who reviews or approves signs, and needs it."
        super().__init__(label="How identity was verified", max_length=300, help_text=told, **given)


class IdentityForm(forms.Form):
    identity = IdentityField(min_length=FEWEST_LETTERS)


class AddPersonForm(NewPasswordFields):
    username = forms.CharField(label="User name", max_length=60)
    printed_name = forms.CharField(
        label="Printed name", max_length=120, help_text="Stands on signatures as it is when they are given."
    )
    role = forms.ChoiceField(label="Role", choices=ROLES_OF_PEOPLE)
    identity = IdentityField(required=False)
    field_order = ("username", "printed_name", "role", "identity", "password")

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
