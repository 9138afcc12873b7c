"""How the example people work: values go into sheets, as the pages do it.

A sheet may serve for several actions: each of them reads the rows anew under the batch's lock.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.models import User
from audit.refusal import Reason
from batches.characterization.actions import add_assay
from batches.characterization.models import Assay
from batches.characterization.techniques import assay_sheet
from batches.isolation.methods import step_sheet
from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan
from batches.quantities import typed_form
from batches.record.models import Batch, FieldRemark
from batches.record.sheets import Sheet
from batches.record.values import Entered, explain_out_of_limits, mark_not_applicable, record_values
from batches.reporting.actions import begin_facts
from batches.reporting.facts import facts_sheet
from batches.source.harvest import harvest_sheet
from batches.source.models import Harvest


def step_page(batch: Batch, position: int) -> Sheet:
    """The sheet of a step as its page shows it now."""
    step = ProcessStep.objects.with_details().get(batch=batch, position=position)
    return step_sheet(step, Plan.of(batch.plan)).load_remarks(_remarks(batch))


def assay_page(batch: Batch, number: int) -> Sheet:
    """The sheet of an assay as its page shows it now."""
    return assay_sheet(Assay.objects.with_details().get(batch=batch, number=number)).load_remarks(
        _remarks(batch)
    )


def open_assay(batch: Batch, technique: str, by: User, sample: str = Assay.Sample.FINAL) -> Sheet:
    """Open an assay and turn to its page."""
    return assay_page(batch, add_assay(batch=batch, technique=technique, sample=sample, by=by).number)


def harvest_page(batch: Batch, position: int = 1) -> Sheet:
    """A harvest's sheet as its page shows it now."""
    harvest = Harvest.objects.at(position).get(batch=batch)
    return harvest_sheet(harvest).load_remarks(_remarks(batch))


def facts_page(batch: Batch, by: User) -> Sheet:
    """The reporting facts of a batch, begun where nobody had."""
    batch.reportingfacts = begin_facts(batch=batch, by=by)  # type: ignore[attr-defined]
    return facts_sheet(batch).load_remarks(_remarks(batch))


def _remarks(batch: Batch) -> Any:
    return FieldRemark.objects.filter(batch=batch, is_withdrawn=False)


def enter(sheet: Sheet, values: Mapping[str, Any], by: User, reason: Reason | None = None) -> Sheet:
    """Enter values, or correct them with a reason."""
    entered = [Entered(name, value, typed=typed(value)) for name, value in values.items()]
    return record_values(sheet=sheet, entered=entered, by=by, reason=reason)


def typed(value: Any) -> str:
    """A value as somebody types it: 2.4e10, 480."""
    return typed_form(value) if isinstance(value, Decimal) else str(value)


def leave_out(sheet: Sheet, fields: Mapping[str, str], by: User) -> None:
    """Say of each field why it does not apply."""
    for field, words in fields.items():
        mark_not_applicable(sheet=sheet, field=field, words=words, by=by)


def explain(sheet: Sheet, reasons: Mapping[str, str], by: User) -> None:
    """Say of each value out of limits why it is so."""
    for field, words in reasons.items():
        explain_out_of_limits(sheet=sheet, field=field, words=words, by=by)
