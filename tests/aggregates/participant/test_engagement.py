"""Engagement: what was attended, missed, caught up, excused, studied, and who stood by."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts.engagement import (
    AbsenceRecorded,
    AttendanceExcused,
    AttendanceRecorded,
    CatchUpCompleted,
    CoachingSessionHeld,
    FormativeTaskCompleted,
    MentorCheckInRecorded,
    StudyRecorded,
    SupporterAssigned,
)
from npq_domain.catalogue.types import Mode
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Excuse
from npq_domain.testing import given
from tests.aggregates.ground import BPN_HEADSHIP, JOINED, KIND, SENIOR, START, accepted, member

DAY = date(2023, 10, 23)
ILL = Personal("ill")

ATTEND = ask.RecordAttendance(component="plg-1", minutes=120, on=DAY)
ATTENDED = AttendanceRecorded(component="plg-1", minutes=120, mode=None, on=DAY)
MISS = ask.RecordAbsence(component="plg-1", reason=ILL, on=DAY)
MISSED = AbsenceRecorded(component="plg-1", reason=ILL, on=DAY)
CATCH_UP = ask.CompleteCatchUp(component="plg-1", minutes=120, approved_by="f-1", on=DAY)
CAUGHT_UP = CatchUpCompleted(component="plg-1", minutes=120, approved_by="f-1", on=DAY)
EXCUSE = ask.ExcuseAttendance(
    component="plg-1", effect=Excuse.CREDIT, basis=Personal("bereavement"), on=DAY
)
EXCUSED = AttendanceExcused(
    component="plg-1", effect=Excuse.CREDIT, basis=Personal("bereavement"), on=DAY
)
STUDY = ask.RecordStudy(component="online-course", minutes=90, percent=40, on=DAY)
COACHED = ask.RecordCoaching(component="coaching", minutes=60, on=DAY)
TASK = ask.CompleteFormativeTask(component="formative-tasks", minutes=300, on=DAY)
MENTOR = ask.AssignSupporter(role="mentor", supporter="s-1", on=JOINED)
CHECK_IN = ask.RecordCheckIn(number=1, minutes=60, on=DAY)


# Sessions


def test_attendance_is_recorded_with_its_minutes_and_its_mode() -> None:
    asked = evolve(ATTEND, minutes=110, mode=Mode.ONLINE)
    fact = evolve(ATTENDED, minutes=110, mode=Mode.ONLINE)
    member().when(asked).then(fact)
    member(SENIOR, fact).when(asked).then_nothing()


@pytest.mark.parametrize("minutes", [0, 120])
def test_attendance_of_any_minutes_up_to_the_plan_is_recorded(minutes: int) -> None:
    member().when(evolve(ATTEND, minutes=minutes)).then(evolve(ATTENDED, minutes=minutes))


@pytest.mark.parametrize("minutes", [-1, 121])
def test_minutes_below_none_or_above_the_plan_are_refused(minutes: int) -> None:
    member().when(evolve(ATTEND, minutes=minutes)).then_refused("minutes_out_of_range")


def test_a_session_of_unknown_length_lasts_a_day_at_most() -> None:
    asked = ask.RecordAttendance(component="welcome", minutes=1_440, on=DAY)
    assert member().when(asked).facts
    member().when(evolve(asked, minutes=1_441)).then_refused("minutes_out_of_range")


def test_an_absence_is_recorded_once() -> None:
    member().when(MISS).then(MISSED)
    member(SENIOR, MISSED).when(MISS).then_nothing()


@pytest.mark.parametrize(("first", "second"), [(ATTEND, MISS), (MISS, ATTEND)])
def test_a_session_recorded_otherwise_has_to_be_corrected_first(first: Any, second: Any) -> None:
    member(SENIOR, first).when(second).then_refused("already_recorded")
    member(SENIOR, ATTEND).when(evolve(ATTEND, minutes=60)).then_refused("already_recorded")


@pytest.mark.parametrize("component", ["plg-9", "extend-study", ""])
def test_only_an_event_of_the_plan_has_a_register(component: str) -> None:
    member().when(evolve(ATTEND, component=component)).then_refused("unknown_component")
    member().when(evolve(MISS, component=component)).then_refused("unknown_component")


def test_nothing_is_attended_before_the_programme_starts() -> None:
    early = date(2023, 10, 1)
    member().when(evolve(ATTEND, on=early)).then_refused("before_start")
    assert member().when(evolve(ATTEND, on=START)).facts


def test_nothing_is_attended_in_the_future() -> None:
    now = member(SENIOR, MISSED).past.history[-1].recorded_at
    member().when(evolve(ATTEND, on=date(2023, 10, 24)), now=now).then_refused("future_dated")


@pytest.mark.parametrize("asked", [ATTEND, MISS, CATCH_UP, EXCUSE, STUDY, COACHED, TASK, CHECK_IN])
def test_who_has_not_joined_a_cohort_has_nothing_to_take_part_in(asked: Any) -> None:
    given(participant, *accepted()).when(asked).then_refused("not_enrolled")


# Catch-up


def test_a_missed_session_may_be_caught_up_where_the_specification_says_so() -> None:
    member(KIND, MISS).when(CATCH_UP).then(CAUGHT_UP)
    member(KIND, MISS, CAUGHT_UP).when(CATCH_UP).then_nothing()


def test_where_the_document_is_silent_nothing_is_caught_up() -> None:
    member(SENIOR, MISS).when(CATCH_UP).then_refused("catch_up_not_allowed")


def test_only_what_was_missed_of_a_session_is_caught_up() -> None:
    partly = member(KIND, evolve(ATTEND, minutes=80))
    partly.when(evolve(CATCH_UP, minutes=40)).then(evolve(CAUGHT_UP, minutes=40))
    partly.when(evolve(CATCH_UP, minutes=41)).then_refused("minutes_out_of_range")


def test_a_session_attended_in_full_or_not_held_yet_leaves_nothing_to_catch_up() -> None:
    member(KIND, ATTEND).when(CATCH_UP).then_refused("nothing_to_catch_up")
    member(KIND).when(CATCH_UP).then_refused("nothing_to_catch_up")


def test_a_session_is_caught_up_once() -> None:
    other = evolve(CATCH_UP, minutes=30)
    member(KIND, MISS, CATCH_UP).when(other).then_refused("already_recorded")


# Excuses


@pytest.mark.rule("4.15")
def test_an_absence_may_be_excused_for_exceptional_circumstances() -> None:
    member(SENIOR, MISS).when(EXCUSE).then(EXCUSED)
    member(SENIOR, MISS, EXCUSED).when(EXCUSE).then_nothing()


@pytest.mark.rule("4.15")
def test_where_the_document_is_silent_no_absence_is_excused() -> None:
    day = "face-to-face-1"
    missed = evolve(MISS, component=day)
    asked = member(BPN_HEADSHIP, missed).when(evolve(EXCUSE, component=day))
    asked.then_refused("excuse_not_allowed")


def test_there_is_nothing_to_excuse_where_no_absence_is_recorded() -> None:
    member(SENIOR).when(EXCUSE).then_refused("nothing_to_excuse")
    member(SENIOR, ATTEND).when(EXCUSE).then_refused("nothing_to_excuse")


def test_an_absence_is_excused_with_one_effect() -> None:
    other = evolve(EXCUSE, effect=Excuse.REMOVE_FROM_DENOMINATOR)
    member(SENIOR, MISS, EXCUSE).when(other).then_refused("already_recorded")


# Work of one's own


@pytest.mark.parametrize(
    ("asked", "fact"),
    [
        (
            STUDY,
            StudyRecorded(component="online-course", minutes=90, percent=40, ref=None, on=DAY),
        ),
        (COACHED, CoachingSessionHeld(component="coaching", minutes=60, ref=None, on=DAY)),
        (TASK, FormativeTaskCompleted(component="formative-tasks", minutes=300, ref=None, on=DAY)),
    ],
    ids=["study", "coaching", "a task"],
)
def test_work_of_ones_own_is_recorded_once(asked: Any, fact: Any) -> None:
    member(BPN_HEADSHIP).when(asked).then(fact)
    member(BPN_HEADSHIP, fact).when(asked).then_nothing()
    another = member(BPN_HEADSHIP, fact).when(evolve(asked, ref="vle-7"))
    another.then(evolve(fact, ref="vle-7"))


@pytest.mark.parametrize("asked", [STUDY, COACHED, TASK], ids=["study", "coaching", "a task"])
def test_work_is_recorded_for_a_component_of_its_own_kind(asked: Any) -> None:
    wrong = evolve(asked, component="induction")
    member(BPN_HEADSHIP).when(wrong).then_refused("unknown_component")


@pytest.mark.parametrize("asked", [STUDY, COACHED, TASK], ids=["study", "coaching", "a task"])
@pytest.mark.parametrize(
    ("minutes", "lawful"), [(-1, False), (0, True), (1_440, True), (1_441, False)]
)
def test_work_on_one_day_lasts_a_day_at_most(asked: Any, minutes: int, lawful: bool) -> None:
    outcome = member(BPN_HEADSHIP).when(evolve(asked, minutes=minutes))
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("minutes_out_of_range")


@pytest.mark.parametrize(("percent", "lawful"), [(-1, False), (0, True), (100, True), (101, False)])
def test_a_unit_is_done_by_0_to_100_per_cent(percent: int, lawful: bool) -> None:
    outcome = member(BPN_HEADSHIP).when(evolve(STUDY, percent=percent))
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("percent_out_of_range")


# Those who stand by


@pytest.mark.rule("0.7", "4.16")
def test_a_supporter_is_named_once_and_may_be_replaced() -> None:
    fact = SupporterAssigned(role="mentor", supporter="s-1", on=JOINED)
    member().when(MENTOR).then(fact)
    member(SENIOR, fact).when(MENTOR).then_nothing()
    member(SENIOR, fact).when(evolve(MENTOR, supporter="s-2")).then(evolve(fact, supporter="s-2"))


@pytest.mark.rule("0.7")
def test_only_a_known_role_stands_by_a_participant() -> None:
    member().when(evolve(MENTOR, role="friend")).then_refused("unknown_role")
    assert member().when(evolve(MENTOR, role="coach")).facts


def test_nobody_stands_by_a_stranger() -> None:
    given(participant).when(MENTOR).then_refused("registration_missing")


@pytest.mark.rule("4.16")
def test_a_check_in_needs_a_mentor_or_a_line_manager() -> None:
    fact = MentorCheckInRecorded(number=1, minutes=60, on=DAY)
    member().when(CHECK_IN).then_refused("no_mentor")
    member(SENIOR, evolve(MENTOR, role="tutor")).when(CHECK_IN).then_refused("no_mentor")
    member(SENIOR, evolve(MENTOR, role="line_manager")).when(CHECK_IN).then(fact)
    member(SENIOR, MENTOR).when(CHECK_IN).then(fact)
    member(SENIOR, MENTOR, fact).when(CHECK_IN).then_nothing()


def test_a_check_in_recorded_otherwise_has_to_be_corrected_first() -> None:
    seen = member(SENIOR, MENTOR, CHECK_IN)
    seen.when(evolve(CHECK_IN, minutes=30)).then_refused("already_recorded")
    assert seen.when(evolve(CHECK_IN, number=2)).facts


@pytest.mark.parametrize(("number", "minutes"), [(0, 60), (1, -1), (1, 1_441)])
def test_check_ins_count_from_one_and_last_a_day_at_most(number: int, minutes: int) -> None:
    asked = ask.RecordCheckIn(number=number, minutes=minutes, on=DAY)
    member(SENIOR, MENTOR).when(asked).then_refused("minutes_out_of_range")


def test_no_check_in_takes_place_before_the_start() -> None:
    early = evolve(CHECK_IN, on=date(2023, 10, 1))
    member(SENIOR, MENTOR).when(early).then_refused("before_start")
