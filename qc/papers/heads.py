"""What stands on every paper: the laboratory, who printed it and when, the checkpoint."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from audit.ledger.handing_out import covering
from audit.ledger.models import Checkpoint
from audit.ledger.printing import Printed, qr_png
from audit.ledger.sealing import SealingStopped
from audit.models import Entry
from audit.refusal import ActionRefused
from qc.papers.rendering import Picture
from qc.signing import local_words

LOGO_LONGEST_PX = 900
QR, LOGO = "qr.png", "logo.png"


def checkpoint_over(entry: Entry) -> Checkpoint:
    """The first checkpoint over a print's own entry. Refused while nothing can be sealed."""
    try:
        return covering(entry)
    except SealingStopped as stopped:
        raise ActionRefused(f"Nothing can be printed now: {stopped}") from stopped


def head_of(entry: Entry, checkpoint: Checkpoint, by: User) -> dict[str, Any]:
    """Laboratory, print and checkpoint, as the templates want them."""
    return {
        "laboratory": {
            "name": settings.LAB_NAME,
            "address": [line.strip() for line in settings.LAB_ADDRESS.split("|") if line.strip()],
            "logo": LOGO if settings.LAB_LOGO else None,
        },
        "printed": printed(entry, by),
        "checkpoint": _checkpoint(checkpoint),
        "product_version": settings.PRODUCT_VERSION,
        "time_zone": settings.TIME_ZONE,
    }


def printed(entry: Entry, by: User) -> dict[str, Any]:
    """Who printed it and when, and the entry that tells of it."""
    utc = entry.at.astimezone(UTC)
    parts = (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second)
    return {
        "by": by.printed_name,
        "username": by.username,
        "at": utc_words(entry.at),
        "local": local_words(entry.at, settings.TIME_ZONE),
        "entry": entry.pk,
        "moment": list(parts),
    }


def _checkpoint(checkpoint: Checkpoint) -> dict[str, Any]:
    shown = Printed(checkpoint)
    return {
        "name": shown.name,
        "note": shown.note,
        "public_key": shown.public_key,
        "fingerprint": shown.fingerprint,
        "qr": QR,
    }


def head_pictures(checkpoint: Checkpoint) -> dict[str, Picture]:
    """The pictures of the head, by name: the checkpoint's QR and the laboratory's logo."""
    pictures: dict[str, Picture] = {QR: lambda: qr_png(checkpoint.note)}
    if settings.LAB_LOGO:
        logo = _logo(Path(settings.LAB_LOGO))
        pictures[LOGO] = lambda: logo
    return pictures


def _logo(path: Path) -> bytes:
    """The laboratory's logo, drawn anew as PNG, so that nothing but its pixels gets onto a paper."""
    from PIL import Image  # most processes never print

    try:
        with Image.open(path) as opened:
            picture = opened.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise ActionRefused(
            "The laboratory's logo can't be read as a picture (PNG or JPEG). Whoever runs the server puts "
            "it right: it is the file that EXOLEDGER_LAB_LOGO names."
        ) from error
    picture.thumbnail((LOGO_LONGEST_PX, LOGO_LONGEST_PX))
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    file = io.BytesIO()
    ground.save(file, "PNG")
    return file.getvalue()


def utc_words(moment: datetime) -> str:
    """14 Nov 2026 16:42:10 UTC."""
    return f"{moment.astimezone(UTC):%-d %b %Y %H:%M:%S} UTC"


def day_words(moment: datetime | None) -> str:
    """14 Nov 2026, in the time zone of the laboratory; empty without a moment."""
    return f"{timezone.localtime(moment):%-d %b %Y}" if moment else ""


def minute_words(moment: datetime | None) -> str:
    """14 Nov 2026 16:42, in the time zone of the laboratory; empty without a moment."""
    return f"{timezone.localtime(moment):%-d %b %Y %H:%M}" if moment else ""
