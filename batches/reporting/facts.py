"""The sheet on which the reporting facts of a batch are entered."""

from batches.record.models import Batch
from batches.record.sheets import Kind, Section, Sheet
from batches.reporting.models import ReportingFacts

FACTS = Kind(
    code="reporting",
    label="Reporting facts",
    details=None,
    icon="newspaper",
    sections=(
        Section("Name and size", ("ev_term", "ev_term_basis", "size_class", "size_cutoff_nm", "size_method")),
        Section("Study", ("study_aim", "sample_condition", "process_control", "topology"), True),
        Section(
            "How the EVs are kept",
            (
                "storage_buffer",
                "storage_container",
                "storage_temp_c",
                "storage_time",
                "storage_freeze_thaws",
            ),
            True,
        ),
    ),
    required=(),
)


def reporting_facts(batch: Batch) -> ReportingFacts | None:
    """The facts of a batch as its page has read them (`with_header`); None while there are none."""
    found: ReportingFacts | None = getattr(batch, "reportingfacts", None)
    return found


def facts_sheet(batch: Batch) -> Sheet:
    """The sheet of the facts, with an empty row where there is none yet."""
    facts = reporting_facts(batch) or ReportingFacts(batch=batch)
    return Sheet(batch, [facts], FACTS, f"/batches/{batch.number}/reporting/")
