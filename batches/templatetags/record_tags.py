"""Tags of the batch record's own pages."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import template
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from batches.quantities import people_number, significant
from batches.reporting.looking import Score
from batches.source.kinds import SourceKind
from batches.source.models import SourceLot

register = template.Library()
SOURCE_WORDS = dict(SourceKind.choices)


@register.filter
def source_words(code: str) -> str:
    """A kind of source in words."""
    return str(SOURCE_WORDS.get(code, code))


@register.filter
def kinds(lots: Iterable[SourceLot]) -> str:
    """The kinds of source lots in words, each once."""
    return ", ".join(dict.fromkeys(source_words(lot.kind) for lot in lots))


@register.filter
def rough(value: Any, digits: int = 4) -> str:
    """A number to a few significant digits, for sums and computed values that hold more than they know."""
    if not isinstance(value, Decimal | int | float):
        return ""
    return people_number(significant(Decimal(str(value)), digits))


@register.simple_tag
def score_meter(score: Score) -> SafeString:
    """How much of a meter is filled; the fraction stands beside it in words."""
    return format_html(
        '<svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="4"/><rect width="{}" height="4"/></svg>',
        score.percent,
    )


@register.simple_tag(takes_context=True)
def sort_header(context: dict[str, Any], column: str, words: str, sort: str) -> SafeString:
    """A column heading that sorts the list, and back again when pressed twice."""
    request = context["request"]
    sent: QueryDict = request.GET.copy()
    for cursor in ("after", "before"):
        sent.pop(cursor, None)
    sent["sort"] = f"-{column}" if sort == column else column
    state = {column: "ascending", f"-{column}": "descending"}.get(sort, "none")
    mark = {"ascending": " ↑", "descending": " ↓"}.get(state, "")
    return format_html(
        '<th scope="col" aria-sort="{}"><a href="?{}">{}{}</a></th>', state, sent.urlencode(), words, mark
    )
