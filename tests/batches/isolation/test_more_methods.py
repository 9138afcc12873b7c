"""The methods beside spin, column and precipitation: what they compute, refuse and remark on."""

from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from audit.models import Entry
from batches.isolation import actions as steps
from batches.isolation.affinity import FieldFlow, FieldFlowWindow, Immunoaffinity
from batches.isolation.columns import SizeExclusion
from batches.isolation.finishing import CargoLoading, Fill
from batches.isolation.kinds import IsolationMethod
from batches.isolation.membranes import BufferExchange, Filtration, TangentialFlow, Ultrafiltration
from batches.isolation.methods import METHODS
from batches.isolation.models import ProcessStep, details_of, row_names
from batches.isolation.pelleting import Ultracentrifugation
from batches.isolation.precipitation import Precipitation
from batches.isolation.spins import ClearingSpin, DensityGradient, GradientFraction, Wash
from batches.masters.choices import limit_fields
from batches.masters.plans import Plan
from batches.record.values import add_row
from tests.factories import BatchFactory
from tests.way import enter, sheet_of_step


def of(model, kept="", purpose="separate", **values):
    """Details of a step that stand in no database, with what is computed."""
    step_values = {name: values.pop(name) for name in list(values) if hasattr(ProcessStep, name)}
    method = next(code for code, kind in METHODS.items() if kind.details is model)
    step = ProcessStep(position=1, method=method, fraction_kept=kept, purpose=purpose, **step_values)
    made = model(step=step, **{k: D(v) if isinstance(v, int | D) else v for k, v in values.items()})
    made.compute()
    return made


SPUN = {"r_min_mm": D(60), "r_max_mm": D(100), "rcf_basis": "max", "rotor": "R"}
# What is unusual, and the field that says so; beside it the usual, of which nothing is said.
REMARKS = [
    (of(ClearingSpin, **SPUN, rcf_xg=25000), "rcf_xg"),
    (of(ClearingSpin, **SPUN, rcf_xg=2000), None),
    (of(ClearingSpin, **SPUN, rcf_xg=2000, kept="pellet"), "fraction_kept"),
    (of(Wash, wash_count=2, wash_volume_ml=10), None),
    (of(Wash, wash_count=2, buffer_filtered="no"), "buffer_filtered"),
    (of(Ultracentrifugation, **SPUN, kept="pellet", duration_min=30), "duration_min"),
    (of(Ultracentrifugation, **{**SPUN, "r_min_mm": D(85)}, kept="pellet", rcf_xg=20000), "rcf_xg"),
    (of(Ultracentrifugation, **SPUN, kept="pellet", rcf_xg=100000, duration_min=70), None),
    (of(Ultracentrifugation, **SPUN, kept="pellet", purpose="clear", duration_min=20), None),
    (of(Ultracentrifugation, **SPUN, buffer_filtered="no"), "buffer_filtered"),
    (of(DensityGradient, **SPUN, rcf_xg=50000), "rcf_xg"),
    (of(DensityGradient, **SPUN, rcf_xg=120000, duration_min=600), "duration_min"),
    (of(DensityGradient, **SPUN, rcf_xg=120000, duration_min=600, form="cushion"), None),
    (of(DensityGradient, **SPUN, medium="iodixanol", pooled_density_g_per_ml=D("1.10")), None),
    (
        of(DensityGradient, **SPUN, medium="iodixanol", pooled_density_g_per_ml=D("1.17")),
        "pooled_density_g_per_ml",
    ),
    (of(DensityGradient, **SPUN, medium="sucrose", pooled_density_g_per_ml=D("1.17")), None),
    (
        of(DensityGradient, **SPUN, medium="other", pooled_density_g_per_ml=D("1.30")),
        "pooled_density_g_per_ml",
    ),
    (of(TangentialFlow, mwco_kda=30), "mwco_kda"),
    (of(TangentialFlow, mwco_kda=500, shear_per_s=4000), None),
    (of(TangentialFlow, shear_per_s=9000), "feed_flow_ml_per_min"),
    (of(TangentialFlow, feed_bar=2, retentate_bar=1, permeate_bar=0), "feed_bar"),
    (of(TangentialFlow, flux_start_lmh=40, flux_end_lmh=15), "flux_end_lmh"),
    (of(TangentialFlow, concentrated_fold=250), "concentrated_fold"),
    (of(TangentialFlow, diafiltration_volumes=2), "diafiltration_volumes"),
    (of(TangentialFlow, water_permeability_percent=70), "water_permeability_percent"),
    (of(TangentialFlow, load_l_per_m2=60), "load_l_per_m2"),
    (of(TangentialFlow, integrity_after="failed"), "integrity_after"),
    (of(Ultrafiltration, mwco_kda=750), "mwco_kda"),
    (of(Ultrafiltration, rcf_xg=6000), "rcf_xg"),
    (of(Ultrafiltration, pre_wetted="no"), "pre_wetted"),
    (of(Ultrafiltration, pre_wetted="no", passivated_with="BSA 1 %"), None),
    (of(Filtration, pore_um=D("0.22")), "pore_um"),
    (of(Filtration, pore_um=D("0.22"), particles_in_per_ml=D(9), particles_out_per_ml=D(8)), None),
    (of(Filtration, pore_um=D("0.8"), is_sterilising="yes", integrity_after="passed"), "pore_um"),
    (of(Filtration, is_sterilising="yes"), "integrity_after"),
    (of(Filtration, bubble_point_bar=2, least_bubble_point_bar=3), "bubble_point_bar"),
    (
        of(BufferExchange, way="dialysis", kept_volume_ml=1, added_volume_ml=1, exchange_count=1),
        "exchange_count",
    ),
    (of(BufferExchange, way="dialysis", kept_volume_ml=1, added_volume_ml=99, exchange_count=2), None),
    (of(BufferExchange, mwco_kda=750), "mwco_kda"),
    (of(Immunoaffinity, antibody_clone="MEM-61", elution="none"), "elution"),
    (of(Immunoaffinity, antibody_clone="MEM-61", elution="none", kept="depleted"), None),
    (of(Immunoaffinity, antibody_clone="MEM-61", elution="low_ph"), "is_neutralised"),
    (of(Immunoaffinity, antibody_clone="MEM-61", elution="low_ph", is_neutralised="yes"), None),
    (of(Immunoaffinity), "antibody_clone"),
    (
        of(Immunoaffinity, antibody_rrid="AB_1", particles_loaded=D("2e10"), capacity_particles=D("1e10")),
        "particles_loaded",
    ),
    (of(FieldFlow, injected_ug=200), "injected_ug"),
    (of(FieldFlow, spacer_um=600), "spacer_um"),
    (of(FieldFlow, channel_flow_ml_per_min=3), "channel_flow_ml_per_min"),
    (of(FieldFlow, run_min=90), "run_min"),
    (of(FieldFlow, injected_ug=40, spacer_um=350, channel_flow_ml_per_min=D("0.5"), run_min=45), None),
    (of(CargoLoading, free_cargo_removed="no"), "free_cargo_removed"),
    (of(CargoLoading, efficiency_percent=20), "efficiency_measurement"),
    (of(CargoLoading, efficiency_percent=20, efficiency_measurement="HPLC"), None),
    (of(CargoLoading, way="electroporation", cargo_kind="sirna"), "way"),
    (of(Fill, container_material="pp"), "container_material"),
    (of(Fill, container_material="low_bind", fill_ml=1, vial_count=10, volume_in_ml=D(10)), None),
    (of(Fill, fill_ml=1, vial_count=11, volume_in_ml=D(10)), "vial_count"),
    (of(SizeExclusion, column_volume_ml=10, sample_volume_ml=1), "sample_volume_ml"),
    (of(Precipitation, polymer_percent=20), "polymer_percent"),
]


def test_what_is_unusual_is_remarked_beside_its_field():
    found = [[field for field, _ in row.advice()] for row, _ in REMARKS]
    assert found == [[field] if field else [] for _, field in REMARKS]


def test_steps_remark_on_warm_spins_and_on_particles_out_of_nothing():
    warm = ProcessStep(method="density_gradient", temperature_c=D(20))
    room = ProcessStep(method="size_exclusion", temperature_c=D(20))
    more = ProcessStep(
        method="filtration",
        volume_in_ml=D(1),
        volume_out_ml=D(1),
        particles_in_per_ml=D(100),
        particles_out_per_ml=D(121),
    )
    assert [[field for field, _ in one.advice()] for one in (warm, room, more)] == [
        ["temperature_c"],
        [],
        ["particles_out_per_ml"],
    ]


def test_tangential_flow_computes_pressure_shear_decline_and_residual():
    # ev-domain §5.2: 100 mL/min through 45 fibres of 0.5 mm is about 3 000 /s; 6 volumes leave 0.25 %.
    flow = of(
        TangentialFlow,
        feed_flow_ml_per_min=100,
        fibre_inner_mm=D("0.5"),
        fibre_count=45,
        feed_bar=D("0.4"),
        retentate_bar=D("0.2"),
        permeate_bar=D("0.05"),
        flux_start_lmh=40,
        flux_end_lmh=30,
        diafiltration_volumes=6,
    )
    found = [getattr(flow, name) for name in TangentialFlow.computed_fields]
    assert found == [D("0.25"), D(3018), D(25), D("0.2479")]


def test_buffer_exchange_leaves_what_its_way_leaves():
    ways = ("diafiltration", "dialysis", "spin_filter", "desalting", "")
    rows = [of(BufferExchange, way=w, kept_volume_ml=1, added_volume_ml=4, exchange_count=2) for w in ways]
    assert [row.residual_percent for row in rows] == [D("0.033546"), D(4), D(4), None, None]


def test_cargo_and_fill_compute_their_totals():
    cargo = of(
        CargoLoading,
        cargo_amount_ug=10,
        efficiency_percent=20,
        cargo_mw_da=D(13000),
        particles_used=D("1e11"),
    )
    # 2 µg of 13 kDa are 9.26e13 molecules: 926 for each of 1e11 particles.
    assert (cargo.cargo_loaded_ug, round(cargo.molecules_per_particle)) == (D(2), 926)
    assert of(Fill, fill_ml=D("0.25"), vial_count=40).filled_volume_ml == D(10)


IMPOSSIBLE = [
    (DensityGradient, {"lowest_density_g_per_ml": D("1.2"), "highest_density_g_per_ml": D("1.1")}),
    (DensityGradient, {"sample_volume_ml": D(12), "total_volume_ml": D(11)}),
    (DensityGradient, {"first_pooled": 5, "last_pooled": 4}),
    (DensityGradient, {"last_pooled": 12, "fractions_collected": 10}),
    (DensityGradient, {"r_min_mm": D(100), "r_max_mm": D(90)}),
    (ClearingSpin, {"speed_rpm": 5000, "rotor_max_rpm": 4000}),
    (TangentialFlow, {"feed_bar": D(1), "retentate_bar": D(2)}),
    (TangentialFlow, {"feed_bar": D(1), "retentate_bar": D("0.5"), "permeate_bar": D("0.8")}),
    (TangentialFlow, {"mwco_kda": D(5)}),
    (TangentialFlow, {"concentrated_fold": D("0.5")}),
    (TangentialFlow, {"diafiltration_volumes": D(31)}),
    (Ultrafiltration, {"rcf_xg": D(4000), "device_max_xg": D(3000)}),
    (FieldFlow, {"cross_flow_start_ml_per_min": D(1), "cross_flow_end_ml_per_min": D(2)}),
    (FieldFlowWindow, {"number": 1, "from_min": D(10), "until_min": D(10)}),
    (Immunoaffinity, {"elution": "none", "eluate_volume_ml": D(1)}),
    (Immunoaffinity, {"elution": "none", "is_neutralised": "yes"}),
    (CargoLoading, {"efficiency_percent": D(101)}),
    (Fill, {"vial_count": 3, "rejected_count": 4}),
    (Fill, {"vial_count": 3, "kept_count": 4}),
    (GradientFraction, {"number": 1, "density_g_per_ml": D("0.99")}),
]


@pytest.mark.django_db
def test_what_is_impossible_is_refused_in_words():
    for model, values in IMPOSSIBLE:
        row = model(**values)
        with pytest.raises(ValidationError) as refused:
            row.full_clean(exclude={"step", "details"})
        assert len(refused.value.messages) == 1 and "onstraint" not in refused.value.messages[0], values


def test_every_method_can_carry_limits_on_its_numbers():
    counts = {method: len(limit_fields(method)) for method in IsolationMethod.values}
    assert [method for method, many in counts.items() if many < 8 + 3] == []
    assert limit_fields("fill")["fill_ml"] == ("Fill of a container", "mL")


def test_a_glance_tells_what_was_done_and_says_nothing_of_an_empty_step():
    rows = [
        of(Fill, fill_ml=D("0.25"), vial_count=40, container_material="low_bind", formulation="PBS"),
        of(TangentialFlow, concentrated_fold=20, diafiltration_volumes=6, mwco_kda=500, membrane="mPES"),
        of(BufferExchange, way="dialysis", kept_volume_ml=1, added_volume_ml=99, exchange_count=1),
        of(Wash, wash_count=2, wash_volume_ml=10, wash_buffer="PBS"),
        of(Ultracentrifugation, **SPUN, rcf_xg=100000, duration_min=75),
    ]
    assert [row.glance() for row in rows] == [
        ("40 × 0.25 mL", "Low-bind plastic · PBS"),
        ("20-fold · 6 DV", "500 kDa mPES"),
        ("Dialysis · 1 % left", ""),
        ("2 × 10 mL", "PBS"),
        ("100\u202f000 ×g · 75 min", "R · k 145"),
    ]
    assert {of(kind.details).glance() for kind in METHODS.values()} == {("", "")}


@pytest.fixture
def every_step(operator):
    """A batch with one running step of every method that has rows or a name of its own."""
    batch = BatchFactory(by=operator)
    for method in ("density_gradient", "af4", "fill"):
        steps.add_step(
            batch=batch, name=method, method=method, purpose="separate", is_critical=False, by=operator
        )
    return batch


def test_rows_of_new_methods_are_recorded_and_read_with_their_steps(
    every_step, operator, django_assert_num_queries
):
    from audit.refusal import Reason

    steps.void_step(sheet=sheet_of_step(every_step), by=operator, reason=Reason("process", "not needed"))
    steps.start_step(sheet=sheet_of_step(every_step, 2), by=operator)
    sheet = sheet_of_step(every_step, 2)
    values = {"number": 3, "density_g_per_ml": D("1.11"), "is_pooled": "yes"}
    add_row(sheet=sheet, kind=sheet.kind.rows[1], values=values, by=operator)
    # one for the steps, one for each of the four methods, one for each kind of rows of the three with any
    with django_assert_num_queries(1 + 4 + 3):
        found = list(ProcessStep.objects.filter(batch=every_step).with_rows())
        told = [
            [str(row) for name in row_names(step.method) for row in getattr(details_of(step), name).all()]
            for step in found
        ]
    assert told == [[], ["Fraction 3"], [], []]
    assert Entry.objects.latest("pk").object_label == "Step 2 · density_gradient, fraction 3"


def test_a_step_of_a_new_method_is_worked_at_its_page(every_step, operator, signed_in):
    client = signed_in(operator)
    for position in (2, 3, 4):
        page = client.get(reverse("step", args=[every_step.number, position]))
        assert page.status_code == 200
    assert client.get(reverse("batch", args=[every_step.number])).status_code == 200


def test_values_of_a_new_method_are_judged_by_the_master(operator):
    from tests.factories.records import MasterVersionFactory, PlannedStepFactory, StepLimitFactory

    version = MasterVersionFactory(content=False)
    planned = PlannedStepFactory(version=version, method="fill", purpose="fill", is_critical=False)
    StepLimitFactory(planned_step=planned, field="fill_ml", action_low=D("0.2"), action_high=D("0.3"))
    batch = BatchFactory(by=operator, version=version)
    steps.start_step(sheet=sheet_of_step(batch), by=operator)
    sheet = enter(sheet_of_step(batch), {"fill_ml": D("0.5"), "vial_count": 4}, operator)
    assert (sheet.verdict("fill_ml"), sheet.details.filled_volume_ml) == ("outside", D(2))
    assert [copy.method for copy in Plan.of(batch.plan).steps] == ["fill"]
