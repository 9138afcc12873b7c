"""The evidence of a batch: what its finished, standing records of the final preparation show.

A value is never guessed: what was not measured is missing, what can't be told from the evidence is
unclear, and both say why in words.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from batches.bounds import Bounds
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay, details_of
from batches.isolation.models import ProcessStep
from batches.record.models import Batch

TECHNIQUE_WORDS: Mapping[str, str] = {
    Technique.NTA: "particle tracking",
    Technique.WESTERN_BLOT: "western blot",
    Technique.ELECTRON_MICROSCOPY: "electron microscopy",
    Technique.PROTEIN: "protein assay",
    Technique.ENDOTOXIN: "endotoxin assay",
    Technique.STERILITY: "sterility assay",
    Technique.MYCOPLASMA: "mycoplasma assay",
    Technique.PHYSICOCHEMICAL: "pH, osmolality or appearance",
    Technique.TRPS: "resistive pulse sensing",
    Technique.DLS: "light scattering",
    Technique.ZETA: "zeta potential",
    Technique.NANOFLOW: "nano-flow cytometry",
    Technique.LIPID: "lipid assay",
    Technique.RNA: "RNA",
    Technique.GROWTH_FACTOR: "growth-factor assay",
    Technique.POTENCY: "potency assay",
}
NOT_COUNTED: Mapping[str, str] = {
    Assay.Status.OPEN: "not finished",
    Assay.Status.EXCLUDED: "left out",
    Assay.Status.VOIDED: "voided",
}


@dataclass(frozen=True)
class Measured:
    """What the evidence says of one attribute, in the attribute's unit.

    A result is a number (`value`), a censored one (`within`, such as `< 0.05`), or `text`. Without any,
    `words` say why: not measured, or (`is_unclear`) measured without a clear outcome. `up_to` is what a
    count could still become once its unclear parts are read again. `sources` name the records it comes
    from, begun and finished at those times; `note` says what a reviewer should know beside the result.
    """

    value: Decimal | None
    words: str
    sources: tuple[str, ...] = ()
    note: str = ""
    is_unclear: bool = False
    up_to: Decimal | None = None
    within: Bounds | None = None
    text: str = ""
    begun_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None

    @property
    def bounds(self) -> Bounds | None:
        """Where the number lies; None without one."""
        if self.value is None:
            return self.within
        return Bounds(self.value, self.value if self.up_to is None else self.up_to)

    @property
    def has_result(self) -> bool:
        return self.bounds is not None or bool(self.text)


@dataclass(frozen=True)
class Evidence:
    """The standing assays and steps of a batch, with their details; voided ones only to be named."""

    assays: tuple[Assay, ...]
    steps: tuple[ProcessStep, ...]
    voided_assays: tuple[Assay, ...] = ()
    voided_steps: tuple[ProcessStep, ...] = ()

    @classmethod
    def among(cls, assays: Iterable[Assay], steps: Iterable[ProcessStep]) -> "Evidence":
        """What counts among records that were read already (`with_details`): voided ones don't."""
        all_assays, all_steps = list(assays), list(steps)
        return cls(
            tuple(assay for assay in all_assays if assay.status != Assay.Status.VOIDED),
            tuple(step for step in all_steps if step.status != ProcessStep.Status.VOIDED),
            tuple(assay for assay in all_assays if assay.status == Assay.Status.VOIDED),
            tuple(step for step in all_steps if step.status == ProcessStep.Status.VOIDED),
        )

    def finished(self, technique: str) -> list[tuple[Assay, Any]]:
        """Finished assays of the final preparation by that technique, each with its details."""
        return [(a, details_of(a)) for a in self._of_final(technique) if a.status == Assay.Status.FINISHED]

    def _of_final(self, technique: str) -> list[Assay]:
        return [a for a in self.assays if a.technique == technique and a.sample == Assay.Sample.FINAL]

    def finished_by(self, techniques: Iterable[str]) -> list[Assay]:
        """Finished assays of the final preparation by any of these techniques, in their order."""
        found = [assay for technique in set(techniques) for assay, _ in self.finished(technique)]
        return sorted(found, key=lambda assay: assay.number)

    def only(self, assays: Iterable[Assay]) -> "Evidence":
        """The same with these assays and no others."""
        return replace(self, assays=tuple(assays))

    def not_measured(self, technique: str) -> Measured:
        """Why there is no result of a technique: none made, or none finished."""
        made = [assay for assay in self._of_final(technique) if assay.counts]
        if made:
            return Measured(None, "not finished yet", labels(made))
        return Measured(None, f"no {TECHNIQUE_WORDS[technique]} of the final preparation yet")

    def not_counted(self, techniques: Iterable[str]) -> tuple[str, ...]:
        """Assays of the final preparation by these techniques that don't count, each with why."""
        known = set(techniques)
        made = (*self.voided_assays, *self.assays)
        found = [a for a in made if a.technique in known and a.sample == Assay.Sample.FINAL]
        return tuple(
            f"{assay} ({NOT_COUNTED[Assay.Status(assay.status)]})"
            for assay in sorted(found, key=lambda assay: assay.number)
            if assay.status != Assay.Status.FINISHED
        )


def evidence_of(batch: Batch) -> Evidence:
    """Everything that attributes are computed from, in a fixed number of queries."""
    assays = list(Assay.objects.filter(batch=batch).with_details())
    steps = list(ProcessStep.objects.filter(batch=batch).with_details())
    for record in (*assays, *steps):
        record.batch = batch
    return Evidence.among(assays, steps)


def labels(records: Iterable[Any]) -> tuple[str, ...]:
    """How people call these assays or steps."""
    return tuple(str(record) for record in records)
