"""Cells of the trail as HTML, written in Python.

A page shows 100 entries with hundreds of changes; as template code these two cells took three quarters of
the page's time. Everything that comes from an entry is escaped here.
"""

import datetime as dt
from html import escape  # Django's own looks for lazy text first: a quarter of the page's time

from django.utils.safestring import SafeString, mark_safe

from audit.trail import word_diff
from audit.words import moment_words

EMPTY = '<span class="unit">empty</span>'


def icon(name: str) -> str:
    """An icon of the page's sprite (tag `icon_sprite`), hidden from screen readers: a word stands by it."""
    return f'<svg class="icon" fill="currentColor" aria-hidden="true"><use href="#icon-{name}"></use></svg>'


def moment_html(moment: dt.datetime) -> SafeString:
    """A moment as a time element, which machines read too."""
    return mark_safe(f'<time datetime="{moment.isoformat()}">{moment_words(moment)}</time>')  # noqa: S308 (a datetime)


def change_html(
    label: str, unit: str, old: str | None, new: str | None, *, is_first: bool, typed: str = ""
) -> SafeString:
    """Label, unit, old → new; a first entry has no old value to show. Long texts are compared by word."""
    named = f"{label}, {unit}" if unit else label
    if old and new and not is_first and word_diff.is_worth_it(old, new):
        return mark_safe(f'<span class="unit">{escape(named)}</span> {word_diff.diff_html(old, new)}')  # noqa: S308 (escaped)
    before = EMPTY if old is None else f'<del class="was">{escape(old)}</del>'
    after = EMPTY if new is None else f'<ins class="now">{escape(new)}</ins>'
    arrow = "" if is_first else f"{before} → "
    as_typed = f' <span class="unit">typed “{escape(typed)}”</span>' if typed else ""
    return mark_safe(f'<span class="unit">{escape(named)}</span> {arrow}{after}{as_typed}')  # noqa: S308 (escaped)
