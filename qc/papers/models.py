"""Certificates that were issued: each stays readable as it left the house."""

from django.db import models
from django.db.models import F, Q

from accounts.fields import person
from audit.models import TrackedModel
from batches.quantities import LongWords, WholeNumberField, Words
from batches.record.models import Batch


class Certificate(TrackedModel):
    """A certificate of analysis as it was issued.

    `content_sha256` names what it says of the batch: while the record says the same, the same file is
    printed again. A certificate over another content replaces the one before and says why. `sha256` names
    the PDF among the originals; `entry` is the entry that tells of the first print.
    """

    append_only = True

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="certificates")
    number = WholeNumberField("number", low=1, high=9999, null=False, blank=False)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    reason = LongWords("why it was replaced")
    content_sha256 = Words("SHA-256 of what it says", max_length=64, blank=False)
    manifest_sha256 = Words("SHA-256 of the manifest", max_length=64)
    sha256 = Words("SHA-256", max_length=64, blank=False)
    size_bytes = models.BigIntegerField("size in bytes")
    entry = models.BigIntegerField("entry of the print")
    made_at = models.DateTimeField("made at")
    made_by = person(null=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "certificate of analysis"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(
                fields=["batch", "number"],
                name="certificate_number_once",
                violation_error_message="Somebody else made this certificate at the same moment.",
            ),
            models.CheckConstraint(
                condition=Q(number=1, replaces__isnull=True, reason="")
                | (Q(number__gt=1, replaces__isnull=False) & ~Q(reason="")),
                name="certificate_replaced_with_reason",
                violation_error_message="A certificate that replaces another says why.",
            ),
        )
        indexes = (models.Index(F("sha256"), name="certificate_by_sha256"),)

    def __str__(self) -> str:
        return f"Certificate {self.number}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def trail_label(self) -> str:
        return f"Certificate {self.number} of {self.batch.number}"

    @property
    def filename(self) -> str:
        return f"{self.batch.number}-certificate-{self.number}.pdf"
