"""The rules of reporting: the 28 items of the MISEV checklist and the nine components of EV-METRIC.

RULE_SET is the version of all of them together: it changes whenever a rule changes, and a test holds the
fingerprint of each version. They measure what is reported, never how good the EVs are.
"""

import hashlib
from collections.abc import Iterable

from batches.reporting.loading import Made
from batches.reporting.looking import Item, Looked, Score
from batches.reporting.rules import ev_metric, evidence, source, treated

RULE_SET = "1.4"
FINGERPRINTS = {
    "1.0": "7e14b6e90ec084c6e4468d41f413c75dc8e583cbc6213d2b72a97823eefc3c4c",
    "1.1": "9a7271e9fc3fdefeb526c1151886628f7abd6e34b8d85cc2fd348784f5996465",
    "1.2": "abdf0b1483c6b542c5e1f21fe0baef204407495cf4cb654855c21736db7b046b",
    "1.3": "8f85a64e68ce0e1263ff9808bf20ec8503cd902a1178f40bba92a3a6e9ee7661",
    "1.4": "d49ac113e8ad75a90ca2a5b0977d0bb9e8b6ee474fdb35541b4deb1df589e8fc",
}
MISEV = "MISEV2018 checklist; MISEV2023"
MISEV_2023 = "stressed in MISEV2023"
REPRINTED = "MISEV2018 checklist, as reprinted in Front Endocrinol 2022;13:981317 table 3"
EV_TRACK = "Van Deun et al., Nat Methods 2017;14:228"

CHECKLIST: tuple[Item, ...] = (
    Item("N1", "The term for the EVs is declared, with what it rests on", "E", MISEV, source.term_declared),
    Item("N2", "Size class with its cut-off and method", "E", MISEV, source.size_class_declared),
    Item("S1", "Species, tissue or cell type, and donor or line", "M", REPRINTED, treated.source_named),
    Item("S2", "Culture conditions", "M", REPRINTED, treated.culture_described),
    Item("S3", "Cell number and viability at harvest", "M", REPRINTED, source.cells_counted),
    Item("S4", "Mycoplasma status of the culture", "M", REPRINTED, source.mycoplasma_known),
    Item("S5", "Collection of the body fluid", "C", MISEV, source.fluid_described),
    Item("S6", "Starting amount: volume, cells or mass", "M", REPRINTED, source.amount_stated),
    Item("S7", "Clearing steps and storage of the raw material", "M", REPRINTED, source.cleared_and_stored),
    Item("P1", "Every step of separation with its parameters", "M", REPRINTED, source.steps_described),
    Item("P2", "A process control taken through the same steps", "E", MISEV_2023, source.control_made),
    Item("Q1", "Quantity by two methods of different kinds", "M", REPRINTED, evidence.two_quantities),
    Item("Q2", "Ratio of the two quantities", "M", REPRINTED, evidence.ratio_known),
    Item("Q3", "Blank or limit of detection of the count", "E", MISEV_2023, evidence.blank_reported),
    Item("C1", "A transmembrane marker (category 1) is found", "M", REPRINTED, evidence.category_1),
    Item("C2", "A cytosolic marker (category 2) is found", "M", REPRINTED, evidence.category_2),
    Item("C3", "A co-isolated protein (category 3) is assessed", "M", REPRINTED, evidence.category_3),
    Item("C4", "Three EV markers found, one purity marker assessed", "M", MISEV, evidence.three_positive),
    Item("C5", "A protein of another compartment (category 4)", "C", REPRINTED, evidence.category_4),
    Item("C6", "A secreted protein (category 5)", "C", REPRINTED, evidence.category_5),
    Item("C7", "EVs beside their source on one blot", "E", MISEV, evidence.compared_with_source),
    Item("C8", "Topology of the functional component", "C", REPRINTED, evidence.topology_shown),
    Item("V1", "Wide-field and close-up pictures with a scale bar", "M", REPRINTED, evidence.both_views),
    Item("V2", "Single particles by a method without pictures", "M", REPRINTED, evidence.counted_singly),
    Item("V3", "Two orthogonal methods for single EVs", "M", REPRINTED, evidence.two_ways),
    Item("T1", "How the EVs were kept", "M", MISEV, evidence.kept_how),
    Item("F1", "Function: dose, dose response, controls", "C", MISEV, evidence.function_described),
    Item("R1", "EV-TRACK ID", "E", MISEV, evidence.deposited),
)
COMPONENTS: tuple[Item, ...] = (
    Item("1", "Qualitative and quantitative particle analysis", "always", EV_TRACK, ev_metric.both_analyses),
    Item("2", "Electron-microscopy images, wide-field and close-up", "always", EV_TRACK, ev_metric.images),
    Item("3", "Density gradient, at least to validate", "always", EV_TRACK, ev_metric.gradient),
    Item("4", "Density of the EVs", "always", EV_TRACK, ev_metric.density),
    Item("5", "Ultracentrifugation: g-force, duration and rotor", "used", EV_TRACK, ev_metric.spins),
    Item("6", "Antibodies: clone or reference, and dilution", "used", EV_TRACK, ev_metric.antibodies),
    Item("7", "Lysate: composition of the lysis buffer", "used", EV_TRACK, ev_metric.lysis),
    Item("8", "Three or more EV-enriched proteins analysed", "always", EV_TRACK, ev_metric.enriched),
    Item("9", "A protein that is not EV-enriched analysed", "always", EV_TRACK, ev_metric.not_enriched),
)


def checklist_of(made: Made) -> Score:
    """The MISEV checklist over a batch."""
    return _score(CHECKLIST, made)


def ev_metric_of(made: Made) -> Score:
    """EV-METRIC of a batch."""
    return _score(COMPONENTS, made)


def _score(items: Iterable[Item], made: Made) -> Score:
    return Score(tuple(Looked(item, item.look(made)) for item in items))


def fingerprint() -> str:
    """SHA-256 over what the rules are and how they look."""
    import inspect

    told = [f"{one.code}|{one.sentence}|{one.level}|{one.source}" for one in (*CHECKLIST, *COMPONENTS)]
    code = [inspect.getsource(module) for module in (source, treated, evidence, ev_metric)]
    return hashlib.sha256("\n".join([*told, *code]).encode()).hexdigest()
