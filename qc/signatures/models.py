"""Manifests: what somebody saw when signing, kept word for word."""

from django.db import models

from audit.models import TrackedModel
from batches.quantities import Words
from batches.record.models import Batch


class Manifest(TrackedModel):
    """Everything that a signer saw of a batch, as canonical JSON; named by the SHA-256 of its text.

    `record_sha256` covers the part whose change leaves a signature behind (qc.signatures.contents);
    equal ones are one revision of the record. `content` is the text itself: it is written once, is no
    part of the history, and an entry holds its hash.
    """

    append_only = True

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="manifests")
    number = models.PositiveIntegerField("number")
    sha256 = Words("SHA-256", max_length=64, blank=False)
    record_sha256 = Words("SHA-256 of the record part", max_length=64, blank=False)
    content = models.TextField("content")

    hashed_fields = ("content",)
    history_excludes = ("content",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["batch", "number"], name="manifest_number_once"),
            models.UniqueConstraint(fields=["batch", "sha256"], name="manifest_content_once"),
        )

    def __str__(self) -> str:
        return f"Manifest {self.number}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def url(self) -> str:
        return f"/qc/{self.batch.number}/manifests/{self.number}/"
