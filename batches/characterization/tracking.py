"""Nanoparticle tracking: size and number of particles (ev-domain §6)."""

from decimal import Decimal

from django.db import models

from batches.characterization import formulas
from batches.characterization.models import AssayDetails
from batches.quantities import QuantityField, WholeNumberField, Words
from batches.record.models import Reading
from batches.source.models import YesNo


class NanoparticleTracking(AssayDetails):
    """Size and number of particles. Numbers come from the instrument's own export; what they mean for
    the undiluted sample depends on the dilution, which the file holds or a person states.
    """

    class DilutionSource(models.TextChoices):
        FILE = "file", "From the file"
        PERSON = "person", "Entered"

    reading = models.ForeignKey(
        Reading, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    # ZetaView's table of positions, kept beside the measurement that it belongs to.
    position_table = models.ForeignKey(
        Reading, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    dilution = QuantityField("dilution factor", unit="×", low=1, high="1e8", max_digits=15)
    dilution_source = Words("dilution known", max_length=8, choices=DilutionSource, editable=False)
    diluent = Words("diluent (lot)", max_length=80)
    blank_per_ml = QuantityField(
        "diluent blank", unit="/mL", low=0, high="1e15", max_digits=15, decimal_places=0
    )
    instrument_per_ml = QuantityField(
        "concentration as the instrument gives it",
        unit="/mL",
        low=0,
        high="1e15",
        max_digits=15,
        decimal_places=0,
        editable=False,
    )
    includes_dilution = Words(
        "instrument's value includes the dilution", max_length=4, choices=YesNo, editable=False
    )
    measured_per_ml = QuantityField(
        "measured (diluted) concentration", unit="/mL", max_digits=15, decimal_places=0, editable=False
    )
    particles_per_ml = QuantityField(
        "concentration of the sample", unit="/mL", max_digits=15, decimal_places=0, editable=False
    )
    mean_nm = QuantityField("mean", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    mode_nm = QuantityField("mode", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    sd_nm = QuantityField("SD", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    d10_nm = QuantityField("D10", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    d50_nm = QuantityField("D50", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    d90_nm = QuantityField("D90", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    window_percent = QuantityField(
        "particles in the size window", unit="%", low=0, high=100, decimal_places=2, editable=False
    )
    range_50_400_percent = QuantityField(
        "particles from 50 to 400 nm", unit="%", low=0, high=100, decimal_places=2, editable=False
    )
    videos = WholeNumberField("videos used", editable=False)

    files = ("reading__attachment",)
    computed_fields = ("measured_per_ml", "particles_per_ml", "dilution_source")
    free_fields = (
        *computed_fields,
        "instrument_per_ml",
        "includes_dilution",
        "mean_nm",
        "mode_nm",
        "sd_nm",
        "d10_nm",
        "d50_nm",
        "d90_nm",
        "window_percent",
        "range_50_400_percent",
        "videos",
    )

    class Meta:
        base_manager_name = "objects"
        verbose_name = "nanoparticle tracking"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(d10_nm__isnull=True)
                | (models.Q(d10_nm__lte=models.F("d50_nm")) & models.Q(d50_nm__lte=models.F("d90_nm"))),
                name="nanoparticletracking_percentiles_in_order",
                violation_error_message="D10, D50 and D90 must rise.",
            ),
        )

    def compute(self) -> None:
        """Measured and dilution-corrected concentration, kept apart (ev-domain §6.3).

        Where the instrument's value includes the dilution in the file and a person states another one,
        theirs counts: the measured value stays, the sample's follows.
        """
        in_file = self._dilution_in_file()
        includes = self.includes_dilution == YesNo.YES
        self.measured_per_ml, self.particles_per_ml = formulas.concentrations(
            self.instrument_per_ml, in_file if includes else self.dilution, includes_dilution=includes
        )
        if includes and self.dilution != in_file:
            self.particles_per_ml = formulas.diluted_back(self.measured_per_ml, self.dilution)
        source = self.DilutionSource.FILE if self.dilution == in_file else self.DilutionSource.PERSON
        self.dilution_source = "" if self.dilution is None else source

    def _dilution_in_file(self) -> Decimal | None:
        """The dilution that the export holds; without the reading's bulky curves."""
        values = Reading.objects.filter(pk=self.reading_id).values_list("values", flat=True).first() or {}
        known = values.get("dilution")
        return None if known is None else Decimal(str(known))

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.measured_per_ml and not Decimal("1e7") <= self.measured_per_ml <= Decimal("1e9"):
            hints.append(("dilution", "Measured outside 1×10⁷ to 1×10⁹ /mL: another dilution counts better."))
        if self.blank_per_ml and self.measured_per_ml and self.blank_per_ml > self.measured_per_ml / 10:
            hints.append(("blank_per_ml", "The blank is more than a tenth of the sample."))
        return hints
