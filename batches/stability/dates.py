"""When a pull is due, and how it stands today."""

import calendar
import datetime as dt
from enum import StrEnum


class Standing(StrEnum):
    """How a planned pull stands on a day."""

    COMING = "coming"
    DUE = "due"
    OVERDUE = "overdue"
    PULLED = "pulled"
    MISSED = "missed"


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last of that month where there is no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def standing(due_on: dt.date, window_days: int, today: dt.date) -> Standing:
    """Due from the first day of its window to the last, coming before it, overdue after it."""
    window = dt.timedelta(days=window_days)
    if today < due_on - window:
        return Standing.COMING
    return Standing.OVERDUE if today > due_on + window else Standing.DUE


def parse_months(text: str) -> list[int]:
    """The months of a plan typed as '0 1 3 6 12'. Raises ValueError naming what is no month."""
    months = []
    for word in text.replace(",", " ").replace(";", " ").split():
        if not word.isascii() or not word.isdecimal() or int(word) > 120:
            raise ValueError(f"'{word[:20]}' is no whole number of months from 0 to 120.")
        months.append(int(word))
    if not months:
        raise ValueError("Say after how many months samples are pulled, such as 0 1 3 6 12.")
    if len(set(months)) < len(months):
        raise ValueError("Write each month once.")
    return sorted(months)
