"""What a product's batches show, read set-wise: the same few queries for ten batches as for a thousand.

Only finished, standing assays of the final preparation count, as everywhere (characterization.evidence).
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import DecimalField, FloatField, Q, QuerySet, Value
from django.db.models.functions import Cast

from batches.characterization.models import Assay
from batches.characterization.protein import ProteinAssay
from batches.characterization.single_results import Endotoxin
from batches.characterization.tracking import NanoparticleTracking
from batches.isolation.models import ProcessStep
from batches.masters.models import Product
from batches.record.models import Batch
from batches.source.models import Harvest

READERS = {"nanosight": "NanoSight", "zetaview": "ZetaView"}
MOST_READ = 500
NOT_RECORDED = "instrument not recorded"
FINAL = {"assay__status": Assay.Status.FINISHED, "assay__sample": Assay.Sample.FINAL}
NTA_FIELDS = ("particles_per_ml", "mode_nm", "d50_nm", "window_percent", "reading_id")


class BatchRow(NamedTuple):
    """A batch as a point of a chart names it."""

    pk: int
    number: str
    status: str
    source_lot: str
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
    kit: str
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
    """The newest batches of a product (or those given) and what was measured of them; read when asked for."""

    def __init__(self, product: Product, *, only: Q | None = None):
        self.product = product
        self.only = only

    @cached_property
    def batches(self) -> dict[int, BatchRow]:
        """By key, oldest first."""
        columns = ("pk", "number", "status", "source_lot__code", "plan__version__master__code",
                   "plan__version__number", "opened_at")  # fmt: skip
        rows = self._found.order_by("-pk").values_list(*columns)[: MOST_READ if self.only is None else None]
        return {
            pk: BatchRow(pk, number, status, lot, f"{code} v{version}", opened)
            for pk, number, status, lot, code, version, opened in reversed(rows)
        }

    @property
    def _found(self) -> QuerySet[Batch]:
        return Batch.objects.filter(self.only or Q(), product=self.product)

    @property
    def ids(self) -> Any:
        """Their keys; a subquery where the batches were named, so that no statement lists a thousand keys."""
        return list(self.batches) if self.only is None else self._found.values("pk")

    @cached_property
    def nta(self) -> list[AssayRow]:
        """Particle tracking; its method names the reader of the export, so that instruments never mix."""
        return self._assays(NanoparticleTracking.objects.all(), "NTA", NTA_FIELDS, detail="reading__reader")

    @cached_property
    def protein(self) -> list[AssayRow]:
        names = ("protein_ug_per_ml", "protein_ug_per_ml_sign")
        return self._assays(ProteinAssay.objects.all(), "", names, detail="method", kit=True)

    @cached_property
    def endotoxin(self) -> list[AssayRow]:
        names = ("endotoxin_eu_per_ml", "endotoxin_eu_per_ml_sign")
        return self._assays(Endotoxin.objects.all(), "", names, detail="method", kit=True)

    def _assays(
        self, found: QuerySet, method: str, names: tuple[str, ...], *, detail: str, kit: bool = False
    ) -> list[AssayRow]:
        about = ("batch_id", "equipment", "performed_by__username", "sop", "performed_at")
        columns = [f"assay__{name}" for name in about]
        rows = found.filter(assay__batch_id__in=self.ids, **FINAL)
        rows = rows.order_by("assay__batch_id", "assay__number")
        shown = rows.values_list(
            *columns, detail, "kit" if kit else Value(""), *(plain(found.model, name) for name in names)
        )
        words = READERS if detail != "method" else dict(found.model._meta.get_field("method").flatchoices)
        return [_assay_row(row, method, words, names) for row in shown]

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
        """Cells at harvest of each batch that has them."""
        found = Harvest.objects.filter(batch_id__in=self.ids, cells_at_harvest__isnull=False)
        return dict(found.values_list("batch_id", plain(Harvest, "cells_at_harvest")))


def plain(model: Any, name: str) -> Any:
    """A column as charts compute with it: quantities as floats, which the database hands over fast."""
    is_quantity = isinstance(model._meta.get_field(name), DecimalField)
    return Cast(name, FloatField()) if is_quantity else name


def _assay_row(
    row: tuple[Any, ...], method: str, words: Mapping[str, str], names: tuple[str, ...]
) -> AssayRow:
    batch_id, equipment, operator, sop, performed_at, detail, kit, *values = row
    told = words.get(detail or "", detail or "")
    instrument = instrument_of(equipment)
    method = ", ".join(part for part in (method, told) if part) or "method not recorded"
    return AssayRow(
        batch_id=batch_id,
        instrument=instrument,
        method=method,
        key=(instrument.casefold(), method),
        equipment=equipment,
        operator=operator or "",
        sop=sop,
        kit=kit,
        performed_at=performed_at,
        values=dict(zip(names, values, strict=True)),
    )
