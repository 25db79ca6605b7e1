"""Days and midnights in Europe/London, where NPQs are taught and their windows close."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

LAST_DAY = date.max
"""Later than any day that comes: by then everything has happened, and what has no end ends."""


def midnight(day: date) -> datetime:
    """The first instant of a London day, in UTC; right in both daylight-saving weeks."""
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)


def london_day(instant: datetime) -> date:
    """The London day that an instant with an offset falls on."""
    return instant.astimezone(LONDON).date()


def in_london(instant: datetime) -> str:
    """An instant as a London clock shows it, with its offset."""
    return instant.astimezone(LONDON).isoformat()


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_days(day: date, days: int) -> date:
    """The day that many calendar days later."""
    return day + timedelta(days=days)


def aware(owner: Any, attribute: Any, value: Any) -> None:
    """Refuse a time that does not say its offset (an attrs validator)."""
    if value is not None and value.utcoffset() is None:
        msg = f"{type(owner).__name__}.{attribute.name}: {value.isoformat()} says no UTC offset"
        raise ValueError(msg)
