"""What hangs on an entry, told by the rooms that know: this room knows nobody.

A room registers a function for a kind of record (or for every entry) when it starts. It gets the entry and
gives what hangs on its record: the batches that use a donor, the signatures that a change made void.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from audit.models import Entry

MOST_SHOWN = 20


@dataclass(frozen=True)
class Affected:
    """One thing that hangs on an entry; `url` may be empty."""

    words: str
    url: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Group:
    """Things of one sort under a title; `has_more` when not all are shown."""

    title: str
    things: list[Affected] = field(default_factory=list)
    has_more: bool = False


Finder = Callable[[Entry], Group | None]
_finders: dict[str, list[Finder]] = defaultdict(list)


def register(finder: Finder, *kinds: str) -> None:
    """Ask this function about entries of these kinds (`model._meta.label_lower`); no kind: about all."""
    for kind in kinds or ("",):
        if finder not in _finders[kind]:
            _finders[kind].append(finder)


def group(title: str, things: Iterable[Affected]) -> Group:
    """The first things of an iterable that may be long."""
    some = list(islice(things, MOST_SHOWN + 1))
    return Group(title, some[:MOST_SHOWN], has_more=len(some) > MOST_SHOWN)


def of(entry: Entry) -> list[Group]:
    """Everything that hangs on an entry, as far as any room knows."""
    finders = [*_finders[""], *(_finders[entry.kind] if entry.kind else ())]
    found = (finder(entry) for finder in finders)
    return [one for one in found if one is not None and one.things]
