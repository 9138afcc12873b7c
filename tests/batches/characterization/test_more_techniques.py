"""TRPS, DLS, zeta potential, nano-flow, lipid, RNA, growth factors, potency: what they compute and advise."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from audit import records
from audit.refusal import ValueRefused
from batches.characterization.actions import add_assay, finish_assay
from batches.characterization.contents import AnalyteResult, GrowthFactorAssay, LipidAssay, RnaAssay
from batches.characterization.flow import FlowControl, FlowGate, NanoFlow
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay, details_of
from batches.characterization.particles import LightScattering, ResistivePulse, ZetaPotential
from batches.characterization.potency import PotencyAssay
from batches.characterization.single_results import Endotoxin, Mycoplasma, ResidualResult
from batches.characterization.vocabulary import MARKERS, SUBCATEGORIES, known_marker
from batches.record.models import Batch
from batches.record.sheets import NotFinished
from batches.record.values import Entered, add_row, record_values
from qc.loading import load
from qc.signatures.contents import write
from tests.factories import BatchFactory
from tests.way import sheet_of_assay

D = Decimal
# What finishing asks for of each technique; rows as (kind, values).
COMPLETE = {
    "trps": (
        {
            "nanopore": "NP150 A4711",
            "beads": "CPC200 lot 7",
            "bead_nm": D(200),
            "dilution": D(50),
            "particles_counted": 812,
            "measured_per_ml": D("2e9"),
        },
        (),
    ),
    "dls": (
        {
            "dispersant": "PBS",
            "temperature_c": D(25),
            "viscosity_mpas": D("0.89"),
            "z_average_nm": D("118.4"),
            "pdi": D("0.212"),
        },
        (),
    ),
    "zeta": (
        {"buffer": "PBS 1:100", "ph": D("7.4"), "conductivity_ms_per_cm": D("0.17"), "zeta_mv": D("-21.3")},
        (),
    ),
    "nanoflow": (
        {
            "dilution": D(100),
            "trigger_channel": "SSC",
            "trigger_threshold": "0.8 V",
            "flow_rate_ul_per_min": D(1),
            "events": 4200,
            "volume_ul": D("2"),
        },
        (("gates", {"target": "CD63", "positive_percent": D("41.5")}), ("controls", {"kind": "buffer"})),
    ),
    "lipid": ({"method": "spv", "dilution": D(1), "lipid_ug_per_ml": D(44)}, ()),
    "rna": ({"kit": "Kit lot 3", "method": "Fluorometer", "rna_ng": D("12.5"), "input_ul": D(200)}, ()),
    "growth_factor": (
        {"method": "elisa", "dilution": D(2)},
        (("analytes", {"analyte": "VEGFA", "pg_per_ml_sign": "<", "pg_per_ml": D("7.8")}),),
    ),
    "potency": (
        {
            "name": "T-cell proliferation",
            "readout": "CFSE, % divided",
            "dose": D("1e9"),
            "dose_unit": "per_ml",
            "response": D("42"),
            "reference_lot": "REF-01",
            "reference_response": D("56"),
        },
        (("controls", {"kind": "depleted", "response": D(3)}),),
    ),
}
COMPUTED = {
    "trps": {"particles_per_ml": D("1e11")},
    "nanoflow": {"measured_per_ml": D(2_100_000), "particles_per_ml": D(210_000_000)},
    "rna": {"rna_ng_per_ml": D("62.5")},
    "potency": {"response_percent": D(75)},
}
TOLD = {
    "trps": [("Concentration of the sample", "1×10¹¹ /mL")],
    "dls": [("Z-average", "118.4 nm"), ("Polydispersity index (PdI)", "0.212")],
    "zeta": [("Zeta potential", "-21.3 mV"), ("PH", "7.4"), ("Conductivity", "0.17 mS/cm")],
    "nanoflow": [("Concentration of the sample", "2.1×10⁸ /mL"), ("CD63 positive", "41.5 %")],
    "lipid": [("Sulfo-phospho-vanillin", "44 µg/mL")],
    "rna": [("RNA found in all", "12.5 ng"), ("RNA of the sample", "62.5 ng/mL")],
    "growth_factor": [("VEGFA", "< 7.8 pg/mL")],
    "potency": [("T-cell proliferation", "response 75 % beside REF-01")],
}


def test_every_new_technique_is_recorded_finished_computed_and_shown(client, operator):
    batch = BatchFactory(by=operator)
    client.force_login(operator)
    for number, (technique, (values, rows)) in enumerate(COMPLETE.items(), start=1):
        add_assay(batch=batch, technique=technique, by=operator)
        sheet = sheet_of_assay(batch, number)
        with pytest.raises(NotFinished):
            finish_assay(sheet=sheet, by=operator)
        values = {"performed_time": batch.opened_at, "equipment": "E-1", **values}
        record_values(sheet=sheet, entered=[Entered(k, v) for k, v in values.items()], by=operator)
        for code, row in rows:
            kind = next(kind for kind in sheet.kind.rows if kind.code == code)
            add_row(sheet=sheet, kind=kind, values=row, by=operator)
        assert finish_assay(sheet=sheet, by=operator).status == "finished"
        details = details_of(Assay.objects.with_details().get(batch=batch, number=number))
        assert {name: getattr(details, name) for name in COMPUTED.get(technique, {})} == COMPUTED.get(
            technique, {}
        )
        assert details.result_words() == TOLD[technique]
        assert client.get(f"/batches/{batch.number}/assays/{number}/").status_code == 200
    record = load(Batch.objects.with_header().get(pk=batch.pk))
    signed = {section["key"].partition(":")[0] for section in write(record, ()).content["sections"]}
    rows = {"batches.flowgate", "batches.flowcontrol", "batches.analyteresult", "batches.potencycontrol"}
    assert (rows - signed, rows - {kind for kind, _ in record.places()}) == (set(), set())
    page = client.get(f"/batches/{batch.number}/").content.decode()
    assert [name for name in COMPLETE if f'aria-label="{Technique(name).label}"' not in page] == []


@pytest.mark.parametrize(
    ("details", "unusual"),
    [
        (ResistivePulse(particles_counted=499, noise_pa=D(10)), ["particles_counted", "noise_pa"]),
        (ResistivePulse(measured_per_ml=D("1e8"), blank_per_ml=D("1.1e7")), ["blank_per_ml"]),
        (ResistivePulse(mode_nm=D(120), mean_nm=D(110)), ["mode_nm"]),
        (ResistivePulse(particles_counted=500, noise_pa=D("9.9"), mode_nm=D(90), mean_nm=D(110)), []),
        (LightScattering(pdi=D("0.51")), ["pdi"]),
        (LightScattering(temperature_c=D(25), viscosity_mpas=D("1.0")), ["viscosity_mpas"]),
        (LightScattering(temperature_c=D("22.35"), viscosity_mpas=D("0.945"), pdi=D("0.5")), []),
        (ZetaPotential(zeta_mv=D("-50.1")), ["zeta_mv"]),
        (ZetaPotential(zeta_mv=D(10)), []),
        (NanoFlow(coincidence_percent=D("10.5")), ["coincidence_percent"]),
        (LipidAssay(r_squared=D("0.98"), cv_percent=D(16)), ["r_squared", "cv_percent"]),
        (RnaAssay(rna_ng=D(5), rin=D(7)), ["rin", "rnase_treated"]),
        (RnaAssay(rna_ng=D(5), rnase_treated="yes"), []),
        (GrowthFactorAssay(r_squared=D("0.999")), []),
        (PotencyAssay(response=D(3)), ["reference_lot", "response"]),
        (PotencyAssay(relative_potency_percent=D(96)), ["is_dose_response"]),
        (Endotoxin(dilution=D(200), highest_valid_dilution=D(100)), ["dilution"]),
        (Mycoplasma(material="final"), ["material"]),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, list) else "-".join(one) or "usual",
)
def test_unusual_values_are_advised(details, unusual):
    assert [name for name, _ in details.advice()] == unusual


def test_controls_of_nano_flow_speak():
    detergent = FlowControl(kind="detergent", percent_of_sample=D(51))
    buffer = FlowControl(kind="buffer", percent_of_sample=D(11))
    assert bool(detergent.advice_words()) and bool(buffer.advice_words())
    assert FlowControl(kind="detergent", percent_of_sample=D(50)).advice_words() == ""
    assert FlowControl(kind="unstained", percent_of_sample=D(99)).advice_words() == ""


def test_nano_flow_takes_the_instruments_value_where_there_is_one():
    flow = NanoFlow(events=4200, volume_ul=D(2), dilution=D(10), instrument_per_ml=D("3e6"))
    flow.compute()
    assert (flow.measured_per_ml, flow.particles_per_ml) == (D("3e6"), D("3e7"))
    flow = NanoFlow(events=4200, dilution=D(10))
    flow.compute()
    assert (flow.measured_per_ml, flow.particles_per_ml) == (None, None)


def test_signs_are_told_as_written():
    rna = RnaAssay(rna_ng=D(2), rna_ng_sign="<", input_ul=D(100))
    rna.compute()
    assert rna.told("rna_ng_per_ml") == "< 20 ng/mL"
    assert AnalyteResult(analyte="HGF", pg_per_ml=D("15.6"), pg_per_ml_sign="≤").told == "≤ 15.6 pg/mL"
    residual = ResidualResult(substance="bsa", amount=D(5), amount_sign="<", unit="ng/mL")
    assert (residual.told, ResidualResult(substance="bsa").told) == ("< 5 ng/mL", "")


def test_potency_is_told_with_its_interval():
    potency = PotencyAssay(
        name="Tube formation",
        relative_potency_percent=D(96),
        ci_low_percent=D(82),
        ci_high_percent=D(113),
        reference_lot="REF-01",
    )
    assert potency.result_words() == [("Tube formation", "96 % (82–113 %) beside REF-01")]


def test_impossible_values_are_refused_by_the_database_too(operator):
    batch = BatchFactory(by=operator)
    refused = [
        ("trps", {"d10_nm": D(120), "d50_nm": D(100)}),
        ("nanoflow", {"d10_nm": D(120), "d90_nm": D(100)}),
        ("dls", {"pdi": D("1.01")}),
        ("zeta", {"zeta_mv": D(501)}),
        ("rna", {"small_rna_percent": D(101)}),
        ("potency", {"relative_potency_percent": D(80), "ci_low_percent": D(81)}),
        ("potency", {"ci_low_percent": D(81), "ci_high_percent": D(80)}),
    ]
    for technique, values in refused:
        assay = add_assay(batch=batch, technique=technique, by=operator)
        details = details_of(assay)
        for name, value in values.items():
            setattr(details, name, value)
        with pytest.raises((ValueRefused, IntegrityError)), transaction.atomic():
            records.save(details, by=operator)


def test_a_marker_is_gated_once(operator):
    batch = BatchFactory(by=operator)
    flow = details_of(add_assay(batch=batch, technique="nanoflow", by=operator))
    with transaction.atomic():
        records.save(FlowGate(details=flow, target="CD9"), by=operator)
    with pytest.raises(ValueRefused), transaction.atomic():
        records.save(FlowGate(details=flow, target="CD9"), by=operator)


def test_details_are_read_in_one_query_a_technique(operator, django_assert_num_queries):
    batch = BatchFactory(by=operator)

    def add():
        for technique in ("dls", "nanoflow", "potency"):
            add_assay(batch=batch, technique=technique, by=operator)

    def read():
        found = Assay.objects.filter(batch=batch).with_details()
        return [details_of(assay).result_words() for assay in found]

    add()
    with django_assert_num_queries(1 + 3 + 3):  # assays; details; gates and controls, controls of potency
        read()
    add()
    add()
    with django_assert_num_queries(1 + 3 + 3):
        read()


# --- vocabulary -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "symbol", "subcategory"),
    [
        ("CD63", "CD63", "1a"),
        ("cd 9", "CD9", "1b"),
        ("NT5E", "CD73", "1a"),
        ("THY1", "CD90", "1b"),
        ("PDCD6IP", "ALIX", "2a"),
        ("syntenin", "Syntenin-1", "2a"),
        ("ANXA5", "ANXA#", "2a"),
        ("Annexin A2", "Annexin A2", "2a"),
        ("ITGAV", "ITGA*", "1a"),
        ("ITGA2B", "ITGA2B", "1b"),
        ("TUBA1A", "TUB*", "2b"),
        ("APOA1", "ApoA1", "3a"),
        ("calnexin", "Calnexin", "4c"),
        ("GOLGA2", "GM130", "4c"),
        ("histone H3", "Histone H3", "4a"),
        ("IL-6", "IL#", "5a"),
        ("COL1A1", "COL#", "5b"),
    ],
)
def test_a_protein_is_known_by_its_names(written, symbol, subcategory):
    found = known_marker(written)
    assert (found.symbol, found.subcategory, found.category) == (symbol, subcategory, subcategory[0])


def test_what_is_not_in_the_vocabulary_has_no_category():
    assert [known_marker(name) for name in ("ILK", "ACTR2", "PDGFRA", "COLEC12", "", "GNA")] == [None] * 6


def test_every_subcategory_has_members_and_calnexin_is_not_co_isolated():
    assert {marker.subcategory for marker in MARKERS.values()} == set(SUBCATEGORIES)
    assert (MARKERS["Calnexin"].category, MARKERS["CD63"].kda) == ("4", (30, 65))
