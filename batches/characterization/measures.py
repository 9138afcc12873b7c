"""How each attribute is computed from the evidence of a batch."""

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Decimal

from batches.characterization import formulas
from batches.characterization.evidence import Evidence, Measured, labels
from batches.characterization.kinds import MisevCategory, Technique
from batches.characterization.models import Assay, BlotMarker, ElectronMicroscopy, Micrograph
from batches.isolation.formulas import percent
from batches.isolation.kinds import IsolationMethod
from batches.isolation.models import ProcessStep
from batches.quantities import people_number, significant

Measure = Callable[[Evidence], Measured]

# A result is judged as it is rounded here; one replicate stays exactly as the instrument printed it.
PLACES = {"/mL": 0, "nm": 2, "%": 2, "µg/mL": 4}
GOOD_SHAPES = frozenset(
    {ElectronMicroscopy.Shape.CUP, ElectronMicroscopy.Shape.ROUND, ElectronMicroscopy.Shape.MIXED}
)
IMPLAUSIBLE_FROM_NM = Decimal(80)


# --- numbers over replicates ----------------------------------------------------------------------


def mean_of(technique: str, field: str, unit: str) -> Measure:
    """The mean of one result over the replicates of a technique."""

    def measure(evidence: Evidence) -> Measured:
        replicates = evidence.finished(technique)
        if not replicates:
            return evidence.not_measured(technique)
        return _mean([(a, getattr(details, field)) for a, details in replicates], unit)

    return measure


def _mean(results: list[tuple[Assay, Decimal | None]], unit: str) -> Measured:
    sources = labels(assay for assay, _ in results)
    spread = formulas.spread([value for _, value in results if value is not None])
    if spread is None:
        return Measured(None, "finished without this result", sources)
    without = labels(assay for assay, value in results if value is None)
    note = f"no such result in {', '.join(without)}" if without else ""
    mean = spread.mean.quantize(Decimal(1).scaleb(-PLACES[unit]), rounding=ROUND_HALF_UP)
    return Measured(mean, spread_words(spread, unit), sources, note)


def spread_words(spread: formulas.Spread, unit: str) -> str:
    """How replicates agree: 'mean of 3, SD 2.1 nm, CV 2.2 %', or that there is one only."""
    if spread.sd is None:
        return "one replicate"
    sd = people_number(significant(spread.sd, 3))
    cv = f", CV {people_number(significant(spread.cv_percent, 3))} %" if spread.cv_percent is not None else ""
    return f"mean of {spread.n}, SD {sd} {unit}{cv}"


def particles_per_ug(evidence: Evidence) -> Measured:
    """Particles per µg protein, with its purity class where the buffer allows one (ev-domain §3.2)."""
    particles = mean_of(Technique.NTA, "particles_per_ml", "/mL")(evidence)
    protein = mean_of(Technique.PROTEIN, "protein_ug_per_ml", "µg/mL")(evidence)
    lacking = [part.words for part in (particles, protein) if part.value is None]
    sources = (*particles.sources, *protein.sources)
    ratio = formulas.particles_per_ug(particles.value, protein.value)
    if lacking or ratio is None:
        return Measured(None, "; ".join(lacking) or "protein is 0", sources)
    spoiled = _class_spoiled_by(evidence)
    words = "not classed" if spoiled else formulas.purity_class(ratio)
    return Measured(ratio, words, sources, spoiled or _implausible(ratio, evidence))


def _class_spoiled_by(evidence: Evidence) -> str:
    """What makes the class meaningless: protein or polymer that is not the vesicles'; empty if nothing."""
    if any(protein.excipient_protein == "yes" for _, protein in evidence.finished(Technique.PROTEIN)):
        return "the buffer or excipient contains protein"
    precipitated = [step for step in evidence.steps if step.method == IsolationMethod.PRECIPITATION]
    if any(step.precipitation.polymer_removed == "no" for step in precipitated):
        return "the polymer was not removed"
    return ""


def _implausible(ratio: Decimal, evidence: Evidence) -> str:
    mode = mean_of(Technique.NTA, "mode_nm", "nm")(evidence).value
    if mode is None or mode < IMPLAUSIBLE_FROM_NM or ratio <= formulas.IMPLAUSIBLE_ABOVE:
        return ""
    return "more than vesicles of this size can hold: look at the protein assay, the buffer and the units"


# --- markers of western blots ---------------------------------------------------------------------


def _markers(evidence: Evidence, counts: Callable[[BlotMarker], bool]) -> list[BlotMarker]:
    return [
        marker
        for _, blot in evidence.finished(Technique.WESTERN_BLOT)
        for marker in blot.standing_markers
        if counts(marker)
    ]


def _blots(evidence: Evidence) -> tuple[str, ...]:
    return labels(assay for assay, _ in evidence.finished(Technique.WESTERN_BLOT))


def detected_among(what: str, counts: Callable[[BlotMarker], bool]) -> Measure:
    """How many different proteins among those were detected (weak counts), over all blots."""

    def measure(evidence: Evidence) -> Measured:
        if not _blots(evidence):
            return evidence.not_measured(Technique.WESTERN_BLOT)
        looked_for = [marker for marker in _markers(evidence, counts) if marker.found]
        if not looked_for:
            return Measured(None, f"no {what} was looked for", _blots(evidence))
        return _detected(looked_for, _blots(evidence))

    return measure


def _detected(looked_for: list[BlotMarker], sources: tuple[str, ...]) -> Measured:
    found = {marker.target for marker in looked_for if marker.is_detected}
    unclear = {m.target for m in looked_for if m.found == BlotMarker.Found.NOT_INTERPRETABLE} - found
    absent = {m.target for m in looked_for if m.found == BlotMarker.Found.NOT_DETECTED}
    parts = [f"{_listed(found)} detected" if found else "none detected"]
    if absent - found - unclear:
        parts.append(f"{_listed(absent - found - unclear)} not detected")
    if unclear:
        parts.append(f"{_listed(unclear)} not interpretable")
    note = f"blots differ on {_listed(found & absent)}" if found & absent else ""
    up_to = Decimal(len(found | unclear)) if unclear else None
    return Measured(Decimal(len(found)), "; ".join(parts), sources, note, up_to=up_to)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _is_expected_absent(marker: BlotMarker) -> bool:
    return marker.misev_category == MisevCategory.FOUR and marker.expected == BlotMarker.Expected.ABSENT


def negative_markers_failed(evidence: Evidence) -> Measured:
    """How many markers of other compartments were found although they should be absent.

    One that was found settles it. Otherwise every one must count as absent (BlotMarker.counts_as_absent):
    a band that is missing everywhere may be an antibody that does not work.
    """
    sources = _blots(evidence)
    if not sources:
        return evidence.not_measured(Technique.WESTERN_BLOT)
    markers = _markers(evidence, _is_expected_absent)
    if not markers:
        return Measured(None, "no negative marker (category 4) was assessed", sources, is_unclear=True)
    found = {marker.target for marker in markers if marker.is_detected}
    if found:
        return Measured(Decimal(len(found)), f"{_listed(found)} detected", sources)
    unclear = [marker for marker in markers if not marker.counts_as_absent]
    if unclear:
        words = "; ".join(dict.fromkeys(_why_not_absent(marker) for marker in unclear))
        return Measured(None, words, sources, is_unclear=True)
    return Measured(Decimal(0), f"{_listed(marker.target for marker in markers)} absent", sources)


def _why_not_absent(marker: BlotMarker) -> str:
    if marker.found != BlotMarker.Found.NOT_DETECTED:
        return f"{marker.target}: {marker.get_found_display() or 'no result'}"
    if not marker.blot.has_lysate_lane:
        return f"{marker.target} not detected, but no lysate lane was run beside it"
    return f"{marker.target} not detected, but without signal in the lysate lane"


def co_isolated_assessed(evidence: Evidence) -> Measured:
    """How many co-isolated proteins (category 3) have a result, whichever it is."""
    sources = _blots(evidence)
    if not sources:
        return evidence.not_measured(Technique.WESTERN_BLOT)
    clear = {BlotMarker.Found.DETECTED, BlotMarker.Found.WEAK, BlotMarker.Found.NOT_DETECTED}
    markers = _markers(evidence, lambda m: m.misev_category == MisevCategory.THREE and m.found in clear)
    told = sorted({f"{marker.target} {marker.get_found_display()}" for marker in markers})
    assessed = Decimal(len({marker.target for marker in markers}))
    return Measured(assessed, "; ".join(told) or "none of category 3 assessed", sources)


# --- electron microscopy --------------------------------------------------------------------------


def em_views(evidence: Evidence) -> Measured:
    """How many of the two views (wide field, close-up) there are with a known pixel size."""
    finished = evidence.finished(Technique.ELECTRON_MICROSCOPY)
    if not finished:
        return evidence.not_measured(Technique.ELECTRON_MICROSCOPY)
    pictures = [picture for _, em in finished for picture in em.standing_micrographs]
    scaled = {picture.view for picture in pictures if picture.pixel_size_nm is not None}
    words = _listed(Micrograph.View(view).label.lower() for view in scaled) or "none with a known pixel size"
    unscaled = sum(1 for picture in pictures if picture.pixel_size_nm is None)
    note = f"{unscaled} without a known pixel size not counted" if unscaled else ""
    return Measured(Decimal(len(scaled)), words, labels(assay for assay, _ in finished), note)


def em_morphology_ok(evidence: Evidence) -> Measured:
    """1 where every electron microscopy shows cup-shaped or round vesicles and no aggregates, else 0."""
    finished = evidence.finished(Technique.ELECTRON_MICROSCOPY)
    if not finished:
        return evidence.not_measured(Technique.ELECTRON_MICROSCOPY)
    sources = labels(assay for assay, _ in finished)
    if not all(em.morphology for _, em in finished):
        return Measured(None, "morphology is not recorded", sources, is_unclear=True)
    good = all(em.morphology in GOOD_SHAPES and em.aggregates_seen != "yes" for _, em in finished)
    words = "; ".join(dict.fromkeys(_shape_words(em) for _, em in finished))
    return Measured(Decimal(int(good)), words, sources)


def _shape_words(em: ElectronMicroscopy) -> str:
    aggregates = {"yes": "aggregates seen", "no": "no aggregates"}.get(em.aggregates_seen, "")
    return ", ".join(part for part in (em.get_morphology_display().lower(), aggregates) if part)


# --- isolation ------------------------------------------------------------------------------------


def overall_recovery_percent(evidence: Evidence) -> Measured:
    """Particles after the last finished step as % of those that went into the first."""
    done = sorted(
        (step for step in evidence.steps if step.status == ProcessStep.Status.FINISHED),
        key=lambda step: step.work_order,
    )
    if not done:
        return Measured(None, "no step is finished yet")
    first, last = done[0], done[-1]
    before = _particles(first.particles_in_per_ml, first.volume_in_ml)
    after = _particles(last.particles_out_per_ml, last.volume_out_ml)
    lacking = [f"into {first}"] * (before is None) + [f"out of {last}"] * (after is None)
    if lacking:
        return Measured(None, f"particles {' and '.join(lacking)} were not measured", labels(done))
    recovered = percent(after, before)
    if recovered is None:
        return Measured(None, f"no particles went into {first}", labels(done), is_unclear=True)
    value = recovered.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return Measured(value, f"from {first} to {last}", labels(dict.fromkeys((first, last))))


def _particles(per_ml: Decimal | None, volume_ml: Decimal | None) -> Decimal | None:
    return None if per_ml is None or volume_ml is None else per_ml * volume_ml
