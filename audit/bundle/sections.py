"""Sections that other rooms add to a batch's record: they register them, since `audit` knows nobody."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.safestring import SafeString


@dataclass(frozen=True)
class Section:
    """A section of the record for people, the same as a JSON file (empty name: none), and files beside it.

    `entries` are keys of entries that stand in no batch and go along, each with the proof that it is sealed.
    """

    heading: str
    html: SafeString
    file_name: str = ""
    text: str = ""
    files: dict[str, str] = field(default_factory=dict)
    entries: tuple[int, ...] = ()


MakeSection = Callable[[str], Section]
_made_by: list[MakeSection] = []


def register(make: MakeSection) -> None:
    """Name a function that gives a section of a batch's record, by the batch's number."""
    if make not in _made_by:
        _made_by.append(make)


def of(batch_number: str) -> list[Section]:
    """The sections that other rooms add to a batch's record."""
    return [make(batch_number) for make in _made_by]
