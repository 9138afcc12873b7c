"""Playing the stories: everything the example laboratory does, from the first donor to the last decision."""

from collections.abc import Callable, Mapping
from random import Random

from django.db import transaction

from accounts.models import User
from audit.refusal import Reason
from batches.isolation.actions import check_step
from batches.record.actions import open_batch, submit_batch
from batches.record.models import Batch
from batches.source.harvesting import add_harvest
from batches.source.models import SourceLot
from qc.example import reviewing
from qc.example.assaying import characterize
from qc.example.bench import enter, step_page
from qc.example.clock import Clock
from qc.example.deviating import deviate
from qc.example.figures import Figures, figures_of
from qc.example.harvesting import harvest
from qc.example.history import write_history
from qc.example.isolating import isolate
from qc.example.keeping import keep_vials
from qc.example.masters import Masters
from qc.example.people import Staff, register_people
from qc.example.pooling import write_pools
from qc.example.reference import register_reference
from qc.example.reporting import tell
from qc.example.sampling import review_trail
from qc.example.sources import register_sources
from qc.example.stories import HALF, HARVESTED, OPENED, RUNNING, STORIES, UNCHECKED, Story, stories

UNFINISHED = frozenset({OPENED, HARVESTED, RUNNING, HALF, UNCHECKED})
NOTES = (
    "For project E-07: uptake by endothelial cells.",
    "For project E-11: comparison of sources.",
    "For the reference shelf.",
    "Comparability of two operators.",
)
REPORTS = 4  # how often progress is told while batches are written


def write_example(count: int, say: Callable[[str], None], history: int = 0) -> None:
    """Write the whole example, with so many batches for trends: all of it or, where anything fails, none."""
    with transaction.atomic():
        staff = register_people()
        masters = Masters(staff)
        masters.write_first_versions()
        register_reference(staff)
        lots = register_sources(staff)
        say("Example people, master records, donors and source lots are there.")
        told = stories(count)
        for at, story in enumerate(told):
            _play(at, story, masters, lots, staff, Random(f"exoledger {count} {at}"))  # noqa: S311
            if (at + 1) % max(1, -(-len(told) // REPORTS)) == 0 or at + 1 == len(told):
                say(f"{at + 1} of {len(told)} example batches.")
        if not masters.is_renewed:
            masters.renew()
        masters.draft_the_next()
        review_trail(staff)
        if len(told) >= len(STORIES):
            write_pools(masters, staff, say)
        if history:
            write_history(history, masters, lots, staff, say)


def _play(
    at: int, story: Story, masters: Masters, lots: Mapping[str, SourceLot], staff: Staff, rng: Random
) -> None:
    """One batch, from opening to the end of its story."""
    if not (story.is_first_version or masters.is_renewed):
        masters.renew()
    doer, checker = staff.shift(at)
    version = masters.effective[story.product]
    notes = story.note or NOTES[at % len(NOTES)]
    batch = open_batch(version=version, source_lot=lots[story.lot], notes=notes, by=doer)
    if story.further:
        batch = add_harvest(batch=batch, source_lot=lots[story.further], by=doer).batch
    figures = figures_of(story, rng)
    clock = Clock.of(story.harvest_days, is_late=story.has("late"))
    _work(batch, story, figures, clock, rng, doer, checker)
    if story.reach not in UNFINISHED:
        tell(batch, story, doer)
        deviate(batch, at, story, staff, doer, checker)
        submit_batch(batch=batch, by=doer)
        reviewing.judge(batch, at, story, staff, doer, checker)
    if story.has("kept"):
        keep_vials(batch, doer)


def _work(
    batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, doer: User, checker: User
) -> None:
    """The laboratory's part, as far as the story goes."""
    if story.reach == OPENED:
        return
    harvest(batch, story, figures, clock, rng, by=doer)
    if story.reach == HARVESTED:
        return
    isolate(batch, story, figures, clock, rng, doer, checker)
    if story.reach != RUNNING:
        characterize(batch, story, figures, clock, rng, doer, checker)
    if story.has("corrected_after_check"):
        _correct_after_check(batch, figures, doer, checker)


def _correct_after_check(batch: Batch, figures: Figures, doer: User, checker: User) -> None:
    """A value changes after the second person's check, which is therefore done again."""
    reason = Reason("read_again", "Tubes read again on the photograph: the volume was noted before rinsing")
    volume = figures.passed[1].volume_out_ml
    enter(
        step_page(batch, 2), {"volume_out_ml": volume + 1, "resuspension_volume_ml": volume + 1}, doer, reason
    )
    check_step(sheet=step_page(batch, 2), by=checker)
