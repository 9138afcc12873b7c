"""What changed in a long text, word by word.

Numbers are words too: 6.7 → 7.6 is never shown as changed digits. Long stretches without a change are
folded; the entry's own page holds both texts whole.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from html import escape

from django.utils.safestring import SafeString, mark_safe

# Shorter texts read better as old → new.
FEWEST_WORDS = 6
# Comparing costs words × words at worst: what is left of longer texts is shown as replaced.
MOST_COMPARED = 1_500
FOLD_BEYOND = 16
KEPT_AROUND = 6
PIECES = re.compile(r"\s+|[^\s]+")

Part = tuple[str, Sequence[str]]


def is_worth_it(old: str | None, new: str | None) -> bool:
    """Whether both are texts long enough to be compared word by word."""
    return all(
        text is not None and len(text.split(None, FEWEST_WORDS)) >= FEWEST_WORDS for text in (old, new)
    )


def diff_html(old: str, new: str) -> SafeString:
    """Both texts as one: words that went as del, words that came as ins, the rest shortened; escaped."""
    parts = list(parts_of(PIECES.findall(old), PIECES.findall(new)))
    last = len(parts) - 1
    shown = "".join(
        _html(part, is_first=place == 0, is_last=place == last) for place, part in enumerate(parts)
    )
    return mark_safe(f'<span class="wording">{shown}</span>')  # noqa: S308 (escaped in _html)


def parts_of(old: Sequence[str], new: Sequence[str]) -> Iterator[Part]:
    """The words in order, as ("same", …), ("was", …) and ("now", …)."""
    start = _same_from_start(old, new)
    end = _same_from_start(old[start:][::-1], new[start:][::-1])
    before, after = old[:start], old[len(old) - end :]
    if before:
        yield "same", before
    yield from _compared(old[start : len(old) - end], new[start : len(new) - end])
    if after:
        yield "same", after


def _same_from_start(old: Sequence[str], new: Sequence[str]) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[Part]:
    if len(old) * len(new) > MOST_COMPARED * MOST_COMPARED:
        yield from _replaced(old, new)
        return
    matcher = difflib.SequenceMatcher(str.isspace, old, new, autojunk=False)
    for change, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        if change == "equal":
            yield "same", old[from_old:to_old]
        else:
            yield from _replaced(old[from_old:to_old], new[from_new:to_new])


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Part]:
    if old:
        yield "was", old
    if new:
        yield "now", new


def _html(part: Part, *, is_first: bool, is_last: bool) -> str:
    kind, words = part
    if kind == "same":
        return _folded(words, is_first=is_first, is_last=is_last)
    tag = "del" if kind == "was" else "ins"
    return f'<{tag} class="{kind}">{escape("".join(words))}</{tag}>'


def _folded(words: Sequence[str], *, is_first: bool, is_last: bool) -> str:
    """Words that stayed; of many only those beside a change."""
    kept = 2 * KEPT_AROUND  # spaces are pieces too
    if len(words) <= 2 * FOLD_BEYOND:
        return escape("".join(words))
    head, tail = words[: 0 if is_first else kept], words[len(words) - (0 if is_last else kept) :]
    left_out = sum(1 for word in words[len(head) : len(words) - len(tail)] if not word.isspace())
    fold = f' <span class="unit">… {left_out} words unchanged …</span> '
    return f"{escape(''.join(head))}{fold}{escape(''.join(tail))}"
