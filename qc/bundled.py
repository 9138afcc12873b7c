"""What QC puts into a batch's bundle: the signatures, for people and as data."""

import json

from django.template.loader import render_to_string

from audit import canonical
from audit.bundle.sections import Section
from batches.record.models import Batch
from qc.models import Signature
from qc.signatures.models import Manifest
from qc.signing import Shown, signatures_of


def signatures(batch_number: str) -> Section:
    """All signatures of a batch, each with whether it still fits the record."""
    shown = signatures_of(Batch.objects.get(number=batch_number))
    html = render_to_string("qc/bundle_signatures.html", {"signatures": shown})
    text = json.dumps([_data(one) for one in shown], ensure_ascii=False, indent=1)
    signed = Manifest.objects.filter(batch__number=batch_number, signatures__isnull=False).distinct()
    files = {f"files/{one.sha256}": one.content for one in signed}
    return Section("Signatures", html, "signatures.json", text, files)


def _data(shown: Shown) -> dict[str, object]:
    signature = shown.signature
    return {
        "id": signature.pk,
        "meaning": signature.get_meaning_display(),
        "printed_name": signature.printed_name,
        "user_name": signature.username,
        "role": signature.role,
        "signed_at": canonical.time_text(signature.signed_at),
        "local_time": shown.local,
        "identity_proved_by": signature.means,
        "comment": signature.comment,
        "entries_signed": signature.entries_signed,
        "leaf_signed": signature.leaf_signed,
        "is_valid": shown.is_valid,
        "validity": shown.validity,
        "statement": signature.statement,
        **_passkey(signature),
    }


def _passkey(signature: Signature) -> dict[str, str]:
    """What shows that a passkey signed the statement, in base64url; nothing for a password."""
    if not signature.proof:
        return {}
    names = ("credential_id", "credential_name", "public_key", "domain", "client_data", "authenticator_data")
    return {**{name: getattr(signature, name) for name in names}, "signature": signature.proof}
