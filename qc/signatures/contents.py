"""The text of a manifest: everything that a signer sees of a batch, section by section.

Three parts. The *record* is what the laboratory wrote and what it rests on; its own hash says whether a
signature still fits. *Computed* is what the program made of it for the reader: verdicts. *Review* is what
was said and decided about it: deviations, rounds, signatures before. The whole is what gets signed; only a
change of the record leaves a signature behind (docs/decisions/signatures.md).
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
from batches.isolation.kinds import IsolationMethod
from batches.isolation.models import ColumnFraction
from batches.isolation.models import details_of as details_of_step
from batches.quantities import people_number
from batches.record.models import Batch, FieldRemark
from batches.record.sheets import Sheet
from batches.reporting.facts import reporting_facts
from batches.source.models import SourceLot
from qc.judging import Judged
from qc.loading import WholeRecord
from qc.models import ReturnedPoint, Review, Signature
from qc.review.acts import LOOKING_ACTS
from qc.review.models import ExceptionDecision, Query, TrailReview
from qc.signatures.source import lot_details
from qc.signatures.values import Names, person_keys, section
from qc.signing import RECORD_CHANGES

SCHEMA = "exoledger-manifest/1"
RECORD, COMPUTED, REVIEW = "record", "computed", "review"
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
    judged: Iterable[Judged],
    said: "Said | None" = None,
) -> Written:
    """The manifest of a batch as it stands, from what was read already and a few queries more.

    A page that read what the review said anyway hands it over.
    """
    return Written.of(_content(record, _Around.of(record, said or Said.about(record.batch)), judged))


def reviews_of(batch: Batch) -> list[Review]:
    """Rounds of review, the latest first, with what they sent back."""
    return list(Review.objects.filter(batch=batch).prefetch_related("returned_points__replies__replied_by"))


def signed_in(batch: Batch) -> list[Signature]:
    """Signatures with the hashes of their manifests, without their texts."""
    signatures = Signature.objects.filter(batch=batch).select_related("manifest")
    return list(signatures.defer("manifest__content"))


@dataclass(frozen=True)
class Said:
    """What the review said about a batch so far, beside its queries: rounds (the latest first), signatures,
    decisions, reviews of the trail.
    """

    reviews: Sequence[Review]
    signatures: Sequence[Signature]
    decisions: Sequence[ExceptionDecision]
    trail_reviews: Sequence[TrailReview]

    @classmethod
    def about(cls, batch: Batch, signatures: Sequence[Signature] | None = None) -> "Said":
        """Read it; a page that has the signatures hands them over."""
        return cls(
            reviews=reviews_of(batch),
            signatures=signed_in(batch) if signatures is None else signatures,
            decisions=list(ExceptionDecision.objects.filter(batch=batch).select_related("decided_by")),
            trail_reviews=list(TrailReview.objects.filter(batch=batch).select_related("reviewed_by")),
        )


@dataclass(frozen=True)
class _Around:
    """What a manifest tells beyond the whole record that a review reads anyway."""

    lot: SourceLot
    fractions: list[ColumnFraction]
    reviews: list[Review]
    signatures: list[Signature]
    decisions: list[ExceptionDecision]
    queries: list[Query]
    trail_reviews: list[TrailReview]
    last_change: tuple[int, str]

    @classmethod
    def of(cls, record: WholeRecord, said: Said) -> "_Around":
        batch = record.batch
        columns = any(step.method == IsolationMethod.SIZE_EXCLUSION for step in record.steps)
        fractions = ColumnFraction.objects.filter(details__step__batch=batch) if columns else []
        return cls(
            lot=record.source,
            fractions=list(fractions),
            reviews=sorted(said.reviews, key=lambda one: one.round),
            signatures=sorted(said.signatures, key=lambda one: one.pk),
            decisions=list(said.decisions),
            queries=record.asked,
            trail_reviews=list(said.trail_reviews),
            last_change=last_change(batch.number),
        )

    @property
    def points(self) -> list[ReturnedPoint]:
        return [point for one in self.reviews for point in one.returned_points.all()]


def last_change(number: str) -> tuple[int, str]:
    """Number within the batch, and leaf hash in hex, of the last entry that is a change and not an event.

    It names all entries before it, for each names its forerunner. Prints, refusals and looks after it move
    nothing.
    """
    changes = Entry.objects.filter(batch_number=number, action__in=RECORD_CHANGES)
    changes = changes.exclude(act__in=LOOKING_ACTS)
    found = changes.order_by("-number_in_batch").values_list("number_in_batch", "leaf_hash")[0]
    return found[0] or 0, bytes(found[1]).hex()


def _content(record: WholeRecord, around: _Around, judged: Iterable[Judged]) -> dict[str, Any]:
    names = _names(record, around)
    return {
        "schema": SCHEMA,
        "batch": record.batch.number,
        "last_change": {"entry": around.last_change[0], "leaf": around.last_change[1]},
        "sections": [
            *_origin(record, around, names),
            *_work(record, around, names),
            *_beside(record, names),
            *(_criterion(one) for one in judged),
            *_review(record, around, names),
        ],
    }


# --- what the laboratory wrote ------------------------------------------------------------------------


def _origin(record: WholeRecord, around: _Around, names: Names) -> list[dict[str, Any]]:
    """The batch itself, its plan, and the source material with its donor and tests."""
    batch, lot = record.batch, around.lot
    rests_on = [(f"Source lot {lot}", lot), (f"Donor {lot.donor}", lot.donor)]
    rests_on += [(f"Source lot {lot}: {one._meta.verbose_name}", one) for one in lot_details(lot)]
    return [
        section(batch, f"Batch {batch}", names, part=RECORD, without=STATE),
        _plan(record),
        *(section(one, title, names, part=RECORD) for title, one in rests_on if one is not None),
        section(record.harvest, "Harvest", names, part=RECORD),
        *_facts(record, names),
    ]


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
    return _told("plan", "Plan", told)


def _told(key: str, title: str, told: Iterable[tuple[str, str, str]], part: str = COMPUTED) -> dict[str, Any]:
    """A section of plain words."""
    values = [{"field": name, "label": label, "value": words} for name, label, words in told if words]
    return {"key": key, "title": title, "part": part, "values": values}


def _work(record: WholeRecord, around: _Around, names: Names) -> Iterable[dict[str, Any]]:
    """Every step and assay, voided ones too, each with its details and their rows."""
    sheets = {sheet.subject.pk: sheet for sheet in record.step_sheets()}
    for step in record.steps:
        beside, details = _judged_values(sheets.get(step.pk)), details_of_step(step)
        yield section(step, str(step), names, part=RECORD, beside=beside)
        yield section(details, f"{step}: values", names, part=RECORD, beside=beside)
        for row in around.fractions:
            if step.method == IsolationMethod.SIZE_EXCLUSION and row.details_id == details.pk:
                yield section(row, f"{step}: {row}", names, part=RECORD)
    for assay in record.assays:
        details = details_of_assay(assay)
        yield section(assay, str(assay), names, part=RECORD)
        yield section(details, f"{assay}: values", names, part=RECORD)
        for row in _rows(assay, details):
            yield section(row, f"{assay}: {row}", names, part=RECORD)
        for curve in plate_curves_of(assay):
            yield section(curve, f"{assay}: {curve}", names, part=RECORD)


def _rows(assay: Any, details: Any) -> list[Any]:
    sets = [getattr(details, rows.related) for rows in TECHNIQUES[assay.technique].rows]
    found = [row for rows in sets for row in rows.all()]
    return sorted(found, key=lambda row: (row._meta.model_name, row.pk))


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
    return _told(key, f"{one.label} ({one.technique_label})" if one.technique_label else one.label, told)


def _review(record: WholeRecord, around: _Around, names: Names) -> list[dict[str, Any]]:
    batch = record.batch
    state = (
        ("status", "Status", batch.get_status_display()),
        ("disposition", "Disposition", batch.get_disposition_display()),
        ("unexplained", "Unexplained changes", people_number(len(record.unexplained))),
    )
    titled: Sequence[tuple[str, Any]] = [
        *((f"Deviation {one}", one) for one in record.deviations),
        *((str(one), one) for one in around.decisions),
        *((one.trail_label, one) for one in around.queries),
        *((str(one), one) for one in around.trail_reviews),
        *((str(one), one) for one in around.reviews),
        *((f"Sent back: {one.record_label}", one) for one in around.points),
        *((str(reply), reply) for one in around.points for reply in one.replies.all()),
        *((f"Signature: {one}", one) for one in around.signatures),
    ]
    return [
        _told("state", "State", state, REVIEW),
        *(section(one, title, names, part=REVIEW, without=PROOF) for title, one in titled),
    ]


# Of a signature before: the bytes of its proof, which its own statement stands for.
PROOF = ("client_data", "authenticator_data", "proof", "statement")


def _names(record: WholeRecord, around: _Around) -> Names:
    """Whom and what the record names; one query."""
    told: list[Any] = [record.batch, record.harvest, around.lot, *record.steps, *record.assays]
    told += [*record.attachments, *record.deviations, *around.reviews, *around.signatures]
    told += [*around.decisions, *around.queries, *around.trail_reviews]
    told += [reply for one in around.points for reply in one.replies.all()]
    people = User.objects.filter(pk__in=person_keys(told)).values_list("pk", "username", "printed_name")
    return Names(
        people={pk: (username, printed) for pk, username, printed in people},
        files={one.pk: one for one in record.attachments},
        readings={one.pk: one for one in record.readings},
    )
