"""What a browser's answer about a passkey must hold (W3C WebAuthn); python-fido2 reads and checks it.

Device and user verification are always demanded: a passkey stands for a signature by hand. Attestation is
not asked for: which device a laboratory trusts is decided where the passkey is handed out.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import User
from accounts.passkeys.models import Passkey

LARGEST_ANSWER = 20_000
# ES256, and RS256 for Windows Hello: those that verify_signatures.py checks as well.
ALGORITHMS = (-7, -257)
REQUIRED = UserVerificationRequirement.REQUIRED


class AnswerWrong(Exception):
    """The browser's answer does not hold; says why, for the trail."""


@dataclass(frozen=True)
class Registered:
    """What a new passkey says of itself."""

    credential_id: str
    public_key: str
    aaguid: str
    transports: str
    count: int


@dataclass(frozen=True)
class Asserted:
    """A checked answer of a passkey: the bytes that prove it, base64url, and its count."""

    client_data: str
    authenticator_data: str
    signature: str
    count: int


def may_come_from(origin: str) -> bool:
    """Whether a page of that origin may use passkeys here: a named one, or this machine's own."""
    if origin in settings.PASSKEY_ORIGINS:
        return True
    parts = urlsplit(origin)
    return settings.PASSKEY_DOMAIN == "localhost" and (parts.scheme, parts.hostname) == ("http", "localhost")


def server() -> Fido2Server:
    """The relying party that this installation is."""
    party = PublicKeyCredentialRpEntity(id=settings.PASSKEY_DOMAIN, name="ExoLedger")
    its = Fido2Server(party, verify_origin=may_come_from)
    its.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg) for alg in ALGORITHMS
    ]
    return its


def descriptors(passkeys: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    """The passkeys as a browser asks a device for them."""
    return [
        PublicKeyCredentialDescriptor(
            type=PublicKeyCredentialType.PUBLIC_KEY,
            id=websafe_decode(one.credential_id),
            transports=[AuthenticatorTransport(way) for way in one.transports.split()] or None,
        )
        for one in passkeys
    ]


def creation_options(person: User, challenge: bytes) -> dict[str, Any]:
    """What navigator.credentials.create is asked, as JSON can hold it."""
    user = PublicKeyCredentialUserEntity(
        id=f"exoledger-{person.pk}".encode(), name=person.username, display_name=person.printed_name
    )
    options, _ = server().register_begin(
        user,
        descriptors(person.passkeys.active()),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=REQUIRED,
        challenge=challenge,
    )
    return dict(options.public_key)


def request_options(passkeys: Iterable[Passkey], challenge: bytes) -> dict[str, Any]:
    """What navigator.credentials.get is asked, as JSON can hold it."""
    options, _ = server().authenticate_begin(
        descriptors(passkeys), user_verification=REQUIRED, challenge=challenge
    )
    return dict(options.public_key)


def check_registration(answer: str, challenge: bytes) -> Registered:
    """What the new passkey says of itself. Raises AnswerWrong."""
    try:
        held = _read(answer)
        made = server().register_complete(_state(challenge), RegistrationResponse.from_dict(held))
        credential = made.credential_data
        if credential is None or credential.public_key.get(3) not in ALGORITHMS:
            raise ValueError("not a kind of key that can be checked")
        ways = {str(one) for one in held["response"].get("transports") or []}
    except Exception as error:  # whatever a stranger's bytes do to a parser, they are not an answer
        raise AnswerWrong(str(error)[:200] or type(error).__name__) from error
    return Registered(
        credential_id=websafe_encode(credential.credential_id),
        public_key=websafe_encode(cbor.encode(dict(credential.public_key))),
        aaguid=str(Aaguid(credential.aaguid)),
        transports=" ".join(sorted(ways & {*AuthenticatorTransport})),
        count=made.counter,
    )


def credential_named(answer: str) -> str:
    """The credential that the answer says it is of; empty where it says nothing."""
    try:
        return str(_read(answer)["rawId"])
    except Exception:
        return ""


def check_assertion(answer: str, challenge: bytes, passkey: Passkey) -> Asserted:
    """The proof that this passkey signed that challenge, just now, for its owner. Raises AnswerWrong."""
    try:
        given = AuthenticationResponse.from_dict(_read(answer))
        known = AttestedCredentialData.create(
            bytes(16), websafe_decode(passkey.credential_id), key_of(passkey.public_key)
        )
        server().authenticate_complete(_state(challenge), [known], given)
        its = given.response
        if its.client_data.cross_origin:
            raise ValueError("asked for by a page of another site")
    except Exception as error:  # as above
        raise AnswerWrong(str(error)[:200] or type(error).__name__) from error
    return Asserted(
        client_data=websafe_encode(its.client_data),
        authenticator_data=websafe_encode(its.authenticator_data),
        signature=websafe_encode(its.signature),
        count=its.authenticator_data.counter,
    )


def key_of(public_key: str) -> CoseKey:
    """A stored public key as the library's own."""
    held = cbor.decode(websafe_decode(public_key))
    if not isinstance(held, dict):
        raise AnswerWrong("not a public key")
    return CoseKey.parse(held)


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LARGEST_ANSWER:
        raise ValueError("implausibly long")
    held = json.loads(answer)
    if not isinstance(held, dict):
        raise ValueError("not an object")
    return held


def _state(challenge: bytes) -> dict[str, Any]:
    return {"challenge": websafe_encode(challenge), "user_verification": REQUIRED}
