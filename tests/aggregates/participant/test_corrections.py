"""Corrections: what was written down wrongly is passed over by replay, and never deleted."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.engagement import AbsenceRecorded, AttendanceRecorded
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Excuse
from npq_domain.testing.clock import last_instant
from tests.aggregates.ground import SENIOR, admitted, attended, member

DAY = date(2023, 10, 23)
LATER = date(2023, 11, 6)
SLIP = Personal("the wrong Ada")
ATTEND = ask.RecordAttendance(component="plg-1", minutes=120, on=DAY)
MISS = ask.RecordAbsence(component="plg-1", on=DAY)
MISSED = AbsenceRecorded(component="plg-1", reason=None, on=DAY)


def wrong() -> Any:
    """Somebody whose attendance was written down by mistake."""
    return member(SENIOR, ATTEND)


LAST = len(wrong().facts)
VOID = ask.VoidFact(version=LAST, reason=SLIP, on=LATER)
VOIDED = FactVoided(version=LAST, reason=SLIP, on=LATER)


def test_a_voided_fact_stays_on_record_and_counts_no_longer() -> None:
    wrong().when(VOID).then(VOIDED)
    after = member(SENIOR, ATTEND, VOID)
    assert after.facts[LAST - 1] == AttendanceRecorded(
        component="plg-1", minutes=120, mode=None, on=DAY
    )
    assert after.state.engagement == member(SENIOR).state.engagement


def test_what_is_voided_already_is_not_voided_again() -> None:
    member(SENIOR, ATTEND, VOID).when(VOID).then_nothing()


def test_what_was_voided_may_be_recorded_otherwise() -> None:
    member(SENIOR, ATTEND, VOID).when(MISS).then(MISSED)


def test_a_void_is_not_dated_before_what_it_takes_out() -> None:
    wrong().when(evolve(VOID, on=date(2023, 10, 22))).then_refused("out_of_order")
    wrong().when(evolve(VOID, on=DAY)).then(evolve(VOIDED, on=DAY))


@pytest.mark.parametrize("version", [-1, 0, LAST + 1])
def test_only_a_fact_that_there_is_can_be_voided(version: int) -> None:
    wrong().when(evolve(VOID, version=version)).then_refused("unknown_fact")


def test_a_decision_is_not_voided() -> None:
    wrong().when(evolve(VOID, version=1)).then_refused("not_voidable")
    admitted_to = member(SENIOR, *admitted())
    for version in (len(admitted_to.facts), len(admitted_to.facts) - 1):
        admitted_to.when(evolve(VOID, version=version, on=date(2025, 4, 1))).then_refused(
            "not_voidable"
        )


def test_a_void_is_not_voided_what_was_voided_by_mistake_is_recorded_anew() -> None:
    void_the_void = evolve(VOID, version=LAST + 1)
    after = member(SENIOR, ATTEND, VOID)
    after.when(void_the_void).then_refused("not_voidable")
    assert after.when(ATTEND).facts


CORRECT = ask.CorrectFact(version=LAST, replacement=MISS, reason=SLIP, on=LATER)


def test_to_correct_voids_and_records_in_one_step() -> None:
    wrong().when(CORRECT).then(VOIDED, MISSED)
    member(SENIOR, ATTEND, CORRECT).when(CORRECT).then_nothing()


def test_minutes_are_corrected_without_a_fuss() -> None:
    fewer = evolve(CORRECT, replacement=evolve(ATTEND, minutes=60))
    (void, fact) = wrong().when(fewer).facts
    assert (void, fact.minutes) == (VOIDED, 60)


def test_a_correction_obeys_the_rules_of_what_it_records() -> None:
    too_long = evolve(CORRECT, replacement=evolve(ATTEND, minutes=121))
    wrong().when(too_long).then_refused("minutes_out_of_range")
    nowhere = evolve(CORRECT, replacement=evolve(ATTEND, component="plg-9"))
    wrong().when(nowhere).then_refused("unknown_component")


def test_a_correction_records_nothing_that_is_still_to_come() -> None:
    tomorrow = evolve(CORRECT, replacement=evolve(MISS, on=date(2023, 11, 7)))
    wrong().when(tomorrow, now=last_instant(LATER)).then_refused("future_dated")
    today = evolve(CORRECT, replacement=evolve(MISS, on=LATER))
    assert wrong().when(today, now=last_instant(LATER)).facts


def test_what_was_voided_for_another_reason_is_not_corrected_any_more() -> None:
    member(SENIOR, ATTEND, VOID).when(CORRECT).then_refused("already_voided")


def test_a_correction_of_what_there_is_not_or_of_a_decision_is_refused() -> None:
    wrong().when(evolve(CORRECT, version=LAST + 1)).then_refused("unknown_fact")
    wrong().when(evolve(CORRECT, version=1)).then_refused("not_voidable")


def test_a_decision_that_was_made_stands_when_what_it_relied_on_is_voided() -> None:
    let_in = member(SENIOR, *attended(), ask.GrantAccess(on=date(2025, 3, 20)))
    version = next(
        at
        for at, it in enumerate(let_in.facts, 1)
        if isinstance(it, AttendanceRecorded) and it.component == "face-to-face-1"
    )
    void = evolve(VOID, version=version, on=date(2025, 3, 21))
    after = let_in.past.after(*let_in.when(void).facts).state
    assert after.assessment.access == let_in.state.assessment.access


def test_a_record_is_replaced_by_one_of_its_kind() -> None:
    mentor = evolve(CORRECT, replacement=ask.AssignSupporter(role="mentor", supporter="m", on=DAY))
    wrong().when(mentor).then_refused("not_applicable")


def test_an_excuse_falls_silent_when_its_absence_was_an_attendance_after_all() -> None:
    excuse = ask.ExcuseAttendance(
        component="plg-1", effect=Excuse.CREDIT, basis=Personal("bereavement"), on=DAY
    )
    absent = member(SENIOR, MISS)
    version = len(absent.facts)
    came_late = ask.CorrectFact(
        version=version, replacement=evolve(ATTEND, minutes=10), reason=SLIP, on=LATER
    )
    before = member(SENIOR, MISS, excuse).state.engagement.credits["plg-1"]
    after = member(SENIOR, MISS, excuse, came_late).state.engagement.credits["plg-1"]
    assert (before.minutes, before.excuse) == (0, Excuse.CREDIT)
    assert (after.minutes, after.excuse) == (10, None)


def test_an_excuse_falls_silent_when_its_absence_is_voided() -> None:
    excuse = ask.ExcuseAttendance(
        component="plg-1", effect=Excuse.CREDIT, basis=Personal("bereavement"), on=DAY
    )
    void = evolve(VOID, version=len(member(SENIOR, MISS).facts))
    assert "plg-1" not in member(SENIOR, MISS, excuse, void).state.engagement.credits
