"""What the pages of a donor and a source lot show: labels, values as people read them, units."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone

from audit.words import capital
from batches.source.advice import INFECTION_TESTS
from batches.source.lot_kinds import LOT_KINDS, details_fields
from batches.source.models import Donor, DonorTesting, SourceLot, TestResult
from batches.source.treatments import GeneticModification, Priming, Treatment
from batches.templatetags.exoledger import when

# How a result looks: kind and icon of its pill; the word stands beside it.
RESULT_LOOKS = {
    TestResult.NEGATIVE: ("pass", "check"),
    TestResult.POSITIVE: ("fail", "virus-covid"),
    TestResult.PENDING: ("warn", "hourglass-half"),
    TestResult.NOT_DONE: ("calm", "ban"),
    "": ("calm", "circle-minus"),
}


class Fact(NamedTuple):
    """One value of a record: its label, the value for people (empty when not recorded), its unit."""

    label: str
    value: Any
    unit: str


class FactSection(NamedTuple):
    """A titled group of facts."""

    title: str
    icon: str
    facts: list[Fact]


class TreatmentCard(NamedTuple):
    """What was done to the cells in one way: each row with its facts. `kind` is the word in addresses."""

    kind: str
    title: str
    icon: str
    rows: list[tuple[Treatment, list[Fact]]]


class InfectionTest(NamedTuple):
    """One infection test: what it looks for, the result in words, and how the pill looks."""

    label: str
    words: str
    pill: str
    icon: str


def donor_facts(donor: Donor) -> list[Fact]:
    """Everything a donor's record holds beside its code."""
    names = [field.name for field in donor._meta.concrete_fields if field.editable and not field.primary_key]
    return [fact(donor, donor._meta.get_field(name)) for name in names if name != "code"]  # type: ignore[arg-type]


def lot_facts(lot: SourceLot) -> list[FactSection]:
    """A lot's facts by section, infection tests aside (see infection_tests)."""
    kind = LOT_KINDS[lot.kind]
    sections = [FactSection(group.title, group.icon, _common(lot, group.fields)) for group in kind.groups]
    rows = [part for part in kind.parts(lot)[1:] if not isinstance(part, DonorTesting)]
    details = [
        FactSection(_title(row), "clipboard-list", [fact(row, field) for field in details_fields(type(row))])
        for row in rows
    ]
    return [*sections[:-1], *details, sections[-1]]


def treatment_cards(rows: Sequence[Treatment]) -> list[TreatmentCard]:
    """Genetic modifications and priming of a lot, each on a card; only what is recorded is listed."""
    kinds: tuple[tuple[type[Any], str, str, str], ...] = (
        (GeneticModification, "modification", "Genetic modification", "dna"),
        (Priming, "priming", "Priming", "temperature-arrow-up"),
    )
    return [
        TreatmentCard(kind, title, icon, [(row, _recorded(row)) for row in rows if isinstance(row, model)])
        for model, kind, title, icon in kinds
    ]


def _recorded(row: Treatment) -> list[Fact]:
    shown = [fact(row, field) for field in details_fields(type(row))]
    return [one for one in shown if one.value not in (None, "")]


def _title(row: models.Model) -> str:
    return capital(str(row._meta.verbose_name))


def _common(lot: SourceLot, names: tuple[str, ...]) -> list[Fact]:
    """The lot's own fields; the donor has a place of its own on the page, the unit stands at the amount."""
    shown = [name for name in names if name not in {"donor", "collected_unit"}]
    return [fact(lot, SourceLot._meta.get_field(name)) for name in shown]  # type: ignore[arg-type]


def fact(record: models.Model, field: models.Field) -> Fact:
    """One field of a record as people read it."""
    value = getattr(record, field.name)
    if field.choices:
        value = record._get_FIELD_display(field)  # type: ignore[attr-defined]
    elif field.is_relation and value is not None:
        value = str(value)
    elif isinstance(value, bool):
        value = "yes" if value else "no"
    elif isinstance(value, dt.datetime):
        value = when(timezone.localtime(value))
    elif isinstance(value, dt.date):
        value = when(value)
    return Fact(capital(str(field.verbose_name)), value, _unit(record, field))


def _unit(record: models.Model, field: models.Field) -> str:
    if isinstance(record, SourceLot) and field.name == "collected_amount":
        return record.collected_unit
    if isinstance(record, Priming) and field.name == "dose":
        return record.dose_unit
    return getattr(field, "unit", "")


def infection_tests(lot: SourceLot) -> dict[str, Any] | None:
    """The infection tests of a lot: whose specimen, when, each result. None for kinds without a donor."""
    testing = next((part for part in LOT_KINDS[lot.kind].parts(lot) if isinstance(part, DonorTesting)), None)
    if testing is None:
        return None
    return {
        "title": f"Infection tests · {testing.get_taken_from_display().lower()}",
        "facts": [
            fact(testing, DonorTesting._meta.get_field(name))  # type: ignore[arg-type]
            for name in ("taken_from", "specimen_on", "report_ref")
        ],
        "lines": [_test_line(testing, name) for name in INFECTION_TESTS],
    }


def _test_line(testing: DonorTesting, name: str) -> InfectionTest:
    result = getattr(testing, name)
    label = capital(str(getattr(DonorTesting._meta.get_field(name), "verbose_name", name)))
    pill, icon = RESULT_LOOKS[result]
    words = str(TestResult(result).label).lower() if result else "not recorded"
    return InfectionTest(label, words, pill, icon)
