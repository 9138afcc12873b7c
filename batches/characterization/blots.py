"""Western blots: their lanes and markers (ev-domain §7.1)."""

from decimal import Decimal

from django.core.validators import RegexValidator
from django.db import models

from audit.models import TrackedModel
from batches.characterization.kinds import MisevCategory
from batches.characterization.models import AssayDetails
from batches.characterization.vocabulary import known_marker
from batches.quantities import QuantityField, WholeNumberField, Words
from batches.record.models import Attachment, Reading
from batches.source.models import YesNo


class WesternBlot(AssayDetails):
    """A blot: how it was run, its image, its lanes and its markers."""

    class Load(models.TextChoices):
        PROTEIN = "protein", "Equal protein (µg)"
        PARTICLES = "particles", "Equal particles"
        VOLUME = "volume", "Equal volume"

    image = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    # What the imager's software measured of the bands; which of them count, BlotBand says.
    band_table = models.ForeignKey(
        Reading, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    lysis_buffer = Words("lysis buffer (composition)", max_length=160)
    protease_inhibitor = Words("protease inhibitor", max_length=80)
    load_basis = Words("loaded", max_length=10, choices=Load)
    gel = Words("gel (%)", max_length=60)
    reducing = Words("reducing", max_length=4, choices=YesNo)
    heating = Words("heated (°C, min)", max_length=40)
    membrane = Words("transfer and membrane", max_length=80)
    blocking = Words("blocked with", max_length=80)
    protein_stain = Words("total-protein stain", max_length=60)
    ladder = Words("ladder (lot)", max_length=80)
    imager = Words("imager and software", max_length=80)
    exposure_s = QuantityField("exposure", unit="s", low=0, high=100_000, decimal_places=3)
    saturated = Words("saturated pixels", max_length=4, choices=YesNo)

    files = ("image",)
    row_sets = ("markers", "lanes", "rungs", "bands")
    files_of_rows = ("bands__lane", "bands__marker")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "western blot"

    @property
    def has_lysate_lane(self) -> bool:
        """Whether a cell-lysate lane was run (needed before an absent marker counts)."""
        return any(lane.role == BlotLane.Role.LYSATE for lane in self.lanes.all() if not lane.is_voided)

    @property
    def standing_markers(self) -> list["BlotMarker"]:
        return [marker for marker in self.markers.all() if not marker.is_voided]

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        symbols = {marker.target for marker in self.standing_markers}
        if self.reducing == YesNo.YES and symbols & {"CD9", "CD63", "CD81"}:
            hints.append(("reducing", "CD9, CD63 and CD81 are commonly run non-reducing."))
        if self.saturated == YesNo.YES:
            hints.append(("saturated", "Saturated bands can't be quantified."))
        return hints


class BlotChild(TrackedModel):
    """A row of a blot."""

    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided",)

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @property
    def trail_batch(self) -> str:
        return self.blot.assay.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.blot.assay}, {self}"


class BlotLane(BlotChild):
    """A lane: what was loaded and how much."""

    class Role(models.TextChoices):
        EV = "ev", "EV preparation"
        LYSATE = "lysate", "Cell lysate"
        STARTING = "starting", "Starting material"
        DEPLETED = "depleted", "EV-depleted / flow-through"
        NEGATIVE = "negative", "Negative control"
        POSITIVE = "positive", "Positive control"
        LADDER = "ladder", "Ladder"

    blot = models.ForeignKey(WesternBlot, on_delete=models.PROTECT, related_name="lanes")
    number = WholeNumberField("lane", low=1, high=60, null=False, blank=False)
    role = Words("holds", max_length=10, choices=Role, blank=False)
    sample_id = Words("sample id", max_length=60)
    load_ug = QuantityField("load", unit="µg", low=0, high=10_000)
    load_particles = QuantityField(
        "load", unit="particles", low=0, high="1e14", max_digits=15, decimal_places=0
    )
    box_left_percent = QuantityField("box from", unit="% of the width", low=0, high=100, decimal_places=2)
    box_right_percent = QuantityField("box to", unit="% of the width", low=0, high=100, decimal_places=2)

    class Meta:
        base_manager_name = "objects"
        ordering = ("number", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(box_left_percent__isnull=True, box_right_percent__isnull=True)
                | models.Q(
                    box_left_percent__isnull=False,
                    box_right_percent__isnull=False,
                    box_left_percent__lt=models.F("box_right_percent"),
                ),
                name="blotlane_box_from_left_to_right",
                violation_error_message="A lane's box needs both edges, the left one first.",
            ),
            models.UniqueConstraint(
                fields=["blot", "number"],
                condition=models.Q(is_voided=False),
                name="blotlane_number_once",
                violation_error_message="This lane is already recorded.",
            ),
        )

    def __str__(self) -> str:
        return f"lane {self.number}"


class BlotMarker(BlotChild):
    """A protein looked for: MISEV category, what was expected, what was found, with which antibody."""

    class Expected(models.TextChoices):
        PRESENT = "present", "present"
        ABSENT = "absent", "absent"

    class Found(models.TextChoices):
        DETECTED = "detected", "detected"
        WEAK = "weak", "weak"
        NOT_DETECTED = "not_detected", "not detected"
        NOT_INTERPRETABLE = "not_interpretable", "not interpretable"

    blot = models.ForeignKey(WesternBlot, on_delete=models.PROTECT, related_name="markers")
    target = Words("protein", max_length=30, blank=False)
    misev_category = Words("MISEV category", max_length=2, choices=MisevCategory, blank=False)
    expected = Words("expected", max_length=8, choices=Expected, blank=False)
    found = Words("found", max_length=18, choices=Found)
    lysate_signal = Words("signal in the lysate lane", max_length=4, choices=YesNo)
    observed_kda = QuantityField("observed", unit="kDa", low=1, high=1000, decimal_places=1)
    antibody_clone = Words("clone", max_length=60)
    antibody_vendor = Words("vendor", max_length=60)
    antibody_catalogue_no = Words("catalogue number", max_length=60)
    antibody_rrid = Words(
        "RRID", max_length=30, validators=[RegexValidator(r"^RRID:AB_\d+\Z", "Such as RRID:AB_628877.")]
    )
    antibody_lot = Words("antibody lot", max_length=60)
    antibody_dilution = WholeNumberField("dilution 1 :", low=1, high=10_000_000)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["blot", "target"],
                condition=models.Q(is_voided=False),
                name="blotmarker_target_once",
                violation_error_message="This protein is already on the blot.",
            ),
        )

    def __str__(self) -> str:
        return f"marker {self.target}"

    @property
    def is_detected(self) -> bool:
        return self.found in {self.Found.DETECTED, self.Found.WEAK}

    @property
    def counts_as_absent(self) -> bool:
        """'Not detected' counts only with signal of the same antibody in a lysate lane of this blot."""
        return (
            self.found == self.Found.NOT_DETECTED
            and self.lysate_signal == YesNo.YES
            and self.blot.has_lysate_lane
        )

    @property
    def outcome(self) -> str:
        """'pass', 'fail' or 'inconclusive' against what was expected; empty while nothing was found."""
        if not self.found:
            return ""
        if self.expected == self.Expected.PRESENT:
            unclear = self.found == self.Found.NOT_INTERPRETABLE
            return "inconclusive" if unclear else ("pass" if self.is_detected else "fail")
        if self.is_detected:
            return "fail"
        return "pass" if self.counts_as_absent else "inconclusive"

    @property
    def kda_is_unusual(self) -> bool:
        """Observed kDa more than 20 % outside the expected range (CD63 smears and is left out)."""
        known = known_marker(self.target)
        if self.observed_kda is None or known is None or known.kda is None or known.symbol == "CD63":
            return False
        low, high = known.kda
        return not low * Decimal("0.8") <= self.observed_kda <= high * Decimal("1.2")
