"""What trends look at: one product made alike again and again, beads measured day by day, chosen references.

Written apart from the stories, because it is long and tells nothing but figures that scatter.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal as D
from random import Random

from batches.record.actions import open_batch, submit_batch
from batches.record.models import Batch
from batches.source.kinds import SourceKind
from batches.source.models import SourceLot
from batches.trends import actions
from batches.trends.loading import key_of
from batches.trends.similarity.actions import confirm_references, propose_references
from qc.example import reviewing
from qc.example.assaying import measure_protein, track
from qc.example.clock import Clock, days_ago, rounded
from qc.example.figures import Figures, Passed
from qc.example.harvesting import harvest
from qc.example.isolating import isolate
from qc.example.masters import POLISH, Made, Masters
from qc.example.people import Staff
from qc.example.specifying import ALERT, Specified, between, sizes
from qc.example.stories import APPROVED, Story

DAILY = Made(
    "DAY-EV",
    "Daily reference EV preparation",
    "EVs of a cell line from one frozen pool of concentrated medium, run on a column every working day to "
    "see whether column, instrument and hands are as yesterday. For research use.",
    "DAY-{year}-{number:04d}",
    "DAY-SEC",
    "Daily reference EVs by SEC",
    Specified(
        "SPEC-DAY-01",
        "Daily reference EVs",
        (*sizes("160", "140"), ("overall_recovery_percent", ALERT, between("30", ""))),
    ),
    (POLISH,),
)
# From this batch on another column lot was used: particles come out larger.
NEW_COLUMN_FROM, RECALIBRATED_FROM = 20, 13
NTA_2 = key_of("NTA-2", "NTA, NanoSight")
BEADS = "Polystyrene beads, 100 nm"


def write_history(
    size: int, masters: Masters, lots: Mapping[str, SourceLot], staff: Staff, say: Callable[[str], None]
) -> None:
    """So many daily preparations with frozen limits; control runs; references of the MSC product."""
    version = masters.make(DAILY)
    rng = Random(f"exoledger daily {size}")  # noqa: S311 (believable figures, no secret)
    batches = []
    for at in range(size):
        doer, _ = staff.shift(at)
        batch = open_batch(version=version, source_lot=lots["line_1"], notes="Daily reference.", by=doer)
        _prepare(batch, at, staff, rng)
        batches.append(batch)
    _freeze(batches, staff)
    _run_beads(rng, staff)
    _choose_references(masters, staff)
    _leave_control_out(masters, staff)
    say(f"{size} daily reference batches, control runs and reference batches for trends.")


def _prepare(batch: Batch, at: int, staff: Staff, rng: Random) -> None:
    doer, checker = staff.shift(at)
    incidents = {"all_counts", *({"recalibrated"} if at >= RECALIBRATED_FROM else ())}
    story = Story("line", "line_1", APPROVED, frozenset(incidents), replicates=1)
    figures, clock = _figures(at, rng), Clock.of(1, is_late=False)
    harvest(batch, story, figures, clock, rng, by=doer)
    isolate(batch, story, figures, clock, rng, doer, checker)
    track(batch, story, figures, clock, rng, doer)
    measure_protein(batch, story, figures, clock, rng, checker)
    submit_batch(batch=batch, by=doer)
    reviewing.judge(batch, at, story, staff, doer, checker)


def _figures(at: int, rng: Random) -> Figures:
    """Of one pool of medium, so all that differs is how it was worked on."""
    into_per_ml = 4.1e11 * (1 + rng.gauss(0, 0.03))
    out_per_ml = into_per_ml * 0.5 / 2 * rng.gauss(0.68, 0.03)
    mode_nm = rng.gauss(104, 2.2) + (9 if at >= NEW_COLUMN_FROM else 0)
    return Figures(
        start_ml=D("0.5"),
        start_per_ml=rounded(into_per_ml),
        passed=(Passed(D("0.5"), D(2), rounded(into_per_ml), rounded(out_per_ml)),),
        mode_nm=mode_nm,
        spread=rng.uniform(0.33, 0.35),
        protein_ug_per_ml=rounded(out_per_ml / rng.gauss(1.9e10, 1.1e9)),
        cells=rounded(3.2e8 * (1 + rng.gauss(0, 0.03))),
    )


def _freeze(batches: list[Batch], staff: Staff) -> None:
    """Limits from the first twenty, all on one column lot."""
    reviewer = staff.reviewers[0]
    numbers = [batch.number for batch in batches[:NEW_COLUMN_FROM]]
    words = "The first twenty daily preparations, one column lot, none with a deviation."
    for attribute in ("mode_nm", "particles_per_million_cells", "particles_per_ml"):
        actions.freeze_limits(
            product=batches[0].product,
            attribute=attribute,
            key=NTA_2,
            batches=numbers,
            words=words,
            by=reviewer,
        )


def _run_beads(rng: Random, staff: Staff) -> None:
    """Beads on most days of five weeks; a new lot in the last week."""
    runs = [_run(day, "PB-77", 99.8, rng, staff) for day in range(34, 8, -1)]
    for day in range(6, 1, -1):
        _run(day, "PB-81", 101.4, rng, staff)
    actions.freeze_control_limits(
        value="size_nm",
        key=key_of("NTA-2", "NTA"),
        lot=f"{BEADS}, lot PB-77",
        runs=runs[:20],
        words="First twenty runs of the lot after the yearly service.",
        by=staff.reviewers[0],
    )


def _run(day: int, lot: str, size_nm: float, rng: Random, staff: Staff) -> int:
    """One run; on the ninth day before today the cell had a bubble."""
    bubble = 6.5 if day == 9 else 0.0
    values = {
        "instrument": "NTA-2",
        "method": "nta",
        "material": BEADS,
        "lot": lot,
        "target_nm": D(100),
        "target_per_ml": D("1.0e9"),
        "size_nm": rounded(size_nm + rng.gauss(0, 1.1) + bubble, 4),
        "particles_per_ml": rounded(1.02e9 * (1 + rng.gauss(0, 0.05))),
        "run_time": days_ago(day, 8) + dt.timedelta(minutes=rng.randint(0, 20)),
        "remarks": "Bubble in the cell seen afterwards." if bubble else "",
    }
    return actions.record_control_run(values=values, by=staff.operators[day % 2]).pk


def _leave_control_out(masters: Masters, staff: Staff) -> None:
    """Medium without cells is worked on like a batch and says nothing of how batches are."""
    product = masters.effective["msc"].master.product
    control = Batch.objects.filter(product=product, source_lot__kind=SourceKind.OTHER).first()
    if control is None:
        return
    for attribute in ("particles_per_ml", "mode_nm"):
        actions.leave_out(
            product=product,
            attribute=attribute,
            key=NTA_2,
            batch=control.number,
            words="Process control: medium without cells.",
            by=staff.reviewers[0],
        )


def _choose_references(masters: Masters, staff: Staff) -> None:
    """Released batches of the MSC product are what its others are compared with."""
    product = masters.effective["msc"].master.product
    released = Batch.objects.filter(product=product, disposition=Batch.Disposition.RELEASED)
    numbers = list(released.order_by("pk").values_list("number", flat=True))
    if len(numbers) < 3:
        return
    chosen = propose_references(
        product=product,
        batches=numbers,
        thresholds={
            "most_distance_nm": D(18),
            "least_overlap_percent": D(80),
            "least_markers_percent": D(80),
            "most_z": D(3),
        },
        words="Released batches that were given to projects and behaved there as expected.",
        by=staff.reviewers[0],
    )
    confirm_references(reference_set=chosen, by=staff.qa[0])
