"""What a review says of a batch, for pages of rooms that can't import this one."""

from typing import Any

from django import template

from batches.characterization.evidence import Evidence
from batches.masters.plans import Plan
from batches.record.models import Batch
from qc.deviations.models import Deviation
from qc.exceptions import ReviewException
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


@register.inclusion_tag("qc/deviations/_here.html", takes_context=True)
def deviations_here(
    context: dict[str, Any], batch: Batch, place: str = "", number: int | None = None
) -> dict[str, Any]:
    """The deviations of a batch, or of one step, assay or harvest of it, and the way to open another."""
    found = Deviation.objects.about(batch).with_names().order_by("-id")
    if place:
        found = found.filter(batch=batch, place=place, place_number=number)
    return {
        "deviations": found,
        "batch": batch,
        "place": place,
        "at": context["request"].path,
        "may_enter": context.get("may_enter"),
        "may_read_deviations": context.get("may_read_deviations"),
    }


@register.filter
def opened_from(deviations: list[Deviation], exception: ReviewException) -> list[Deviation]:
    """Those of the deviations that were opened from that exception."""
    return [one for one in deviations if one.finding == exception.key]
