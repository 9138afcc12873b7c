"""Calculators: right against known numbers, kept with the value they gave, stale when it changes."""

from decimal import Decimal as D

import pytest
from django.urls import reverse

from audit.models import Entry
from audit.refusal import Reason
from batches.isolation import actions as steps
from batches.isolation import formulas
from batches.isolation.calculators import CALCULATORS, calculators_for
from batches.isolation.methods import METHODS
from batches.record.calculations import Calculation, calculations_of, words_of
from batches.record.sheets import editable_fields
from tests.factories import BatchFactory
from tests.way import SPIN, enter, sheet_of_step

# Code, inputs, result. Rotors, 538 S of a 100 nm EV and about 3 000 /s: ev-domain §5.2.
KNOWN = [
    ("rcf_max", {"rpm": 29360, "r_max": "103.8"}, 100_035),
    ("rcf_average", {"rpm": 28480, "r_min": "67.4", "r_max": "153.1"}, 99_977),
    ("rpm_max", {"rcf": 100_000, "r_max": "103.8"}, 29_355),
    ("rpm_average", {"rcf": 100_000, "r_min": "67.4", "r_max": "153.1"}, 28_483),
    # 70 min at 100,000 g_max on the Type 70 Ti (k 219) are as much as 113 min on the SW 41 Ti (k 355).
    (
        "equivalent_time",
        {
            "minutes": 70,
            "r_min_before": "39.5",
            "r_max_before": "91.9",
            "rpm_before": 31_200,
            "r_min": "67.4",
            "r_max": "153.1",
            "rpm": 24_170,
        },
        113,
    ),
    (
        "pelleting_time",
        {
            "diameter": 100,
            "density": "1.15",
            "fluid": 1,
            "viscosity": "1.55",
            "r_min": "39.5",
            "r_max": "91.9",
            "rpm": 36_900,
        },
        18,
    ),
    ("column_load", {"column": 10, "load": 5}, "0.5"),
    ("dilution", {"final": 1000, "sample": 2}, 500),
    ("stock_ratio", {"final": 10, "stock": 50}, "0.25"),
    ("stock_volume", {"volume": 40, "final": 10, "stock": 50}, 10),
    ("particles_of", {"per_ml": "2e10", "volume": "0.5"}, D("1e10")),
    ("volume_concentration", {"volume": 500, "out": 25}, 20),
    ("membrane_load", {"volume": 500, "area": 115}, "43.48"),
    ("fibre_shear", {"flow": 100, "inner": "0.5", "fibres": 45}, 3018),
    ("flow_for_shear", {"shear": 3018, "inner": "0.5", "fibres": 45}, "100.00"),
    ("feed_pressure", {"tmp": "0.3", "retentate": "0.2", "permeate": "0.05"}, "0.5"),
    ("flux", {"permeate": 100, "minutes": 30, "area": 100}, 20),
    ("volumes_for_residual", {"residual": "0.2479", "sieving": 1}, 6),
    ("volumes_of_buffer", {"buffer": 150, "retentate": 25}, 6),
]


def test_every_calculator_gives_the_known_number():
    found = [
        (code, CALCULATORS[code].result({name: D(one) for name, one in inputs.items()}))
        for code, inputs, _ in KNOWN
    ]
    assert found == [(code, D(result)) for code, _, result in KNOWN]
    assert [code for code, _, _ in KNOWN] == list(CALCULATORS)


def test_svedberg_of_evs_is_the_known_one():
    # ev-domain §5.2: 100 nm at 1.15 g/mL 538 S, at 1.10 358 S, 50 nm 134 S
    found = [
        formulas.svedberg(d, D(p), 1, D("1.55")) for d, p in ((100, "1.15"), (100, "1.10"), (50, "1.15"))
    ]
    assert [round(one) for one in found] == [538, 358, 134]
    assert formulas.svedberg(100, 1, D("1.05"), D("1.55")) is None


def test_formulas_give_nothing_for_numbers_that_make_no_sense():
    assert [
        formulas.stock_volume(1, 50, 50),
        formulas.diafiltration_volumes(101),
        formulas.flow_for_shear(1000, 0, 1),
        formulas.pelleting_min(None, 500),
        formulas.equivalent_min(70, 0, 200),
        formulas.flux_lmh(1, 0, 10),
    ] == [None] * 6


def test_every_calculator_stands_beside_a_field_that_is_recorded():
    recorded = {name for kind in METHODS.values() for name in editable_fields(kind.details)}
    assert [one.code for one in CALCULATORS.values() if not recorded & set(one.fields)] == ["dilution"]
    assert {one.version for one in CALCULATORS.values()} == {"1.0"}
    assert [one.code for one in calculators_for("speed_rpm")] == ["rpm_max", "rpm_average"]


INPUTS = {"rcf_max-rpm": "29360", "rcf_max-r_max": "103,8"}


@pytest.fixture
def step(operator):
    batch = BatchFactory(by=operator)
    steps.start_step(sheet=sheet_of_step(batch), by=operator)
    enter(sheet_of_step(batch), {"r_max_mm": SPIN["r_max_mm"], "speed_rpm": 29360}, operator)
    return batch


def test_a_calculator_computes_without_writing_and_enters_on_request(step, operator, signed_in):
    client, url = signed_in(operator), reverse("step", args=[step.number, 1])
    offered = client.get(url, {"calculate": "rcf_xg"}).context["shown"][0]
    assert [offered.form[name].value() for name in ("rpm", "r_max")] == ["29360", "103.8"]
    before = Entry.objects.count()
    shown = client.post(url, {"calculate": "rcf_xg", "formula": "rcf_max", **INPUTS}).context["shown"][0]
    assert (shown.result, Entry.objects.count()) == ("100035", before)
    sent = {"field": "rcf_xg", "rcf_xg": shown.result, "seen-rcf_xg": "", "calculation": shown.sent}
    assert client.post(url, sent).status_code == 302
    sheet = sheet_of_step(step)
    kept = Calculation.objects.get()
    assert (sheet.value("rcf_xg"), str(kept), kept.result) == (D(100_035), "rcf_max 1.0", D(100_035))
    assert words_of(kept, sheet) == "computed by rcf_max 1.0 from speed 29\u202f360 rpm, r max 103.8 mm"
    acts = set(Entry.objects.order_by("-id")[:2].values_list("act", flat=True))
    assert acts == {"record_values"}
    assert "computed by rcf_max 1.0" in client.get(url).content.decode()


def test_a_calculation_is_stale_when_its_value_or_an_input_changes(step, operator, signed_in):
    client, url = signed_in(operator), reverse("step", args=[step.number, 1])
    shown = client.post(url, {"calculate": "rcf_xg", "formula": "rcf_max", **INPUTS}).context["shown"][0]
    client.post(url, {"field": "rcf_xg", "rcf_xg": shown.result, "calculation": shown.sent})
    why = Reason("typing_error", "Read from the display")
    sheet = enter(sheet_of_step(step), {"speed_rpm": 29000}, operator, why)
    kept = calculations_of(sheet)["rcf_xg"]
    assert words_of(kept, sheet).endswith("; speed changed since")
    sheet = enter(sheet_of_step(step), {"rcf_xg": D(99_000)}, operator, why)
    assert words_of(kept, sheet).startswith("Not the computed value any more (100\u202f035, computed by")


def test_only_the_value_that_was_computed_keeps_its_calculation(step, operator, signed_in):
    client, url = signed_in(operator), reverse("step", args=[step.number, 1])
    shown = client.post(url, {"calculate": "rcf_xg", "formula": "rcf_max", **INPUTS}).context["shown"][0]
    for sent in (
        shown.sent,
        "no json",
        '{"formula": "rcf_max", "inputs": 3}',
        '{"formula": "x", "inputs": {}}',
    ):
        client.post(url, {"field": "rcf_xg", "rcf_xg": "100000", "calculation": sent})
    assert (sheet_of_step(step).value("rcf_xg"), Calculation.objects.count()) == (D(100_000), 0)
    # A value that is there already is replaced with a reason; what was computed waits for it on the page.
    sent = {"field": "rcf_xg", "rcf_xg": shown.result, "calculation": shown.sent}
    assert 'name="calculation"' in client.post(url, sent).content.decode()
    client.post(url, {**sent, "reason_category": "process", "reason_words": "computed now"})
    assert Calculation.objects.get().result == D(100_035)


def test_a_calculator_says_what_it_can_not_compute(step, operator, signed_in):
    client, url = signed_in(operator), reverse("step", args=[step.number, 1])
    empty = {"calculate": "rcf_xg", "formula": "rcf_max", "rcf_max-rpm": "", "rcf_max-r_max": "x"}
    shown = client.post(url, empty).context["shown"][0]
    assert sorted(shown.form.errors) == ["r_max", "rpm"]
    zero = {"calculate": "rcf_xg", "formula": "rcf_max", "rcf_max-rpm": "0", "rcf_max-r_max": "100"}
    shown = client.post(url, zero).context["shown"][0]
    assert (shown.result, shown.error) == ("", "These numbers give no result: look at them again.")
    assert client.get(url, {"calculate": "remarks"}).status_code == 409
