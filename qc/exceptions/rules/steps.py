"""Steps: left out, voided, added, out of their order, held too long, done and checked by one person."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from batches.isolation.holds import Hold
from batches.isolation.models import ProcessStep
from qc.exceptions.basis import Basis, began, ended
from qc.exceptions.kinds import Found, Pill, rule, username
from qc.exceptions.replaced import why_words

# People type a time to the minute.
MINUTE = dt.timedelta(minutes=1)
NOT_DOING = frozenset({"open_batch", "check_step"})


def _of_step(basis: Basis, step: ProcessStep, what: str, field: str = "", **more: Any) -> Found:
    anchor = f"#value-{field}" if field else ""
    return Found(
        what,
        str(step),
        f"/batches/{basis.number}/steps/{step.position}/{anchor}",
        record_kind=step._meta.label_lower,
        record_id=step.pk,
        field=field,
        **more,
    )


@rule(
    "Nobody checked a step that they had worked on",
    "critical",
    Pill("fail", "users-slash", "same person"),
    over="steps",
)
def same_person(basis: Basis) -> Iterator[Found]:
    for step in basis.record.standing_steps:
        checker = step.checked_by
        if checker is None:
            continue
        entries = [one for one in basis.entries_by_place[str(step)] if one.act not in NOT_DOING]
        mine = [one.number for one in entries if one.username == checker.username]
        if mine or checker in {step.started_by, step.finished_by}:
            words = f"{checker.username} worked on this step and checked it"
            yield _of_step(
                basis, step, words, who=checker.username, when=step.checked_at, entries=tuple(mine)
            )


@rule(
    "Every planned step was done, or a closed deviation says why not",
    "major",
    Pill("fail", "forward", "skipped"),
    over="steps",
)
def step_skipped(basis: Basis) -> Iterator[Found]:
    voiding = {one.object_id: one for one in basis.record.entries if one.act == "void_step"}
    for step, (words, _, _, who, when) in basis.skipped.values():
        entry = voiding.get(step.pk)
        told: dict[str, Any] = {}
        if entry is not None:
            told = {"why": why_words([entry]), "entry": entry.number, "entries": (entry.number,)}
        yield _of_step(basis, step, words, who=who, when=when, **told)


@rule(
    "Every step began after the one before it had ended",
    "major",
    Pill("fail", "arrow-down-1-9", "out of order"),
    over="steps",
)
def step_out_of_order(basis: Basis) -> Iterator[Found]:
    for before, step in pairwise(basis.steps_in_order):
        for begun, finished, field in (
            (began(step), ended(before), "performed_from"),
            (step.started_at, before.finished_at, ""),
        ):
            if begun and finished and begun < finished - MINUTE:
                words = f"Began {_minutes(finished - begun)} before {before} had ended"
                field = field if step.performed_from else ""
                yield _of_step(basis, step, words, field, who=username(step.started_by), when=begun)
                break


@rule(
    "No step ended sooner after it began than the time that it is said to have taken",
    "minor",
    Pill("warn", "stopwatch", "times disagree"),
    over="steps",
)
def step_too_short(basis: Basis) -> Iterator[Found]:
    for sheet in basis.step_sheets:
        step, minutes = sheet.subject, getattr(sheet.details, "duration_min", None)
        if minutes is None or not (step.performed_from and step.performed_until):
            continue
        took = step.performed_until - step.performed_from
        if took < dt.timedelta(minutes=float(minutes)) - MINUTE:
            words = f"Duration {minutes.normalize():f} min, but it ended {_minutes(took)} after it began"
            yield _of_step(basis, step, words, "performed_until", who=username(step.finished_by))


@rule(
    "No material waited longer after a step than the plan allows",
    "major",
    Pill("fail", "hourglass-end", "hold time exceeded"),
    over="steps",
    since="1.1",
)
def hold_exceeded(basis: Basis) -> Iterator[Found]:
    yield from (_waited(basis, one) for one in basis.holds if one.is_over)


@rule(
    "No material waited for more than 80 % of the longest hold",
    "minor",
    Pill("warn", "hourglass-half", "long hold"),
    over="steps",
    since="1.1",
)
def hold_nearly_exceeded(basis: Basis) -> Iterator[Found]:
    yield from (_waited(basis, one) for one in basis.holds if one.is_nearly_over)


def _waited(basis: Basis, hold: Hold) -> Found:
    step = hold.following or hold.step
    words = f"Began {_minutes(hold.used)} after {hold.step} had ended; at most {hold.max_h.normalize():f} h"
    field = "performed_from" if step.performed_from else ""
    return _of_step(basis, step, words, field, who=username(step.started_by), when=step.started_at)


@rule(
    "Every step stands in the plan and was done once",
    "minor",
    Pill("warn", "square-plus", "added step"),
    over="steps",
)
def step_added(basis: Basis) -> Iterator[Found]:
    for step in basis.record.standing_steps:
        if step.planned_position == step.position:
            continue
        again = f"Done in place of step {step.planned_position}"
        words = "Not in the plan" if step.planned_position is None else again
        yield _of_step(basis, step, words, who=username(step.started_by), when=step.started_at)


def _minutes(span: dt.timedelta) -> str:
    """'3 h 5 min' or '12 min'."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
