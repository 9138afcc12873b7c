"""What the forms of source and master pages share: fields that fit the bench, reasons of corrections.

Forms check and never save; an action's refusal is put on the field that it names.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone

from audit.models import TrackedModel
from audit.refusal import ActionRefused, Reason, ReasonCategory, ReasonMissing, RecordMoved, ValueRefused
from audit.words import capital
from batches.quantities import LongWords, QuantityField, WholeNumberField, typed_form

NOT_RECORDED = "not recorded"


class DateInput(forms.DateInput):
    """A day, picked in the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """A day and a time of day to the minute."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class MomentFormField(forms.DateTimeField):
    """A moment to the minute, in the laboratory's time zone; not in the future."""

    widget = MomentInput

    def clean(self, value: Any) -> dt.datetime | None:
        """The moment; one that lies in the future (a clock may be wrong by minutes) is refused."""
        moment = super().clean(value)
        if moment is not None and moment > timezone.now() + dt.timedelta(minutes=5):
            raise forms.ValidationError("This moment has not come yet.")
        return moment

    def has_changed(self, initial: Any, data: Any) -> bool:
        """The page shows minutes, so seconds alone are no change."""
        try:
            return bool(_minute(initial) != _minute(self.to_python(data)))
        except forms.ValidationError:
            return True


def _minute(moment: dt.datetime | None) -> dt.datetime | None:
    return moment.astimezone(dt.UTC).replace(second=0, microsecond=0) if moment else None


def form_field(field: models.Field, **kwargs: Any) -> forms.Field | None:
    """The form field of a model field: unit in the label, dates picked, empty choices named."""
    if isinstance(field, models.DateTimeField):
        kwargs["form_class"] = MomentFormField
    elif isinstance(field, models.DateField):
        kwargs["widget"] = DateInput()
    elif isinstance(field, LongWords):
        kwargs["widget"] = forms.Textarea({"rows": 4})
    made = field.formfield(**kwargs)
    unit = getattr(field, "unit", "")
    if made is not None:
        label = kwargs.get("label") or capital(str(field.verbose_name))
        made.label = f"{label} ({unit})" if unit else label
    if isinstance(made, forms.TypedChoiceField) and field.blank:
        made.choices = [("", NOT_RECORDED), *field.flatchoices]
    if isinstance(made, forms.ModelChoiceField) and field.blank:
        made.empty_label = "none"
    return made


def form_for(model: type[TrackedModel], names: Iterable[str], **declared: Any) -> type[forms.ModelForm]:
    """A form over some fields of a model; `declared` fields replace the model's own."""
    base = type(f"{model.__name__}Form", (EntryForm,), declared)
    return forms.modelform_factory(model, form=base, fields=list(names), formfield_callback=form_field)


class EntryForm(forms.ModelForm):
    """Checks what was typed against the model's own rules. Never saves: actions do.

    `wide` names fields that keep a row of their own on the page.
    """

    wide: tuple[str, ...] = ()

    def save(self, commit: bool = True) -> Any:
        """Refused: a form that saves would pass by the one door."""
        raise NotImplementedError("Forms check; actions save.")

    def values(self) -> dict[str, Any]:
        """Everything on the form, by field name."""
        return {name: self.cleaned_data[name] for name in self.fields}

    def changed_values(self) -> dict[str, Any]:
        """What differs from what the form began with."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def typed(self) -> dict[str, str]:
        """Numbers exactly as they were typed, for the entry."""
        numbers = [
            field.name
            for field in self._meta.model._meta.concrete_fields
            if field.name in self.fields and isinstance(field, QuantityField | WholeNumberField)
        ]
        return {name: str(self.data.get(self.add_prefix(name), "")).strip() for name in numbers}


class WhyForm(forms.Form):
    """The reason of a correction, needed only where a saved value is replaced; and the version seen."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason_category = forms.ChoiceField(
        label="Why",
        required=False,
        choices=[("", "only empty fields are filled in"), *ReasonCategory.choices],
    )
    reason_words = forms.CharField(label="In a few words", max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        """A category comes with words, and words with a category."""
        given = super().clean() or {}
        category, words = given.get("reason_category", ""), given.get("reason_words", "")
        if words and not category:
            self.add_error("reason_category", "Choose why.")
        elif category and len(words) < 3:
            self.add_error("reason_words", "Say in a few words why.")
        return given

    def reason(self) -> Reason | None:
        """The reason as given; None when there is none."""
        category = self.cleaned_data.get("reason_category")
        return Reason(category, self.cleaned_data["reason_words"]) if category else None


def demand_unmoved(label: str, revision: int, seen: int | None) -> None:
    """Raise RecordMoved when a record is not in the version that the person saw (None: not asked)."""
    if seen is not None and seen != revision:
        raise RecordMoved(
            f"{label} was saved by somebody else while this page was open. What you typed is still here; "
            "beside it stands what the record says now. Save again to put yours in its place."
        )


def carried_out(
    forms_: Sequence[forms.BaseForm], act: Callable[[], Any], *, why: WhyForm | None = None
) -> Any:
    """What the action returns; None when it refused, with the refusal on the field that it names."""
    try:
        return act()
    except ActionRefused as refusal:
        if isinstance(refusal, RecordMoved):
            show_both(forms_, why)
        refuse(forms_, refusal, why)
        return None


def refuse(forms_: Sequence[forms.BaseForm], refusal: ActionRefused, why: WhyForm | None = None) -> None:
    """Put a refusal on the form that has the field it names, else on the first; what was typed stays."""
    if why is not None and isinstance(refusal, ReasonMissing):
        why.add_error("reason_category", str(refusal))
        return
    field = refusal.field if isinstance(refusal, ValueRefused) else ""
    named = next((form for form in forms_ if field in form.fields), None)
    (named or forms_[0]).add_error(field if named else None, str(refusal))


def show_both(forms_: Sequence[forms.BaseForm], why: WhyForm | None) -> None:
    """Beside every field that differs, show what the record says now; the next save decides."""
    for form in forms_:
        for name in form.changed_data:
            form[name].help_text = f"In the record now: {_saved_words(form[name])}"
    if why is not None:
        why.data = {**why.data.dict(), "seen": why.initial["seen"]}  # type: ignore[union-attr]


def _saved_words(bound: forms.BoundField) -> str:
    saved = bound.field.prepare_value(bound.initial)
    if saved in (None, ""):
        return "empty"
    if isinstance(saved, bool):
        return "yes" if saved else "no"
    if isinstance(saved, Decimal):
        return typed_form(saved)
    if isinstance(saved, dt.datetime):
        return f"{saved:%Y-%m-%d %H:%M}"
    choices = getattr(bound.field, "choices", ()) if not hasattr(bound.field, "queryset") else ()
    return str(dict(choices).get(saved, saved))
