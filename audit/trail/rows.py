"""Entries as rows of a table, written in Python: as template code 100 of them took three times as long.

Everything that comes from an entry is escaped here or in audit.trail.markup.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from audit.models import EntryAction
from audit.trail.markup import icon
from audit.words import grouped

if TYPE_CHECKING:
    from audit.trail.lines import Line

NOTHING = '<span class="unit">—</span>'
ICONS = {
    EntryAction.CREATED: "plus",
    EntryAction.CHANGED: "pen",
    EntryAction.SIGNED: "signature",
    EntryAction.SIGNED_IN: "right-to-bracket",
    EntryAction.SIGNED_OUT: "right-from-bracket",
    EntryAction.SIGN_IN_FAILED: "user-lock",
    EntryAction.IDENTITY_FAILED: "user-lock",
    EntryAction.REFUSED: "hand",
    EntryAction.EXPORTED: "download",
    EntryAction.PRINTED: "print",
    EntryAction.VERIFIED: "shield-halved",
    EntryAction.BACKED_UP: "box-archive",
    EntryAction.RESTORED: "clock-rotate-left",
    EntryAction.EPOCH: "flag",
}
FILE_KINDS = {"batches.attachment": "paperclip", "batches.reading": "file-lines"}
# What was tried or meant by it; the other actions' words say it themselves.
WITH_DEED = frozenset({EntryAction.SIGNED, EntryAction.REFUSED, EntryAction.IDENTITY_FAILED})
# Every icon that a row may use: the page holds each once (template tag `icon_sprite`).
SPRITE = sorted({*ICONS.values(), *FILE_KINDS.values(), "clock", "shield-halved"})


@dataclass(frozen=True)
class Look:
    """What the rows of one page show and link to."""

    with_batch: bool = False
    with_links: bool = False


def table_rows(lines: Iterable["Line"], look: Look) -> SafeString:
    """The rows of a table, one for each entry."""
    link = _Links(look)
    return mark_safe("".join(_row(line, look, link) for line in lines))  # noqa: S308 (escaped cell by cell)


class _Links:
    """Addresses of what rows name; each is worked out once a page."""

    def __init__(self, look: Look):
        self._look = look
        self._batches: dict[str, str] = {}
        self._trail = reverse("trail") if look.with_links else ""

    def entry(self, number: int) -> str:
        words = grouped(number)
        return f'<a href="{self._trail}{number}/">{words}</a>' if self._trail else words

    def person(self, username: str) -> str:
        if not self._trail:
            return escape(username)
        return f'<a href="{self._trail}person/{quote(username, safe="")}/">{escape(username)}</a>'

    def batch(self, number: str) -> str:
        if number not in self._batches:
            self._batches[number] = reverse("batch", args=[number])
        return f'<a href="{escape(self._batches[number])}">{escape(number)}</a>'


def _row(line: "Line", look: Look, link: _Links) -> str:
    return (
        f'<tr><td class="num mono">{link.entry(line.number)}</td><td>{line.when_html}</td>'
        f"<td>{_who(line, link)}</td><td>{_record(line, look, link)}</td><td>{what_html(line)}</td>"
        f"<td>{_why(line)}</td><td>{sealed_html(line.sealed)}</td></tr>\n"
    )


def _who(line: "Line", link: _Links) -> str:
    if not line.username:
        return escape(line.actor)
    role = f" · {escape(line.role)}" if line.role else ""
    return f'{escape(line.actor)}<br><span class="unit">{link.person(line.username)}{role}</span>'


def _record(line: "Line", look: Look, link: _Links) -> str:
    batch = f"{link.batch(line.batch_number)}<br>" if look.with_batch and line.batch_number else ""
    label = f'<span class="unit">{escape(line.record_label)}</span>' if line.record_label else NOTHING
    return f"{batch}{label}"


def _why(line: "Line") -> str:
    category = f'<span class="unit">{escape(line.reason_category)}:</span> ' if line.reason_category else ""
    return f"{category}{escape(line.reason)}" if line.reason else f"{category}{NOTHING}"


def sealed_html(size: int | None) -> SafeString:
    """The first checkpoint that covers an entry, by its size; a clock while none does."""
    if size is None:
        return mark_safe(f'<span class="unsealed">{icon("clock")}waiting</span>')  # noqa: S308 (constants)
    words = f'<span class="visually-hidden">sealed by checkpoint </span>{grouped(size)}'
    return mark_safe(f'<span class="sealed">{icon("shield-halved")}{words}</span>')  # noqa: S308 (a number)


def what_html(line: "Line", *, is_open: bool = False) -> SafeString:
    """What an entry tells of: the act, its values, what came late, its words and details."""
    late = "".join(
        f'<div><span class="pill warn">{icon("clock")}late {escape(change.late)}</span> '
        f'<span class="unit">{escape(change.label)}</span></div>'
        for change in line.changes
        if change.late
    )
    words = f"<div>“{escape(line.words)}”</div>" if line.words else ""
    told = "".join(f'<div class="unit">{escape(sentence)}</div>' for sentence in line.details)
    return mark_safe(f"{_act(line, is_open=is_open)}{late}{words}{told}")  # noqa: S308 (escaped piece by piece)


def _act(line: "Line", *, is_open: bool) -> str:
    if line.is_long and not is_open:
        summary = f"{_icon_of(line)}created with {len(line.changes)} values"
        return f"<details><summary>{summary}</summary>{line.changes_html}</details>"
    if line.action == EntryAction.CHANGED:
        return line.changes_html
    deed = f' <span class="unit">{escape(line.deed)}</span>' if line.action in WITH_DEED and line.deed else ""
    return f"<div>{_icon_of(line)}{escape(line.act)}{deed}</div>{line.changes_html}"


def _icon_of(line: "Line") -> str:
    file = FILE_KINDS.get(line.kind_code) if line.action == EntryAction.CREATED else None
    return icon(file or ICONS[EntryAction(line.action)])
