"""Signatures on versions of master records: what they are over, and whether each still fits."""

from django.db import models

from batches.masters.models import MasterVersion
from batches.masters.plans import sha256_signed
from batches.quantities import Words
from batches.signed import Shown, SignedFields, shown_over


class MasterSignature(SignedFields):
    """Who approved a version of a master record: bound to the SHA-256 of what the version itself says.

    What the specification says that it names is approved on its own.
    """

    class Meaning(models.TextChoices):
        APPROVED = "master_approved", "Master record approved"

    version = models.ForeignKey(MasterVersion, on_delete=models.PROTECT, related_name="signatures")
    meaning = Words("meaning", max_length=30, choices=Meaning, blank=False)
    sha256 = Words("SHA-256 of the content", max_length=64, blank=False)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "signature on a master record"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["version", "meaning"], name="mastersignature_once_a_meaning"),
        )

    def __str__(self) -> str:
        return f"{self.get_meaning_display()} ({self.printed_name})"

    @property
    def trail_label(self) -> str:
        return f"Signature: {self.get_meaning_display()}, {self.version}"


def signatures_of(version: MasterVersion) -> list[Shown]:
    """All signatures of a version, oldest first, each with its validity; none on versions that were
    approved before approvals were kept as signatures. Read it `with_content`.
    """
    found = list(version.signatures.all())
    return shown_over(found, sha256_signed(version) if found else "", "master record")
