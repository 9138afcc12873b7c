"""Readers of instrument exports: bytes in, values out.

`read_export` is the one door. It looks at the content alone, and either returns a `Reading` or
raises `Unreadable` with a reason in plain words; the caller has stored the original bytes before.
"""

import logging

from .detect import IMAGE, NANOSIGHT, image_or_binary, text_format
from .nanosight import Chosen, read_nanosight
from .reading import Reading, Unreadable, as_json
from .text import decode
from .zetaview import read_zetaview

__all__ = ["Reading", "Unreadable", "as_json", "read_export"]

log = logging.getLogger(__name__)


def read_export(data: bytes, name: str = "", videos: Chosen = None) -> Reading:
    """Return the values of an instrument export, or raise Unreadable.

    `name` is the file's name and only used for suggestions, never to tell the format.
    `videos` picks videos of a NanoSight experiment by name or by position (0 is the first).
    """
    try:
        return _read(data, name, videos)
    except Unreadable:
        raise
    except Exception as error:
        # A reader's own mistake must not keep the original from being stored.
        log.exception("A reader failed on an export of %d bytes.", len(data))
        raise Unreadable(
            "The reader failed on this file, which is a fault of the reader. "
            "The file is kept as an attachment; please report it."
        ) from error


def _read(data: bytes, name: str, videos: Chosen) -> Reading:
    if image_or_binary(data) == IMAGE:
        _refuse_choice(videos)
        # Here, because numpy and Pillow take longer to load than a whole text export to read.
        from .micrograph import read_micrograph

        return read_micrograph(data)
    text, encoding = decode(data)
    if text_format(text) == NANOSIGHT:
        return read_nanosight(text, name, videos, encoding)
    _refuse_choice(videos)
    return read_zetaview(text, name, encoding)


def _refuse_choice(videos: Chosen) -> None:
    if videos is not None:
        raise Unreadable("Only NanoSight experiments have videos to choose from.")
