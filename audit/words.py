"""Numbers, moments and stretches of time as people read them; the same words on every screen and print."""

import datetime as dt

from django.utils import timezone


def grouped(number: int) -> str:
    """A count, or the name of a checkpoint: 88 412, with thin spaces that no line breaks at."""
    return f"{number:,}".replace(",", "\u202f")


def counted(number: int, one: str, more: str) -> str:
    """How many there are: 1 entry, 88 412 entries."""
    return f"{grouped(number)} {one if number == 1 else more}"


def capital(words: str) -> str:
    """The words with a capital in front; pH stays as it is."""
    return words if words[1:2].isupper() else words[:1].upper() + words[1:]


def moment_words(moment: dt.datetime) -> str:
    """A moment in the current time zone: 13 Nov 2026 13:37:05."""
    local = timezone.localtime(moment)
    return f"{local.day} {local:%b %Y %H:%M:%S}"


def span(length: dt.timedelta) -> str:
    """A stretch of time in its largest fitting unit: 40 s, 12 min, 5 h, 3 d."""
    seconds = max(int(length.total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def span_since(moment: dt.datetime) -> str:
    """How long ago a moment is."""
    return span(timezone.now() - moment)
