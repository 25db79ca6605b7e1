"""Mentors, line managers and check-ins, as the engagement view and the start's gate show them."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.facts.engagement import MentorCheckInRecorded
from npq_domain.calendar import add_days
from npq_domain.projections import Seen, engagement
from npq_domain.projections.engagement import EngagementRow
from tests.aggregates.ground import BPN_HEADSHIP, HEADSHIP_2017, SENIOR, START, applicant, member

SPECIALIST = "reform/UCL/NPQLT/1"
EVE = add_days(START, -1)
MENTOR = ask.AssignSupporter(role="mentor", supporter="s-1", on=START)


def shown(*before: Any, key: str = SENIOR, as_at: date = START) -> EngagementRow:
    """The row of somebody to whom this has happened."""
    scene = member(key, *before)
    seen = Seen(subject="p", position=len(scene.facts), as_at=as_at)
    row = engagement.row(scene.state, seen)
    assert row
    return row


@pytest.mark.rule("4.16")
def test_a_supporter_is_missing_from_the_day_of_the_start() -> None:
    assert shown(as_at=EVE).missing_supporter is False
    assert shown(as_at=START).missing_supporter is True
    assert shown(MENTOR, as_at=START).missing_supporter is False


@pytest.mark.rule("4.16")
@pytest.mark.parametrize(("days", "late"), [(-1, False), (0, False), (1, True)])
def test_a_supporter_assigned_after_the_start_is_recorded_and_late(
    days: int, *, late: bool
) -> None:
    assigned = evolve(MENTOR, on=add_days(START, days))
    row = shown(assigned, as_at=add_days(START, 7))
    assert (row.missing_supporter, row.supporter_late) == (False, late)
    wanted = ("supporter_late",) if late else ()
    assert gates.blockers(gates.start, member(SENIOR, assigned).state) == wanted


@pytest.mark.rule("4.16")
def test_another_mentor_later_on_makes_nobody_late() -> None:
    other = evolve(MENTOR, supporter="s-2", on=add_days(START, 90))
    assert shown(MENTOR, other, as_at=other.on).supporter_late is False
    earlier = ask.RecordCheckIn(number=1, minutes=60, on=add_days(START, 30))
    assert member(SENIOR, MENTOR, other).when(earlier).facts


@pytest.mark.rule("4.16")
def test_the_gate_of_the_start_names_who_is_missing_and_its_source() -> None:
    [_, support] = gates.start(member(SENIOR).state)
    assert (support.code, support.met) == ("no_mentor", False)
    assert support.because == "no mentor or line manager is assigned"
    assert support.source.startswith("UCL/ETH handbook 2023, section 5")
    assert gates.blockers(gates.start, applicant().state) == ("not_enrolled",)


@pytest.mark.rule("0.7")
def test_where_no_document_says_by_when_a_tutor_is_never_late() -> None:
    tutor = ask.AssignSupporter(role="tutor", supporter="s-1", on=add_days(START, 60))
    row = shown(tutor, key=HEADSHIP_2017, as_at=tutor.on)
    assert (row.missing_supporter, row.supporter_late) == (False, None)
    assert gates.blockers(gates.start, member(HEADSHIP_2017, tutor).state) == ()
    assert shown(key=HEADSHIP_2017, as_at=START).missing_supporter is True


def test_where_no_document_asks_for_a_supporter_none_is_missing() -> None:
    row = shown(key=BPN_HEADSHIP, as_at=START)
    assert (row.missing_supporter, row.supporter_late) == (None, None)
    assert gates.blockers(gates.start, member(BPN_HEADSHIP).state) == ()


@pytest.mark.rule("4.16")
@pytest.mark.parametrize(("key", "required"), [(SPECIALIST, 3), (SENIOR, 4)])
def test_check_ins_are_three_or_four_and_one_more_is_recorded_too(key: str, required: int) -> None:
    """The handbook says how many are required, not how many are allowed."""
    held = [
        ask.RecordCheckIn(number=number, minutes=60, on=add_days(START, 30 * number))
        for number in range(1, required + 1)
    ]
    row = shown(MENTOR, *held[:-1], key=key)
    assert (row.check_ins, row.check_ins_required) == (required - 1, required)
    row = shown(MENTOR, *held, key=key)
    assert (row.check_ins, row.check_ins_required) == (required, required)
    more = evolve(held[-1], number=required + 1)
    fact = MentorCheckInRecorded(number=required + 1, minutes=60, on=more.on)
    member(key, MENTOR, *held).when(more).then(fact)


@pytest.mark.rule("4.16")
@pytest.mark.parametrize(("minutes", "counted"), [(59, 0), (60, 1), (61, 1)])
def test_a_check_in_counts_from_an_hour_on(minutes: int, counted: int) -> None:
    held = ask.RecordCheckIn(number=1, minutes=minutes, on=START)
    assert shown(MENTOR, held).check_ins == counted
