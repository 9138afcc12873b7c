"""What a product's batches show, read set-wise: the same few queries for ten batches as for a thousand.

Only finished, standing assays of the final preparation count, as everywhere (characterization.evidence).
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from batches.characterization.models import Assay, NanoparticleTracking, ProteinAssay
from batches.characterization.single_results import Endotoxin
from batches.isolation.models import ProcessStep
from batches.masters.models import Product
from batches.record.models import Batch
from batches.source.models import Harvest

READERS = {"nanosight": "NanoSight", "zetaview": "ZetaView"}
MOST_READ = 500
NOT_RECORDED = "instrument not recorded"
FINAL = {"assay__status": Assay.Status.FINISHED, "assay__sample": Assay.Sample.FINAL}
NTA_FIELDS = ("particles_per_ml", "mode_nm", "d50_nm", "window_percent", "reading_id")


@dataclass(frozen=True)
class BatchRow:
    """A batch as a point of a chart names it."""

    pk: int
    number: str
    status: str
    source_lot: str
    master: str
    opened_at: dt.datetime


@dataclass(frozen=True)
class AssayRow:
    """One finished assay: where, by whom and with what it was made, and its results by field name."""

    batch_id: int
    instrument: str
    method: str
    equipment: str
    operator: str
    sop: str
    kit: str
    performed_at: dt.datetime | None
    values: dict[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """The instrument and method that it belongs to, however they were written."""
        return self.instrument.casefold(), self.method


def instrument_of(equipment: str) -> str:
    """The instrument that a person named, without when it was checked: 'NS-1, calibrated to …' is NS-1."""
    name = " ".join(re.split(r"[,;(]", equipment, maxsplit=1)[0].split())
    return name or NOT_RECORDED


class ProductRows:
    """The newest batches of a product (or those given) and what was measured of them; read when asked for."""

    def __init__(self, product: Product, *, batch_ids: Iterable[int] | None = None):
        self.product = product
        self._asked = None if batch_ids is None else list(batch_ids)

    @cached_property
    def batches(self) -> dict[int, BatchRow]:
        """By key, oldest first."""
        found = Batch.objects.filter(product=self.product)
        if self._asked is not None:
            found = found.filter(pk__in=self._asked)
        columns = ("pk", "number", "status", "source_lot__code", "plan__version__master__code",
                   "plan__version__number", "opened_at")  # fmt: skip
        rows = found.order_by("-pk").values_list(*columns)[: MOST_READ if self._asked is None else None]
        return {
            pk: BatchRow(pk, number, status, lot, f"{code} v{version}", opened)
            for pk, number, status, lot, code, version, opened in reversed(rows)
        }

    @property
    def ids(self) -> list[int]:
        return list(self.batches)

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
        columns = [f"assay__{name}" for name in about] + [detail, *(["kit"] if kit else []), *names]
        rows = found.filter(assay__batch_id__in=self.ids, **FINAL).order_by(
            "assay__batch_id", "assay__number"
        )
        return [self._assay_row(found.model, method, names, detail, row) for row in rows.values(*columns)]

    def _assay_row(
        self, model: Any, method: str, names: tuple[str, ...], detail: str, row: dict[str, Any]
    ) -> AssayRow:
        told = row[detail] or ""
        names_of = READERS if detail != "method" else dict(model._meta.get_field("method").flatchoices)
        told = names_of.get(told, told)
        return AssayRow(
            batch_id=row["assay__batch_id"],
            instrument=instrument_of(row["assay__equipment"]),
            method=", ".join(part for part in (method, told) if part) or "method not recorded",
            equipment=row["assay__equipment"],
            operator=row["assay__performed_by__username"] or "",
            sop=row["assay__sop"],
            kit=row.get("kit", ""),
            performed_at=row["assay__performed_at"],
            values={name: row[name] for name in names},
        )

    @cached_property
    def steps(self) -> dict[int, list[tuple[Any, ...]]]:
        """Finished steps of each batch in the order of work: particles and volumes in and out."""
        places = ("batch_id", "planned_position", "position")
        amounts = ("particles_in_per_ml", "volume_in_ml", "particles_out_per_ml", "volume_out_ml")
        columns = (*places, *amounts, "finished_by__username", "finished_at")
        found = ProcessStep.objects.filter(batch_id__in=self.ids, status=ProcessStep.Status.FINISHED)
        steps: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in found.order_by().values_list(*columns):
            steps[row[0]].append(row[1:])
        for rows in steps.values():
            rows.sort(key=lambda row: (row[0] or row[1], row[1]))
        return steps

    @cached_property
    def cells(self) -> dict[int, Decimal]:
        """Cells at harvest of each batch that has them."""
        found = Harvest.objects.filter(batch_id__in=self.ids, cells_at_harvest__isnull=False)
        return dict(found.values_list("batch_id", "cells_at_harvest"))
