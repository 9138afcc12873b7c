"""RFC 3161 time stamps: an outside authority says when a checkpoint was there at the latest.

Optional (settings.TSA_URL). The authority sees the SHA-256 of a checkpoint's note and nothing else. Nothing
waits for it: a refusal or an outage is told in a sentence, and sealing goes on.
"""

import hashlib
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.ledger.models import Checkpoint, TimeStamp

PATIENCE_S = 15
LARGEST_ANSWER = 1024 * 1024
SHA256_OID = "2.16.840.1.101.3.4.2.1"
REFUSALS = {2: "refused", 3: "did not answer at once", 4: "warns of a revocation", 5: "has been revoked"}


class NotStamped(Exception):
    """No time stamp was got; says why in a sentence."""


def stamp(checkpoint: Checkpoint) -> TimeStamp:
    """Have the authority stamp a checkpoint's note, check its answer and keep it. Raises NotStamped."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # with the import of what it needs

    if not settings.TSA_URL.startswith(("https://", "http://")):
        raise NotStamped("No authority is set: EXOLEDGER_TSA_URL is the address of one that speaks RFC 3161.")
    note = checkpoint.note.encode()
    request = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = _asked(request.as_bytes())
    response = _read(answer)
    _check(response, request, note)
    kept = TimeStamp(
        checkpoint=checkpoint,
        authority=settings.TSA_URL[:300],
        moment=response.tst_info.gen_time,
        token=answer,
    )
    kept.save()
    return kept


def _asked(request: bytes) -> bytes:
    """The authority's answer, as it came."""
    asked = urllib.request.Request(  # noqa: S310 (http and https only, see above)
        settings.TSA_URL, request, {"Content-Type": "application/timestamp-query"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:  # noqa: S310 (the same)
            return answer.read(LARGEST_ANSWER)
    except urllib.error.HTTPError as error:
        raise NotStamped(f"The time stamp authority answered {error.code} {error.reason}.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise NotStamped(f"The time stamp authority can't be reached: {reason}.") from error


def _read(answer: bytes) -> Any:
    from rfc3161_client import decode_timestamp_response

    try:
        response = decode_timestamp_response(answer)
    except ValueError as error:
        raise NotStamped(f"What the authority answered can't be read as a time stamp: {error}.") from error
    if response.status in REFUSALS:
        words = "; ".join(response.status_string)
        raise NotStamped(f"The time stamp authority {REFUSALS[response.status]}{words and ': '}{words}.")
    return response


def _check(response: Any, request: Any, note: bytes) -> None:
    """Refuse a stamp over something else, an answer to another request, and (with a CA) a stranger's."""
    imprint = response.tst_info.message_imprint
    said = (imprint.hash_algorithm.dotted_string, bytes(imprint.message))
    if said != (SHA256_OID, hashlib.sha256(note).digest()):
        raise NotStamped("The time stamp is over something else than this checkpoint.")
    if response.tst_info.nonce != request.nonce:
        raise NotStamped("The time stamp answers another request than ours.")
    if settings.TSA_CA:
        _check_chain(response, note)


def _check_chain(response: Any, note: bytes) -> None:
    from cryptography.x509 import load_pem_x509_certificates
    from rfc3161_client import VerificationError, VerifierBuilder

    builder = VerifierBuilder()
    try:
        for certificate in load_pem_x509_certificates(Path(settings.TSA_CA).read_bytes()):
            builder = builder.add_root_certificate(certificate)
    except (OSError, ValueError) as error:
        raise NotStamped(f"The authority's certificates can't be read from {settings.TSA_CA}.") from error
    try:
        builder.build().verify_message(response, note)
    except (VerificationError, ValueError) as error:
        raise NotStamped(f"No authority of {settings.TSA_CA} signed this time stamp: {error}.") from error
