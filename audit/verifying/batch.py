"""One batch's own records beside their trail, quickly enough to be asked before every signature.

`audit` does not know what a batch is: the room that does registers it (model and the field that holds its
number), and the rows that belong to one are found along foreign keys. The records that a batch stands on
(product, plan, source lot, donor: whatever the batch points at) are looked at with it.
"""

import functools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, models

from audit.models import Entry, TrackedModel
from audit.verifying import attachments, entries, records
from audit.verifying.differences import Difference
from audit.verifying.models import UnexplainedChange
from audit.verifying.shapes import Shape, shape_of, shapes


@dataclass(frozen=True)
class BatchModel:
    """Which model is the batch, the field with the number that entries name, and which of its own records
    point at records above batches that it stands on, too."""

    kind: str
    number_field: str
    rests_on: tuple[str, ...] = ()


_batch_model: list[BatchModel] = []


def register(kind: str, number_field: str, rests_on: tuple[str, ...] = ()) -> None:
    """Say which model is the batch; called once, when its room is ready."""
    _batch_model[:] = [BatchModel(kind, number_field, rests_on)]
    paths_to_batch.cache_clear()
    _rows_of_batch.cache_clear()


def differences(number: str, *, with_files: bool = True) -> list[Difference]:
    """Everything that is wrong with a batch's records, the records it stands on, its entries and files."""
    found = [*entries.differences(number)]
    keys = records_of(number)
    for shape, pks in keys.items():
        found += records.examine(shape, pks)
    if with_files:
        found += attachments.differences(number)
    return found


def confirmed(number: str, *, with_files: bool = True) -> list[Difference]:
    """The same without what is noted, looked at twice: somebody may save between two of its queries."""
    found = differences(number, with_files=with_files)
    if not found:
        return []
    still = {one.key for one in differences(number, with_files=with_files)}
    noted = {(*one.key, one.standing) for one in UnexplainedChange.objects.noted()}
    return [one for one in found if one.key in still and (*one.key, one.standing) not in noted]


def records_of(number: str) -> dict[Shape, set[int]]:
    """Keys of every record of a batch: those its entries tell of, and those that point at it."""
    keys: dict[Shape, set[int]] = defaultdict(set)
    told = Entry.objects.filter(batch_number=number, history_id__isnull=False)
    for kind, pk in told.order_by().values_list("kind", "object_id").distinct():
        shape = shape_of(kind)
        if shape is not None and pk is not None:
            keys[shape].add(pk)
    for shape, pk in _pointing_at(number):
        keys[shape].add(pk)
    for shape, pk in _stands_on(number):
        keys[shape].add(pk)
    # Findings about the batch are shown, not judged: they would stand in their own way.
    return {shape: pks for shape, pks in keys.items() if shape.model is not UnexplainedChange}


@functools.cache
def paths_to_batch() -> dict[Shape, str]:
    """For every tracked model that belongs to a batch, the lookup from its rows to the batch's number."""
    if not _batch_model:
        return {}
    batch = _batch_model[0]
    paths: dict[Any, str] = {}
    root = shape_of(batch.kind)
    if root is None:
        return {}
    paths[root.model], level = batch.number_field, [root.model]
    while level:
        nearer, level = level, []
        for shape in shapes():
            field = _key_to(shape.model, nearer)
            if shape.model not in paths and field is not None:
                paths[shape.model] = f"{field.name}__{paths[field.related_model]}"
                level.append(shape.model)
    return {shape: paths[shape.model] for shape in shapes() if shape.model in paths}


def _pointing_at(number: str) -> list[tuple[Shape, int]]:
    """The records whose keys lead to the batch: all models in one statement."""
    asked = _rows_of_batch(connection.vendor)
    if not asked:
        return []
    known = [*paths_to_batch()]
    with connection.cursor() as cursor:
        cursor.execute(asked, [number] * len(known))
        return [(known[place], pk) for place, pk in cursor.fetchall()]


@functools.cache
def _rows_of_batch(vendor: str) -> str:
    """That statement; Django needs longer to put it together than a database to answer it."""
    parts = []
    for place, (shape, path) in enumerate(paths_to_batch().items()):
        rows = shape.model._base_manager.filter(**{path: ""}).order_by().values("pk")
        sql, _ = rows.query.sql_with_params()
        parts.append(f"SELECT {place}, rows_{place}.* FROM ({sql}) AS rows_{place}")
    return " UNION ALL ".join(parts)


def _key_to(model: type[models.Model], targets: list[type[TrackedModel]]) -> models.Field | None:
    found = (f for f in model._meta.concrete_fields if f.is_relation and f.related_model in targets)
    return next(found, None)


def _stands_on(number: str) -> Iterator[tuple[Shape, int]]:
    """The records that the batch and some of its own records point at, and those that these point at;
    people apart."""
    if not _batch_model:
        return
    rows = [row for shape, path in _roots() for row in shape.model._base_manager.filter(**{path: number})]
    seen = {(row._meta.label_lower, row.pk) for row in rows}
    while rows:
        row: TrackedModel = rows.pop()
        for field in row._meta.concrete_fields:
            related: Any = getattr(row, field.name) if _leads_on(field) else None
            shape = shape_of(related._meta.label_lower) if related is not None else None
            if shape is not None and (shape.kind, related.pk) not in seen:
                seen.add((shape.kind, related.pk))
                rows.append(related)
                yield shape, related.pk


def _roots() -> Iterator[tuple[Shape, str]]:
    """The batch's model and those of its own that rest on more, each with the way to the number."""
    batch, paths = _batch_model[0], paths_to_batch()
    for kind in (batch.kind, *batch.rests_on):
        shape = shape_of(kind)
        if shape is not None:
            yield shape, paths[shape]


def _leads_on(field: models.Field) -> bool:
    related: Any = field.related_model
    return related is not None and related._meta.label != settings.AUTH_USER_MODEL
