"""Precipitation with a polymer or a kit (ev-domain §5.3)."""

from batches.isolation.glances import told, with_unit
from batches.isolation.models import StepDetails
from batches.quantities import QuantityField, WholeNumberField, Words, people_number
from batches.source.models import YesNo


class Precipitation(StepDetails):
    """Precipitation with a polymer or a kit, and how the precipitate was pelleted."""

    polymer = Words("polymer", max_length=60)
    polymer_mw = WholeNumberField("polymer's molecular weight", unit="Da", low=100, high=10_000_000)
    polymer_percent = QuantityField("polymer, final", unit="% w/v", low=0, high=50, decimal_places=2)
    salt = Words("salt", max_length=40)
    salt_mm = QuantityField("salt, final", unit="mM", low=0, high=10_000, decimal_places=1)
    volume_ratio = QuantityField("reagent volume per sample volume", low=0, high=100)
    reagent_volume_ml = QuantityField("reagent added", unit="mL", low="0.0001", high=1_000_000)
    incubation_h = QuantityField("incubation", unit="h", low="0.01", high=500, decimal_places=2)
    incubation_temp_c = QuantityField("incubation temperature", unit="°C", low=-10, high=45, decimal_places=1)
    pellet_rcf_xg = QuantityField("pelleted at", unit="×g", low=1, high=1_100_000, decimal_places=1)
    pellet_min = QuantityField("pelleted for", unit="min", low="0.5", high=4320, decimal_places=1)
    resuspension_buffer = Words("resuspended in (buffer, lot)", max_length=120)
    polymer_removed = Words("polymer removed afterwards", max_length=4, choices=YesNo)
    kit_name = Words("kit", max_length=80)
    kit_lot = Words("kit lot", max_length=60)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "precipitation"

    def glance(self) -> tuple[str, str]:
        polymer = f"{self.polymer} {people_number(self.polymer_percent)} %" if self.polymer else ""
        at = f"at {people_number(self.incubation_temp_c)} °C" if self.incubation_temp_c is not None else ""
        return polymer, told(with_unit("h", self.incubation_h), at, joint=" ")

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.polymer_percent is not None and not 4 <= self.polymer_percent <= 15:
            hints.append(("polymer_percent", "4 to 15 % is usual."))
        if self.polymer_removed == YesNo.NO:
            hints.append(("polymer_removed", "Polymer left in makes the particle : protein class invalid."))
        return hints
