"""What a pool must hold: volumes and particles of its parts."""

from decimal import Decimal as D

import pytest

from batches.pooling.conserving import conserved_in
from batches.pooling.drawing import layout_of, picture_of
from batches.pooling.genealogy import Genealogy, Node
from batches.pooling.holdings import volume_of
from batches.pooling.models import PoolPart
from batches.record.models import Batch
from batches.reporting.balance import FROM_PARTS, balance_of
from batches.reporting.doubts import doubts_of
from batches.reporting.evtrack import lines_of
from batches.reporting.loading import Made
from batches.reporting.methods_text import methods_of
from batches.reporting.rules.source import POOLED, amount_stated, cells_counted, cleared_and_stored
from tests.batches.reporting.made import assay, made, step


def pool(*rows, parts=((1, "3e10"), (1, "1e10"))):
    """A pool of 1 mL with 3×10¹⁰/mL and 1 mL with 1×10¹⁰/mL: 2 mL with 4×10¹⁰ particles."""
    one = made(*rows)
    one.batch.source_lot = None
    taken = []
    for position, (volume, per_ml) in enumerate(parts, 1):
        part = Batch(pk=position, number=f"P-{position}")
        row = PoolPart(pool=one.batch, part=part, position=position)
        row.volume_ml = None if volume is None else D(volume)
        row.particles_per_ml = None if per_ml is None else D(per_ml)
        taken.append(row)
    return Made.of(one.batch, (), (), one.steps, one.assays, parts=tuple(taken))


def test_a_pools_balance_begins_with_its_parts():
    balance = balance_of(pool(step(1, in_ml=2, out_ml="1.9", out_per_ml="2e10")))
    into = balance.overall.into
    assert (into.volume_ml, into.particles_per_ml) == ((2, FROM_PARTS), (D("2e10"), FROM_PARTS))
    assert (balance.steps[0].recovery_percent, doubts_of(balance)) == (D(95), [])


@pytest.mark.parametrize(
    ("counted", "share", "is_apart"),
    [("1.6e10", 80, False), ("2.4e10", 120, False), ("1.58e10", 79, True), ("2.42e10", 121, True)],
)
def test_particles_counted_before_the_first_step_are_those_of_the_parts(counted, share, is_apart):
    found = conserved_in(balance_of(pool(step(1, in_ml=2, out_ml=2, in_per_ml=counted))))
    assert (found.found_percent, found.is_apart) == (share, is_apart)


def test_without_a_count_before_the_first_step_the_final_preparation_is_looked_at():
    one = pool(step(1, in_ml=2, out_ml=2), assay(1, "nta", particles_per_ml=D("1e10")))
    words = [doubt.words for doubt in doubts_of(balance_of(one))]
    assert words == ["50 % of the particles of the parts were counted in the final preparation"]


def test_more_liquid_than_parts_and_diluent_is_told():
    words = [doubt.words for doubt in doubts_of(balance_of(pool(step(1, in_ml="2.1", out_ml=2))))]
    assert words == ["2.1 mL went into the first step, parts and diluent are 2 mL"]
    assert doubts_of(balance_of(pool(step(1, in_ml="2.02", out_ml=2)))) == []


def test_unknown_parts_make_nothing_doubtful():
    one = pool(step(1, in_ml=5, out_ml=2), parts=((None, None), (1, "1e10")))
    assert (conserved_in(balance_of(one)).found_percent, doubts_of(balance_of(one))) == (None, [])


def test_a_pool_without_steps_is_what_went_in():
    assert volume_of(pool()).value == 2


def test_reporting_of_a_pool_names_its_parts():
    one = pool()
    assert [rule(one).words for rule in (cells_counted, cleared_and_stored)] == [POOLED, POOLED]
    assert amount_stated(one).words == "P-1 1 mL, P-2 1 mL"
    assert [line.value for line in lines_of(one) if line.block == "Sample"] == ["P-1 1 mL, P-2 1 mL"]
    assert "The preparation is a pool of 2 released batches: 1 mL of P-1, 1 mL of P-2." in methods_of(one)


def lineage():
    """Two donors' batches in one pool, told of the pool."""
    found = Genealogy(("pool", 9))
    for kind, pk in (("donor", 1), ("donor", 2)):
        found.add(Node((kind, pk), f"D-{pk}", "", "/d/"))
    for pk in (1, 2):
        found.add(Node(("lot", pk), f"L-{pk}", "", "/l/"))
        found.add(found.nodes["donor", pk], ("lot", pk))
        found.add(Node(("batch", pk), f"B-{pk}", "", "/b/"))
        found.add(found.nodes["lot", pk], ("batch", pk))
    found.add(Node(("pool", 9), "P-9", "", "/p/"))
    for pk in (1, 2):
        found.add(found.nodes["batch", pk], ("pool", 9), f"{pk} mL")
    return found


def test_origins_stand_left_of_what_was_made_of_them_and_boxes_apart():
    found = lineage()
    places = layout_of(found).places
    assert all(places[link.origin][0] < places[link.made][0] for link in found.links)
    assert len(set(places.values())) == len(places)
    assert places["batch", 1][1] < places["pool", 9][1] < places["batch", 2][1]
    assert [node.label for node in found.upstream()] == ["B-1", "B-2", "L-1", "L-2", "D-1", "D-2"]
    assert (found.downstream(), picture_of(found).count("<a ")) == ([], 7)
