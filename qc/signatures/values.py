"""One record as a manifest holds it: every field that says something, with label and unit.

Empty fields are left out, so a column that a later version of the program adds changes no manifest.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models

from accounts.models import User
from audit import canonical
from audit.records import label_of
from batches.characterization.blots import BlotLane, BlotMarker
from batches.characterization.microscopy import Micrograph
from batches.masters.models import FrozenPlan, Product
from batches.materials.models import Material
from batches.record.models import Attachment, Batch, Reading
from batches.source.banks import CellBank
from batches.source.models import Donor, SourceLot
from qc.signatures.models import Manifest

# Fields that are in no manifest, and why; '*' stands for every model.
LEFT_OUT: Mapping[tuple[str, str], str] = {
    ("*", "id"): "the key names the section",
    ("*", "revision"): "counts how often the row was saved; says nothing of what stands in it",
    ("batches.batch", "search_text"): "the same words once more, in small letters, for the search",
    ("batches.reading", "values"): "bulk of a file that is named by its SHA-256, with the reader's version",
    ("batches.reading", "header"): "the same",
    ("batches.reading", "curves"): "the same",
    ("batches.platecurve", "results"): "figures behind what `found` says, worked out from file and layout",
    ("qc.deviation", "sent_once"): "names the form it was sent with",
    ("qc.deviation", "revision"): "as everywhere",
}
# Models that hang on a batch and stand in no manifest of it, and why.
MODELS_LEFT_OUT: Mapping[str, str] = {
    "qc.manifest": "it is what is signed",
    "batches.deposition": "says where the batch was published",
    "batches.referencebatch": "says what other batches are compared with",
    "batches.droppedfile": "a file that nobody has attached to a record yet",
    "batches.stabilitystudy": "goes on for years after approval and changes nothing of the record",
    "batches.stabilitypull": "the same",
    "batches.stabilityresult": "the same",
    "batches.leftoutpoint": "a point that a control chart leaves out; nothing of the batch changes",
    "qc.look": "says what a person was shown, nothing of the batch",
    "qc.certificate": "a paper that was made of the record; its printing is an entry",
}
# Keys to what a record is a part of: the section stands for the record, its place says where it belongs.
PARENTS = (
    "batch",
    "step",
    "assay",
    "details",
    "blot",
    "source_lot",
    "review",
    "point",
    "deviation",
    "query",
    "signature",
    "pool",
)
# Where such a key says something of its own: what a batch or a harvest was taken from.
NAMED_PARENTS = frozenset({("batches.batch", "source_lot"), ("batches.harvest", "source_lot")})


@dataclass
class Names:
    """What keys mean to people: users by key, files and readings by their hash."""

    people: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    files: Mapping[int, Attachment] = field(default_factory=dict)
    readings: Mapping[int, Reading] = field(default_factory=dict)


def section(
    record: models.Model,
    title: str,
    names: Names,
    *,
    part: str,
    beside: Mapping[str, Mapping[str, str]] | None = None,
    without: Iterable[str] = (),
) -> dict[str, Any]:
    """A record as a section; `beside` holds what stands with single values (limit, verdict), by field."""
    values = []
    for one in fields_of(type(record)):
        value = getattr(record, one.attname)
        if value in (None, "") or one.name in without:
            continue
        values.append({**value_of(record, one, value, names), **(beside or {}).get(one.name, {})})
    return {"key": key_of(record), "title": title, "part": part, "values": values}


def key_of(record: models.Model) -> str:
    """Kind and key of a record, as entries name it too."""
    return f"{record._meta.label_lower}:{record.pk}"


@cache
def fields_of(model: type[models.Model]) -> tuple[Any, ...]:
    """The fields of a model that a manifest holds."""
    kind = model._meta.label_lower
    return tuple(
        one
        for one in model._meta.concrete_fields
        if not {("*", one.name), (kind, one.name)} & LEFT_OUT.keys()
        and not (one.is_relation and one.name in PARENTS and (kind, one.name) not in NAMED_PARENTS)
    )


def value_of(record: models.Model, one: Any, value: Any, names: Names) -> dict[str, Any]:
    """A value in its one written form, with its label, its unit, and its words where it is a code."""
    unit = getattr(one, "unit", "")
    found = {"field": one.name, "label": label_of(one), **({"unit": unit} if unit else {})}
    if one.is_relation:
        return {**found, **_related(record, one, value, names)}
    if one.choices:
        words = str(dict(one.flatchoices).get(value, value))
        return {**found, "value": canonical.plain(value), "text": words}
    if isinstance(value, dt.datetime | Decimal | dt.date | bool | int | str):
        return {**found, "value": canonical.plain(value)}
    return {**found, "value": canonical.text({"of": value})}


def _related(record: Any, one: Any, value: Any, names: Names) -> dict[str, Any]:
    """What a key points at, by what it is called for good: a user name, a code, the hash of a file."""
    if one.related_model is User:
        username, printed = names.people.get(value, (f"user {value}", ""))
        return {"value": username, **({"text": f"{printed} ({username})"} if printed else {})}
    if one.related_model is Attachment:
        return {"value": names.files[value].sha256, "text": names.files[value].name}
    if one.related_model is Reading:
        reading = names.readings[value]
        file = names.files[reading.attachment_id]
        told = f"{file.name}, {reading}"
        return {"value": f"{file.sha256} by {reading.reader} {reading.reader_version}", "text": told}
    if one.related_model is Micrograph:
        picture = getattr(record, one.name)
        return {"value": picture.attachment.sha256, "text": str(picture)}
    if one.related_model in (BlotLane, BlotMarker):
        return {"value": str(getattr(record, one.name))}
    if one.related_model in (Product, SourceLot, Donor, CellBank):
        return {"value": getattr(record, one.name).code}
    if one.related_model in (FrozenPlan, Manifest):
        return {"value": getattr(record, one.name).sha256}
    if issubclass(one.related_model, Material):
        return {"value": str(value)}
    if one.related_model is Batch:
        return {"value": getattr(record, one.name).number}
    raise TypeError(f"{one} is not told in a manifest yet")


def person_keys(records: Iterable[models.Model]) -> set[int]:
    """Keys of everybody whom the records name."""
    return {
        value
        for record in records
        for one in fields_of(type(record))
        if one.is_relation and one.related_model is User and (value := getattr(record, one.attname))
    }
