"""Calculations that a value came from: the formula, its version and the inputs, kept with the value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models

from audit.bundle.notes import Note
from audit.models import TrackedModel
from batches.quantities import QuantityField, WholeNumberField, Words, people_number
from batches.record.models import Batch

if TYPE_CHECKING:
    from batches.record.sheets import Sheet


class Calculation(TrackedModel):
    """What a value was computed from when somebody entered it; it stays when the value is corrected.

    `inputs` are a list of name, label, value (as text), unit, and the field of the sheet that held it.
    """

    append_only = True

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="calculations")
    record_kind = Words("record kind", max_length=60, blank=False)
    record_id = WholeNumberField("record", null=False, blank=False, high=2**53 - 1)
    record_label = Words("record", max_length=200)
    field = Words("field", max_length=60, blank=False)
    formula = Words("formula", max_length=40, blank=False)
    version = Words("version of the formula", max_length=10, blank=False)
    words = Words("what it computes", max_length=120, blank=False)
    inputs: Any = models.JSONField("inputs", default=list)
    result = QuantityField("result", max_digits=23, null=False, blank=False)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        indexes = (models.Index(fields=["record_kind", "record_id"], name="calculation_by_record"),)

    def __str__(self) -> str:
        return f"{self.formula} {self.version}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.record_label}, calculation of {self.field.replace('_', ' ')}"

    @property
    def told(self) -> str:
        """'computed by rcf_average 1.0 from speed 28 480 rpm, r max 153.1 mm'."""
        inputs = ", ".join(
            f"{one['label']} {people_number(Decimal(one['value']))} {one['unit']}".rstrip()
            for one in self.inputs
        )
        return f"computed by {self} from {inputs}"


@dataclass(frozen=True)
class Calculated:
    """A calculation that is entered with its value."""

    formula: str
    version: str
    words: str
    inputs: list[dict[str, str]]
    result: Decimal

    def row(self, sheet: "Sheet", field: str) -> Calculation:
        """The row to be written beside the value."""
        part = sheet.part_of(field)
        return Calculation(
            batch=sheet.batch,
            record_kind=part._meta.label_lower,
            record_id=part.pk,
            record_label=part.trail_label,
            field=field,
            formula=self.formula,
            version=self.version,
            words=self.words,
            inputs=self.inputs,
            result=self.result,
        )


def calculations_of(sheet: "Sheet") -> dict[str, Calculation]:
    """The latest calculation of every field of a sheet. One query."""
    parts = models.Q()
    for part in sheet.parts:
        parts |= models.Q(record_kind=part._meta.label_lower, record_id=part.pk)
    return latest(Calculation.objects.filter(parts))


def latest(rows: Iterable[Calculation]) -> dict[str, Calculation]:
    """The last one of each field."""
    return {row.field: row for row in rows}


def calculations_among(rows: Iterable[Calculation], sheet: "Sheet") -> dict[str, Calculation]:
    """The same out of rows that were read already, oldest first."""
    parts = {(part._meta.label_lower, part.pk) for part in sheet.parts}
    return latest(row for row in rows if (row.record_kind, row.record_id) in parts)


def told_beside(values: Mapping[str, Any]) -> Note:
    """The note of a calculation in the record for people, from the values of its entry."""
    names = ("formula", "version", "inputs")
    made = Calculation(**{name: values[name] for name in names})
    place = (str(values["record_kind"]), int(values["record_id"]), str(values["field"]))
    return Note(*place, f"{people_number(Decimal(values['result']))}, {made.told}")


def words_of(calculation: Calculation, sheet: "Sheet") -> str:
    """What stands beside the value: by what it was computed, and whether that still holds."""
    value = sheet.value(calculation.field)
    if value is None or Decimal(value) != calculation.result:
        return f"Not the computed value any more ({people_number(calculation.result)}, {calculation.told})."
    moved = [one["label"] for one in calculation.inputs if _has_moved(one, sheet)]
    return calculation.told + (f"; {', '.join(moved)} changed since" if moved else "")


def _has_moved(told: dict[str, str], sheet: "Sheet") -> bool:
    """Whether the field that an input was taken from holds something else now."""
    if not told["field"]:
        return False
    try:
        now = sheet.value(told["field"])
    except KeyError:
        return False
    return now is None or Decimal(now) != Decimal(told["value"])
