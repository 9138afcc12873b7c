"""The whole record of a batch as a reviewer looks at it, read once in a fixed number of queries."""

import json
from dataclasses import dataclass
from typing import Any

from audit.models import Entry, EntryAction
from audit.verifying.models import UnexplainedChange
from batches.characterization.evidence import Evidence
from batches.characterization.models import Assay, details_of
from batches.isolation.methods import step_sheet
from batches.isolation.models import ProcessStep
from batches.isolation.models import details_of as details_of_step
from batches.masters.plans import Plan
from batches.record.missing import missing_in
from batches.record.models import Attachment, Batch, FieldRemark, Reading
from batches.record.sheets import Problem, Sheet
from batches.source.models import DonorTesting, Harvest
from qc.deviations.models import Deviation
from qc.signing import REVIEW_ACTS


@dataclass(frozen=True)
class WholeRecord:
    """Everything about a batch; voided records are among steps and assays.

    `corrections` are the entries that replaced a value, oldest first, each a row of the entry's columns
    with its parsed body. `unexplained` is what was changed behind the trail and stands in the batch's way.
    `deviations` are those opened in it and those that name it as affected too.
    """

    batch: Batch
    plan: Plan
    harvest: Harvest
    steps: list[ProcessStep]
    assays: list[Assay]
    remarks: list[FieldRemark]
    testing: DonorTesting | None
    attachments: list[Attachment]
    readings: list[Reading]
    corrections: list[dict[str, Any]]
    unexplained: list[UnexplainedChange]
    deviations: list[Deviation]

    @property
    def evidence(self) -> Evidence:
        return Evidence.among(self.assays, self.steps)

    @property
    def standing_steps(self) -> list[ProcessStep]:
        return [step for step in self.steps if step.status != ProcessStep.Status.VOIDED]

    @property
    def standing_assays(self) -> list[Assay]:
        return [assay for assay in self.assays if assay.status != Assay.Status.VOIDED]

    def step_sheets(self) -> list[Sheet]:
        """The sheets of the standing steps, with limits and remarks."""
        return [step_sheet(step, self.plan).load_remarks(self.remarks) for step in self.standing_steps]

    def missing(self) -> list[Problem]:
        """Everything that would keep the batch from being submitted."""
        return missing_in(
            self.batch, self.plan, self.harvest, self.standing_steps, self.standing_assays, self.remarks
        )

    def places(self) -> dict[tuple[str, int], tuple[str, str]]:
        """Label and address of where each record of the batch is found, by kind and id."""
        number = self.batch.number
        found = {_key(self.harvest): ("Harvest", f"/batches/{number}/harvest/")}
        for step in self.steps:
            place = (str(step), f"/batches/{number}/steps/{step.position}/")
            found |= {_key(row): place for row in (step, details_of_step(step))}
        for assay in self.assays:
            place = (str(assay), f"/batches/{number}/assays/{assay.number}/")
            found |= {_key(row): place for row in (assay, details_of(assay), *_rows_of(assay))}
        return found


def _key(record: Any) -> tuple[str, int]:
    return record._meta.label_lower, record.pk


def _rows_of(assay: Assay) -> list[Any]:
    """Rows of an assay's details that were read with it."""
    names = {"western_blot": ("markers", "lanes"), "electron_microscopy": ("micrographs",)}
    details = details_of(assay)
    return [row for name in names.get(assay.technique, ()) for row in getattr(details, name).all()]


def load(batch: Batch) -> WholeRecord:
    """Read everything of a batch (`with_header`) that the review page shows."""
    steps = list(ProcessStep.objects.filter(batch=batch).with_details())
    assays = list(Assay.objects.filter(batch=batch).with_details())
    harvest = Harvest.objects.select_related("finished_by").get(batch=batch)
    for record in (harvest, *steps, *assays):
        record.batch = batch
    readings = Reading.objects.filter(attachment__batch=batch).select_related("attachment")
    return WholeRecord(
        batch=batch,
        plan=Plan.of(batch.plan),
        harvest=harvest,
        steps=steps,
        assays=assays,
        remarks=list(FieldRemark.objects.filter(batch=batch, is_withdrawn=False)),
        testing=DonorTesting.objects.filter(source_lot=batch.source_lot_id).first(),
        attachments=list(Attachment.objects.filter(batch=batch)),
        readings=list(readings.defer("curves", "values", "header")),
        corrections=corrections_of(batch.number),
        unexplained=list(UnexplainedChange.objects.blocking(batch.number).select_related("found_by")),
        deviations=list(Deviation.objects.about(batch).with_names().order_by("id")),
    )


def corrections_of(number: str) -> list[dict[str, Any]]:
    """The entries of a batch that replaced a value with a reason, oldest first; one query."""
    changed = Entry.objects.filter(batch_number=number, action=EntryAction.CHANGED)
    rows = changed.exclude(act__in=REVIEW_ACTS).order_by("number_in_batch")
    columns = ("number_in_batch", "at", "actor_username", "act", "kind", "object_id", "object_label", "body")
    parsed = ({**row, "body": json.loads(row["body"])} for row in rows.values(*columns))
    return [row for row in parsed if row["body"].get("reason")]
