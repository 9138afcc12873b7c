"""Who wrote in a specification version, read from the entries: whoever did does not approve it."""

from django.db.models import Q

from accounts.models import User
from audit.models import Entry
from batches.specifications.models import SpecificationCriterion, SpecificationVersion

# Judging a version is no part of writing it.
JUDGING_ACTS = frozenset(
    {
        "send_back_specification",
        "approve_specification",
        "make_specification_effective",
        "retire_specification",
    }
)


def has_written(person: User, version: SpecificationVersion) -> bool:
    """Whether the person prepared the version or made an entry in it or its criteria (dropped ones too)."""
    if person.pk in (version.prepared_by_id, version.submitted_by_id):
        return True
    mine = Entry.objects.filter(_rows_of(version), actor=person, action__in=["created", "changed"])
    return mine.exclude(act__in=JUDGING_ACTS).exists()


def _rows_of(version: SpecificationVersion) -> Q:
    criteria = SpecificationCriterion.objects.filter(version=version).values("pk")
    own = Q(kind=SpecificationVersion._meta.label_lower, object_id=version.pk)
    return own | Q(kind=SpecificationCriterion._meta.label_lower, object_id__in=criteria)
