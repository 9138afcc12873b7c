"""Results against the specification, and values of steps against their planned limits."""

from collections.abc import Iterator

from batches.quantities import people_number
from batches.record.models import FieldRemark
from batches.record.sheets import Sheet
from qc.exceptions.basis import Basis
from qc.exceptions.kinds import Found, Pill, rule, username
from qc.judging import FAIL, INCONCLUSIVE, NOT_TESTED, PASS, Judged


def _criterion(one: Judged) -> Found:
    value = f"{one.shown} {one.unit}".strip() if one.shown else ""
    told = f"{value} ({one.measured.words})" if value else one.measured.words
    where = ", ".join(one.measured.sources) or f"Specification · {one.technique_label}".rstrip(" ·")
    why = one.why if one.is_told_at_length else f"{told}; {one.limit_words}"
    return Found(f"{one.label}: {why}", where, "#specification", "computed")


@rule(
    "Every result that counts for release is inside its limits",
    "critical",
    Pill("fail", "circle-exclamation", "out of limits"),
    over="criteria",
)
def criterion_failed(basis: Basis) -> Iterator[Found]:
    yield from (_criterion(one) for one in basis.judged if one.verdict == FAIL and one.is_release)


@rule(
    "Every result has a clear outcome",
    "major",
    Pill("warn", "circle-question", "inconclusive"),
    over="criteria",
)
def criterion_inconclusive(basis: Basis) -> Iterator[Found]:
    yield from (_criterion(one) for one in basis.judged if one.verdict == INCONCLUSIVE)


@rule(
    "Everything that the specification asks for was tested",
    "major",
    Pill("fail", "circle-minus", "missing"),
    over="criteria",
)
def criterion_not_tested(basis: Basis) -> Iterator[Found]:
    yield from (_criterion(one) for one in basis.judged if one.verdict == NOT_TESTED)


@rule(
    "Every result passed without being made again",
    "major",
    Pill("warn", "rotate", "retested"),
    over="criteria",
)
def criterion_retested(basis: Basis) -> Iterator[Found]:
    """Those that a retest rule lets pass although they failed at first."""
    yield from (_criterion(one) for one in basis.judged if one.is_retested and one.verdict == PASS)


@rule(
    "Every criterion that alerts is met",
    "minor",
    Pill("warn", "bell", "alert"),
    over="criteria",
)
def criterion_alerts(basis: Basis) -> Iterator[Found]:
    kind = "alert"
    yield from (_criterion(one) for one in basis.judged if one.verdict == FAIL and one.criterion.kind == kind)


@rule(
    "Every result that is only reported is inside its limits",
    "minor",
    Pill("warn", "circle-exclamation", "out of limits, report only"),
    over="criteria",
)
def criterion_reported_out(basis: Basis) -> Iterator[Found]:
    kind = "report"
    yield from (_criterion(one) for one in basis.judged if one.verdict == FAIL and one.criterion.kind == kind)


@rule(
    "No result lies beyond an alert limit",
    "minor",
    Pill("warn", "triangle-exclamation", "close to the limit"),
    over="criteria",
)
def criterion_alert(basis: Basis) -> Iterator[Found]:
    yield from (_criterion(one) for one in basis.judged if one.is_alert)


@rule(
    "Every value of a step is inside its planned limits",
    "major",
    Pill("fail", "circle-exclamation", "out of limits"),
    over="values",
)
def value_out_of_limits(basis: Basis) -> Iterator[Found]:
    yield from _step_values(basis, "outside")


@rule(
    "No value of a step lies beyond an alert limit",
    "minor",
    Pill("warn", "triangle-exclamation", "close to the limit"),
    over="values",
)
def value_beyond_alert(basis: Basis) -> Iterator[Found]:
    yield from _step_values(basis, "alert")


def _step_values(basis: Basis, verdict: str) -> Iterator[Found]:
    for sheet in basis.step_sheets:
        yield from (_step_value(sheet, name) for name in sheet.limits if sheet.verdict(name) == verdict)


def _step_value(sheet: Sheet, name: str) -> Found:
    part, remark = sheet.part_of(name), sheet.remark(name, FieldRemark.Kind.OUT_OF_LIMITS)
    unit = getattr(sheet.model_field(name), "unit", "")
    value = f"{people_number(sheet.value(name))} {unit}".strip()
    return Found(
        f"{sheet.label_of(name)} {value}; {sheet.limits[name].words(unit)}",
        sheet.label,
        f"{sheet.url}#value-{name}",
        who=username(sheet.subject.finished_by or sheet.subject.started_by),
        why=remark.words if remark else "",
        record_kind=part._meta.label_lower,
        record_id=part.pk,
        field=name,
    )
