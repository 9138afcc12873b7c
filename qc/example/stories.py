"""What happens to each example batch: how far it gets, and what goes wrong on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

OPENED, HARVESTED, RUNNING, HALF, UNCHECKED = "opened", "harvested", "running", "half", "unchecked"
SUBMITTED, IN_REVIEW, RETURNED = "submitted", "in_review", "returned"
APPROVED, RELEASED, QUARANTINED, REJECTED = "approved", "released", "quarantined", "rejected"
NANOSIGHT_34, NANOSIGHT_32, NOT_RECORDED, ZETAVIEW = "3.4", "3.2", "3.2 without dilution", "zetaview"


@dataclass(frozen=True)
class Story:
    """One batch to be: product and source, how it ends, what happens on the way.

    `incidents` are the words that playing.py and its helpers look for; `harvest_days` is how long before
    the work began the material was first taken. `further` is the lot of a second harvest, where there is one.
    """

    product: str
    lot: str
    reach: str
    incidents: frozenset[str] = field(default_factory=frozenset)
    nta: str = NANOSIGHT_34
    replicates: int = 2
    harvest_days: float = 1
    further: str = ""
    is_first_version: bool = False
    note: str = ""

    def has(self, incident: str) -> bool:
        return incident in self.incidents


def _story(
    product: str,
    lot: str,
    reach: str,
    incidents: str = "",
    days: float = 1,
    nta: str = NANOSIGHT_34,
    **more: Any,
) -> Story:
    return Story(product, lot, reach, frozenset(incidents.split()), nta, harvest_days=days, **more)


# Oldest first; the list shows the newest on top.
STORIES: Sequence[Story] = (
    _story("msc", "marrow_1", RELEASED, "", 61, is_first_version=True, note="Pilot."),
    _story("msc", "adipose_1", RELEASED, "typing_error", 47, NANOSIGHT_32, is_first_version=True),
    _story("cord_blood", "cord_blood_1", RELEASED, "lipoprotein", 68, ZETAVIEW, replicates=3),
    _story("placenta", "placenta_1", REJECTED, "calnexin", 33, note="Explants of two cotyledons."),
    _story("msc", "cord_1", RELEASED, "all_counts panel kept", 30, ZETAVIEW, replicates=3),
    _story("line", "line_1", RELEASED, "single_use", replicates=1, note="Reference for the week."),
    _story("msc", "marrow_2", RELEASED, "returned_once cd9_weak few_counts", 24, replicates=3),
    _story("cord_blood", "cord_blood_3", QUARANTINED, "lipoprotein haemolysis", 8),
    _story("msc", "cord_2", RELEASED, "repeated_step", 21, NOT_RECORDED),
    _story("placenta", "placenta_2", APPROVED, "scale_by_hand", 17, ZETAVIEW),
    _story("msc", "adipose_2", REJECTED, "large", 15, replicates=3),
    _story("msc", "marrow_1", APPROVED, "cd9_missing all_counts panel", 12, NANOSIGHT_32),
    _story(
        "cord_blood",
        "cord_blood_2",
        IN_REVIEW,
        "lipoprotein unreadable few_counts panel answered",
        29,
        replicates=3,
    ),
    _story(
        "msc_tff",
        "cord_1",
        RELEASED,
        "all_counts",
        11,
        replicates=3,
        further="cord_1",
        note="First of the new process: medium of 48 and of 96 hours, pooled.",
    ),
    _story("msc_tff", "cord_2", SUBMITTED, "all_counts", 4),
    _story(
        "msc", "cord_1", IN_REVIEW, "too_warm self_check all_counts panel left_out", 9, ZETAVIEW, replicates=3
    ),
    _story("line", "engineered_1", SUBMITTED, "voided_assay", note="Reporter EVs for uptake."),
    _story("msc", "marrow_2", SUBMITTED, "late all_counts", 2, NOT_RECORDED, note="Night shift."),
    _story("msc", "adipose_1", RETURNED, "corrected_after_check", 6),
    _story(
        "cord_blood",
        "cord_blood_1",
        SUBMITTED,
        "lipoprotein single_use",
        34,
        ZETAVIEW,
        further="cord_blood_2",
        note="Plasma of two donors, pooled.",
    ),
    _story("msc", "cord_2", UNCHECKED, "alert", 3),
    _story("placenta", "placenta_2", HALF, "unreadable", 2, NOT_RECORDED),
    _story("msc", "control_1", HALF, "process_control", replicates=1, note="Process control without cells."),
    _story("cord_blood", "cord_blood_2", RUNNING, "", 31),
    _story("placenta", "placenta_1", HARVESTED, note="Second preparation of this placenta."),
    _story("msc", "cord_2", OPENED, note="For the stability study, arm B."),
)

# What further batches are like, when more are asked for than there are stories: mostly old and released.
USUAL_ENDS = (*[RELEASED] * 16, APPROVED, APPROVED, QUARANTINED, REJECTED)
USUAL_INCIDENTS = (
    "",
    "",
    "",
    "",
    "typing_error",
    "alert",
    "all_counts",
    "late",
    "repeated_step",
    "voided_assay",
)
LOTS_OF: Mapping[str, Sequence[str]] = {
    "msc": ("marrow_1", "marrow_2", "adipose_1", "adipose_2", "cord_1", "cord_2"),
    "msc_tff": ("cord_1", "cord_2"),
    "cord_blood": ("cord_blood_1", "cord_blood_2"),
    "placenta": ("placenta_1", "placenta_2"),
    "line": ("line_1",),
}
PRODUCTS_DRAWN = ("msc", "msc", "msc", "cord_blood", "placenta", "line")


def stories(count: int) -> list[Story]:
    """So many stories, oldest first: those told above, fewer of them, or with usual ones before the told."""
    if count >= len(STORIES):
        first_version = [story for story in STORIES if story.is_first_version]
        others = [story for story in STORIES if not story.is_first_version]
        return [*first_version, *_usual(count - len(STORIES)), *others]
    last = len(STORIES) - 1
    places = {round(at * last / max(1, count - 1)) for at in range(count)}
    return [STORIES[at] for at in sorted(places)]


def _usual(count: int) -> list[Story]:
    rng = Random(f"exoledger usual stories {count}")  # noqa: S311 (believable figures, no secret)
    return [_drawn(rng, at, count) for at in range(count)]


def _drawn(rng: Random, at: int, count: int) -> Story:
    product = rng.choice(PRODUCTS_DRAWN)
    end = rng.choice(USUAL_ENDS)
    incidents = {rng.choice(USUAL_INCIDENTS), *({"lipoprotein"} if product == "cord_blood" else ())} - {""}
    if end == REJECTED:
        incidents.add(rng.choice(("calnexin", "large")))
    if product == "placenta":
        incidents.discard("repeated_step")
    return Story(
        product,
        rng.choice(LOTS_OF[product]),
        end,
        frozenset(incidents),
        nta=rng.choice((NANOSIGHT_34, NANOSIGHT_34, NANOSIGHT_32, NOT_RECORDED, ZETAVIEW)),
        replicates=rng.choice((1, 2, 2, 3)),
        harvest_days=1 + round(20 * (count - at) / count),
    )
