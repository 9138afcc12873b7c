"""A sheet of values on paper: every value with unit, limit and verdict, and what stood there before."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db import models

from audit.words import capital
from batches.quantities import people_number
from batches.record.calculations import Calculation, words_of
from batches.record.models import FieldRemark
from batches.record.sheets import RowKind, Sheet, needed_fields
from qc.papers.heads import day_words, minute_words
from qc.papers.histories import Histories

STATES = {"inside": "within limits", "alert": "close to the limit", "outside": "out of limits"}
NOT_SHOWN = {"revision", "is_voided"}
MOST_NARROW, MOST_WIDE = 5, 22  # letters of a column


def value_words(record: models.Model, field: Any) -> str:
    """A value as people write it, without its unit; empty where there is none."""
    value = getattr(record, field.name)
    if value is None or value == "":
        return ""
    if field.choices:
        return str(record._get_FIELD_display(field))  # type: ignore[attr-defined]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal | int):
        return people_number(value)
    if isinstance(value, dt.datetime):
        return minute_words(value)
    return f"{value:%-d %b %Y}" if isinstance(value, dt.date) else str(value)


def label_of(field: Any) -> str:
    """A field's name with a capital letter; pH stays pH."""
    return capital(str(field.verbose_name))


def sheet_data(
    sheet: Sheet, histories: Histories, calculations: Mapping[str, Calculation] | None = None
) -> dict[str, Any]:
    """Everything that stands on a sheet; what was left empty and isn't needed is named in one line.

    `calculations` are by field the latest ones that values of the sheet came from.
    """
    needed, empty, calculations = needed_fields(sheet), [], calculations or {}
    sections = []
    for section in sheet.kind.sections:
        values = []
        for name in section.fields:
            value = _value(sheet, name, histories)
            if name in calculations:
                value["calculated"] = words_of(calculations[name], sheet)
            if value["text"] or value["state"] or value["earlier"] or name in needed:
                values.append(value)
            else:
                empty.append(value["label"])
        if values:
            sections.append({"title": section.title, "values": values})
    computed = list(_computed(sheet, histories))
    if computed:
        sections.append({"title": "Computed, or read from the file", "values": computed})
    return {
        "sections": sections,
        "empty": ", ".join(empty),
        "tables": [_table(sheet, kind, histories) for kind in sheet.kind.rows],
    }


def _value(sheet: Sheet, name: str, histories: Histories) -> dict[str, Any]:
    part, field = sheet.part_of(name), sheet.model_field(name)
    unit = getattr(field, "unit", "")
    past, verdict = histories.past(part, name), sheet.verdict(name)
    told = _told(part, field, past)
    told["limit"] = sheet.limits[name].words(unit) if name in sheet.limits else ""
    told["state"], told["state_words"] = verdict, STATES.get(verdict, "")
    excused = sheet.remark(name, FieldRemark.Kind.NOT_APPLICABLE)
    explained = sheet.remark(name, FieldRemark.Kind.OUT_OF_LIMITS)
    if excused is not None:
        told |= {"state": "na", "state_words": "not applicable", "remark": excused.words}
    elif explained is not None and verdict == "outside":
        told["remark"] = explained.words
    return told


def _told(record: models.Model, field: Any, past: Any) -> dict[str, Any]:
    text = value_words(record, field)
    return {
        "label": label_of(field),
        "text": text,
        "unit": getattr(field, "unit", ""),
        "limit": "",
        "state": "",
        "state_words": "",
        "remark": "",
        "calculated": "",
        "saved": past.saved if text else "",
        "earlier": past.earlier,
    }


def _computed(sheet: Sheet, histories: Histories) -> Iterator[dict[str, Any]]:
    """Values that nobody types: computed from others, or read from an instrument's file."""
    for field in sheet.details._meta.concrete_fields if sheet.kind.details else ():
        if field.editable or field.is_relation or field.primary_key or field.name in NOT_SHOWN:
            continue
        told = _told(sheet.details, field, histories.past(sheet.details, field.name))
        if told["text"] or told["earlier"]:
            yield told
    for words, name in (
        ("Volume recovered", "volume_recovery_percent"),
        ("Particles recovered", "particle_recovery_percent"),
    ):
        share = getattr(sheet.subject, name, None)
        if share is not None:
            yield {**BLANK, "label": words, "text": f"{share:.1f}", "unit": "%"}


BLANK: dict[str, Any] = dict.fromkeys(
    ("label", "text", "unit", "limit", "state", "state_words", "remark", "calculated", "saved"), ""
) | {"earlier": []}


def _table(sheet: Sheet, kind: RowKind, histories: Histories) -> dict[str, Any]:
    fields = [kind.model._meta.get_field(name) for name in kind.fields]
    rows = list(getattr(sheet.details, kind.related).all())
    shown = [field for field in fields if any(value_words(row, field) for row in rows)]
    told = [_row(row, shown, histories) for row in rows]
    columns = [_heading(field) for field in shown]
    return {"title": kind.title, "columns": columns, "widths": _widths(columns, told), "rows": told}


def _widths(columns: list[str], rows: list[dict[str, Any]]) -> list[int]:
    """How wide each column is beside the others, by the longest word that stands in it."""
    found = []
    for at, heading in enumerate(columns):
        texts = [heading, *(row["cells"][at]["text"] for row in rows)]
        longest = max((len(word) for text in texts for word in text.split()), default=1)
        found.append(min(max(longest, MOST_NARROW), MOST_WIDE))
    return found


def _heading(field: Any) -> str:
    unit = getattr(field, "unit", "")
    return f"{label_of(field)} ({unit})" if unit else label_of(field)


def _row(row: Any, fields: list[Any], histories: Histories) -> dict[str, Any]:
    return {
        "cells": [
            {"text": value_words(row, field), "earlier": histories.past(row, field.name).earlier}
            for field in fields
        ],
        "is_voided": row.is_voided,
        "why": histories.why_voided(row),
    }


def facts_of(record: Any, names: tuple[str, ...]) -> list[list[str]]:
    """Labels and values of some fields of a record, without empty ones."""
    found = []
    for name in names:
        field = record._meta.get_field(name)
        text = value_words(record, field)
        if text:
            found.append([label_of(field), f"{text} {getattr(field, 'unit', '')}".rstrip()])
    return found


def did(words: str, person: Any, moment: dt.datetime | None) -> list[str] | None:
    """Who did something and when, as a fact; None where nobody has."""
    if moment is None:
        return None
    who = f"{person.printed_name} ({person.username}), " if person else ""
    return [words, f"{who}{minute_words(moment)}"]


def day(moment: dt.date | dt.datetime | None) -> str:
    """A day for people, of a date or a moment."""
    if isinstance(moment, dt.datetime):
        return day_words(moment)
    return f"{moment:%-d %b %Y}" if moment else ""
