"""Blanks and controls: samples of their own, shown beside the results that they control, never among them.

Whatever hangs on the final preparation (evidence.py) looks at that sample only, so no blank enters a
batch's figures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from batches.bounds import Sign
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay, details_of
from batches.quantities import people_number, significant

# The figure in which a blank is told as a share of the sample.
FIGURES = {
    Technique.NTA: "particles_per_ml",
    Technique.TRPS: "particles_per_ml",
    Technique.NANOFLOW: "particles_per_ml",
    Technique.PROTEIN: "protein_ug_per_ml",
    Technique.LIPID: "lipid_ug_per_ml",
    Technique.RNA: "rna_ng_per_ml",
    Technique.ENDOTOXIN: "endotoxin_eu_per_ml",
}
MEASURED = "measured_per_ml"
HIGH_PERCENT = Decimal(10)
BELOW = frozenset({Sign.BELOW, Sign.AT_MOST})


@dataclass(frozen=True)
class Beside:
    """A control as it stands beside the results: what it is, its result, its share of the sample."""

    assay: Assay
    what: str
    result: str
    share: str = ""
    is_high: bool = False

    @property
    def words(self) -> str:
        """'diluent blank 2.1×10⁶ /mL = 1 % of the sample'."""
        return " ".join(part for part in (self.what, self.result or "no result yet", self.share) if part)


def controls_among(assays: Iterable[Assay]) -> list[Assay]:
    """The blanks and controls among these assays."""
    return [assay for assay in assays if assay.is_control]


def beside(assays: Sequence[Assay], technique: str) -> list[Beside]:
    """Each standing control of a technique beside the finished results that it controls."""
    alike = [assay for assay in assays if assay.technique == technique and assay.counts]
    finals = [assay for assay in alike if assay.sample == Assay.Sample.FINAL and assay.is_finished]
    return [_beside(control, finals) for control in controls_among(alike)]


def _beside(control: Assay, finals: list[Assay]) -> Beside:
    details, figure = details_of(control), _figure(control)
    known = [one for one in finals if control.controls_number in (None, one.number)]
    what = control.get_sample_display().lower()
    if control.controls_number is not None:
        what += f" of assay {control.controls_number}"
        what += "" if known else " (which has no finished result here)"
    value = getattr(details, figure, None) if figure else None
    if value is None:
        told: list[tuple[str, str]] = getattr(details, "result_words", list)()
        return Beside(control, what, ", ".join(f"{label} {words}" for label, words in told if words))
    share = _share(value, _mean([getattr(details_of(one), figure) for one in known]))
    if share is None or not control.is_blank:
        return Beside(control, what, details.told(figure))
    sign = "at most" if details.sign_of(figure) in BELOW else "="
    words = f"{sign} {people_number(significant(share, 2))} % of the sample"
    return Beside(control, what, details.told(figure), words, is_high=share > HIGH_PERCENT)


def _figure(control: Assay) -> str:
    """A diluent blank goes through the instrument as the diluted sample does, so both are compared there."""
    figure = FIGURES.get(Technique(control.technique), "")
    is_diluent = control.sample == Assay.Sample.DILUENT
    return MEASURED if is_diluent and figure == "particles_per_ml" else figure


def _mean(values: list[Any]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) / len(known) if known else None


def _share(value: Decimal, of: Decimal | None) -> Decimal | None:
    return 100 * value / of if of else None
