"""Where a batch comes from and what became of it: donor or bank, source lot, harvest, batch, pool.

Read level by level: one query for the parts of each level of pools, one for all harvests. Only what stands
counts: voided harvests and parts are no origin.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.urls import reverse

from batches.pooling.models import PoolPart
from batches.quantities import people_number
from batches.record.models import Batch
from batches.source.models import Harvest, SourceLot

KINDS = {
    "donor": "Donor",
    "bank": "Cell bank",
    "lot": "Source lot",
    "harvest": "Harvest",
    "batch": "Batch",
    "pool": "Pool",
}
Key = tuple[str, int]


@dataclass(frozen=True)
class Node:
    """One thing in the line: what kind, how it is called, a few words on it, and its page.

    `of` names the batch whose harvest it is, for there the picture alone tells which.
    """

    key: Key
    label: str
    words: str
    url: str
    of: str = ""

    @property
    def kind(self) -> str:
        return self.key[0]

    @property
    def name(self) -> str:
        """How it is called where no line leads to it."""
        return f"{self.label} of {self.of}" if self.of else self.label

    @property
    def kind_words(self) -> str:
        return KINDS[self.kind]


class Link(NamedTuple):
    """From an origin to what was made of it; `words` tell how much."""

    origin: Key
    made: Key
    words: str = ""


@dataclass
class Genealogy:
    """Things and links, with the batch that they are told of."""

    about: Key
    nodes: dict[Key, Node] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def add(self, node: Node, made: Key | None = None, words: str = "") -> None:
        """Add an origin of something; twice is once."""
        self.nodes.setdefault(node.key, node)
        link = Link(node.key, made, words) if made else None
        if link and link not in self.links:
            self.links.append(link)

    def origins(self, key: Key) -> list[Key]:
        """What it was made of, in the order of reading."""
        return [link.origin for link in self.links if link.made == key]

    def rank(self, key: Key) -> int:
        """How many steps it stands from the first origin: things of one kind stand under each other."""
        lowest = {"donor": 0, "bank": 0, "lot": 1, "harvest": 2, "batch": 3, "pool": 4}[key[0]]
        return max([lowest, *(self.rank(one) + 1 for one in self.origins(key))])

    def upstream(self) -> list[Node]:
        """Everything that the batch was made of, directly or not."""
        return [self.nodes[key] for key in self._reached(self.about, up=True)]

    def downstream(self) -> list[Node]:
        """Everything that was made of the batch."""
        return [self.nodes[key] for key in self._reached(self.about, up=False)]

    def _reached(self, start: Key, *, up: bool) -> list[Key]:
        found: dict[Key, None] = {}
        waiting = [start]
        while waiting:
            key = waiting.pop(0)
            steps = [(link.made, link.origin) if up else (link.origin, link.made) for link in self.links]
            for here, there in steps:
                if here == key and there not in found:
                    found[there] = None
                    waiting.append(there)
        return list(found)


def genealogy_of(batch: Batch) -> Genealogy:
    """Everything that a batch was made of, and every pool that it went into."""
    found = Genealogy(_key(batch))
    found.add(_of_batch(batch))
    batches = {batch.pk: batch}
    for part in _parts({batch.pk}, "pool", "part"):
        found.add(_of_batch(part.part), _key(part.pool), _volume(part))
        batches[part.part_id] = part.part
    for harvest in _harvests(batches.values()):
        _add_harvest(found, harvest)
    for part in _parts({batch.pk}, "part", "pool"):
        found.add(_of_batch(part.pool))
        found.add(_of_batch(part.part), _key(part.pool), _volume(part))
    return found


def _parts(keys: set[int], one: str, other: str) -> Iterator[PoolPart]:
    """Standing parts from some batches on, level by level, in one direction; each pair once."""
    level, seen = keys, set[int]()
    while level:
        seen |= level
        rows = PoolPart.objects.filter(**{f"{one}__in": level}, is_voided=False)
        found = list(rows.select_related("pool__product", "part__product"))
        yield from found
        level = {getattr(row, f"{other}_id") for row in found} - seen


def _harvests(batches: Iterable[Batch]) -> list[Harvest]:
    own = [batch.pk for batch in batches if not batch.is_pool]
    names = [f"{lot}__{key}" for lot in ("source_lot", "batch__source_lot") for key in ("donor", "bank")]
    return list(Harvest.objects.standing().filter(batch__in=own).select_related(*names)) if own else []


def _add_harvest(found: Genealogy, harvest: Harvest) -> None:
    batch, lot = harvest.batch, harvest.lot
    words = "" if harvest.starting_volume_ml is None else f"{people_number(harvest.starting_volume_ml)} mL"
    node = Node(("harvest", harvest.pk), str(harvest), words, harvest.url, batch.number)
    found.add(node, _key(batch))
    _add_lot(found, lot, node.key)


def _add_lot(found: Genealogy, lot: SourceLot, made: Key) -> None:
    node = Node(("lot", lot.pk), lot.code, lot.get_kind_display(), reverse("source_lot", args=[lot.code]))
    found.add(node, made)
    if lot.donor is not None:
        donor = lot.donor
        words = "consent withdrawn" if donor.consent_withdrawn else ""
        found.add(Node(("donor", donor.pk), donor.code, words, reverse("donor", args=[donor.code])), node.key)
    if lot.bank is not None:
        bank = lot.bank
        url = reverse("bank", args=[bank.code])
        found.add(Node(("bank", bank.pk), bank.code, bank.get_kind_display(), url), node.key)


def _key(batch: Batch) -> Key:
    return ("pool" if batch.is_pool else "batch", batch.pk)


def _of_batch(batch: Batch) -> Node:
    state = batch.disposition or batch.get_status_display().lower()
    url = reverse("batch", args=[batch.number])
    return Node(_key(batch), batch.number, f"{batch.product.code}, {state}", url)


def _volume(part: PoolPart) -> str:
    return "" if part.volume_ml is None else f"{people_number(part.volume_ml)} mL"
