"""Forms about donors and source lots. They check; batches.source.actions saves."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django import forms
from django.http import QueryDict

from batches.entering import EntryForm, form_field, form_for
from batches.source.banks import KEPT_CODES, CellBank
from batches.source.lot_kinds import LotKind, details_fields
from batches.source.models import Donor, DonorTesting, SourceLot

DONORS_SUGGESTED = 50


class DonorForm(EntryForm):
    """Everything a donor's record holds: a pseudonym and facts, never a name or a birth date."""

    class Meta:
        model = Donor
        fields = (
            "code",
            "age_years",
            "sex",
            "blood_group",
            "consent_ref",
            "consent_on",
            "consent_scope",
            "consent_withdrawn",
            "ethics_ref",
            "eligibility",
            "notes",
        )
        formfield_callback = form_field

    def clean_code(self) -> str:
        """Codes are capitals; a code is used once."""
        code = str(self.cleaned_data["code"]).upper()
        if Donor.objects.filter(code=code).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(f"Donor {code} is registered already.")
        return code


class BankForm(EntryForm):
    """Everything a cell bank's record holds."""

    class Meta:
        model = CellBank
        fields = (
            *("code", "kind", "cells", "parent", "frozen_on", "cells_per_vial", "vials_made"),
            *("vials_used_otherwise", "passage", "passage_limit", "cumulative_doublings", "doublings_limit"),
            *("identity", "identity_ref", "mycoplasma", "sterility", "viability_percent", "tested_on"),
            "notes",
        )
        formfield_callback = form_field

    def clean_code(self) -> str:
        """Codes are capitals; a code is used once, and none is the word of a page."""
        code = str(self.cleaned_data["code"]).upper()
        if code in KEPT_CODES:
            raise forms.ValidationError("This word can't be a code.")
        if CellBank.objects.filter(code=code).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(f"Bank {code} is registered already.")
        return code


class DonorField(forms.ModelChoiceField):
    """A donor by code, typed or scanned; a list of all donors would not fit a screen.

    The page holds the newest ones as suggestions (`newest_donors`).
    """

    widget = forms.TextInput({"list": "newest-donors", "autocapitalize": "characters", "autocomplete": "off"})

    def __init__(self, **kwargs: Any):
        words = "There is no such donor: register the donor first, or check the code."
        super().__init__(
            Donor.objects.all(),
            to_field_name="code",
            error_messages={"invalid_choice": words},
            help_text="Type or scan the donor's code.",
            **kwargs,
        )

    def to_python(self, value: Any) -> Any:
        """The donor of that code; small letters and spaces around it do not matter."""
        return super().to_python(value.strip().upper() if isinstance(value, str) else value)


def newest_donors() -> list[str]:
    """Codes to suggest: the newest donors whose material may be used."""
    usable = Donor.objects.filter(consent_withdrawn=False).order_by("-id")
    return list(usable.values_list("code", flat=True)[:DONORS_SUGGESTED])


@cache
def common_form(kind: LotKind) -> type[EntryForm]:
    """The form of a lot's own fields that this kind asks for."""
    names = kind.common_fields()
    donor = {"donor": DonorField(label="Donor", required=kind.needs_donor)} if "donor" in names else {}
    return form_for(SourceLot, names, **donor)  # type: ignore[return-value]


@cache
def details_form(model: type) -> type[EntryForm]:
    """The form of one details model."""
    return form_for(model, [field.name for field in details_fields(model)])  # type: ignore[return-value]


class LotForms:
    """The forms of a source lot as one: its own fields, and one form for each details row of its kind."""

    def __init__(
        self,
        kind: LotKind,
        data: QueryDict | None = None,
        *,
        lot: SourceLot | None = None,
        donor: Donor | None = None,
    ):
        self.kind = kind
        parts = kind.parts(lot or SourceLot(kind=kind.code))
        preset = {"donor": lot.donor} if lot else {"donor": donor, "collected_unit": kind.unit}
        self.common = common_form(kind)(data, instance=parts[0], initial=preset)
        self.details = [self._details(part, data) for part in parts[1:]]

    def _details(self, part: Any, data: QueryDict | None) -> EntryForm:
        form = details_form(part.__class__)(data, instance=part)
        if isinstance(part, DonorTesting) and self.kind.comes_from_birth:
            taken = form.fields["taken_from"]
            taken.label = "Specimen taken from (the birth mother for this kind)"
            taken.help_text = "A newborn's infection tests are run on the birth mother's specimen."
        return form

    @property
    def all(self) -> list[EntryForm]:
        """Every form, the lot's own first."""
        return [self.common, *self.details]

    @property
    def sections(self) -> list[tuple[str, str, list[Any], EntryForm]]:
        """Title, icon and fields of every group, in the order of the work, with the form it belongs to."""
        groups = [
            (group.title, group.icon, [self.common[name] for name in group.fields], self.common)
            for group in self.kind.groups
        ]
        return [*groups[:-1], *(self._section(form) for form in self.details), groups[-1]]

    def _section(self, form: EntryForm) -> tuple[str, str, list[Any], EntryForm]:
        title = str(form._meta.model._meta.verbose_name)
        if isinstance(form.instance, DonorTesting) and self.kind.comes_from_birth:
            title = "infection tests of the birth mother"
        return title[:1].upper() + title[1:], "clipboard-list", list(form), form

    def is_valid(self) -> bool:
        """Whether every form is; all are checked, so that every error shows at once."""
        return all([form.is_valid() for form in self.all])

    def values(self) -> dict[str, Any]:
        """Everything on the forms, by field name."""
        return _joined([form.values() for form in self.all])

    def changed_values(self) -> dict[str, Any]:
        """What differs from what the forms began with."""
        return _joined([form.changed_values() for form in self.all])

    def typed(self) -> dict[str, str]:
        """Numbers exactly as they were typed."""
        return _joined([form.typed() for form in self.all])


def _joined(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}
