"""Projects: the assessed projects of the 2017 era, from plan to published result."""

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.facts.appeals import (
    AppealDecided,
    AppealLodged,
    Decision,
    DecisionQuestioned,
)
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.projects import (
    Contrast,
    CriterionMark,
    PlacementAgreed,
    PlacementDayLogged,
    PlanPresentedToBoard,
    ProjectImplementationCompleted,
    ProjectImplementationStarted,
    TaskMarked,
    TaskModerated,
    TaskOutcomeCorrected,
    TaskResultPublished,
    TaskSubmitted,
)
from npq_domain.aggregates.participant.facts.training import (
    DeferralReason,
    TrainingDeferred,
    TrainingResumed,
)
from npq_domain.catalogue.types import AttemptRule, Scope, Section
from npq_domain.personal import Personal
from npq_domain.projections import Seen
from npq_domain.projections.eligibility import EligibilityRow, eligibility
from npq_domain.testing import given
from tests.aggregates.era_2017 import (
    ADVICE,
    AGREED,
    AWAY,
    CHANGE_PROGRAMME,
    COMPLETED,
    DAY,
    ELSEWHERE,
    EXECUTIVE,
    HEADSHIP,
    HOME,
    MARKED,
    MIDDLE,
    NINE_DAYS,
    PLACEMENT,
    PRESENTED,
    PUBLISHED,
    SENIOR,
    SHOWN_THERE,
    STARTED,
    TABLED_HEADSHIP,
    TASK_1,
    TASK_2,
    candidate,
    done,
    judged,
    mark,
    registration,
    weekdays,
)
from tests.aggregates.ground import BPN_HEADSHIP, member

STARTED_FACT = ProjectImplementationStarted(task="task-1", on=STARTED.on)


# Task 1: the change programme


@pytest.mark.rule("0.10", "0.12")
def test_a_whole_school_change_programme_of_two_terms_is_handed_in() -> None:
    (fact,) = candidate(HEADSHIP, *CHANGE_PROGRAMME).when(TASK_1).facts
    assert fact == TaskSubmitted(
        task="task-1",
        attempt=1,
        scope=Scope.WHOLE_SCHOOL,
        schools=(),
        sections=(Section.DESIGN, Section.IMPLEMENTATION, Section.EVALUATION),
        words=5_000,
        sha256=None,
        basis=fact.basis,
        on=DAY,
    )
    assert "task-1 lasted 2 terms of at least 2" in fact.basis


@pytest.mark.rule("0.10")
@pytest.mark.parametrize(("terms", "lawful"), [(1, False), (2, True), (3, True)])
def test_a_change_programme_lasts_two_terms_at_least(terms: int, lawful: bool) -> None:
    lasted = [PRESENTED, STARTED, evolve(COMPLETED, terms=terms)]
    outcome = candidate(HEADSHIP, *lasted).when(TASK_1)
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("too_few_terms", "too_few_terms")


@pytest.mark.rule("0.10")
def test_a_change_programme_that_still_runs_is_not_handed_in() -> None:
    running = candidate(HEADSHIP, PRESENTED, STARTED)
    running.when(TASK_1).then_refused("too_few_terms", "too_few_terms")
    early = evolve(TASK_1, on=COMPLETED.on - timedelta(days=1))
    candidate(HEADSHIP, *CHANGE_PROGRAMME).when(early).then_refused("too_few_terms")
    assert candidate(HEADSHIP, *CHANGE_PROGRAMME).when(evolve(TASK_1, on=COMPLETED.on)).facts


@pytest.mark.rule("0.10")
@pytest.mark.parametrize("scope", [it for it in Scope if it is not Scope.WHOLE_SCHOOL])
def test_a_change_programme_is_of_the_whole_school(scope: Scope) -> None:
    asked = candidate(HEADSHIP, *CHANGE_PROGRAMME).when(evolve(TASK_1, scope=scope))
    asked.then_refused("wrong_scope", "wrong_scope")


def test_implementation_begins_and_ends_once() -> None:
    completed = ProjectImplementationCompleted(task="task-1", terms=2, on=COMPLETED.on)
    candidate(HEADSHIP).when(STARTED).then(STARTED_FACT)
    candidate(HEADSHIP, STARTED).when(STARTED).then_nothing()
    again = evolve(STARTED, on=date(2018, 11, 12))
    candidate(HEADSHIP, STARTED).when(again).then_refused("already_recorded")
    candidate(HEADSHIP, STARTED).when(COMPLETED).then(completed)
    candidate(HEADSHIP, STARTED, COMPLETED).when(COMPLETED).then_nothing()
    longer = evolve(COMPLETED, terms=3)
    candidate(HEADSHIP, STARTED, COMPLETED).when(longer).then_refused("already_recorded")


def test_what_has_not_begun_does_not_end() -> None:
    candidate(HEADSHIP).when(COMPLETED).then_refused("implementation_not_started")
    early = evolve(COMPLETED, on=STARTED.on - timedelta(days=1))
    candidate(HEADSHIP, STARTED).when(early).then_refused("out_of_order")
    none = evolve(COMPLETED, terms=0)
    candidate(HEADSHIP, STARTED).when(none).then_refused("terms_out_of_range")


@pytest.mark.rule("0.11")
def test_the_governing_board_sees_the_plan_and_says_what_it_thinks() -> None:
    fact = PlanPresentedToBoard(task="task-1", board=HOME, feedback=ADVICE, on=PRESENTED.on)
    candidate(HEADSHIP).when(PRESENTED).then(fact)
    candidate(HEADSHIP, PRESENTED).when(PRESENTED).then_nothing()


@pytest.mark.rule("0.11")
@pytest.mark.parametrize(("days", "lawful"), [(-1, True), (0, False), (1, False)])
def test_the_board_sees_the_plan_before_it_is_put_into_practice(days: int, lawful: bool) -> None:
    presented = evolve(PRESENTED, on=STARTED.on + timedelta(days=days))
    outcome = candidate(HEADSHIP, presented, STARTED, COMPLETED).when(TASK_1)
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("board_after_start", "board_after_start")


@pytest.mark.rule("0.11")
def test_a_plan_may_be_presented_again_and_the_first_time_counts() -> None:
    again = evolve(PRESENTED, on=date(2019, 1, 14))
    assert candidate(HEADSHIP, *CHANGE_PROGRAMME, again).when(TASK_1).facts


@pytest.mark.rule("0.11")
def test_a_plan_that_no_board_has_seen_is_not_enough() -> None:
    asked = candidate(HEADSHIP, STARTED, COMPLETED).when(TASK_1)
    unmet = ("plan_not_presented", "board_after_start", "feedback_missing")
    asked.then_refused("plan_not_presented", *unmet)


@pytest.mark.rule("0.11")
@pytest.mark.parametrize("silence", [None, Personal(""), Personal("  ")])
def test_the_boards_feedback_is_gathered(silence: Personal[str] | None) -> None:
    mute = [evolve(PRESENTED, feedback=silence), STARTED, COMPLETED]
    candidate(HEADSHIP, *mute).when(TASK_1).then_refused("feedback_missing", "feedback_missing")
    later = evolve(PRESENTED, on=date(2019, 1, 14))
    assert candidate(HEADSHIP, *mute, later).when(TASK_1).facts


@pytest.mark.rule("0.11")
def test_the_plan_goes_to_the_board_of_the_home_school() -> None:
    candidate(HEADSHIP).when(evolve(PRESENTED, board=AWAY)).then_refused("board_wrong_school")


def test_where_dfe_named_no_school_any_but_the_placements_may_be_the_home_school() -> None:
    unknown = candidate(HEADSHIP, AGREED, home=None)
    assert unknown.when(evolve(PRESENTED, board=ELSEWHERE)).facts
    unknown.when(evolve(PRESENTED, board=AWAY)).then_refused("board_wrong_school")


@pytest.mark.rule("0.12")
@pytest.mark.parametrize("absent", list(Section))
def test_the_account_covers_design_implementation_and_evaluation(absent: Section) -> None:
    written = tuple(it for it in Section if it is not absent)
    asked = candidate(HEADSHIP, *CHANGE_PROGRAMME).when(evolve(TASK_1, sections=written))
    asked.then_refused("sections_missing", "sections_missing")


# Task 2: the placement


@pytest.mark.rule("0.13", "0.17")
def test_an_action_plan_for_a_placement_school_is_handed_in() -> None:
    (fact,) = candidate(HEADSHIP, *PLACEMENT).when(TASK_2).facts
    assert (fact.task, fact.scope, fact.sections) == ("task-2", Scope.PLACEMENT_SCHOOL, ())
    assert "9 working days of at least 9 at the placement school" in fact.basis


@pytest.mark.rule("0.13")
def test_without_a_placement_there_is_no_action_plan() -> None:
    unmet = ("plan_not_presented", "feedback_missing", "placement_not_agreed", "too_few_days")
    candidate(HEADSHIP).when(TASK_2).then_refused("plan_not_presented", *unmet)


@pytest.mark.rule("0.14")
@pytest.mark.parametrize("contrast", list(Contrast))
def test_a_placement_is_in_a_contrasting_school(contrast: Contrast) -> None:
    asked = evolve(AGREED, contrast=(contrast,))
    fact = PlacementAgreed(urn=AWAY, contrast=(contrast,), on=AGREED.on)
    candidate(HEADSHIP).when(asked).then(fact)
    candidate(HEADSHIP, asked).when(asked).then_nothing()


@pytest.mark.rule("0.14")
def test_the_home_school_or_one_in_which_nothing_differs_is_no_contrast() -> None:
    candidate(HEADSHIP).when(evolve(AGREED, urn=HOME)).then_refused("not_contrasting")
    candidate(HEADSHIP).when(evolve(AGREED, contrast=())).then_refused("not_contrasting")
    assert candidate(HEADSHIP).when(evolve(AGREED, urn=ELSEWHERE)).facts


@pytest.mark.rule("0.14", "1.11")
@pytest.mark.parametrize("urn", ["", f" {HOME}", f"{HOME} ", "the other school", "1000021"])
def test_a_school_is_told_by_its_urn_so_that_none_passes_for_another(urn: str) -> None:
    candidate(HEADSHIP).when(evolve(AGREED, urn=urn)).then_refused("invalid_urn")
    candidate(HEADSHIP, home=None).when(evolve(PRESENTED, board=urn)).then_refused("invalid_urn")
    asked = ask.SubmitTask(task="project", scope=Scope.SEVERAL_SCHOOLS, schools=(HOME, urn), on=DAY)
    candidate(EXECUTIVE).when(asked).then_refused("invalid_urn")
    assert candidate(EXECUTIVE).when(evolve(asked, schools=(HOME, AWAY))).facts


def test_a_placement_is_agreed_with_one_school() -> None:
    other = evolve(AGREED, urn=ELSEWHERE)
    candidate(HEADSHIP, AGREED).when(other).then_refused("already_recorded")


@pytest.mark.rule("0.15")
@pytest.mark.parametrize(
    ("days", "half", "lawful"), [(8, False, False), (8, True, False), (9, False, True)]
)
def test_a_placement_lasts_nine_working_days_at_least(days: int, half: bool, lawful: bool) -> None:
    halves = [ask.LogPlacementDay(half_days=1, on=date(2019, 4, 2))] if half else []
    spent = [AGREED, *NINE_DAYS[:days], *halves, SHOWN_THERE]
    outcome = candidate(HEADSHIP, *spent).when(TASK_2)
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("too_few_days", "too_few_days")


@pytest.mark.rule("0.15")
def test_half_days_add_up_to_working_days() -> None:
    halves = [ask.LogPlacementDay(half_days=1, on=day) for day in weekdays(18, date(2019, 1, 8))]
    last = evolve(TASK_2, on=date(2019, 7, 1))
    spent = [AGREED, SHOWN_THERE, *halves]
    assert candidate(HEADSHIP, *spent).when(last).facts
    candidate(HEADSHIP, *spent[:-1]).when(last).then_refused("too_few_days", "too_few_days")


@pytest.mark.rule("0.15")
def test_the_days_of_a_placement_may_follow_each_other_or_lie_weeks_apart() -> None:
    monday = date(2019, 1, 7)
    fortnight = [monday + timedelta(days=it) for it in range(11)]
    together = [ask.LogPlacementDay(on=it) for it in fortnight if it.weekday() < 5]
    assert len(together) == 9
    assert candidate(HEADSHIP, AGREED, *together, SHOWN_THERE).when(TASK_2).facts


@pytest.mark.rule("0.15")
def test_days_after_the_account_was_handed_in_come_too_late() -> None:
    late = [*NINE_DAYS[:8], ask.LogPlacementDay(on=date(2019, 6, 4))]
    asked = candidate(HEADSHIP, AGREED, *late, SHOWN_THERE).when(TASK_2)
    asked.then_refused("too_few_days", "too_few_days")


@pytest.mark.rule("0.15")
def test_a_day_is_logged_once() -> None:
    day = NINE_DAYS[0]
    fact = PlacementDayLogged(half_days=2, on=day.on)
    candidate(HEADSHIP, AGREED).when(day).then(fact)
    candidate(HEADSHIP, AGREED, day).when(day).then_nothing()
    candidate(HEADSHIP, AGREED, day).when(evolve(day, half_days=1)).then_refused("duplicate_day")


@pytest.mark.rule("0.15")
@pytest.mark.parametrize(
    ("day", "lawful"),
    [(date(2019, 1, 11), True), (date(2019, 1, 12), False), (date(2019, 1, 13), False)],
    ids=["Friday", "Saturday", "Sunday"],
)
def test_saturday_and_sunday_are_no_working_days(day: date, lawful: bool) -> None:
    outcome = candidate(HEADSHIP, AGREED).when(ask.LogPlacementDay(on=day))
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("not_working_day")


@pytest.mark.rule("0.15")
@pytest.mark.parametrize(
    ("day", "lawful"),
    [
        (date(2019, 4, 18), True),
        (date(2019, 4, 19), False),
        (date(2019, 4, 22), False),
        (date(2019, 4, 23), True),
        (date(2020, 5, 4), True),
        (date(2020, 5, 8), False),
        (date(2022, 9, 19), False),
    ],
    ids=[
        "Thursday",
        "Good Friday",
        "Easter Monday",
        "Tuesday",
        "the first Monday of May 2020",
        "VE day in its place",
        "the Queen's funeral",
    ],
)
def test_a_bank_holiday_is_no_working_day(day: date, lawful: bool) -> None:
    outcome = candidate(HEADSHIP, AGREED).when(ask.LogPlacementDay(on=day))
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("not_working_day")


def test_a_day_that_is_corrected_is_a_working_day_too() -> None:
    logged = candidate(HEADSHIP, AGREED, NINE_DAYS[0])
    asked = ask.CorrectFact(
        version=len(logged.facts),
        replacement=evolve(NINE_DAYS[0], on=date(2019, 4, 22)),
        reason=Personal("a slip"),
        on=DAY,
    )
    logged.when(asked).then_refused("not_working_day")
    tuesday = evolve(asked, replacement=evolve(NINE_DAYS[0], on=date(2019, 4, 23)))
    assert given_again(logged, tuesday).state.projects.days.keys() == {date(2019, 4, 23)}


@pytest.mark.parametrize("half_days", [-1, 0, 3])
def test_a_day_has_two_halves(half_days: int) -> None:
    asked = evolve(NINE_DAYS[0], half_days=half_days)
    candidate(HEADSHIP, AGREED).when(asked).then_refused("half_days_out_of_range")


def test_a_placement_is_agreed_before_its_first_day() -> None:
    candidate(HEADSHIP).when(NINE_DAYS[0]).then_refused("placement_not_agreed")
    before = ask.LogPlacementDay(on=date(2018, 11, 30))
    candidate(HEADSHIP, AGREED).when(before).then_refused("out_of_order")


@pytest.mark.rule("0.16")
def test_the_action_plan_goes_to_the_board_of_the_placement_school() -> None:
    fact = PlanPresentedToBoard(task="task-2", board=AWAY, feedback=ADVICE, on=SHOWN_THERE.on)
    agreed = candidate(HEADSHIP, AGREED)
    agreed.when(SHOWN_THERE).then(fact)
    agreed.when(evolve(SHOWN_THERE, board=HOME)).then_refused("board_wrong_school")
    candidate(HEADSHIP).when(SHOWN_THERE).then_refused("board_wrong_school")
    early = evolve(SHOWN_THERE, on=AGREED.on - timedelta(days=1))
    agreed.when(early).then_refused("out_of_order")


@pytest.mark.rule("0.16")
def test_the_placement_schools_board_is_asked_whenever_and_its_feedback_is_gathered() -> None:
    begun = ask.StartImplementation(task="task-2", on=date(2019, 3, 1))
    assert candidate(HEADSHIP, begun, *PLACEMENT).when(TASK_2).facts
    mute = [AGREED, *NINE_DAYS, evolve(SHOWN_THERE, feedback=None)]
    candidate(HEADSHIP, *mute).when(TASK_2).then_refused("feedback_missing", "feedback_missing")


def test_a_plan_shown_at_a_school_that_was_not_the_placement_after_all_does_not_count() -> None:
    seen = candidate(HEADSHIP, *PLACEMENT)
    version = seen.facts.index(seen.state.projects.placement) + 1
    corrected = ask.CorrectFact(
        version=version,
        replacement=evolve(AGREED, urn=ELSEWHERE),
        reason=Personal("the wrong school of two"),
        on=DAY,
    )
    after = given_again(seen, corrected).when(TASK_2)
    after.then_refused("plan_not_presented", "plan_not_presented", "feedback_missing")


@pytest.mark.rule("0.15")
def test_days_at_a_school_that_gave_up_the_placement_do_not_count_at_the_next() -> None:
    seen = candidate(HEADSHIP, AGREED, *NINE_DAYS)
    version = seen.facts.index(seen.state.projects.placement) + 1
    moved = [
        ask.VoidFact(version=version, reason=Personal("it fell through"), on=date(2019, 3, 18)),
        evolve(AGREED, urn=ELSEWHERE, on=date(2019, 3, 18)),
    ]
    assert seen.state.projects.half_days_by(DAY) == 18
    assert given_again(seen, *moved[:1]).state.projects.half_days_by(DAY) == 0
    assert given_again(seen, *moved).state.projects.half_days_by(DAY) == 0


def given_again(seen: Any, *more: Any) -> Any:
    return given(seen.past.decider, *seen.facts, *more, **seen.besides)


# Handing in


def test_an_account_is_handed_in_once() -> None:
    handed_in = candidate(HEADSHIP, *CHANGE_PROGRAMME, TASK_1)
    handed_in.when(TASK_1).then_nothing()
    handed_in.when(evolve(TASK_1, words=4_999)).then_refused("already_submitted")


def test_an_account_that_is_in_stands_when_what_it_rested_on_is_voided() -> None:
    seen = candidate(HEADSHIP, *CHANGE_PROGRAMME, TASK_1)
    version = seen.facts.index(STARTED_FACT) + 1
    void = ask.VoidFact(version=version, reason=Personal("a slip"), on=DAY)
    given_again(seen, void).when(TASK_1).then_nothing()


def test_the_file_that_was_handed_in_is_known_by_its_digest() -> None:
    ready = candidate(HEADSHIP, *CHANGE_PROGRAMME)
    (fact,) = ready.when(evolve(TASK_1, sha256="ab" * 32)).facts
    assert fact.sha256 == "ab" * 32
    ready.when(evolve(TASK_1, sha256="AB" * 32)).then_refused("invalid_digest")
    ready.when(evolve(TASK_1, words=-1)).then_refused("words_out_of_range")


def test_who_has_deferred_hands_in_nothing_until_training_goes_on() -> None:
    deferred = TrainingDeferred(
        reason=DeferralReason.PARENTAL_LEAVE, expected_return=None, on=date(2019, 6, 1)
    )
    away = candidate(HEADSHIP, *CHANGE_PROGRAMME, deferred)
    away.when(TASK_1).then_refused("not_active", "not_active")
    assert gates.blockers(gates.tasks, away.state)[0] == "not_active"
    back = evolve(TASK_1, on=date(2019, 9, 2))
    returned = TrainingResumed(rejoined=None, carried=(), on=date(2019, 9, 2))
    assert given_again(away, returned).when(back).facts


@pytest.mark.parametrize(
    "command",
    [
        evolve(PRESENTED, task="task-3"),
        evolve(STARTED, task="task-3"),
        evolve(COMPLETED, task="task-3"),
        evolve(TASK_1, task="task-3"),
        mark("task-3"),
        ask.ModerateTask(task="task-3", moderator="m-2", outcome=Outcome.PASSED, on=MARKED),
        ask.PublishTaskResult(task="task-3", on=MARKED),
    ],
    ids=lambda it: type(it).__name__,
)
def test_there_are_no_tasks_but_those_of_the_specification(command: Any) -> None:
    candidate(HEADSHIP).when(command).then_refused("unknown_task")
    member(BPN_HEADSHIP).when(evolve(command, on=date(2024, 6, 3))).then_refused("not_applicable")


@pytest.mark.parametrize("command", [AGREED, NINE_DAYS[0]], ids=lambda it: type(it).__name__)
def test_where_no_task_has_a_placement_there_is_none(command: Any) -> None:
    candidate(SENIOR).when(command).then_refused("not_applicable")
    member(BPN_HEADSHIP).when(evolve(command, on=date(2024, 6, 3))).then_refused("not_applicable")


def test_no_task_is_begun_before_the_programme() -> None:
    early = evolve(PRESENTED, on=date(2018, 9, 30))
    candidate(HEADSHIP).when(early).then_refused("before_start")
    assert candidate(HEADSHIP).when(evolve(PRESENTED, on=date(2018, 10, 1))).facts


# What each programme of the table asks


@pytest.mark.rule("1.11")
@pytest.mark.parametrize(
    ("key", "task", "scope"),
    [
        (MIDDLE, "project", Scope.TEAM),
        (SENIOR, "project", Scope.WHOLE_SCHOOL),
        (TABLED_HEADSHIP, "project-1", Scope.OWN_SCHOOL),
        (TABLED_HEADSHIP, "project-2", Scope.PLACEMENT_SCHOOL),
        (EXECUTIVE, "strategy", Scope.OWN_SCHOOL),
        (EXECUTIVE, "project", Scope.SEVERAL_SCHOOLS),
    ],
)
def test_a_project_reaches_as_far_as_its_programme_asks(key: str, task: str, scope: Scope) -> None:
    asked = ask.SubmitTask(task=task, scope=scope, schools=(HOME, AWAY), on=DAY)
    placed = [AGREED] if key == TABLED_HEADSHIP else []
    assert candidate(key, *placed).when(asked).facts
    for other in (it for it in Scope if it is not scope):
        candidate(key, *placed).when(evolve(asked, scope=other)).then_refused("wrong_scope")


@pytest.mark.rule("1.11")
@pytest.mark.parametrize(
    ("schools", "lawful"), [((), False), ((HOME, HOME), False), ((HOME, AWAY), True)]
)
def test_executive_leaders_lead_a_project_across_several_schools(
    schools: tuple[str, ...], lawful: bool
) -> None:
    asked = ask.SubmitTask(task="project", scope=Scope.SEVERAL_SCHOOLS, schools=schools, on=DAY)
    outcome = candidate(EXECUTIVE).when(asked)
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("too_few_schools", "too_few_schools")


@pytest.mark.rule("1.11")
def test_a_placement_in_a_table_that_names_no_contrast_is_in_another_school() -> None:
    bare = evolve(AGREED, contrast=())
    assert candidate(TABLED_HEADSHIP).when(bare).facts
    candidate(TABLED_HEADSHIP).when(evolve(bare, urn=HOME)).then_refused("not_contrasting")
    asked = ask.SubmitTask(task="project-2", scope=Scope.PLACEMENT_SCHOOL, on=DAY)
    candidate(TABLED_HEADSHIP).when(asked).then_refused("placement_not_agreed")


# Marking, moderation, results


@pytest.mark.rule("0.18")
def test_a_script_is_marked_against_dfes_mark_scheme() -> None:
    fact = TaskMarked(
        task="task-1",
        attempt=1,
        marker="m-1",
        mark_scheme="DfE",
        marks=(CriterionMark(criterion="impact", marks=4),),
        outcome=Outcome.PASSED,
        sampled=False,
        on=MARKED,
    )
    handed_in = candidate(HEADSHIP, *CHANGE_PROGRAMME, TASK_1)
    handed_in.when(mark("task-1")).then(fact)
    marked = candidate(HEADSHIP, *CHANGE_PROGRAMME, TASK_1, mark("task-1"))
    marked.when(mark("task-1")).then_nothing()
    marked.when(mark("task-1", Outcome.FAILED)).then_refused("already_marked")


@pytest.mark.rule("0.18")
def test_what_was_not_handed_in_is_not_marked() -> None:
    candidate(HEADSHIP, *CHANGE_PROGRAMME).when(mark("task-1")).then_refused("nothing_to_mark")
    early = evolve(mark("task-1"), on=DAY - timedelta(days=1))
    handed_in = candidate(HEADSHIP, *CHANGE_PROGRAMME, TASK_1)
    handed_in.when(early).then_refused("out_of_order")
    assert handed_in.when(evolve(early, on=DAY)).facts


def test_a_criterion_may_have_no_marks_at_all() -> None:
    nought = evolve(mark("task-1"), marks=(CriterionMark(criterion="impact", marks=0),))
    assert candidate(HEADSHIP, *CHANGE_PROGRAMME, TASK_1).when(nought).facts


@pytest.mark.parametrize("marks", [[("impact", -1)], [("impact", 1), ("impact", 1)]])
def test_each_criterion_has_one_mark_and_none_below_nothing(marks: list[tuple[str, int]]) -> None:
    given_marks = tuple(CriterionMark(criterion=name, marks=it) for name, it in marks)
    asked = evolve(mark("task-1"), marks=given_marks)
    handed_in = candidate(HEADSHIP, *CHANGE_PROGRAMME, TASK_1)
    handed_in.when(asked).then_refused("marks_out_of_range")


PUBLISH = ask.PublishTaskResult(task="task-1", on=PUBLISHED)
MODERATE = ask.ModerateTask(
    task="task-1", moderator="m-2", outcome=Outcome.FAILED, on=date(2019, 7, 15)
)
RESULT = TaskResultPublished(task="task-1", attempt=1, outcome=Outcome.PASSED, on=PUBLISHED)


def marked(*more: Any, sampled: bool = False) -> Any:
    return candidate(HEADSHIP, *CHANGE_PROGRAMME, TASK_1, mark("task-1", sampled=sampled), *more)


@pytest.mark.rule("0.19")
def test_a_result_in_the_sample_waits_for_national_moderation() -> None:
    marked().when(PUBLISH).then(RESULT)
    marked(sampled=True).when(PUBLISH).then_refused("moderation_pending")
    marked(MODERATE, sampled=True).when(PUBLISH).then(evolve(RESULT, outcome=Outcome.FAILED))


@pytest.mark.rule("0.19")
def test_nobody_moderates_their_own_marking() -> None:
    fact = TaskModerated(
        task="task-1", attempt=1, moderator="m-2", outcome=Outcome.FAILED, on=MODERATE.on
    )
    marked().when(MODERATE).then(fact)
    marked(MODERATE).when(MODERATE).then_nothing()
    marked().when(evolve(MODERATE, moderator=" M-1 ")).then_refused("moderator_is_marker")


@pytest.mark.rule("0.19")
def test_moderation_follows_the_marking_and_goes_before_the_result() -> None:
    handed_in = candidate(HEADSHIP, *CHANGE_PROGRAMME, TASK_1)
    handed_in.when(MODERATE).then_refused("nothing_to_moderate")
    early = evolve(MODERATE, on=MARKED - timedelta(days=1))
    marked().when(early).then_refused("out_of_order")
    again = evolve(MODERATE, moderator="m-3", on=MODERATE.on - timedelta(days=1))
    marked(MODERATE).when(again).then_refused("out_of_order")
    assert marked(MODERATE).when(evolve(again, on=MODERATE.on)).facts
    marked(MODERATE).when(evolve(PUBLISH, on=again.on)).then_refused("out_of_order")
    assert marked(MODERATE).when(evolve(PUBLISH, on=MODERATE.on)).facts
    marked(PUBLISH).when(evolve(MODERATE, on=PUBLISHED)).then_refused("already_published")


def test_a_result_is_published_once_it_is_there() -> None:
    marked(PUBLISH).when(PUBLISH).then_nothing()
    handed_in = candidate(HEADSHIP, *CHANGE_PROGRAMME, TASK_1)
    handed_in.when(PUBLISH).then_refused("nothing_to_publish")
    early = evolve(PUBLISH, on=MARKED - timedelta(days=1))
    marked().when(early).then_refused("out_of_order")


# Failing and handing in again

SECOND = evolve(TASK_1, attempt=2, on=date(2019, 10, 1))
FAILED = [*CHANGE_PROGRAMME, TASK_1, *judged("task-1", Outcome.FAILED)]


def test_a_failed_task_is_handed_in_again_and_its_latest_result_counts() -> None:
    second = [
        SECOND,
        evolve(mark("task-1"), attempt=2, on=SECOND.on),
        evolve(PUBLISH, attempt=2, on=SECOND.on),
    ]
    seen = candidate(HEADSHIP, *FAILED, *second)
    latest = seen.state.projects.task("task-1").latest_result
    assert latest == evolve(RESULT, attempt=2, on=SECOND.on)


def test_only_a_fail_is_followed_by_another_attempt() -> None:
    marked(PUBLISH).when(SECOND).then_refused("nothing_to_resit")
    marked().when(SECOND).then_refused("nothing_to_resit")
    candidate(HEADSHIP, *FAILED).when(evolve(SECOND, attempt=3)).then_refused("nothing_to_resit")
    candidate(HEADSHIP, *FAILED).when(evolve(SECOND, attempt=0)).then_refused("attempt_not_open")
    early = evolve(SECOND, on=PUBLISHED - timedelta(days=1))
    candidate(HEADSHIP, *FAILED).when(early).then_refused("out_of_order")


def test_where_the_specification_limits_attempts_there_are_no_more() -> None:
    seen = candidate(HEADSHIP, *FAILED)
    enrolment = seen.state.enrolment.enrolled
    assert enrolment
    once = AttemptRule(most=1, source="the provider's handbook")
    limited = evolve(enrolment, assessment=evolve(enrolment.assessment, attempts=once))
    facts = [limited if it == enrolment else it for it in seen.facts]
    asked = given(seen.past.decider, *facts, **seen.besides).when(SECOND)
    asked.then_refused("no_attempts_left")
    twice = evolve(once, most=2)
    allowed = evolve(enrolment, assessment=evolve(enrolment.assessment, attempts=twice))
    facts = [allowed if it == enrolment else it for it in seen.facts]
    assert given(seen.past.decider, *facts, **seen.besides).when(SECOND).facts


# Results put right, and appealed against

LATER = date(2019, 9, 16)
WHY = Personal("two criteria were not marked")
APPEAL = ask.LodgeAppeal(task="task-1", grounds=WHY, on=PUBLISHED)
UPHOLD = ask.DecideAppeal(
    task="task-1", upheld=True, outcome=Outcome.PASSED, decided_by="board", on=LATER
)
CORRECT = ask.CorrectTaskOutcome(task="task-1", outcome=Outcome.PASSED, reason=WHY, on=LATER)
CORRECTED = TaskOutcomeCorrected(
    task="task-1",
    attempt=1,
    former=Outcome.FAILED,
    outcome=Outcome.PASSED,
    completed_on=LATER,
    reason=WHY,
    on=LATER,
)


def failed(*more: Any) -> Any:
    return candidate(HEADSHIP, *FAILED, *more)


def test_a_failed_task_may_be_appealed_against_and_an_upheld_appeal_corrects_its_outcome() -> None:
    lodged = AppealLodged(task="task-1", attempt=1, grounds=WHY, on=PUBLISHED)
    failed().when(APPEAL).then(lodged)
    failed(APPEAL).when(APPEAL).then_nothing()
    upheld = AppealDecided(
        task="task-1", attempt=1, upheld=True, outcome=Outcome.PASSED, decided_by="board", on=LATER
    )
    failed(APPEAL).when(UPHOLD).then(upheld, CORRECTED)
    failed(APPEAL, UPHOLD).when(UPHOLD).then_nothing()
    assert failed(APPEAL, UPHOLD).state.projects.task("task-1").passed == CORRECTED


def test_an_appeal_names_a_task_of_which_a_result_is_published() -> None:
    failed().when(evolve(APPEAL, task=None)).then_refused("not_applicable", "not_applicable")
    failed().when(evolve(APPEAL, task="task-3")).then_refused("unknown_task")
    failed().when(evolve(APPEAL, task="task-2")).then_refused("nothing_to_appeal")
    failed().when(evolve(APPEAL, attempt=2)).then_refused("nothing_to_appeal")
    early = evolve(APPEAL, on=PUBLISHED - timedelta(days=1))
    failed().when(early).then_refused("out_of_order")
    failed(APPEAL).when(evolve(UPHOLD, task="task-2")).then_refused("unknown_appeal")
    unchanged = evolve(UPHOLD, outcome=Outcome.FAILED)
    failed(APPEAL).when(unchanged).then_refused("outcome_unchanged")


def test_an_appeal_against_one_task_says_nothing_of_another() -> None:
    both = [*FAILED, *PLACEMENT, TASK_2, *judged("task-2", Outcome.FAILED)]
    second = evolve(APPEAL, task="task-2")
    assert candidate(HEADSHIP, *both, APPEAL).when(second).facts
    seen = candidate(HEADSHIP, *both, APPEAL, second, UPHOLD).state
    assert seen.projects.task("task-1").passed
    assert not seen.projects.task("task-2").passed


def test_an_appeal_against_a_task_may_be_voided_until_it_is_decided() -> None:
    lodged = failed(APPEAL)
    void = ask.VoidFact(version=len(lodged.facts), reason=Personal("a slip"), on=LATER)
    assert lodged.when(void).facts
    failed(APPEAL, UPHOLD).when(void).then_refused("relied_on")


def test_a_tasks_corrected_outcome_is_added_and_the_latest_is_in_force() -> None:
    failed().when(CORRECT).then(CORRECTED)
    failed(CORRECT).when(CORRECT).then_nothing()
    back = evolve(CORRECT, outcome=Outcome.FAILED)
    results = failed(CORRECT, back).state.projects.task("task-1").results
    assert [it.outcome.value for it in results] == ["failed", "passed", "failed"]
    marked().when(CORRECT).then_refused("nothing_to_correct")
    failed().when(evolve(CORRECT, task="task-3")).then_refused("unknown_task")


@pytest.mark.parametrize(
    ("completed_on", "code"),
    [
        (DAY - timedelta(days=1), "out_of_order"),
        (DAY, None),
        (LATER, None),
        (LATER + timedelta(days=1), "future_dated"),
    ],
)
def test_a_tasks_outcome_is_dated_between_the_account_and_the_day_of_telling(
    completed_on: date, code: str | None
) -> None:
    outcome = failed().when(evolve(CORRECT, completed_on=completed_on))
    assert (outcome.refused.code if outcome.refused else None) == code


def test_a_task_that_passed_by_correction_is_handed_in_no_more_and_one_that_failed_is() -> None:
    failed(CORRECT).when(SECOND).then_refused("nothing_to_resit")
    undone = evolve(CORRECT, outcome=Outcome.FAILED)
    assert marked(PUBLISH, undone).when(SECOND).facts
    marked(PUBLISH).when(SECOND).then_refused("nothing_to_resit")


def test_a_second_account_is_not_published_after_the_first_became_a_pass() -> None:
    second = [SECOND, evolve(mark("task-1", Outcome.FAILED), attempt=2, on=SECOND.on)]
    publish = evolve(PUBLISH, attempt=2, on=SECOND.on)
    put_right = evolve(CORRECT, on=SECOND.on)
    assert failed(*second).when(publish).facts
    failed(*second, put_right).when(publish).then_refused("already_passed")
    told = failed(*second, publish)
    assert told.when(put_right).facts
    third = evolve(SECOND, attempt=3)
    assert told.when(third).facts
    failed(*second, publish, put_right).when(third).then_refused("already_passed")
    told.when(evolve(put_right, completed_on=DAY, outcome=Outcome.FAILED)).then_refused(
        "superseded"
    )
    told.when(evolve(CORRECT, on=LATER)).then_refused("out_of_order")


def test_a_task_that_passed_by_correction_counts_towards_the_award_from_that_day_on() -> None:
    rest = [*PLACEMENT, TASK_2, *judged("task-2"), CORRECT]
    award = ask.AwardQualification(on=LATER)
    early = evolve(award, on=LATER - timedelta(days=1))
    failed(*rest).when(early).then_refused("award_conditions_unmet", "assessment_not_passed")
    (fact,) = failed(*rest).when(award).facts
    assert "task-1 was passed, corrected on 2019-09-16 to count from 2019-09-16" in fact.basis
    failed(*rest[:-1]).when(award).then_refused("award_conditions_unmet", "assessment_not_passed")


def test_an_auditor_questions_the_result_of_a_task() -> None:
    question = ask.QuestionDecision(decision=Decision.RESULT, reason=WHY, on=PUBLISHED)
    failed().when(question).then(
        DecisionQuestioned(decision=Decision.RESULT, reason=WHY, on=PUBLISHED)
    )
    early = evolve(question, on=PUBLISHED - timedelta(days=1))
    failed().when(early).then_refused("out_of_order")
    marked().when(question).then_refused("nothing_to_question")


def test_the_view_shows_a_task_that_was_put_right_and_the_appeal_against_it() -> None:
    before, after = (shown(*it) for it in ([APPEAL], [APPEAL, UPHOLD]))
    assert (before.tasks, before.outcome, before.appeal) == (
        ("task-1 failed", "task-2 open"),
        "failed",
        "lodged",
    )
    assert (after.tasks, after.outcome, after.appeal) == (
        ("task-1 passed", "task-2 open"),
        None,
        "upheld",
    )
    assert (before.outcome_corrected_on, after.outcome_corrected_on) == (None, LATER)
    assert not after.ignored_by_dfe
    again = shown(SECOND, CORRECT)
    assert again.tasks == ("task-1 passed", "task-2 open")
    assert shown(SECOND).tasks == ("task-1 submitted", "task-2 open")


def shown(*more: Any) -> EligibilityRow:
    seen = Seen(subject="p", position=1, as_at=LATER)
    found = eligibility.row(failed(*more).state, seen)
    assert found
    return found


@pytest.mark.parametrize("key", [MIDDLE, SENIOR, HEADSHIP, TABLED_HEADSHIP, EXECUTIVE])
def test_once_every_account_is_in_nothing_stands_in_the_way_of_the_tasks(key: str) -> None:
    assert gates.blockers(gates.tasks, candidate(key, *done(key)).state) == ()


def test_who_has_not_joined_or_sits_a_case_study_has_no_tasks() -> None:
    applicant = given(participant, registration(HEADSHIP)).state
    assert gates.blockers(gates.tasks, applicant) == ("not_enrolled",)
    assert not gates.assessed_by_projects(applicant).met
    assert gates.blockers(gates.tasks, member(BPN_HEADSHIP).state) == ("not_applicable",)
