"""What a certificate of analysis says of a batch, and whether one may be made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from audit.refusal import ActionRefused
from batches.characterization.models import Assay
from batches.masters.plans import Plan
from batches.pooling.models import PoolPart
from batches.pooling.parts import parts_of, standing
from batches.record.models import Batch
from batches.reporting.telling_values import told
from batches.source.models import Harvest
from batches.source.origins import lots_of
from batches.specifications.models import SpecificationVersion
from qc.deviations.models import Deviation
from qc.judging import PASS, Judged, judge, summary
from qc.models import Signature
from qc.papers.heads import day_words
from qc.signing import Shown, signatures_of

DECIDED = {Batch.Status.APPROVED, Batch.Status.REJECTED}
DECISIONS = {Signature.Meaning.REVIEWED_APPROVED, Signature.Meaning.REVIEWED_REJECTED}
NOT_DECIDED = (
    "Batch {number} is {status}: a certificate is made once it is approved or rejected. "
    "The whole record can be printed at any time."
)
NOT_AS_SIGNED = "No certificate can be made of batch {number}: its {meaning} signature {why}."


def demand_certifiable(batch: Batch, signatures: Sequence[Shown]) -> None:
    """Refuse a batch that is not decided, or whose record is not the one that was decided on."""
    if batch.status not in DECIDED:
        status = batch.get_status_display().lower()
        raise ActionRefused(NOT_DECIDED.format(number=batch.number, status=status))
    deciding = [one for one in signatures if one.signature.meaning in DECISIONS]
    if not deciding:
        raise ActionRefused(f"Nobody signed the decision on batch {batch.number}: there is no certificate.")
    last = deciding[-1]
    if not last.is_valid:
        meaning = last.signature.get_meaning_display()
        words = NOT_AS_SIGNED.format(number=batch.number, meaning=f"“{meaning}”", why=last.validity)
        raise ActionRefused(words)


def content_of(batch: Batch) -> dict[str, Any]:
    """Everything that the certificate says of a batch (`with_header`): the same record, the same content.

    Refused where no certificate may be made.
    """
    signatures = signatures_of(batch)
    demand_certifiable(batch, signatures)
    judged = judge(batch)
    return {
        "batch": _batch(batch),
        "source": _source(batch),
        "master": _master(batch),
        "results": [result_data(one) for one in judged if one.is_release],
        "reported": [result_data(one) for one in judged if not one.is_release],
        "summary": summary(judged),
        "replicates": _replicates(batch),
        "deviations": _deviations(batch),
        "signatures": [signature_data(one) for one in signatures],
        "manifest": manifest_of(signatures),
    }


def _source(batch: Batch) -> dict[str, str]:
    lots = lots_of([batch])[batch.pk]
    kinds = dict.fromkeys(lot.get_kind_display() for lot in lots)
    parts = ", ".join(f"{part.part.number} {told(part, 'volume_ml')}".strip() for part in _parts(batch))
    kind = f"Pool of batches: {', '.join(kinds)}" if batch.is_pool else ", ".join(kinds)
    return {"kind": kind, "code": ", ".join(lot.code for lot in lots), **({"parts": parts} if parts else {})}


def _parts(batch: Batch) -> list[PoolPart]:
    return standing(parts_of([batch]).get(batch.pk, ()))


def _harvested(batch: Batch) -> str:
    """The days of the standing harvests."""
    found = Harvest.objects.standing().filter(batch=batch).values_list("harvested_time", flat=True)
    return ", ".join(dict.fromkeys(day_words(moment) for moment in found if moment)) or day_words(None)


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "number": batch.number,
        "product": batch.product.name,
        "product_code": batch.product.code,
        "opened": day_words(batch.opened_at),
        "harvested": _harvested(batch),
        "status": batch.get_status_display(),
        "disposition": batch.get_disposition_display() if batch.disposition else "",
        "is_rejected": batch.status == Batch.Status.REJECTED
        or batch.disposition == Batch.Disposition.REJECTED,
    }


def _master(batch: Batch) -> dict[str, Any]:
    plan, version = Plan.of(batch.plan), batch.plan.version
    return {
        "code": plan.master_code,
        "title": plan.title,
        "version": plan.version,
        "specification": plan.specification_name,
        "effective": day_words(version.approved_at),
        "specification_effective": day_words(_specified_at(plan)),
    }


def _specified_at(plan: Plan) -> datetime | None:
    """When the version of the specification became effective; None where the master record holds it."""
    versions = SpecificationVersion.objects.filter(
        specification__code=plan.specification_code, number=plan.specification_version
    )
    return versions.values_list("effective_at", flat=True).first()


def result_data(one: Judged) -> dict[str, Any]:
    """A criterion with its result and verdict as they stand on paper."""
    return {
        "label": one.label,
        "method": one.technique_label,
        "limit": _capital(one.accepted_words.removeprefix("accept ")),
        "alert": "; ".join(part for part in (one.alert_words, one.rule_words) if part),
        "result": one.shown,
        "unit": one.unit,
        "how": one.measured.words,
        "note": one.why if one.is_told_at_length else one.measured.note,
        "sources": ", ".join(source.split(" · ")[0].lower() for source in one.measured.sources),
        "kind": one.kind_words,
        "verdict": "reported" if one.is_only_reported else one.verdict,
        "is_pass": one.verdict == PASS,
        "is_alert": one.is_alert,
        "is_retested": one.is_retested,
    }


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _replicates(batch: Batch) -> list[dict[str, Any]]:
    """The finished assays of the final preparation that the results come from."""
    assays = Assay.objects.standing().finished().filter(batch=batch, sample=Assay.Sample.FINAL)
    return [
        {
            "assay": assay.number,
            "technique": assay.get_technique_display(),
            "sample": " · ".join(part for part in (assay.get_sample_display(), assay.sample_id) if part),
            "replicate": assay.replicate,
            "performed": day_words(assay.performed_time),
        }
        for assay in assays.order_by("number")
    ]


def _deviations(batch: Batch) -> dict[str, list[str]]:
    """Numbers of the deviations about a batch, closed and open ones apart, each with its class."""
    told: dict[str, list[str]] = {"closed": [], "open": []}
    for one in Deviation.objects.about(batch).exclude(status=Deviation.Status.VOIDED).order_by("id"):
        told["open" if one.is_standing else "closed"].append(f"{one.number} ({one.class_words})")
    return told


def signature_data(one: Shown) -> dict[str, Any]:
    """A signature as it stands on paper."""
    signature = one.signature
    return {
        "name": signature.printed_name,
        "username": signature.username,
        "role": signature.role,
        "meaning": signature.get_meaning_display(),
        "utc": one.utc,
        "local": one.local,
        "means": signature.means,
        "comment": signature.comment,
        "validity": one.validity,
        "is_valid": one.is_valid,
        "manifest": signature.manifest.sha256 if signature.manifest else "",
        "over": f"{signature.entries_signed} entries, the last {signature.leaf_signed}",
    }


def manifest_of(signatures: Sequence[Shown]) -> str:
    """SHA-256 of the manifest that the last signature is bound to; empty for signatures without one."""
    manifests = (one.signature.manifest for one in reversed(signatures))
    return next((manifest.sha256 for manifest in manifests if manifest), "")
