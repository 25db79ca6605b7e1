"""Fixed instants, and clocks that stand still or tick evenly."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from npq_domain.calendar import add_days, midnight
from npq_domain.recorded import happened_on

Clock = Callable[[], datetime]

INSTANT = timedelta(microseconds=1)
"""The least that two instants can be apart."""

SPRING_FORWARD = date(2024, 3, 31)
"""A London day of 23 hours."""
AUTUMN_BACK = date(2023, 10, 29)
"""A London day of 25 hours."""
LEAP_DAY = date(2024, 2, 29)


def last_instant(day: date) -> datetime:
    """The last microsecond of a London day, in UTC."""
    return midnight(add_days(day, 1)) - INSTANT


def asked_on(said: Any) -> datetime:
    """When a command is asked, or a fact recorded, on the very day of which it tells."""
    instant: datetime | None = getattr(said, "at", None)
    return instant or last_instant(happened_on(said))


def fixed(instant: datetime) -> Clock:
    """A clock that stands still."""
    return lambda: instant


def ticking(start: datetime, step: timedelta = timedelta(seconds=1)) -> Clock:
    """A clock that moves on by `step` whenever it is read, from `start`."""
    ticks = count()
    return lambda: start + next(ticks) * step
