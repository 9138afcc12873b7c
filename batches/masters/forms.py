"""Forms about products and master records. They check; batches.masters.actions saves."""

from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.forms import SignFields
from batches.entering import EntryForm, form_field
from batches.masters.choices import LimitField, limit_fields
from batches.masters.limits import LIMIT_FIELDS, QUANTITIES
from batches.masters.models import MasterRecord, MasterVersion, PlannedStep, Product, StepLimit
from batches.masters.signing import MasterSignature
from batches.specifications.models import Specification


class ProductForm(EntryForm):
    """What the laboratory makes, how its batches are numbered, its size window."""

    class Meta:
        model = Product
        fields = (
            "code",
            "name",
            "number_pattern",
            "window_low_nm",
            "window_high_nm",
            "is_active",
            "description",
        )
        formfield_callback = form_field

    def clean_code(self) -> str:
        """Codes are capitals and used once."""
        return _unused(Product, "code", self.cleaned_data["code"], self.instance.pk)


def _unused(model: Any, name: str, value: str, own: int | None) -> str:
    """The value in capitals. Raises ValidationError when another record has it."""
    value = value.strip().upper()
    if model.objects.filter(**{name: value}).exclude(pk=own).exists():
        raise forms.ValidationError(f"{value} is taken already.")
    return value


class SpecificationField(forms.ModelChoiceField):
    """The specification that a master version names; batches take its effective version."""

    def __init__(self, **kwargs: Any):
        found = Specification.objects.select_related("product").order_by("code")
        super().__init__(found, label="Specification", empty_label="Choose…", **kwargs)

    def label_from_instance(self, one: Specification) -> str:
        return f"{one.code} · {one.title} ({one.product.code})"


def _begins_field() -> forms.ChoiceField:
    """What batches on a master version are made from."""
    return forms.ChoiceField(
        label="Batches on it begin with",
        choices=MasterVersion.Begins.choices,
        required=False,
        help_text="A pool is put together of released batches; it has no source lot and no harvest.",
    )


class AddMasterForm(EntryForm):
    """A new master record with the specification of its first version."""

    specification = SpecificationField(
        help_text="Of the same product. Each batch takes the version that is effective when it is opened."
    )
    begins_with = _begins_field()

    class Meta:
        model = MasterRecord
        fields = ("product", "code", "title")
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        product = self.fields["product"]
        product.queryset = Product.objects.filter(is_active=True)
        product.label_from_instance = lambda one: f"{one.code} · {one.name}"
        self.fields["code"].help_text = "Capital letters, digits and dashes, such as MBR-MSC-UC."
        self.fields["title"].help_text = "The way of making it in a few words, such as “Ultracentrifugation”."

    def clean_code(self) -> str:
        """Codes are capitals and used once."""
        return _unused(MasterRecord, "code", self.cleaned_data["code"], None)


class DescribeForm(EntryForm):
    """What a draft is about. One that holds its criteria itself may go on doing so."""

    specification = SpecificationField(required=False)
    begins_with = _begins_field()

    class Meta:
        model = MasterVersion
        fields = ("specification", "begins_with", "change_note")
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field, own = self.fields["specification"], self.instance.specification_code
        field.queryset = field.queryset.filter(product=self.instance.master.product)
        field.required = not own
        if own:
            field.empty_label = f"{own}, held by this master record itself"
            field.help_text = "A specification that is chosen here takes the place of the criteria below it."


class PlannedStepForm(EntryForm):
    """A planned step; left empty, its position is the last."""

    class Meta:
        model = PlannedStep
        fields = ("name", "position", "method", "purpose", "instructions", "is_critical", "hold_max_h")
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["instructions"].widget.attrs["rows"] = 8
        position = self.fields["position"]
        position.required = False
        position.help_text = "Empty: after the last step. The steps behind it make room."
        self.fields["hold_max_h"].help_text = "How long the material may wait after it. Empty: not limited."

    def clean(self) -> dict[str, Any]:
        """An empty position is no position of the model, so it is left out of what the model checks."""
        given = super().clean() or self.cleaned_data
        if given.get("position") is None and "position" not in self.errors:
            given["position"] = self.instance.position
        return given

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "position"}


LIMIT_ORDER = (
    "target",
    "action_low",
    "action_high",
    "low_included",
    "high_included",
    "alert_low",
    "alert_high",
)
LIMIT_HELP = {
    "target": "What is planned.",
    "action_low": "Out of limits below. Empty: no lower limit.",
    "action_high": "Out of limits above. Empty: no upper limit.",
    "alert_low": "Accepted, but shown as close to the limit below this.",
    "alert_high": "Accepted, but shown as close to the limit above this.",
    "low_included": "Ticked: a value on the lower edge is accepted.",
    "high_included": "Ticked: a value on the upper edge is accepted.",
}


def _name_units(form: forms.BaseForm, unit: str) -> None:
    for name in LIMIT_FIELDS:
        form.fields[name].help_text = LIMIT_HELP[name]
        if unit and name in QUANTITIES:
            form.fields[name].label = f"{form.fields[name].label} ({unit})"


class LimitForm(EntryForm):
    """The limit of one field of a planned step; `field` is chosen for a new one and stands for another."""

    field = forms.ChoiceField(label="Of which value")
    field_order = ("field", *LIMIT_ORDER)
    wide = ("field", "target")

    class Meta:
        model = StepLimit
        fields = LIMIT_FIELDS
        formfield_callback = form_field

    def __init__(self, *args: Any, step: PlannedStep, taken: set[str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        known = limit_fields(step.method)
        if self.instance.pk:
            del self.fields["field"]
            _name_units(self, known.get(self.instance.field, LimitField("", "")).unit)
            return
        free = {name: found for name, found in known.items() if name not in taken}
        self.fields["field"].choices = [("", "Choose…"), *_named(free)]
        _name_units(self, "")


def _named(fields: Mapping[str, LimitField]) -> list[tuple[str, str]]:
    return [(name, f"{one.label} ({one.unit})" if one.unit else one.label) for name, one in fields.items()]


class ApproveForm(SignFields):
    """The signature that approves."""

    def meanings(self) -> dict[str, str]:
        return {"": str(MasterSignature.Meaning.APPROVED)}
