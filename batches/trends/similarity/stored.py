"""Profiles of readings, kept packed in a derived table: made when first asked for, anew at will."""

from collections.abc import Iterable, Iterator

from batches.record.models import Reading
from batches.trends.models import SizeProfile
from batches.trends.similarity import profiles
from batches.trends.similarity.profiles import Profile

AT_ONCE = 50


def profiles_of(reading_ids: Iterable[int]) -> dict[int, Profile]:
    """The profile of each reading that has one; one query where all are kept already."""
    wanted = {*reading_ids}
    kept = SizeProfile.objects.filter(reading_id__in=wanted, version=profiles.VERSION)
    data = {pk: bytes(packed) for pk, packed in kept.values_list("reading_id", "cumulative")}
    for made in _made(wanted - data.keys()):
        data[made.reading_id] = bytes(made.cumulative)
    return {pk: profiles.unpacked(packed) for pk, packed in data.items() if packed}


def _made(reading_ids: set[int]) -> Iterator[SizeProfile]:
    """Make and keep what is missing. Nothing of a reading without a distribution, so it is asked once."""
    for some in chunks(sorted(reading_ids)):
        curves = Reading.objects.filter(pk__in=some).values_list("pk", "curves")
        made = [_profile(pk, held or {}) for pk, held in curves]
        SizeProfile.objects.bulk_create(
            made,
            update_conflicts=True,
            unique_fields=["reading"],
            update_fields=["version", "cumulative"],
        )
        yield from made


def _profile(pk: int, curves: dict[str, list[float]]) -> SizeProfile:
    found = profiles.profile_of(curves.get("bin_centre_nm", []), curves.get("per_ml_average", []))
    data = b"" if found is None else profiles.packed(found)
    return SizeProfile(reading_id=pk, version=profiles.VERSION, cumulative=data)


def chunks(keys: list[int]) -> Iterator[list[int]]:
    """So many at once: the curves of a reading are bulky."""
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]
