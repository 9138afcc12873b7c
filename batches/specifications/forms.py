"""Forms about specifications. They check; batches.specifications.actions and drafts save."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from accounts.forms import SignFields
from batches.entering import EntryForm, form_field
from batches.masters.forms import LIMIT_HELP, LIMIT_ORDER
from batches.masters.limits import QUANTITIES
from batches.masters.models import Product
from batches.specifications.attributes import choices_for, unit_of
from batches.specifications.drafts import RULE_FIELDS, tidied
from batches.specifications.kinds import CriterionKind, Operator, Replicates, Retest
from batches.specifications.models import (
    Specification,
    SpecificationCriterion,
    SpecificationSignature,
    SpecificationVersion,
)
from batches.specifications.sense import problems_of_criterion


class AddSpecificationForm(EntryForm):
    """A new specification of a product; its first version is a draft."""

    class Meta:
        model = Specification
        fields = ("product", "code", "title")
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        product: Any = self.fields["product"]
        product.queryset = Product.objects.filter(is_active=True)
        product.label_from_instance = lambda one: f"{one.code} · {one.name}"
        self.fields["code"].help_text = "Capital letters, digits and dashes, such as SPEC-MSC-01."
        self.fields["title"].help_text = "What it is for in a few words."

    def clean_code(self) -> str:
        """Codes are capitals and used once."""
        code = str(self.cleaned_data["code"]).strip().upper()
        if Specification.objects.filter(code=code).exists():
            raise forms.ValidationError(f"{code} is taken already.")
        return code


class AboutForm(EntryForm):
    """What a draft changes and why."""

    class Meta:
        model = SpecificationVersion
        fields = ("change_note",)
        formfield_callback = form_field


HELP = {
    "kind": "Release decides. Alert asks a reviewer to look. Report only is shown.",
    "operator": "",
    "expected": "One a line: accepted values, or markers such as CD9.",
    "at_least": "How many of the markers above must be detected.",
    "replicates_needed": "How many replicates must pass.",
    "retests_needed": "How many retests, all of which must pass.",
}
RADIOS = {"kind": CriterionKind, "operator": Operator, "replicates": Replicates, "retest": Retest}


class CriterionForm(EntryForm):
    """One line of a specification; `attribute` is chosen for a new one and stands for another."""

    attribute = forms.ChoiceField(label="What is judged")
    expected = forms.CharField(
        label="Names", required=False, max_length=500, widget=forms.Textarea({"rows": 4})
    )

    class Meta:
        model = SpecificationCriterion
        fields = RULE_FIELDS
        formfield_callback = form_field

    def __init__(self, *args: Any, product: Product, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, kind in RADIOS.items():
            self.fields[name] = forms.ChoiceField(
                label=str(SpecificationCriterion._meta.get_field(name).verbose_name).capitalize(),  # type: ignore[union-attr]
                choices=kind.choices,
                initial=SpecificationCriterion._meta.get_field(name).default,  # type: ignore[union-attr]
                widget=forms.RadioSelect,
            )
        for name, words in {**LIMIT_HELP, **HELP}.items():
            self.fields[name].help_text = words
        attribute: Any = self.fields["attribute"]
        if self.instance.pk:
            del self.fields["attribute"]
            self._name_units(unit_of(self.instance.attribute))
        else:
            attribute.choices = [("", "Choose…"), *choices_for(product)]

    def _name_units(self, unit: str) -> None:
        for name in QUANTITIES if unit else ():
            self.fields[name].label = f"{self.fields[name].label} ({unit})"

    def clean_expected(self) -> str:
        """Names one a line, without empty lines and spaces around them."""
        return tidied(self.cleaned_data["expected"])

    def _post_clean(self) -> None:
        """What makes no sense together stands beside the field where it is put right, not above the form."""
        self.instance.attribute = self.cleaned_data.get("attribute", self.instance.attribute)
        super()._post_clean()
        self.errors.pop(NON_FIELD_ERRORS, None)  # the constraints, which say the same
        for field, words in problems_of_criterion(self.instance):
            if field not in self.errors:
                self.add_error(field, words)

    # --- the parts of the page ---

    def part(self, *names: str) -> list[forms.BoundField]:
        """These fields, bound."""
        return [self[name] for name in names if name in self.fields]

    @property
    def numbers(self) -> list[forms.BoundField]:
        """Target, accepted range with its edges, alerts."""
        return self.part(*LIMIT_ORDER)

    @property
    def names(self) -> list[forms.BoundField]:
        """What is expected."""
        return self.part("expected")


class WordsForm(forms.Form):
    """Why something is sent back or retired."""

    words = forms.CharField(label="Why", max_length=2000, min_length=3, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, label: str = "Why", **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["words"].label = label
        self.fields["words"].error_messages["min_length"] = "Say it in a few words."  # type: ignore[index]


class ApproveForm(SignFields):
    """The signature that approves."""

    def meanings(self) -> dict[str, str]:
        return {"": str(SpecificationSignature.Meaning.APPROVED)}


class NothingMore(forms.Form):
    """An act that asks for nothing."""
