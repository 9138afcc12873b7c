"""Parts of pools: what may be taken, what is left, what adds up."""

from decimal import Decimal

import pytest

from audit.refusal import ActionRefused, Reason, ReasonMissing, RoleRefused, ValueRefused
from batches.pooling import actions
from batches.pooling.holdings import holdings_of, taken_of
from batches.pooling.models import PoolPart
from batches.pooling.parts import Mixture, parts_of
from batches.record.models import Batch
from batches.source.models import Harvest
from tests.batches.pooling.making import added, disposed, opened_pool, pool_master, released
from tests.factories import BatchFactory, MasterVersionFactory, PersonFactory, SourceLotFactory, system
from tests.qc.test_at_once import at_once

WHY = Reason("typing_error", "digits swapped")


def mixture(*rows):
    """Of (volume, particles per mL, diluent) each."""
    made = []
    for position, (volume, per_ml, diluent) in enumerate(rows, 1):
        numbers = [None if one is None else Decimal(str(one)) for one in (volume, per_ml, diluent)]
        row = PoolPart(position=position, volume_ml=numbers[0], particles_per_ml=numbers[1])
        row.diluent_ml = numbers[2]
        made.append(row)
    return Mixture.of(made)


def test_volume_and_particles_add_up():
    pool = mixture((2, "1e10", None), (1, "4e10", 1))
    assert (pool.of_parts_ml, pool.diluent_ml, pool.volume_ml) == (3, 1, 4)
    assert (pool.particles, pool.particles_per_ml) == (Decimal("6e10"), Decimal("1.5e10"))
    shares = [(round(one.of_volume, 1), round(one.of_particles, 1)) for one in pool.shares()]
    assert shares == [(Decimal("66.7"), Decimal("33.3")), (Decimal("33.3"), Decimal("66.7"))]


def test_one_unknown_part_makes_the_sum_unknown():
    assert (
        mixture((2, None, None), (1, "4e10", None)).particles,
        mixture((None, "1e10", None)).volume_ml,
    ) == (
        None,
        None,
    )
    assert (mixture().volume_ml, mixture().particles, mixture().shares()) == (None, None, [])


def test_a_voided_part_counts_nowhere():
    voided = PoolPart(position=1, volume_ml=Decimal(2), particles_per_ml=Decimal(5), is_voided=True)
    assert Mixture.of([voided]).parts == ()


def test_a_pool_is_opened_without_lot_and_harvest(operator):
    pool = opened_pool(operator)
    assert (pool.is_pool, Harvest.objects.filter(batch=pool).count(), pool.steps.count()) == (True, 0, 1)


@pytest.mark.parametrize(
    ("master", "with_lot", "words"),
    [
        (pool_master, True, "a pool has no source lot of its own"),
        (MasterVersionFactory, False, "choose the source lot"),
    ],
)
def test_master_and_source_must_fit(operator, master, with_lot, words):
    version, lot = master(), SourceLotFactory() if with_lot else None
    with pytest.raises(ValueRefused, match=words):
        BatchFactory(version=version, source_lot=lot, by=operator)
    assert Batch.objects.count() == 0


def test_a_part_keeps_what_its_record_said_when_it_was_taken(operator):
    part, pool = released(operator), opened_pool(operator)
    row = added(pool, part, operator, "0.5")
    assert (row.particles_per_ml, row.particles_from) == (Decimal("3e10"), "entered with the step")
    assert (row.trail_batch, row.position) == (pool.number, 1)
    pool.refresh_from_db()
    lot = part.source_lot
    assert (pool.further_lots, lot.donor.code.lower() in pool.search_text) == (lot.code, True)
    holding = holdings_of([part])[part.pk]
    assert (holding.made_ml.value, holding.made_ml.source, holding.left_ml) == (
        2,
        "out of step 1",
        Decimal("1.5"),
    )


def test_more_than_is_left_is_refused_naming_what_is_left(operator):
    part, first, second = released(operator), opened_pool(operator), opened_pool(operator)
    row = added(first, part, operator, "1.5")
    left = f"{part.number} has 0.5 mL left of 2 mL: pools took 1.5 mL."
    with pytest.raises(ValueRefused) as refused:
        added(second, part, operator, "0.6")
    assert (str(refused.value), refused.value.field) == (left, "volume_ml")
    added(second, part, operator, "0.5")
    with pytest.raises(ValueRefused, match=r"has 1\.5 mL left of 2 mL: pools took 0\.5 mL"):
        actions.correct_part(row=row, values={"volume_ml": Decimal("1.6")}, by=operator, reason=WHY)
    actions.void_part(row=row, by=operator, reason=WHY)
    assert taken_of([part]) == {part.pk: Decimal("0.5")}


@pytest.mark.parametrize("disposition", ["", "rejected", "quarantined", "retest"])
def test_only_released_batches_become_parts(operator, disposition):
    part = disposed(released(operator), disposition)
    with pytest.raises(ValueRefused, match=r"is not released .*: only released batches go into a pool"):
        added(opened_pool(operator), part, operator)


def test_a_batch_without_a_volume_gives_none(operator):
    part = disposed(BatchFactory(by=operator))
    with pytest.raises(ValueRefused, match="does not say how much there is"):
        added(opened_pool(operator), part, operator)


def test_a_pool_is_no_part_of_itself_nor_of_its_parts(operator):
    part = released(operator)
    first, second = opened_pool(operator), opened_pool(operator)
    added(first, part, operator, "0.5")
    with pytest.raises(ValueRefused, match="is a part of this pool already"):
        added(first, part, operator, "0.5")
    disposed(first)
    row = added(second, first, operator, None)
    assert (row.particles_per_ml, row.volume_ml) == (None, None)
    disposed(second)
    disposed(first, "", "returned")
    with pytest.raises(ValueRefused, match=f"was made of {first.number}: it can't go back into it"):
        added(first, second, operator, None)
    with pytest.raises(ValueRefused, match="a part of itself"):
        added(first, first, operator, None)


def test_parts_are_changed_by_lab_staff_while_the_pool_is_open(operator, auditor):
    part, pool = released(operator), opened_pool(operator)
    row = added(pool, part, operator)
    with pytest.raises(RoleRefused):
        added(pool, part, auditor)
    with pytest.raises(ReasonMissing):
        actions.correct_part(row=row, values={"volume_ml": Decimal(2)}, by=operator)
    with pytest.raises(ReasonMissing):
        actions.void_part(row=row, by=operator, reason=None)
    with pytest.raises(ActionRefused, match="only a pool is made of batches"):
        added(part, released(operator), operator)
    disposed(pool)
    with pytest.raises(ActionRefused, match="nothing can be changed"):
        actions.void_part(row=row, by=operator, reason=WHY)


def test_parts_of_any_number_of_pools_are_one_query_and_none_without_a_pool(
    operator, django_assert_num_queries
):
    pools = [opened_pool(operator) for _ in range(2)]
    for pool in pools:
        added(pool, released(operator), operator)
    with django_assert_num_queries(1):
        assert [[row.position for row in rows] for rows in parts_of(pools).values()] == [[1], [1]]
    with django_assert_num_queries(0):
        assert parts_of([Batch(pk=1, source_lot_id=1)]) == {}


def test_two_take_the_last_at_once(transactional_db):
    system()
    people = [PersonFactory(username=name) for name in ("operator8", "operator9")]
    part = released(people[0])
    pools = {person.pk: opened_pool(person) for person in people}
    told = at_once(lambda person: added(pools[person.pk], part, person, "1.5"), people)
    assert told == ["", f"{part.number} has 0.5 mL left of 2 mL: pools took 1.5 mL."]
    assert PoolPart.objects.get().volume_ml == Decimal("1.5")
