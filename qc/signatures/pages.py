"""A manifest as people read it: its sections by part, and who signed it."""

import json
from dataclasses import dataclass
from typing import Any

from batches.record.models import Batch
from qc.signatures.contents import Written, groups
from qc.signatures.differences import PARTS, words_of
from qc.signatures.manifests import manifest_now
from qc.signatures.models import Manifest
from qc.signing import Shown, signatures_of


@dataclass(frozen=True)
class ManifestPage:
    """One manifest of a batch with everything it says, beside the record as it stands."""

    batch: Batch
    manifest: Manifest
    content: dict[str, Any]
    now: Written
    signatures: list[Shown]

    @classmethod
    def of(cls, batch: Batch, manifest: Manifest) -> "ManifestPage":
        now = manifest_now(batch)
        signatures = signatures_of(batch, now.record_sha256)
        return cls(batch, manifest, json.loads(manifest.content), now, signatures)

    @property
    def signed_by(self) -> list[Shown]:
        """The signatures over this very manifest."""
        return [one for one in self.signatures if one.signature.manifest_id == self.manifest.pk]

    @property
    def is_as_now(self) -> bool:
        """Whether the record still is what this manifest says."""
        return self.now.record_sha256 == self.manifest.record_sha256

    @property
    def groups(self) -> str:
        return groups(self.manifest.sha256, 16)

    @property
    def revision(self) -> int:
        """The revision of the record that was signed."""
        return self.signed_by[0].revision if self.signed_by else 0

    @property
    def parts(self) -> list[tuple[str, str, list[dict[str, Any]]]]:
        """Title, code and sections of each part that says something."""
        return [
            (title, code, sections)
            for code, title in PARTS.items()
            if (sections := [_shown(one) for one in self.content["sections"] if one["part"] == code])
        ]


def _shown(section: dict[str, Any]) -> dict[str, Any]:
    """A section with the words of its values."""
    return {**section, "values": [{**one, "words": words_of(one)} for one in section["values"]]}
