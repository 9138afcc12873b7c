"""Assays of a single result: signs kept as written, what finishing asks for, and how they are judged."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from audit.refusal import ValueRefused
from batches.bounds import Bounds
from batches.characterization.actions import add_assay, finish_assay
from batches.characterization.attributes import ATTRIBUTES, evidence_of
from batches.characterization.models import Assay
from batches.characterization.single_results import Endotoxin, Sterility
from batches.characterization.techniques import assay_sheet
from batches.masters.limits import Limit
from batches.masters.plans import CriterionCopy
from batches.record.models import Batch
from batches.record.sheets import NotFinished
from batches.record.value_forms import values_form
from batches.record.values import Entered, add_row, record_values
from qc.judging.judged import judged_by
from tests.factories import BatchFactory

D = Decimal
KINDS = ["endotoxin", "sterility", "mycoplasma", "physicochemical"]


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def opened(batch, technique, by, **values):
    """An assay of the final preparation with these values entered."""
    assay = add_assay(batch=batch, technique=technique, by=by)
    sheet = assay_sheet(assay)
    entered = [Entered(name, value) for name, value in values.items()]
    return record_values(sheet=sheet, entered=entered, by=by)


def finished(batch, technique, by, **values):
    values = {"performed_time": batch.opened_at, **values}
    return finish_assay(sheet=opened(batch, technique, by, **values), by=by)


def judged(batch, attribute, operator="range", *expected, limit=None, **rules):
    rule = CriterionCopy(1, attribute, "release", limit or Limit(), operator, expected, **rules)
    plan = type("Plan", (), {"steps": ()})
    return judged_by(rule, plan, evidence_of(Batch.objects.get(pk=batch.pk)))


def endotoxin(batch, by, value, sign="<"):
    values = {"method": "chromogenic", "endotoxin_eu_per_ml": D(value), "endotoxin_eu_per_ml_sign": sign}
    return finished(batch, "endotoxin", by, **values)


@pytest.mark.parametrize("technique", KINDS)
def test_an_empty_one_can_not_be_finished(batch, operator, technique):
    with pytest.raises(NotFinished):
        finish_assay(sheet=opened(batch, technique, operator), by=operator)


def test_a_sign_is_kept_as_written_and_judged(batch, operator):
    endotoxin(batch, operator, "0.05")
    (details,) = Endotoxin.objects.all()
    assert (details.endotoxin_eu_per_ml_sign, details.told("endotoxin_eu_per_ml")) == ("<", "< 0.05 EU/mL")
    found = ATTRIBUTES["endotoxin_eu_per_ml"].measure(evidence_of(batch))
    assert (found.value, found.within) == (None, Bounds(D(0), D("0.05"), high_included=False))
    one = judged(batch, "endotoxin_eu_per_ml", limit=Limit(action_high=D("0.05"), high_included=False))
    assert (one.verdict, one.shown, one.unit) == ("pass", "< 0.05", "EU/mL")
    assert judged(batch, "endotoxin_eu_per_ml", limit=Limit(action_low=D("0.01"))).verdict == "inconclusive"


def test_a_protein_below_the_range_gives_a_ratio_above_a_bound(batch, operator):
    values = {"equipment": "PR-1", "method": "bca", "dilution": D(1), "excipient_protein": "no"}
    values |= {"protein_ug_per_ml": D(5), "protein_ug_per_ml_sign": "<"}
    finished(batch, "protein", operator, **values)
    assert judged(batch, "protein_ug_per_ml", limit=Limit(action_high=D(5))).shown == "< 5"
    assert judged(batch, "particles_per_ug").verdict == "not tested"


def test_only_known_signs_are_taken(batch, operator):
    with pytest.raises((ValueRefused, ValidationError)):
        endotoxin(batch, operator, "0.05", sign="~")


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        ("not_detected", "pass"),
        ("detected", "fail"),
        ("interim", "inconclusive"),
        ("invalid", "inconclusive"),
    ],
)
@pytest.mark.parametrize("technique", ["sterility", "mycoplasma"])
def test_outcomes_of_organisms(batch, operator, technique, outcome, verdict):
    values = {"performed_time": batch.opened_at, "method": "culture", "outcome": outcome}
    sheet = opened(batch, technique, operator, **values)
    if technique == "sterility" and outcome in {"not_detected", "detected"}:
        growth = "yes" if outcome == "detected" else "no"
        row = {"day": 14, "stage": "final", "growth": growth}
        add_row(sheet=sheet, kind=sheet.kind.rows[0], values=row, by=operator)
    finish_assay(sheet=sheet, by=operator)
    assert judged(batch, technique, "not_detected").verdict == verdict


def test_ph_osmolality_and_appearance_together(batch, operator):
    finished(batch, "physicochemical", operator, ph=D("7.4"), appearance="Clear, colourless")
    assert judged(batch, "ph", limit=Limit(action_low=D("6.8"), action_high=D("7.8"))).verdict == "pass"
    assert judged(batch, "appearance", "one_of", "clear, colourless", "opalescent").verdict == "pass"
    assert judged(batch, "osmolality_mosm_per_kg").verdict == "not tested"


def test_unusual_values_are_advised():
    early = Sterility(outcome="not_detected", incubated_days=7)
    assert [name for name, _ in early.advice()] == ["incubated_days"]
    assert Sterility(outcome="interim", incubated_days=7).advice() == []
    disturbed = Endotoxin(spike_recovery_percent=D(40))
    assert [name for name, _ in disturbed.advice()] == ["spike_recovery_percent"]


@pytest.mark.parametrize("technique", KINDS)
def test_each_has_a_page_and_a_card(client, batch, operator, technique):
    client.force_login(operator)
    added = client.post(f"/batches/{batch.number}/assays/add/", {"technique": technique, "sample": "final"})
    assert added.status_code == 302
    page = client.get(added.url)
    assert page.status_code == 200
    assert Assay.objects.get().get_technique_display() in page.content.decode()
    assert client.get(f"/batches/{batch.number}/").status_code == 200


def test_a_card_shows_the_sign(client, batch, operator):
    endotoxin(batch, operator, "0.05")
    client.force_login(operator)
    assert "&lt; 0.05 EU/mL" in client.get(f"/batches/{batch.number}/").content.decode()


@pytest.mark.parametrize("typed", ["< 0.05", "<0,05", "> 1e12", "≤ 5", "≥5"])
def test_a_sign_typed_before_the_number_is_told_where_it_belongs(typed):
    form = values_form(Endotoxin(), ("endotoxin_eu_per_ml",), {"endotoxin_eu_per_ml": typed})
    assert form.errors["endotoxin_eu_per_ml"] == [
        "Enter the number alone; where a result may have a sign, there is a field for it."
    ]
