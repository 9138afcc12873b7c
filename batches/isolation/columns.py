"""Size exclusion: the run of a column and its fractions (ev-domain §5.3)."""

from django.db import models

from audit.models import TrackedModel
from batches.isolation import formulas
from batches.isolation.glances import told
from batches.isolation.models import StepDetails
from batches.possible import possible
from batches.quantities import QuantityField, WholeNumberField, Words, people_number


class SizeExclusion(StepDetails):
    """A size-exclusion column run: what was loaded, which fractions were pooled."""

    column_name = Words("column", max_length=80)
    resin = Words("resin", max_length=80)
    column_lot = Words("column lot", max_length=60)
    column_uses = WholeNumberField("use of this column", low=1, high=1000)
    column_max_uses = WholeNumberField("uses that the maker allows", low=1, high=1000)
    column_volume_ml = QuantityField("column volume", unit="mL", low="0.01", high=100_000)
    sample_volume_ml = QuantityField("sample loaded", unit="mL", low="0.001", high=100_000)
    buffer_volume_ml = QuantityField("buffer volume (void)", unit="mL", low=0, high=100_000)
    collection_volume_ml = QuantityField("collection volume", unit="mL", low="0.001", high=100_000)
    fraction_size_ml = QuantityField("fraction size", unit="mL", low="0.001", high=10_000)
    fractions_collected = WholeNumberField("fractions collected", low=1, high=500)
    first_pooled = WholeNumberField("first fraction pooled", low=1, high=500)
    last_pooled = WholeNumberField("last fraction pooled", low=1, high=500)
    flow = Words("flow (gravity or mL/min)", max_length=40)
    running_buffer = Words("running buffer (lot)", max_length=120)
    load_percent = QuantityField("load", unit="% of column volume", decimal_places=2, editable=False)

    computed_fields = ("load_percent",)
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "size exclusion"
        constraints = (
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
            possible(
                "collection_fits",
                models.Q(collection_volume_ml__lte=models.F("column_volume_ml")),
                "The collection volume can't exceed the column volume.",
            ),
        )

    def compute(self) -> None:
        """Load as % of the column volume."""
        self.load_percent = formulas.rounded(
            formulas.percent(self.sample_volume_ml, self.column_volume_ml), 2
        )

    def glance(self) -> tuple[str, str]:
        pooled = f"fractions {self.first_pooled}–{self.last_pooled}" if self.first_pooled else ""
        load = f"load {people_number(self.load_percent)} %" if self.load_percent else ""
        return pooled, told(load, self.column_name) if load else ""

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.column_uses and self.column_max_uses and self.column_uses > self.column_max_uses:
            hints.append(("column_uses", f"The maker allows {self.column_max_uses} uses."))
        if not self.load_percent or self.load_percent <= 5:
            return hints
        words = f"Load is {self.load_percent.normalize():f} % of the column; 5 % is usual."
        if self.load_percent > 20:
            words += " Above 20 % proteins run into the EV fractions."
        return [*hints, ("sample_volume_ml", words)]


class ColumnFraction(TrackedModel):
    """One collected fraction of a size-exclusion run."""

    details = models.ForeignKey(SizeExclusion, on_delete=models.PROTECT, related_name="fractions")
    number = WholeNumberField("fraction", low=1, high=500, null=False, blank=False)
    volume_ml = QuantityField("volume", unit="mL", low="0.001", high=10_000)
    a280 = QuantityField("A280", low=-1, high=100)
    particles_per_ml = QuantityField(
        "particles", unit="/mL", low=0, high="1e15", max_digits=15, decimal_places=0
    )
    protein_ug_per_ml = QuantityField("protein", unit="µg/mL", low=0, high=1_000_000)
    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("number", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["details", "number"],
                condition=models.Q(is_voided=False),
                name="columnfraction_number_once",
                violation_error_message="This fraction is already recorded.",
            ),
        )

    def __str__(self) -> str:
        return f"Fraction {self.number}"

    @property
    def trail_batch(self) -> str:
        return self.details.step.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.details.step}, fraction {self.number}"
