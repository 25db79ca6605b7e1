"""What the programmes of 2017 ask besides their projects: from the gateway to master's credits."""

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve

from npq_domain import cohort, participant
from npq_domain import commands as ask
from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.facts.application import ApplicationAccepted
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.award import (
    MastersCreditReported,
    QualificationAwarded,
)
from npq_domain.aggregates.participant.facts.engagement import (
    AttendanceRecorded,
    CoachingSessionHeld,
    SupporterAssigned,
)
from npq_domain.aggregates.participant.facts.training import DeferralReason
from npq_domain.calendar import add_months
from npq_domain.catalogue.types import EngagementRule, Gate, Mode, Strategy
from npq_domain.identifiers import cohort_subject
from npq_domain.policies.engagement import Opening
from npq_domain.projections import Seen, eligibility, engagement
from npq_domain.testing import given
from npq_domain.testing.intakes import preparations
from tests.aggregates.era_2017 import (
    AGREED,
    CHANGE_PROGRAMME,
    DAY,
    EXECUTIVE,
    HEADSHIP,
    JOINED,
    MIDDLE,
    NINE_DAYS,
    PLACEMENT,
    PUBLISHED,
    REGISTERED,
    SENIOR,
    START,
    TABLED_HEADSHIP,
    TASK_1,
    TASK_2,
    candidate,
    done,
    judged,
    mark,
    passed,
    registration,
    spec,
)

EVERY = (MIDDLE, SENIOR, HEADSHIP, TABLED_HEADSHIP, EXECUTIVE)
AWARD = ask.AwardQualification(on=PUBLISHED)


# The gateway


@pytest.mark.rule("0.3", "0.4")
@pytest.mark.parametrize(
    ("ready", "suitable"), [(True, True), (True, False), (False, True), (False, False)]
)
def test_who_is_both_ready_and_suitable_is_accepted_and_nobody_else(
    ready: bool, suitable: bool
) -> None:
    gateway = ask.RecordGateway(ready=ready, suitable=suitable, on=REGISTERED)
    outcome = given(participant, registration(HEADSHIP), gateway).when(ask.Accept(on=JOINED))
    if ready and suitable:
        outcome.then(
            ApplicationAccepted(
                funded_place=None,
                schedule=None,
                terms=None,
                funding_cohort=None,
                funding=None,
                prior=(),
                on=JOINED,
            )
        )
    else:
        outcome.then_refused("requirement_unmet", "gateway_not_passed")


@pytest.mark.rule("0.3")
def test_acceptance_waits_for_the_gateway() -> None:
    accept = ask.Accept(on=JOINED)
    unseen = given(participant, registration(HEADSHIP))
    unseen.when(accept).then_refused("requirement_unmet", "gateway_not_passed")
    on_the_day = ask.RecordGateway(ready=True, suitable=True, on=JOINED)
    assert given(participant, registration(HEADSHIP), on_the_day).when(accept).facts
    day_before = evolve(accept, on=JOINED - timedelta(days=1))
    early = given(participant, registration(HEADSHIP), on_the_day).when(day_before)
    early.then_refused("requirement_unmet", "gateway_not_passed")


@pytest.mark.rule("0.3")
def test_who_failed_the_gateway_may_pass_it_later() -> None:
    failed = ask.RecordGateway(ready=False, suitable=True, on=REGISTERED)
    again = ask.RecordGateway(ready=True, suitable=True, on=JOINED)
    seen = given(participant, registration(HEADSHIP), failed, again)
    assert seen.when(ask.Accept(on=JOINED)).facts


# Support, coaching, days


@pytest.mark.rule("0.7")
@pytest.mark.parametrize("role", ["learning_coach", "mentor", "tutor"])
def test_a_candidate_has_a_learning_coach_a_mentor_or_a_tutor(role: str) -> None:
    asked = ask.AssignSupporter(role=role, supporter="s-1", on=START)
    fact = SupporterAssigned(role=role, supporter="s-1", on=START)
    candidate(HEADSHIP).when(asked).then(fact)
    assert missing_supporter(candidate(HEADSHIP)) is True
    assert missing_supporter(candidate(HEADSHIP, asked)) is False
    friend = evolve(asked, role="friend")
    candidate(HEADSHIP).when(friend).then_refused("unknown_role")


def missing_supporter(seen: Any) -> bool | None:
    row = engagement.row(seen.state, Seen(subject="p", position=1, as_at=DAY))
    assert row
    return row.missing_supporter


@pytest.mark.rule("1.8")
@pytest.mark.parametrize("key", [MIDDLE, SENIOR, TABLED_HEADSHIP, EXECUTIVE])
def test_in_the_table_every_programme_has_a_personal_tutor(key: str) -> None:
    tutor = ask.AssignSupporter(role="tutor", supporter="s-1", on=START)
    assert missing_supporter(candidate(key, tutor)) is False
    mentor = evolve(tutor, role="mentor")
    assert missing_supporter(candidate(key, mentor)) is True


@pytest.mark.rule("1.9")
@pytest.mark.parametrize(
    ("key", "coached"),
    [(MIDDLE, False), (SENIOR, False), (TABLED_HEADSHIP, True), (EXECUTIVE, True)],
)
def test_heads_and_executive_leaders_are_coached(key: str, coached: bool) -> None:
    outcome = candidate(key).when(ask.RecordCoaching(component="coaching", minutes=60, on=DAY))
    if coached:
        outcome.then(CoachingSessionHeld(component="coaching", minutes=60, ref=None, on=DAY))
    else:
        outcome.then_refused("unknown_component")


@pytest.mark.rule("1.6")
@pytest.mark.parametrize(
    ("key", "days", "residential"),
    [(MIDDLE, 3, 0), (SENIOR, 3, 0), (TABLED_HEADSHIP, 5, 0), (EXECUTIVE, 6, 4)],
)
def test_every_day_of_a_programme_is_attended_by_itself(
    key: str, days: int, residential: int
) -> None:
    plan = [
        it for it in candidate(key).state.enrolment.plan.values() if it.activity.value == "event"
    ]
    came = [ask.RecordAttendance(component=it.id, minutes=360, on=DAY) for it in plan]
    row = engagement.row(candidate(key, *came).state, Seen(subject="p", position=1, as_at=DAY))
    assert row
    assert (row.sessions_attended, row.sessions_missed) == (days, 0)
    assert sum(it.mode is Mode.RESIDENTIAL for it in plan) == residential


@pytest.mark.rule("1.6")
def test_each_day_of_a_residential_is_an_item_of_attendance() -> None:
    first = ask.RecordAttendance(
        component="residential-1-day-1", minutes=420, mode=Mode.RESIDENTIAL, on=DAY
    )
    fact = AttendanceRecorded(
        component="residential-1-day-1", minutes=420, mode=Mode.RESIDENTIAL, on=DAY
    )
    candidate(EXECUTIVE).when(first).then(fact)
    third = evolve(first, component="residential-1-day-3")
    candidate(EXECUTIVE).when(third).then_refused("unknown_component")
    missed = ask.RecordAbsence(component="residential-1-day-2", on=DAY)
    assert candidate(EXECUTIVE, first).when(missed).facts


@pytest.mark.rule("0.9", "1.7")
@pytest.mark.parametrize("key", EVERY)
def test_three_online_courses_are_studied(key: str) -> None:
    for number in (1, 2, 3):
        asked = ask.RecordStudy(component=f"online-course-{number}", minutes=480, on=DAY)
        assert candidate(key).when(asked).facts
    fourth = ask.RecordStudy(component="online-course-4", minutes=480, on=DAY)
    candidate(key).when(fourth).then_refused("unknown_component")


@pytest.mark.rule("0.8", "1.3")
@pytest.mark.parametrize("key", [SENIOR, HEADSHIP])
def test_nobody_is_refused_for_taking_longer_than_a_document_says(key: str) -> None:
    duration = spec(key).duration
    assert duration
    later = add_months(START, duration.most + 1)
    assert candidate(key, *passed(key)).when(evolve(AWARD, on=later)).facts


# Distance learning


@pytest.mark.rule("0.22")
def test_at_a_distance_each_event_day_is_open_for_two_weeks_of_its_own() -> None:
    plan = candidate(HEADSHIP, mode="distance").state.enrolment.plan
    days = [(it.id, it.opening and it.opening.first, it.due) for it in plan.values() if it.opening]
    assert days == [
        (f"face-to-face-{number}", opens, opens + timedelta(days=13))
        for number, opens in enumerate((START + timedelta(weeks=3 * it) for it in range(5)), 1)
    ]


SECOND_DAY = START + timedelta(weeks=3)


@pytest.mark.rule("0.22")
@pytest.mark.parametrize(
    ("days", "lawful"),
    [(-1, False), (0, True), (6, True), (13, True), (14, False)],
    ids=["the day before", "day 1", "day 7", "day 14", "day 15"],
)
def test_an_event_day_at_a_distance_is_credited_inside_its_two_weeks_alone(
    days: int, lawful: bool
) -> None:
    on = SECOND_DAY + timedelta(days=days)
    asked = ask.RecordAttendance(component="face-to-face-2", minutes=360, on=on)
    outcome = candidate(HEADSHIP, mode="distance").when(asked)
    if lawful:
        outcome.then(AttendanceRecorded(component="face-to-face-2", minutes=360, mode=None, on=on))
    else:
        outcome.then_refused("outside_window")
        assert "OLP NPQH page, Distance Learning" in str(outcome.refused)
    assert candidate(HEADSHIP).when(asked).facts, "face to face there is no window"


@pytest.mark.rule("0.22")
def test_an_absence_from_two_weeks_is_known_when_they_are_over() -> None:
    asked = ask.RecordAbsence(component="face-to-face-2", on=SECOND_DAY + timedelta(days=20))
    assert candidate(HEADSHIP, mode="distance").when(asked).facts


def test_who_joined_before_an_event_was_scheduled_is_held_to_no_window() -> None:
    seen = candidate(HEADSHIP, mode="distance")
    enrolment = seen.state.enrolment.enrolled
    assert enrolment
    opening = enrolment.plan[0].opening
    assert opening == Opening(
        first=START, last=date(2018, 10, 14), source="OLP NPQH page, Distance Learning"
    )
    unscheduled = evolve(enrolment, plan=tuple(evolve(it, opening=None) for it in enrolment.plan))
    facts = [unscheduled if it == enrolment else it for it in seen.facts]
    asked = ask.RecordAttendance(component="face-to-face-2", minutes=360, on=DAY)
    assert given(participant, *facts).when(asked).facts


SPRING = date(2019, 4, 1)
LATER_DAY = SPRING + timedelta(weeks=3)


@pytest.mark.rule("0.22")
@pytest.mark.parametrize(
    ("on", "lawful"),
    [
        (SECOND_DAY, False),
        (LATER_DAY - timedelta(days=1), False),
        (LATER_DAY, True),
        (LATER_DAY + timedelta(days=13), True),
        (LATER_DAY + timedelta(days=14), False),
    ],
)
def test_who_comes_back_to_a_later_cohort_has_its_two_weeks_and_not_those_of_before(
    on: date, lawful: bool
) -> None:
    later = given(cohort, *preparations(spec(HEADSHIP), "spring 2019", SPRING)).state
    deferred = ask.DeferTraining(reason=DeferralReason.PARENTAL_LEAVE, on=START)
    back = ask.ResumeTraining(
        cohort_id=cohort_subject("OLP", "spring 2019"), on=SPRING - timedelta(days=1)
    )
    away = candidate(HEADSHIP, deferred, mode="distance")
    facts = [*away.facts, *away.when(back, cohort=later).facts]
    asked = ask.RecordAttendance(component="face-to-face-2", minutes=360, on=on)
    outcome = given(participant, *facts).when(asked)
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("outside_window")


# The award


@pytest.mark.rule("1.11")
@pytest.mark.parametrize("key", EVERY)
def test_a_pass_of_every_task_makes_the_award(key: str) -> None:
    (fact,) = candidate(key, *passed(key)).when(AWARD).facts
    assert isinstance(fact, QualificationAwarded)
    assert sum("was passed, published on 2019-09-02" in it for it in fact.basis) == len(
        gates.projects(candidate(key).state)
    )


@pytest.mark.rule("1.11")
@pytest.mark.parametrize("key", [HEADSHIP, TABLED_HEADSHIP, EXECUTIVE])
def test_one_task_of_two_is_not_enough(key: str) -> None:
    published = [it for it in passed(key) if isinstance(it, ask.PublishTaskResult)]
    but_one = [it for it in passed(key) if it != published[-1]]
    asked = candidate(key, *but_one).when(AWARD)
    asked.then_refused("award_conditions_unmet", "assessment_not_passed")
    candidate(key).when(AWARD).then_refused(
        "award_conditions_unmet", "assessment_not_passed", "assessment_not_passed"
    )


def test_a_task_that_was_failed_stands_in_the_way() -> None:
    results = [*judged("task-1"), *judged("task-2", Outcome.FAILED)]
    asked = candidate(HEADSHIP, *done(HEADSHIP), *results).when(AWARD)
    asked.then_refused("award_conditions_unmet", "assessment_not_passed")


@pytest.mark.rule("0.19")
def test_the_award_waits_for_national_moderation() -> None:
    sampled = [*done(HEADSHIP), *judged("task-1"), mark("task-2", sampled=True)]
    publish = ask.PublishTaskResult(task="task-2", on=PUBLISHED)
    waiting = candidate(HEADSHIP, *sampled)
    waiting.when(publish).then_refused("moderation_pending")
    waiting.when(AWARD).then_refused("award_conditions_unmet", "assessment_not_passed")
    seen = ask.ModerateTask(
        task="task-2", moderator="m-2", outcome=Outcome.PASSED, on=date(2019, 8, 1)
    )
    assert candidate(HEADSHIP, *sampled, seen, publish).when(AWARD).facts


def test_nothing_is_awarded_before_the_last_task_was_passed() -> None:
    early = evolve(AWARD, on=PUBLISHED - timedelta(days=1))
    asked = candidate(SENIOR, *passed(SENIOR)).when(early)
    asked.then_refused("award_conditions_unmet", "assessment_not_passed")


def test_where_a_specification_sets_engagement_the_award_asks_for_it_as_well() -> None:
    rule = EngagementRule(
        strategy=Strategy.SESSION_COUNT,
        threshold_percent=90,
        gate=Gate.AWARD,
        source="the provider's handbook",
    )
    seen = candidate(SENIOR, *passed(SENIOR))
    enrolment = seen.state.enrolment.enrolled
    assert enrolment
    facts = [evolve(it, engagement=rule) if it == enrolment else it for it in seen.facts]
    came = [
        ask.RecordAttendance(component=f"face-to-face-{day}", minutes=360, on=DAY)
        for day in (1, 2, 3)
    ]
    two_of_three = given(participant, *facts, *came[:2]).when(AWARD)
    two_of_three.then_refused("award_conditions_unmet", "engagement_below_threshold")
    assert given(participant, *facts, *came).when(AWARD).facts


# Master's credits


@pytest.mark.rule("1.12")
@pytest.mark.parametrize(
    ("key", "most"), [(MIDDLE, 40), (SENIOR, 60), (TABLED_HEADSHIP, 100), (EXECUTIVE, 60)]
)
def test_a_university_gives_credits_up_to_the_ceiling_of_the_programme(key: str, most: int) -> None:
    held = candidate(key, *passed(key), AWARD)
    asked = ask.ReportMastersCredit(university="Chester University", credits=most, on=PUBLISHED)
    fact = MastersCreditReported(university="Chester University", credits=most, on=PUBLISHED)
    held.when(asked).then(fact)
    held.when(evolve(asked, credits=most + 1)).then_refused("credits_out_of_range")


@pytest.mark.rule("0.21")
def test_credits_are_what_the_university_reports_of_who_was_successful() -> None:
    asked = ask.ReportMastersCredit(university="Chester University", credits=60, on=PUBLISHED)
    fact = MastersCreditReported(university="Chester University", credits=60, on=PUBLISHED)
    candidate(HEADSHIP, *passed(HEADSHIP), AWARD).when(asked).then(fact)
    candidate(HEADSHIP, *passed(HEADSHIP)).when(asked).then_refused("not_awarded")


# The end of the suite


@pytest.mark.rule("3.2")
@pytest.mark.parametrize("key", [MIDDLE])
def test_middle_leadership_ended_with_the_suite_of_2017(key: str) -> None:
    last = evolve(registration(key), specification=None, on=date(2022, 8, 31))
    assert given(participant).when(last).facts
    late = evolve(last, on=date(2022, 9, 1))
    given(participant).when(late).then_refused("programme_closed")


@pytest.mark.rule("3.2")
@pytest.mark.parametrize("key", EVERY)
def test_no_intake_that_starts_after_the_suite_closed_offers_a_programme_of_2017(key: str) -> None:
    opened = date(2022, 7, 1)
    offer = ask.OfferProgramme(specification=key, on=opened)
    last, late = (
        given(
            cohort,
            ask.OpenCohort(
                provider="OLP", name="the last", season="autumn", start_on=start_on, on=opened
            ),
        )
        for start_on in (date(2022, 8, 31), date(2022, 9, 1))
    )
    assert last.when(offer).facts
    late.when(offer).then_refused("programme_closed")


# The view


def row(*more: Any, key: str = HEADSHIP) -> Any:
    seen = Seen(subject="p", position=1, as_at=DAY)
    return eligibility.row(candidate(key, *more).state, seen)


@pytest.mark.parametrize(
    ("before", "tasks", "outcome", "moderation"),
    [
        ([], ("task-1 open", "task-2 open"), None, None),
        ([*CHANGE_PROGRAMME, TASK_1], ("task-1 submitted", "task-2 open"), None, None),
        (
            [*CHANGE_PROGRAMME, TASK_1, mark("task-1", sampled=True)],
            ("task-1 marked", "task-2 open"),
            None,
            "pending",
        ),
        (
            [*CHANGE_PROGRAMME, TASK_1, *judged("task-1")],
            ("task-1 passed", "task-2 open"),
            None,
            "not_sampled",
        ),
        (
            [*done(HEADSHIP), *judged("task-1"), *judged("task-2", Outcome.FAILED)],
            ("task-1 passed", "task-2 failed"),
            "failed",
            "not_sampled",
        ),
        (passed(HEADSHIP), ("task-1 passed", "task-2 passed"), "passed", "not_sampled"),
    ],
    ids=["nothing", "one in", "one sampled", "one passed", "one failed", "both passed"],
)
def test_the_view_shows_how_far_each_task_is(
    before: list[Any], tasks: tuple[str, ...], outcome: str | None, moderation: str | None
) -> None:
    found = row(*before)
    assert (found.tasks, found.outcome, found.moderation) == (tasks, outcome, moderation)


def test_the_view_shows_what_still_blocks_the_tasks_and_the_award() -> None:
    agreed = row(*CHANGE_PROGRAMME, TASK_1, *judged("task-1"), AGREED)
    assert agreed.assessment_blockers == ("plan_not_presented", "feedback_missing", "too_few_days")
    assert agreed.award_blockers == ("assessment_not_passed",)
    everything = row(*passed(HEADSHIP), AWARD)
    assert everything.assessment_blockers == everything.award_blockers == ()
    assert everything.awarded_on == PUBLISHED


def test_the_view_names_moderation_that_was_done() -> None:
    moderated = ask.ModerateTask(
        task="task-2", moderator="m-2", outcome=Outcome.PASSED, on=date(2019, 8, 1)
    )
    assert row(*PLACEMENT, TASK_2, mark("task-2", sampled=True), moderated).moderation == "done"


@pytest.mark.rule("0.15")
def test_the_view_counts_the_days_at_the_placement_school() -> None:
    half = ask.LogPlacementDay(half_days=1, on=date(2019, 4, 2))
    assert row().placement_days == "0/9"
    assert row(AGREED, *NINE_DAYS[:8], half).placement_days == "8.5/9"
    assert row(*PLACEMENT).placement_days == "9/9"
    assert row(key=SENIOR).placement_days is None


def test_the_view_counts_every_account_that_was_handed_in() -> None:
    assert row(*done(HEADSHIP)).attempts_submitted == 2
    failed = [*CHANGE_PROGRAMME, TASK_1, *judged("task-1", Outcome.FAILED)]
    again = evolve(TASK_1, attempt=2, on=PUBLISHED)
    assert row(*failed, again).attempts_submitted == 2
    assert row().attempts_submitted == 0
