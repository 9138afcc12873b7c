"""What a pool is made of: parts of other batches, each with the volume that was taken of it."""

from django.db import models

from accounts.fields import person
from audit.models import TrackedModel
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words, people_number
from batches.record.models import Batch


class PoolPart(TrackedModel):
    """A volume of a released batch that went into a pool, and what was put to it.

    `particles_per_ml` is what the part's own record said when it was taken, `particles_from` where it said
    so; neither is typed. A diluent is what was added with this part.
    """

    pool = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="parts")
    part = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="went_into", verbose_name="batch")
    position = WholeNumberField("position", low=1, high=999, null=False, blank=False, editable=False)
    volume_ml = QuantityField("volume taken", unit="mL", low="0.0001", high=1_000_000)
    particles_per_ml = QuantityField(
        "particles of the part when taken",
        unit="/mL",
        low=0,
        high="1e15",
        max_digits=15,
        decimal_places=0,
        editable=False,
    )
    particles_from = Words("particles known from", max_length=160, editable=False)
    diluent = Words("diluent added with it (name, lot)", max_length=160)
    diluent_ml = QuantityField("volume of the diluent", unit="mL", low="0.0001", high=1_000_000)
    notes = LongWords("notes (container, thawing, mixing)")
    added_at = models.DateTimeField("added at", editable=False)
    added_by = person(null=False)
    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("position", "id")
        verbose_name = "part of a pool"
        constraints = (
            models.UniqueConstraint(fields=["pool", "position"], name="poolpart_position_once"),
            models.UniqueConstraint(
                fields=["pool", "part"],
                condition=models.Q(is_voided=False),
                name="poolpart_batch_once",
                violation_error_message="This batch is a part of the pool already: correct its volume.",
            ),
            models.CheckConstraint(
                condition=~models.Q(pool=models.F("part")),
                name="poolpart_of_another_batch",
                violation_error_message="A pool can't be a part of itself.",
            ),
            models.CheckConstraint(
                condition=models.Q(diluent_ml__isnull=True) | ~models.Q(diluent=""),
                name="poolpart_diluent_is_named",
                violation_error_message="Say what the part was diluted with.",
            ),
        )

    def __str__(self) -> str:
        volume = "" if self.volume_ml is None else f", {people_number(self.volume_ml)} mL"
        return f"Part {self.position}: {self.part}{volume}"

    @property
    def trail_batch(self) -> str:
        return self.pool.number

    @property
    def trail_label(self) -> str:
        return f"Part {self.position}, {self.part.number}"
