"""What people fill in about a deviation, one form an intention. Forms check; actions write."""

import uuid
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from accounts import roles
from accounts.forms import ReasonFields, SignFields
from accounts.models import User
from audit.refusal import ReasonCategory
from batches.entering import DateInput, MomentFormField, WhyForm
from batches.record.models import Batch
from qc.deviations.models import Deviation, DeviationSignature
from qc.deviations.places import Place

GRADES = [choice for choice in Deviation.Grade.choices if choice[0]]
LATER = [("", "not classed yet"), *GRADES]


class OwnerField(forms.ModelChoiceField):
    """A person who sees to it. Offers those who may; others are refused by the action, in words."""

    def __init__(self, **kwargs: Any):
        super().__init__(queryset=User.objects.people(), label="Owner", required=False, **kwargs)

    def offer(self, present: User | None = None) -> None:
        """Fill the choices with everybody who enters values, and the present owner."""
        may = User.objects.people().active().filter(role__in=sorted(roles.ENTER)).order_by("username")
        people = [*may, *([present] if present and not present.may(roles.ENTER) else [])]
        self.choices = [("", "nobody yet"), *[(person.pk, person.username) for person in people]]


def _long(name: str, rows: int = 3, **kwargs: Any) -> forms.Field:
    """The form field of a long text of a deviation."""
    field: Any = Deviation._meta.get_field(name)
    return field.formfield(widget=forms.Textarea({"rows": rows}), **kwargs)


class OpenDeviationForm(forms.Form):
    """What happened where; everything else may come later, value by value."""

    at = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    finding = forms.CharField(required=False, max_length=16, widget=forms.HiddenInput)
    once = forms.CharField(
        widget=forms.HiddenInput, validators=[RegexValidator(r"^[0-9a-f]{32}\Z", "Load this page again.")]
    )
    field = forms.ChoiceField(label="Which value", required=False)
    happened = _long("happened", 4)
    happened_time = MomentFormField(
        label="When it happened", required=False, help_text="Only if it differs from now."
    )
    immediate_action = _long("immediate_action")
    impact = _long("impact")
    grade = forms.ChoiceField(label="Class", required=False, choices=LATER)
    owner = OwnerField()
    due_on = forms.DateField(label="Due", required=False, widget=DateInput())

    wide = ("field",)

    def __init__(self, *args: Any, place: Place, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("once", uuid.uuid4().hex)
        self.fields["owner"].offer()
        self.fields["field"].choices = [("", "none, or the whole of it"), *place.values()]

    def told(self) -> dict[str, Any]:
        """Everything but where it stands, as the action takes it."""
        where = ("at", "finding", "field")
        return {name: value for name, value in self.cleaned_data.items() if name not in where}


class OptionalReason(WhyForm):
    """A reason, needed only where something that stood there is replaced."""

    seen = None  # type: ignore[assignment]  # takes the field off
    reason_category = forms.ChoiceField(
        label="Why it changes",
        required=False,
        choices=[("", "nothing is replaced"), *ReasonCategory.choices],
    )


class ClassForm(OptionalReason):
    """How severe it is."""

    grade = forms.ChoiceField(label="Class", choices=GRADES, widget=forms.RadioSelect)
    field_order = ("grade", "reason_category", "reason_words")


class AssignForm(OptionalReason):
    """Who sees to it and by when."""

    owner = OwnerField()
    due_on = forms.DateField(label="Due", required=False, widget=DateInput())
    field_order = ("owner", "due_on", "reason_category", "reason_words")

    def __init__(self, *args: Any, present: User | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["owner"].offer(present)


class AffectedForm(forms.Form):
    """Another batch and in what way it is affected."""

    batch = forms.CharField(label="Number of the batch", max_length=40)
    words = forms.CharField(label="In what way", max_length=1000)

    def clean_batch(self) -> Batch:
        number = str(self.cleaned_data["batch"]).strip()
        batch = Batch.objects.filter(number=number).first()
        if batch is None:
            raise forms.ValidationError(f"There is no batch {number}.")
        return batch


class WithdrawForm(ReasonFields):
    """Why a batch is not affected after all."""

    affected = forms.IntegerField(widget=forms.HiddenInput)


class NoteForm(forms.Form):
    """A note beside the deviation."""

    words = forms.CharField(label="Note", max_length=10_000, widget=forms.Textarea({"rows": 3}))


class CloseForm(SignFields):
    """The signature that closes it."""

    def meanings(self) -> dict[str, str]:
        return {"": str(DeviationSignature.Meaning.CLOSED)}


class NothingMore(forms.Form):
    """An act that asks for nothing."""
