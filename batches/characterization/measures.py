"""How each attribute is computed from the evidence of a batch."""

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from batches import bounds
from batches.bounds import Bounds
from batches.characterization import formulas
from batches.characterization.evidence import Evidence, Measured, labels
from batches.characterization.kinds import Technique
from batches.characterization.markers import listed
from batches.characterization.microscopy import ElectronMicroscopy, Micrograph
from batches.characterization.models import Assay
from batches.isolation.formulas import percent
from batches.isolation.kinds import IsolationMethod
from batches.isolation.models import ProcessStep
from batches.quantities import people_number, significant

Measure = Callable[[Evidence], Measured]
Each = Callable[[Evidence], list[Measured]]
Join = Callable[[Sequence[Measured]], Measured]
# What details say of a thing: a number or none, and the sign before it.
Read = Callable[[Any], tuple[Decimal | None, str]]

# A result is judged as it is rounded here; one replicate stays exactly as the instrument printed it.
PLACES = {
    "/mL": 0,
    "nm": 2,
    "%": 2,
    "µg/mL": 4,
    "EU/mL": 4,
    "mOsm/kg": 1,
    "mV": 2,
    "ng/mL": 4,
    "pg/mL": 4,
    "": 2,
}
GOOD_SHAPES = frozenset(
    {ElectronMicroscopy.Shape.CUP, ElectronMicroscopy.Shape.ROUND, ElectronMicroscopy.Shape.MIXED}
)
IMPLAUSIBLE_FROM_NM = Decimal(80)


# --- numbers over replicates ----------------------------------------------------------------------


def results_of(technique: str, field: str) -> Each:
    """One result of each finished replicate of a technique."""

    return results_by(technique, lambda details: (getattr(details, field), details.sign_of(field)))


def results_by(technique: str, read: Read) -> Each:
    """One result of each finished replicate, wherever its details or their rows hold it."""

    def each(evidence: Evidence) -> list[Measured]:
        return [_result(assay, *read(details)) for assay, details in evidence.finished(technique)]

    return each


def _result(assay: Assay, value: Decimal | None, sign: str) -> Measured:
    within = Bounds.stated(sign, value) if sign and value is not None else None
    return Measured(
        value if within is None else None,
        "" if value is not None else "finished without this result",
        labels([assay]),
        within=within,
        begun_at=assay.performed_at,
        finished_at=assay.finished_at,
    )


def mean_of(technique: str, field: str, unit: str) -> Measure:
    """The mean of one result over the replicates of a technique."""
    return mean_by(technique, results_of(technique, field), unit)


def mean_by(technique: str, each: Each, unit: str, digits: int | None = None) -> Measure:
    """The mean of what replicates of a technique give, however it is read."""
    join = joined_as_mean(unit, digits)

    def measure(evidence: Evidence) -> Measured:
        results = each(evidence)
        return join(results) if results else evidence.not_measured(technique)

    return measure


def joined_as_mean(unit: str, digits: int | None = None) -> Join:
    """Replicates as their mean; as what it lies between where one of them is censored.

    Rounded to the unit's decimals, unless the attribute has its own.
    """
    place = Decimal(1).scaleb(-(PLACES[unit] if digits is None else digits))

    def join(results: Sequence[Measured]) -> Measured:
        known = [one.bounds for one in results if one.bounds is not None]
        sources = tuple(source for one in results for source in one.sources)
        if not known:
            return Measured(None, "finished without this result", sources)
        without = [source for one in results if one.bounds is None for source in one.sources]
        note = f"no such result in {', '.join(without)}" if without else ""
        if all(one.is_exact for one in known):
            return _exact_mean([one.low for one in known if one.low is not None], place, unit, sources, note)
        words = "one replicate" if len(known) == 1 else f"mean of {len(known)}, some without a number"
        within = known[0] if len(known) == 1 else bounds.mean(known, place)
        return Measured(None, words, sources, note, within=within)

    return join


def _exact_mean(
    values: list[Decimal], place: Decimal, unit: str, sources: tuple[str, ...], note: str
) -> Measured:
    spread = formulas.spread(values)
    assert spread is not None  # noqa: S101 (there is at least one value)
    mean = spread.mean.quantize(place, rounding=ROUND_HALF_UP)
    counts = formulas.geometric_spread(values) if unit == "/mL" else None
    return Measured(mean, spread_words(spread, unit, counts), sources, note)


def spread_words(spread: formulas.Spread, unit: str, counts: formulas.GeometricSpread | None = None) -> str:
    """How replicates agree: 'mean of 3, SD 2.1 nm, CV 2.2 %', or that there is one only.

    Counts spread by factors, so theirs is the geometric CV, beside their geometric mean.
    """
    if spread.sd is None:
        return "one replicate"
    sd = people_number(significant(spread.sd, 3))
    percent = counts.cv_percent if counts else spread.cv_percent
    kind = "geometric CV" if counts else "CV"
    cv = f", {kind} {people_number(significant(percent, 3))} %" if percent is not None else ""
    middle = f", geometric mean {people_number(significant(counts.mean, 3))}" if counts and cv else ""
    return f"mean of {spread.n}, SD {sd} {unit}{cv}{middle}"


def particles_per_ug(evidence: Evidence) -> Measured:
    """Particles per µg protein, with its purity class where the buffer allows one (ev-domain §3.2)."""
    particles = mean_of(Technique.NTA, "particles_per_ml", "/mL")(evidence)
    protein = mean_of(Technique.PROTEIN, "protein_ug_per_ml", "µg/mL")(evidence)
    lacking = [part.words for part in (particles, protein) if part.bounds is None]
    sources = (*particles.sources, *protein.sources)
    if lacking:
        return Measured(None, "; ".join(lacking), sources)
    spoiled = _class_spoiled_by(evidence)
    if particles.value is None or protein.value is None:
        within = bounds.ratio(particles.bounds, protein.bounds)  # type: ignore[arg-type]
        return Measured(None, "not classed" if within else "protein is 0", sources, spoiled, within=within)
    ratio = formulas.particles_per_ug(particles.value, protein.value)
    if ratio is None:
        return Measured(None, "protein is 0", sources)
    words = "not classed" if spoiled else formulas.purity_class(ratio)
    return Measured(ratio, words, sources, spoiled or _implausible(ratio, evidence))


def ratio_of(above: Measure, below: Measure, what: str, place: Decimal) -> Measure:
    """A ratio of two measured things, where either is there; without a class."""

    def measure(evidence: Evidence) -> Measured:
        parts = (above(evidence), below(evidence))
        sources = (*parts[0].sources, *parts[1].sources)
        lacking = [part.words for part in parts if part.bounds is None]
        if lacking:
            return Measured(None, "; ".join(lacking), sources)
        within = bounds.ratio(parts[0].bounds, parts[1].bounds, place)  # type: ignore[arg-type]
        if within is None:
            return Measured(None, f"{what} is 0", sources)
        if parts[0].value is None or parts[1].value is None:
            return Measured(None, "", sources, within=within)
        exact = (parts[0].value / parts[1].value).quantize(place, rounding=ROUND_HALF_UP)
        return Measured(exact, "", sources)

    return measure


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


# --- electron microscopy --------------------------------------------------------------------------


def em_views(evidence: Evidence) -> Measured:
    """How many of the two views (wide field, close-up) there are with a known pixel size."""
    finished = evidence.finished(Technique.ELECTRON_MICROSCOPY)
    if not finished:
        return evidence.not_measured(Technique.ELECTRON_MICROSCOPY)
    pictures = [picture for _, em in finished for picture in em.standing_micrographs]
    scaled = {picture.view for picture in pictures if picture.pixel_size_nm is not None}
    words = listed(Micrograph.View(view).label.lower() for view in scaled) or "none with a known pixel size"
    unscaled = sum(1 for picture in pictures if picture.pixel_size_nm is None)
    note = f"{unscaled} without a known pixel size not counted" if unscaled else ""
    return Measured(Decimal(len(scaled)), words, labels(assay for assay, _ in finished), note)


def em_morphologies(evidence: Evidence) -> list[Measured]:
    """Of each electron microscopy: 1 where it shows cup-shaped or round vesicles, no aggregates; else 0."""
    return [_morphology(assay, em) for assay, em in evidence.finished(Technique.ELECTRON_MICROSCOPY)]


def _morphology(assay: Assay, em: ElectronMicroscopy) -> Measured:
    is_good = em.morphology in GOOD_SHAPES and em.aggregates_seen != "yes"
    return Measured(
        Decimal(int(is_good)) if em.morphology else None,
        _shape_words(em) if em.morphology else "morphology is not recorded",
        labels([assay]),
        is_unclear=not em.morphology,
        begun_at=assay.performed_at,
        finished_at=assay.finished_at,
    )


def joined_morphology(results: Sequence[Measured]) -> Measured:
    """1 where every electron microscopy shows good vesicles, else 0."""
    sources = tuple(source for one in results for source in one.sources)
    known = [one.value for one in results if one.value is not None]
    if len(known) < len(results):
        return Measured(None, "morphology is not recorded", sources, is_unclear=True)
    return Measured(min(known), "; ".join(dict.fromkeys(one.words for one in results)), sources)


def em_morphology_ok(evidence: Evidence) -> Measured:
    """All electron microscopies together."""
    results = em_morphologies(evidence)
    return joined_morphology(results) if results else evidence.not_measured(Technique.ELECTRON_MICROSCOPY)


def words_of(technique: str, field: str) -> Each:
    """What each finished assay of a technique says in one of its fields, in words."""

    def each(evidence: Evidence) -> list[Measured]:
        return [_in_words(assay, details, field) for assay, details in evidence.finished(technique)]

    return each


def _in_words(assay: Assay, details: Any, field: str) -> Measured:
    text = getattr(details, f"get_{field}_display", lambda: getattr(details, field))()
    return Measured(
        None,
        "" if text else "finished without this result",
        labels([assay]),
        is_unclear=not text,
        text=text,
        begun_at=assay.performed_at,
        finished_at=assay.finished_at,
    )


def agreed_words(technique: str, field: str) -> Measure:
    """All of them together."""
    each = words_of(technique, field)

    def measure(evidence: Evidence) -> Measured:
        results = each(evidence)
        return joined_words(results) if results else evidence.not_measured(technique)

    return measure


def joined_words(results: Sequence[Measured]) -> Measured:
    """Results in words: one where all agree, else none, for nobody can say which counts."""
    sources = tuple(source for one in results for source in one.sources)
    texts = list(dict.fromkeys(one.text for one in results))
    if len(texts) == 1 and texts[0]:
        words = "one replicate" if len(results) == 1 else f"{len(results)} replicates agree"
        return Measured(None, words, sources, text=texts[0])
    told = "; ".join(text or "no result" for text in texts)
    return Measured(None, f"replicates differ: {told}" if len(texts) > 1 else told, sources, is_unclear=True)


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
