"""Where charts find results: techniques with the fields that are trended, and what keeps their series apart.

Only finished, standing assays of the final preparation count, as everywhere (characterization.evidence).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from batches.characterization.contents import LipidAssay, RnaAssay
from batches.characterization.flow import FlowGate, NanoFlow
from batches.characterization.models import Assay
from batches.characterization.particles import LightScattering, ResistivePulse, ZetaPotential
from batches.characterization.potency import PotencyAssay
from batches.characterization.protein import ProteinAssay
from batches.characterization.single_results import Endotoxin
from batches.characterization.tracking import NanoparticleTracking

READERS = {"nanosight": "NanoSight", "zetaview": "ZetaView"}


@dataclass(frozen=True)
class Source:
    """Results of one technique. `detail` names the field that tells its methods apart (the buffer of a zeta
    potential, the reader of an export): what differs in it never shares a chart. `consumable` is what was
    used up or measured against, whose change is an event on the chart.
    """

    technique: str
    model: Any
    results: tuple[str, ...]
    method: str = ""
    detail: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    consumable: str = ""
    consumable_words: str = "kit"
    assay: str = "assay"
    only: Mapping[str, Any] = field(default_factory=dict)

    @property
    def finished(self) -> QuerySet:
        """Finished results of final preparations."""
        final = {"status": Assay.Status.FINISHED, "sample": Assay.Sample.FINAL}
        return self.model.objects.filter(
            **{f"{self.assay}__{name}": value for name, value in final.items()}, **self.only
        )

    def method_of(self, detail: str | None) -> str:
        """How charts call the method of a result with that detail."""
        told = self.words.get(detail or "", detail or "")
        return ", ".join(part for part in (self.method, told) if part) or "method not recorded"


def _choices(model: Any) -> dict[str, str]:
    return dict(model._meta.get_field("method").flatchoices)


def _content(technique: str, model: Any, *results: str) -> Source:
    """An assay of contents: each of its methods has charts of its own."""
    return Source(technique, model, results, detail="method", words=_choices(model), consumable="kit")


SOURCES: Mapping[str, Source] = {
    "nta": Source(
        "nta", NanoparticleTracking,
        ("particles_per_ml", "mode_nm", "mean_nm", "d50_nm", "window_percent", "reading_id"),
        "NTA", "reading__reader", READERS,
    ),
    "protein": _content("protein", ProteinAssay, "protein_ug_per_ml", "protein_ug_per_ml_sign"),
    "endotoxin": _content("endotoxin", Endotoxin, "endotoxin_eu_per_ml", "endotoxin_eu_per_ml_sign"),
    "lipid": _content("lipid", LipidAssay, "lipid_ug_per_ml", "lipid_ug_per_ml_sign"),
    "rna": Source(
        "rna", RnaAssay, ("rna_ng_per_ml", "rna_ng_sign"), "RNA", "method", consumable="kit",
    ),
    "trps": Source(
        "trps", ResistivePulse, ("particles_per_ml", "mode_nm", "mean_nm"), "TRPS",
        consumable="nanopore", consumable_words="nanopore",
    ),
    "dls": Source("dls", LightScattering, ("z_average_nm", "pdi"), "DLS"),
    "zeta": Source("zeta", ZetaPotential, ("zeta_mv",), "Zeta", "buffer"),
    "nanoflow": Source("nanoflow", NanoFlow, ("particles_per_ml", "mode_nm"), "Nano-flow", "trigger_channel"),
    "gates": Source(
        "nanoflow", FlowGate, ("target", "positive_percent"), "Nano-flow", "details__trigger_channel",
        consumable="antibody_lot", consumable_words="antibody lot",
        assay="details__assay", only={"is_voided": False},
    ),
    "potency": Source(
        "potency", PotencyAssay, ("relative_potency_percent", "response_percent"), "Potency", "name",
        consumable="reference_lot", consumable_words="reference lot",
    ),
}  # fmt: skip
