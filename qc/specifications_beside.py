"""A batch judged by another version of a specification, beside its own verdicts and never instead of them."""

from dataclasses import dataclass, replace
from itertools import zip_longest

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from accounts import roles
from accounts.gates import only
from batches.characterization.evidence import Evidence, evidence_of
from batches.masters.plans import Plan, criteria_of
from batches.record.models import Batch
from batches.specifications.content import criteria_content
from batches.specifications.models import SpecificationVersion
from qc.judging import Judged, judge_evidence, summary


@dataclass(frozen=True)
class Beside:
    """One attribute under both versions; one side is missing where only the other has the criterion."""

    own: Judged | None
    other: Judged | None

    @property
    def label(self) -> str:
        one = self.own or self.other
        return one.label if one else ""

    @property
    def differs(self) -> bool:
        """Whether both versions judge it, and not alike."""
        return bool(self.own and self.other and self.own.verdict != self.other.verdict)


def beside(own: list[Judged], other: list[Judged]) -> list[Beside]:
    """Both judgements, in the order of the batch's own version; criteria of one attribute and rule pair."""
    keys = dict.fromkeys(_key(one) for one in (*own, *other))
    return [Beside(*pair) for key in keys for pair in zip_longest(_of(own, key), _of(other, key))]


def _key(judged: Judged) -> tuple[str, str]:
    return judged.criterion.attribute, judged.criterion.operator


def _of(judged: list[Judged], key: tuple[str, str]) -> list[Judged]:
    return [one for one in judged if _key(one) == key]


def judged_by(version: SpecificationVersion, plan: Plan, evidence: Evidence) -> list[Judged]:
    """The same evidence under the criteria of a version."""
    return judge_evidence(replace(plan, criteria=criteria_of(criteria_content(version))), evidence)


def others_of(batch: Batch, plan: Plan) -> list[SpecificationVersion]:
    """Versions of the product's specifications that the batch was not opened with, newest first."""
    versions = SpecificationVersion.objects.filter(specification__product=batch.product_id)
    found = versions.select_related("specification__product").order_by("-pk")
    own = (plan.specification_code, plan.specification_version)
    return [one for one in found if (one.specification.code, one.number) != own]


@require_GET
@only(roles.READ_QC)
def against_newest(request: HttpRequest, number: str) -> HttpResponse:
    """To the version that a batch is most likely compared with: effective ones first, then the newest."""
    batch = get_object_or_404(Batch.objects.with_header(), number=number)
    others = sorted(others_of(batch, Plan.of(batch.plan)), key=lambda one: not one.is_effective)
    if others:
        return redirect("against", number, others[0].specification.code, others[0].number)
    context = {"batch": batch, "plan": Plan.of(batch.plan), "section": "qc"}
    return render(request, "qc/against.html", context)


@require_GET
@only(roles.READ_QC)
def against(request: HttpRequest, number: str, code: str, version: int) -> HttpResponse:
    """Verdicts under the batch's own version and another, side by side."""
    batch = get_object_or_404(Batch.objects.with_header(), number=number)
    versions = SpecificationVersion.objects.with_content().filter(specification__product=batch.product_id)
    other = get_object_or_404(versions, specification__code=code, number=version)
    plan, evidence = Plan.of(batch.plan), evidence_of(batch)
    own, theirs = judge_evidence(plan, evidence), judged_by(other, plan, evidence)
    context = {
        "batch": batch,
        "plan": plan,
        "other": other,
        "others": others_of(batch, plan),
        "lines": beside(own, theirs),
        "own_summary": summary(own),
        "other_summary": summary(theirs),
        "section": "qc",
    }
    return render(request, "qc/against.html", context)
