"""What a pool is made of: whether its parts are still what they were, and whether they add up."""

from collections.abc import Iterator

from batches.pooling.conserving import conserved_in
from batches.pooling.models import PoolPart
from batches.quantities import people_number
from batches.record.models import Batch
from qc.exceptions.basis import Basis
from qc.exceptions.kinds import Found, Pill, rule

PART = Pill("fail", "layer-group", "part of the pool")


def _of_part(basis: Basis, row: PoolPart, what: str) -> Found:
    is_own = row.pool_id == basis.record.batch.pk
    inner = "" if is_own else f" of {row.pool.number}"
    home = f"/batches/{basis.number}"
    url = f"{home}/parts/#part-{row.position}" if is_own else f"{home}/origins/"
    where = f"Part {row.position}{inner}: {row.part.number}"
    return Found(what, where, url, record_kind=row._meta.label_lower, record_id=row.pk)


@rule("Every part of a pool is a released batch", "critical", PART, over="records", since="1.4")
def part_not_released(basis: Basis) -> Iterator[Found]:
    for row in basis.record.pooled.through:
        if row.part.disposition != Batch.Disposition.RELEASED:
            state = (
                row.part.get_disposition_display() if row.part.disposition else row.part.get_status_display()
            )
            yield _of_part(basis, row, f"{row.part.number} is not released any more: {state.lower()}")


@rule("No part of a pool was changed after its release", "critical", PART, over="records", since="1.4")
def part_changed(basis: Basis) -> Iterator[Found]:
    for row in basis.record.pooled.through:
        if row.part_id in basis.record.pooled.changed:
            yield _of_part(basis, row, f"{row.part.number} was changed after its release was signed")


@rule("No more was taken of a batch than there was", "major", PART, over="records", since="1.4")
def part_overdrawn(basis: Basis) -> Iterator[Found]:
    for row in basis.record.pooled.through:
        holding = basis.record.pooled.holdings.get(row.part_id)
        left = holding.left_ml if holding else None
        if left is not None and left < 0:
            more = f"{people_number(-left)} mL more of {row.part.number}"
            told = f"Pools took {more} than its record says there was"
            yield _of_part(basis, row, told)


@rule(
    "The liquid and the particles of a pool are those of its parts (particles: 80 to 120 %)",
    "major",
    Pill("fail", "scale-unbalanced", "not conserved"),
    over="batch",
    since="1.4",
)
def pool_not_conserved(basis: Basis) -> Iterator[Found]:
    for words in conserved_in(basis.record.balance).words() if basis.record.pooled.parts else ():
        yield Found(words, "Parts", f"/batches/{basis.number}/parts/")
