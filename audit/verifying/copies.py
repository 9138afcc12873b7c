"""Copies of checkpoints that were kept elsewhere, beside the ledger as it is today.

A copy is a file with a signed note, or size and root as somebody typed them from a print.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.ledger import epochs
from audit.ledger.models import Epoch
from audit.ledger.notes import LARGEST_NOTE, NoteWrong, PublicKey, checkpoint_of
from audit.verifying.differences import Difference
from audit.words import grouped

TYPED = re.compile(r"\s*([0-9][0-9 \u2009\u202f\u00a0]{0,30}?)\s+([A-Za-z0-9+/]{43}=)\s*")
NEITHER = "it is neither a signed note nor a line with size and root."


@dataclass(frozen=True)
class Copy:
    """An outside copy as read: `trouble` says why it can't be compared; `epoch` whose key signed it."""

    name: str
    size: int = 0
    root: bytes = b""
    epoch: int | None = None
    trouble: str = ""


def read(given: Iterable[str]) -> list[Copy]:
    """Copies by their files, or typed as "SIZE ROOT"."""
    known = list(Epoch.objects.order_by("number"))
    return [copy for one in given for copy in _read(one, known)]


def _read(given: str, known: Sequence[Epoch]) -> list[Copy]:
    typed = _typed(given, f"Typed checkpoint {given[:30].strip()}…")
    if typed is not None:
        return [typed]
    name = f"Copy {Path(given).name}"
    try:
        with Path(given).open("rb") as file:
            text = file.read(LARGEST_NOTE + 1).decode("utf-8")
    except UnicodeDecodeError:
        return [Copy(name, trouble=NEITHER)]
    except (OSError, ValueError) as error:
        return [Copy(name, trouble=f"it can't be read: {getattr(error, 'strerror', None) or error}.")]
    if "\n— " in text.replace("\r\n", "\n"):
        return [_signed(name, text, known)]
    lines = [line for line in text.splitlines() if line.strip()]
    copies = [_typed(line, f"{name}, line {number}") for number, line in enumerate(lines, start=1)]
    good = [copy for copy in copies if copy is not None]
    return good if good and len(good) == len(lines) else [Copy(name, trouble=NEITHER)]


def _typed(line: str, name: str) -> Copy | None:
    """Size and root as they stand on a print; the size may be written in groups."""
    match = TYPED.fullmatch(line)
    if match is None:
        return None
    try:
        root = base64.b64decode(match.group(2), validate=True)
    except binascii.Error:
        return None
    return Copy(name, int(re.sub(r"\D", "", match.group(1))), root) if len(root) == 32 else None


def _signed(name: str, text: str, known: Sequence[Epoch]) -> Copy:
    """A signed note, checked with the key of the epoch that it is of."""
    trouble = "there is no key here yet that could have signed it."
    for epoch in known:
        try:
            said = checkpoint_of(text, [PublicKey.read(epoch.public_key)])
        except NoteWrong as error:
            if f"\n— {epoch.origin} " in text.replace("\r\n", "\n") or not trouble:
                return Copy(name, trouble=f"it was changed, or copied wrongly: {error}")
            trouble = (
                "it is signed by a key that this installation does not know. It is a copy from another "
                "installation, or the keys here were exchanged."
            )
            continue
        if said.origin != epoch.origin:
            return Copy(name, trouble=f"it is of another log ({said.origin}).")
        return Copy(name, said.size, said.root, epoch.number)
    return Copy(name, trouble=trouble)


def compare(copies: Iterable[Copy], size: int, roots: dict[int, bytes]) -> tuple[list[Difference], list[str]]:
    """Which copies no longer fit and what that means, and which do; `roots` at the copies' sizes."""
    wrong, right = [], []
    for copy in copies:
        words = copy.trouble or _unlike(copy, size, roots)
        if words:
            wrong.append(Difference(f"{copy.name}: {words}"))
        else:
            right.append(f"{copy.name}: today's ledger begins with checkpoint {grouped(copy.size)}.")
    return wrong, right


def _unlike(copy: Copy, size: int, roots: dict[int, bytes]) -> str:
    named = f"checkpoint {grouped(copy.size)}"
    if copy.epoch is not None and (lost := epochs.lost_stretch(copy.epoch, copy.size)):
        return lost
    if copy.size > size:
        return (
            f"{named} covers more entries than the {grouped(size)} that are sealed here: this database is "
            "older than the copy. It was restored from a backup, or entries were taken away."
        )
    if roots.get(copy.size) != copy.root:
        return (
            f"{named} does not fit any more: among the first {grouped(copy.size)} entries, something is "
            "not what it was when the copy was made. They were changed, taken away or added, and sealed anew."
        )
    return ""
