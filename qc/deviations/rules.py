"""What must hold before something may happen to a deviation, and what deviations keep from happening."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit.models import Entry
from audit.refusal import ActionRefused, RoleRefused, ValueRefused
from batches.isolation.models import ProcessStep
from batches.masters.plans import Plan
from batches.record.models import Batch
from batches.record.sheets import Kind, Problem, Section, Sheet
from qc.deviations.acts import JUDGING_ACTS
from qc.deviations.models import AffectedBatch, Deviation, DeviationNote
from qc.signing import RECORD_CHANGES

FEWEST_LETTERS = 3
FARTHEST_DUE = dt.timedelta(days=5 * 366)
STALE = "The deviation changed while you were reading; look at it again."
OWN_WORK = "You opened, owned or wrote in {number}: somebody else closes or voids it."
LOWERED = "A class is lowered by quality assurance only, with a reason; raising it is always possible."
ORDER = [str(grade) for grade in (Deviation.Grade.UNCLASSED, *("minor", "major", "critical"))]

SHEET = Kind(
    code="deviation",
    label="Deviation",
    details=None,
    icon="triangle-exclamation",
    sections=(
        Section("What happened", ("happened", "happened_time", "immediate_action")),
        Section("What it means", ("impact", "cause")),
        Section("What keeps it from happening again", ("corrective_action",)),
    ),
    required=("happened", "immediate_action", "impact", "cause", "corrective_action"),
)


def deviation_sheet(deviation: Deviation) -> Sheet:
    """The values of a deviation as every page of values shows them."""
    return Sheet(deviation.batch, [deviation], SHEET, deviation.url)  # type: ignore[arg-type]


# --- state ----------------------------------------------------------------------------------------


def demand_standing(deviation: Deviation) -> None:
    """Refuse to touch what is closed or voided, saying by whom and what to do."""
    if deviation.status == Deviation.Status.CLOSED:
        raise ActionRefused(
            f"{deviation.number} was closed by {deviation.closed_by}: reopen it with a reason to change it."
        )
    if deviation.status == Deviation.Status.VOIDED:
        raise ActionRefused(f"{deviation.number} was voided by {deviation.voided_by}.")


def demand_words(words: str, otherwise: str) -> str:
    """The words without blanks around them; refused where they say nothing."""
    if len(words.strip()) < FEWEST_LETTERS:
        raise ActionRefused(otherwise)
    return words.strip()


def demand_owner(owner: User | None) -> None:
    """Refuse an owner who can't work on it: deactivated, or in a role that only reads."""
    if owner is not None and not owner.may(roles.ENTER):
        why = "is deactivated" if not owner.is_active else f"has a role ({owner.role}) that enters nothing"
        raise ValueRefused(f"{owner.username} {why}: choose another owner.", "owner")


def demand_due(due_on: dt.date | None) -> None:
    """Refuse a due date that has passed or is years away."""
    if due_on is None:
        return
    today = timezone.localdate()
    if due_on < today:
        raise ValueRefused(f"{due_on:%-d %b %Y} has passed: choose today or a day to come.", "due_on")
    if due_on > today + FARTHEST_DUE:
        raise ValueRefused("Choose a due date within the next five years.", "due_on")


def demand_happened_time(moment: dt.datetime | None) -> None:
    """Refuse a moment that has not come yet (clocks may differ by minutes)."""
    if moment is not None and moment > timezone.now() + dt.timedelta(minutes=5):
        raise ValueRefused("This moment has not come yet.", "happened_time")


def is_lower(grade: str, than: str) -> bool:
    """Whether a class is less severe than another; taking the class away counts as lowering."""
    return ORDER.index(grade) < ORDER.index(than)


def problems_of(deviation: Deviation) -> list[Problem]:
    """What finishing the investigation still asks for."""
    sheet = deviation_sheet(deviation)
    empty = [
        Problem(str(deviation), f"{sheet.label_of(name)} is empty", f"#value-{name}", name)
        for name in SHEET.required
        if sheet.value(name) in (None, "")
    ]
    nobody = [] if deviation.owner_id else [Problem(str(deviation), "it has no owner", "#judging")]
    return [*empty, *nobody]


# --- four eyes ------------------------------------------------------------------------------------


def entries_about(deviation: Deviation) -> Q:
    """The entries that tell of a deviation, its notes and the batches it names."""
    found = Q(kind=Deviation._meta.label_lower, object_id=deviation.pk)
    for model in (DeviationNote, AffectedBatch):
        keys = model.objects.filter(deviation=deviation).values("pk")
        found |= Q(kind=model._meta.label_lower, object_id__in=keys)
    return found


def written(deviation: Deviation) -> list[tuple[int, bytes | memoryview, str]]:
    """Number, leaf hash and act of every entry that changed the deviation, oldest first."""
    entries = Entry.objects.filter(entries_about(deviation), action__in=RECORD_CHANGES)
    return list(entries.order_by("id").values_list("id", "leaf_hash", "act"))


def last_written(deviation: Deviation) -> tuple[int, str]:
    """Number and leaf hash of the last entry that changed it."""
    number, leaf, _ = written(deviation)[-1]
    return number, bytes(leaf).hex()


def took_part(deviation: Deviation, person: User) -> bool:
    """Whether the person opened the deviation, ever owned it, or wrote in it, from the entries."""
    if person.pk in {deviation.opened_by_id, deviation.owner_id}:
        return True
    if Deviation.history.filter(id=deviation.pk, owner=person).exists():
        return True
    mine = Entry.objects.filter(entries_about(deviation), actor=person, action__in=RECORD_CHANGES)
    return mine.exclude(act__in=JUDGING_ACTS).exists()


def who_may_close(deviation: Deviation) -> frozenset[str]:
    """Roles that may close or void it: quality assurance, for minor ones a reviewer too."""
    is_minor = deviation.grade == Deviation.Grade.MINOR
    return roles.CLOSE_MINOR_DEVIATIONS if is_minor else roles.CLOSE_DEVIATIONS


def demand_second_person(deviation: Deviation, by: User) -> None:
    """Refuse a role that may not close this class, and whoever took part."""
    if not by.may(who_may_close(deviation)):
        who = ", ".join(sorted(who_may_close(deviation)))
        told = f"{deviation.number} ({deviation.class_words})"
        raise RoleRefused(f"Your role ({by.role}) can't close or void {told}. It is for: {who}.")
    if took_part(deviation, by):
        raise ActionRefused(OWN_WORK.format(number=deviation.number))


def demand_closable(deviation: Deviation, by: User) -> None:
    """Refuse to close what is not investigated, complete, classed and somebody else's."""
    demand_standing(deviation)
    if deviation.status != Deviation.Status.INVESTIGATED:
        raise ActionRefused(f"{deviation.number} is not investigated yet: finish the investigation first.")
    if not deviation.grade:
        raise ActionRefused(f"{deviation.number} has no class yet: say first how severe it is.")
    still = problems_of(deviation)
    if still:
        words = "; ".join(problem.words for problem in still)
        raise ActionRefused(f"{deviation.number} can't be closed: {words}.")
    demand_second_person(deviation, by)


# --- what deviations keep from happening ----------------------------------------------------------


def blocking_words(batch: Batch) -> list[str]:
    """Every deviation that keeps the batch from approval and release, with class, state and place."""
    blocking = Deviation.objects.about(batch).blocking().with_names().order_by("id")
    skipped = skipped_steps(
        Plan.of(batch.plan),
        ProcessStep.objects.filter(batch=batch),
        Deviation.objects.filter(batch=batch, status=Deviation.Status.CLOSED),
    )
    return [*[_in_the_way(one, batch) for one in blocking], *[SKIPPED.format(step=one) for one in skipped]]


SKIPPED = "{step} was voided and not done again: a closed deviation at that step must say why"


def _in_the_way(deviation: Deviation, batch: Batch) -> str:
    told = f"deviation {deviation.number} ({deviation.class_words}) is {deviation.status}"
    if deviation.batch_id != batch.pk:
        return f"{told} and names this batch as affected too (opened at {deviation.where})"
    return f"{told} at {deviation.place_label or 'the batch as a whole'}"


def demand_none_blocking(batch: Batch) -> None:
    """Refuse to release a batch that an open deviation stands in the way of, naming all of them."""
    words = blocking_words(batch)
    if words:
        raise ActionRefused(f"Batch {batch.number} can't be released: {'; '.join(words)}.")


def skipped_steps(plan: Plan, steps: Iterable[ProcessStep], closed: Iterable[Deviation]) -> list[ProcessStep]:
    """Planned steps that were voided and never done, without a closed deviation there (requirement 25)."""
    steps = list(steps)
    voided = ProcessStep.Status.VOIDED
    done = {step.planned_position for step in steps if step.status != voided}
    explained = {one.place_number for one in closed if one.place == Deviation.Place.STEP}
    planned = {copy.position for copy in plan.steps} - done
    return [
        step
        for step in sorted(steps, key=lambda step: step.position)
        if step.position in planned and step.status == voided and step.position not in explained
    ]
