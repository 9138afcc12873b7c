"""Forms about a batch as a whole."""

from typing import Any

from django import forms

from accounts.forms import ReasonFields
from batches.masters.models import MasterVersion
from batches.source.models import SourceLot


class LotField(forms.ModelChoiceField):
    """A source lot, named with its kind and donor; the newest first."""

    def __init__(self, **kwargs: Any):
        super().__init__(SourceLot.objects.none(), label="Source lot", empty_label="Choose…", **kwargs)

    def label_from_instance(self, lot: Any) -> str:
        named = (lot.code, lot.get_kind_display(), lot.donor.code if lot.donor else "")
        return " · ".join(part for part in named if part)


def known_lots() -> Any:
    """The lots to choose from."""
    return SourceLot.objects.select_related("donor").order_by("-id")


class HarvestForm(forms.Form):
    """Which source lot another harvest of a batch was taken from."""

    source_lot = LotField()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["source_lot"].queryset = known_lots()


class OpenBatchForm(forms.Form):
    """Which plan, which source; the number is given when the batch is opened."""

    version = forms.ModelChoiceField(
        label="Master batch record", queryset=MasterVersion.objects.none(), empty_label="Choose…"
    )
    source_lot = LotField(required=False, help_text="A pool has none: choose its parts afterwards.")
    notes = forms.CharField(
        label="Purpose and notes", required=False, max_length=10_000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["version"].queryset = (
            MasterVersion.objects.effective()
            .filter(master__product__is_active=True)
            .select_related("master__product")
            .order_by("master__code")
        )
        self.fields["version"].label_from_instance = lambda version: (
            f"{version} · {version.master.title} ({version.master.product.code})"
            f"{' · pool' if version.begins_with else ''}"
        )
        self.fields["source_lot"].queryset = known_lots()


class NotesForm(forms.Form):
    """Purpose and notes of a batch; replacing what stands there needs a reason."""

    notes = forms.CharField(
        label="Purpose and notes", required=False, max_length=10_000, widget=forms.Textarea({"rows": 4})
    )


class CorrectNotesForm(NotesForm, ReasonFields):
    """Notes that replace saved ones."""

    field_order = ("notes", "reason_category", "reason_words")


class UploadForm(forms.Form):
    """One file."""

    file = forms.FileField(label="File", allow_empty_file=True, max_length=255)


class ReplaceFileForm(UploadForm, ReasonFields):
    """A file that takes another's place."""

    field_order = ("file", "reason_category", "reason_words")
