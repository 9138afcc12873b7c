"""The lines of an export, once as PostgreSQL writes them and once in Python; the same bytes.

For SQLite, Python's json over whole bodies was measured against json_each in the statement: 180,000
lines a second against 73,000.
"""

import functools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

HEADER = (
    "entry,time_utc,printed_name,user_name,role,action,act,kind,record,batch,number_in_batch,"
    "field,label,old,new,unit,reason_category,reason,detail\n"
)
PLAIN_NUMBER = r"[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?"
RUN_BY_SPREADSHEETS = "=+-@\t\r"

# --- PostgreSQL ---------------------------------------------------------------------------------


def _harmless(text: str) -> str:
    """SQL of a cell that no spreadsheet runs; empty text as no value, which COPY leaves unquoted."""
    codes = ", ".join(str(ord(character)) for character in RUN_BY_SPREADSHEETS)
    return (
        f"CASE WHEN ascii({text}) IN ({codes}) AND {text} !~ '^{PLAIN_NUMBER}$' "
        f"THEN '''' || {text} ELSE NULLIF({text}, '') END"
    )


# b: what the body holds; c: one changed field of it, in the body's order.
COPY_CSV = f"""
COPY (
  SELECT e.id, b.at, {_harmless("e.actor_name")}, {_harmless("e.actor_username")}, NULLIF(e.actor_role, ''),
    e.action, NULLIF(e.act, ''), NULLIF(e.kind, ''), {_harmless("e.object_label")},
    {_harmless("e.batch_number")}, e.number_in_batch, NULLIF(c.field, ''), {_harmless("c.label")},
    {_harmless("coalesce(c.old_text, c.old)")}, {_harmless("coalesce(c.new_text, c.new)")},
    {_harmless("c.unit")}, NULLIF(b.reason ->> 'category', ''), {_harmless("(b.reason ->> 'words')")},
    NULLIF(b.detail, '{{{{}}}}')
  FROM ({{entries}}) AS e
  CROSS JOIN LATERAL json_to_record(e.body::json) AS b(at text, reason json, detail text, changes json)
  LEFT JOIN LATERAL ROWS FROM (
    json_to_recordset(b.changes)
      AS (field text, label text, old text, new text, old_text text, new_text text, unit text)
  ) WITH ORDINALITY AS c(field, label, old, new, old_text, new_text, unit, place) ON true
  ORDER BY e.id, c.place
) TO STDOUT (FORMAT csv, ENCODING 'UTF8')
"""  # noqa: S608 (names of columns only)

# CSV of one column with quote and delimiter that JSON can't hold raw: the line leaves as it is.
COPY_JSON = """
COPY (
  SELECT '{{"entry":' || e.id || ',"leaf":"' || encode(e.leaf_hash, 'hex') || '","body":' || e.body || '}}'
  FROM ({entries}) AS e
  ORDER BY e.id
) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02', ENCODING 'UTF8')
"""

# --- SQLite -------------------------------------------------------------------------------------

COLUMNS = (
    "id",
    "actor_name",
    "actor_username",
    "actor_role",
    "action",
    "act",
    "kind",
    "object_label",
    "batch_number",
    "number_in_batch",
    "leaf_hash",
    "body",
)
_is_plain_number = re.compile(PLAIN_NUMBER).fullmatch
_needs_quotes = re.compile('[",\r\n]').search
_UNCHANGED: dict[str, Any] = {"old": None, "new": None}


def cell(value: Any) -> str:
    """A value as a cell of the CSV."""
    if not isinstance(value, str):
        value = _text(value)
    if value[:1] and value[0] in RUN_BY_SPREADSHEETS and not _is_plain_number(value):
        value = f"'{value}"
    return '"' + value.replace('"', '""') + '"' if _needs_quotes(value) else value


def _text(value: Any) -> str:
    """What is no text, as it stands in the body."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# Names of people, fields and units come again and again.
_known = functools.lru_cache(maxsize=2048)(cell)


def csv_lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """The CSV lines of entries, given as COLUMNS: one for each changed field, one where there is none."""
    for entry, name, user, role, action, act, kind, label, batch, number, _, text in rows:
        body = json.loads(text)
        reason = body.get("reason") or {}
        head = (
            f"{entry},{body['at']},{_known(name)},{_known(user)},{role},{action},{act},{kind},"
            f"{_known(label)},{_known(batch)},{'' if number is None else number}"
        )
        why, detail = cell(reason.get("words")), cell(body.get("detail") or None)
        tail = f"{reason.get('category') or ''},{why},{detail}\n"
        for change in body.get("changes") or (_UNCHANGED,):
            old, new = change.get("old_text", change["old"]), change.get("new_text", change["new"])
            named = f"{_known(change.get('field'))},{_known(change.get('label'))}"
            yield f"{head},{named},{cell(old)},{cell(new)},{_known(change.get('unit'))},{tail}"


def json_lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """The JSON lines of entries, given as COLUMNS: each body is the stored text, character for character."""
    for row in rows:
        yield f'{{"entry":{row[0]},"leaf":"{bytes(row[-2]).hex()}","body":{row[-1]}}}\n'
