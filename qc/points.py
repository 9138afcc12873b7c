"""What a review sends back to the laboratory: a record, perhaps one value of it, and what is wrong."""

from typing import NamedTuple

from batches.characterization.models import Assay
from batches.characterization.techniques import assay_sheet
from batches.isolation.methods import step_sheet
from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan
from batches.record.sheets import Sheet
from batches.source.harvest import harvest_sheet
from batches.source.models import Harvest


class Point(NamedTuple):
    """A record that goes back, what is wrong with it, and the value of it that is meant, if one is."""

    record: ProcessStep | Assay | Harvest
    words: str
    field: str = ""

    @property
    def sheet(self) -> Sheet:
        """The page on which the laboratory puts it right."""
        if isinstance(self.record, ProcessStep):
            return step_sheet(self.record, Plan.of(self.record.batch.plan))
        return assay_sheet(self.record) if isinstance(self.record, Assay) else harvest_sheet(self.record)
