"""What the page of a specification version shows."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from accounts import roles
from accounts.models import User
from accounts.statements import offer
from batches.masters.differences import Difference, criterion_differences
from batches.masters.models import FrozenPlan, MasterVersion, Product
from batches.masters.plans import criteria_of
from batches.record.models import Batch
from batches.specifications.content import criteria_content, sha256_of, standing_criteria
from batches.specifications.forms import ApproveForm, NothingMore, WordsForm
from batches.specifications.lines import CriterionLine, lines_of
from batches.specifications.models import Specification, SpecificationCriterion, SpecificationVersion
from batches.specifications.ready import problems_of
from batches.specifications.signing import signatures_of
from batches.specifications.writers import has_written

Status = SpecificationVersion.Status


class Line(NamedTuple):
    """A line of the specification with the row that it stands for."""

    row: SpecificationCriterion
    words: CriterionLine


class Stage(NamedTuple):
    """Something that happened to a version: what, when, who, in which words."""

    what: str
    at: Any
    by: User | None
    words: str = ""


@dataclass(frozen=True)
class OnList:
    """A specification on the list."""

    row: Specification
    effective: SpecificationVersion | None
    on_the_way: SpecificationVersion | None
    versions: int


def products_with_specifications() -> list[tuple[Product, list[OnList]]]:
    """Every product with its specifications; a fixed number of queries."""
    counted: QuerySet[Any] = SpecificationVersion.objects.select_related("approved_by").annotate(
        size=Count("criteria", filter=Q(criteria__is_dropped=False))
    )
    versions: dict[int, list[SpecificationVersion]] = {}
    for version in counted.order_by("number"):
        versions.setdefault(version.specification_id, []).append(version)
    rows: dict[int, list[OnList]] = {}
    for one in Specification.objects.order_by("code"):
        rows.setdefault(one.product_id, []).append(_on_list(one, versions.get(one.pk, [])))
    return [(product, rows.get(product.pk, [])) for product in Product.objects.order_by("code")]


def _on_list(row: Specification, versions: list[SpecificationVersion]) -> OnList:
    states = {version.status: version for version in versions}
    on_the_way = next((version for version in versions if version.status in version.ON_THE_WAY), None)
    return OnList(row, states.get(Status.EFFECTIVE), on_the_way, len(versions))


def lines(version: SpecificationVersion) -> list[Line]:
    """The criteria in words, each with its row."""
    words = lines_of(criteria_of(criteria_content(version)))
    return [Line(row, one) for row, one in zip(standing_criteria(version), words, strict=True)]


def changes(before: SpecificationVersion | None, version: SpecificationVersion) -> list[Difference]:
    """What a version changes against another; nothing without one."""
    if before is None:
        return []
    return criterion_differences(
        criteria_of(criteria_content(before)), criteria_of(criteria_content(version))
    )


def stages(version: SpecificationVersion) -> list[Stage]:
    """The way of a version so far."""
    told = [
        Stage("Prepared", version.prepared_at, version.prepared_by),
        Stage("Sent back", version.sent_back_at, version.sent_back_by, version.sent_back_words),
        Stage("Submitted for review", version.submitted_at, version.submitted_by),
        Stage("Approved", version.approved_at, version.approved_by),
        Stage("Effective", version.effective_at, version.effective_by),
        Stage("Retired", version.retired_at, version.retired_by, version.retired_words),
    ]
    return sorted((stage for stage in told if stage.at), key=lambda stage: stage.at)


def forms_of(person: User) -> dict[str, Any]:
    """The forms of the page, empty."""
    return {
        "submit": NothingMore(),
        "send_back": WordsForm(label="What is to be changed", auto_id="send_back_%s"),
        "approve": ApproveForm(person=person),
        "make_effective": NothingMore(),
        "retire": WordsForm(label="Why it is retired", auto_id="retire_%s"),
    }


def context_of(
    version: SpecificationVersion, person: User, against: int | None, **shown: Any
) -> dict[str, Any]:
    """What the template needs; `shown` replaces empty forms by those with what was typed."""
    others = list(SpecificationVersion.objects.filter(specification=version.specification).order_by("number"))
    before = _before(version, others, against)
    may_approve = person.may(roles.APPROVE_MASTERS)
    in_review = version.status == Status.IN_REVIEW
    sha256 = sha256_of(version)
    forms = {**forms_of(person), **shown}
    # Made anew for every showing: what is signed is what the page shows now.
    forms["approve"].offer = offer(version.trail_label, sha256, person)
    return {
        "version": version,
        "others": others,
        "others_to_compare": [other for other in others if other.pk != version.pk],
        "before": before,
        "differences": changes(before, version),
        "lines": lines(version),
        "stages": stages(version),
        "signatures": signatures_of(version),
        "sha256": sha256,
        "masters": _masters(version),
        "batches_made": _batches_on(version),
        "problems": problems_of(version) if version.status in (Status.DRAFT, Status.IN_REVIEW) else [],
        "can_write": version.is_draft and person.may(roles.WRITE_MASTERS),
        "may_approve": may_approve,
        "wrote_it": in_review and may_approve and has_written(person, version),
        "may_begin_next": not any(other.status in other.ON_THE_WAY for other in others),
        "effective_now": next((other for other in others if other.is_effective), None),
        "forms": forms,
        "section": "masters",
    }


def _before(
    version: SpecificationVersion, others: list[SpecificationVersion], against: int | None
) -> SpecificationVersion | None:
    """The version to compare with: the one asked for, else the one before."""
    asked = [other for other in others if other.number == against and other.pk != version.pk]
    earlier = [other for other in others if other.number < version.number]
    chosen = asked or earlier[-1:]
    return SpecificationVersion.objects.with_content().get(pk=chosen[0].pk) if chosen else None


def _masters(version: SpecificationVersion) -> list[MasterVersion]:
    """Versions of master records that name the specification, but those that are retired."""
    named = MasterVersion.objects.filter(specification=version.specification).exclude(status="retired")
    return list(named.select_related("master").order_by("master__code", "number"))


def _batches_on(version: SpecificationVersion) -> int:
    """How many batches were opened on this version."""
    plans = FrozenPlan.objects.filter(
        version__specification=version.specification, content__specification_version=version.number
    )
    return Batch.objects.filter(plan__in=plans).count()
