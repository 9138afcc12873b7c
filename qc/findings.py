"""Findings: what a reviewer should look at first, most severe on top, computed from the record itself.

Everything that is not among the findings is inside its limits, complete, checked and entered once.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.apps import apps

from audit.refusal import ReasonCategory
from audit.trail.lines import Change
from audit.trail.telling import shown
from batches.characterization.kinds import Technique
from batches.characterization.models import Assay, NanoparticleTracking
from batches.instruments.nanosight_checks import DILUTION_NOT_RECORDED
from batches.isolation.models import ProcessStep
from batches.quantities import people_number
from batches.record.models import Attachment, FieldRemark
from batches.record.sheets import Sheet
from batches.source.models import Donor, TestResult
from qc.deviations.found import found_in
from qc.judging import FAIL, INCONCLUSIVE, NOT_TESTED, Judged
from qc.loading import WholeRecord

STEP_LATE_AFTER = dt.timedelta(hours=1)
ASSAY_LATE_AFTER = dt.timedelta(hours=24)
UNSETTLED_TESTS = {TestResult.POSITIVE, TestResult.PENDING}


class Class(NamedTuple):
    """A class of findings: its pill and how severe it is (1 first)."""

    severity: int
    kind: str
    icon: str
    words: str


UNEXPLAINED = Class(0, "fail", "triangle-exclamation", "unexplained change")
OUT_OF_LIMITS = Class(1, "fail", "circle-exclamation", "out of limits")
DONOR = Class(2, "fail", "user-shield", "donor or source")
DEVIATION = Class(2, "fail", "triangle-exclamation", "open deviation")
UNCHECKED = Class(3, "fail", "user-check", "not checked")
MISSING_RESULT = Class(4, "fail", "circle-minus", "missing")
UNCLEAR = Class(5, "warn", "circle-question", "inconclusive")
REPORTED_OUT = Class(6, "warn", "circle-exclamation", "out of limits, report only")
MINOR_DEVIATION = Class(6, "warn", "triangle-exclamation", "open deviation, minor")
CORRECTED = Class(7, "warn", "pen", "corrected")
LATE = Class(8, "warn", "clock", "late entry")
VOIDED = Class(9, "warn", "ban", "voided")
REPEATED = Class(10, "warn", "rotate", "repeated")
CLOSE = Class(11, "warn", "triangle-exclamation", "close to the limit")
FILE = Class(12, "warn", "file-circle-exclamation", "instrument file")
NOT_APPLICABLE = Class(13, "calm", "ban", "not applicable")


@dataclass(frozen=True)
class Finding:
    """One thing to look at: what, where, by whom, when and why; `entry` numbers a correction's entry."""

    of: Class
    what: str
    where: str
    url: str = ""
    who: str = ""
    when: dt.datetime | None = None
    why: str = ""
    changes: tuple[Change, ...] = ()
    entry: int = 0


Source = Callable[[WholeRecord], Iterator[Finding]]


def findings_of(record: WholeRecord, judged: Sequence[Judged]) -> list[Finding]:
    """Everything to look at, most severe first, otherwise in the order of the work; no queries."""
    found = list(_criteria(record, judged))
    for source in SOURCES:
        found.extend(source(record))
    return sorted(found, key=lambda finding: finding.of.severity)


# --- what no entry tells of -----------------------------------------------------------------------


def _unexplained(record: WholeRecord) -> Iterator[Finding]:
    for one in record.unexplained:
        url = f"/trail/unexplained/{one.pk}/"
        who = f"found by {_username(one.found_by)}"
        yield Finding(UNEXPLAINED, one.told, one.record_label, url, who, one.found_at)


# --- results and limits ---------------------------------------------------------------------------


def _criteria(record: WholeRecord, judged: Sequence[Judged]) -> Iterator[Finding]:
    for one in judged:
        of = _class_of(one)
        if of is not None:
            yield Finding(
                of, _criterion_words(one), _sources_words(one), url="#specification", who="computed"
            )


def _class_of(one: Judged) -> Class | None:
    if one.verdict == FAIL:
        return OUT_OF_LIMITS if one.is_release else REPORTED_OUT
    if one.verdict == INCONCLUSIVE:
        return UNCLEAR
    if one.verdict == NOT_TESTED:
        return MISSING_RESULT
    return CLOSE if one.is_alert else None


def _criterion_words(one: Judged) -> str:
    value = f"{one.shown} {one.unit}".strip()
    told = f"{value} ({one.measured.words})" if value else one.measured.words
    return f"{one.label}: {told}; {one.limit_words}"


def _sources_words(one: Judged) -> str:
    return ", ".join(one.measured.sources) or f"Specification · {one.technique_label}".rstrip(" ·")


def _step_values(record: WholeRecord) -> Iterator[Finding]:
    for sheet in record.step_sheets():
        for name in sheet.limits:
            of = {"outside": OUT_OF_LIMITS, "alert": CLOSE}.get(sheet.verdict(name))
            if of is not None:
                yield _step_value(of, sheet, name)


def _step_value(of: Class, sheet: Sheet, name: str) -> Finding:
    unit = getattr(sheet.model_field(name), "unit", "")
    value = f"{people_number(sheet.value(name))} {unit}".strip()
    remark = sheet.remark(name, FieldRemark.Kind.OUT_OF_LIMITS)
    return Finding(
        of,
        f"{sheet.label_of(name)} {value}; {sheet.limits[name].words(unit)}",
        sheet.label,
        f"{sheet.url}#value-{name}",
        who=_username(sheet.subject.finished_by or sheet.subject.started_by),
        why=remark.words if remark else "",
    )


def _username(person: Any) -> str:
    return person.username if person else ""


def _missing(record: WholeRecord) -> Iterator[Finding]:
    for problem in record.missing():
        of = UNCHECKED if problem.url.endswith("#check") else MISSING_RESULT
        yield Finding(of, problem.words, problem.where, problem.url)


def _donor(record: WholeRecord) -> Iterator[Finding]:
    lot, testing = record.batch.source_lot, record.testing
    url = f"/sources/{lot.code}/"
    where = f"Source lot {lot.code}"
    if lot.donor and lot.donor.consent_withdrawn:
        yield Finding(DONOR, f"Donor {lot.donor.code}: consent withdrawn", where, url)
    if lot.donor and lot.donor.eligibility == Donor.Eligibility.INELIGIBLE:
        yield Finding(DONOR, f"Donor {lot.donor.code}: ineligible", where, url)
    if lot.quarantine_released_at is None:
        yield Finding(DONOR, "Source lot was not released from quarantine", where, url)
    for label, result in _tests(testing):
        taken = testing.get_taken_from_display() if testing else ""
        yield Finding(DONOR, f"{label}: {result}", f"{where} · {taken}", url)
    if record.harvest.mycoplasma in UNSETTLED_TESTS:
        result = record.harvest.get_mycoplasma_display().lower()
        harvest_url = f"/batches/{record.batch.number}/harvest/#value-mycoplasma"
        yield Finding(DONOR, f"Mycoplasma of the culture: {result}", "Harvest", harvest_url)


def _tests(testing: Any) -> Iterator[tuple[str, str]]:
    """Infection tests that are positive or pending, in words."""
    for field in testing._meta.concrete_fields if testing else ():
        if field.choices and getattr(testing, field.name) in UNSETTLED_TESTS:
            yield str(field.verbose_name), dict(field.flatchoices)[getattr(testing, field.name)].lower()


# --- how the record came about --------------------------------------------------------------------


def _corrections(record: WholeRecord) -> Iterator[Finding]:
    places = record.places()
    for row in record.corrections:
        label, url = places.get((row["kind"], row["object_id"]), (row["object_label"], ""))
        changes = _replaced(row)
        of = VOIDED if row["act"].startswith("void_") else CORRECTED
        if changes or of is VOIDED:
            reason = row["body"]["reason"]
            yield Finding(
                of,
                f"{row['object_label']} voided" if of is VOIDED else "",
                label,
                url,
                who=row["actor_username"],
                when=row["at"],
                why=f"{_CATEGORY_WORDS.get(reason['category'], reason['category'])}: {reason['words']}",
                changes=() if of is VOIDED else tuple(changes),
                entry=row["number_in_batch"],
            )


_CATEGORY_WORDS = dict(ReasonCategory.choices)


def _replaced(row: dict[str, Any]) -> list[Change]:
    """The values that stood in the record and were replaced; computed ones and statuses only follow."""
    free = getattr(apps.get_model(row["kind"]), "free_fields", ())
    return [
        Change(
            change["label"],
            change.get("unit", ""),
            shown(change.get("old_text", change["old"])),
            shown(change.get("new_text", change["new"])),
        )
        for change in row["body"].get("changes", ())
        if change["old"] not in (None, "") and change["field"] not in free
    ]


def _late(record: WholeRecord) -> Iterator[Finding]:
    for step in record.standing_steps:
        url = f"/batches/{record.batch.number}/steps/{step.position}/"
        yield from _late_of_step(step, "began", step.performed_from, step.started_at, step.started_by, url)
        yield from _late_of_step(step, "ended", step.performed_until, step.finished_at, step.finished_by, url)
    for assay in record.standing_assays:
        behind = _behind(assay.performed_time, assay.performed_at, ASSAY_LATE_AFTER)
        if behind:
            url = f"/batches/{record.batch.number}/assays/{assay.number}/#value-performed_time"
            who = _username(assay.performed_by)
            words = f"Recorded {_span(behind)} after it was performed"
            yield Finding(LATE, words, str(assay), url, who, assay.performed_at)


def _late_of_step(
    step: ProcessStep, verb: str, really: dt.datetime | None, recorded: dt.datetime | None, by: Any, url: str
) -> Iterator[Finding]:
    behind = _behind(really, recorded, STEP_LATE_AFTER)
    if behind:
        field = "performed_from" if verb == "began" else "performed_until"
        words = f"Recorded {_span(behind)} after it {verb}"
        yield Finding(LATE, words, str(step), f"{url}#value-{field}", _username(by), recorded)


def _behind(
    really: dt.datetime | None, recorded: dt.datetime | None, most: dt.timedelta
) -> dt.timedelta | None:
    """How long after the fact it was recorded, where that is longer than usual."""
    if really is None or recorded is None or recorded - really <= most:
        return None
    return recorded - really


def _span(span: dt.timedelta) -> str:
    """'5 h 12 min' or '3 d 4 h'."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours // 24} d {hours % 24} h" if hours >= 48 else f"{hours} h {minutes} min"


def _repeated(record: WholeRecord) -> Iterator[Finding]:
    """Assays made again after one was voided, and several that stand (NTA's replicates are no repetition)."""
    alike = defaultdict(list)
    for assay in record.assays:
        alike[assay.technique, assay.sample].append(assay)
    for (technique, _), assays in alike.items():
        voided = [a for a in assays if a.status == Assay.Status.VOIDED]
        standing = [a for a in assays if a.status != Assay.Status.VOIDED]
        again = bool(voided) and any(a.number > voided[0].number for a in standing)
        if again or (len(standing) > 1 and technique != Technique.NTA):
            yield _repeat(record, standing, voided)


def _repeat(record: WholeRecord, standing: list[Assay], voided: list[Assay]) -> Finding:
    numbers = ", ".join(str(assay.number) for assay in standing)
    words = f"{len(standing)} standing (assay {numbers}), {len(voided)} voided: all results that stand count"
    newest = standing[-1]
    where = f"{newest.get_technique_display()} · {newest.get_sample_display().lower()}"
    url = f"/batches/{record.batch.number}/assays/{newest.number}/"
    return Finding(REPEATED, words, where, url, _username(newest.performed_by), newest.performed_at)


def _files(record: WholeRecord) -> Iterator[Finding]:
    for attachment in record.attachments:
        if attachment.status == Attachment.Status.KEPT and attachment.not_read_because:
            words = f"Stored, not read: {attachment.not_read_because}"
            yield Finding(FILE, words, f"File {attachment.name}", f"/files/{attachment.pk}/")
    # A later reading of the same file replaces an earlier one.
    newest = {reading.attachment_id: reading for reading in record.readings}
    settled = {
        details.reading_id
        for _, details in record.evidence.finished(Technique.NTA)
        if details.dilution_source == NanoparticleTracking.DilutionSource.PERSON
    }
    for reading in newest.values():
        for warning in reading.warnings:
            if not (reading.pk in settled and warning.startswith(DILUTION_NOT_RECORDED)):
                where = f"File {reading.attachment.name}"
                yield Finding(FILE, warning, where, f"/files/{reading.attachment_id}/")


def _not_applicable(record: WholeRecord) -> Iterator[Finding]:
    places = record.places()
    for remark in record.remarks:
        if remark.kind == FieldRemark.Kind.NOT_APPLICABLE:
            label, url = places.get((remark.record_kind, remark.record_id), (remark.record_label, ""))
            url = f"{url}#value-{remark.field}" if url else ""
            yield Finding(NOT_APPLICABLE, _field_label(remark), label, url, why=remark.words)


def _field_label(remark: FieldRemark) -> str:
    """The field's name for people."""
    words = str(apps.get_model(remark.record_kind)._meta.get_field(remark.field).verbose_name)
    return words[:1].upper() + words[1:]


def _deviations(record: WholeRecord) -> Iterator[Finding]:
    for one in found_in(record.batch, record.plan, record.steps, record.deviations):
        yield Finding(DEVIATION if one.blocks else MINOR_DEVIATION, *one.told)


SOURCES: tuple[Source, ...] = (
    _unexplained,
    _deviations,
    _donor,
    _step_values,
    _missing,
    _corrections,
    _late,
    _repeated,
    _files,
    _not_applicable,
)
