"""Days and midnights in London."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.calendar import LONDON, add_days, add_months, aware, london_day, midnight
from npq_domain.testing.clock import AUTUMN_BACK, INSTANT, LEAP_DAY, SPRING_FORWARD

days = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(days)
def test_a_day_begins_at_its_midnight_and_not_an_instant_earlier(day: date) -> None:
    assert london_day(midnight(day)) == day
    assert london_day(midnight(day) - INSTANT) == add_days(day, -1)
    assert midnight(day).tzinfo is UTC


@pytest.mark.parametrize(
    ("day", "hours"),
    [(SPRING_FORWARD, 23), (AUTUMN_BACK, 25), (LEAP_DAY, 24), (date(2024, 6, 21), 24)],
)
def test_a_london_day_is_as_long_as_its_clocks_make_it(day: date, hours: int) -> None:
    assert midnight(add_days(day, 1)) - midnight(day) == timedelta(hours=hours)


def test_an_instant_falls_on_the_day_that_london_has_by_then() -> None:
    summer = datetime(2024, 6, 20, 23, 30, tzinfo=UTC)
    assert london_day(summer) == date(2024, 6, 21)
    winter = datetime(2024, 1, 20, 23, 30, tzinfo=UTC)
    assert london_day(winter) == date(2024, 1, 20)
    elsewhere = datetime(2024, 1, 20, 1, 0, tzinfo=timezone(timedelta(hours=9)))
    assert london_day(elsewhere) == date(2024, 1, 19)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2023, 10, 2), 18, date(2025, 4, 2)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2022, 8, 31), 6, date(2023, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 12, 31), 1, date(2024, 1, 31)),
        (date(2024, 1, 31), -1, date(2023, 12, 31)),
        (date(2024, 1, 31), 0, date(2024, 1, 31)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_months_last(
    day: date, months: int, later: date
) -> None:
    assert add_months(day, months) == later


@given(days, st.integers(0, 60))
def test_months_later_lies_in_that_month_and_never_on_a_later_day_of_it(
    day: date, months: int
) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day


@frozen
class Timed:
    at: datetime | None = field(validator=aware)


def test_a_time_says_its_offset() -> None:
    assert Timed(datetime(2024, 1, 1, tzinfo=LONDON)).at
    assert Timed(None).at is None
    with pytest.raises(ValueError, match=r"Timed.at: 2024-01-01T00:00:00 says no UTC offset"):
        Timed(datetime(2024, 1, 1))  # noqa: DTZ001 - what is refused
