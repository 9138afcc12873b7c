"""Dates that people write into free text, such as when an equipment's calibration or a lot runs out."""

import datetime as dt
import re
from collections.abc import Iterator

MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
WRITTEN = re.compile(
    r"(?P<y1>\d{4})-(?P<m1>\d\d)(?:-(?P<d1>\d\d))?"
    rf"|(?:(?P<d2>\d{{1,2}}) )?(?P<m2>{_MONTH}) (?P<y2>\d{{4}})",
    re.IGNORECASE,
)
# Words with which a date says when something was done, not until when it holds.
DONE = re.compile(r"\b(on|last|since|checked|made|opened|received|from)\b", re.IGNORECASE)
# Words with which it says until when.
UNTIL = re.compile(r"\b(to|due|until|till|use by|use before|best before|expir\w+|exp)\b", re.IGNORECASE)


def due_dates(text: str, *, only_until: bool = False) -> Iterator[dt.date]:
    """Until when things hold, as far as a text says so: '2027-01-31', '31 Jan 2027', 'Jan 2027', '2027-01'.

    A month means its last day. `only_until` takes a date only after a word such as 'due' or 'use by'.
    """
    since = 0
    for match in WRITTEN.finditer(text):
        before, since = text[since : match.start()], match.end()
        part = re.split(r"[;,]", before)[-1]
        if not UNTIL.search(part) and (only_until or DONE.search(part)):
            continue
        date = _date(match)
        if date is not None:
            yield date


def _date(match: re.Match[str]) -> dt.date | None:
    found = match.groupdict()
    year = int(found["y1"] or found["y2"])
    month = int(found["m1"] or MONTHS[found["m2"][:3].lower()])
    day = found["d1"] or found["d2"]
    try:
        if day:
            return dt.date(year, month, int(day))
        first = dt.date(year, month, 1)
        return (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    except ValueError:
        return None
