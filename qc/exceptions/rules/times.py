"""When things were done and when they were recorded."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from batches.characterization.models import Assay
from batches.isolation.models import ProcessStep
from qc.entries import RecordEntry
from qc.exceptions.basis import Basis, ended
from qc.exceptions.kinds import Found, Pill, rule, username

STEP_LATE_AFTER = dt.timedelta(hours=1)
ASSAY_LATE_AFTER = dt.timedelta(hours=24)
# People type a time to the minute; the clock of who types it may be wrong by a few.
MINUTE = dt.timedelta(minutes=1)
CLOCKS_APART = dt.timedelta(minutes=5)
# Ten steps within a minute: nobody finishes or checks ten things, or saves sixty times, in that time.
WINDOW = dt.timedelta(minutes=1)
MOST_ACTS, MOST_SAVES = 10, 60
ENDING_ACTS = frozenset({"finish_step", "check_step", "finish_assay"})
SAVING_ACTS = frozenset({"record_values", "add_row", "correct_row"})


class Moment(NamedTuple):
    """A time that somebody may state: when it really was, when that was recorded, by whom."""

    record: Any
    field: str
    verb: str
    recorded: dt.datetime | None
    by: Any
    url: str

    @property
    def really(self) -> dt.datetime | None:
        """What somebody stated."""
        return getattr(self.record, self.field)  # type: ignore[no-any-return]

    @property
    def late_after(self) -> dt.timedelta:
        """How long after it people still record it in the course of their work."""
        return STEP_LATE_AFTER if isinstance(self.record, ProcessStep) else ASSAY_LATE_AFTER

    def found(self, what: str) -> Found:
        """Something about this time."""
        return Found(
            what,
            str(self.record),
            f"{self.url}#value-{self.field}",
            username(self.by),
            self.recorded,
            record_kind=self.record._meta.label_lower,
            record_id=self.record.pk,
            field=self.field,
        )


def _moments(basis: Basis) -> Iterator[Moment]:
    """Every time that is stated in the record, in the order of the work."""
    home = f"/batches/{basis.number}"
    for one in basis.record.harvests:
        told = "it was harvested"
        yield Moment(one, "harvested_time", told, one.finished_at, one.finished_by, one.url)
    for step in basis.record.standing_steps:
        url = f"{home}/steps/{step.position}/"
        yield Moment(step, "performed_from", "it began", step.started_at, step.started_by, url)
        yield Moment(step, "performed_until", "it ended", step.finished_at, step.finished_by, url)
    for assay in basis.record.standing_assays:
        url = f"{home}/assays/{assay.number}/"
        yield Moment(assay, "performed_time", "it was performed", assay.performed_at, assay.performed_by, url)


@rule(
    "Every step, assay and harvest was recorded when it was done",
    "minor",
    Pill("warn", "clock", "late entry"),
    over="records",
)
def late_entry(basis: Basis) -> Iterator[Found]:
    for one in _moments(basis):
        if _is_of_before(basis, one):
            continue
        if one.really and one.recorded and one.recorded - one.really > one.late_after:
            yield one.found(f"Recorded {span_words(one.recorded - one.really)} after {one.verb}")


def _is_of_before(basis: Basis, one: Moment) -> bool:
    """Material is often harvested, and frozen, before its batch is opened: that is not late."""
    opened = basis.record.batch.opened_at
    return one.field == "harvested_time" and one.really is not None and one.really < opened


@rule(
    "No time lies before what must come first, before the batch was opened, or in the future",
    "major",
    Pill("fail", "clock-rotate-left", "back-dated"),
    over="records",
)
def back_dated(basis: Basis) -> Iterator[Found]:
    told_at = _told_at(basis)
    for one in _moments(basis):
        if one.really is None:
            continue
        words = [
            told for moment, told in _must_precede(basis, one) if moment and one.really < moment - MINUTE
        ]
        entry = told_at.get((one.record._meta.label_lower, one.record.pk, one.field))
        if entry is not None and one.really > entry.at + CLOCKS_APART:
            words.append("after it was entered, in the future")
        if words:
            yield one.found(f"{one.verb[:1].upper()}{one.verb[1:]} {'; '.join(words)}")


def _must_precede(basis: Basis, one: Moment) -> Iterator[tuple[dt.datetime | None, str]]:
    """What must have happened before a stated time, in words."""
    if one.field == "harvested_time":
        return
    yield basis.record.batch.opened_at, "before the batch was opened"
    for harvest in basis.record.harvests:
        words = "the harvest" if len(basis.record.harvests) == 1 else f"harvest {harvest.position}"
        yield harvest.harvested_time, f"before {words}"
    if isinstance(one.record, Assay) and one.record.sample == Assay.Sample.FINAL and basis.steps_in_order:
        last = basis.steps_in_order[-1]
        yield ended(last), f"before {last} had ended"


def _told_at(basis: Basis) -> dict[tuple[str, int, str], RecordEntry]:
    """The entry that gave each stated time as it is now."""
    return {
        (*entry.key, change["field"]): entry
        for entry in basis.record.entries
        for change in entry.changes
        if change["field"].startswith(("performed_", "harvested_"))
    }


@rule(
    "Nobody finished or checked ten things, or saved sixty times, within one minute",
    "major",
    Pill("warn", "gauge-high", "implausibly fast"),
    over="entries",
)
def entered_too_fast(basis: Basis) -> Iterator[Found]:
    for acts, most, words in (
        (ENDING_ACTS, MOST_ACTS, "steps and assays finished or checked"),
        (SAVING_ACTS, MOST_SAVES, "times saved"),
    ):
        by_person = defaultdict(list)
        for entry in basis.record.entries:
            if entry.act in acts:
                by_person[entry.username].append(entry)
        for entries in by_person.values():
            for run in _runs(_distinct(entries), most):
                yield _fast(basis, run, words)


def _distinct(entries: list[RecordEntry]) -> list[RecordEntry]:
    """One entry of each act: an act that writes several rows writes them at once."""
    kept: list[RecordEntry] = []
    for entry in entries:
        before = kept[-1] if kept else None
        if before is None or before.act != entry.act or entry.at - before.at > dt.timedelta(milliseconds=300):
            kept.append(entry)
    return kept


def _runs(entries: list[RecordEntry], most: int) -> Iterator[list[RecordEntry]]:
    """Stretches in which at least that many entries lie within a minute of each other."""
    run: list[RecordEntry] = []
    for at, entry in enumerate(entries):
        first = entries[at - most + 1] if at >= most - 1 else None
        if first is not None and entry.at - first.at <= WINDOW:
            begin = at - most + 1
            run += [one for one in entries[begin : at + 1] if not run or one.number > run[-1].number]
        elif run and entry.at - run[-1].at > WINDOW:
            yield run
            run = []
    if run:
        yield run


def _fast(basis: Basis, run: list[RecordEntry], words: str) -> Found:
    first, last = run[0], run[-1]
    seconds = max(1, round((last.at - first.at).total_seconds()))
    label, url = basis.place(first.key, first.label)
    return Found(
        f"{len(run)} {words} in {seconds} s (entries {first.number} to {last.number})",
        f"{label} and after",
        url,
        last.username,
        last.at,
        entries=tuple(entry.number for entry in run),
    )


def span_words(span: dt.timedelta) -> str:
    """'5 h 12 min' or '3 d 4 h'."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours} h {minutes} min"
