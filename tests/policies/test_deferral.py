"""What a deferral does to a plan."""

from datetime import date

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.calendar import add_days
from npq_domain.catalogue.types import Activity, EngagementRule, Gate, Strategy
from npq_domain.policies.deferral import Gap, Moved, Plan, plan
from npq_domain.policies.engagement import Credit, Excuse, Opening, PlannedComponent, measure

FIRST, END = date(2024, 1, 10), date(2024, 4, 10)
GAP = (FIRST, END)
RULE = EngagementRule(
    strategy=Strategy.TOTAL_MINUTES, threshold_percent=90, gate=Gate.BOTH, source="a handbook"
)


def session(due: date | None, name: str = "plg-1", minutes: int = 120) -> PlannedComponent:
    return PlannedComponent(id=name, activity=Activity.EVENT, minutes=minutes, due=due)


@pytest.mark.parametrize(
    ("due", "leaves"),
    [
        (add_days(FIRST, -1), False),
        (FIRST, True),
        (add_days(END, -1), True),
        (END, False),
        (None, False),
    ],
)
def test_what_falls_due_from_the_deferral_to_the_day_before_the_return_leaves(
    due: date | None, *, leaves: bool
) -> None:
    assert plan((session(due),), (), (GAP,), {}) == (() if leaves else (session(due),))


@pytest.mark.parametrize(
    ("credit", "leaves"),
    [
        (Credit(), True),
        (Credit(minutes=0, closed=True), True),
        (Credit(minutes=1, closed=True), False),
        (Credit(closed=True, excuse=Excuse.CREDIT), False),
    ],
)
def test_what_is_credited_stays_to_the_last_minute(credit: Credit, *, leaves: bool) -> None:
    kept = plan((session(FIRST),), (), (GAP,), {"plg-1": credit})
    assert kept == (() if leaves else (session(FIRST),))


def test_a_gap_that_has_not_ended_takes_nothing() -> None:
    assert plan((session(FIRST),), (), ((FIRST, date.max),), {}) == (session(FIRST),)


def test_a_deferral_that_ended_on_its_own_day_takes_nothing() -> None:
    assert plan((session(FIRST),), (), ((FIRST, FIRST),), {}) == (session(FIRST),)


def test_in_a_later_cohort_a_session_falls_due_on_its_day_there_and_stays() -> None:
    later = Moved(component="plg-1", due=date(2024, 6, 1))
    assert plan((session(FIRST),), (later,), (GAP,), {}) == (session(date(2024, 6, 1)),)


def test_in_a_later_cohort_a_window_opens_on_its_day_there_for_as_long_as_before() -> None:
    before = Opening(first=FIRST, last=add_days(FIRST, 13), source="a page")
    after = Opening(first=date(2024, 6, 1), last=date(2024, 6, 14), source="a page")
    later = Moved(component="plg-1", due=date(2024, 6, 1))
    spread = evolve(session(before.last), opening=before)
    (moved,) = plan((spread,), (later,), (GAP,), {})
    assert (moved.due, moved.opening) == (after.last, after)


def test_what_the_later_cohort_does_not_have_keeps_its_day_and_leaves() -> None:
    later = Moved(component="plg-2", due=date(2024, 6, 1))
    assert plan((session(FIRST),), (later,), (GAP,), {}) == ()


days = st.dates(date(2023, 10, 1), date(2025, 3, 31))
gaps = st.lists(st.tuples(days, days).map(lambda it: (min(it), max(it))), max_size=3)
plans = st.lists(
    st.builds(session, st.none() | days, st.sampled_from("abcdef"), st.integers(1, 400)),
    max_size=6,
    unique_by=lambda it: it.id,
).map(tuple)
credited = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(Credit, minutes=st.integers(0, 500), closed=st.booleans()),
)


@given(planned=plans, them=gaps, credit=credited)
def test_no_credit_is_lost_and_what_can_be_reached_is_never_less_than_what_is(
    planned: Plan, them: list[Gap], credit: dict[str, Credit]
) -> None:
    before, after = (measure(RULE, it, credit) for it in (planned, plan(planned, (), them, credit)))
    assert after.credited_minutes == before.credited_minutes
    assert after.planned_minutes <= before.planned_minutes
    assert 0 <= after.num <= after.attainable <= after.den
    assert after.den - after.attainable <= before.den - before.attainable


@given(planned=plans, them=gaps, credit=credited)
def test_the_order_of_gaps_does_not_matter(
    planned: Plan, them: list[Gap], credit: dict[str, Credit]
) -> None:
    assert plan(planned, (), them, credit) == plan(planned, (), reversed(them), credit)
