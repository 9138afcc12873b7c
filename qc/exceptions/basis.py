"""What every rule looks at: the whole record, the verdicts, and what is worked out of them once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from batches.record.sheets import Problem, Sheet
from qc.judging import Judged
from qc.loading import WholeRecord


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
    def missing(self) -> list[Problem]:
        """Everything that would keep the batch from being submitted."""
        return self.record.missing()

    @cached_property
    def places(self) -> dict[tuple[str, int], tuple[str, str]]:
        """Label and address of every record of the batch, by kind and id."""
        return self.record.places()
