"""The registry of attributes that a specification can judge: what each is and how a batch shows it.

Each is a function from the batch's evidence to a value, or to words saying why there is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from batches.characterization import measures
from batches.characterization.evidence import Evidence, Measured, evidence_of
from batches.characterization.kinds import TETRASPANINS, MisevCategory, Technique

__all__ = ["ATTRIBUTES", "Attribute", "Evidence", "Measured", "evidence_of", "techniques_for"]


@dataclass(frozen=True)
class Attribute:
    """One thing a specification can judge: name, how it is measured, unit of its value.

    `techniques` are the assays that it can't be known without.
    """

    key: str
    label: str
    technique_label: str
    unit: str
    techniques: tuple[Technique, ...]
    measure: measures.Measure


def _nta(key: str, label: str, unit: str) -> Attribute:
    """A result that the instrument prints; its key is the name of the field."""
    measure = measures.mean_of(Technique.NTA, key, unit)
    return Attribute(key, label, "NTA", unit, (Technique.NTA,), measure)


def _blot(key: str, label: str, measure: measures.Measure) -> Attribute:
    return Attribute(key, label, "western blot", "", (Technique.WESTERN_BLOT,), measure)


def _em(key: str, label: str, measure: measures.Measure) -> Attribute:
    return Attribute(key, label, "electron microscopy", "", (Technique.ELECTRON_MICROSCOPY,), measure)


KNOWN = (
    _nta("particles_per_ml", "Particle concentration", "/mL"),
    _nta("mode_nm", "Mode diameter", "nm"),
    _nta("d50_nm", "Median diameter (D50)", "nm"),
    _nta("mean_nm", "Mean diameter", "nm"),
    _nta("window_percent", "Particles in the size window", "%"),
    _nta("range_50_400_percent", "Particles from 50 to 400 nm", "%"),
    Attribute(
        "protein_ug_per_ml",
        "Protein concentration",
        "protein assay",
        "µg/mL",
        (Technique.PROTEIN,),
        measures.mean_of(Technique.PROTEIN, "protein_ug_per_ml", "µg/mL"),
    ),
    Attribute(
        "particles_per_ug",
        "Particles per µg protein",
        "derived",
        "/µg",
        (Technique.NTA, Technique.PROTEIN),
        measures.particles_per_ug,
    ),
    _blot(
        "tetraspanins_detected",
        "CD9, CD63, CD81 detected",
        measures.detected_among("tetraspanin", lambda marker: marker.target in TETRASPANINS),
    ),
    _blot(
        "cytosolic_markers_detected",
        "Cytosolic EV markers detected",
        measures.detected_among(
            "cytosolic marker (category 2)", lambda marker: marker.misev_category == MisevCategory.TWO
        ),
    ),
    _blot("negative_markers_failed", "Negative markers found", measures.negative_markers_failed),
    _blot("co_isolated_assessed", "Co-isolated proteins assessed", measures.co_isolated_assessed),
    _em("em_views", "Views with a known scale (wide, close)", measures.em_views),
    _em("em_morphology_ok", "Vesicle shape, not aggregated (1 = yes)", measures.em_morphology_ok),
    Attribute(
        "overall_recovery_percent",
        "Overall particle recovery",
        "isolation steps",
        "%",
        (),
        measures.overall_recovery_percent,
    ),
)
ATTRIBUTES: Mapping[str, Attribute] = {attribute.key: attribute for attribute in KNOWN}


def techniques_for(key: str) -> tuple[Technique, ...]:
    """The techniques that an attribute can't be known without; none for an unknown one."""
    known = ATTRIBUTES.get(key)
    return known.techniques if known else ()
