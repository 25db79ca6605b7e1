"""What a view says of one participant, on a day."""

from datetime import date
from typing import Any

import pytest

from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.projections import EligibilityRow, EngagementRow, eligibility, engagement
from npq_domain.projections.projection import Seen
from npq_domain.testing import Scene
from tests.aggregates.ground import (
    BPN_HEADSHIP,
    DFE_HEADSHIP,
    HEADSHIP_2017,
    SENIOR,
    SPECIALIST,
    applicant,
    attended,
    member,
)

DAY = date(2024, 1, 8)


def engaged(scene: Scene[Participant], as_at: date = DAY) -> EngagementRow:
    row = engagement.row(scene.state, Seen(subject="s", position=1, as_at=as_at))
    assert row
    return row


def eligible(scene: Scene[Participant], as_at: date = DAY) -> EligibilityRow:
    row = eligibility.row(scene.state, Seen(subject="s", position=1, as_at=as_at))
    assert row
    return row


# The provider's form


@pytest.mark.rule("4.21")
@pytest.mark.parametrize(
    ("returned", "as_at", "overdue"),
    [
        (None, date(2023, 9, 9), False),
        (None, date(2023, 9, 10), True),
        (date(2023, 9, 9), DAY, False),
        (date(2023, 9, 10), DAY, True),
    ],
    ids=[
        "not back on the fifth day",
        "not back on the sixth",
        "back on the fifth",
        "back on the sixth",
    ],
)
def test_a_form_is_overdue_after_five_days_and_nothing_is_refused_over_it(
    returned: date | None, as_at: date, overdue: bool
) -> None:
    sent: list[Any] = [ask.SendForm(on=date(2023, 9, 4))]
    back = [ask.ReturnForm(on=returned)] if returned else []
    row = eligible(applicant(SENIOR, *sent, *back), as_at)
    assert (row.form_due, row.form_overdue) == (date(2023, 9, 9), overdue)


# Pace


@pytest.mark.rule("2.2")
def test_what_was_studied_stands_beside_one_to_two_hours_a_week() -> None:
    study = ask.RecordStudy(component="independent-study", minutes=780, on=DAY)
    row = engaged(member(DFE_HEADSHIP, study))
    assert (row.done_min, row.pace_least_min, row.pace_most_min) == (780, 14 * 60, 14 * 120)


def test_without_hours_a_week_there_is_no_pace() -> None:
    row = engaged(member(BPN_HEADSHIP))
    assert (row.done_min, row.pace_least_min, row.pace_most_min) == (0, None, None)


# What the award asks for


@pytest.mark.parametrize(
    ("scene", "met", "blockers"),
    [
        (applicant(SENIOR), None, ("not_enrolled",)),
        (member(DFE_HEADSHIP), None, ("course_not_complete", "assessment_not_passed")),
        (member(SENIOR), False, ("engagement_below_threshold", "assessment_not_passed")),
        (member(SENIOR, *attended()), True, ("assessment_not_passed",)),
    ],
    ids=["in no cohort", "without a threshold", "below it", "at it"],
)
def test_engagement_is_met_or_not_where_somebody_is_measured_against_a_threshold(
    scene: Scene[Participant], met: bool | None, blockers: tuple[str, ...]
) -> None:
    row = eligible(scene)
    assert (row.engagement_met, row.award_blockers) == (met, blockers)


# What counts


@pytest.mark.rule("3.8")
def test_the_initial_needs_analysis_is_an_hour_of_the_inductions_two() -> None:
    analysis = ask.RecordAttendance(component="initial-needs-analysis", minutes=60, on=DAY)
    alone = engaged(member(BPN_HEADSHIP, analysis))
    assert (alone.num, alone.den) == (60, 104 * 60)
    rest = ask.RecordAttendance(component="induction", minutes=60, on=DAY)
    both = engaged(member(BPN_HEADSHIP, analysis, rest))
    assert (both.num, both.den) == (120, 104 * 60)


@pytest.mark.rule("3.8")
def test_the_initial_needs_analysis_takes_no_longer_than_its_hour() -> None:
    longer = ask.RecordAttendance(component="initial-needs-analysis", minutes=61, on=DAY)
    member(BPN_HEADSHIP).when(longer).then_refused("minutes_out_of_range")


@pytest.mark.rule("3.7")
def test_expert_talks_add_nothing_to_the_learning_hours() -> None:
    talk = ask.RecordAttendance(component="expert-talks", minutes=90, on=DAY)
    assert engaged(member(BPN_HEADSHIP, talk)).num == 0


@pytest.mark.rule("4.22")
@pytest.mark.parametrize("kind", [ask.RecordAttendance, ask.RecordAbsence])
def test_the_welcome_is_recorded_and_counts_neither_way(kind: Any) -> None:
    minutes = {"minutes": 60} if kind is ask.RecordAttendance else {}
    welcome = kind(component="welcome", on=DAY, **minutes)
    before, after = engaged(member(SENIOR)), engaged(member(SENIOR, welcome))
    figures = [(it.num, it.den, it.max_attainable_num) for it in (before, after)]
    assert figures == [(0, 1_770, 1_770)] * 2


@pytest.mark.rule("4.13", "4.15")
def test_study_on_the_platform_stands_outside_the_nineteen_hours() -> None:
    study = ask.RecordStudy(component="extend-study", minutes=600, percent=80, on=DAY)
    row = engaged(member(SPECIALIST, study))
    assert (row.num, row.den, row.study_pct, row.done_min) == (0, 1_140, 80, 600)


@pytest.mark.rule("4.14", "4.15")
def test_engagement_is_followed_throughout_and_not_at_the_end_alone() -> None:
    held = [it for it in attended(SENIOR) if it.component in {"induction", "plg-1"}]
    row = engaged(member(SENIOR, *held), date(2023, 10, 23))
    assert (row.num, row.expected_min_to_date, row.gap_min) == (240, 240, 0)
    missed = ask.RecordAbsence(component="plg-1", on=date(2023, 10, 23))
    behind = engaged(member(SENIOR, held[0], missed), date(2023, 10, 23))
    assert (behind.gap_min, behind.met, behind.max_attainable_num) == (120, False, 1_650)


# Supporters


@pytest.mark.rule("0.7", "4.16")
@pytest.mark.parametrize(
    ("key", "role", "enough"),
    [
        (SENIOR, "mentor", True),
        (SENIOR, "line_manager", True),
        (SENIOR, "tutor", False),
        (HEADSHIP_2017, "tutor", True),
        (HEADSHIP_2017, "mentor", True),
        (HEADSHIP_2017, "line_manager", False),
    ],
)
def test_a_participant_without_a_supporter_of_the_kind_asked_for_is_shown(
    key: str, role: str, enough: bool
) -> None:
    assert engaged(member(key)).missing_supporter
    named = ask.AssignSupporter(role=role, supporter="s-1", on=DAY)
    assert engaged(member(key, named)).missing_supporter is not enough


@pytest.mark.rule("4.16")
@pytest.mark.parametrize(("key", "required"), [(SPECIALIST, 3), (SENIOR, 4)])
def test_specialists_check_in_three_times_and_leaders_four(key: str, required: int) -> None:
    named = ask.AssignSupporter(role="mentor", supporter="s-1", on=DAY)
    talks = [ask.RecordCheckIn(number=it, minutes=60, on=DAY) for it in range(1, required + 1)]
    row = engaged(member(key, named, *talks))
    assert (row.check_ins, row.check_ins_required) == (required, required)
    assert engaged(member(key, named, *talks[1:])).check_ins == required - 1
