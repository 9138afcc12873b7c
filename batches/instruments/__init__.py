"""Readers of instrument exports: bytes in, values out.

`read_export` is the one door. It looks at the content alone, and either returns a `Reading` or
raises `Unreadable` with a reason in plain words; the caller has stored the original bytes before.
"""

import logging

from .detect import binary_format, text_format
from .nanosight import Chosen
from .reading import Reading, Unreadable, as_json
from .text import decode

__all__ = ["Reading", "Unreadable", "as_json", "read_export"]

log = logging.getLogger(__name__)


def read_export(data: bytes, name: str = "", videos: Chosen = None) -> Reading:
    """Return the values of an instrument export, or raise Unreadable.

    `name` is the file's name and only used for suggestions, never to tell the format.
    `videos` picks videos of a NanoSight experiment, records of a Zetasizer file or a line of a table of
    results, by name or by position (0 is the first).
    """
    try:
        return _read(data, name, videos)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        # A reader's own mistake must not keep the original from being stored.
        log.exception("A reader failed on an export of %d bytes.", len(data))
        raise Unreadable(
            "The reader failed on this file, which is a fault of the reader. "
            "The file is kept as an attachment; please report it."
        ) from error


def _read(data: bytes, name: str, videos: Chosen) -> Reading:
    binary = binary_format(data)
    text, encoding = ("", "") if binary else decode(data)
    found = binary or text_format(text)
    if videos is not None and not found.has_videos:
        raise Unreadable(
            "Only NanoSight experiments have videos to choose from; Zetasizer files and tables of results "
            "have samples."
        )
    # Loaded late: numpy and Pillow take longer to load than a whole text export to read.
    read = found.load()
    if binary:
        reading: Reading = read(data, name, videos) if found.has_videos else read(data, name)
    elif found.has_videos:
        reading = read(text, name, videos, encoding)
    else:
        reading = read(text, name, encoding)
    return reading
