"""The frozen plan that a batch runs on: written when a batch is opened, read ever after.

Its content is a canonical document; its SHA-256 names it. A batch's steps and verdicts come from here,
never from the master version itself, so nothing that happens to a master reaches a running batch.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import User
from audit import canonical, records
from audit.refusal import ActionRefused, ValueRefused
from batches.masters.limits import Limit
from batches.masters.models import Criterion, FrozenPlan, MasterVersion, PlannedStep
from batches.specifications.content import criteria_content
from batches.specifications.models import SpecificationVersion
from batches.specifications.signing import demand_signed

# Of versions that name a specification, and of older ones that hold their criteria themselves.
SCHEMA = "exoledger-plan/2"
OWN_SCHEMA = "exoledger-plan/1"
SIGNED_SCHEMA = "exoledger-master/1"
MOST_READ = 200
# Plans by the SHA-256 of their content.
_READ: dict[str, "Plan"] = {}


@dataclass(frozen=True)
class PlannedStepCopy:
    """A planned step as the plan holds it; `limits` by the name of the field they judge.

    `hold_max_h` is how long the material may wait until the next step begins; None where nothing is said,
    as in every plan of before holds were planned.
    """

    position: int
    name: str
    method: str
    purpose: str
    instructions: str
    is_critical: bool
    limits: Mapping[str, Limit]
    hold_max_h: Decimal | None = None


@dataclass(frozen=True)
class CriterionCopy:
    """A line of the specification as the plan holds it.

    `kind` is 'release', 'alert' (never blocks, but a reviewer looks at it) or 'report'. `operator` is
    'range' (the limit judges), 'equals', 'one_of' (`expected` are the accepted values), 'detected',
    'not_detected' or 'n_of_m' (`expected` are markers, `at_least` of them). `replicates` is 'mean', 'each'
    or 'n_of_m' (`replicates_needed` of them); `retest` is 'none' or 'all_pass' (`retests_needed` of them).
    """

    position: int
    attribute: str
    kind: str
    limit: Limit
    operator: str = "range"
    expected: tuple[str, ...] = ()
    at_least: int | None = None
    replicates: str = "mean"
    replicates_needed: int | None = None
    retest: str = "none"
    retests_needed: int | None = None


@dataclass(frozen=True)
class Plan:
    """A frozen plan, read. `window` is the product's size window in nm, from and to.

    `specification_version` is None where the master version held its criteria itself; `begins_with` says
    what its batches are made from (MasterVersion.Begins).
    """

    master_code: str
    title: str
    version: int
    product_code: str
    specification_code: str
    window: tuple[Decimal, Decimal]
    steps: tuple[PlannedStepCopy, ...]
    criteria: tuple[CriterionCopy, ...]
    specification_version: int | None = None
    begins_with: str = MasterVersion.Begins.SOURCE.value

    @classmethod
    def of(cls, frozen: FrozenPlan) -> "Plan":
        """The plan that a frozen plan's content describes; read once in a process, for it never changes."""
        known = _READ.get(frozen.sha256)
        if known is None:
            if len(_READ) >= MOST_READ:
                _READ.clear()
            known = _READ[frozen.sha256] = cls.from_content(frozen.content)
        return known

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> "Plan":
        """The plan that a canonical document describes (see content_of)."""
        low, high = content["window_nm"]
        return cls(
            master_code=content["master"],
            title=content["title"],
            version=content["version"],
            product_code=content["product"],
            specification_code=content["specification"],
            window=(Decimal(low), Decimal(high)),
            steps=tuple(_step_copy(step) for step in content["steps"]),
            criteria=criteria_of(content["criteria"]),
            specification_version=content.get("specification_version"),
            begins_with=content.get("begins_with", ""),
        )

    @property
    def name(self) -> str:
        """How people call the plan: master and version."""
        return f"{self.master_code} v{self.version}"

    @property
    def specification_name(self) -> str:
        """How people call what the batch is judged by: code, and version where it has one."""
        number = self.specification_version
        return self.specification_code if number is None else f"{self.specification_code} v{number}"


def freeze(version: MasterVersion, *, by: User) -> FrozenPlan:
    """The frozen plan of an effective version: the one with the same content, else a new one.

    Needs a transaction (open_batch's). Raises ActionRefused for a draft or a superseded version, and
    while no version of the specification that it names is effective.
    """
    if version.status != MasterVersion.Status.EFFECTIVE:
        raise ActionRefused(f"{version} is not effective: batches are opened on the effective version.")
    _demand_as_signed(version)
    _demand_specified(version)
    content = content_of(version)
    sha256 = _sha256(content)
    known = FrozenPlan.objects.filter(sha256=sha256)
    frozen = known.first() or FrozenPlan(version=version, sha256=sha256, content=content)
    if frozen.pk is None:
        try:
            records.save(frozen, by=by, may_fail=True)
        except ValueRefused:
            # Another opening wrote the same content a moment ago: that row is as good as ours.
            return known.get()
    return frozen


def _demand_as_signed(version: MasterVersion) -> None:
    """Refuse a version that does not read as it was signed. Those approved before approvals were kept as
    signatures have none.
    """
    signatures = list(version.signatures.all())
    if signatures and sha256_signed(version) not in {one.sha256 for one in signatures}:
        raise ActionRefused(
            f"{version} does not read as it was approved: it can't be used. Tell quality assurance."
        )


def _demand_specified(version: MasterVersion) -> None:
    """Refuse a version whose specification has no effective version, or one that is not as it was signed."""
    if version.specification is None:
        return
    effective = effective_specification(version)
    if effective is None:
        raise ActionRefused(
            f"No version of specification {version.specification.code} is effective, so nothing says what "
            f"a batch on {version} is judged by: it is approved and made effective first."
        )
    demand_signed(effective)


def effective_specification(version: MasterVersion) -> SpecificationVersion | None:
    """The effective version of the specification that a master version names; None without one."""
    effective = SpecificationVersion.objects.effective().with_content()
    return effective.filter(specification=version.specification_id).first()


def content_of(version: MasterVersion) -> dict[str, Any]:
    """Everything a version says, as a canonical document; dropped rows are not part of it.

    A version that names a specification says what the effective version of that says. Two queries more
    for a version that was not read `with_content`.
    """
    master, product = version.master, version.master.product
    return canonical.plain(
        {
            "master": master.code,
            "title": master.title,
            "version": version.number,
            "product": product.code,
            "specification": version.specified_by,
            "window_nm": [product.window_low_nm, product.window_high_nm],
            "steps": [_step_content(step) for step in standing_steps(version)],
            **_begins(version),
            **_specified(version),
        }
    )


def content_signed(version: MasterVersion) -> dict[str, Any]:
    """Everything that approval of a version signs, as a canonical document: what the version itself says.

    What the specification says that it names is approved on its own.
    """
    own = [_criterion_content(criterion) for criterion in standing_criteria(version)]
    return canonical.plain(
        {
            "schema": SIGNED_SCHEMA,
            "master": version.master.code,
            "title": version.master.title,
            "product": version.master.product.code,
            "version": version.number,
            "change_note": version.change_note,
            "specification": version.specified_by,
            "steps": [_step_content(step) for step in standing_steps(version)],
            **_begins(version),
            **({} if version.specification_id else {"criteria": own}),
        }
    )


def sha256_signed(version: MasterVersion) -> str:
    """The SHA-256 of what approval of a version signs. Read it `with_content`."""
    return _sha256(content_signed(version))


def _sha256(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical.text(dict(content)).encode("utf-8")).hexdigest()


def _begins(version: MasterVersion) -> dict[str, str]:
    """Left out for source material, so that a plan of before there were pools stays the plan that it was."""
    return {"begins_with": version.begins_with} if version.begins_with else {}


def _specified(version: MasterVersion) -> dict[str, Any]:
    """The schema and the criteria: the named specification's, or the version's own."""
    if version.specification_id is None:
        criteria = [_criterion_content(criterion) for criterion in standing_criteria(version)]
        return {"schema": OWN_SCHEMA, "criteria": criteria}
    effective = effective_specification(version)
    return {
        "schema": SCHEMA,
        "specification_version": effective.number if effective else None,
        "criteria": criteria_content(effective) if effective else [],
    }


def standing_steps(version: MasterVersion) -> list[PlannedStep]:
    """A version's planned steps without dropped ones, in their order."""
    steps = [step for step in version.planned_steps.all() if not step.is_dropped]
    return sorted(steps, key=lambda step: step.position)


def standing_limits(step: PlannedStep) -> list[Any]:
    """A planned step's limits without dropped ones, in the order they were written."""
    return sorted((limit for limit in step.limits.all() if not limit.is_dropped), key=lambda limit: limit.pk)


def standing_criteria(version: MasterVersion) -> list[Criterion]:
    """The criteria that a version holds itself, without dropped ones, in their order."""
    criteria = [criterion for criterion in version.criteria.all() if not criterion.is_dropped]
    return sorted(criteria, key=lambda criterion: (criterion.position, criterion.pk))


def _step_content(step: PlannedStep) -> dict[str, Any]:
    names = ("position", "name", "method", "purpose", "instructions", "is_critical")
    limits = {limit.field: Limit.of(limit).content() for limit in standing_limits(step)}
    # Left out where nothing is said, so that a plan without holds stays the plan that it was.
    hold = {} if step.hold_max_h is None else {"hold_max_h": step.hold_max_h}
    return {**{name: getattr(step, name) for name in names}, **hold, "limits": limits}


def _criterion_content(criterion: Criterion) -> dict[str, Any]:
    names = ("position", "attribute", "kind")
    return {**{name: getattr(criterion, name) for name in names}, "limit": Limit.of(criterion).content()}


def criteria_of(content: Iterable[Mapping[str, Any]]) -> tuple[CriterionCopy, ...]:
    """The criteria that a canonical document lists."""
    return tuple(_criterion_copy(criterion) for criterion in content)


def _step_copy(content: Mapping[str, Any]) -> PlannedStepCopy:
    limits = {field: Limit.from_content(limit) for field, limit in content["limits"].items()}
    hold = content.get("hold_max_h")
    return PlannedStepCopy(
        **{**content, "limits": limits, "hold_max_h": None if hold is None else Decimal(hold)}
    )


def _criterion_copy(content: Mapping[str, Any]) -> CriterionCopy:
    """A criterion of either schema: "exoledger-plan/1" knew ranges over means only."""
    read = {"limit": Limit.from_content(content["limit"]), "expected": tuple(content.get("expected") or ())}
    return CriterionCopy(**{**content, **read})
