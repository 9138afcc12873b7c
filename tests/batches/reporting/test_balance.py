"""Recovery: over records that were never saved, so nothing here asks a database."""

from decimal import Decimal as D
from types import SimpleNamespace

import pytest

from batches.isolation.models import ProcessStep
from batches.reporting.added import added_ml
from batches.reporting.balance import balance_of
from batches.reporting.beside import usual_among
from batches.reporting.doubts import doubts_of, lacking_in
from batches.reporting.waterfall import levels_of, waterfall
from tests.batches.reporting.made import assay, made, step


def three_steps(*more, **changed):
    """480 mL of 4×10⁹/mL cleared (97.5 %), pelleted (50 %) and washed (70 %)."""
    first = {"in_ml": 480, "out_ml": 468, "in_per_ml": "4e9", "out_per_ml": "4e9"}
    second = {"in_ml": 468, "out_ml": 8, "out_per_ml": "1.17e11"}
    third = {"in_ml": 8, "out_ml": "0.5", "out_per_ml": "1.3104e12"}
    second.update(changed.pop("second", {}))
    third.update(changed.pop("third", {}))
    return made(
        step(1, fraction_kept="supernatant", **first),
        step(2, fraction_kept="pellet", details={"resuspension_volume_ml": D(8)}, **second),
        step(3, fraction_kept="pellet", details={"resuspension_volume_ml": D("0.5")}, **third),
        *more,
        **changed,
    )


def shares(balance):
    return [None if one.recovery_percent is None else round(one.recovery_percent, 4) for one in balance.steps]


def test_recovery_of_each_step_and_over_all():
    balance = balance_of(three_steps())
    assert shares(balance) == [D("97.5"), D(50), D(70)]
    overall = balance.overall
    assert (overall.recovery_percent, overall.product_percent, overall.is_apart) == (
        D("34.125"),
        D("34.125"),
        False,
    )
    assert (overall.volume_factor, overall.concentration_factor) == (D(960), D("327.6"))


def test_what_came_out_of_a_step_goes_into_the_next():
    second = balance_of(three_steps()).steps[1]
    assert second.into.particles_per_ml == (D("4e9"), "as it came out before")
    assert (second.volume_factor, second.concentration_factor, second.lost) == (
        D("58.5"),
        D("29.25"),
        D("9.36e11"),
    )


def test_a_count_before_the_next_step_is_one_after_this():
    balance = balance_of(
        made(
            step(1, in_ml=100, out_ml=100, in_per_ml="1e9"),
            step(2, in_ml=100, out_ml=1, in_per_ml="9e8", out_per_ml="4.5e10"),
        )
    )
    assert shares(balance) == [D(90), D(50)]
    assert balance.steps[0].out.particles_per_ml == (D("9e8"), "counted before the next step")


def test_assays_tell_what_the_steps_do_not():
    balance = balance_of(
        made(
            step(1, in_ml=100, out_ml=2),
            step(2, in_ml=2, out_ml=1),
            assay(1, "nta", sample="starting", particles_per_ml=D("1e9")),
            assay(2, "nta", sample="step", after_step=1, particles_per_ml=D("3e10")),
            assay(3, "nta", sample="step", after_step=1, particles_per_ml=D("2e10")),
            assay(4, "nta", particles_per_ml=D("2e10")),
            assay(5, "protein", sample="starting", protein_ug_per_ml=D(50)),
            assay(6, "protein", protein_ug_per_ml=D(5)),
        )
    )
    assert shares(balance) == [D(50), D(40)]
    assert balance.steps[0].out.particles_per_ml == (D("2.5e10"), "mean of assays 2, 3")
    overall = balance.overall
    assert (overall.into.particles_per_ug, overall.out.particles_per_ug) == (D("2e7"), D("4e9"))
    assert (overall.purification_factor, overall.protein_removal_percent) == (D(200), D("99.9"))


@pytest.mark.parametrize(
    "left_out",
    [{"status": "open"}, {"protein_ug_per_ml_sign": "<"}],
    ids=["not finished", "below the limit"],
)
def test_a_result_that_is_none_does_not_count(left_out):
    protein = assay(1, "protein", sample="starting", protein_ug_per_ml=D(50), **left_out)
    assert balance_of(made(step(1, in_ml=100, out_ml=2), protein)).overall.into.protein_ug_per_ml is None


def test_the_final_preparation_is_not_there_before_the_last_step_was_begun():
    counted = assay(1, "nta", particles_per_ml=D("2e10"))
    balance = balance_of(
        made(step(1, in_ml=100, out_ml=2, in_per_ml="1e9"), step(2, status="planned"), counted)
    )
    assert (shares(balance), balance.overall.recovery_percent) == ([None], None)


def test_two_ways_that_differ_by_more_than_a_tenth_are_shown():
    final = assay(1, "nta", particles_per_ml=D("1.7e12"))
    balance = balance_of(three_steps(final, harvest={"starting_volume_ml": D(480)}))
    assert balance.overall.is_apart is True
    assert [one.words for one in doubts_of(balance)] == [
        "the steps multiply to 34.1 %, final over starting gives 44.3 %: more than a tenth apart"
    ]


@pytest.mark.parametrize(
    ("changed", "words", "is_impossible"),
    [
        (
            {"third": {"out_per_ml": "2.3e12"}},
            "123 % of the particles came out, more than went in",
            False,
        ),
        (
            {"third": {"out_per_ml": "1.31e13"}},
            "700 % of the particles came out, more than counting error can explain: look at dilution, volume "
            "and unit",
            True,
        ),
        (
            {"third": {"out_ml": 9, "out_per_ml": "1e11"}},
            "9 mL came out, 8 mL went in and 0.5 mL were added",
            True,
        ),
        ({"third": {"in_ml": 12}}, "12 mL went in, only 8 mL came out before", False),
        (
            {"second": {"in_ug": 100, "out_ug": 9000}},
            "154 % of the protein came out, more than went in",
            False,
        ),
        (
            {"second": {"in_ug": 10, "out_ug": 400}},
            "fewer particles per µg came out than went in (purification factor 0.731)",
            False,
        ),
    ],
    ids=["doubtful", "impossible", "volume", "between", "protein", "less pure"],
)
def test_what_can_not_be_or_is_hard_to_believe(changed, words, is_impossible):
    found = doubts_of(balance_of(three_steps(**changed)))
    assert (words, is_impossible) in [(one.words, one.is_impossible) for one in found]


def test_more_volume_than_went_in_where_nobody_wrote_what_was_added():
    [doubt] = doubts_of(balance_of(made(step(1, in_ml=1, out_ml=4, fraction_kept="pellet"))))
    assert (doubt.words, doubt.is_impossible, doubt.url) == (
        "4 mL came out, 1 mL went in; what was added is not recorded",
        False,
        "/batches/B-1/steps/1/#value-volume_out_ml",
    )


def test_a_column_gives_no_more_than_its_pooled_fractions():
    pooled = {"first_pooled": 7, "last_pooled": 10, "fraction_size_ml": D("0.5")}
    fits = made(step(1, "size_exclusion", in_ml="0.5", out_ml=2, details=pooled))
    too_much = made(step(1, "size_exclusion", in_ml="0.5", out_ml=5, details=pooled))
    assert [len(doubts_of(balance_of(one))) for one in (fits, too_much)] == [0, 1]


def test_a_sample_after_a_step_that_there_is_not_is_named():
    lost = assay(3, "nta", sample="step", after_step=7, particles_per_ml=D(1))
    nowhere = assay(4, "nta", sample="step", particles_per_ml=D(1))
    found = doubts_of(balance_of(made(step(1), lost, nowhere)))
    assert [(one.words, one.url) for one in found] == [
        ("there is no step 7", "/batches/B-1/assays/3/#value-after_step"),
        ("it does not say after which step", "/batches/B-1/assays/4/#value-after_step"),
    ]


def test_what_lacks_is_named_with_the_way_to_the_field():
    found = lacking_in(balance_of(made(step(1, in_ml=100, in_per_ml="1e9"), step(2, status="running"))))
    assert [(one.where, one.what, one.url) for one in found] == [
        ("Step 1 · Step1", "volume out", "/batches/B-1/steps/1/#value-volume_out_ml"),
        ("Step 1 · Step1", "particles out", "/batches/B-1/steps/1/#value-particles_out_per_ml"),
    ]


def test_usual_is_told_by_place_in_the_plan_and_method():
    others = [
        balance_of(
            made(
                step(1, in_ml=10, out_ml=10, in_per_ml="1e9", out_per_ml=f"{share}e7"),
                step(2, planned=None, in_ml=10, out_ml=10, out_per_ml="1e7"),
            )
        )
        for share in (50, 60, 80, 90)
    ]
    usual = usual_among(others)
    here, unplanned = balance_of(made(step(1), step(2, planned=None))).steps
    same = usual.of(here)
    assert (same.n, same.median, same.low, same.high) == (4, D(70), D(50), D(90))
    assert usual.of(unplanned) is None
    assert usual.of(balance_of(made(step(1, "precipitation"))).steps[0]) is None


def test_the_waterfall_tells_what_it_draws_and_leaves_open_what_is_not_known():
    balance = balance_of(three_steps(second={"out_per_ml": "1.17e11", "out_ml": 8}))
    broken = balance_of(
        made(
            step(1, in_ml=480, out_ml=470, in_per_ml="4e9"),
            step(2, in_ml=470, out_ml=8),
            step(3, in_ml=8, out_ml=1, out_per_ml="5e11"),
        )
    )
    nobody = usual_among([])
    told = 'aria-label="Particles left after each step. Start: 1.92×10¹², 1 · Step1: 1.87×10¹², 2 · Step2: '
    assert told in waterfall(levels_of(balance, nobody))
    for is_log in (False, True):
        drawn = waterfall(levels_of(broken, nobody), is_log=is_log)
        assert [drawn.count(kind) for kind in ("chart-bar", "chart-loss", "not measured</text>")] == [2, 1, 2]
    assert waterfall(levels_of(balance_of(made(step(1))), nobody)) == ""
    assert 'class="chart-usual"' in waterfall(levels_of(balance, usual_among([balance])))


@pytest.mark.parametrize(
    ("method", "details", "added"),
    [
        ("clearing_spin", {}, 0),
        ("fill", {}, 0),
        ("filtration", {"flush_ml": None}, 0),
        ("filtration", {"flush_ml": D(2)}, 2),
        ("ultrafiltration", {"wash_count": 3, "wash_volume_ml": D(15)}, 45),
        ("ultrafiltration", {"wash_count": 0, "wash_volume_ml": None}, 0),
        ("ultrafiltration", {"wash_count": None, "wash_volume_ml": None}, None),
        ("wash", {"wash_count": None, "wash_volume_ml": D(8)}, 8),
        ("tangential_flow", {"diafiltration_volumes": D(6), "flush_ml": D(5)}, 65),
        ("immunoaffinity", {"eluate_volume_ml": D("0.2")}, D("0.2")),
        ("buffer_exchange", {"exchange_count": 4, "added_volume_ml": D(10)}, 40),
        ("precipitation", {}, None),
    ],
)
def test_what_each_method_adds_to_the_liquid(method, details, added):
    one = ProcessStep(method=method, volume_out_ml=D(10))
    assert added_ml(one, SimpleNamespace(**details)) == added
