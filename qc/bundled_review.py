"""What QC puts into a batch's bundle of its deviations, and of what the review said about it."""

from typing import Any

from django.template.loader import render_to_string

from audit import canonical
from audit.bundle.sections import Section
from batches.record.models import Batch
from qc.bundled import as_json, signature_data
from qc.deviations.models import Deviation
from qc.deviations.signing import signatures_of
from qc.signatures.differences import words_of
from qc.signatures.manifests import manifest_now
from qc.signatures.said import COMPUTED, REVIEW

TOLD = ("happened", "immediate_action", "impact", "cause", "corrective_action")
# Sections of their own in the bundle.
ELSEWHERE = ("qc.signature:", "qc.deviation")


def deviations(batch_number: str) -> Section:
    """The deviations that were opened in the batch or name it, each with where it stands, what the record
    said there, and who closed it. Of one that was opened elsewhere its signatures stay there.
    """
    batch = Batch.objects.get(number=batch_number)
    found = Deviation.objects.about(batch).with_names().order_by("id").prefetch_related("affected__batch")
    data = [_deviation(one, batch) for one in found]
    html = render_to_string("qc/bundle_deviations.html", {"deviations": data})
    return Section("Deviations", html, "deviations.json", as_json(data))


def _deviation(one: Deviation, batch: Batch) -> dict[str, Any]:
    is_ours = one.batch_id == batch.pk
    labels = {name: str(Deviation._meta.get_field(name).verbose_name) for name in TOLD}  # type: ignore[union-attr]
    return {
        "number": one.number,
        "class": one.class_words,
        "status": one.get_status_display(),
        "opened_in": one.trail_batch,
        "where": one.place_label,
        "record_said": one.evidence,
        "opened_at": canonical.time_text(one.opened_at),
        "opened_by": one.opened_by.printed_name,
        "owner": one.owner.printed_name if one.owner else "",
        "due": str(one.due_on or ""),
        "told": [{"label": labels[name], "words": words} for name in TOLD if (words := getattr(one, name))],
        "also_affects": [
            {"batch": named.batch.number, "words": named.words}
            for named in one.affected.all()
            if not named.is_withdrawn and (is_ours or named.batch_id == batch.pk)
        ],
        "signatures": [_closing(one, shown) for shown in signatures_of(one)] if is_ours else [],
    }


def _closing(deviation: Deviation, shown: Any) -> dict[str, Any]:
    signature = shown.signature
    about = f"{deviation.trail_label}, round {signature.round}"
    return {
        **signature_data(signature, shown),
        "about": about,
        "round": signature.round,
        "leaf_signed": signature.leaf_signed,
    }


def review(batch_number: str) -> Section:
    """What the rules named and what the review said: rounds, decisions, queries, readings of the trail."""
    written = manifest_now(Batch.objects.get(number=batch_number))
    told = [one for one in written.content["sections"] if one["part"] in (COMPUTED, REVIEW)]
    told = [one for one in told if not one["key"].startswith(ELSEWHERE)]
    for one in told:
        one["values"] = [{**value, "words": words_of(value)} for value in one["values"]]
    html = render_to_string("qc/bundle_review.html", {"sections": told})
    return Section("Review", html, "review.json", as_json(told))
