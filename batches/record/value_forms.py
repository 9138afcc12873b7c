"""Form fields for the values of a sheet, one form a record with exactly the fields that were sent."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db import models

from audit.models import TrackedModel
from batches.record.sheets import editable_fields

LOCAL_TIME = "%Y-%m-%dT%H:%M"


def form_field(field: models.Field, **kwargs: Any) -> forms.Field | None:
    """The form field of a model field as the bench needs it: real pickers for dates and times."""
    if isinstance(field, models.DateTimeField):
        picker = forms.DateTimeInput({"type": "datetime-local"}, format=LOCAL_TIME)
        kwargs.update(widget=picker, input_formats=[LOCAL_TIME, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"])
        kwargs["form_class"] = forms.DateTimeField
    elif isinstance(field, models.DateField):
        kwargs["widget"] = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    elif isinstance(field, models.TextField):
        kwargs["widget"] = forms.Textarea({"rows": 3})
    made = field.formfield(**kwargs)
    if isinstance(made, forms.TypedChoiceField):
        offered: Iterable[Any] = made.choices  # type: ignore[assignment]  # its stub tells what may be set
        made.choices = [(code, label if code else "—") for code, label in offered]
    return made


def values_form(record: TrackedModel, names: tuple[str, ...], data: Any = None) -> forms.ModelForm:
    """A form over these fields of a record (a copy of it: validating changes nothing)."""
    copy = type(record)()
    copy.__dict__.update({key: value for key, value in record.__dict__.items() if key != "_state"})
    copy._state.adding, copy._state.db = record._state.adding, record._state.db
    form_class = forms.modelform_factory(type(record), fields=names, formfield_callback=form_field)
    return form_class(data, instance=copy)


def all_values_form(record: TrackedModel, data: Any = None) -> forms.ModelForm:
    """A form over every field that people enter on a record."""
    return values_form(record, editable_fields(type(record)), data)


def seen_value(form: forms.ModelForm, name: str, text: str) -> Any:
    """The value a page showed, from the text it sent back; a text that is no value stays text."""
    try:
        return form.fields[name].clean(text) if text != "" else None
    except forms.ValidationError:
        return text
