"""Pools of the example laboratory: one released, made of two donors' batches, and one in process."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal as D
from random import Random
from typing import Any

from accounts.models import User
from batches.isolation.actions import check_step, finish_step, start_step
from batches.isolation.formulas import rounded as to_places
from batches.masters.models import MasterVersion
from batches.pooling.actions import add_part
from batches.pooling.holdings import Holding, holdings_of
from batches.pooling.parts import Mixture, parts_of
from batches.record.actions import open_batch, submit_batch
from batches.record.models import Batch
from qc.example import reviewing, vials
from qc.example.assaying import track
from qc.example.bench import enter, step_page
from qc.example.clock import Clock
from qc.example.figures import Figures, Passed
from qc.example.masters import FILL_VIALS, STERILE_FILTER, Made, Masters
from qc.example.people import Staff
from qc.example.reporting import tell
from qc.example.specifying import Specified, between, sizes
from qc.example.stories import RELEASED, Story

FILLED_ML, VIALS = D("0.25"), 8
FILL_SMALL = replace(
    FILL_VIALS,
    instructions=FILL_VIALS.instructions.replace("1 mL each", "0.25 mL each"),
    limits={"fill_ml": between("0.23", "0.27", "0.25")},
)
# The parts were weighed; the pool is only counted.
COUNTED = tuple(one for one in sizes("150", "135") if one[0] != "protein_ug_per_ml")
POOL = Made(
    "EV-MIX",
    "Pooled MSC EV preparation",
    "Pools of released batches of different donors, sterile filtered and filled. For research use.",
    "MIX-{year}-{number:04d}",
    "EV-MIX-POOL",
    "Pools of released MSC EV batches",
    Specified("SPEC-MIX-01", "Pooled MSC EVs", COUNTED),
    (STERILE_FILTER, FILL_SMALL),
    begins_with=MasterVersion.Begins.BATCHES,
)
STORY = Story("pool", "", RELEASED, replicates=2, note="Two donors in equal volumes.")
FILTERED = D("0.93")  # of the particles that go onto a sterile filter
LEAST_ML = D(1)
AT = 2  # whose turn it is


def write_pools(masters: Masters, staff: Staff, say: Callable[[str], None]) -> None:
    """Pool what is there: nothing where fewer than two donors' batches with enough volume are released."""
    parts = _two_donors()
    if len(parts) < 2:
        return
    version = masters.make(POOL)
    doer, checker = staff.shift(AT)
    _released(version, parts, staff, doer, checker)
    begun = open_batch(
        version=version, notes="Second pool; the other donor's vials are being thawed.", by=doer
    )
    _add(begun, parts[0].batch, "0.4", doer)
    say("A pool of two donors is released, another is being put together.")


def _two_donors() -> list[Holding]:
    """The newest released batch with enough volume of each of two donors."""
    released = Batch.objects.filter(disposition=RELEASED, product__code="MSC-EV").order_by("-id")
    batches = list(released.select_related("source_lot", "product"))
    holdings = holdings_of(batches)
    found: dict[Any, Holding] = {}
    for batch in batches:
        holding = holdings[batch.pk]
        is_enough = holding.left_ml is not None and holding.left_ml >= LEAST_ML
        if is_enough and holding.particles_per_ml and batch.source_lot:
            found.setdefault(batch.source_lot.donor_id, holding)
    return list(found.values())[:2]


def _released(version: MasterVersion, parts: list[Holding], staff: Staff, doer: User, checker: User) -> Batch:
    pool = open_batch(version=version, notes=STORY.note, by=doer)
    for part in parts:
        _add(pool, part.batch, "1", doer)
    rng = Random(f"exoledger pool {pool.number}")  # noqa: S311 (believable figures, no secret)
    figures = _figures(Mixture.of(parts_of([pool])[pool.pk]), rng)
    _work(pool, figures, rng, doer, checker)
    clock = Clock.of(1, is_late=False)
    track(pool, STORY, figures, clock, rng, doer)
    tell(pool, STORY, doer)
    submit_batch(batch=pool, by=doer)
    reviewing.judge(pool, AT, STORY, staff, doer, checker)
    return pool


def _add(pool: Batch, part: Batch, volume: str, by: User) -> None:
    values = {"volume_ml": D(volume), "notes": "Thawed once, mixed by inverting."}
    add_part(pool=pool, part=part, values=values, typed={"volume_ml": volume}, by=by)


def _figures(mixture: Mixture, rng: Random) -> Figures:
    """What filter and fill make of the parts together."""
    volume, per_ml = mixture.volume_ml or D(0), mixture.particles_per_ml or D(0)
    counted = per_ml * D(str(round(rng.uniform(0.96, 1.05), 3)))
    out = counted * FILTERED
    filled = FILLED_ML * VIALS
    numbers = [to_places(one, 0) or D(0) for one in (counted, out)]
    passed = (Passed(volume, volume, *numbers), Passed(volume, filled, numbers[1], numbers[1]))
    return Figures(volume, numbers[0], passed, rng.uniform(98, 112), 0.34, D(0), D(0))


def _work(pool: Batch, figures: Figures, rng: Random, doer: User, checker: User) -> None:
    """Filter and fill."""
    of_method = (vials.sterile_filter, vials.fill)
    fill = {"fill_ml": FILLED_ML, "vial_count": VIALS, "kept_count": 1}
    for position, passed in enumerate(figures.passed, start=1):
        sheet = step_page(pool, position)
        start_step(sheet=sheet, by=doer)
        values = {
            "volume_in_ml": passed.volume_in_ml,
            "volume_out_ml": passed.volume_out_ml,
            "particles_in_per_ml": passed.in_per_ml,
            "particles_out_per_ml": passed.out_per_ml,
            "temperature_c": D(20),
            **of_method[position - 1](sheet.subject, STORY, passed, rng),
            **(fill if position == 2 else {}),
        }
        enter(sheet, values, doer)
        finish_step(sheet=step_page(pool, position), by=doer)
        check_step(sheet=step_page(pool, position), by=checker)
