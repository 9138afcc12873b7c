"""The lines of an export, once as PostgreSQL puts them together and once in Python; the same bytes.

What an entry gives to the CSV is made ready when it is written and kept in `Entry.change_cells`: first the
cells of its reason and detail, then those of each changed field, with U+001E between. An export only puts
what names the entry before each field and the end behind it. Making the rows from the JSON while they leave
was measured before: 150,000 lines a second, a third of what this gives.
"""

import datetime as dt
import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from audit import canonical

COLUMNS = (
    "entry,time_utc,time_local,printed_name,user_name,role,action,act,kind,record,batch,number_in_batch,"
    "field,label,old,new,unit,reason_category,reason,detail,checkpoint"
)
HEADER = f"{COLUMNS}\n"
PLAIN_NUMBER = r"[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?"
RUN_BY_SPREADSHEETS = "=+-@\t\r"
SEPARATOR = "\x1e"  # between the parts of change_cells
SEPARATOR_SHOWN = "\u241e"  # ␞, what a cell shows for one that stood in a value
# An entry that came in past records._write_entry: the file says so instead of leaving its changes out.
NOT_READY = f",,The changes of this entry are not at hand: run manage.py verify.{SEPARATOR},,,,"
_is_plain_number = re.compile(PLAIN_NUMBER).fullmatch
_needs_quotes = re.compile('[",\r\n]').search
_one_cell = re.compile('(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))').findall
_UNCHANGED: dict[str, Any] = {"old": None, "new": None}


# --- cells --------------------------------------------------------------------------------------


def change_cells(body: Mapping[str, Any]) -> str:
    """What an entry with this body keeps in `change_cells`: reason and detail, then each changed field.

    A pure function of the body's `changes`, `reason` and `detail`, before or after it was made canonical.
    """
    reason = body.get("reason") or {}
    parts = [_joined(reason.get("category"), reason.get("words"), body.get("detail") or None)]
    for change in body.get("changes") or (_UNCHANGED,):
        old, new = change.get("old_text", change["old"]), change.get("new_text", change["new"])
        parts.append(_joined(change.get("field"), change.get("label"), old, new, change.get("unit")))
    return SEPARATOR.join(parts)


def _joined(*values: Any) -> str:
    return ",".join(map(cell, values))


def cell(value: Any) -> str:
    """A value as a cell of the CSV."""
    if not isinstance(value, str):
        value = _text(value)
    if SEPARATOR in value:
        value = value.replace(SEPARATOR, SEPARATOR_SHOWN)
    if value[:1] and value[0] in RUN_BY_SPREADSHEETS and not _is_plain_number(value):
        value = f"'{value}"
    return '"' + value.replace('"', '""') + '"' if _needs_quotes(value) else value


def _text(value: Any) -> str:
    """What is no text, as it stands in the body."""
    if value is None:
        return ""
    plain = canonical.plain(value)
    return plain if isinstance(plain, str) else canonical.text(plain)


def texts(cells: str) -> list[str]:
    """The texts in a row of cells that this module made: quotes taken away."""
    if '"' not in cells:
        return cells.split(",")
    return [quoted.replace('""', '"') or bare for quoted, bare in _one_cell(cells)]


# --- in Python ----------------------------------------------------------------------------------

_known = functools.lru_cache(maxsize=4096)(_joined)  # people and kinds come again and again


def times_in(zone: ZoneInfo) -> Callable[[str], str]:
    """A function from a moment as a row holds it (UTC) to the cells time_utc and time_local."""

    @functools.lru_cache(maxsize=4096)
    def minute(text: str) -> tuple[str, str, str]:
        local = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).astimezone(zone)
        written = local.isoformat(timespec="minutes")
        return text.replace(" ", "T"), written[:16], written[16:]

    def cells(moment: str) -> str:
        utc, local, offset = minute(moment[:16])
        seconds = moment[16:] if len(moment) > 19 else f"{moment[16:]}.000000"
        return f"{utc}{seconds}Z,{local}{seconds}{offset}"

    return cells


def parts(rows: Iterable[tuple[Any, ...]], zone: ZoneInfo) -> Iterator[tuple[str, str, str]]:
    """For each row of ROWS: the cells before a changed field, all its fields, the cells behind one."""
    times = times_in(zone)
    for entry, at, name, user, role, action, act, kind, label, batch, number, checkpoint, cells in rows:
        tail, _, fields = (cells or NOT_READY).partition(SEPARATOR)
        head = (
            f"{entry},{times(at)},{_known(name, user, role)},{_known(action, act, kind)},"
            f"{cell(label)},{cell(batch)},{'' if number is None else number},"
        )
        yield head, fields, f",{tail},{'' if checkpoint is None else checkpoint}\n"


def csv_lines(rows: Iterable[tuple[Any, ...]], zone: ZoneInfo) -> Iterator[str]:
    """The CSV lines of entries, given as ROWS: one for each changed field, one where there is none."""
    for head, fields, tail in parts(rows, zone):
        yield f"{head}{fields.replace(SEPARATOR, tail + head)}{tail}"


def json_lines(rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """The JSON lines of entries, given as BODIES: each body is the stored text, character for character."""
    for entry, leaf, body in rows:
        yield f'{{"entry":{entry},"leaf":"{bytes(leaf).hex()}","body":{body}}}\n'


def csv_end(words: str, size: int | None) -> str:
    """The last line of a CSV: the note of the checkpoint that covers the export, or why there is none."""
    row = dict.fromkeys(COLUMNS.split(","), "")
    row |= {"action": "checkpoint", "detail": words, "checkpoint": str(size or "")}
    return _joined(*row.values()) + "\n"


def json_end(words: str, size: int | None) -> str:
    """The last line of JSON Lines, likewise."""
    end = {"checkpoint": words} if size else {"checkpoint": None, "why": words}
    return json.dumps(end, ensure_ascii=False, separators=(",", ":")) + "\n"


# --- in SQL -------------------------------------------------------------------------------------

_NAMING = (
    "actor_name",
    "actor_username",
    "actor_role",
    "action",
    "act",
    "kind",
    "object_label",
    "batch_number",
)
_FROM_LEAF = "FROM ({entries}) AS e LEFT JOIN audit_leaf l ON l.entry_id = e.id ORDER BY e.id"
# The concatenation keeps the driver from making a datetime of it.
_AT = {"sqlite": "e.at || ''", "postgresql": "to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"}
ROWS = {
    vendor: f"SELECT e.id, {at}, {', '.join(f'e.{name}' for name in _NAMING)}, e.number_in_batch, "
    f"l.checkpoint_id, e.change_cells {_FROM_LEAF}"
    for vendor, at in _AT.items()
}
BODIES = "SELECT e.id, e.leaf_hash, e.body FROM ({entries}) AS e ORDER BY e.id"


def _sql_cell(text: str) -> str:
    """SQL of `cell`."""
    codes = ", ".join(str(ord(character)) for character in RUN_BY_SPREADSHEETS)
    shown = f"replace({text}, E'\\x1e', '{SEPARATOR_SHOWN}')"
    harmless = f"CASE WHEN ascii({text}) IN ({codes}) AND {text} !~ '^{PLAIN_NUMBER}$' THEN '''' ELSE '' END"
    quoted = f"""'"' || {harmless} || replace({shown}, '"', '""') || '"'"""
    return f"""CASE WHEN {text} ~ '[",\\r\\n]' THEN {quoted} ELSE {harmless} || {shown} END"""


def _sql_naming() -> str:
    """SQL of the cells from printed_name to batch: one look at all of them, with care where it must be."""
    plainly = " || ',' || ".join(f"e.{name}" for name in _NAMING)
    carefully = " || ',' || ".join(f"({_sql_cell(f'e.{name}')})" for name in _NAMING)
    plain = r'([^-=+@\t\r\n",\x1e][^\r\n",\x1e]*)?'
    return f"CASE WHEN {plainly} ~ '^{plain}(,{plain}){{{{7}}}}$' THEN {plainly} ELSE {carefully} END"


# One field of one row an entry, all its lines in it. Binary, because that is the only format of COPY that
# leaves a text as it is; OFFSET 0 keeps PostgreSQL from making head and tail twice.
COPY_CSV = rf"""
COPY (
  SELECT head || replace(fields, E'\x1e', tail || head) || tail
  FROM (
    SELECT e.id || ',' || to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || ','
        || to_char(e.at, 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM') || ',' || {_sql_naming()} || ','
        || coalesce(e.number_in_batch::text, '') || ',' AS head,
      substr(e.cells, strpos(e.cells, E'\x1e') + 1) AS fields,
      ',' || split_part(e.cells, E'\x1e', 1) || ',' || coalesce(l.checkpoint_id::text, '') || E'\n' AS tail
    FROM (
      SELECT *, CASE change_cells WHEN '' THEN '{NOT_READY}' ELSE change_cells END AS cells
      FROM ({{entries}}) AS found
    ) AS e
    LEFT JOIN audit_leaf l ON l.entry_id = e.id
    ORDER BY e.id
    OFFSET 0
  ) AS ready
) TO STDOUT (FORMAT binary)
"""  # noqa: S608 (names of columns only)
COPY_JSON = """
COPY (
  SELECT '{{"entry":' || e.id || ',"leaf":"' || encode(e.leaf_hash, 'hex') || '","body":' || e.body || E'}}\n'
  FROM ({entries}) AS e
  ORDER BY e.id
) TO STDOUT (FORMAT binary)
"""
COPY_SIGNATURE = 19  # bytes before the first row
COPY_ROW = 6  # bytes before the text of each row: how many fields, how long


def from_copy(messages: Iterable[Any]) -> Iterator[Any]:
    """The texts in what a binary COPY of one field sends; PostgreSQL sends one message for each row."""
    messages = iter(messages)
    first = bytes(next(messages))[COPY_SIGNATURE:]
    if len(first) > COPY_ROW:
        yield first[COPY_ROW:]
    for message in messages:
        if len(message) > COPY_ROW:  # shorter: the end
            yield message[COPY_ROW:]
