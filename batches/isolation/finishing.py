"""What makes the final preparation: loading a cargo, filling containers (ev-domain §5.3)."""

from decimal import Decimal

from django.db import models

from batches.isolation import formulas
from batches.isolation.glances import told, with_unit
from batches.isolation.models import StepDetails
from batches.possible import possible
from batches.quantities import QuantityField, WholeNumberField, Words, people_number
from batches.source.models import YesNo


class CargoLoading(StepDetails):
    """Loading EVs with a cargo: which, how much, how, how much went in, whether the rest was removed."""

    class CargoKind(models.TextChoices):
        SMALL_MOLECULE = "small_molecule", "Small molecule"
        SIRNA = "sirna", "siRNA or miRNA"
        MRNA = "mrna", "mRNA"
        DNA = "dna", "DNA"
        PROTEIN = "protein", "Protein or peptide"
        OTHER = "other", "Another"

    class Way(models.TextChoices):
        INCUBATION = "incubation", "Incubation"
        ELECTROPORATION = "electroporation", "Electroporation"
        SONICATION = "sonication", "Sonication"
        EXTRUSION = "extrusion", "Extrusion"
        FREEZE_THAW = "freeze_thaw", "Freezing and thawing"
        SAPONIN = "saponin", "Permeabilisation (saponin)"
        TRANSFECTION = "transfection", "Transfection reagent"
        OTHER = "other", "Another"

    cargo = Words("cargo", max_length=120)
    cargo_kind = Words("kind of cargo", max_length=16, choices=CargoKind)
    cargo_lot = Words("cargo (maker, lot)", max_length=120)
    cargo_amount_ug = QuantityField(
        "cargo offered", unit="µg", low="0.000001", high=10_000_000, decimal_places=6
    )
    cargo_mw_da = QuantityField("molecular weight of the cargo", unit="Da", low=10, high=100_000_000)
    particles_used = QuantityField("particles used", low=0, high="1e18", max_digits=19, decimal_places=0)
    way = Words("way of loading", max_length=16, choices=Way)
    conditions = Words("conditions (voltage, pulses, cycles)", max_length=200)
    incubation_min = QuantityField("incubation", unit="min", low="0.01", high=10_080, decimal_places=2)
    incubation_temp_c = QuantityField("incubation temperature", unit="°C", low=-10, high=70, decimal_places=1)
    efficiency_percent = QuantityField("loading efficiency", unit="%", low=0, high=100, decimal_places=2)
    efficiency_measurement = Words("efficiency measured by", max_length=120)
    free_cargo_removed = Words("free cargo removed", max_length=4, choices=YesNo)
    free_cargo_removal = Words("free cargo removed by", max_length=120)
    cargo_loaded_ug = QuantityField("cargo loaded", unit="µg", decimal_places=6, editable=False)
    molecules_per_particle = QuantityField(
        "cargo molecules per particle", max_digits=15, decimal_places=3, editable=False
    )

    computed_fields = ("cargo_loaded_ug", "molecules_per_particle")
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "cargo loading"

    def compute(self) -> None:
        """Mass of cargo that went in, and how many molecules that is for each particle."""
        loaded = formulas.share_of(self.cargo_amount_ug, self.efficiency_percent)
        self.cargo_loaded_ug = formulas.rounded(loaded, 6)
        each = formulas.molecules_each(loaded, self.cargo_mw_da, self.particles_used)
        self.molecules_per_particle = formulas.rounded(each, 3) if each and each < 10**12 else None

    def glance(self) -> tuple[str, str]:
        efficiency = f"{people_number(self.efficiency_percent)} % loaded" if self.efficiency_percent else ""
        way = self.get_way_display() if self.way else ""  # type: ignore[attr-defined]
        return told(self.cargo, efficiency), told(with_unit("µg", self.cargo_amount_ug), way)

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.free_cargo_removed == YesNo.NO:
            hints.append(("free_cargo_removed", "Free cargo left in is measured as if it were loaded."))
        if self.efficiency_percent is not None and not self.efficiency_measurement:
            hints.append(("efficiency_measurement", "Say how the efficiency was measured."))
        if self.way == self.Way.ELECTROPORATION and self.cargo_kind in {"sirna", "mrna", "dna"}:
            words = "Electroporation can clump nucleic acids, which then look loaded: control without EVs."
            hints.append(("way", words))
        return hints


class Fill(StepDetails):
    """Filling the final containers: in what, how much each, how many; kept samples among them."""

    class Material(models.TextChoices):
        POLYPROPYLENE = "pp", "Polypropylene (PP)"
        LOW_BIND = "low_bind", "Low-bind plastic"
        BLOCKED = "blocked", "Plastic, blocked (BSA, HSA)"
        GLASS = "glass", "Glass"
        CYCLIC_OLEFIN = "cyclic_olefin", "Cyclic olefin (COP, COC)"
        EVA_BAG = "bag", "Bag"
        OTHER = "other", "Another"

    formulation = Words("buffer and excipients (PBS, trehalose, HSA …)", max_length=160)
    container = Words("container (maker, model, lot)", max_length=120)
    container_material = Words("container material", max_length=16, choices=Material)
    stopper = Words("stopper or cap (lot)", max_length=80)
    label = Words("label (as printed)", max_length=120)
    fill_ml = QuantityField("fill of a container", unit="mL", low="0.001", high=10_000)
    vial_count = WholeNumberField("containers filled", low=1, high=100_000)
    rejected_count = WholeNumberField("of these rejected", low=0, high=100_000)
    kept_count = WholeNumberField("of these kept as samples", low=0, high=100_000)
    filled_volume_ml = QuantityField("filled in all", unit="mL", max_digits=15, editable=False)

    computed_fields = ("filled_volume_ml",)
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "fill"
        constraints = (
            possible(
                "rejected_among_filled",
                models.Q(rejected_count__lte=models.F("vial_count")),
                "No more containers can be rejected than were filled.",
            ),
            possible(
                "kept_among_filled",
                models.Q(kept_count__lte=models.F("vial_count")),
                "No more containers can be kept than were filled.",
            ),
        )

    def compute(self) -> None:
        """Fill of a container times their number."""
        if self.fill_ml is None or self.vial_count is None:
            self.filled_volume_ml = None
        else:
            self.filled_volume_ml = formulas.rounded(self.fill_ml * self.vial_count, 4)

    def glance(self) -> tuple[str, str]:
        many = f"{self.vial_count} × " if self.vial_count else ""
        volume = with_unit("mL", self.fill_ml)
        material = self.get_container_material_display() if self.container_material else ""  # type: ignore[attr-defined]
        return f"{many}{volume}" if volume else "", told(material, self.formulation)

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.container_material == self.Material.POLYPROPYLENE:
            hints.append(
                (
                    "container_material",
                    "In ordinary PP tubes about half of the EVs were lost within 48 h at 4 °C, mostly to the "
                    "wall (PLoS ONE 2020;15:e0243738); low-bind or blocked tubes lost about a fifth.",
                )
            )
        bulk, filled = self.step.volume_in_ml, self.filled_volume_ml
        if bulk is not None and filled is not None and filled > bulk * Decimal("1.02"):
            hints.append(
                ("vial_count", f"{people_number(filled)} mL filled out of {people_number(bulk)} mL.")
            )
        return hints
