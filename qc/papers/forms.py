"""What is asked before a certificate is replaced."""

from django import forms


class CertificateForm(forms.Form):
    """Why the certificate that was issued before is replaced; asked only where it is."""

    reason = forms.CharField(
        label="Why it is replaced",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text="In a few words; the new certificate tells it.",
    )
