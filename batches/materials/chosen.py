"""Which rotor, column, membrane or kit a step took its values from; the values are the step's own."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import Q

from accounts.fields import person
from audit.models import TrackedModel
from batches.isolation.models import ProcessStep
from batches.materials.models import Column, Kit, Material, Membrane, Rotor
from batches.quantities import Words

KEYS = ("rotor", "column", "membrane", "kit")


def _only(key: str) -> Q:
    """That key and no other."""
    return Q(kind=key, **{f"{one}__isnull": one != key for one in KEYS})


class ChosenMaterial(TrackedModel):
    """A choice from the reference data for a step, with the name that the row had then.

    Choosing another one for the same step is a row of its own; the last of each kind counts.
    """

    class Kind(models.TextChoices):
        ROTOR = "rotor", "Rotor"
        COLUMN = "column", "Column"
        MEMBRANE = "membrane", "Membrane"
        KIT = "kit", "Kit"

    append_only = True

    step = models.ForeignKey(ProcessStep, on_delete=models.PROTECT, related_name="chosen_materials")
    kind = Words("kind", max_length=8, choices=Kind, blank=False)
    name = Words("name in the list", max_length=60, blank=False)
    rotor = models.ForeignKey(Rotor, on_delete=models.PROTECT, null=True, related_name="chosen")
    column = models.ForeignKey(Column, on_delete=models.PROTECT, null=True, related_name="chosen")
    membrane = models.ForeignKey(Membrane, on_delete=models.PROTECT, null=True, related_name="chosen")
    kit = models.ForeignKey(Kit, on_delete=models.PROTECT, null=True, related_name="chosen")
    chosen_at = models.DateTimeField("chosen at", editable=False)
    chosen_by = person(null=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "chosen reference data"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=_only("rotor") | _only("column") | _only("membrane") | _only("kit"),
                name="chosenmaterial_names_one",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"  # type: ignore[attr-defined]

    @property
    def trail_batch(self) -> str:
        return self.step.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.step}, {self.kind} chosen from the list"

    @property
    def material_id(self) -> int:
        """The key of what was chosen."""
        return int(getattr(self, f"{self.kind}_id"))

    @property
    def url(self) -> str:
        """The page of what was chosen."""
        return f"/materials/{self.kind}s/{self.material_id}/"


def choice_of(step: ProcessStep, material: Material, **more: Any) -> ChosenMaterial:
    """The row of a choice, to be written."""
    key = str(material._meta.model_name)
    return ChosenMaterial(step=step, kind=key, name=material.name, **{key: material}, **more)


def last_choices(rows: Iterable[ChosenMaterial]) -> list[ChosenMaterial]:
    """The last choice of each step and kind, among rows from old to new."""
    return [*{(one.step_id, one.kind): one for one in rows}.values()]


def uses_of(material: Material, most: int) -> Iterator[ChosenMaterial]:
    """Steps that chose it, the newest first, with their batches; one query."""
    rows = ChosenMaterial.objects.filter(**{str(material._meta.model_name): material})
    yield from rows.select_related("step__batch", "chosen_by").order_by("-id")[:most]
