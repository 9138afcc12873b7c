"""What a product's batches show, read set-wise: the same few queries for ten batches as for a thousand.

Only finished, standing assays of the final preparation count, as everywhere (characterization.evidence).
"""

import datetime as dt
import math
import re
from collections import defaultdict
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import DecimalField, FloatField, Q, QuerySet, Value
from django.db.models.functions import Cast

from batches.characterization.models import Assay
from batches.isolation.models import ProcessStep
from batches.masters.models import Product
from batches.record.models import Batch
from batches.source.models import Harvest
from batches.source.origins import LOTS_APART
from batches.trends.sources import SOURCES, Source

MOST_READ = 500
# No rule looks at more points in a row than fourteen.
LOOKED_AT_AFTER = 20
NOT_RECORDED = "instrument not recorded"


class BatchRow(NamedTuple):
    """A batch as a point of a chart names it."""

    pk: int
    number: str
    status: str
    source_lots: tuple[str, ...]
    master: str
    opened_at: dt.datetime


class AssayRow(NamedTuple):
    """One finished assay: where, by whom and with what it was made, and its results by field name.

    `key` is the instrument and method that it belongs to, however they were written.
    """

    batch_id: int
    instrument: str
    method: str
    equipment: str
    operator: str
    sop: str
    consumable: str
    consumable_words: str
    performed_at: dt.datetime | None
    key: tuple[str, str]
    values: dict[str, Any]


class StepRow(NamedTuple):
    """A finished step: its place, particles per mL and mL in and out, by whom and when it was finished."""

    planned: int | None
    position: int
    in_per_ml: float | None
    in_ml: float | None
    out_per_ml: float | None
    out_ml: float | None
    by: str | None
    at: dt.datetime | None


@lru_cache(maxsize=4096)
def instrument_of(equipment: str) -> str:
    """The instrument that a person named, without when it was checked: 'NS-1, calibrated to …' is NS-1."""
    name = " ".join(re.split(r"[,;(]", equipment, maxsplit=1)[0].split())
    return name or NOT_RECORDED


class ProductRows:
    """The newest batches of a product (or those given) and what was measured of them; read when asked for.

    `before` names a batch: those opened before it are read, and a few after it, at which rules look too.
    """

    def __init__(self, product: Product, *, only: Q | None = None, before: int | None = None):
        self.product = product
        self.only = only
        self.before = before
        self.is_cut = False
        self._measured: dict[str, list[AssayRow]] = {}

    @cached_property
    def batches(self) -> dict[int, BatchRow]:
        """By key, oldest first."""
        columns = ("pk", "number", "status", "source_lot__code", "further_lots",
                   "plan__version__master__code", "plan__version__number", "opened_at")  # fmt: skip
        found = self._found.values_list(*columns)
        older = found if self.before is None else found.filter(pk__lt=self.before)
        rows = list(older.order_by("-pk")[: MOST_READ if self.only is None else None])[::-1]
        self.is_cut = self.only is None and len(rows) == MOST_READ
        if self.before is not None:
            rows += found.filter(pk__gte=self.before).order_by("pk")[:LOOKED_AT_AFTER]
        return {
            pk: BatchRow(pk, number, status, _lots(lot, further), f"{code} v{version}", opened)
            for pk, number, status, lot, further, code, version, opened in rows
        }

    @property
    def _found(self) -> QuerySet[Batch]:
        return Batch.objects.filter(self.only or Q(), product=self.product)

    @property
    def ids(self) -> Any:
        """Their keys; a subquery where the batches were named, so that no statement lists a thousand keys."""
        return list(self.batches) if self.only is None else self._found.values("pk")

    def of(self, source: str) -> list[AssayRow]:
        """What one source (its code) measured of these batches. One query, once."""
        if source not in self._measured:
            self._measured[source] = self._read(SOURCES[source])
        return self._measured[source]

    def skip_absent(self) -> None:
        """Learn which techniques were never used, for a page that looks at all of them. One query."""
        final = {"status": Assay.Status.FINISHED, "sample": Assay.Sample.FINAL}
        found = Assay.objects.filter(batch_id__in=self.ids, **final).order_by()
        used = set(found.values_list("technique", flat=True).distinct())
        absent = (code for code, source in SOURCES.items() if source.technique not in used)
        self._measured.update((code, []) for code in absent)

    def _read(self, source: Source) -> list[AssayRow]:
        found = source.finished.filter(**{f"{source.assay}__batch_id__in": self.ids})
        found = found.order_by(f"{source.assay}__batch_id", f"{source.assay}__number")
        about = ("batch_id", "equipment", "performed_by__username", "sop", "performed_at")
        columns = [f"{source.assay}__{name}" for name in about]
        texts = [name or Value("") for name in (source.detail, source.consumable)]
        results = [plain(source.model, name) for name in source.results]
        return [_assay_row(row, source) for row in found.values_list(*columns, *texts, *results)]

    @cached_property
    def steps(self) -> dict[int, list[StepRow]]:
        """Finished steps of each batch in the order of work: particles and volumes in and out."""
        places = ("batch_id", "planned_position", "position")
        amounts = ("particles_in_per_ml", "volume_in_ml", "particles_out_per_ml", "volume_out_ml")
        counted = [plain(ProcessStep, name) for name in amounts]
        columns = (*places, *counted, "finished_by__username", "finished_at")
        found = ProcessStep.objects.filter(batch_id__in=self.ids, status=ProcessStep.Status.FINISHED)
        steps: dict[int, list[StepRow]] = defaultdict(list)
        for batch_id, *row in found.order_by().values_list(*columns):
            steps[batch_id].append(StepRow(*row))
        for rows in steps.values():
            rows.sort(key=lambda row: (row.planned or row.position, row.position))
        return steps

    @cached_property
    def cells(self) -> dict[int, float]:
        """Cells at harvest of each batch where every harvest has them, together."""
        found = Harvest.objects.standing().filter(batch_id__in=self.ids).order_by()
        counted: dict[int, list[float | None]] = defaultdict(list)
        for batch_id, cells in found.values_list("batch_id", plain(Harvest, "cells_at_harvest")):
            counted[batch_id].append(cells)
        return {pk: math.fsum(cells) for pk, cells in counted.items() if None not in cells}  # type: ignore[arg-type]


def _lots(own: str | None, further: str) -> tuple[str, ...]:
    """Codes of all source lots; of a pool those of the batches that it is made of."""
    return (*([own] if own else ()), *(further.split(LOTS_APART) if further else ()))


def plain(model: Any, name: str) -> Any:
    """A column as charts compute with it: quantities as floats, which the database hands over fast."""
    is_quantity = isinstance(model._meta.get_field(name), DecimalField)
    return Cast(name, FloatField()) if is_quantity else name


def _assay_row(row: tuple[Any, ...], source: Source) -> AssayRow:
    batch_id, equipment, operator, sop, performed_at, detail, consumable, *values = row
    instrument, method = instrument_of(equipment), source.method_of(detail)
    return AssayRow(
        batch_id=batch_id,
        instrument=instrument,
        method=method,
        key=(instrument.casefold(), method),
        equipment=equipment,
        operator=operator or "",
        sop=sop,
        consumable=consumable,
        consumable_words=source.consumable_words,
        performed_at=performed_at,
        values=dict(zip(source.results, values, strict=True)),
    )
