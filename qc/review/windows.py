"""What the review page is asked to show of long lists: one window of them at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import QueryDict
from django.utils.http import urlencode

from audit.words import grouped

Row = TypeVar("Row")
SIZE = 50  # so many rows are read and decided at a time; a batch may have thousands


@dataclass(frozen=True)
class Asked:
    """What an address of the review page asks for; what makes no sense in it is left out.

    `since` names a mark that changes are counted from (qc.review.looks), `at` an exception that has to be
    on the page, `start` the row at which a list begins.
    """

    is_changes: bool = False
    since: str = ""
    at: str = ""
    start: int | None = None

    @classmethod
    def of(cls, sent: QueryDict) -> "Asked":
        """Read it out of an address."""
        start = sent.get("from", "")
        return cls(
            is_changes=sent.get("show") == "changes",
            since=sent.get("since", "")[:20],
            at=sent.get("at", "")[:16],
            start=int(start) if start.isascii() and start.isdecimal() and len(start) < 7 else None,
        )

    def url(self, start: int) -> str:
        """The address of the same list from another row on."""
        shown = {"show": "changes" if self.is_changes else "", "since": self.since, "from": str(start)}
        return f"?{urlencode({name: value for name, value in shown.items() if value})}"


@dataclass(frozen=True)
class Window(Generic[Row]):
    """Some rows of a list, and where the rows before and after them are."""

    rows: Sequence[Row]
    start: int
    total: int
    asked: Asked

    @classmethod
    def over(cls, rows: Sequence[Row], asked: Asked, start: int) -> "Window[Row]":
        """The window that holds row `start`; a row that is not there leads to the last window."""
        at = min(start, max(len(rows) - 1, 0)) // SIZE * SIZE
        return cls(rows[at : at + SIZE], at, len(rows), asked)

    @property
    def words(self) -> str:
        """'51 to 100 of 2 164'; empty where everything is shown."""
        if self.total <= SIZE:
            return ""
        last = self.start + len(self.rows)
        return f"{grouped(self.start + 1)} to {grouped(last)} of {grouped(self.total)}"

    @property
    def previous_url(self) -> str:
        return self.asked.url(self.start - SIZE) if self.start else ""

    @property
    def next_url(self) -> str:
        after = self.start + SIZE
        return self.asked.url(after) if after < self.total else ""
