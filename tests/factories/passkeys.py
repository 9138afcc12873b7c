"""A device that holds passkeys, in software: what a browser's answers look like, and how they go wrong."""

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from django.db import transaction
from django.utils import timezone
from fido2 import cbor
from fido2.cose import ES256, RS256, EdDSA
from fido2.utils import websafe_decode, websafe_encode

from accounts.models import Passkey
from audit import records

UP, UV, AT = 0x01, 0x04, 0x40
ORIGIN = "http://localhost:8000"
KEYS = {
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), ES256),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, EdDSA),
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), RS256),
}


@dataclass
class Device:
    """One credential of an authenticator; `counts` says whether it counts its signatures."""

    algorithm: str = "ES256"
    domain: str = "localhost"
    origin: str = ORIGIN
    counts: bool = True
    count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def __post_init__(self):
        make, self.cose = KEYS[self.algorithm]
        self.key = make()

    @property
    def name(self):
        return websafe_encode(self.credential_id)

    @property
    def public_key(self):
        return cbor.encode(dict(self.cose.from_cryptography_key(self.key.public_key())))

    def sign(self, message):
        if self.algorithm == "EdDSA":
            return self.key.sign(message)
        if self.algorithm == "RS256":
            return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))

    def _data(self, flags, tail=b""):
        self.count += self.counts
        return hashlib.sha256(self.domain.encode()).digest() + struct.pack(">BI", flags, self.count) + tail

    def _client_data(self, kind, challenge, /, **changed):
        said = {"type": kind, "challenge": websafe_encode(challenge), "origin": self.origin}
        return json.dumps({**said, "crossOrigin": False, **changed}, separators=(",", ":")).encode()

    def created(self, options, /, flags=UP | UV | AT, **changed):
        """What navigator.credentials.create answers, as the page posts it."""
        client = self._client_data("webauthn.create", websafe_decode(options["challenge"]), **changed)
        credential = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data = self._data(flags, credential + self.public_key)
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=websafe_encode(client),
            attestationObject=websafe_encode(attestation),
            transports=["internal"],
        )

    def got(self, challenge, /, flags=UP | UV, **changed):
        """What navigator.credentials.get answers to a challenge, as the page posts it."""
        client, data = self._client_data("webauthn.get", challenge, **changed), self._data(flags)
        signature = self.sign(data + hashlib.sha256(client).digest())
        return self._answer(
            clientDataJSON=websafe_encode(client),
            authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature),
        )

    def _answer(self, **response):
        return json.dumps({"id": self.name, "rawId": self.name, "type": "public-key", "response": response})


def passkey_of(person, device, name="Key ring"):
    """A passkey that the person registered on that device some time ago."""
    passkey = Passkey(
        person=person,
        name=name,
        credential_id=device.name,
        public_key=websafe_encode(device.public_key),
        aaguid="00000000-0000-0000-0000-000000000000",
        first_count=device.count,
        registered_at=timezone.now(),
        registered_by=person,
    )
    with transaction.atomic():
        records.save(passkey, by=person)
    return passkey
