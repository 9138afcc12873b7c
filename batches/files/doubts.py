"""What a file says of itself that does not fit the record it came to: told beside it, never a block."""

import datetime as dt
import re
from typing import Any

from batches.record.models import Attachment, Reading

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# NanoSight writes day/month/year; of others with slashes only what can be read one way is taken.
DAY_FIRST = frozenset({"nanosight"})
_ISO = re.compile(r"(?<!\d)(\d{4})[-:/](\d{2})[-:/](\d{2})(?!\d)")
_SLASHES = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_WORDS = re.compile(r"(?<!\d)(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})(?!\d)")
SPARE = dt.timedelta(days=1)  # an instrument's clock has no time zone


def doubts_of(reading: Reading, attachment: Attachment) -> list[str]:
    """Sentences on sample, operator and date of a file that differ from the record's."""
    return [
        *_sample(reading.values, attachment.batch.number),
        *_operator(reading.values, attachment),
        *_date(reading, attachment),
    ]


def _sample(values: dict[str, Any], number: str) -> list[str]:
    sample = str(values.get("sample") or "").strip()
    if not sample or number.casefold() in sample.casefold():
        return []
    return [f"The file names its sample '{sample[:80]}', which does not mention {number}."]


def _operator(values: dict[str, Any], attachment: Attachment) -> list[str]:
    told, person = str(values.get("operator") or "").strip(), attachment.uploaded_by
    if not told or told.casefold() in (person.username.casefold(), person.printed_name.casefold()):
        return []
    return [f"The file names '{told[:80]}' as its operator; {person.username} stored it."]


def _date(reading: Reading, attachment: Attachment) -> list[str]:
    text = str(reading.values.get("captured_at") or "")
    measured = measured_on(text, is_day_first=reading.reader in DAY_FIRST)
    if measured is None:
        unclear = _SLASHES.search(text)
        return [f"The file's date {unclear[0]} can be read two ways: check it."] if unclear else []
    opened, stored = attachment.batch.opened_at.date(), attachment.uploaded_at.date()
    if measured < opened - SPARE:
        return [f"Measured on {measured:%-d %b %Y}, before the batch was opened on {opened:%-d %b %Y}."]
    if measured > stored + SPARE:
        return [f"Measured on {measured:%-d %b %Y}, after it was stored: the instrument's clock is wrong."]
    return []


def measured_on(text: str, *, is_day_first: bool = False) -> dt.date | None:
    """The day that an instrument printed, None where it is none or can be read two ways."""
    if found := _ISO.search(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if (found := _WORDS.search(text)) and found[2].lower() in MONTHS:
        return _day(int(found[3]), MONTHS.index(found[2].lower()) + 1, int(found[1]))
    if found := _SLASHES.search(text):
        one, other, year = int(found[1]), int(found[2]), int(found[3])
        if is_day_first or one > 12 or one == other:
            return _day(year, other, one)
        return _day(year, one, other) if other > 12 else None
    return None


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
