"""What was entered long after it happened (requirement 16)."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

LATE_AFTER_MIN = 30
# Fields that say when something was done, by the ends of their names.
MOMENTS = ("_at", "_time", "_from", "_until")
# Happens at another site: it is entered when the material arrives.
ELSEWHERE = frozenset({"collection_time"})
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def minutes_late(change: Mapping[str, Any], at: dt.datetime) -> int:
    """How many minutes after the moment that it names a first entry was made; 0 when that is not long."""
    name, new = change["field"], change["new"]
    if change["old"] or not isinstance(new, str) or not name.endswith(MOMENTS) or name in ELSEWHERE:
        return 0
    if not MOMENT.fullmatch(new):
        return 0
    minutes = int((at - dt.datetime.fromisoformat(new)).total_seconds()) // 60
    return minutes if minutes >= LATE_AFTER_MIN else 0


def most_minutes_late(changes: Iterable[Mapping[str, Any]], at: dt.datetime) -> int:
    """Of all changes of an entry, the most."""
    return max((minutes_late(change, at) for change in changes), default=0)


def span_words(minutes: int) -> str:
    """'5 h 12 min', '3 d 2 h'; empty for none."""
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {rest} min"
    return f"{rest} min" if rest else ""
