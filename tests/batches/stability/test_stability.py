"""Stability studies: schedules, pulls, results by hand and from assays, trends, pages."""

import ast
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from audit.refusal import ActionRefused, Reason, ReasonMissing, ValueRefused
from batches.characterization.models import Assay
from batches.stability import actions
from batches.stability.acts import STABILITY_ACTS
from batches.stability.dates import Standing, months_after, parse_months, standing
from batches.stability.models import StabilityPull, StabilityResult, StabilityStudy
from batches.stability.trends import lines_of
from qc.signing import REVIEW_ACTS
from tests.factories import BatchFactory
from tests.factories.evidence import nta, protein

D = Decimal
DAY = dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("months", "day"),
    [(0, DAY), (1, dt.date(2026, 2, 28)), (11, dt.date(2026, 12, 31)), (25, dt.date(2028, 2, 29))],
)
def test_a_pull_is_due_on_the_same_day_of_a_later_month(months, day):
    assert months_after(DAY, months) == day


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-8, Standing.COMING), (-7, Standing.DUE), (0, Standing.DUE), (7, Standing.DUE), (8, Standing.OVERDUE)],
)
def test_a_pull_is_due_within_its_window(days, expected):
    assert standing(DAY, 7, DAY + dt.timedelta(days=days)) == expected


def test_months_are_read_as_people_type_them():
    assert parse_months("0, 1 3;6 12") == [0, 1, 3, 6, 12]
    for typed in ("", "1.5", "-1", "121", "3 3", "²"):
        with pytest.raises(ValueError, match="month"):
            parse_months(typed)


def test_every_act_is_known_and_leaves_signatures_alone():
    tree = ast.parse((Path(settings.BASE_DIR) / "batches/stability/actions.py").read_text(encoding="utf-8"))
    named = {one.name for one in tree.body if isinstance(one, ast.FunctionDef) and one.decorator_list}
    assert (named, named - REVIEW_ACTS) == (STABILITY_ACTS, set())


@pytest.fixture
def study(operator):
    return opened(BatchFactory(by=operator), operator)


def opened(batch, by, days_ago=100, months=(0, 1, 3, 6), **more):
    values = {"title": "Long term", "temperature_c": D(-80), "container": "0.5 mL tube", "window_days": 7}
    started = timezone.localdate() - dt.timedelta(days=days_ago)
    return actions.open_study(
        batch=batch, values={**values, "started_on": started, **more}, months=months, by=by
    )


def pulls_of(study):
    return list(StabilityPull.objects.filter(study=study).select_related("study__batch"))


def test_a_study_is_pulled_measured_voided_and_closed(study, operator):
    first, second, third, _ = pulls_of(study)
    with pytest.raises(ActionRefused, match="first when the sample was pulled"):
        actions.record_result(pull=first, values={"attribute": "mode_nm", "amount": D(96)}, by=operator)
    pulled = actions.pull_sample(pull=first, pulled_on=study.started_on, units_pulled=2, by=operator)
    late = actions.pull_sample(pull=second, pulled_on=second.due_on + dt.timedelta(days=9), by=operator)
    assert (pulled.days_off, late.days_off, late.stands(timezone.localdate())) == (0, 2, Standing.PULLED)
    with pytest.raises(ActionRefused, match="was made on"):
        actions.pull_sample(pull=second, pulled_on=second.due_on, by=operator)
    with pytest.raises(ReasonMissing):
        actions.miss_pull(pull=third, words=" ", by=operator)
    missed = actions.miss_pull(pull=third, words="Freezer was moved", by=operator)
    assert missed.stands(timezone.localdate()) == Standing.MISSED
    for values in ({"attribute": "mode_nm"}, {"attribute": "unheard_of", "amount": D(1)}):
        with pytest.raises(ValueRefused):
            actions.record_result(pull=first, values=values, by=operator)
    actions.record_result(pull=first, values={"attribute": "mode_nm", "amount": D(100)}, by=operator)
    wrong = actions.record_result(pull=second, values={"attribute": "mode_nm", "amount": D(1)}, by=operator)
    actions.void_result(result=wrong, by=operator, reason=Reason("typing_error", "Slipped"))
    actions.record_result(pull=second, values={"attribute": "mode_nm", "amount": D(112)}, by=operator)
    signed = {"attribute": "endotoxin_eu_per_ml", "amount_sign": "<", "amount": D("0.05")}
    actions.record_result(pull=second, values=signed, by=operator)
    mode, endotoxin = lines_of(pulls_of(study))
    assert [(cell.told, cell.change) for cell in mode.cells][:2] == [("100", ""), ("112", "+12 %")]
    assert [(cell.told, cell.change) for cell in endotoxin.cells][:2] == [("", ""), ("< 0.05", "")]
    closed = actions.close_study(study=study, words="Size grows by an eighth in a month", by=operator)
    with pytest.raises(ActionRefused, match="is closed"):
        actions.record_result(pull=first, values={"attribute": "mode_nm", "amount": D(96)}, by=operator)
    assert (closed.condition, StabilityPull.objects.waiting().count()) == ("−80 °C", 0)


def test_results_are_taken_from_an_assay_with_a_link(study, operator):
    batch, first = study.batch, pulls_of(study)[0]
    actions.pull_sample(pull=first, pulled_on=study.started_on, by=operator)
    nta(batch, mode_nm=D(96), particles_per_ml=D("2e10"))
    protein(batch, protein_ug_per_ml=D(5), protein_ug_per_ml_sign="<")
    protein(batch, status="open")
    assays = list(Assay.objects.filter(batch=batch).select_related("batch"))
    for assay in assays[:2]:
        actions.take_results(pull=first, assay=assay, by=operator)
    found = StabilityResult.objects.filter(pull=first)
    assert [(one.assay.number, one.attribute, one.told) for one in found] == [
        (1, "particles_per_ml", "2×10¹⁰"),
        (1, "mode_nm", "96"),
        (2, "protein_ug_per_ml", "< 5"),
    ]
    for assay, words in ((assays[0], "taken already"), (assays[2], "no finished assay")):
        with pytest.raises(ActionRefused, match=words):
            actions.take_results(pull=first, assay=assay, by=operator)


def test_a_study_is_opened_and_worked_on_in_pages(signed_in, operator):
    batch = BatchFactory(by=operator)
    client, path = signed_in(operator), f"/batches/{batch.number}/stability/"
    assert "No study of this batch" in client.get(path).content.decode()
    assert "No stability study yet" in client.get("/stability/").content.decode()
    sent = {
        "title": "Accelerated",
        "temperature_c": "25",
        "humidity_percent": "60",
        "container": "vial",
        "started_on": "2026-01-31",
        "window_days": "3",
        "months": "0 x",
    }
    assert client.post(f"{path}open/", sent).status_code == 200
    assert client.post(f"{path}open/", {**sent, "months": "0 1"}).url == f"{path}1/"
    study = StabilityStudy.objects.get()
    pull = pulls_of(study)[0]
    assert "overdue" in client.get("/stability/").content.decode()
    page = f"{path}1/"
    early = client.post(page, {"pull_sample": "1", "pull": pull.pk, "pull-pulled_on": "2025-12-31"})
    assert early.status_code == 400 and "before the study began" in early.content.decode()
    done = client.post(page, {"pull_sample": "1", "pull": pull.pk, "pull-pulled_on": "2026-01-31"})
    assert done.status_code == 302
    result = {"record_result": "1", "pull": pull.pk, "result-attribute": "mode_nm", "result-amount": "96"}
    assert client.post(page, result).status_code == 302
    assert "Mode diameter" in client.get(page).content.decode()
    assert client.post(page, {"close_study": "1", "close-words": "Ended"}).status_code == 302
    assert "Nothing waits" in client.get("/stability/").content.decode()


def test_an_auditor_reads_and_opens_nothing(signed_in, study, auditor):
    client, path = signed_in(auditor), f"/batches/{study.batch.number}/stability/"
    assert client.get(f"{path}1/").status_code == 200
    assert client.get(f"{path}open/").status_code == 403
    assert client.post(f"{path}1/", {"close_study": "1", "close-words": "Ended"}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(signed_in, operator, rows, django_assert_num_queries):
    for _ in range(rows):
        opened(BatchFactory(by=operator), operator)
    client = signed_in(operator)
    client.get("/stability/")
    with django_assert_num_queries(4):  # session, person, numbers of the bar, pulls
        client.get("/stability/")
