"""The exact bytes that an entry is hashed over: RFC 8785 (JCS) without floats.

Strings, integers within 2^53-1, booleans, null, lists and objects with ASCII keys. Quantities are
strings, so that no machine rounds them; times are UTC with microseconds. What is stored is what was
hashed: nothing here is ever parsed and written again.
"""

import datetime as dt
import hashlib
import json
from decimal import Decimal
from typing import Any

from audit.ledger import merkle

SCHEMA = "exoledger-entry/1"
LARGEST_INTEGER = 2**53 - 1


def time_text(moment: dt.datetime) -> str:
    """A moment as UTC text with microseconds, e.g. 2026-11-23T19:00:00.123456Z."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def decimal_text(number: Decimal) -> str:
    """A decimal in plain notation without trailing zeros: equal numbers give equal text."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def plain(value: Any) -> Any:
    """A field's value as canonical JSON can hold it.

    Raises TypeError for floats and anything else that has no single written form.
    """
    if value is None or type(value) is str or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_INTEGER else str(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, dt.datetime):
        return time_text(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    raise TypeError(f"{type(value).__name__} has no canonical form")


def text(body: dict[str, Any]) -> str:
    """The canonical text of an entry's body (its UTF-8 bytes are what is hashed)."""
    return json.dumps(plain(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def leaf_hash(body: str) -> bytes:
    """RFC 6962 leaf hash of a body: SHA-256 over 0x00 and its UTF-8 bytes."""
    return merkle.leaf_hash(body.encode("utf-8"))


def content_hash(value: Any) -> str:
    """SHA-256 (hex) of a bulky value's canonical JSON, which stands in an entry for the value itself.

    Instrument curves hold floats; they are hashed in Python's shortest round-trip notation.
    """
    written = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("utf-8")).hexdigest()
