"""Keeping an app's secret from whoever reads the database: sealed with a key that is not in it.

The key lies beside the ledger's signing key (settings.LEDGER_DIR), readable by the server alone, and is made
at first use. Without it no code can be checked: an administrator then switches the second factors off.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from audit import whole_files

KEY_FILE = "second_factor_key"
NONCE_BYTES = 12


class SecretUnreadable(Exception):
    """The secret was sealed with another key, for somebody else, or was changed."""


def seal(secret: str, owner: str) -> str:
    """The secret as it is kept: AES-256-GCM, bound to its owner's user name."""
    nonce = os.urandom(NONCE_BYTES)
    return urlsafe_b64encode(nonce + _cipher().encrypt(nonce, secret.encode(), owner.encode())).decode()


def unseal(kept: str, owner: str) -> str:
    """The secret itself. Raises SecretUnreadable."""
    try:
        held = urlsafe_b64decode(kept)
        return _cipher().decrypt(held[:NONCE_BYTES], held[NONCE_BYTES:], owner.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise SecretUnreadable from error


def _cipher() -> AESGCM:
    path = Path(settings.LEDGER_DIR) / KEY_FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            whole_files.create(path, os.urandom(32).hex(), mode=0o600)
        except FileExistsError:
            pass  # another process was faster
    return AESGCM(bytes.fromhex(path.read_text(encoding="ascii")))
