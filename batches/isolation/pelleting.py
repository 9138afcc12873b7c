"""Spins: what all of them record, and the ultracentrifugation that pellets EVs (ev-domain §5.2)."""

from decimal import Decimal

from django.db import models

from batches.isolation import formulas
from batches.isolation.glances import told, with_unit
from batches.isolation.kinds import StepPurpose
from batches.isolation.models import ProcessStep, StepDetails
from batches.possible import possible
from batches.quantities import QuantityField, WholeNumberField, Words
from batches.source.models import YesNo

FULL = Decimal("0.8")  # of a tube's volume


class Spin(StepDetails):
    """A spin of any kind: rotor, speed or force, time. Force and clearing factor are computed beside it."""

    class Basis(models.TextChoices):
        MAX = "max", "at r max"
        AVERAGE = "average", "average"

    class RotorKind(models.TextChoices):
        SWINGING = "swinging", "Swinging bucket"
        FIXED_ANGLE = "fixed_angle", "Fixed angle"

    rotor = Words("rotor", max_length=60)
    rotor_kind = Words("rotor type", max_length=12, choices=RotorKind)
    r_min_mm = QuantityField("r min", unit="mm", low=10, high=300, decimal_places=2)
    r_max_mm = QuantityField("r max", unit="mm", low=10, high=300, decimal_places=2)
    rotor_max_rpm = WholeNumberField("rotor's highest speed", unit="rpm", low=1, high=150_000)
    speed_rpm = WholeNumberField("speed", unit="rpm", low=1, high=150_000)
    rcf_xg = QuantityField("force", unit="×g", low=1, high=1_100_000, decimal_places=1)
    rcf_basis = Words("force stated", max_length=8, choices=Basis)
    duration_min = QuantityField("duration", unit="min", low="0.5", high=4320, decimal_places=1)
    tube = Words("tube (type, material)", max_length=80)
    tube_volume_ml = QuantityField("volume of a tube", unit="mL", low="0.1", high=5000, decimal_places=2)
    tube_count = WholeNumberField("tubes", low=1, high=200)
    tube_fill_ml = QuantityField("fill of each tube", unit="mL", low="0.01", high=1000)
    brake = Words("acceleration and brake", max_length=40)
    computed_rpm = QuantityField("computed speed", unit="rpm", decimal_places=0, editable=False)
    computed_rcf_max_xg = QuantityField(
        "computed force at r max", unit="×g", decimal_places=1, editable=False
    )
    computed_rcf_average_xg = QuantityField(
        "computed average force", unit="×g", decimal_places=1, editable=False
    )
    adjusted_k = QuantityField("adjusted k", decimal_places=1, editable=False)

    computed_fields = ("computed_rpm", "computed_rcf_max_xg", "computed_rcf_average_xg", "adjusted_k")
    free_fields = computed_fields

    class Meta:
        abstract = True
        base_manager_name = "objects"
        constraints: tuple[models.CheckConstraint, ...] = (
            possible(
                "radii_in_order",
                models.Q(r_min_mm__lt=models.F("r_max_mm")),
                "r min must be smaller than r max.",
            ),
            possible(
                "speed_allowed",
                models.Q(speed_rpm__lte=models.F("rotor_max_rpm")),
                "The speed is above the rotor's highest speed.",
            ),
            possible(
                "tube_holds",
                models.Q(tube_fill_ml__lte=models.F("tube_volume_ml")),
                "A tube can't hold more than its volume.",
            ),
        )

    def compute(self) -> None:
        """Force, speed and clearing factor from what was entered (ev-domain §5.2)."""
        rpm = self.speed_rpm or formulas.rpm_for(self.rcf_xg, self.basis_radius_mm)
        self.computed_rpm = formulas.rounded(rpm, 0)
        self.computed_rcf_max_xg = formulas.rounded(formulas.rcf(rpm, self.r_max_mm), 1)
        self.computed_rcf_average_xg = formulas.rounded(formulas.rcf(rpm, self.r_average_mm), 1)
        self.adjusted_k = formulas.rounded(formulas.k_factor(self.r_min_mm, self.r_max_mm, rpm), 1)

    @property
    def r_average_mm(self) -> Decimal | None:
        """Mean of r min and r max."""
        return None if None in (self.r_min_mm, self.r_max_mm) else (self.r_min_mm + self.r_max_mm) / 2

    @property
    def basis_radius_mm(self) -> Decimal | None:
        """The radius at which the entered force holds."""
        return self.r_max_mm if self.rcf_basis == self.Basis.MAX else self.r_average_mm

    @property
    def computed_rcf_xg(self) -> Decimal | None:
        """Computed force on the basis that the entered force is stated on (r max without one)."""
        average = self.rcf_basis == self.Basis.AVERAGE
        return self.computed_rcf_average_xg if average else self.computed_rcf_max_xg

    @property
    def force_xg(self) -> Decimal | None:
        """The force as computed where speed and radius are known, else as it was entered."""
        return self.computed_rcf_xg or self.rcf_xg

    def glance(self) -> tuple[str, str]:
        force, k = formulas.rounded(self.force_xg, 0), formulas.rounded(self.adjusted_k, 0)
        rotor = told(self.rotor, with_unit("k", k, before=True))
        return told(with_unit("×g", force), with_unit("min", self.duration_min)), rotor

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.speed_rpm and self.rcf_xg and self.computed_rcf_xg:
            apart = abs(self.rcf_xg - self.computed_rcf_xg) / self.computed_rcf_xg
            if apart > Decimal("0.05"):
                hints.append(("rcf_xg", f"Speed and radius give {self.computed_rcf_xg:,.0f} ×g, not this."))
        if self.tube_fill_ml and self.tube_volume_ml and self.tube_fill_ml < self.tube_volume_ml * FULL:
            hints.append(("tube_fill_ml", "Thin-wall tubes filled under 80 % may collapse."))
        if not self.rotor:
            hints.append(("rotor", "Without a rotor the spin can't be repeated (EV-METRIC 5)."))
        return hints


class Ultracentrifugation(Spin):
    """A spin that pellets EVs, washes them, or clears a fluid, and what became of the pellet."""

    pellet_seen = Words("pellet seen", max_length=4, choices=YesNo)
    is_wash = Words("wash spin", max_length=4, choices=YesNo)
    resuspension_buffer = Words("resuspended in (buffer, lot)", max_length=120)
    resuspension_volume_ml = QuantityField("resuspension volume", unit="mL", low="0.001", high=10_000)
    buffer_filtered = Words("buffer filtered (0.1 or 0.22 µm)", max_length=4, choices=YesNo)

    class Meta(Spin.Meta):
        verbose_name = "ultracentrifugation"

    @property
    def pellets_evs(self) -> bool:
        """Whether small EVs are meant to end in the pellet."""
        return self.step.fraction_kept == ProcessStep.Kept.PELLET and self.step.purpose != StepPurpose.CLEAR

    def advice(self) -> list[tuple[str, str]]:
        hints = super().advice()
        if self.adjusted_k and self.adjusted_k > 500:
            hints.append(("duration_min", "Adjusted k above 500: small EVs may not pellet in this time."))
        if self.buffer_filtered == YesNo.NO:
            hints.append(
                ("buffer_filtered", "Unfiltered buffer brings particles of its own into every count.")
            )
        return hints + (self._pellet_advice() if self.pellets_evs else [])

    def _pellet_advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.force_xg and not 50_000 <= self.force_xg <= 200_000:
            hints.append(("rcf_xg", "Small EVs are usually pelleted at 50 000 to 200 000 ×g."))
        if self.duration_min is not None and not 45 <= self.duration_min <= 240:
            hints.append(("duration_min", "45 to 240 min is usual for a pellet of small EVs."))
        return hints
