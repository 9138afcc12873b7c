"""Manifests of a batch: the one that would be signed now, and those that were."""

from accounts.models import User
from audit import records
from batches.record.models import Batch
from qc.judging import judge_evidence
from qc.loading import load
from qc.signatures.contents import Written, write
from qc.signatures.models import Manifest


def manifest_now(batch: Batch) -> Written:
    """What a signature would cover now, read anew from the database."""
    record = load(Batch.objects.with_header().get(pk=batch.pk))
    return write(record, judge_evidence(record.plan, record.evidence))


def keep(batch: Batch, written: Written, *, by: User) -> Manifest:
    """The stored manifest with this text: one that is there, else a new one. Needs the batch's lock."""
    before = Manifest.objects.filter(batch=batch)
    known = before.filter(sha256=written.sha256).first()
    if known is not None:
        return known
    manifest = Manifest(
        batch=batch,
        number=before.count() + 1,
        sha256=written.sha256,
        record_sha256=written.record_sha256,
        content=written.text,
    )
    records.save(manifest, by=by)
    return manifest
