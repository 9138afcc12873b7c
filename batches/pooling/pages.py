"""What the pages of a pool's parts show, read in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from batches.pooling.genealogy import Genealogy, Node
from batches.pooling.holdings import Holding, holdings_of
from batches.pooling.models import PoolPart
from batches.pooling.parts import Mixture, Share, parts_of
from batches.record.models import Batch

MOST_OFFERED = 20
ORIGIN_HEADING = ("What", "Code", "Notes", "Made of")


@dataclass(frozen=True)
class PartLine:
    """A part as the page lists it: its share of the pool, and what is left of its batch."""

    row: PoolPart
    share: Share | None
    holding: Holding

    @property
    def left_ml(self) -> Decimal | None:
        return self.holding.left_ml


def panel_of(rows: Sequence[PoolPart]) -> dict[str, Any]:
    """What every page of a pool shows of its parts: each with its share, and their sums."""
    mixture = Mixture.of(rows)
    shares = {share.part.pk: share for share in mixture.shares()}
    return {"mixture": mixture, "parts": [(row, shares.get(row.pk)) for row in rows]}


def parts_page(pool: Batch) -> dict[str, Any]:
    """The same with what is left of each part, and released batches that could be taken."""
    rows = parts_of([pool])[pool.pk]
    shown = panel_of(rows)
    offered = _offered(pool, rows) if pool.is_editable else []
    holdings = holdings_of([*{row.part_id: row.part for row in rows}.values(), *offered])
    lines = [PartLine(row, share, holdings[row.part_id]) for row, share in shown["parts"]]
    return {**shown, "lines": lines, "offered": [holdings[batch.pk] for batch in offered]}


def _offered(pool: Batch, rows: Sequence[PoolPart]) -> list[Batch]:
    """The newest released batches that are no part yet."""
    taken = {row.part_id for row in rows}
    released = Batch.objects.filter(disposition=Batch.Disposition.RELEASED).exclude(pk__in={*taken, pool.pk})
    return list(released.select_related("product").order_by("-id")[:MOST_OFFERED])


def went_into(batch: Batch) -> list[PoolPart]:
    """Standing parts of pools that were taken of the batch; one query."""
    rows = PoolPart.objects.filter(part=batch, is_voided=False)
    return list(rows.select_related("pool__product").order_by("id"))


@dataclass(frozen=True)
class OriginLine:
    """A row of the table beside the picture."""

    node: Node
    place: str
    made_of: str


def origin_lines(found: Genealogy) -> list[OriginLine]:
    """Everything in the line, origins first, each with what it was made of."""
    above = {node.key for node in found.upstream()}
    ordered = sorted(found.nodes.values(), key=lambda node: found.rank(node.key))
    return [OriginLine(node, _place(found, node, above), _made_of(found, node)) for node in ordered]


def _place(found: Genealogy, node: Node, above: set[Any]) -> str:
    if node.key == found.about:
        return "this batch"
    return "origin" if node.key in above else "made of it"


def _made_of(found: Genealogy, node: Node) -> str:
    links = [link for link in found.links if link.made == node.key]
    return "; ".join(f"{found.nodes[link.origin].name} {link.words}".strip() for link in links)


def origin_rows(found: Genealogy) -> list[tuple[str, ...]]:
    """The table as a file, its heading first."""
    lines = ((one.node.kind_words, one.node.name, one.node.words, one.made_of) for one in origin_lines(found))
    return [ORIGIN_HEADING, *lines]
