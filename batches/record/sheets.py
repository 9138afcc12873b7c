"""A sheet: what people fill in on one page — the harvest, a step, an assay — whatever its kind.

An envelope row and, where there is one, a details row are shown and saved as one list of fields. Values
arrive one by one; finishing is where required fields and limits are enforced.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models

from audit.models import TrackedModel
from audit.refusal import ActionRefused
from audit.words import capital
from batches.masters.limits import Limit
from batches.record.models import Batch, FieldRemark


@dataclass(frozen=True)
class Section:
    """A titled group of fields on a sheet; `folded` ones are opened on demand."""

    title: str
    fields: tuple[str, ...]
    folded: bool = False


@dataclass(frozen=True)
class RowKind:
    """Repeated things on a sheet (lanes, markers, fractions, micrographs)."""

    code: str
    title: str
    model: type[TrackedModel]
    parent: str  # name of the key to the details row
    related: str  # name of the rows on the details row
    fields: tuple[str, ...]
    least: int = 0  # how many finishing asks for
    takes_file: bool = False
    entered_at: str = ""  # where else the rows are entered; the sheet only shows them then


@dataclass(frozen=True)
class Kind:
    """A method, a technique, or the harvest: one line of a registry."""

    code: str
    label: str
    details: type[TrackedModel] | None
    sections: tuple[Section, ...]
    required: tuple[str, ...]
    rows: tuple[RowKind, ...] = ()
    template: str = ""
    icon: str = "flask"
    # What else finishing asks for: (words, anchor on the page) of everything still missing.
    also: Callable[["Sheet"], list[tuple[str, str]]] = lambda sheet: []


@dataclass(frozen=True)
class Problem:
    """Something that stands in the way of finishing or submitting, with a way to the very field."""

    where: str
    words: str
    url: str = ""
    field: str = ""


class NotFinished(ActionRefused):
    """A sheet can't be finished yet; `problems` says why, field by field."""

    def __init__(self, problems: list[Problem]):
        super().__init__("Not finished yet: " + "; ".join(problem.words for problem in problems) + ".")
        self.problems = problems


class ValuesMoved(ActionRefused):
    """Somebody else changed a field since the page was shown; both values are kept for a decision."""

    def __init__(self, field_name: str, label: str, mine: Any, theirs: Any):
        super().__init__(f"{label} was changed by somebody else while this page was open.")
        self.field, self.mine, self.theirs = field_name, mine, theirs


@dataclass
class Sheet:
    """One page of values. `parts` are the rows it is made of, the envelope first."""

    batch: Batch
    parts: list[TrackedModel]
    kind: Kind
    url: str
    limits: Mapping[str, Limit] = field(default_factory=dict)
    remarks: dict[tuple[str, str], FieldRemark] = field(default_factory=dict)

    @property
    def subject(self) -> Any:
        """The envelope: the step, assay or harvest itself."""
        return self.parts[0]

    @property
    def details(self) -> Any:
        return self.parts[-1]

    @property
    def label(self) -> str:
        return self.subject.trail_label

    @property
    def is_editable(self) -> bool:
        """Whether values may be entered or corrected now."""
        editable = getattr(self.subject, "is_editable", None)
        return self.batch.is_editable if editable is None else bool(editable)

    def part_of(self, name: str) -> TrackedModel:
        """The row that holds a field. Raises KeyError for a field that is not on this sheet."""
        for part in self.parts:
            if name in editable_fields(type(part)):
                return part
        raise KeyError(name)

    def model_field(self, name: str) -> models.Field:
        return self.part_of(name)._meta.get_field(name)  # type: ignore[return-value]

    def value(self, name: str) -> Any:
        return getattr(self.part_of(name), name)

    def label_of(self, name: str) -> str:
        return capital(str(self.model_field(name).verbose_name))

    def field_names(self) -> Iterator[str]:
        """Every field of the sheet, in the order of its sections."""
        for section in self.kind.sections:
            yield from section.fields

    def remark(self, name: str, kind: str) -> FieldRemark | None:
        return self.remarks.get((name, kind))

    def verdict(self, name: str) -> str:
        """'inside', 'alert' or 'outside' of the planned limits; empty without a limit or a value."""
        limit, value = self.limits.get(name), self.value(name) if name in self.limits else None
        return limit.verdict(Decimal(value)) if limit is not None and value is not None else ""

    def load_remarks(self, remarks: Iterable[FieldRemark]) -> "Sheet":
        """Take the standing remarks of this sheet's rows out of those of the batch."""
        keys = {(part._meta.label_lower, part.pk) for part in self.parts}
        self.remarks = {
            (remark.field, remark.kind): remark
            for remark in remarks
            if (remark.record_kind, remark.record_id) in keys and not remark.is_withdrawn
        }
        return self


@functools.cache
def editable_fields(model: type[TrackedModel]) -> tuple[str, ...]:
    """Names of the fields that people enter on a model: no keys to its parent, no computed ones."""
    return tuple(
        field.name
        for field in model._meta.concrete_fields
        if field.editable and not field.primary_key and not field.is_relation
    )


def problems_of(sheet: Sheet) -> list[Problem]:
    """Everything finishing would refuse: empty required fields, unexplained values out of limits."""
    also = [Problem(sheet.label, words, f"{sheet.url}#{anchor}") for words, anchor in sheet.kind.also(sheet)]
    return [*_empty(sheet), *_unexplained(sheet), *_too_few_rows(sheet), *also]


def _problem(sheet: Sheet, name: str, words: str) -> Problem:
    return Problem(sheet.label, words, f"{sheet.url}#value-{name}", name)


def needed_fields(sheet: Sheet) -> set[str]:
    """Fields that finishing asks for: the kind's own and those with a planned limit."""
    return {*sheet.kind.required, *sheet.limits}


def _empty(sheet: Sheet) -> list[Problem]:
    needed = needed_fields(sheet)
    return [
        _problem(sheet, name, f"{sheet.label_of(name)} is empty")
        for name in sheet.field_names()
        if name in needed
        and sheet.value(name) in (None, "")
        and not sheet.remark(name, FieldRemark.Kind.NOT_APPLICABLE)
    ]


def _unexplained(sheet: Sheet) -> list[Problem]:
    return [
        _problem(sheet, name, f"{sheet.label_of(name)} is out of limits without a reason")
        for name in sheet.limits
        if sheet.verdict(name) == "outside" and not sheet.remark(name, FieldRemark.Kind.OUT_OF_LIMITS)
    ]


def _too_few_rows(sheet: Sheet) -> list[Problem]:
    return [
        Problem(sheet.label, f"{kind.title}: at least {kind.least} needed", f"{sheet.url}#rows-{kind.code}")
        for kind in sheet.kind.rows
        if sum(1 for row in getattr(sheet.details, kind.related).all() if not row.is_voided) < kind.least
    ]
