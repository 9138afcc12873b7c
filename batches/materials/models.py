"""Reference data that people add to: rotors, columns, membranes, kits.

A step takes the values of one as its own entries, so correcting a row here changes no batch. What is no
longer used is retired, never deleted.
"""

from django.db import models

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.possible import possible
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words


class MaterialQuerySet(AppendOnlyQuerySet):
    def in_use(self) -> "MaterialQuerySet":
        """Those that can be chosen on a step."""
        return self.filter(retired_at__isnull=True)


class Material(TrackedModel):
    """What every kind of reference data has: a name, a maker, and the day it was retired."""

    name = Words("name", max_length=60, blank=False)
    maker = Words("maker", max_length=80)
    notes = LongWords("notes")
    retired_at = models.DateTimeField("retired at", null=True, editable=False)
    retired_by = person()

    objects = MaterialQuerySet.as_manager()
    free_fields = ("retired_at", "retired_by")

    class Meta:
        abstract = True
        base_manager_name = "objects"
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name

    @property
    def trail_label(self) -> str:
        return f"{str(self._meta.verbose_name).capitalize()} {self.name}"


def _named_once(model: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        fields=["name"],
        condition=models.Q(retired_at__isnull=True),
        name=f"{model}_name_once",
        violation_error_message="One of this name is in use already: correct it, or retire it first.",
    )


class Rotor(Material):
    """A centrifuge's rotor: kind, radii (mm), highest speed, angle, volume of its tubes."""

    class Kind(models.TextChoices):
        SWINGING = "swinging", "Swinging bucket"
        FIXED_ANGLE = "fixed_angle", "Fixed angle"

    kind = Words("rotor type", max_length=12, choices=Kind, blank=False)
    r_min_mm = QuantityField("r min", unit="mm", low=10, high=300, decimal_places=2)
    r_max_mm = QuantityField("r max", unit="mm", low=10, high=300, decimal_places=2, null=False, blank=False)
    max_rpm = WholeNumberField("highest speed", unit="rpm", low=1, high=150_000, null=False, blank=False)
    angle_degrees = QuantityField("angle", unit="°", low=0, high=90, decimal_places=1)
    tube_volume_ml = QuantityField("volume of a tube", unit="mL", low="0.1", high=5000, decimal_places=2)

    class Meta(Material.Meta):
        verbose_name = "rotor"
        constraints = (
            _named_once("rotor"),
            possible(
                "radii_in_order",
                models.Q(r_min_mm__lt=models.F("r_max_mm")),
                "r min must be smaller than r max.",
            ),
        )


class Column(Material):
    """A size-exclusion column: resin, volumes (mL), how often it may be used."""

    resin = Words("resin", max_length=80)
    volume_ml = QuantityField("column volume", unit="mL", low="0.01", high=100_000, null=False, blank=False)
    void_volume_ml = QuantityField("buffer volume (void)", unit="mL", low=0, high=100_000)
    max_uses = WholeNumberField("uses that the maker allows", low=1, high=1000)

    class Meta(Material.Meta):
        verbose_name = "column"
        constraints = (
            _named_once("column"),
            possible(
                "void_fits",
                models.Q(void_volume_ml__lte=models.F("volume_ml")),
                "The void volume can't exceed the column volume.",
            ),
        )


class Membrane(Material):
    """A membrane device: cut-off (kDa) or pore (µm), material, area (cm²), fibres of a module."""

    material = Words("membrane material", max_length=60, blank=False)
    mwco_kda = QuantityField("cut-off (MWCO)", unit="kDa", low="0.1", high=2000, decimal_places=1)
    pore_um = QuantityField("pore size", unit="µm", low="0.01", high=100)
    area_cm2 = QuantityField("membrane area", unit="cm²", low="0.01", high=1_000_000, decimal_places=2)
    fibre_count = WholeNumberField("fibres", low=1, high=100_000)
    fibre_inner_mm = QuantityField("inner diameter of a fibre", unit="mm", low="0.05", high=10)
    max_xg = QuantityField("highest force allowed", unit="×g", low=1, high=50_000, decimal_places=1)

    class Meta(Material.Meta):
        verbose_name = "membrane"
        constraints = (
            _named_once("membrane"),
            models.CheckConstraint(
                condition=models.Q(mwco_kda__isnull=False) | models.Q(pore_um__isnull=False),
                name="membrane_has_cut_or_pore",
                violation_error_message="Enter the cut-off or the pore size.",
            ),
        )


class Kit(Material):
    """A kit for isolating EVs: catalogue number and what it rests on."""

    catalogue = Words("catalogue number", max_length=60)
    principle = Words("principle (polymer, membrane, beads …)", max_length=80)

    class Meta(Material.Meta):
        verbose_name = "kit"
        constraints = (_named_once("kit"),)
