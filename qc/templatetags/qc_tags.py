"""What a review says of a batch, for pages of rooms that can't import this one."""

from typing import Any

from django import template

from batches.characterization.evidence import Evidence
from batches.masters.plans import Plan
from batches.record.models import Batch
from qc.judging import all_pass, judge_evidence, summary
from qc.signing import signatures_of

register = template.Library()


@register.inclusion_tag("qc/_verdicts.html")
def qc_verdicts(batch: Batch, evidence: Evidence) -> dict[str, Any]:
    """The specification with results and verdicts, over evidence that the page has read already."""
    judged = judge_evidence(Plan.of(batch.plan), evidence)
    return {"judged": judged, "summary": summary(judged), "all_pass": all_pass(judged), "with_summary": True}


@register.inclusion_tag("qc/_signatures.html")
def qc_signatures(batch: Batch) -> dict[str, Any]:
    """All signatures of a batch with their validity."""
    return {"signatures": signatures_of(batch)}
