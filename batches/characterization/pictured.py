"""What people measure on a picture: vesicles on a micrograph, the ladder beside a blot."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from math import hypot, log

from django.db import models

from batches.characterization.blots import BlotChild, BlotLane, WesternBlot
from batches.characterization.microscopy import ElectronMicroscopy, Micrograph
from batches.characterization.models import AssayRow
from batches.quantities import QuantityField

LARGEST_PX = 1_000_000


def _pixels(words: str) -> QuantityField:
    return QuantityField(
        words, unit="px", low=0, high=LARGEST_PX, decimal_places=2, null=False, blank=False, editable=False
    )


class DiameterMeasurement(AssayRow):
    """The diameter of one vesicle: the line between two points in the original's pixels.

    The pixel size that it was computed with stays on it, for the micrograph's may be corrected later.
    """

    details = models.ForeignKey(
        ElectronMicroscopy, on_delete=models.PROTECT, related_name="diameters", editable=False
    )
    micrograph = models.ForeignKey(
        Micrograph, on_delete=models.PROTECT, related_name="diameters", editable=False
    )
    x1, y1 = _pixels("from, to the right"), _pixels("from, down")
    x2, y2 = _pixels("to, to the right"), _pixels("to, down")
    pixel_size_nm = QuantityField(
        "pixel size then",
        unit="nm/px",
        low="0.0001",
        high=1_000_000,
        max_digits=15,
        decimal_places=6,
        null=False,
        blank=False,
        editable=False,
    )
    diameter_nm = QuantityField(
        "diameter", unit="nm", low=5, high=5000, decimal_places=2, null=False, blank=False, editable=False
    )

    class Meta(AssayRow.Meta):
        verbose_name = "diameter on a micrograph"

    def __str__(self) -> str:
        return f"diameter {self.diameter_nm} nm"

    @property
    def is_of_other_scale(self) -> bool:
        """Whether the micrograph's pixel size was corrected since."""
        return self.pixel_size_nm != self.micrograph.pixel_size_nm


def diameter_nm(ends: tuple[Decimal, Decimal, Decimal, Decimal], pixel_size_nm: Decimal) -> Decimal:
    """Length (nm, to two decimals) of the line x1, y1, x2, y2 in pixels of that size."""
    x1, y1, x2, y2 = map(float, ends)
    length = Decimal(str(hypot(x2 - x1, y2 - y1))) * pixel_size_nm
    return length.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


class BlotRung(BlotChild):
    """A band of the ladder: its size, and how far down the image it lies."""

    blot = models.ForeignKey(WesternBlot, on_delete=models.PROTECT, related_name="rungs")
    kda = QuantityField("size", unit="kDa", low=1, high=1000, decimal_places=1, null=False, blank=False)
    height_percent = QuantityField(
        "height from the top",
        unit="% of the image",
        low=0,
        high=100,
        decimal_places=2,
        null=False,
        blank=False,
    )

    class Meta:
        base_manager_name = "objects"
        ordering = ("-kda", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["blot", "kda"],
                condition=models.Q(is_voided=False),
                name="blotrung_kda_once",
                violation_error_message="This rung is already recorded.",
            ),
        )

    def __str__(self) -> str:
        return f"rung {self.kda.normalize():f} kDa"


def height_of(kda: Decimal | None, rungs: Sequence[BlotRung]) -> float | None:
    """How far down (% of the image) a protein of that size lies.

    Between the two neighbouring rungs the logarithm of the size runs straight; None beyond the ladder.
    """
    if kda is None:
        return None
    ladder = sorted(rungs, key=lambda rung: rung.kda)
    for below, above in pairwise(ladder):
        if below.kda <= kda <= above.kda:
            low, high = float(below.height_percent), float(above.height_percent)
            part = log(float(kda / below.kda)) / log(float(above.kda / below.kda))
            return low + (high - low) * part
    return None


def runs_backwards(rungs: Sequence[BlotRung]) -> bool:
    """Whether a heavier rung lies below a lighter one; a gel has the heavy ones on top."""
    heights = [rung.height_percent for rung in sorted(rungs, key=lambda rung: rung.kda, reverse=True)]
    return heights != sorted(heights)


def equal_part(lane: BlotLane, lanes: Sequence[BlotLane]) -> tuple[Decimal, Decimal]:
    """The box of a lane (% of the width) where all lanes are equally wide and fill the image."""
    at, many = lanes.index(lane), len(lanes)
    cent = Decimal("0.01")
    left, right = (Decimal(100 * edge) / many for edge in (at, at + 1))
    return left.quantize(cent), right.quantize(cent)
