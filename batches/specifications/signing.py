"""Signatures on specifications: whether each still fits what the version says. Computed, never stored."""

from dataclasses import dataclass
from datetime import UTC
from zoneinfo import ZoneInfo

from audit.refusal import ActionRefused
from batches.specifications.content import sha256_of
from batches.specifications.models import SpecificationSignature, SpecificationVersion


@dataclass(frozen=True)
class Shown:
    """A signature as people read it, with whether it still fits."""

    signature: SpecificationSignature
    is_valid: bool

    @property
    def validity(self) -> str:
        return "valid" if self.is_valid else "the specification does not read as it was signed"

    @property
    def utc(self) -> str:
        return f"{self.signature.signed_at.astimezone(UTC):%-d %b %Y %H:%M:%S} UTC"

    @property
    def local(self) -> str:
        """In the time zone of the laboratory when it was signed, with its distance from UTC."""
        there = self.signature.signed_at.astimezone(ZoneInfo(self.signature.time_zone))
        offset = f"{there:%z}"
        return f"{there:%-d %b %Y %H:%M:%S} {offset[:3]}:{offset[3:]} {self.signature.time_zone}"


def signatures_of(version: SpecificationVersion) -> list[Shown]:
    """All signatures of a version, oldest first, each with its validity."""
    signed = list(version.signatures.all())
    content = sha256_of(version) if signed else ""
    return [Shown(signature, signature.sha256 == content) for signature in signed]


def demand_signed(version: SpecificationVersion) -> None:
    """Refuse a version whose content is not what somebody approved."""
    if not any(shown.is_valid for shown in signatures_of(version)):
        raise ActionRefused(
            f"{version} does not read as it was approved: it can't be used. Tell quality assurance."
        )
