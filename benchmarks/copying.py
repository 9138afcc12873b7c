"""Copy a batch made by the product many times over: its rows, history rows and entries, all consistent.

A pattern is taken apart once: every place that differs from copy to copy becomes a hole. A copy fills
the holes, chains its entries and hashes them, so that each is what the product would have written.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models

from audit import canonical
from audit.exporting.lines import change_cells
from audit.models import Entry
from batches.record.models import Batch
from batches.source.models import SourceLot
from benchmarks.patterns import FIRST_NOTE, SECOND_NOTE

ENTRIES = Entry._meta.db_table
PER_COPY = ("body", "leaf_hash", "object_id", "history_id", "change_cells")
INTEGER_HOLE = "\ue000{}\ue000"  # stands in a body for a number, without the quotes around it


@dataclass
class Part:
    """One row of a pattern: constant values and the names of what fills the others."""

    table: str
    columns: tuple[str, ...]
    values: list[Any]
    numbers: list[tuple[int, str]] = field(default_factory=list)  # filled by a value as it is
    texts: list[tuple[int, str]] = field(default_factory=list)  # filled by % formatting

    def filled(self, filling: Mapping[str, Any]) -> list[Any]:
        """The row of one copy."""
        row = self.values.copy()
        for place, name in self.numbers:
            row[place] = filling[name]
        for place, text in self.texts:
            row[place] = text % filling
        return row


class Pattern:
    """A batch taken apart. `keys` are (table, hole) of every new key that a copy needs."""

    def __init__(self, batch: Batch):
        batch = Batch.objects.with_header().get(pk=batch.pk)
        self.product_id, self.status = batch.product_id, batch.status
        self._batch = batch
        self._replaced = _replaced(batch)
        entries = list(Entry.objects.filter(batch_number=batch.number).order_by("number_in_batch"))
        self._holes: dict[tuple[str, int], str] = {}
        self.keys: list[tuple[str, str]] = []
        for entry in entries:
            model = apps.get_model(entry.kind)
            self._name(model._meta.db_table, entry.object_id)
            self._name(model.history.model._meta.db_table, entry.history_id)
            self._name(ENTRIES, entry.pk)
        self.rows = [self._part(table, key) for table, key in self._holes if table != ENTRIES]
        self.entries = [self._entry(entry) for entry in entries]

    def _name(self, table: str, key: int) -> None:
        if (table, key) not in self._holes:
            self._holes[table, key] = f"k{len(self._holes)}"
            self.keys.append((table, self._holes[table, key]))

    def _part(self, table: str, key: int) -> Part:
        model = models_by_table()[table]
        # What the database fills in by itself it fills in for copies, too.
        filled = [found.column for found in model._meta.concrete_fields if not found.has_db_default()]
        names = ", ".join(f'"{column}"' for column in filled)
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT {names} FROM "{table}" WHERE "{model._meta.pk.column}" = %s', [key])
            columns = tuple(filled)
            part = Part(table, columns, list(cursor.fetchone()))
        fields = {found.column: found for found in model._meta.concrete_fields}
        for place, column in enumerate(columns):
            self._open(part, place, fields[column], table)
        return part

    def _open(self, part: Part, place: int, found: models.Field, table: str) -> None:
        """Make a hole of one value where copies differ."""
        value = part.values[place]
        hole = self._hole_of_key(found, value, table)
        if hole is None and part.table.endswith("batch") and found.name in {"year", "sequence"}:
            hole = found.name
        if hole is not None:
            part.numbers.append((place, hole))
        elif isinstance(value, str) or hasattr(value, "isoformat"):
            text = self._with_holes(str(value))
            if text is not None:
                part.texts.append((place, text))
            part.values[place] = str(value)

    def _hole_of_key(self, found: models.Field, value: Any, table: str) -> str | None:
        """The hole of a primary or foreign key; None for anything else."""
        if value is None or isinstance(value, str):
            return None
        if found.is_relation:
            if found.related_model is SourceLot:
                return "source"
            return self._holes.get((found.related_model._meta.db_table, value))
        if found.primary_key or found.name == "id":
            own = self._holes.get((table, value)) if found.primary_key else None
            model = models_by_table()[table]
            tracked = getattr(getattr(model, "instance_type", None), "_meta", None)
            return own or (self._holes.get((tracked.db_table, value)) if tracked else None)
        return None

    def _with_holes(self, text: str) -> str | None:
        """The text as a % format, None when it is the same in every copy."""
        made = text.replace("%", "%%")
        for old, hole in self._replaced.items():
            made = made.replace(old, hole)
        return made if made != text.replace("%", "%%") else None

    def _entry(self, entry: Entry) -> Part:
        part = self._part(ENTRIES, entry.pk)
        at = {name: part.columns.index(name) for name in PER_COPY}
        model = apps.get_model(entry.kind)
        part.numbers += [
            (at["object_id"], self._holes[model._meta.db_table, entry.object_id]),
            (at["history_id"], self._holes[model.history.model._meta.db_table, entry.history_id]),
            (at["leaf_hash"], "leaf"),
            (at["change_cells"], "cells"),
        ]
        part.texts = [text for text in part.texts if text[0] not in (at["body"], at["change_cells"])]
        part.numbers.append((at["body"], "body"))
        part.values[at["body"]] = self._body(model, entry)
        return part

    def _body(self, model: Any, entry: Entry) -> str:
        """The body as a % format."""
        body = json.loads(entry.body)
        body["record"]["id"] = self._number(self._holes[model._meta.db_table, entry.object_id])
        body["record"]["history"] = self._number(
            self._holes[model.history.model._meta.db_table, entry.history_id]
        )
        if body["batch"]["previous"]:
            body["batch"]["previous"] = "\ue001"
        for change in body.get("changes", ()):
            found = model._meta.get_field(change["field"])
            for side in ("old", "new"):
                hole = self._hole_of_key(found, change[side], model._meta.db_table)
                if hole is None and model is Batch and change["field"] in {"year", "sequence"}:
                    hole = change["field"]
                if hole is not None and change[side] is not None:
                    change[side] = self._number(hole)
        text = canonical.text(body)
        return (
            (self._with_holes(text) or text.replace("%", "%%"))
            .replace('"\ue000', "%(")
            .replace('\ue000"', ")d")
            .replace("\ue001", "%(previous)s")
        )

    def _number(self, hole: str) -> str:
        return INTEGER_HOLE.format(hole)

    def copy(self, filling: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
        """The rows of one copy with their tables; `filling` holds what its holes are filled with."""
        for part in self.rows:
            yield part.table, part.filled(filling)
        for part in self.entries:
            body = part.values[part.columns.index("body")] % filling
            leaf = canonical.leaf_hash(body)
            filling["body"], filling["leaf"], filling["previous"] = body, leaf, leaf.hex()
            filling["cells"] = change_cells(json.loads(body))
            yield part.table, part.filled(filling)


def _replaced(batch: Batch) -> dict[str, str]:
    """Texts of the pattern and the holes that take their place, longer ones first."""
    donor = batch.source_lot.donor
    day = batch.opened_at.date()
    return {
        batch.number: "%(number)s",
        batch.number.lower(): "%(number_low)s",
        FIRST_NOTE: "%(first)s",
        SECOND_NOTE: "%(second)s",
        batch.source_lot.code: "%(lot)s",
        batch.source_lot.code.lower(): "%(lot_low)s",
        donor.code.lower(): "%(donor_low)s",
        day.isoformat(): "%(day)s",
        (day + timedelta(days=1)).isoformat(): "%(next_day)s",
    }


_by_table: dict[str, Any] = {}


def models_by_table() -> dict[str, Any]:
    """Every model, history models too, by the name of its table."""
    if not _by_table:
        _by_table.update(
            {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
        )
    return _by_table
