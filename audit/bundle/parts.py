"""What the rooms above put into a batch's bundle: they register here, since audit knows none of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Original:
    """An original file of a batch: its SHA-256 as the record names it, and how to open its stored bytes."""

    sha256: str
    name: str
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True)
class Section:
    """A section of the record for people, and the same as a JSON file (empty name: none)."""

    heading: str
    html: SafeString
    file_name: str = ""
    text: str = ""


Originals = Callable[[str], Iterable[Original]]
MakeSection = Callable[[str], Section]
_originals: list[Originals] = []
_sections: list[MakeSection] = []


def register_originals(originals: Originals) -> None:
    """Name a function that gives a batch's original files, by the batch's number."""
    _originals.append(originals)


def register_section(section: MakeSection) -> None:
    """Name a function that gives a section of a batch's record, by the batch's number."""
    _sections.append(section)


def originals_of(batch_number: str) -> list[Original]:
    """The original files of a batch, each hash once."""
    found = {one.sha256: one for originals in _originals for one in originals(batch_number)}
    return [found[sha256] for sha256 in sorted(found)]


def sections_of(batch_number: str) -> list[Section]:
    """The sections that other rooms add to a batch's record."""
    return [section(batch_number) for section in _sections]
