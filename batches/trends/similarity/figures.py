"""What is compared of a batch and its references: profiles, values and markers, read set-wise."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from batches.characterization.blots import BlotMarker
from batches.characterization.models import Assay
from batches.trends.attributes import TRENDED, Found
from batches.trends.rows import ProductRows
from batches.trends.similarity import profiles
from batches.trends.similarity.profiles import Profile
from batches.trends.similarity.stored import profiles_of

COMPARED = (
    *("particles_per_million_cells", "particles_per_ml", "particles_per_ug"),
    *("mode_nm", "overall_recovery_percent"),
)
SHOWN = frozenset({BlotMarker.Found.DETECTED, BlotMarker.Found.WEAK})
CLEAR = SHOWN | {BlotMarker.Found.NOT_DETECTED}


@dataclass(frozen=True)
class BatchProfile:
    """The average size profile of a batch's replicates on one instrument."""

    batch_id: int
    instrument: str
    method: str
    profile: Profile

    @property
    def key(self) -> tuple[str, str]:
        return self.instrument.casefold(), self.method


@dataclass(frozen=True)
class Figures:
    """Everything that is compared, by batch."""

    profiles: Mapping[int, list[BatchProfile]]
    values: Mapping[str, Mapping[int, list[Found]]]
    markers: Mapping[int, Mapping[str, bool]]


def figures_of(rows: ProductRows) -> Figures:
    """Read what is compared of these batches, in a fixed number of queries."""
    values = {key: _by_batch(TRENDED[key].read(rows)) for key in COMPARED}
    return Figures(_profiles(rows), values, _markers(rows.ids))


def _by_batch(found: Iterable[Found]) -> dict[int, list[Found]]:
    by_batch: dict[int, list[Found]] = defaultdict(list)
    for one in found:
        if not one.sign:
            by_batch[one.batch_id].append(one)
    return by_batch


def _profiles(rows: ProductRows) -> dict[int, list[BatchProfile]]:
    read = [row for row in rows.of("nta") if row.values["reading_id"]]
    kept = profiles_of(row.values["reading_id"] for row in read)
    grouped: dict[tuple[int, tuple[str, str]], list[tuple[str, Profile]]] = defaultdict(list)
    for row in read:
        if row.values["reading_id"] in kept:
            grouped[row.batch_id, row.key].append((row.instrument, kept[row.values["reading_id"]]))
    found: dict[int, list[BatchProfile]] = defaultdict(list)
    for (batch_id, (_, method)), some in grouped.items():
        joined = profiles.average([profile for _, profile in some]) if len(some) > 1 else some[0][1]
        found[batch_id].append(BatchProfile(batch_id, some[0][0], method, joined))
    return found


def _markers(batch_ids: Any) -> dict[int, dict[str, bool]]:
    """Whether each marker with a clear result was seen, weak counts; seen once, it was seen."""
    found = BlotMarker.objects.filter(
        blot__assay__batch_id__in=batch_ids,
        blot__assay__status=Assay.Status.FINISHED,
        blot__assay__sample=Assay.Sample.FINAL,
        found__in=CLEAR,
        is_voided=False,
    )
    markers: dict[int, dict[str, bool]] = defaultdict(dict)
    for batch_id, target, said in found.order_by().values_list("blot__assay__batch_id", "target", "found"):
        of_batch = markers[batch_id]
        of_batch[target] = of_batch.get(target, False) or said in SHOWN
    return markers


def score(value: float, others: list[float]) -> tuple[float, float, float | None]:
    """Mean and SD of the others, and how many SD the value lies from it; None where they don't vary."""
    mean, sd = statistics.fmean(others), statistics.stdev(others)
    return mean, sd, (value - mean) / sd if sd else None
