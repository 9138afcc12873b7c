"""What QC puts into a bundle: signatures on a batch, and approvals of what it was made by."""

import json
from collections.abc import Iterable
from typing import Any

from django.template.loader import render_to_string

from audit import canonical
from audit.bundle.sections import Section
from audit.models import Entry
from batches.masters.models import FrozenPlan, MasterVersion
from batches.masters.plans import content_signed
from batches.masters.signing import signatures_of as signatures_of_master
from batches.record.models import Batch
from batches.signed import Shown as ShownOver
from batches.signed import local_words
from batches.specifications.content import content_of
from batches.specifications.models import SpecificationVersion
from batches.specifications.signing import signatures_of as signatures_of_specification
from qc.models import Signature
from qc.signatures.contents import sha256_of
from qc.signatures.models import Manifest
from qc.signing import Shown, signatures_of

PASSKEY = ("credential_id", "credential_name", "public_key", "domain", "client_data", "authenticator_data")


def signatures(batch_number: str) -> Section:
    """All signatures of a batch, each with whether it still fits the record."""
    shown = signatures_of(Batch.objects.get(number=batch_number))
    html = render_to_string("qc/bundle_signatures.html", {"signatures": shown})
    signed = Manifest.objects.filter(batch__number=batch_number, signatures__isnull=False).distinct()
    files = {f"files/{one.sha256}": one.content for one in signed}
    return Section("Signatures", html, "signatures.json", as_json([_data(one) for one in shown]), files)


def as_json(value: Any) -> str:
    """Data as a file of a bundle."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def _data(shown: Shown) -> dict[str, object]:
    signature: Signature = shown.signature
    return {
        **signature_data(signature, shown),
        "entries_signed": signature.entries_signed,
        "leaf_signed": signature.leaf_signed,
    }


def signature_data(signature: Any, shown: Any) -> dict[str, object]:
    """What every signature says of itself, whatever it is on; `shown` tells whether it still fits."""
    proof = {name: getattr(signature, name) for name in PASSKEY} if getattr(signature, "proof", "") else {}
    return {
        "kind": signature._meta.label_lower,
        "id": signature.pk,
        "meaning": signature.get_meaning_display(),
        "printed_name": signature.printed_name,
        "user_name": signature.username,
        "role": signature.role,
        "signed_at": canonical.time_text(signature.signed_at),
        "local_time": local_words(signature.signed_at, signature.time_zone),
        "identity_proved_by": signature.means,
        "comment": signature.comment,
        "is_valid": shown.is_valid,
        "validity": shown.validity,
        "statement": getattr(signature, "statement", ""),
        **proof,
        **({"signature": signature.proof} if proof else {}),
    }


# --- what the batch was made by -------------------------------------------------------------------


def approvals(batch_number: str) -> Section:
    """The approvals of the master and the specification that the batch was opened on, and the plan that was
    frozen from both: so that everybody can see that the one says what the others said.
    """
    plan = FrozenPlan.objects.get(batches__number=batch_number)
    master = MasterVersion.objects.with_content().get(pk=plan.version_id)
    files = {f"files/{plan.sha256}": canonical.text(plan.content)}
    found = [(master, one) for one in signatures_of_master(master)]
    texts = [canonical.text(content_signed(master))] if found else []
    specification = _specification(plan)
    if specification is not None:
        found += [(specification, one) for one in signatures_of_specification(specification)]
        texts.append(canonical.text(content_of(specification)))
    files |= {f"files/{sha256_of(text)}": text for text in texts}
    data = {"plan": plan.sha256, "approvals": [_approval(version, one) for version, one in found]}
    html = render_to_string("qc/bundle_approvals.html", {"approvals": found, "plan": plan})
    entries = _written_by([plan, *(one.signature for _, one in found)])
    return Section("Approvals", html, "approvals.json", as_json(data), files, entries)


def _specification(plan: FrozenPlan) -> SpecificationVersion | None:
    """The version of the specification that a plan was frozen from; None where the master held its own."""
    number = plan.content.get("specification_version")
    versions = SpecificationVersion.objects.with_content()
    return versions.filter(specification__code=plan.content["specification"], number=number).first()


def _approval(version: Any, shown: ShownOver) -> dict[str, object]:
    data = signature_data(shown.signature, shown)
    return {**data, "about": version.trail_label, "sha256": shown.signature.sha256}


def _written_by(rows: Iterable[Any]) -> tuple[int, ...]:
    """Keys of the entries that tell of the making of these records."""
    found = (
        Entry.objects.get(kind=one._meta.label_lower, object_id=one.pk, action="created").pk for one in rows
    )
    return tuple(found)
