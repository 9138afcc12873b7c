"""What every rule looks at: the whole record, the verdicts, and what is worked out of them once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from audit.models import TrackedModel
from batches.characterization.kinds import Technique
from batches.characterization.microscopy import Micrograph
from batches.characterization.models import details_of
from batches.isolation.holds import Hold, holds_in
from batches.isolation.holds import began as began
from batches.isolation.holds import ended as ended
from batches.isolation.models import ProcessStep
from batches.record.sheets import Problem, Sheet, editable_fields
from qc.deviations.found import skipped_in
from qc.entries import RecordEntry
from qc.judging import Judged
from qc.loading import Key, WholeRecord

Value = tuple[str, int, str]
EM = Technique.ELECTRON_MICROSCOPY
NOTHING: tuple[Any, ...] = (None, "")


@dataclass(frozen=True)
class Basis:
    """A batch's record with its verdicts; nothing here asks the database."""

    record: WholeRecord
    judged: Sequence[Judged]

    @property
    def number(self) -> str:
        return self.record.batch.number

    @cached_property
    def step_sheets(self) -> list[Sheet]:
        """Sheets of the standing steps, with limits and remarks."""
        return self.record.step_sheets()

    @cached_property
    def sheets(self) -> list[Sheet]:
        """Sheets of everything that stands: harvests, steps, assays."""
        return [*self.record.harvest_sheets(), *self.step_sheets, *self.record.assay_sheets()]

    @cached_property
    def missing(self) -> list[Problem]:
        """Everything that would keep the batch from being submitted."""
        return self.record.missing()

    @cached_property
    def places(self) -> dict[Key, tuple[str, str]]:
        """Label and address of every record of the batch, by kind and id."""
        return self.record.places()

    def place(self, key: Key, otherwise: str, field: str = "") -> tuple[str, str]:
        """Label and address of a record, to the very field where it has one."""
        label, url = self.places.get(key, (otherwise, ""))
        return label, f"{url}#value-{field}" if field and url and "#" not in url else url

    def subject(self, problem: Problem) -> tuple[str, int | None]:
        """Kind and id of the row that a missing value belongs to; nothing where it is no value."""
        sheet = next((one for one in self.sheets if one.url == problem.url.partition("#")[0]), None)
        if sheet is None or not problem.field:
            return "", None
        part = sheet.part_of(problem.field)
        return part._meta.label_lower, part.pk

    @cached_property
    def entries_by_place(self) -> dict[str, list[RecordEntry]]:
        """The entries of each step, assay and harvest with all their rows, by its label."""
        found: dict[str, list[RecordEntry]] = defaultdict(list)
        for entry in self.record.entries:
            place = self.places.get(entry.key)
            if place:
                found[place[0]].append(entry)
        return found

    @cached_property
    def steps_in_order(self) -> list[ProcessStep]:
        """The standing steps in the order of work."""
        return sorted(self.record.standing_steps, key=lambda step: step.work_order)

    @cached_property
    def holds(self) -> list[Hold]:
        """The waits between steps that the plan limits."""
        return list(holds_in(self.record.standing_steps, self.record.plan))

    @cached_property
    def claimed(self) -> dict[int, str]:
        """Entries that a rule tells of because of what stood before them (claims)."""
        from qc.exceptions import claims  # that module reads this one

        return claims.claimed(self)

    @cached_property
    def skipped(self) -> dict[int, Any]:
        """Planned steps that were left out without a closed deviation, by id, with what is told of them."""
        record = self.record
        found = skipped_in(record.batch, record.plan, record.steps, record.deviations)
        return {step.pk: (step, told) for step, told in found}

    @cached_property
    def scaled_by_file(self) -> set[int]:
        """Micrographs whose pixel size the file gave."""
        microscopies = [details_of(one) for one in self.record.assays if one.technique == EM]
        pictures = (picture for details in microscopies for picture in details.micrographs.all())
        return {one.pk for one in pictures if one.scale_source == Micrograph.ScaleSource.FILE}

    @cached_property
    def values(self) -> set[Value]:
        """Every value of what stands: fields that hold something or carry a remark."""
        remarked = {(one.record_kind, one.record_id, one.field) for one in self.record.remarks}
        parts = [part for sheet in self.sheets for part in (*sheet.parts, *_rows(sheet))]
        standing = {(part._meta.label_lower, part.pk) for part in parts}
        held = {value for part in parts for value in _values_of(part)}
        return held | {value for value in remarked if value[:2] in standing}


def _rows(sheet: Sheet) -> list[Any]:
    rows = [row for kind in sheet.kind.rows for row in getattr(sheet.details, kind.related).all()]
    return [row for row in rows if not row.is_voided]


def _values_of(part: TrackedModel) -> list[Value]:
    kind, pk, held = part._meta.label_lower, part.pk, part.__dict__
    return [(kind, pk, name) for name in _entered_fields(type(part)) if held.get(name) not in NOTHING]


@lru_cache(maxsize=100)
def _entered_fields(model: type[TrackedModel]) -> tuple[str, ...]:
    return editable_fields(model)
