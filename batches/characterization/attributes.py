"""The registry of attributes that a specification can judge: what each is and how a batch shows it.

Each is a function from the batch's evidence to a value, or to words saying why there is none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from batches.characterization import markers, measures, step_values
from batches.characterization.evidence import TECHNIQUE_WORDS, Evidence, Measured, evidence_of
from batches.characterization.kinds import MisevCategory, Technique
from batches.characterization.vocabulary import ANALYTES, TETRASPANINS

if TYPE_CHECKING:
    from batches.masters.plans import PlannedStepCopy

__all__ = ["ATTRIBUTES", "Attribute", "Evidence", "Measured", "evidence_of", "techniques_for"]
NAMED_MARKERS = "markers"


@dataclass(frozen=True)
class Attribute:
    """One thing a specification can judge: name, how it is measured, unit of its value.

    `techniques` are the assays that it can't be known without. Where it is measured replicate by replicate,
    `each` gives those results and `join` puts them together; elsewhere `measure` looks at all at once.
    `is_derived` says that replicates of several techniques go into one number.
    """

    key: str
    label: str
    technique_label: str
    unit: str
    techniques: tuple[Technique, ...]
    measure: measures.Measure
    each: measures.Each | None = None
    join: measures.Join | None = None
    planned_position: int | None = None
    is_derived: bool = False

    def not_counted(self, evidence: Evidence) -> tuple[str, ...]:
        """Records that this could have come from and that don't count, each with why."""
        if self.planned_position is not None:
            return step_values.not_counted(evidence, self.planned_position)
        return evidence.not_counted(self.techniques)


def _nta(key: str, label: str, unit: str) -> Attribute:
    """A result that the instrument prints; its key is the name of the field."""
    return _mean(key, label, "NTA", unit, Technique.NTA)


def _mean(
    key: str,
    label: str,
    technique_label: str,
    unit: str,
    technique: Technique,
    field: str = "",
    digits: int | None = None,
) -> Attribute:
    """A result of one technique; `field` where the details call it otherwise than its key."""
    each = measures.results_of(technique, field or key)
    return _read(key, label, technique_label, unit, technique, each, digits)


def _read(
    key: str,
    label: str,
    technique_label: str,
    unit: str,
    technique: Technique,
    each: measures.Each,
    digits: int | None = None,
) -> Attribute:
    measure, join = measures.mean_by(technique, each, unit, digits), measures.joined_as_mean(unit, digits)
    return Attribute(key, label, technique_label, unit, (technique,), measure, each, join)


def _positive(target: str) -> Attribute:
    """Particles that carry a marker, by nano-flow cytometry."""
    each = measures.results_by(Technique.NANOFLOW, lambda flow: flow.positive_of(target))
    key, label = f"{target.lower()}_positive_percent", f"{target}-positive particles"
    return _read(key, label, "nano-flow cytometry", "%", Technique.NANOFLOW, each)


def _analyte(name: str) -> Attribute:
    """A growth factor or cytokine of the list."""
    each = measures.results_by(Technique.GROWTH_FACTOR, lambda details: details.amount_of(name))
    key = f"growth_factor:{name.lower()}"
    return _read(key, name, "growth-factor assay", "pg/mL", Technique.GROWTH_FACTOR, each)


def _ratio(key: str, label: str, unit: str, above: Attribute, below: Attribute, place: str) -> Attribute:
    measure = measures.ratio_of(above.measure, below.measure, below.label.lower(), Decimal(place))
    techniques = (*above.techniques, *below.techniques)
    return Attribute(key, label, "derived", unit, techniques, measure, is_derived=True)


def _blot(key: str, label: str, measure: measures.Measure) -> Attribute:
    return Attribute(key, label, "western blot", "", (Technique.WESTERN_BLOT,), measure)


def _em(key: str, label: str, measure: measures.Measure, **more: measures.Each | measures.Join) -> Attribute:
    technique = Technique.ELECTRON_MICROSCOPY
    return Attribute(key, label, "electron microscopy", "", (technique,), measure, **more)  # type: ignore[arg-type]


def _words(key: str, label: str, technique: Technique, field: str) -> Attribute:
    """A result in words: what was found or what it looks like."""
    each, measure = measures.words_of(technique, field), measures.agreed_words(technique, field)
    words = TECHNIQUE_WORDS[technique]
    return Attribute(key, label, words, "", (technique,), measure, each, measures.joined_words)


PARTICLES = _nta("particles_per_ml", "Particle concentration", "/mL")
PROTEIN = _mean("protein_ug_per_ml", "Protein concentration", "protein assay", "µg/mL", Technique.PROTEIN)
LIPID = _mean("lipid_ug_per_ml", "Lipid", "lipid assay", "µg/mL", Technique.LIPID)
TRPS, DLS, FLOW = "resistive pulse sensing", "light scattering", "nano-flow cytometry"
MORE = (
    _mean("trps_per_ml", "Particles by TRPS", TRPS, "/mL", Technique.TRPS, "particles_per_ml"),
    _mean("trps_mode_nm", "Mode diameter by TRPS", TRPS, "nm", Technique.TRPS, "mode_nm"),
    _mean("z_average_nm", "Z-average diameter", DLS, "nm", Technique.DLS),
    _mean("pdi", "Polydispersity index", DLS, "", Technique.DLS, digits=3),
    _mean("zeta_mv", "Zeta potential", "zeta potential", "mV", Technique.ZETA),
    _mean("nanoflow_per_ml", "Particles by nano-flow", FLOW, "/mL", Technique.NANOFLOW, "particles_per_ml"),
    *(_positive(target) for target in TETRASPANINS),
    LIPID,
    _ratio("particles_per_ug_lipid", "Particles per µg lipid", "/µg", PARTICLES, LIPID, "1"),
    _ratio("protein_per_lipid", "Protein per lipid (by mass)", "", PROTEIN, LIPID, "0.0001"),
    _mean("rna_ng_per_ml", "RNA", "RNA assay", "ng/mL", Technique.RNA),
    *(_analyte(name) for name in ANALYTES),
    _mean("relative_potency_percent", "Relative potency", "potency assay", "%", Technique.POTENCY),
    _mean(
        "potency_response_percent",
        "Response, of the reference lot's",
        "potency assay",
        "%",
        Technique.POTENCY,
        "response_percent",
    ),
)
KNOWN = (
    PARTICLES,
    _nta("mode_nm", "Mode diameter", "nm"),
    _nta("d50_nm", "Median diameter (D50)", "nm"),
    _nta("mean_nm", "Mean diameter", "nm"),
    _nta("window_percent", "Particles in the size window", "%"),
    _nta("range_50_400_percent", "Particles from 50 to 400 nm", "%"),
    PROTEIN,
    Attribute(
        "particles_per_ug",
        "Particles per µg protein",
        "derived",
        "/µg",
        (Technique.NTA, Technique.PROTEIN),
        measures.particles_per_ug,
        is_derived=True,
    ),
    _blot(
        "tetraspanins_detected",
        "CD9, CD63, CD81 detected",
        markers.detected_among("tetraspanin", lambda marker: marker.target in TETRASPANINS),
    ),
    _blot(
        "cytosolic_markers_detected",
        "Cytosolic EV markers detected",
        markers.detected_among(
            "cytosolic marker (category 2)", lambda marker: marker.misev_category == MisevCategory.TWO
        ),
    ),
    _blot("negative_markers_failed", "Negative markers found", markers.negative_markers_failed),
    _blot("co_isolated_assessed", "Co-isolated proteins assessed", markers.co_isolated_assessed),
    _blot(NAMED_MARKERS, "Markers", markers.all_markers),
    _em("em_views", "Views with a known scale (wide, close)", measures.em_views),
    _em(
        "em_morphology_ok",
        "Vesicle shape, not aggregated (1 = yes)",
        measures.em_morphology_ok,
        each=measures.em_morphologies,
        join=measures.joined_morphology,
    ),
    _words("em_morphology", "Vesicle shape", Technique.ELECTRON_MICROSCOPY, "morphology"),
    _mean("endotoxin_eu_per_ml", "Endotoxin", "endotoxin assay", "EU/mL", Technique.ENDOTOXIN),
    _words("sterility", "Sterility", Technique.STERILITY, "outcome"),
    _words("mycoplasma", "Mycoplasma", Technique.MYCOPLASMA, "outcome"),
    _mean("ph", "pH", "pH meter", "", Technique.PHYSICOCHEMICAL),
    _mean("osmolality_mosm_per_kg", "Osmolality", "osmometer", "mOsm/kg", Technique.PHYSICOCHEMICAL),
    _words("appearance", "Appearance", Technique.PHYSICOCHEMICAL, "appearance"),
    Attribute(
        "overall_recovery_percent",
        "Overall particle recovery",
        "isolation steps",
        "%",
        (),
        measures.overall_recovery_percent,
    ),
    Attribute("ev_density_g_per_ml", "EV density", "density gradient", "g/mL", (), step_values.ev_density),
    *MORE,
)
ATTRIBUTES: Mapping[str, Attribute] = {attribute.key: attribute for attribute in KNOWN}


def techniques_for(key: str) -> tuple[Technique, ...]:
    """The techniques that an attribute can't be known without; none for an unknown one."""
    known = ATTRIBUTES.get(key)
    return known.techniques if known else ()


def attribute_for(key: str, steps: Sequence["PlannedStepCopy"] = ()) -> Attribute | None:
    """What a criterion names: one of the registry, or a value of one of these planned steps."""
    found = step_values.planned_field(key, steps)
    return _of_step(*found) if found else ATTRIBUTES.get(key)


def step_attributes(steps: Sequence["PlannedStepCopy"]) -> Iterator[Attribute]:
    """Every value of these planned steps that a criterion can judge."""
    for step in steps:
        for field in step_values.fields_of(step.method).values():
            yield _of_step(step, field)


def _of_step(step: "PlannedStepCopy", field: step_values.StepField) -> Attribute:
    return Attribute(
        f"step:{step.position}:{field.name}",
        f"Step {step.position} · {step.name}: {field.label}",
        "isolation step",
        field.unit,
        (),
        partial(step_values.value_of, position=step.position, field=field.name),
        partial(step_values.values_of, position=step.position, field=field.name),
        step_values.joined,
        planned_position=step.position,
    )
