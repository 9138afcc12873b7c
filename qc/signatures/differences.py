"""What differs between two manifests: section by section, field by field, then and now."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from batches.quantities import MOST_DIGITS, people_number
from qc.signatures.contents import RECORD
from qc.signatures.said import COMPUTED, REVIEW

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
LARGE_NUMBER = re.compile(r"^\d{6,20}(\.\d+)?$")
PARTS = {
    RECORD: "The record",
    COMPUTED: "Plan, verdicts and exceptions",
    REVIEW: "Review",
}


@dataclass(frozen=True)
class Changed:
    """One value that differs; empty where it was not there."""

    label: str
    then: str
    now: str


@dataclass
class SectionDiff:
    """A section that differs; `is_new` or `is_gone` where only one manifest has it."""

    title: str
    part: str
    is_new: bool = False
    is_gone: bool = False
    values: list[Changed] = field(default_factory=list)


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[SectionDiff]:
    """Every section that differs between two manifests' contents, in the order of the later one."""
    before = {one["key"]: one for one in then["sections"]}
    after = {one["key"]: one for one in now["sections"]}
    gone = [one for key, one in before.items() if key not in after]
    found = [_compared(before.get(key), one) for key, one in after.items()]
    found += [_compared(one, None) for one in gone]
    return [one for one in found if one.values or one.is_new or one.is_gone]


def _compared(then: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> SectionDiff:
    shown = now or then or {}
    old, new = (_by_field(one["values"] if one else ()) for one in (then, now))
    values = [
        Changed(
            label=(new.get(name) or old[name])["label"],
            then=words_of(old.get(name)),
            now=words_of(new.get(name)),
        )
        for name in [*new, *(one for one in old if one not in new)]
        if _told(old.get(name)) != _told(new.get(name))
    ]
    return SectionDiff(shown["title"], shown["part"], then is None, now is None, values)


def _by_field(values: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {one["field"]: one for one in values}


def _told(value: Mapping[str, Any] | None) -> Any:
    """What counts as the same: the value and the verdict on it."""
    return value and (value["value"], value.get("unit"), value.get("limit"), value.get("verdict"))


def words_of(value: Mapping[str, Any] | None) -> str:
    """A value as people read it: words in place of codes, with its unit; empty for none."""
    if value is None:
        return ""
    return f"{value.get('text') or _plain_words(value['value'])} {value.get('unit', '')}".rstrip()


def _plain_words(value: Any) -> str:
    """A value without words of its own: yes and no, times in UTC, large numbers as people write them."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and TIME.match(value):
        return f"{datetime.fromisoformat(value):%-d %b %Y %H:%M:%S} UTC"
    if isinstance(value, str) and LARGE_NUMBER.match(value):
        return people_number(Decimal(value), MOST_DIGITS)
    return str(value)
