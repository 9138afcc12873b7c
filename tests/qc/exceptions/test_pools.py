"""Rules about what a pool is made of."""

from decimal import Decimal

from batches.pooling.holdings import Holding
from batches.pooling.models import PoolPart
from batches.record.models import Batch
from batches.reporting.balance import Known
from qc.pooling import Pooled
from tests.qc.exceptions.made import made, of


def pool(*, disposition="released", changed=(), taken="1", steps=None):
    """A pool of 480 mL of one batch with 1×10⁹ particles per mL, which went into its spin."""
    part = Batch(pk=7, number="EXO-2026-0007", status="approved", disposition=disposition)
    record = made()
    record.batch.source_lot = None
    row = PoolPart(pk=3, pool=record.batch, part=part, position=1, particles_per_ml=Decimal("1e9"))
    row.volume_ml = Decimal(480)
    holding = Holding(part, Known(Decimal(500), "out of step 1"), Decimal(taken), None)
    pooled = Pooled([row], [row], {7: holding}, frozenset(changed))
    return made(batch=record.batch, harvests=[], lots=[], pooled=pooled, steps=steps or record.steps)


def told(record, code):
    return [(one.where, one.what, one.url) for one in of(record, code)]


WHERE, URL = "Part 1: EXO-2026-0007", "/batches/EXO-2026-0001/parts/#part-1"


def test_part_not_released_fires():
    what = "EXO-2026-0007 is not released any more: quarantined"
    assert told(pool(disposition="quarantined"), "part_not_released") == [(WHERE, what, URL)]


def test_part_not_released_is_quiet_while_it_is():
    assert of(pool(), "part_not_released") == of(made(), "part_not_released") == []


def test_part_changed_fires():
    what = "EXO-2026-0007 was changed after its release was signed"
    assert told(pool(changed=[7]), "part_changed") == [(WHERE, what, URL)]


def test_part_changed_is_quiet_about_others():
    assert of(pool(changed=[8]), "part_changed") == []


def test_part_overdrawn_fires():
    what = "Pools took 1.5 mL more of EXO-2026-0007 than its record says there was"
    assert told(pool(taken="501.5"), "part_overdrawn") == [(WHERE, what, URL)]


def test_part_overdrawn_is_quiet_about_the_last_drop():
    assert of(pool(taken="500"), "part_overdrawn") == []


def test_pool_not_conserved_fires():
    record = pool()
    step = record.steps[0]
    step.volume_in_ml, step.particles_in_per_ml = Decimal(490), Decimal("7e8")
    assert [what for _, what, _ in told(record, "pool_not_conserved")] == [
        "490 mL went into the first step, parts and diluent are 480 mL",
        "70 % of the particles of the parts were counted before the first step (entered with the step)",
    ]


def test_pool_not_conserved_is_quiet_within_counting_error():
    record = pool()
    record.steps[0].particles_in_per_ml = Decimal("1.2e9")
    assert of(record, "pool_not_conserved") == of(made(), "pool_not_conserved") == []
