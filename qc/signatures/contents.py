"""The text of a manifest: everything that a signer sees of a batch, section by section.

Three parts. The *record* is what the laboratory wrote and what it rests on; its own hash says whether a
signature still fits. *Computed* is what the program made of it for the reader: verdicts and exceptions, so
that what was signed says what was known. *Review* is what was said and decided about it: deviations, rounds,
signatures before. The whole is what gets signed; only a change of the record leaves a signature behind
(docs/decisions/signatures.md).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from audit import canonical
from audit.models import Entry
from batches.characterization.models import details_of as details_of_assay
from batches.characterization.plates import plate_curves_of
from batches.characterization.techniques import TECHNIQUES
from batches.isolation.methods import METHODS
from batches.isolation.models import details_of as details_of_step
from batches.record.models import FieldRemark
from batches.record.sheets import Sheet
from batches.reporting.facts import reporting_facts
from batches.source.models import SourceLot
from qc.exceptions import RULE_SET, ReviewException, exceptions_of
from qc.judging import Judged
from qc.loading import WholeRecord
from qc.review.acts import LOOKING_ACTS
from qc.signatures.said import REVIEW, Said, said_sections, state_of, titled, words_section
from qc.signatures.source import lot_details
from qc.signatures.values import Names, key_of, person_keys, section
from qc.signing import RECORD_CHANGES

SCHEMA = "exoledger-manifest/1"
RECORD = "record"
# Of a batch these tell of its way through review, not of the record.
STATE = ("status", "disposition")


@dataclass(frozen=True)
class Written:
    """A manifest as it would be signed now: its text and what it hashes to."""

    content: Mapping[str, Any]
    text: str
    sha256: str
    record_sha256: str

    @property
    def groups(self) -> str:
        """The beginning of its hash as people compare it."""
        return groups(self.sha256)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Written":
        text = canonical.text(dict(content))
        return cls(content, text, sha256_of(text), record_sha256_of(content))


def sha256_of(text: str) -> str:
    """SHA-256 (hex) of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def groups(sha256: str, many: int = 4) -> str:
    """The beginning of a hash as people compare it: '41b7 c0de 9a55 02f3'."""
    return " ".join(sha256[at : at + 4] for at in range(0, many * 4, 4))


def record_sha256_of(content: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the record part: keys, fields and values, without labels, units or verdicts.

    So neither other words on a page nor another way of judging leaves a signature behind.
    """
    values = {
        one["key"]: {value["field"]: value["value"] for value in one["values"]}
        for one in content["sections"]
        if one["part"] == RECORD
    }
    return sha256_of(canonical.text(values))


def write(
    record: WholeRecord,
    judged: Sequence[Judged],
    said: Said | None = None,
    exceptions: Sequence[ReviewException] | None = None,
) -> Written:
    """The manifest of a batch as it stands, from what was read already and a few queries more.

    A page that read what the review said, or computed the exceptions, hands them over.
    """
    found = exceptions_of(record, judged) if exceptions is None else exceptions
    around = _Around.of(record, said or Said.about(record))
    return Written.of(_content(record, around, judged, found))


@dataclass(frozen=True)
class _Around:
    """What a manifest tells beyond the whole record that a review reads anyway."""

    said: Said
    last_change: tuple[int, str]

    @classmethod
    def of(cls, record: WholeRecord, said: Said) -> "_Around":
        return cls(said=said, last_change=last_change(record.batch.number))


def last_change(number: str) -> tuple[int, str]:
    """Number within the batch, and leaf hash in hex, of the last entry that is a change and not an event.

    It names all entries before it, for each names its forerunner. Prints, refusals and looks after it move
    nothing.
    """
    changes = Entry.objects.filter(batch_number=number, action__in=RECORD_CHANGES)
    changes = changes.exclude(act__in=LOOKING_ACTS)
    found = changes.order_by("-number_in_batch").values_list("number_in_batch", "leaf_hash")[0]
    return found[0] or 0, bytes(found[1]).hex()


def _content(
    record: WholeRecord, around: _Around, judged: Sequence[Judged], found: Sequence[ReviewException]
) -> dict[str, Any]:
    names = _names(record, around)
    return {
        "schema": SCHEMA,
        "batch": record.batch.number,
        "last_change": {"entry": around.last_change[0], "leaf": around.last_change[1]},
        "sections": [
            *_origin(record, around, names),
            *_work(record, names),
            *_beside(record, names),
            *(_criterion(one) for one in judged),
            *_exceptions(found),
            words_section("state", "State", state_of(record), REVIEW),
            *said_sections(record, around.said, names),
        ],
    }


# --- what the laboratory wrote ------------------------------------------------------------------------


def _origin(record: WholeRecord, around: _Around, names: Names) -> list[dict[str, Any]]:
    """The batch itself, its plan, the source material with its donors and tests, and every harvest."""
    batch = record.batch
    return [
        section(batch, f"Batch {batch}", names, part=RECORD, without=STATE),
        _plan(record),
        *(section(one, title, names, part=RECORD) for title, one in _rests_on(record.lots)),
        *(section(one, str(one), names, part=RECORD) for one in record.every_harvest),
        *(section(one, one.trail_label, names, part=RECORD) for one in record.pooled.parts),
        *_facts(record, names),
    ]


def _rests_on(lots: Sequence[SourceLot]) -> list[tuple[str, Any]]:
    """Each lot with its donor and details; a donor of several lots stands there once."""
    told: list[tuple[str, Any]] = []
    for lot in lots:
        told += [(f"Source lot {lot}", lot), (f"Donor {lot.donor}", lot.donor)]
        told += [(f"Source lot {lot}: {one._meta.verbose_name}", one) for one in lot_details(lot)]
    return list({key_of(one): (title, one) for title, one in told if one is not None}.values())


def _facts(record: WholeRecord, names: Names) -> list[dict[str, Any]]:
    """The reporting facts, once one was entered. Depositions come after the review and are none of it."""
    facts = reporting_facts(record.batch)
    return [section(facts, "Reporting facts", names, part=RECORD)] if facts is not None else []


def _plan(record: WholeRecord) -> dict[str, Any]:
    """Master and specification, for reading; the batch's own section holds the plan's hash."""
    plan, product = record.plan, record.batch.product
    told = (
        ("product", "Product", f"{product.code} · {product.name}"),
        ("master", "Master", f"{plan.name} · {plan.title}"),
        ("specification", "Specification", plan.specification_code),
        ("window", "Size window", f"{plan.window[0]:f}–{plan.window[1]:f} nm"),
    )
    return words_section("plan", "Plan", told)


def _work(record: WholeRecord, names: Names) -> Iterable[dict[str, Any]]:
    """Every step and assay, voided ones too, each with its details and their rows."""
    sheets = {sheet.subject.pk: sheet for sheet in record.step_sheets()}
    for step in record.steps:
        beside, details = _judged_values(sheets.get(step.pk)), details_of_step(step)
        yield section(step, str(step), names, part=RECORD, beside=beside)
        yield section(details, f"{step}: values", names, part=RECORD, beside=beside)
        yield from _rows(step, details, METHODS[step.method], names)
    for assay in record.assays:
        details = details_of_assay(assay)
        yield section(assay, str(assay), names, part=RECORD)
        yield section(details, f"{assay}: values", names, part=RECORD)
        yield from _rows(assay, details, TECHNIQUES[assay.technique], names)
        for curve in plate_curves_of(assay):
            yield section(curve, f"{assay}: {curve}", names, part=RECORD)


def _rows(envelope: Any, details: Any, kind: Any, names: Names) -> Iterable[dict[str, Any]]:
    """The rows of a step's or assay's details, voided ones too: fractions, markers, lanes, micrographs."""
    found = [row for rows in kind.rows for row in getattr(details, rows.related).all()]
    for row in sorted(found, key=lambda row: (row._meta.model_name, row.pk)):
        yield section(row, f"{envelope}: {row}", names, part=RECORD)


def _judged_values(sheet: Sheet | None) -> dict[str, dict[str, str]]:
    """Limit and verdict of every value of a step that has a limit, as the signer reads them."""
    if sheet is None:
        return {}
    words = {"inside": "within limits", "alert": "beyond the alert limit", "outside": "out of limits"}
    return {
        name: {
            "limit": limit.words(getattr(sheet.model_field(name), "unit", "")),
            "verdict": words.get(sheet.verdict(name), ""),
        }
        for name, limit in sheet.limits.items()
    }


def _beside(record: WholeRecord, names: Names) -> list[dict[str, Any]]:
    """What stands beside the values: remarks on single fields, original files, what was read from them."""
    titled: list[tuple[str, Any]] = [
        *((_remark_title(one), one) for one in record.remarks),
        *((f"File {one.name}", one) for one in record.attachments),
        *((f"Reading of {one.attachment.name}", one) for one in record.readings),
        *((one.trail_label, one) for one in record.calculations),
        *((one.trail_label, one) for one in record.chosen),
    ]
    return [section(one, title, names, part=RECORD) for title, one in titled]


def _remark_title(remark: FieldRemark) -> str:
    return f"{remark.record_label}: {remark.field.replace('_', ' ')}, {remark.get_kind_display().lower()}"


# --- what was made of it, and what was said about it --------------------------------------------------


def _criterion(one: Judged) -> dict[str, Any]:
    """A line of the specification with result, verdict and why."""
    told = (
        ("result", "Result", f"{one.shown} {one.unit}".strip() if one.shown else one.measured.words),
        ("accepted", "Accepted", one.limit_words),
        ("counts", "Counts for", one.criterion.kind),
        ("verdict", "Verdict", one.verdict),
        ("why", "Why", one.why),
    )
    key = f"criterion:{one.criterion.position}:{one.criterion.attribute}"
    return words_section(
        key, f"{one.label} ({one.technique_label})" if one.technique_label else one.label, told
    )


def _exceptions(found: Sequence[ReviewException]) -> Iterable[dict[str, Any]]:
    """What the rules named, so that what was signed says what was known; and which version of them."""
    yield words_section("rules", "Rules", [("rule_set", "Rule set", RULE_SET)])
    for one in found:
        numbers = one.entries or ((one.entry,) if one.entry else ())
        told = (
            ("rule", "Rule", one.rule.code),
            ("severity", "Severity", one.rule.severity),
            ("told", "What", one.told),
            ("why", "Why", one.why),
            ("who", "Who", one.who),
            ("entries", "Entries", ", ".join(str(number) for number in numbers)),
        )
        yield words_section(f"exception:{one.key}", f"Exception: {one.where}", told)


def _names(record: WholeRecord, around: _Around) -> Names:
    """Whom and what the record names; one query."""
    told: list[Any] = [record.batch, *record.every_harvest, *record.lots]
    told += [*record.steps, *record.assays, *record.pooled.parts, *record.chosen]
    told += [*record.attachments, *(one for _, one in titled(record, around.said))]
    people = User.objects.filter(pk__in=person_keys(told)).values_list("pk", "username", "printed_name")
    return Names(
        people={pk: (username, printed) for pk, username, printed in people},
        files={one.pk: one for one in record.attachments},
        readings={one.pk: one for one in record.readings},
    )
