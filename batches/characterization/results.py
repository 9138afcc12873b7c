"""Results of a technique together: replicates over each other, with mean, SD and CV."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from batches.characterization import charts, formulas
from batches.characterization.controls import Beside, beside
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay, details_of
from batches.characterization.techniques import TECHNIQUES
from batches.masters.plans import Plan
from batches.record.models import Batch, Reading

NTA_RESULTS = (
    ("particles_per_ml", "Concentration", "/mL"),
    ("mode_nm", "Mode", "nm"),
    ("mean_nm", "Mean", "nm"),
    ("d10_nm", "D10", "nm"),
    ("d50_nm", "D50", "nm"),
    ("d90_nm", "D90", "nm"),
    ("window_percent", "In the size window", "%"),
)

MOST_DRAWN = 300
_DRAWN: dict[tuple[Any, ...], SafeString] = {}


@dataclass
class ResultLine:
    """One result over the replicates of a technique."""

    label: str
    unit: str
    values: list[Decimal | None]
    spread: formulas.Spread | None


@dataclass
class AssayCard:
    """What the batch page shows of a technique."""

    technique: str
    label: str
    icon: str
    template: str
    assays: list[tuple[Assay, Any]]
    chart: SafeString = field(default_factory=SafeString)
    lines: list[ResultLine] = field(default_factory=list)
    controls: list[Beside] = field(default_factory=list)
    left_out: list[Assay] = field(default_factory=list)
    made: list[Assay] = field(default_factory=list)


def card_of(batch: Batch, technique: str, assays: list[Assay]) -> AssayCard:
    """The card of one technique with all its standing assays."""
    kind = TECHNIQUES[technique]
    shown = [assay for assay in assays if assay.counts and not assay.is_control]
    pairs = [(assay, details_of(assay)) for assay in shown]
    card = AssayCard(technique, kind.label, kind.icon, kind.template, pairs)
    card.controls, card.made = beside(assays, technique), assays
    card.left_out = [assay for assay in assays if not assay.counts]
    if technique == Technique.NTA:
        read = [(assay, nta) for assay, nta in pairs if nta.reading_id and assay.sample == Assay.Sample.FINAL]
        card.chart = nta_chart(batch, [nta for _, nta in read])
        card.lines = nta_lines([nta for _, nta in read])
    return card


def nta_chart(batch: Batch, replicates: list[Any]) -> SafeString:
    """Size distributions of the replicates over each other.

    Readings never change, so a picture that was drawn once in this process is used again.
    """
    low, high = map(float, Plan.of(batch.plan).window)
    named = tuple((nta.reading_id, nta.reading.attachment.sha256, nta.assay.replicate) for nta in replicates)
    modes = [nta.mode_nm for nta in replicates if nta.mode_nm is not None]
    inside = formulas.spread([nta.window_percent for nta in replicates if nta.window_percent is not None])
    share = f"{inside.mean:.0f} % of particles" if inside else ""
    mode = float(sum(modes) / len(modes)) if modes else None
    key = (named, low, high, mode, share)
    if key not in _DRAWN:
        if len(_DRAWN) >= MOST_DRAWN:
            _DRAWN.clear()
        curves = curves_of(replicates)
        _DRAWN[key] = charts.size_distribution(curves, window_nm=(low, high), mode_nm=mode, share=share)
    return _DRAWN[key]


def curves_of(replicates: list[Any]) -> list[charts.Curve]:
    """The averaged size distribution of each replicate's reading, in one query; rows of tables have none."""
    readings = Reading.objects.filter(pk__in=[nta.reading_id for nta in replicates])
    curves = dict(readings.values_list("pk", "curves"))
    return [
        charts.Curve(
            f"replicate {nta.assay.replicate}",
            curves[nta.reading_id]["bin_centre_nm"],
            curves[nta.reading_id]["per_ml_average"],
        )
        for nta in replicates
        if "bin_centre_nm" in curves[nta.reading_id]
    ]


def nta_lines(replicates: list[Any]) -> list[ResultLine]:
    """Each NTA result of the replicates with mean, SD and CV."""
    lines = []
    for name, label, unit in NTA_RESULTS:
        values = [getattr(nta, name) for nta in replicates]
        known = [value for value in values if value is not None]
        if known:
            lines.append(ResultLine(label, unit, values, formulas.spread(known)))
    return lines


def video_lines(reading: Reading) -> list[dict[str, Any]]:
    """The videos of a reading as its table shows them: failed and unused ones stay visible."""
    videos = reading.curves.get("videos") or []
    used = reading.curves.get("video_is_used") or [True] * len(videos)
    return [{**video, "is_used": is_used} for video, is_used in zip(videos, used, strict=False)]
