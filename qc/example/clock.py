"""Times as people type them, counted back from now; and figures as people type them."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

# Medium is worked on the day after it was taken, unless it was frozen; assays follow on the same day.
WORK_BEGAN_HOURS_AGO = 20
LATE_WORK_BEGAN_HOURS_AGO = 6 * 24


@dataclass(frozen=True)
class Clock:
    """When a batch was harvested and worked on; nothing lies in the future."""

    harvested: dt.datetime
    began: dt.datetime
    now: dt.datetime
    is_late: bool = False

    @classmethod
    def of(cls, harvest_days: float, *, is_late: bool) -> "Clock":
        """`harvest_days` before the work began; a late one was worked on days before it is written down."""
        now = timezone.now()
        hours = LATE_WORK_BEGAN_HOURS_AGO if is_late else WORK_BEGAN_HOURS_AGO
        began = now - dt.timedelta(hours=hours)
        return cls(noted(began - dt.timedelta(days=harvest_days)), noted(began), now, is_late)

    def after(self, hours: float) -> dt.datetime:
        """The time that many hours after the work began; this minute where it is written down at once."""
        if not self.is_late:
            return timezone.now().replace(second=0, microsecond=0)
        return noted(min(self.began + dt.timedelta(hours=hours), self.now - dt.timedelta(minutes=5)))

    @property
    def held_h(self) -> Decimal:
        """How long the material was held before the work began."""
        return Decimal(round((self.began - self.harvested).total_seconds() / 3600))


def noted(moment: dt.datetime) -> dt.datetime:
    """A moment to the full five minutes before it."""
    return moment.replace(minute=moment.minute // 5 * 5, second=0, microsecond=0)


def days_ago(days: float, hour: int = 10) -> dt.datetime:
    """A time of day that many days before today."""
    return (timezone.now() - dt.timedelta(days=days)).replace(hour=hour, minute=30, second=0, microsecond=0)


def rounded(value: float, digits: int = 3) -> Decimal:
    """A figure as people type it: with so many significant digits."""
    return Decimal(f"{Decimal(f'{value:.{digits - 1}e}'):f}")


def calibrated_to(month: str = "31 Jan") -> str:
    """Until when a piece of equipment is calibrated, as people write it beside its number."""
    return f"calibrated to {month} {timezone.now().year + 1}"
