"""Which size distributions of a batch and its sisters can be laid over each other, and what they say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from batches.characterization.models import Assay
from batches.characterization.tracking import NanoparticleTracking
from batches.instruments import distribution
from batches.pictures.profiles import Profile, averaged
from batches.quantities import significant
from batches.record.models import Batch, Reading

SISTERS = 10  # other batches of the product that are offered
MOST_CURVES = 40  # more can't be told apart by anybody
FIGURES = ("particles_per_ml", "mode_nm", "mean_nm", "d10_nm", "d50_nm", "d90_nm")


@dataclass(frozen=True)
class Drawn:
    """A curve and what its row in the table says: where it is from and its figures, in the order of FIGURES.

    Figures of an assay are those on its record; those of a video or a mean are computed from the curve.
    """

    profile: Profile
    url: str
    figures: tuple[Any, ...]
    is_computed: bool = False


def computed(profile: Profile, url: str) -> Drawn:
    """A curve that has no record of its own, with figures of the curve."""
    sizes, counts = profile.sizes_nm, profile.per_ml
    if profile.total_per_ml <= 0:
        return Drawn(profile, url, (None,) * len(FIGURES), is_computed=True)
    cuts = (distribution.interpolated_percentile_nm(sizes, counts, percent) for percent in (10, 50, 90))
    figures = (
        profile.total_per_ml,
        distribution.modal_class_nm(sizes, counts),
        distribution.mean_nm(sizes, counts),
        *cuts,
    )
    return Drawn(
        profile, url, tuple(significant(Decimal(str(value)), 4) for value in figures), is_computed=True
    )


def measured_of(batch: Batch) -> list[NanoparticleTracking]:
    """The standing tracking assays of a batch that have a reading, in order, without their bulky curves."""
    return list(_readable().filter(assay__batch=batch))


def sisters_of(batch: Batch) -> list[Batch]:
    """Other batches of the product with a finished tracking of the final preparation, newest first."""
    finals = _finals().values("assay__batch")
    return list(
        Batch.objects.filter(product_id=batch.product_id, pk__in=finals)
        .exclude(pk=batch.pk)
        .order_by("-id")
        .only("number")[:SISTERS]
    )


def _readable() -> Any:
    rows = NanoparticleTracking.objects.exclude(assay__status=Assay.Status.VOIDED)
    return rows.filter(reading__isnull=False).select_related("assay").order_by("assay__number")


def _finals() -> Any:
    return _readable().filter(assay__sample=Assay.Sample.FINAL, assay__status=Assay.Status.FINISHED)


def name_of(assay: Assay) -> str:
    """What a curve of an assay is called: its sample, after which step, its replicate, whether it counts."""
    after = f" {assay.after_step}" if assay.after_step else ""
    left_out = " (left out)" if assay.status == Assay.Status.EXCLUDED else ""
    return f"{assay.get_sample_display().lower()}{after} · replicate {assay.replicate}{left_out}"


def curves_of(chosen: Sequence[NanoparticleTracking], number: str, *, every_video: bool) -> list[Drawn]:
    """The averaged distribution of each chosen assay, or every used video of it; one query."""
    bulky = _bulky(nta.reading_id for nta in chosen)
    drawn: list[Drawn] = []
    for nta in chosen:
        url = f"/batches/{number}/assays/{nta.assay.number}/"
        found = bulky[nta.reading_id]
        if every_video:
            drawn += [computed(profile, url) for profile in _videos(nta, found)]
        else:
            drawn.append(Drawn(_average(name_of(nta.assay), found), url, _figures(nta)))
    return drawn[:MOST_CURVES]


def sister_curves(numbers: Iterable[str]) -> list[Drawn]:
    """Each of those batches as one curve: the mean of its final replicates; two queries."""
    finals = list(_finals().filter(assay__batch__number__in=list(numbers)).select_related("assay__batch"))
    bulky = _bulky(nta.reading_id for nta in finals)
    by_batch: dict[str, list[Profile]] = {}
    for nta in finals:
        by_batch.setdefault(nta.assay.batch.number, []).append(_average("", bulky[nta.reading_id]))
    return [
        computed(averaged(f"{number} (n = {len(profiles)})", profiles), f"/batches/{number}/")
        for number, profiles in sorted(by_batch.items())
    ]


def _bulky(readings: Iterable[int | None]) -> dict[int | None, dict[str, Any]]:
    return dict(Reading.objects.filter(pk__in=set(readings)).values_list("pk", "curves"))


def _average(name: str, curves: dict[str, Any]) -> Profile:
    return Profile(name, curves.get("bin_centre_nm", []), curves.get("per_ml_average", []))


def _videos(nta: NanoparticleTracking, curves: dict[str, Any]) -> list[Profile]:
    """The used videos of a reading; an instrument that keeps none apart gives its average."""
    every = curves.get("per_ml_by_video") or []
    used = curves.get("video_is_used") or [True] * len(every)
    short = f"assay {nta.assay.number}"
    profiles = [
        Profile(f"{short} · video {at}", curves["bin_centre_nm"], per_ml)
        for at, (per_ml, is_used) in enumerate(zip(every, used, strict=False), 1)
        if is_used
    ]
    return profiles or [_average(short, curves)]


def _figures(nta: NanoparticleTracking) -> tuple[Any, ...]:
    return tuple(getattr(nta, name) for name in FIGURES)
