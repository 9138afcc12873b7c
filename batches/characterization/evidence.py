"""The evidence of a batch: what its finished, standing records of the final preparation show.

A value is never guessed: what was not measured is missing, what can't be told from the evidence is
unclear, and both say why in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from batches.characterization.kinds import Technique
from batches.characterization.models import Assay, details_of
from batches.isolation.models import ProcessStep
from batches.record.models import Batch

TECHNIQUE_WORDS: Mapping[str, str] = {
    Technique.NTA: "particle tracking",
    Technique.WESTERN_BLOT: "western blot",
    Technique.ELECTRON_MICROSCOPY: "electron microscopy",
    Technique.PROTEIN: "protein assay",
}


@dataclass(frozen=True)
class Measured:
    """What the evidence says of one attribute, in the attribute's unit.

    Without a value, `words` say why: not measured, or (`is_unclear`) measured without a clear outcome.
    `up_to` is what a count could still become once its unclear parts are read again. `sources` name the
    records it comes from; `note` says what a reviewer should know beside the number.
    """

    value: Decimal | None
    words: str
    sources: tuple[str, ...] = ()
    note: str = ""
    is_unclear: bool = False
    up_to: Decimal | None = None


@dataclass(frozen=True)
class Evidence:
    """The standing assays and steps of a batch, with their details."""

    assays: tuple[Assay, ...]
    steps: tuple[ProcessStep, ...]

    @classmethod
    def among(cls, assays: Iterable[Assay], steps: Iterable[ProcessStep]) -> "Evidence":
        """What counts among records that were read already (`with_details`): voided ones don't."""
        return cls(
            tuple(assay for assay in assays if assay.status != Assay.Status.VOIDED),
            tuple(step for step in steps if step.status != ProcessStep.Status.VOIDED),
        )

    def finished(self, technique: str) -> list[tuple[Assay, Any]]:
        """Finished assays of the final preparation by that technique, each with its details."""
        return [(a, details_of(a)) for a in self._of_final(technique) if a.status == Assay.Status.FINISHED]

    def _of_final(self, technique: str) -> list[Assay]:
        return [a for a in self.assays if a.technique == technique and a.sample == Assay.Sample.FINAL]

    def not_measured(self, technique: str) -> Measured:
        """Why there is no result of a technique: none made, or none finished."""
        made = self._of_final(technique)
        if made:
            return Measured(None, "not finished yet", labels(made))
        return Measured(None, f"no {TECHNIQUE_WORDS[technique]} of the final preparation yet")


def evidence_of(batch: Batch) -> Evidence:
    """Everything that attributes are computed from, in a fixed number of queries."""
    assays = list(Assay.objects.filter(batch=batch).standing().with_details())
    steps = list(ProcessStep.objects.filter(batch=batch).standing().with_details())
    for record in (*assays, *steps):
        record.batch = batch
    return Evidence(tuple(assays), tuple(steps))


def labels(records: Iterable[Any]) -> tuple[str, ...]:
    """How people call these assays or steps."""
    return tuple(str(record) for record in records)
