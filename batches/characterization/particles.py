"""Size, number and charge of particles by other principles than tracking (ev-domain §7.3).

Sizes differ by principle: resistive pulses and tracking count single particles, light scattering weighs
each by about the sixth power of its size. They stand beside each other and are never averaged together.
"""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F, Q

from batches.characterization import formulas
from batches.characterization.models import AssayDetails
from batches.quantities import QuantityField, WholeNumberField, Words
from batches.record.models import Reading

FEW_PARTICLES = 500
NOISY_PA = Decimal(10)
BLANK_SHARE = Decimal(10)
BROAD_PDI = Decimal("0.5")
USUAL_MV = (Decimal(-50), Decimal(10))
VISCOSITY_APART = Decimal("0.05")


def per_ml(words: str, **more: Any) -> QuantityField:
    """A concentration of particles."""
    return QuantityField(words, unit="/mL", low=0, high="1e15", max_digits=15, decimal_places=0, **more)


def size_nm(words: str) -> QuantityField:
    """A diameter within what these methods can see at all."""
    return QuantityField(words, unit="nm", low=5, high=10_000, decimal_places=2)


def reading_key() -> models.ForeignKey:
    """The reading of an instrument's file that the values were taken from."""
    return models.ForeignKey(Reading, on_delete=models.PROTECT, null=True, editable=False, related_name="+")


def _rises(low: str, high: str) -> Q:
    return Q(**{f"{low}__isnull": True}) | Q(**{f"{high}__isnull": True}) | Q(**{f"{low}__lte": F(high)})


def percentiles_in_order(model_name: str) -> models.CheckConstraint:
    """D10, D50 and D90 rise, as far as they are there."""
    return models.CheckConstraint(
        condition=_rises("d10_nm", "d50_nm") & _rises("d50_nm", "d90_nm") & _rises("d10_nm", "d90_nm"),
        name=f"{model_name}_percentiles_in_order",
        violation_error_message="D10, D50 and D90 must rise.",
    )


def skew_advice(details: Any) -> list[tuple[str, str]]:
    """EV preparations have a tail of large particles: their mean lies above their mode."""
    if details.mode_nm is None or details.mean_nm is None or details.mode_nm <= details.mean_nm:
        return []
    return [("mode_nm", "Above the mean: distributions of EVs are skewed the other way.")]


class ResistivePulse(AssayDetails):
    """TRPS: particles counted and sized one by one as they pass a pore, against calibration beads."""

    reading = reading_key()
    nanopore = Words("nanopore (type, id)", max_length=80)
    stretch_mm = QuantityField("stretch", unit="mm", low=0, high=100, decimal_places=2)
    voltage_v = QuantityField("voltage", unit="V", low=0, high=10, decimal_places=3)
    pressure_mbar = QuantityField("pressure", unit="mbar", low=-1000, high=1000, decimal_places=2)
    baseline_na = QuantityField("baseline current", unit="nA", low=0, high=10_000, decimal_places=2)
    noise_pa = QuantityField("noise (RMS)", unit="pA", low=0, high=100_000, decimal_places=2)
    beads = Words("calibration beads (lot)", max_length=80)
    bead_nm = size_nm("nominal size of the beads")
    bead_per_ml = per_ml("concentration of the beads")
    particles_counted = WholeNumberField("particles counted")
    rate_per_min = QuantityField("rate", unit="/min", low=0, high=1_000_000, decimal_places=1)
    dilution = QuantityField("dilution factor", unit="×", low=1, high="1e8", max_digits=15)
    diluent = Words("diluent (lot)", max_length=80)
    blank_per_ml = per_ml("diluent blank")
    measured_per_ml = per_ml("measured (diluted) concentration")
    particles_per_ml = per_ml("concentration of the sample", editable=False)
    mean_nm = size_nm("mean")
    mode_nm = size_nm("mode")
    d10_nm = size_nm("D10")
    d50_nm = size_nm("D50")
    d90_nm = size_nm("D90")

    files = ("reading__attachment",)
    computed_fields = ("particles_per_ml",)
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "resistive pulse sensing"
        constraints = (percentiles_in_order("resistivepulse"),)

    def compute(self) -> None:
        """Concentration of the sample: measured × dilution."""
        self.particles_per_ml = formulas.diluted_back(self.measured_per_ml, self.dilution)

    def advice(self) -> list[tuple[str, str]]:
        hints = skew_advice(self)
        if self.particles_counted is not None and self.particles_counted < FEW_PARTICLES:
            hints.append(("particles_counted", "Fewer than 500: number and size are uncertain."))
        if self.noise_pa is not None and self.noise_pa >= NOISY_PA:
            hints.append(("noise_pa", "10 pA or more: small particles drown in the noise."))
        if self.measured_per_ml and (self.blank_per_ml or 0) > self.measured_per_ml / BLANK_SHARE:
            hints.append(("blank_per_ml", "The blank is more than a tenth of the sample."))
        return hints

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        return told_sizes(self, ("particles_per_ml", "mode_nm", "mean_nm", "d50_nm"))


class LightScattering(AssayDetails):
    """DLS: the size of all particles together, from how their scattered light fluctuates."""

    reading = reading_key()
    temperature_c = QuantityField("temperature", unit="°C", low=0, high=100, decimal_places=2)
    dispersant = Words("dispersant", max_length=80)
    refractive_index = QuantityField("refractive index of the dispersant", low=1, high=2, decimal_places=4)
    viscosity_mpas = QuantityField(
        "viscosity of the dispersant", unit="mPa·s", low="0.1", high=1000, decimal_places=4
    )
    dilution = QuantityField("dilution factor", unit="×", low=1, high="1e8", max_digits=15)
    angle_deg = QuantityField("scattering angle", unit="°", low=0, high=180, decimal_places=2)
    runs = WholeNumberField("runs", low=1, high=1000)
    z_average_nm = QuantityField("Z-average", unit="nm", low="0.1", high=100_000, decimal_places=2)
    pdi = QuantityField("polydispersity index (PdI)", low=0, high=1, decimal_places=4)
    intensity_peak_nm = QuantityField(
        "largest peak by intensity", unit="nm", low="0.1", high=100_000, decimal_places=2
    )
    intensity_peak_percent = QuantityField("share of that peak", unit="%", low=0, high=100, decimal_places=2)
    number_peak_nm = QuantityField(
        "peak by number (computed by the instrument, not comparable)",
        unit="nm",
        low="0.1",
        high=100_000,
        decimal_places=2,
    )
    count_rate_kcps = QuantityField("count rate", unit="kcps", low=0, high="1e7", decimal_places=2)
    intercept = QuantityField("intercept", low=0, high=2, decimal_places=4)

    files = ("reading__attachment",)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "dynamic light scattering"

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.pdi is not None and self.pdi > BROAD_PDI:
            hints.append(("pdi", "Above 0.5: too broad for the Z-average to describe it."))
        water = formulas.viscosity_of_water_mpas(self.temperature_c)
        if water and self.viscosity_mpas and abs(self.viscosity_mpas / water - 1) > VISCOSITY_APART:
            words = f"Water at this temperature has {water:.3f} mPa·s; every size scales with it."
            hints.append(("viscosity_mpas", words))
        return hints

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        return told_sizes(self, ("z_average_nm", "pdi", "intensity_peak_nm"))


class ZetaPotential(AssayDetails):
    """The charge that particles show in a buffer; it means nothing without the buffer's salt and pH."""

    reading = reading_key()
    buffer = Words("buffer", max_length=80)
    ph = QuantityField("pH", low=0, high=14, decimal_places=2)
    conductivity_ms_per_cm = QuantityField("conductivity", unit="mS/cm", low=0, high=1000)
    temperature_c = QuantityField("temperature", unit="°C", low=0, high=100, decimal_places=2)
    dilution = QuantityField("dilution factor", unit="×", low=1, high="1e8", max_digits=15)
    runs = WholeNumberField("runs", low=1, high=1000)
    zeta_mv = QuantityField("zeta potential", unit="mV", low=-500, high=500, decimal_places=2)
    sd_mv = QuantityField("SD", unit="mV", low=0, high=500, decimal_places=2)
    mobility_um_cm_per_v_s = QuantityField("mobility", unit="µm·cm/(V·s)", low=-50, high=50, decimal_places=4)

    files = ("reading__attachment",)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "zeta potential"

    def advice(self) -> list[tuple[str, str]]:
        low, high = USUAL_MV
        if self.zeta_mv is None or low <= self.zeta_mv <= high:
            return []
        return [("zeta_mv", "Outside −50 to +10 mV, where EVs usually lie: look at buffer and pH.")]

    def result_words(self) -> list[tuple[str, str]]:
        """Label and result, for the card on the batch page."""
        return told_sizes(self, ("zeta_mv", "ph", "conductivity_ms_per_cm"))


def told_sizes(details: AssayDetails, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Label and result of these fields, those that are there."""
    found = [(str(details._meta.get_field(name).verbose_name), details.told(name)) for name in names]  # type: ignore[union-attr]
    return [(label[:1].upper() + label[1:], words) for label, words in found if words]
