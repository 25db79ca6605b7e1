"""The assessment window: eight calendar days in London, to the microsecond."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.calendar import LONDON, add_days, add_months
from npq_domain.catalogue.types import WindowRule
from npq_domain.policies.windows import days, extended, may_open_on, window
from npq_domain.testing.clock import INSTANT

HOUR = timedelta(hours=1)
EIGHT_DAYS = timedelta(days=8)


def utc(year: int, month: int, day: int, hour: int) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


first_days = st.dates(date(2018, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2023, 2, 3), date(2023, 2, 10)),
        (date(2023, 10, 2), date(2023, 10, 9)),
        (date(2024, 3, 1), date(2024, 3, 8)),
    ],
)
def test_a_window_closes_at_midnight_of_the_eighth_day(first: date, last: date) -> None:
    assert days(first, last) == 8
    assert last == add_days(first, 7)
    hours = window(first, last)
    opens = datetime(first.year, first.month, first.day, tzinfo=LONDON)
    closes = datetime(last.year, last.month, last.day, tzinfo=LONDON) + timedelta(days=1)
    assert (hours.opens_at, hours.closes_at) == (opens, closes)
    assert hours.is_open(datetime(last.year, last.month, last.day, 23, 59, 59, 999_999, LONDON))


@pytest.mark.parametrize(
    ("first", "opens_at", "closes_at", "length"),
    [
        # clocks go forward on Sunday 31 March 2024
        (date(2024, 3, 25), utc(2024, 3, 25, 0), utc(2024, 4, 1, 23), EIGHT_DAYS - HOUR),
        # the last day is the day on which they do
        (date(2024, 3, 24), utc(2024, 3, 24, 0), utc(2024, 3, 31, 23), EIGHT_DAYS - HOUR),
        # clocks go back on Sunday 29 October 2023
        (
            date(2023, 10, 23),
            utc(2023, 10, 22, 23),
            utc(2023, 10, 31, 0),
            EIGHT_DAYS + HOUR,
        ),
        # over 29 February
        (date(2024, 2, 25), utc(2024, 2, 25, 0), utc(2024, 3, 4, 0), EIGHT_DAYS),
        # to the end of 29 February
        (date(2024, 2, 22), utc(2024, 2, 22, 0), utc(2024, 3, 1, 0), EIGHT_DAYS),
        # over the same days of a common year
        (date(2023, 2, 25), utc(2023, 2, 25, 0), utc(2023, 3, 5, 0), EIGHT_DAYS),
    ],
)
def test_a_window_is_right_on_both_sides_by_one_microsecond(
    first: date, opens_at: datetime, closes_at: datetime, length: timedelta
) -> None:
    hours = window(first, add_days(first, 7))
    assert (hours.opens_at, hours.closes_at) == (opens_at, closes_at)
    assert closes_at - opens_at == length
    assert not hours.is_open(opens_at - INSTANT)
    assert hours.is_open(opens_at)
    assert hours.is_open(closes_at - INSTANT)
    assert not hours.is_open(closes_at)


@given(first=first_days, into=st.integers(0, 8 * 24 * 3600 - 1))
def test_an_instant_is_inside_when_its_london_day_is_one_of_the_eight(
    first: date, into: int
) -> None:
    last = add_days(first, 7)
    hours = window(first, last)
    instant = hours.opens_at + timedelta(seconds=into)
    assert hours.is_open(instant) == (first <= instant.astimezone(LONDON).date() <= last)


@given(first=first_days)
def test_every_window_has_eight_london_days(first: date) -> None:
    hours = window(first, add_days(first, 7))
    inside = (hours.opens_at + n * HOUR for n in range(24 * 9))
    assert len({it.astimezone(LONDON).date() for it in inside if hours.is_open(it)}) == 8


RULE = WindowRule(days=8, months_least=18, months_most=21, source="a handbook")


@pytest.mark.parametrize(
    ("start", "first", "lawful"),
    [
        (date(2023, 10, 2), date(2025, 4, 1), False),
        (date(2023, 10, 2), date(2025, 4, 2), True),
        (date(2023, 10, 2), date(2025, 7, 2), True),
        (date(2023, 10, 2), date(2025, 7, 3), False),
        (date(2023, 8, 31), date(2025, 2, 27), False),
        (date(2023, 8, 31), date(2025, 2, 28), True),
        (date(2022, 8, 29), date(2024, 2, 29), True),
        (date(2022, 8, 29), date(2024, 2, 28), False),
    ],
)
def test_a_window_opens_from_18_to_21_months_after_the_start(
    start: date, first: date, lawful: bool
) -> None:
    assert may_open_on(RULE, start, first) is lawful


def test_where_the_document_is_silent_a_window_may_open_at_any_time() -> None:
    rule = WindowRule(days=8, source="a handbook")
    assert may_open_on(rule, date(2023, 10, 2), date(2023, 10, 3))
    assert may_open_on(rule, date(2023, 10, 2), add_months(date(2023, 10, 2), 100))


@given(first=first_days, more=st.integers(1, 366))
def test_an_extended_window_is_the_window_of_more_days(first: date, more: int) -> None:
    hours = window(first, add_days(first, 7))
    assert extended(hours, more) == window(first, add_days(first, 7 + more))
    assert extended(extended(hours, more), more) == extended(hours, 2 * more)
