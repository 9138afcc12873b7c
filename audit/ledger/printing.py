"""A checkpoint as it is printed: its note as text and as QR, the public key with a fingerprint to read out.

The QR holds the note itself, so that a print can be compared without typing (see audit/bundle/verify.py).
"""

import hashlib
import io
import re
from dataclasses import dataclass
from typing import Any

from django.utils.functional import cached_property
from django.utils.safestring import SafeString, mark_safe

from audit.ledger.models import Checkpoint
from audit.words import grouped

DOTS_A_MODULE = 8
CONSONANTS, VOWELS = "bdfghjklmnprstvz", "aiou"
FINGERPRINT_WORDS = 8


def qr_svg(text: str) -> SafeString:
    """The text as a QR code, an SVG that scales to whatever holds it; no style, no script."""
    code = _code(text)
    side = code.to_image(scale=1).shape[0]
    path = re.search(r' d="([^"]+)"', code.to_svg())
    return mark_safe(  # noqa: S308 (numbers and letters of a path)
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" aria-label="QR code" '
        f'viewBox="0 0 {side} {side}" width="{side * 4}" height="{side * 4}" shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path fill="#000" d="{path.group(1) if path else ""}"/></svg>'
    )


def qr_png(text: str) -> bytes:
    """The text as a QR code, a PNG in black and white."""
    from PIL import Image  # with the code's own import: most processes never print

    image = _code(text).to_image(scale=DOTS_A_MODULE)
    height, width = image.shape[:2]
    file = io.BytesIO()
    Image.frombytes("L", (width, height), bytes(memoryview(image))).convert("1").save(file, "PNG")
    return file.getvalue()


def _code(text: str) -> Any:
    import zxingcpp

    return zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)


def fingerprint(public_key: str) -> str:
    """Eight words to compare a public key by ear: the first half of its SHA-256, written as proquints."""
    digest = hashlib.sha256(public_key.encode()).digest()
    return "-".join(_proquint(digest[n : n + 2]) for n in range(0, 2 * FINGERPRINT_WORDS, 2))


def _proquint(two: bytes) -> str:
    bits = int.from_bytes(two, "big")
    letters = (CONSONANTS, VOWELS, CONSONANTS, VOWELS, CONSONANTS)
    places = (bits >> 12, bits >> 10 & 3, bits >> 6 & 15, bits >> 4 & 3, bits & 15)
    return "".join(alphabet[place] for alphabet, place in zip(letters, places, strict=True))


@dataclass
class Printed:
    """What templates/audit/_checkpoint.html shows of a checkpoint; give it as `printed`."""

    checkpoint: Checkpoint

    @property
    def name(self) -> str:
        return f"checkpoint {grouped(self.checkpoint.size)}"

    @property
    def note(self) -> str:
        return self.checkpoint.note

    @cached_property
    def qr(self) -> SafeString:
        return qr_svg(self.note)

    @property
    def public_key(self) -> str:
        return self.checkpoint.epoch.public_key

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public_key)
