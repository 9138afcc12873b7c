"""Files that come in together and wait for a person to say where they belong."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from accounts.fields import person
from audit.models import TrackedModel
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay
from batches.quantities import WholeNumberField, Words
from batches.record.models import Attachment


class DroppedFile(TrackedModel):
    """A file that was put on a batch before anybody said what it belongs to. It waits until it is placed
    on an assay or a person keeps it as an attachment only.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Not yet placed"
        PLACED = "placed", "Placed"
        KEPT = "kept", "Kept as attachment"

    attachment = models.OneToOneField(
        Attachment, on_delete=models.PROTECT, related_name="dropped", editable=False
    )
    state = Words("state", max_length=8, choices=State, default=State.WAITING, blank=False, editable=False)
    assay = models.ForeignKey(
        Assay, on_delete=models.PROTECT, null=True, editable=False, related_name="dropped_files"
    )
    # Parts of a combined experiment, of which a person chooses those that belong to the batch.
    videos: Any = models.JSONField("videos to choose from", default=list, blank=True, editable=False)
    # Samples or lines of a table with several, each of which may go to an assay of its own.
    samples: Any = models.JSONField("samples to choose from", default=list, blank=True, editable=False)
    settled_at = models.DateTimeField("settled at", null=True, editable=False)
    settled_by = person()

    free_fields = ("state", "assay", "videos", "samples", "settled_at", "settled_by")

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state="placed", assay__isnull=False)
                | (~models.Q(state="placed") & models.Q(assay__isnull=True)),
                name="droppedfile_placed_on_an_assay",
                violation_error_message="A placed file names its assay.",
            ),
        )

    def __str__(self) -> str:
        return self.attachment.name

    @property
    def trail_batch(self) -> str:
        return self.attachment.batch.number

    @property
    def trail_label(self) -> str:
        return f"Where {self.attachment.name} belongs"


def waiting_among(attachments: Iterable[Attachment]) -> list[DroppedFile]:
    """The files of those (read with `dropped`) that nobody placed on an assay or kept as an attachment."""
    dropped = [attachment.dropped for attachment in attachments if hasattr(attachment, "dropped")]
    return [file for file in dropped if file.state == DroppedFile.State.WAITING]


class ColumnMapping(TrackedModel):
    """Which columns of an instrument's table hold which values of a technique, under a name. Choosing
    otherwise makes a new version; an old one stays with the results that came by it.
    """

    append_only = True

    name = Words("name", max_length=60, blank=False)
    version = WholeNumberField("version", low=1, high=9999, null=False, blank=False)
    instrument = Words("instrument", max_length=80)
    technique = Words("technique", max_length=24, choices=Technique, blank=False)
    header: Any = models.JSONField("header row")
    decimal = Words("decimal sign", max_length=1, blank=False, default=".")
    # Field: title of the column, which of those with the same title, its unit.
    columns: Any = models.JSONField("columns")
    is_undiluted = models.BooleanField("values include the dilution", default=False)
    made_at = models.DateTimeField("made at")
    made_by = person(null=False)

    class Meta:
        base_manager_name = "objects"
        ordering = ("name", "-version")
        constraints = (
            models.UniqueConstraint(fields=["name", "version"], name="columnmapping_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    @property
    def trail_batch(self) -> str:
        return ""

    @property
    def trail_label(self) -> str:
        return f"Columns of {self}"
