"""What verifying must know of a tracked model: its tables, columns and labels, found by introspection."""

import functools
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from audit import canonical, records
from audit.models import TrackedModel
from audit.trail.telling import shown


@dataclass(frozen=True)
class FieldShape:
    """One field whose values entries tell of."""

    field: Any
    is_hashed: bool
    in_history: bool

    @property
    def name(self) -> str:
        return str(self.field.name)

    @property
    def attname(self) -> str:
        return str(self.field.attname)

    @property
    def label(self) -> str:
        return records.label_of(self.field)

    def plain(self, value: Any) -> Any:
        """The value as an entry tells it."""
        if self.is_hashed:
            return f"sha256 {canonical.content_hash(value)}" if value else None
        return canonical.plain(value)

    def words(self, value: Any) -> str:
        """The value as people read it, with its unit; names in place of keys and codes."""
        if value in (None, ""):
            return "nothing"
        if self.field.is_relation:
            related = self.field.related_model._base_manager.filter(pk=value).first()
            return str(related) if related is not None else f"no. {value}, which does not exist"
        if self.field.choices:
            return str(dict(self.field.flatchoices).get(value, value))
        return self.told(shown(self.plain(value)))

    def told(self, text: str | None) -> str:
        """A value that is text already, with its unit."""
        if text in (None, ""):
            return "nothing"
        return f"{text} {getattr(self.field, 'unit', '')}".rstrip()

    def value_of(self, told: Any) -> Any:
        """The value of the field that an entry tells; the opposite of `plain`."""
        if told is None or isinstance(self.field, models.JSONField):
            return told
        return (
            self.field.target_field.to_python(told) if self.field.is_relation else self.field.to_python(told)
        )


@dataclass(frozen=True)
class Shape:
    """A tracked model with its history."""

    model: type[TrackedModel]
    fields: tuple[FieldShape, ...]

    @property
    def kind(self) -> str:
        return self.model._meta.label_lower

    @property
    def words(self) -> str:
        return str(self.model._meta.verbose_name)

    @functools.cached_property
    def history(self) -> Any:
        return self.model.history.model  # the manager that this asks is made anew each time

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def history_table(self) -> str:
        return str(self.history._meta.db_table)

    @property
    def pk(self) -> str:
        """The key's column, of the same name in both tables."""
        return str(self.model._meta.pk.column)

    @functools.cached_property
    def columns(self) -> list[str]:
        """Columns that live row and history row have in common, without the key."""
        return ["revision", *(one.field.column for one in self.fields if one.in_history)]

    @functools.cached_property
    def kept(self) -> tuple[FieldShape, ...]:
        """Fields that history rows hold."""
        return tuple(one for one in self.fields if one.in_history)

    @functools.cached_property
    def unkept(self) -> tuple[FieldShape, ...]:
        """Fields too bulky for the history, whose hash stands in the entries."""
        return tuple(one for one in self.fields if not one.in_history)

    def field(self, name: str) -> FieldShape | None:
        return next((one for one in self.fields if one.name == name), None)


@functools.cache
def shapes() -> tuple[Shape, ...]:
    """Every tracked model, in the order of its tables' names."""
    found = [model for model in apps.get_models() if issubclass(model, TrackedModel)]
    return tuple(_shape(model) for model in sorted(found, key=lambda model: model._meta.db_table))


@functools.cache
def shape_of(kind: str) -> Shape | None:
    """The tracked model that entries call so."""
    return next((shape for shape in shapes() if shape.kind == kind), None)


def _shape(model: type[TrackedModel]) -> Shape:
    told = []
    for field in model._meta.concrete_fields:
        is_hashed, in_history = field.name in model.hashed_fields, field.name not in model.history_excludes
        if not field.primary_key and field.name != "revision" and (is_hashed or in_history):
            told.append(FieldShape(field, is_hashed, in_history))
    return Shape(model, tuple(told))
