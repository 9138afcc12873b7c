"""Text for paper: everything that stands in it can be seen, and every line fits."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

# Controls, formats (among them those that turn the direction of reading around), and what is no letter.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
MAY_BREAK = "\u200b"
LONG = re.compile(r"\S{21,}")
PIECE = 16
# Copied and compared by people: stays in one piece.
WHOLE = frozenset({"note", "public_key"})


def printable(value: Any) -> Any:
    """The same data with every text made fit for paper."""
    if isinstance(value, str):
        return breakable(visible(value))
    if isinstance(value, Mapping):
        return {
            name: visible(part) if name in WHOLE and isinstance(part, str) else printable(part)
            for name, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [printable(part) for part in value]
    return value


def visible(text: str) -> str:
    """The text with letters that can't be seen written as their numbers; lines stay lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(
        letter if letter == "\n" or unicodedata.category(letter) not in UNSEEN else f"⟨U+{ord(letter):04X}⟩"
        for letter in text
    )


def breakable(text: str) -> str:
    """The text with places where a long word may go on in the next line."""
    return LONG.sub(lambda word: MAY_BREAK.join(_pieces(word[0])), text)


def _pieces(word: str) -> list[str]:
    return [word[start : start + PIECE] for start in range(0, len(word), PIECE)]
