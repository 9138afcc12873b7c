"""Spins beside the pelleting one: clearing, washing, density gradients and cushions (ev-domain §5.3)."""

from decimal import Decimal

from django.db import models

from audit.models import TrackedModel
from batches.isolation.glances import told, with_unit
from batches.isolation.models import ProcessStep, StepDetails
from batches.isolation.pelleting import Spin
from batches.possible import possible
from batches.quantities import QuantityField, WholeNumberField, Words
from batches.source.models import YesNo

LEAST_DENSITY, MOST_DENSITY = "1", "1.4"  # g/mL


class ClearingSpin(Spin):
    """A spin at low force that takes cells, debris or large EVs out; what is kept is above the pellet."""

    class Removes(models.TextChoices):
        CELLS = "cells", "Cells"
        DEBRIS = "debris", "Debris"
        LARGE_EVS = "large_evs", "Large EVs"
        LIPIDS = "lipids", "Lipids (floating)"

    removes = Words("takes out", max_length=12, choices=Removes)
    spin_count = WholeNumberField("spins", low=1, high=10)
    left_behind_ml = QuantityField("volume left above the pellet", unit="mL", low=0, high=100_000)

    class Meta(Spin.Meta):
        verbose_name = "clearing spin"

    def advice(self) -> list[tuple[str, str]]:
        hints = super().advice()
        if self.force_xg and self.force_xg > 20_000:
            hints.append(("rcf_xg", "Above 20 000 ×g small EVs begin to pellet with the debris."))
        if self.step.fraction_kept == ProcessStep.Kept.PELLET:
            hints.append(("fraction_kept", "A clearing spin leaves the EVs in the supernatant."))
        return hints


class Wash(Spin):
    """A wash of a pellet, a retentate or beads: with what, how much, how often; and its spin, if any."""

    class Washed(models.TextChoices):
        PELLET = "pellet", "Pellet"
        RETENTATE = "retentate", "Retentate"
        BEADS = "beads", "Beads"
        OTHER = "other", "Something else"

    washed = Words("what is washed", max_length=10, choices=Washed)
    wash_buffer = Words("wash buffer (lot)", max_length=120)
    buffer_filtered = Words("buffer filtered (0.1 or 0.22 µm)", max_length=4, choices=YesNo)
    wash_count = WholeNumberField("washes", low=1, high=50)
    wash_volume_ml = QuantityField("volume of each wash", unit="mL", low="0.001", high=100_000)

    class Meta(Spin.Meta):
        verbose_name = "wash"

    def glance(self) -> tuple[str, str]:
        many = f"{self.wash_count} × " if self.wash_count else ""
        volume = with_unit("mL", self.wash_volume_ml)
        return f"{many}{volume}" if volume else "", told(self.wash_buffer, *super().glance())

    def advice(self) -> list[tuple[str, str]]:
        """A wash on beads or a membrane has no rotor, so nothing is said of one."""
        hints = [(field, words) for field, words in super().advice() if field != "rotor"]
        if self.buffer_filtered == YesNo.NO:
            hints.append(
                ("buffer_filtered", "Unfiltered buffer brings particles of its own into every count.")
            )
        return hints


class DensityGradient(Spin):
    """A density gradient or cushion: medium, layers, spin, which densities were pooled (g/mL)."""

    class Medium(models.TextChoices):
        IODIXANOL = "iodixanol", "Iodixanol"
        SUCROSE = "sucrose", "Sucrose"
        D2O_SUCROSE = "d2o_sucrose", "Sucrose in D₂O"
        OTHER = "other", "Another"

    class Form(models.TextChoices):
        CONTINUOUS = "continuous", "Continuous"
        DISCONTINUOUS = "discontinuous", "Discontinuous"
        CUSHION = "cushion", "Cushion"

    class Orientation(models.TextChoices):
        TOP_DOWN = "top_down", "Top-down (sample on top)"
        BOTTOM_UP = "bottom_up", "Bottom-up (sample underneath, EVs float)"

    medium = Words("medium", max_length=12, choices=Medium)
    medium_lot = Words("medium (maker, lot)", max_length=120)
    form = Words("kind of gradient", max_length=14, choices=Form)
    orientation = Words("orientation", max_length=10, choices=Orientation)
    layer_count = WholeNumberField("layers", low=1, high=50)
    lowest_density_g_per_ml = QuantityField(
        "lowest density", unit="g/mL", low=LEAST_DENSITY, high=MOST_DENSITY
    )
    highest_density_g_per_ml = QuantityField(
        "highest density", unit="g/mL", low=LEAST_DENSITY, high=MOST_DENSITY
    )
    total_volume_ml = QuantityField("total volume in a tube", unit="mL", low="0.01", high=2000)
    sample_volume_ml = QuantityField("sample in a tube", unit="mL", low="0.001", high=2000)
    fraction_volume_ml = QuantityField("volume of a fraction", unit="mL", low="0.001", high=500)
    fractions_collected = WholeNumberField("fractions collected", low=1, high=200)
    first_pooled = WholeNumberField("first fraction pooled", low=1, high=200)
    last_pooled = WholeNumberField("last fraction pooled", low=1, high=200)
    pooled_density_g_per_ml = QuantityField(
        "density of the pooled EVs", unit="g/mL", low=LEAST_DENSITY, high=MOST_DENSITY
    )
    density_measurement = Words("density measured by", max_length=80)
    post_processing = Words("afterwards (dilution, pelleting, exchange)", max_length=160)
    used_for_validation_only = Words(
        "for validation only (not the preparation itself)", max_length=4, choices=YesNo
    )

    class Meta(Spin.Meta):
        verbose_name = "density gradient"
        constraints = (
            *Spin.Meta.constraints,
            possible(
                "densities_in_order",
                models.Q(lowest_density_g_per_ml__lte=models.F("highest_density_g_per_ml")),
                "The lowest density can't be above the highest.",
            ),
            possible(
                "sample_fits",
                models.Q(sample_volume_ml__lte=models.F("total_volume_ml")),
                "The sample can't be more than the whole tube holds.",
            ),
            possible(
                "pool_in_order",
                models.Q(first_pooled__lte=models.F("last_pooled")),
                "The first pooled fraction comes before the last.",
            ),
            possible(
                "pool_collected",
                models.Q(last_pooled__lte=models.F("fractions_collected")),
                "Only collected fractions can be pooled.",
            ),
        )

    def glance(self) -> tuple[str, str]:
        low, high = self.lowest_density_g_per_ml, self.highest_density_g_per_ml
        between = f"{low.normalize():f}–{high.normalize():f} g/mL" if low and high else ""
        medium = self.get_medium_display() if self.medium else ""  # type: ignore[attr-defined]
        return told(medium, between, joint=" "), told(*super().glance())

    def advice(self) -> list[tuple[str, str]]:
        return [*super().advice(), *self._spin_advice(), *self._density_advice()]

    def _spin_advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.force_xg and not 100_000 <= self.force_xg <= 200_000:
            hints.append(("rcf_xg", "100 000 to 200 000 ×g is usual for a gradient."))
        if self.duration_min and self.duration_min < 960 and self.form != self.Form.CUSHION:
            hints.append(("duration_min", "Under 16 h EVs may not have reached their density."))
        return hints

    @property
    def is_cushion(self) -> bool:
        """Whether EVs were caught on a layer, which shows no density of theirs."""
        return self.form == self.Form.CUSHION

    @property
    def ev_density_g_per_ml(self) -> Decimal | None:
        """Density of what was pooled: as entered, else the mean of pooled fractions; a cushion has none."""
        if self.is_cushion or self.pooled_density_g_per_ml is not None:
            return None if self.is_cushion else self.pooled_density_g_per_ml
        rows = self.fractions.all() if self.pk else ()
        pooled = [row for row in rows if row.is_pooled == YesNo.YES and not row.is_voided]
        known = [row.density_g_per_ml for row in pooled if row.density_g_per_ml is not None]
        return sum(known, Decimal(0)) / len(known) if known else None

    def _density_advice(self) -> list[tuple[str, str]]:
        density = self.pooled_density_g_per_ml
        if density is None:
            return []
        low, high = EV_DENSITY.get(self.medium, ANY_EV_DENSITY)
        if not ANY_EV_DENSITY[0] <= density <= ANY_EV_DENSITY[1]:
            words = "EVs are usually found at 1.05 to 1.21 g/mL."
        elif not low <= density <= high:
            words = f"In this medium EVs are usually found at {low} to {high} g/mL."
        else:
            return []
        return [("pooled_density_g_per_ml", words)]


ANY_EV_DENSITY = Decimal("1.05"), Decimal("1.21")
EV_DENSITY: dict[str, tuple[Decimal, Decimal]] = {
    DensityGradient.Medium.IODIXANOL: (Decimal("1.08"), Decimal("1.15")),
    DensityGradient.Medium.SUCROSE: (Decimal("1.13"), Decimal("1.19")),
}


class PartOfGradient(TrackedModel):
    """A numbered layer or fraction of a gradient, counted from the top of the tube."""

    details: StepDetails
    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided",)

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @property
    def trail_batch(self) -> str:
        return self.details.step.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.details.step}, {str(self).lower()}"


class GradientLayer(PartOfGradient):
    """One layer as it was poured, counted from the top."""

    details = models.ForeignKey(DensityGradient, on_delete=models.PROTECT, related_name="layers")
    number = WholeNumberField("layer (1 is on top)", low=1, high=50, null=False, blank=False)
    content = Words("content (such as 20 % iodixanol)", max_length=80)
    density_g_per_ml = QuantityField("density", unit="g/mL", low=LEAST_DENSITY, high=MOST_DENSITY)
    volume_ml = QuantityField("volume", unit="mL", low="0.001", high=2000)

    class Meta:
        base_manager_name = "objects"
        ordering = ("number", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["details", "number"],
                condition=models.Q(is_voided=False),
                name="gradientlayer_number_once",
                violation_error_message="This layer is already recorded.",
            ),
        )

    def __str__(self) -> str:
        return f"Layer {self.number}"


class GradientFraction(PartOfGradient):
    """One collected fraction of a gradient with its measured density, counted from the top."""

    details = models.ForeignKey(DensityGradient, on_delete=models.PROTECT, related_name="fractions")
    number = WholeNumberField("fraction (1 is on top)", low=1, high=200, null=False, blank=False)
    volume_ml = QuantityField("volume", unit="mL", low="0.001", high=500)
    density_g_per_ml = QuantityField("density", unit="g/mL", low=LEAST_DENSITY, high=MOST_DENSITY)
    refractive_index = QuantityField("refractive index", low="1.3", high="1.6", decimal_places=5)
    particles_per_ml = QuantityField(
        "particles", unit="/mL", low=0, high="1e15", max_digits=15, decimal_places=0
    )
    protein_ug_per_ml = QuantityField("protein", unit="µg/mL", low=0, high=1_000_000)
    is_pooled = Words("pooled", max_length=4, choices=YesNo)

    class Meta:
        base_manager_name = "objects"
        ordering = ("number", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["details", "number"],
                condition=models.Q(is_voided=False),
                name="gradientfraction_number_once",
                violation_error_message="This fraction is already recorded.",
            ),
        )

    def __str__(self) -> str:
        return f"Fraction {self.number}"
