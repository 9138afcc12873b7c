"""How steps go together: each rule with a case that fires and one that does not."""

from decimal import Decimal as D

from batches.isolation import combining
from batches.isolation.combining import RULES, Way, remarks_on
from batches.isolation.methods import METHODS
from batches.isolation.models import ProcessStep, accessor_of


def step(method, volumes=(None, None), purpose="concentrate", kept="", **details):
    into, out = (None if one is None else D(one) for one in volumes)
    made = ProcessStep(
        position=1,
        name="x",
        method=method,
        purpose=purpose,
        fraction_kept=kept,
        volume_in_ml=into,
        volume_out_ml=out,
    )
    setattr(made, accessor_of(method), METHODS[method].details(step=made, **details))
    return made


UC = ("ultracentrifugation", (400, 8), "concentrate", "pellet")
SEC = "size_exclusion"
CASES = {
    "more_in_than_out": (
        Way([step(*UC), step(SEC, (10, 2))], D(400)),
        Way(
            [step(*UC), step(SEC, (8, 2)), step("wash", (22, 2), wash_volume_ml=D(10), wash_count=2)], D(400)
        ),
    ),
    "bulk_is_filled": (
        Way([step(SEC, (8, 10)), step("fill", (8, 8), "fill")]),
        Way([step(SEC, (8, 10)), step("fill", (10, 10), "fill")]),
    ),
    "pellet_thrown_away": (
        Way([step("ultracentrifugation", kept="supernatant")]),
        Way([step("ultracentrifugation", purpose="clear", kept="supernatant")]),
    ),
    "column_dilutes": (
        Way([step(*UC), step(SEC, purpose="polish")], None, True),
        Way([step(SEC, purpose="polish"), step("ultrafiltration")], None, True),
    ),
    "nothing_prepares": (Way([step("filtration", purpose="clear")]), Way([step(*UC)])),
    "beads_are_counted": (
        Way([step("immunoaffinity", elution="none")], None, True),
        Way([step("immunoaffinity", elution="low_ph")], None, True),
    ),
    "subset_by_marker": (
        Way([step("immunoaffinity", kept="eluate")]),
        Way([step("immunoaffinity", kept="depleted")]),
    ),
}


def test_every_combination_rule_fires_where_it_should_and_nowhere_else():
    found = {name: [len(getattr(combining, name)(way)) for way in cases] for name, cases in CASES.items()}
    assert found == {name: [1, 0] for name in CASES}
    assert [rule.__name__ for rule in RULES] == list(CASES)


def test_remarks_name_the_step_and_the_figures():
    way = Way([step(*UC), step(SEC, (10, 2))], D(300))
    assert [(one.words, one.step) for one in remarks_on(way)] == [
        ("400 mL went in, 300 mL came out of the harvest: say what was added.", way.steps[0]),
        ("10 mL went in, 8 mL came out of Step 1 · x: say what was added.", way.steps[1]),
    ]


def test_nothing_is_said_of_a_batch_without_steps_or_volumes():
    assert remarks_on(Way([])) == []
    assert remarks_on(Way([step(SEC), step("ultrafiltration")], D(400), True)) == []
