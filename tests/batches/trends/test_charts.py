"""What a product's charts show: values of batches, series kept apart, events, limits, files."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Entry
from audit.refusal import ActionRefused, RoleRefused
from batches.characterization.contents import RnaAssay
from batches.characterization.flow import FlowGate, NanoFlow
from batches.characterization.particles import LightScattering, ResistivePulse, ZetaPotential
from batches.characterization.potency import PotencyAssay
from batches.trends import actions, limits, pages
from batches.trends.attributes import KNOWN, TRENDED
from batches.trends.loading import ProductCharts, judged_by, key_of
from batches.trends.models import FrozenLimits, LeftOutPoint
from batches.trends.rows import instrument_of
from batches.trends.series import Point, Series
from tests.batches.trends.making import by_technique, finished, measured, product_with_batches
from tests.factories import BatchFactory, MasterVersionFactory, evidence

NTA_2 = key_of("NTA-2", "NTA")


def values(product, attribute):
    """Every series of the attribute: its key and its values, rounded."""
    found = ProductCharts(product).series(TRENDED[attribute])
    return {key: [float(f"{point.value:.4g}") for point in one.points] for key, one in found.items()}


@pytest.mark.parametrize(
    ("equipment", "name"),
    [
        ("NTA-2, 100 nm beads checked today, calibrated to 31 May 2027", "NTA-2"),
        ("ZV-1 (checked 4 Mar)", "ZV-1"),
        ("  NS 300 ; ok", "NS 300"),
        ("", "instrument not recorded"),
    ],
)
def test_instrument_is_named_without_its_last_check(equipment, name):
    assert instrument_of(equipment) == name


@pytest.mark.django_db
def test_values_are_of_batches_and_instruments_never_mix():
    """Replicates are one value: geometric mean of counts, mean of sizes; each instrument has its chart."""
    version = MasterVersionFactory()
    product, batch = version.master.product, BatchFactory(version=version)
    measured(batch, 90, per_ml="1e10")
    measured(batch, 110, per_ml="4e10", equipment="nta-2, calibrated to 30 Jun 2027")
    measured(batch, 130, equipment="ZV-1")
    evidence.nta(batch, status="open", mode_nm=500)
    evidence.nta(batch, sample="blank", mode_nm=500)
    evidence.protein(batch, protein_ug_per_ml=Decimal(4), method="bca")
    finished(batch)
    assert values(product, "mode_nm") == {NTA_2: [100.0], key_of("ZV-1", "NTA"): [130.0]}
    assert values(product, "particles_per_ml")[NTA_2] == [2e10]
    assert values(product, "particles_per_million_cells")[NTA_2] == [1e7]  # 2e10 × 0.5 mL ÷ 1,000
    ratio = key_of("NTA-2", "NTA over BCA (instrument not recorded)")
    assert values(product, "particles_per_ug")[ratio] == [5e9]
    assert values(product, "overall_recovery_percent") == {
        key_of("counts of the steps", "particles in and out"): [40.0]
    }


@pytest.mark.django_db
def test_every_technique_has_its_charts_and_what_differs_in_kind_shares_none():
    """TRPS, DLS, zeta in its buffer, nano-flow and its gates, potency beside its reference lot, RNA."""
    version = MasterVersionFactory()
    product, batch = version.master.product, BatchFactory(version=version)
    by_technique(batch, ResistivePulse, nanopore="NP150", particles_per_ml="2e10", mode_nm=90)
    by_technique(batch, LightScattering, z_average_nm=130, pdi="0.18")
    by_technique(batch, ZetaPotential, zeta_mv=-22, buffer="10 mM PBS")
    by_technique(batch, ZetaPotential, zeta_mv=-31, buffer="1 mM KCl")
    flow = by_technique(batch, NanoFlow, particles_per_ml="5e9", trigger_channel="SSC")
    for target, share in (("CD63", 40), ("cd9", 25)):
        evidence.put(FlowGate(details=flow, target=target, positive_percent=share))
    by_technique(batch, PotencyAssay, name="Scratch", reference_lot="R1", relative_potency_percent=80)
    by_technique(batch, PotencyAssay, name="Scratch", reference_lot="R1", relative_potency_percent=125)
    by_technique(batch, RnaAssay, rna_ng_per_ml=30, rna_ng_sign="<")
    shown = {one.key: values(product, one.key) for one in KNOWN}
    assert {key: {at[1]: [*one] for at, one in found.items()} for key, found in shown.items() if found} == {
        "trps_per_ml": {"TRPS": [2e10]},
        "trps_mode_nm": {"TRPS": [90.0]},
        "z_average_nm": {"DLS": [130.0]},
        "pdi": {"DLS": [0.18]},
        "zeta_mv": {"Zeta, 1 mM KCl": [-31.0], "Zeta, 10 mM PBS": [-22.0]},
        "nanoflow_per_ml": {"Nano-flow, SSC": [5e9]},
        "cd9_positive_percent": {"Nano-flow, SSC": [25.0]},
        "cd63_positive_percent": {"Nano-flow, SSC": [40.0]},
        "relative_potency_percent": {"Potency, Scratch": [100.0]},
        "rna_ng_per_ml": {"RNA": [30.0]},
    }
    (rna,) = ProductCharts(product).series(TRENDED["rna_ng_per_ml"]).values()
    assert (rna.points[0].sign, rna.values) == ("<", [])


@pytest.mark.django_db
def test_censored_values_are_shown_and_count_nowhere():
    version = MasterVersionFactory()
    batch = BatchFactory(version=version)
    evidence.protein(batch, protein_ug_per_ml=Decimal("0.5"), protein_ug_per_ml_sign="<", method="bca")
    (series,) = ProductCharts(version.master.product).series(TRENDED["protein_ug_per_ml"]).values()
    assert (series.points[0].sign, series.values) == ("<", [])
    assert values(version.master.product, "particles_per_ug") == {}


@pytest.mark.django_db
def test_events_are_told_where_something_is_new():
    product, (_, second) = product_with_batches((100, 101))
    measured(second, 102, equipment="NTA-2, calibrated to 30 Nov 2027")
    third = BatchFactory(version=MasterVersionFactory(master__product=product))
    measured(third, 101)
    (series,) = ProductCharts(product).series(TRENDED["mode_nm"]).values()
    told = [(place, event.letter, event.words) for place, event in series.events]
    assert told == [
        (1, "E", "equipment NTA-2, calibrated to 30 Nov 2027"),
        (2, "L", f"source lot {third.source_lot.code}"),
        (2, "M", f"master {third.plan.version.master.code} v1"),
    ]


@pytest.mark.django_db
def test_limits_are_frozen_from_chosen_batches_and_replaced_by_versions(reviewer, operator):
    """Trial limits first; frozen ones judge later batches; a batch outside is a signal."""
    product, batches = product_with_batches()
    numbers = [batch.number for batch in batches]

    def freeze(chosen, by=reviewer):
        given = {"product": product, "attribute": "mode_nm", "key": NTA_2, "words": "first ten, no deviation"}
        return actions.freeze_limits(batches=chosen, by=by, **given)

    with pytest.raises(RoleRefused):
        freeze(numbers, operator)
    with pytest.raises(ActionRefused, match="at least 8 points; 7 were chosen"):
        freeze(numbers[:7])
    frozen = freeze(numbers[:9])
    assert (frozen.number, frozen.size, frozen.centre) == (1, 9, Decimal("99.888889"))
    assert frozen.basis[0] == {"point": numbers[0], "value": "98"}
    late = BatchFactory(version=batches[0].plan.version)
    measured(late, 140)
    (series,) = ProductCharts(product).series(TRENDED["mode_nm"]).values()
    assert [(one.rule.code, one.places) for one in series.signals] == [("1", (10,)), ("MR", (10,))]
    assert pages.state_words(series) == "2 signals, by frozen limits"
    assert freeze([*numbers, late.number]).number == 2
    assert (
        Entry.objects.filter(act="freeze_limits", action="created").count(),
        FrozenLimits.objects.count(),
    ) == (2, 2)


@pytest.mark.django_db
def test_points_are_left_out_with_a_reason_and_taken_back(reviewer):
    product, batches = product_with_batches((100, 101, 180))
    given = {"product": product, "attribute": "mode_nm", "key": NTA_2, "by": reviewer}
    left = actions.leave_out(batch=batches[2].number, words="tube was not mixed, deviation 4", **given)
    (series,) = ProductCharts(product).series(TRENDED["mode_nm"]).values()
    assert (series.points[2].left_out, series.values) == ("tube was not mixed, deviation 4", [100.0, 101.0])
    assert (left.trail_batch, str(left)) == ("", f"{batches[2].number} left out of mode nm on NTA-2")
    with pytest.raises(ActionRefused, match="left out of this chart already"):
        actions.leave_out(batch=batches[2].number, words="again", **given)
    numbers = [batch.number for batch in batches]
    with pytest.raises(ActionRefused, match="No number that counts"):
        actions.freeze_limits(batches=[*numbers, *"abcde"], words="all of them", **given)
    actions.take_back_in(point=left, words="it was mixed after all", by=reviewer)
    assert LeftOutPoint.objects.get().is_withdrawn
    (series,) = ProductCharts(product).series(TRENDED["mode_nm"]).values()
    assert series.values == [100.0, 101.0, 180.0]


# --- pages ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_chart_page_shows_picture_table_and_rules(signed_in, reviewer):
    product, batches = product_with_batches((*[100, 101, 99] * 3, 140))
    client = signed_in(reviewer)
    url = reverse("trend", args=[product.code, "mode_nm"])
    asked = f"{url}?instrument=NTA-2&method=NTA"
    page = client.get(asked).content.decode()
    assert page.count('class="chart-go"') == 10 and f'href="/batches/{batches[9].number}/"' in page
    assert "3 signals, by trial limits" in page and "MR: moving range above its limit" in page
    posted = client.post(asked, {"intention": "freeze", "words": "", "batches": [batches[0].number]})
    assert (posted.status_code, FrozenLimits.objects.count()) == (400, 0)
    chosen = [batch.number for batch in batches[:9]]
    client.post(asked, {"intention": "freeze", "words": "first nine", "batches": chosen})
    assert FrozenLimits.objects.get().size == 9
    client.post(asked, {"intention": "leave_out", "batch": batches[9].number, "words": "wrong tube"})
    after = client.get(asked).content.decode()
    assert "quiet, by frozen limits" in after and "left out: wrong tube" in after and "provisional" in after
    point = LeftOutPoint.objects.get().pk
    client.post(asked, {"intention": "take_back", "point": point, "words": "right tube"})
    assert LeftOutPoint.objects.get().is_withdrawn


def long_series(size=130):
    """So many points around 100, the last ten of them a step higher."""
    values = [100.0 + (place % 5) - 2 + (6 if place >= size - 10 else 0) for place in range(size)]
    points = [Point(str(at), "/", value, value, key=at) for at, value in enumerate(values)]
    return judged_by(Series("NTA-2", "NTA", points), None, limits.of_individuals)


def test_older_points_are_paged_by_unchanged_limits_and_rules():
    """Newest fifty first; limits are those of the newest hundred on every page, and so is what fired."""
    whole = long_series()
    newest, pages_of = whole.before(None), []
    page = newest
    while page is not None:
        pages_of.append([point.key for point in page.points])
        assert (page.limits, page.size) == (whole.limits, 130)
        page = whole.before(page.older) if page.older else None
    assert pages_of == [[*range(80, 130)], [*range(30, 80)], [*range(30)]]
    assert newest.limits == limits.of_individuals(whole.values[-100:])
    assert [one.rule.code for one in newest.signals] == [one.rule.code for one in whole.signals]
    assert newest.signals[0].places == tuple(at - 80 for at in whole.signals[0].places)
    assert newest.ranges[0] == (0, abs(whole.values[80] - whole.values[79]))
    assert (whole.before(0), whole.before(999)) == (None, None)


@pytest.mark.django_db
def test_points_beyond_those_read_at_once_are_reached_by_paging(signed_in, auditor, monkeypatch):
    """Four batches are read at once, two are shown: the page still goes back to the very first."""
    monkeypatch.setattr("batches.trends.rows.MOST_READ", 4)
    monkeypatch.setattr("batches.trends.series.SHOWN", 2)
    product, batches = product_with_batches(range(100, 107))
    client, url = signed_in(auditor), f"/trends/{product.code}/mode_nm/?"
    seen = []
    while url:
        page = client.get(url)
        seen.append([point.label for point in page.context["series"].points])
        url = page.context["older_url"]
    numbers = [batch.number for batch in batches]
    assert seen == [numbers[5:], numbers[3:5], numbers[1:3], numbers[:1]]
    assert "Newest points" in page.content.decode()
    lines = client.get(f"/trends/{product.code}/mode_nm/chart.csv").content.decode().splitlines()
    assert len(lines) == 5


@pytest.mark.django_db
def test_chart_files_are_told_and_hold_the_points(signed_in, auditor):
    product, batches = product_with_batches((100, 101))
    client = signed_in(auditor)
    base = reverse("trend", args=[product.code, "mode_nm"])
    lines = client.get(f"{base}chart.csv").content.decode().splitlines()
    assert (len(lines), lines[1].split(",")[:4]) == (3, [batches[0].number, "", "100", "nm"])
    svg = client.get(f"{base}chart.svg")
    assert (
        svg.content.startswith(b'<svg class="chart chart-wide"')
        and b"xmlns=" in svg.content
        and b"href" not in svg.content
    )
    assert [one.body.count('"format":"svg"') for one in Entry.objects.filter(act="export_chart")] == [0, 1]
    assert client.get(f"{base}chart.png").content.startswith(b"\x89PNG\r\n")
    assert client.get(f"{base}chart.pdf").status_code == 404


@pytest.mark.django_db
def test_pages_of_charts_ask_as_much_for_one_batch_as_for_three(signed_in, reviewer):
    product, batches = product_with_batches([100])
    client = signed_in(reviewer)
    urls = ["/trends/", f"/trends/{product.code}/", f"/trends/{product.code}/mode_nm/"]
    client.get(urls[0])
    for more in ([], [101, 102]):
        for mode in more:
            measured(BatchFactory(version=batches[0].plan.version), mode)
        asked = []
        for url in urls:
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            asked.append(len(queries))
        assert asked == [3, 10, 8]


@pytest.mark.django_db
def test_empty_pages_say_what_to_do(signed_in, operator):
    client = signed_in(operator)
    assert "Nothing to look at yet" in client.get(reverse("trend_list")).content.decode()
    product = MasterVersionFactory().master.product
    assert "Nothing measured yet" in client.get(f"/trends/{product.code}/").content.decode()
    assert "No point yet" in client.get(f"/trends/{product.code}/mode_nm/").content.decode()
    assert client.get(f"/trends/{product.code}/height/").status_code == 404
