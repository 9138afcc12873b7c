"""Membranes: tangential flow, ultrafiltration, filtration, buffer exchange (ev-domain §5.3)."""

from decimal import Decimal
from typing import Any

from django.db import models

from batches.isolation import formulas
from batches.isolation.glances import told, with_unit
from batches.isolation.models import StepDetails
from batches.possible import possible
from batches.quantities import QuantityField, WholeNumberField, Words, people_number
from batches.source.models import YesNo


class Integrity(models.TextChoices):
    """Outcome of an integrity test of a filter or membrane."""

    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    NOT_TESTED = "not_tested", "Not tested"


def integrity_advice(row: Any, *names: str) -> list[tuple[str, str]]:
    """What a failed integrity test means."""
    words = "Failed: what passed a leaking membrane was not held back by it."
    return [(name, words) for name in names if getattr(row, name) == Integrity.FAILED]


class TangentialFlow(StepDetails):
    """Tangential-flow filtration: membrane, flow and pressures, concentration and diafiltration.

    Pressures in bar over atmosphere; flux in L/m²/h (LMH).
    """

    class Mode(models.TextChoices):
        HOLLOW_FIBRE = "hollow_fibre", "Hollow fibre"
        CASSETTE = "cassette", "Cassette"

    mode = Words("mode", max_length=12, choices=Mode)
    device = Words("module (maker, model)", max_length=120)
    device_lot = Words("module lot", max_length=60)
    device_uses = WholeNumberField("use of this module", low=1, high=1000)
    membrane = Words("membrane material (mPES, RC …)", max_length=60)
    mwco_kda = QuantityField("cut-off (MWCO)", unit="kDa", low=10, high=2000, decimal_places=1)
    area_cm2 = QuantityField("membrane area", unit="cm²", low="0.1", high=1_000_000, decimal_places=2)
    fibre_count = WholeNumberField("fibres", low=1, high=100_000)
    fibre_inner_mm = QuantityField("inner diameter of a fibre", unit="mm", low="0.05", high=10)
    load_l_per_m2 = QuantityField("load", unit="L/m²", low="0.0001", high=10_000)
    feed_flow_ml_per_min = QuantityField("feed flow", unit="mL/min", low="0.01", high=100_000)
    shear_per_s = QuantityField("shear rate", unit="/s", low=1, high=1_000_000, decimal_places=0)
    feed_bar = QuantityField("pressure, feed", unit="bar", low=0, high=5)
    retentate_bar = QuantityField("pressure, retentate", unit="bar", low=0, high=5)
    permeate_bar = QuantityField("pressure, permeate", unit="bar", low=0, high=5)
    flux_start_lmh = QuantityField("flux at the start", unit="LMH", low=0, high=10_000)
    flux_end_lmh = QuantityField("flux at the end", unit="LMH", low=0, high=10_000)
    concentrated_fold = QuantityField("volume concentration factor", low=1, high=100_000)
    diafiltration_buffer = Words("diafiltration buffer (lot)", max_length=120)
    diafiltration_volumes = QuantityField("diafiltration volumes", low=0, high=30, decimal_places=2)
    flush_ml = QuantityField("hold-up flushed with", unit="mL", low=0, high=100_000)
    integrity_before = Words("integrity test before", max_length=12, choices=Integrity)
    integrity_after = Words("integrity test after", max_length=12, choices=Integrity)
    water_permeability_percent = QuantityField(
        "water permeability recovered after cleaning", unit="%", low=0, high=150, decimal_places=1
    )
    tmp_bar = QuantityField("transmembrane pressure", unit="bar", editable=False)
    computed_shear_per_s = QuantityField(
        "computed shear rate", unit="/s", max_digits=15, decimal_places=0, editable=False
    )
    flux_decline_percent = QuantityField("flux decline", unit="%", decimal_places=1, editable=False)
    residual_percent = QuantityField(
        "small solutes left by diafiltration", unit="%", decimal_places=4, editable=False
    )

    computed_fields = ("tmp_bar", "computed_shear_per_s", "flux_decline_percent", "residual_percent")
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "tangential flow"
        constraints = (
            possible(
                "pressure_falls",
                models.Q(retentate_bar__lte=models.F("feed_bar")),
                "Pressure falls along the module: retentate can't be above feed.",
            ),
            possible(
                "pressure_outwards",
                models.Q(permeate_bar__lte=(models.F("feed_bar") + models.F("retentate_bar")) / 2),
                "Permeate is above the mean of feed and retentate: the fluid would flow back.",
            ),
        )

    def compute(self) -> None:
        """Transmembrane pressure, shear, flux decline and what diafiltration leaves (ev-domain §5.2)."""
        self.tmp_bar = formulas.rounded(
            formulas.transmembrane_pressure(self.feed_bar, self.retentate_bar, self.permeate_bar), 4
        )
        shear = formulas.fibre_shear(self.feed_flow_ml_per_min, self.fibre_inner_mm, self.fibre_count)
        self.computed_shear_per_s = formulas.rounded(shear, 0)
        self.flux_decline_percent = formulas.rounded(
            formulas.decline_percent(self.flux_start_lmh, self.flux_end_lmh), 1
        )
        self.residual_percent = formulas.rounded(
            formulas.diafiltration_residual_percent(self.diafiltration_volumes), 4
        )

    def glance(self) -> tuple[str, str]:
        fold = f"{people_number(self.concentrated_fold)}-fold" if self.concentrated_fold else ""
        washed = with_unit("DV", self.diafiltration_volumes)
        cut = told(with_unit("kDa", self.mwco_kda), self.membrane, joint=" ")
        return told(fold, washed), told(cut, with_unit("bar TMP", self.tmp_bar))

    def advice(self) -> list[tuple[str, str]]:
        shear, decline = self.shear_per_s or self.computed_shear_per_s, self.flux_decline_percent
        hints = [
            ("mwco_kda", "Under 100 kDa most protein stays with the EVs.", below(self.mwco_kda, 100)),
            ("feed_flow_ml_per_min", "Shear above 8 000 /s may harm EVs.", above(shear, 8000)),
            ("feed_bar", "Above 0.7 bar EVs are pressed into the membrane.", above(self.tmp_bar, "0.7")),
            ("flux_end_lmh", "Flux fell by more than half: the membrane fouled.", above(decline, 50)),
            ("concentrated_fold", "More than 200-fold is unusual.", above(self.concentrated_fold, 200)),
            (
                "diafiltration_volumes",
                "Under 3 volumes more than 5 % of small solutes stay.",
                below(self.diafiltration_volumes, 3),
            ),
            (
                "water_permeability_percent",
                "Under 80 %: clean the module again or replace it.",
                below(self.water_permeability_percent, 80),
            ),
            ("load_l_per_m2", "Under 50 L/m² is usual.", above(self.load_l_per_m2, 50)),
        ]
        found = [(field, words) for field, words, is_unusual in hints if is_unusual]
        return found + integrity_advice(self, "integrity_before", "integrity_after")


def below(value: Decimal | None, limit: int | str) -> bool:
    """Whether a value is known and below a limit."""
    return value is not None and value < Decimal(limit)


def above(value: Decimal | None, limit: int | str) -> bool:
    """Whether a value is known and above a limit."""
    return value is not None and value > Decimal(limit)


class Ultrafiltration(StepDetails):
    """Concentration over a membrane in a spun or stirred device."""

    class Way(models.TextChoices):
        SPIN = "spin", "Spin filter"
        STIRRED = "stirred", "Stirred cell"

    way = Words("device type", max_length=10, choices=Way)
    device = Words("device (maker, model)", max_length=120)
    device_lot = Words("device lot", max_length=60)
    device_max_xg = QuantityField(
        "highest force the device allows", unit="×g", low=1, high=50_000, decimal_places=1
    )
    membrane = Words("membrane material (RC, PES …)", max_length=60)
    mwco_kda = QuantityField("cut-off (MWCO)", unit="kDa", low=1, high=2000, decimal_places=1)
    rcf_xg = QuantityField("force", unit="×g", low=1, high=50_000, decimal_places=1)
    pressure_bar = QuantityField("pressure (stirred cell)", unit="bar", low=0, high=10)
    duration_min = QuantityField("duration of a spin", unit="min", low="0.1", high=4320, decimal_places=1)
    spin_count = WholeNumberField("spins", low=1, high=100)
    wash_count = WholeNumberField("washes", low=0, high=50)
    wash_buffer = Words("wash buffer (lot)", max_length=120)
    wash_volume_ml = QuantityField("volume of each wash", unit="mL", low="0.001", high=10_000)
    pre_wetted = Words("membrane wetted before", max_length=4, choices=YesNo)
    passivated_with = Words("membrane blocked with", max_length=80)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "ultrafiltration"
        constraints = (
            possible(
                "force_allowed",
                models.Q(rcf_xg__lte=models.F("device_max_xg")),
                "The force is above what the device allows.",
            ),
        )

    def glance(self) -> tuple[str, str]:
        cut = told(with_unit("kDa", self.mwco_kda), self.membrane, joint=" ")
        return cut, told(with_unit("×g", self.rcf_xg), with_unit("min", self.duration_min), self.device)

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if above(self.mwco_kda, 500):
            hints.append(("mwco_kda", "Above 500 kDa small EVs may pass the membrane."))
        if above(self.rcf_xg, 5000):
            hints.append(("rcf_xg", "Most spin filters allow 5 000 ×g at most."))
        if self.pre_wetted == YesNo.NO and not self.passivated_with:
            hints.append(("pre_wetted", "A dry, unblocked membrane binds EVs."))
        return hints


class Filtration(StepDetails):
    """Filtration through a membrane with pores; sterile filtration with its integrity test."""

    filter = Words("filter (maker, model)", max_length=120)
    filter_lot = Words("filter lot", max_length=60)
    pore_um = QuantityField("pore size", unit="µm", low="0.01", high=100)
    membrane = Words("membrane material (PES, PVDF …)", max_length=60)
    area_cm2 = QuantityField("membrane area", unit="cm²", low="0.01", high=100_000, decimal_places=2)
    pressure_bar = QuantityField("pressure", unit="bar", low=0, high=10)
    flush_ml = QuantityField("flushed with", unit="mL", low=0, high=100_000)
    duration_min = QuantityField("duration", unit="min", low="0.1", high=4320, decimal_places=1)
    is_sterilising = Words("to make sterile", max_length=4, choices=YesNo)
    integrity_before = Words("integrity test before", max_length=12, choices=Integrity)
    integrity_after = Words("integrity test after", max_length=12, choices=Integrity)
    bubble_point_bar = QuantityField("bubble point", unit="bar", low=0, high=20)
    least_bubble_point_bar = QuantityField("bubble point asked for", unit="bar", low=0, high=20)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "filtration"

    def glance(self) -> tuple[str, str]:
        return told(with_unit("µm", self.pore_um), self.membrane, joint=" "), self.filter

    def advice(self) -> list[tuple[str, str]]:
        hints = integrity_advice(self, "integrity_before", "integrity_after")
        measured = self.step.particles_in_per_ml is not None and self.step.particles_out_per_ml is not None
        if self.pore_um is not None and self.pore_um <= Decimal("0.22") and not measured:
            words = "Loss across 0.22 µm differs by product: count particles before and after."
            hints.append(("pore_um", words))
        if self.is_sterilising == YesNo.YES and above(self.pore_um, "0.22"):
            hints.append(("pore_um", "Sterile filters have pores of 0.22 µm or less."))
        if self.is_sterilising == YesNo.YES and self.integrity_after in {"", Integrity.NOT_TESTED}:
            hints.append(("integrity_after", "A sterile filter is tested after use."))
        least = self.least_bubble_point_bar
        if least is not None and self.bubble_point_bar is not None and self.bubble_point_bar < least:
            hints.append(("bubble_point_bar", "Below the bubble point asked for."))
        return hints


class BufferExchange(StepDetails):
    """Exchange of the buffer: dialysis, desalting, repeated dilution and concentration, or diafiltration."""

    class Way(models.TextChoices):
        DIALYSIS = "dialysis", "Dialysis"
        DESALTING = "desalting", "Desalting column"
        SPIN_FILTER = "spin_filter", "Spin filter"
        DIAFILTRATION = "diafiltration", "Diafiltration"
        RESUSPENSION = "resuspension", "Pellet and resuspension"

    way = Words("way", max_length=14, choices=Way)
    from_buffer = Words("out of (buffer)", max_length=120)
    into_buffer = Words("into (buffer, lot)", max_length=120)
    buffer_filtered = Words("buffer filtered (0.1 or 0.22 µm)", max_length=4, choices=YesNo)
    device = Words("device or column", max_length=120)
    device_lot = Words("device lot", max_length=60)
    mwco_kda = QuantityField("cut-off (MWCO)", unit="kDa", low="0.1", high=2000, decimal_places=1)
    kept_volume_ml = QuantityField("sample volume kept", unit="mL", low="0.001", high=100_000)
    added_volume_ml = QuantityField("buffer of each exchange", unit="mL", low="0.001", high=1_000_000)
    exchange_count = WholeNumberField("exchanges", low=1, high=100)
    duration_h = QuantityField("duration", unit="h", low="0.01", high=500, decimal_places=2)
    residual_percent = QuantityField("old buffer left", unit="%", decimal_places=6, editable=False)

    computed_fields = ("residual_percent",)
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "buffer exchange"

    def compute(self) -> None:
        """What is left of the old buffer, by way of exchange; a desalting column has no formula."""
        ratio = formulas.ratio(self.added_volume_ml, self.kept_volume_ml)
        if self.way == self.Way.DIAFILTRATION:
            volumes = None if ratio is None else ratio * (self.exchange_count or 1)
            left = formulas.diafiltration_residual_percent(volumes)
        elif self.way in {"", self.Way.DESALTING}:
            left = None
        else:
            left = formulas.dilution_residual_percent(
                self.kept_volume_ml, self.added_volume_ml, self.exchange_count
            )
        self.residual_percent = formulas.rounded(left, 6)

    def glance(self) -> tuple[str, str]:
        way = self.get_way_display() if self.way else ""  # type: ignore[attr-defined]
        left = f"{people_number(self.residual_percent, 2)} % left" if self.residual_percent else ""
        return told(way, left), f"into {self.into_buffer}" if self.into_buffer else ""

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if above(self.residual_percent, 5):
            hints.append(("exchange_count", "More than 5 % of the old buffer is left."))
        if above(self.mwco_kda, 500):
            hints.append(("mwco_kda", "Above 500 kDa small EVs may pass the membrane."))
        return hints
