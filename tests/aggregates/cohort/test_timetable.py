"""Timetable: when the sessions are and when the assessment windows are open."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from npq_domain import cohort
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts.timetable import (
    AssessmentWindowMoved,
    AssessmentWindowScheduled,
    SessionCancelled,
    SessionRescheduled,
    SessionScheduled,
)
from npq_domain.catalogue.types import Mode
from npq_domain.testing import Scene, given
from npq_domain.testing.clock import INSTANT
from tests.aggregates.cohort.test_groups import PLAN
from tests.aggregates.cohort.test_intake import OFFER, OPENED
from tests.aggregates.ground import BPN_HEADSHIP, COACHING_OFFER

DAY = date(2023, 4, 3)
STARTS = datetime(2023, 10, 23, 14, 30, tzinfo=UTC)
"""Half past three in London, in summer time."""
ENDS = STARTS + timedelta(hours=2)
AT: dict[str, Any] = {"programme": "NPQSL", "component": "plg-1", "on": DAY}

SCHEDULE = ask.ScheduleSession(starts_at=STARTS, ends_at=ENDS, mode=Mode.ONLINE, **AT)
SCHEDULED = SessionScheduled(group=None, starts_at=STARTS, ends_at=ENDS, mode=Mode.ONLINE, **AT)
A_WEEK = timedelta(days=7)
MOVE = ask.RescheduleSession(starts_at=STARTS + A_WEEK, ends_at=ENDS + A_WEEK, **AT)
MOVED = SessionRescheduled(group=None, starts_at=STARTS + A_WEEK, ends_at=ENDS + A_WEEK, **AT)
CANCEL = ask.CancelSession(reason="snow", **AT)

FIRST = date(2025, 4, 2)
LAST = date(2025, 4, 9)
WINDOW = ask.ScheduleAssessmentWindow(
    programme="NPQSL", opens_on=FIRST, closes_on=LAST, set_by="DfE", on=DAY
)
SITTING = AssessmentWindowScheduled(
    programme="NPQSL",
    sitting=1,
    opens_on=FIRST,
    closes_on=LAST,
    opens_at=datetime(2025, 4, 1, 23, tzinfo=UTC),
    closes_at=datetime(2025, 4, 9, 23, tzinfo=UTC),
    set_by="DfE",
    on=DAY,
)


def hub(*more: Any) -> Scene[Any]:
    return given(cohort, OPENED, OFFER, *more)


# Sessions


def test_a_session_is_scheduled_once() -> None:
    hub().when(SCHEDULE).then(SCHEDULED)
    hub(SCHEDULED).when(SCHEDULE).then_nothing()


def test_a_session_at_another_time_has_to_be_rescheduled() -> None:
    other = evolve(SCHEDULE, ends_at=ENDS + INSTANT)
    hub(SCHEDULED).when(other).then_refused("already_scheduled")


def test_a_session_may_be_one_groups_own() -> None:
    own = evolve(SCHEDULE, group="north")
    hub(PLAN).when(own).then(evolve(SCHEDULED, group="north"))
    hub().when(own).then_refused("unknown_group")


@pytest.mark.parametrize("component", ["plg-9", "extend-study"])
def test_only_an_event_of_the_specification_is_scheduled(component: str) -> None:
    hub().when(evolve(SCHEDULE, component=component)).then_refused("unknown_component")


@pytest.mark.parametrize("ends_at", [STARTS, STARTS - INSTANT])
def test_a_session_ends_after_it_starts(ends_at: datetime) -> None:
    hub().when(evolve(SCHEDULE, ends_at=ends_at)).then_refused("session_length")
    assert hub().when(evolve(SCHEDULE, ends_at=STARTS + INSTANT)).facts


@pytest.mark.parametrize(
    ("day", "lawful"),
    [
        (date(2023, 10, 1), False),
        (date(2023, 10, 2), True),
        (date(2025, 4, 2), True),
        (date(2025, 4, 3), False),
    ],
)
def test_a_session_takes_place_within_the_eighteen_months_of_the_intake(
    day: date, lawful: bool
) -> None:
    starts = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
    outcome = hub().when(evolve(SCHEDULE, starts_at=starts, ends_at=starts + timedelta(hours=2)))
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("session_outside_cohort")


@pytest.mark.parametrize(
    ("starts", "lawful"),
    [(ENDS - INSTANT, False), (ENDS, True), (STARTS - timedelta(hours=2), True)],
)
def test_two_sessions_of_a_programme_do_not_overlap(starts: datetime, lawful: bool) -> None:
    ends = starts + timedelta(hours=2)
    other = evolve(SCHEDULE, component="plg-2", starts_at=starts, ends_at=ends)
    outcome = hub(SCHEDULED).when(other)
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("session_overlaps")


def test_groups_that_share_nobody_may_meet_at_one_time() -> None:
    south = evolve(PLAN, group="south")
    one = evolve(SCHEDULE, group="north")
    other = evolve(SCHEDULE, group="south", component="plg-2")
    assert hub(PLAN, south, one).when(other).facts
    everybody = evolve(SCHEDULE, component="plg-2")
    hub(PLAN, south, one).when(everybody).then_refused("session_overlaps")


def test_a_session_is_moved() -> None:
    hub(SCHEDULED).when(MOVE).then(MOVED)
    hub(SCHEDULED, MOVED).when(MOVE).then_nothing()
    hub().when(MOVE).then_refused("not_scheduled")


def test_a_moved_session_obeys_the_same_rules() -> None:
    early = evolve(MOVE, starts_at=STARTS - 4 * A_WEEK, ends_at=ENDS - 4 * A_WEEK)
    hub(SCHEDULED).when(early).then_refused("session_outside_cohort")
    other = evolve(SCHEDULE, component="plg-2", starts_at=MOVE.starts_at, ends_at=MOVE.ends_at)
    hub(SCHEDULED, other).when(MOVE).then_refused("session_overlaps")
    hub(SCHEDULED).when(evolve(MOVE, ends_at=MOVE.starts_at)).then_refused("session_length")


def test_a_session_may_be_moved_by_less_than_its_length() -> None:
    by = timedelta(minutes=30)
    assert hub(SCHEDULED).when(evolve(MOVE, starts_at=STARTS + by, ends_at=ENDS + by)).facts


def test_a_cancelled_session_leaves_the_timetable() -> None:
    fact = SessionCancelled(group=None, reason="snow", **AT)
    hub(SCHEDULED).when(CANCEL).then(fact)
    hub(SCHEDULED, fact).when(CANCEL).then_nothing()
    assert hub(SCHEDULED, fact).state.timetable.sessions == {}


# Windows


def test_a_window_runs_from_midnight_to_midnight_in_london() -> None:
    hub().when(WINDOW).then(SITTING)
    hub(SITTING).when(WINDOW).then_nothing()


@pytest.mark.rule("3.11", "4.18")
@pytest.mark.parametrize("days", [6, 8])
def test_a_window_has_eight_calendar_days(days: int) -> None:
    closes = FIRST + timedelta(days=days)
    hub().when(evolve(WINDOW, closes_on=closes)).then_refused("window_length")


@pytest.mark.rule("4.2")
def test_where_dfe_sets_the_window_it_may_open_any_day_after_the_start() -> None:
    early = evolve(WINDOW, opens_on=date(2023, 10, 1), closes_on=date(2023, 10, 8))
    hub().when(early).then_refused("window_out_of_range")
    on_day = evolve(WINDOW, opens_on=date(2023, 10, 2), closes_on=date(2023, 10, 9))
    assert hub().when(on_day).facts


@pytest.mark.rule("3.10")
@pytest.mark.parametrize(
    ("opens", "lawful"),
    [
        (date(2025, 4, 1), False),
        (date(2025, 4, 2), True),
        (date(2025, 7, 2), True),
        (date(2025, 7, 3), False),
    ],
)
def test_with_best_practice_network_the_first_sitting_is_18_to_21_months_after_the_start(
    opens: date, lawful: bool
) -> None:
    bpn = given(
        cohort,
        evolve(OPENED, provider="BPN"),
        evolve(OFFER, specification=BPN_HEADSHIP),
    )
    asked = evolve(WINDOW, programme="NPQH", opens_on=opens, closes_on=opens + timedelta(days=7))
    outcome = bpn.when(asked)
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("window_out_of_range")
        assert bpn.when(evolve(asked, sitting=2)).facts


@pytest.mark.rule("4.4")
def test_a_programme_without_an_assessment_has_no_window() -> None:
    hub_for_heads = given(cohort, OPENED, evolve(OFFER, specification=COACHING_OFFER))
    hub_for_heads.when(evolve(WINDOW, programme="EHCO")).then_refused("not_applicable")


def test_a_window_on_other_days_has_to_be_moved() -> None:
    by_a_day = evolve(WINDOW, opens_on=date(2025, 4, 3), closes_on=date(2025, 4, 10))
    hub(SITTING).when(by_a_day).then_refused("already_scheduled")


def test_a_window_is_moved() -> None:
    move = ask.MoveAssessmentWindow(
        programme="NPQSL", opens_on=date(2025, 10, 22), closes_on=date(2025, 10, 29), on=DAY
    )
    fact = AssessmentWindowMoved(
        programme="NPQSL",
        sitting=1,
        opens_on=date(2025, 10, 22),
        closes_on=date(2025, 10, 29),
        opens_at=datetime(2025, 10, 21, 23, tzinfo=UTC),
        closes_at=datetime(2025, 10, 30, tzinfo=UTC),
        set_by=None,
        on=DAY,
    )
    hub(SITTING).when(move).then(fact)
    hub(SITTING, fact).when(move).then_nothing()
    hub().when(move).then_refused("not_scheduled")
    hub(SITTING).when(evolve(move, closes_on=date(2025, 10, 28))).then_refused("window_length")


@pytest.mark.parametrize("kind", [ask.ScheduleSession, ask.RescheduleSession])
def test_a_session_says_in_which_zone_its_times_are(kind: type) -> None:
    naive = STARTS.replace(tzinfo=None)
    with pytest.raises(ValueError, match="says no UTC offset"):
        kind(starts_at=naive, ends_at=ENDS, **AT)
