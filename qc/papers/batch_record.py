"""The whole batch record as data for paper: every stage with every value, and all that was decided."""

from collections.abc import Iterator, Sequence
from typing import Any

from batches.characterization import charts
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay, details_of
from batches.characterization.plates import plate_curves_of
from batches.characterization.results import curves_of
from batches.characterization.techniques import assay_sheet
from batches.isolation.methods import planned_copy, step_sheet
from batches.isolation.models import ProcessStep
from batches.materials.chosen import ChosenMaterial, last_choices
from batches.pooling.parts import standing
from batches.quantities import people_number
from batches.record.calculations import calculations_among
from batches.record.models import Batch, Reading
from batches.record.sheets import Sheet
from batches.reporting.facts import facts_sheet, reporting_facts
from batches.source.harvest import harvest_sheet
from batches.source.models import Harvest
from qc.exceptions import RULE_SET, exceptions_of
from qc.judging import Judged, judge_evidence, summary
from qc.loading import WholeRecord, load
from qc.models import Review
from qc.papers.certificate import manifest_of, result_data, signature_data
from qc.papers.heads import minute_words
from qc.papers.histories import Histories
from qc.papers.pictures import chart_file, photograph
from qc.papers.plates import plate_table
from qc.papers.rendering import Picture
from qc.papers.sheets import did, facts_of, sheet_data
from qc.papers.surroundings import (
    deviation_data,
    exception_data,
    file_data,
    part_data,
    query_data,
    source_data,
)
from qc.review.deciding import decisions_of, faced
from qc.review.models import Query
from qc.signing import signatures_of


class Record:
    """A batch's record as it stands now: `data` for the template, `pictures` to be made by their names."""

    def __init__(self, batch: Batch):
        self.record = load(batch)
        self.pictures: dict[str, Picture] = {}
        shown = signatures_of(batch)
        self.histories = Histories.of(batch.number, (one.signature.entries_signed for one in shown))
        judged = judge_evidence(self.record.plan, self.record.evidence)
        self.data: dict[str, Any] = {
            "batch": _batch(self.record),
            "results": [result_data(one) for one in judged],
            "summary": summary(judged),
            "rule_set": RULE_SET,
            "exceptions": self._exceptions(judged),
            "queries": [query_data(one) for one in Query.objects.filter(batch=batch).with_messages()],
            "source": [part for lot in self.record.lots for part in source_data(lot.pk)],
            "parts": [part_data(row) for row in self.record.pooled.parts],
            "harvests": [self._harvest(one) for one in self.record.every_harvest],
            "facts": self._facts(),
            "steps": [self._step(step) for step in self.record.steps],
            "assays": [self._assay(assay) for assay in self.record.assays],
            "chart": self._overlay(),
            "deviations": [deviation_data(one) for one in self.record.deviations],
            "reviews": list(_reviews(batch)),
            "files": [file_data(one) for one in self.record.attachments],
            "signatures": [signature_data(one) for one in shown],
            "manifest": manifest_of(shown),
            "trail": self.histories.lines,
        }

    @property
    def entries(self) -> int:
        """How many entries the trail has."""
        return len(self.histories.lines)

    def _exceptions(self, judged: list[Judged]) -> list[dict[str, Any]]:
        found, decisions = exceptions_of(self.record, judged), decisions_of(self.record.batch)
        return [exception_data(one) for one in faced(found, decisions, self.record.deviations, ())]

    # --- stages -----------------------------------------------------------------------------------

    def _stage(self, sheet: Sheet, people: list[list[str] | None], **more: Any) -> dict[str, Any]:
        sheet.load_remarks(self.record.remarks)
        return {
            "title": sheet.label,
            "kind": sheet.kind.label,
            "people": [one for one in people if one],
            "is_voided": False,
            "why_voided": "",
            "instructions": "",
            "pictures": [],
            "chart": None,
            **sheet_data(sheet, self.histories, calculations_among(self.record.calculations, sheet)),
            **more,
        }

    def _harvest(self, harvest: Harvest) -> dict[str, Any]:
        people = [
            ["Source lot", harvest.lot.code] if len(self.record.lots) > 1 else None,
            did("Finished", harvest.finished_by, harvest.finished_at),
            did("Voided", harvest.voided_by, harvest.voided_at),
        ]
        return self._stage(
            harvest_sheet(harvest),
            people,
            is_voided=harvest.is_voided,
            why_voided=self.histories.why_voided(harvest) if harvest.is_voided else "",
        )

    def _facts(self) -> dict[str, Any] | None:
        """What the record holds for the publication; None while nothing of it was entered."""
        batch = self.record.batch
        return self._stage(facts_sheet(batch), []) if reporting_facts(batch) is not None else None

    def _step(self, step: ProcessStep) -> dict[str, Any]:
        planned = planned_copy(step, self.record.plan)
        people = [
            did("Started", step.started_by, step.started_at),
            did("Finished", step.finished_by, step.finished_at),
            did("Checked", step.checked_by, step.checked_at),
            did("Voided", step.voided_by, step.voided_at),
            *(_chosen(one) for one in last_choices(self.record.chosen) if one.step_id == step.pk),
        ]
        if step.is_critical and step.checked_at is None and step.status != ProcessStep.Status.VOIDED:
            people.append(["Checked", "not yet: a second person checks it"])
        return self._stage(
            step_sheet(step, self.record.plan),
            people,
            status=step.get_status_display(),
            is_critical=step.is_critical,
            is_voided=step.status == ProcessStep.Status.VOIDED,
            why_voided=self.histories.why_voided(step),
            instructions=planned.instructions if planned else "Not planned: added to this batch.",
        )

    def _assay(self, assay: Assay) -> dict[str, Any]:
        people = [
            did("Recorded", assay.performed_by, assay.performed_at),
            did("Finished", assay.finished_by, assay.finished_at),
            did("Voided", assay.voided_by, assay.voided_at),
        ]
        data = self._stage(
            assay_sheet(assay),
            people,
            status=assay.get_status_display(),
            is_critical=False,
            is_voided=assay.status == Assay.Status.VOIDED,
            why_voided=self.histories.why_voided(assay),
            pictures=list(self._photographs(assay)),
            source_file=_source_file(assay, self.record.readings),
        )
        if curves := plate_curves_of(assay):
            data["tables"].append(plate_table(curves))
        return data

    # --- pictures ---------------------------------------------------------------------------------

    def _photographs(self, assay: Assay) -> Iterator[dict[str, str]]:
        details = details_of(assay)
        if assay.technique == Technique.WESTERN_BLOT and details.image:
            yield self._photograph(f"assay-{assay.number}-blot", details.image, "Blot")
        if assay.technique == Technique.ELECTRON_MICROSCOPY:
            for one in details.standing_micrographs:
                size = (
                    f", {people_number(one.pixel_size_nm)} nm/px" if one.pixel_size_nm else ", not calibrated"
                )
                words = f"{one.get_view_display()}{size}"
                name = f"assay-{assay.number}-{one.pk}"
                yield self._photograph(name, one.attachment, words, one.width_px, one.pixel_size_nm)

    def _photograph(
        self, name: str, attachment: Any, words: str, width_px: int | None = None, nm_per_px: Any = None
    ) -> dict[str, str]:
        file_name = f"{name}.jpg"
        self.pictures[file_name] = lambda: photograph(attachment, width_px, nm_per_px)
        return {"file": file_name, "words": words, "name": attachment.name, "sha256": attachment.sha256}

    def _overlay(self) -> list[dict[str, str]]:
        """Size distributions, up to four replicates of the same sample over each other in each picture."""
        read = [
            details_of(assay)
            for assay in self.record.standing_assays
            if assay.technique == Technique.NTA and details_of(assay).reading_id
        ]
        by_sample: dict[str, list[Any]] = {}
        for details in read:
            by_sample.setdefault(details.assay.get_sample_display(), []).append(details)
        low, high = map(float, self.record.plan.window)
        drawn: list[dict[str, str]] = []
        for sample, replicates in by_sample.items():
            curves = curves_of(replicates)
            for start in range(0, len(curves), charts.CURVES):
                some = curves[start : start + charts.CURVES]
                svg = charts.size_distribution(some, window_nm=(low, high))
                file_name = f"sizes-{len(drawn) + 1}.svg"
                self.pictures[file_name] = chart_file(svg)
                drawn.append({"file": file_name, "words": f"{sample}: {', '.join(one.name for one in some)}"})
        return drawn


def _chosen(one: ChosenMaterial) -> list[str]:
    """What a step took from the reference data, and who chose it when."""
    who = f"{one.chosen_by.printed_name}, {minute_words(one.chosen_at)}"
    return [f"{one.get_kind_display()} from the list", f"{one.name} (chosen by {who})"]


def _source_file(assay: Assay, readings: Sequence[Reading]) -> str:
    """The instrument's export that an assay was read from, and what stands beside it, with what read each."""
    details = details_of(assay)
    named = [getattr(details, f"{key}_id", None) for key in ("reading", "position_table", "band_table")]
    by_key = {one.pk: one for one in readings}
    found = [by_key[pk] for pk in named if pk in by_key]
    return "; ".join(
        f"{one.attachment.name}, read as {one}; SHA-256 {one.attachment.sha256}" for one in found
    )


def _batch(record: WholeRecord) -> dict[str, Any]:
    batch, plan = record.batch, record.plan
    facts = [
        ["Product", f"{batch.product.name} ({batch.product.code})"],
        ["Status", batch.get_status_display()],
        *(["Source lot", f"{lot.code}, {lot.get_kind_display()}"] for lot in record.lots),
        ["Made of", ", ".join(row.part.number for row in standing(record.pooled.parts))],
        ["Disposition", batch.get_disposition_display()],
        ["Master record", f"{plan.master_code} version {plan.version}, {plan.title}"],
        ["Specification", plan.specification_name],
        did("Opened", batch.opened_by, batch.opened_at),
        did("Submitted", batch.submitted_by, batch.submitted_at),
    ]
    return {
        "number": batch.number,
        "facts": [fact for fact in facts if fact],
        "notes": batch.notes,
        "status": batch.get_status_display(),
        "disposition": batch.get_disposition_display() if batch.disposition else "",
        "is_rejected": "rejected" in (batch.status, batch.disposition),
        "is_decided": batch.status in (Batch.Status.APPROVED, Batch.Status.REJECTED),
    }


def _reviews(batch: Batch) -> Iterator[dict[str, Any]]:
    for one in Review.objects.filter(batch=batch).select_related("begun_by", "decided_by").order_by("round"):
        yield {
            "title": f"Round {one.round}: {one.get_decision_display().lower()}",
            "facts": [
                fact
                for fact in (
                    did("Begun", one.begun_by, one.begun_at),
                    did("Decided", one.decided_by, one.decided_at),
                    *([label, text] for label, text in facts_of(one, ("comment",))),
                )
                if fact
            ],
            "returned": [[point.where, point.words] for point in one.returned_points.all()],
        }
