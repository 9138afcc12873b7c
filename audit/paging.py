"""Lists by keyset: a page starts behind a row, so that page 5,000 costs what page 1 costs.

A cursor holds the sort values of the row at the page's edge. Rows that arrive meanwhile neither repeat
nor hide others, which page numbers can't promise.
"""

import base64
import binascii
import datetime as dt
import functools
import json
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import connection
from django.db.models import BooleanField, F, Field, Func, Q, QuerySet, Value
from django.http import HttpRequest

AFTER, BEFORE = "after", "before"
LONGEST_CURSOR = 2_000
LARGEST_INTEGER = 2**63 - 1
UNREADABLE = (binascii.Error, ValueError, TypeError, ArithmeticError, RecursionError, ValidationError)


@dataclass
class Page:
    """One page of a list, for templates/components/_pages.html; addresses are empty where nothing follows."""

    rows: list[Any]
    next_url: str = ""
    previous_url: str = ""
    first_url: str = ""
    words: str = ""


@dataclass(frozen=True)
class Column:
    """One field that a list is sorted by. Empty values stand last in either direction."""

    name: str
    descending: bool
    field: Field
    may_be_empty: bool

    def ordering(self, *, backwards: bool) -> Any:
        """The column for `order_by`, on both engines alike."""
        descending = self.descending != backwards
        if not self.may_be_empty:
            return F(self.name).desc() if descending else F(self.name).asc()
        empty_last = {"nulls_first": True} if backwards else {"nulls_last": True}
        return F(self.name).desc(**empty_last) if descending else F(self.name).asc(**empty_last)

    def beyond(self, value: Any, *, backwards: bool) -> Q:
        """Rows that stand behind (or before) this value."""
        if value is None:
            return Q(**{f"{self.name}__isnull": False}) if backwards else Q(pk__in=[])
        test = "lt" if self.descending != backwards else "gt"
        found = Q(**{f"{self.name}__{test}": value})
        if self.may_be_empty and not backwards:
            found |= Q(**{f"{self.name}__isnull": True})
        return found

    def level(self, value: Any) -> Q:
        """Rows with this very value."""
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})


def keyset_page(request: HttpRequest, queryset: QuerySet, *, order: Sequence[str], size: int = 100) -> Page:
    """The page that the request asks for (`?after=` or `?before=` a cursor); one query.

    `order` names fields as for `order_by`, ending in one that is unique ("id"). Rows may be instances or
    `values()` that hold the fields of `order`. A cursor that can't be read gives the first page.
    """
    columns = columns_of(queryset, order)
    backwards = AFTER not in request.GET and BEFORE in request.GET
    edge = read_cursor(request.GET.get(BEFORE if backwards else AFTER, ""), columns)
    backwards = backwards and edge is not None
    rows = _rows(queryset, columns, edge, size + 1, backwards=backwards)
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    page = Page(rows, first_url=_url(request) if edge is not None else "")
    if rows and (more or backwards):
        page.next_url = _url(request, AFTER, cursor_of(rows[-1], columns))
    if rows and edge is not None and (more or not backwards):
        page.previous_url = _url(request, BEFORE, cursor_of(rows[0], columns))
    return page


def columns_of(queryset: QuerySet, order: Sequence[str]) -> list[Column]:
    """The sort columns with their fields; annotations may be empty."""
    return [_column(queryset, name) for name in order]


def _column(queryset: QuerySet, name: str) -> Column:
    bare = name.removeprefix("-")
    annotation = queryset.query.annotations.get(bare)
    if annotation is not None:
        return Column(bare, name.startswith("-"), annotation.output_field, may_be_empty=True)
    model, may_be_empty, field = queryset.model, False, None
    for part in bare.split("__"):
        field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        may_be_empty = may_be_empty or bool(getattr(field, "null", True))
        model = field.related_model or model
    if field is None or not getattr(field, "concrete", False):
        raise FieldDoesNotExist(f"{bare} is no column to sort by.")
    return Column(bare, name.startswith("-"), field, may_be_empty)


def _rows(
    queryset: QuerySet, columns: list[Column], edge: list[Any] | None, most: int, *, backwards: bool
) -> list[Any]:
    if edge is not None:
        queryset = queryset.filter(_behind(columns, edge, backwards=backwards))
    return list(queryset.order_by(*(column.ordering(backwards=backwards) for column in columns))[:most])


def _behind(columns: list[Column], edge: list[Any], *, backwards: bool) -> Any:
    """Everything behind the edge; one comparison of whole rows where the engine can use its index for it."""
    one_way = len({column.descending for column in columns}) == 1
    if one_way and not any(column.may_be_empty for column in columns):
        return _row_comparison(columns, edge, less=columns[0].descending != backwards)
    choices, level = [], Q()
    for column, value in zip(columns, edge, strict=True):
        choices.append(level & column.beyond(value, backwards=backwards))
        level &= column.level(value)
    # The first column's bound again, outside of the OR: that is what an index can use.
    bound = columns[0].beyond(edge[0], backwards=backwards) | columns[0].level(edge[0])
    return bound & functools.reduce(operator.or_, choices)


def _row_comparison(columns: list[Column], edge: list[Any], *, less: bool) -> Func:
    """(a, b) < (x, y): both engines answer it from an index over a and b, ties included."""
    names = [F(column.name) for column in columns]
    values = [Value(value, output_field=column.field) for column, value in zip(columns, edge, strict=True)]
    sides = (_whole_row(side) for side in (names, values))
    sign = " < " if less else " > "
    return Func(*sides, template="%(expressions)s", arg_joiner=sign, output_field=BooleanField())


def _whole_row(parts: Sequence[Any]) -> Func:
    return Func(*parts, template="(%(expressions)s)", output_field=BooleanField())


def cursor_of(row: Any, columns: list[Column]) -> str:
    """The sort values of a row as URL-safe text."""
    values = [_value(row, column.name) for column in columns]
    written = json.dumps(values, default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def _value(row: Any, name: str) -> Any:
    if isinstance(row, Mapping):
        return row[name]
    return functools.reduce(lambda value, part: value and getattr(value, part), name.split("__"), row)


def read_cursor(text: str, columns: list[Column]) -> list[Any] | None:
    """The values of a cursor; None when it is not one of ours for this order."""
    if not text or len(text) > LONGEST_CURSOR:
        return None
    try:
        written = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        values = json.loads(written)
        if not isinstance(values, list) or len(values) != len(columns):
            return None
        return [_understood(column, value) for column, value in zip(columns, values, strict=True)]
    except UNREADABLE:
        return None


def _understood(column: Column, value: Any) -> Any:
    """One value of a cursor as the column holds it. Raises one of UNREADABLE."""
    if value is None and column.may_be_empty:
        return None
    if not isinstance(value, str | int | float) or (isinstance(value, str) and "\x00" in value):
        raise ValueError("No value of a column.")
    str(value).encode()  # lone surrogates are no text
    found = column.field.to_python(value)
    if found is None or (isinstance(found, int) and abs(found) > LARGEST_INTEGER):
        raise ValueError("No value of a column.")
    if isinstance(found, dt.datetime):
        found = found.astimezone(dt.UTC)
    column.field.get_db_prep_value(found, connection)  # what the engine can't hold fails here
    return found


def _url(request: HttpRequest, name: str = "", cursor: str = "") -> str:
    """This list's address with another cursor and everything else that was asked for."""
    asked = request.GET.copy()
    for old in (AFTER, BEFORE):
        asked.pop(old, None)
    if name:
        asked[name] = cursor
    return f"{request.path}?{asked.urlencode()}" if asked else request.path
