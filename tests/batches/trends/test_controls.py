"""Control material: runs recorded and voided, a chart for each lot, mean and SD frozen, Westgard's rules."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.refusal import ActionRefused
from batches.trends import actions
from batches.trends.loading import control_series, key_of
from batches.trends.models import ControlRun, FrozenLimits

KEY, LOT = key_of("NTA-2", "NTA"), "beads 100 nm, lot A1"
SIZES = (100, 101, 99, 100, 102, 98, 100, 101, 99)
NOON = timezone.now().replace(hour=12, minute=0) - dt.timedelta(days=40)


def run(by, size, day, lot="A1", **more):
    values = {"instrument": "NTA-2", "method": "nta", "material": "beads 100 nm", "lot": lot, **more}
    at = NOON + dt.timedelta(days=day)
    given = {**values, "target_nm": Decimal(100), "size_nm": Decimal(str(size)), "run_time": at}
    return actions.record_control_run(values=given, by=by)


def series():
    return control_series(ControlRun.objects.select_related("recorded_by"), "size_nm", {})


@pytest.mark.django_db
def test_lots_have_charts_of_their_own_and_void_runs_count_nowhere(operator):
    for day, size in enumerate(SIZES):
        run(operator, size, day)
    run(operator, 104, 20, lot="B7")
    wrong = run(operator, 150, 21, particles_per_ml=Decimal("1e9"))
    actions.void_control_run(run=wrong, words="air in the cell", by=operator)
    found = series()
    assert {lot: len(one.points) for (_, lot), one in found.items()} == {LOT: 10, "beads 100 nm, lot B7": 1}
    assert (found[KEY, LOT].values, found[KEY, LOT].points[-1].left_out) == (list(SIZES), "air in the cell")
    assert (wrong.trail_batch, found[KEY, LOT].signals) == ("", [])
    with pytest.raises(ActionRefused, match="void already"):
        actions.void_control_run(run=wrong, words="again", by=operator)
    nothing = {"instrument": "NTA-2", "method": "nta", "material": "b", "lot": "1", "run_time": NOON}
    with pytest.raises(ActionRefused, match="measured size, the concentration or both"):
        actions.record_control_run(values=nothing, by=operator)


@pytest.mark.django_db
def test_frozen_mean_and_sd_judge_later_runs_by_westgard(operator, reviewer):
    keys = [run(operator, size, day).pk for day, size in enumerate(SIZES)]
    frozen = actions.freeze_control_limits(
        value="size_nm", key=KEY, lot=LOT, runs=keys, words="first nine after the service", by=reviewer
    )
    assert (frozen.product, frozen.centre, frozen.sigma) == (None, Decimal("100"), Decimal("1.224745"))
    run(operator, 103, 20)
    run(operator, 103.5, 21)
    runs = ControlRun.objects.select_related("recorded_by")
    judged = control_series(runs, "size_nm", {("size_nm", KEY, LOT): frozen})[KEY, LOT]
    assert [(one.rule.code, one.places) for one in judged.signals] == [("2-2s", (9, 10))]


@pytest.mark.django_db
def test_runs_are_recorded_charted_and_voided_on_their_pages(signed_in, operator, reviewer):
    """Constant queries with one run and with three; what stays the same is taken over; refusals stand."""
    client = signed_in(operator)
    assert "No control run yet" in client.get(reverse("control_list")).content.decode()
    asked = []
    for size in (100, 101, 99):
        posted = {"instrument": "NTA-2", "method": "nta", "material": "beads 100 nm", "lot": "A1",
                  "run_time": "2026-01-05T09:00", "size_nm": str(size)}  # fmt: skip
        assert client.post(reverse("record_control_run"), posted).status_code == 302
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("control_list"))
            page = client.get(reverse("control_chart") + "?value=size_nm")
        asked.append(len(queries))
    assert asked[0] == asked[1] == asked[2] and page.content.decode().count('class="chart-go"') == 3
    assert 'value="beads 100 nm"' in client.get(reverse("record_control_run")).content.decode()
    nothing = client.post(reverse("record_control_run"), {**posted, "size_nm": ""})
    assert (nothing.status_code, "or both" in nothing.content.decode()) == (400, True)
    first = ControlRun.objects.earliest("pk")
    client.post(reverse("control_run", args=[first.pk]), {"words": "wrong beads"})
    assert "Void: " in client.get(reverse("control_run", args=[first.pk])).content.decode()
    chart = f"{reverse('control_chart')}?instrument=NTA-2&method=NTA&lot=beads+100+nm%2C+lot+A1&value=size_nm"
    refused = signed_in(reviewer).post(chart, {"intention": "freeze", "words": "all", "batches": []})
    assert (refused.status_code, FrozenLimits.objects.count()) == (409, 0)
