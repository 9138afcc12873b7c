"""What a review says of a batch, for pages of rooms that can't import this one."""

from typing import Any

from django import template

from batches.characterization.evidence import Evidence
from batches.masters.plans import Plan
from batches.record.models import Batch
from qc.deviations.models import Deviation
from qc.exceptions import ReviewException
from qc.judging import all_pass, judge_evidence, summary
from qc.notices import badge
from qc.review.answering import answered_in
from qc.review.models import Query
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


@register.simple_tag(takes_context=True)
def bar_numbers(context: dict[str, Any]) -> dict[str, str]:
    """How many notices are new and how many batches wait, for the bar; empty where there are none."""
    request = context.get("request")
    if request is None or not hasattr(request, "session"):
        return {}
    counted = badge.numbers(request)
    return {"notices": badge.words(counted.notices), "batches": badge.words(counted.batches)}


@register.filter
def opened_from(deviations: list[Deviation], exception: ReviewException) -> list[Deviation]:
    """Those of the deviations that were opened from that exception."""
    return [one for one in deviations if one.finding == exception.key]


@register.simple_tag
def queries_on(page: str, batch: Batch) -> list[Query]:
    """The queries that stand on a page of a batch, with what was written in them."""
    return list(Query.objects.filter(batch=batch, page=page).with_messages())


@register.filter
def about(queries: list[Query], field: str) -> list[Query]:
    """Those of the queries that ask about that value; with an empty name those about the whole page."""
    return [query for query in queries if query.field == field]


@register.inclusion_tag("qc/review/_queries_here.html", takes_context=True)
def queries_here(context: dict[str, Any], batch: Batch) -> dict[str, Any]:
    """The open queries of a batch, for both sides, each with the way to where it stands."""
    found = list(Query.objects.filter(batch=batch).with_messages())
    names = ("may_enter", "may_review", "user", "csrf_token")
    return {
        "batch": batch,
        "queries": [query for query in found if query.is_open],
        "closed": [query for query in found if not query.is_open],
        **{name: context.get(name) for name in names},
    }


@register.inclusion_tag("qc/review/_returned_here.html", takes_context=True)
def returned_here(context: dict[str, Any], batch: Batch) -> dict[str, Any]:
    """What a review sent back while the laboratory has the batch, and what became of each point."""
    points = answered_in(batch)
    return {
        "points": points,
        "left": sum(1 for one in points if not one.is_answered),
        "may_answer": context.get("may_enter"),
        "csrf_token": context.get("csrf_token"),
    }
