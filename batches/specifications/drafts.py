"""Writing a draft of a specification: what it is about, and its criteria.

Every action holds the version's row first and refuses unless it is a draft. Nothing is deleted: what is
taken out is dropped, and stays readable in the trail. `seen` is the revision that the person saw.
"""

from collections.abc import Mapping
from typing import Any

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.entering import demand_unmoved
from batches.masters.drafts import put
from batches.masters.limits import LIMIT_FIELDS
from batches.specifications.attributes import is_known
from batches.specifications.models import SpecificationCriterion, SpecificationVersion
from batches.specifications.sense import problems_of_criterion

RULE_FIELDS = (
    "kind",
    "operator",
    "expected",
    "at_least",
    "replicates",
    "replicates_needed",
    "retest",
    "retests_needed",
    *LIMIT_FIELDS,
)


def lock_draft(version: SpecificationVersion) -> SpecificationVersion:
    """The version as it is now, held until the transaction ends. Raises ActionRefused unless a draft."""
    locked = lock_version(version)
    if not locked.is_draft:
        state = locked.get_status_display().lower()
        instead = "send it back first" if locked.status == locked.Status.IN_REVIEW else "begin a new version"
        raise ActionRefused(f"{locked} is {state} and can't be written in: {instead}.")
    return locked


def lock_version(version: SpecificationVersion) -> SpecificationVersion:
    """The version as it is now, held until the transaction ends."""
    # `of`: people may be absent, which PostgreSQL can't lock.
    versions = SpecificationVersion.objects.select_for_update(of=("self",))
    return versions.select_related("specification__product").get(pk=version.pk)


@action(may=roles.WRITE_MASTERS)
def describe_specification(
    *,
    version: SpecificationVersion,
    change_note: str,
    by: User,
    reason: Reason | None = None,
    seen: int | None = None,
) -> SpecificationVersion:
    """Write what a draft changes against the version before it, and why."""
    version = lock_draft(version)
    demand_unmoved(version.trail_label, version.revision, seen)
    version.change_note = change_note.strip()
    records.save(version, by=by, reason=reason)
    return version


# --- criteria -------------------------------------------------------------------------------------


@action(may=roles.WRITE_MASTERS)
def add_specification_criterion(
    *, version: SpecificationVersion, attribute: str, values: Mapping[str, Any], by: User
) -> SpecificationCriterion:
    """Put one more line at the end of a draft. `values` by field name of SpecificationCriterion."""
    version = lock_draft(version)
    if not is_known(attribute):
        raise ValueRefused("Choose an attribute that results are computed for.", "attribute")
    criterion = SpecificationCriterion(version=version, attribute=attribute)
    criterion.position = len(_standing(version)) + 1
    return _written(criterion, values, by, None)


@action(may=roles.WRITE_MASTERS)
def set_specification_criterion(
    *,
    criterion: SpecificationCriterion,
    values: Mapping[str, Any],
    by: User,
    reason: Reason | None = None,
    seen: int | None = None,
) -> SpecificationCriterion:
    """Write a line of a draft anew. `values` by field name; what is left out stays."""
    criterion = _own(criterion)
    demand_unmoved(criterion.trail_label, criterion.revision, seen)
    return _written(criterion, values, by, reason)


def _written(
    criterion: SpecificationCriterion, values: Mapping[str, Any], by: User, reason: Reason | None
) -> SpecificationCriterion:
    put(criterion, {name: value for name, value in values.items() if name in RULE_FIELDS})
    criterion.expected = tidied(criterion.expected)
    for field, words in problems_of_criterion(criterion):
        raise ValueRefused(words, field)
    same = {name: getattr(criterion, name) for name in ("attribute", "operator", "expected")}
    if any(one.pk != criterion.pk for one in _standing(criterion.version, **same)):
        raise ValueRefused("This attribute has such a criterion already: change that one.", "attribute")
    records.save(criterion, by=by, reason=reason)
    return criterion


def tidied(names: str) -> str:
    """Names one a line, without empty lines and spaces around them."""
    return "\n".join(line.strip() for line in names.splitlines() if line.strip())


def _standing(version: SpecificationVersion, **more: str) -> list[SpecificationCriterion]:
    return list(SpecificationCriterion.objects.filter(version=version, is_dropped=False, **more))


def _own(criterion: SpecificationCriterion) -> SpecificationCriterion:
    """The line as it is now, of a draft that is held. Raises ActionRefused when it was dropped."""
    version = lock_draft(criterion.version)
    found = SpecificationCriterion.objects.filter(pk=criterion.pk, is_dropped=False).first()
    if found is None:
        raise ActionRefused(f"This criterion is not part of {version} any more: look at it again.")
    found.version = version
    return found


@action(may=roles.WRITE_MASTERS)
def move_specification_criterion(
    *, criterion: SpecificationCriterion, to: int, by: User
) -> SpecificationCriterion:
    """Put a line at a place of the list; the others make room."""
    criterion = _own(criterion)
    others = [one for one in _standing(criterion.version) if one.pk != criterion.pk]
    at = min(max(to, 1), len(others) + 1)
    _number([*others[: at - 1], criterion, *others[at - 1 :]], by)
    return criterion


@action(may=roles.WRITE_MASTERS)
def drop_specification_criterion(*, criterion: SpecificationCriterion, by: User) -> SpecificationCriterion:
    """Drop a line from a draft. It stays readable in the trail; the lines after it move up."""
    criterion = _own(criterion)
    criterion.is_dropped = True
    records.save(criterion, by=by)
    _number(_standing(criterion.version), by)
    return criterion


def _number(criteria: list[SpecificationCriterion], by: User) -> None:
    """Number the lines 1, 2, 3 …; what stays where it is, is not written."""
    for position, criterion in enumerate(criteria, 1):
        criterion.position = position
        records.save(criterion, by=by)
