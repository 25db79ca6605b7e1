"""Training: deferred, resumed, withdrawn, moved to another schedule, gone to another provider."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import hypothesis
import pytest
from attrs import evolve
from hypothesis import strategies as st

from npq_domain import cohort, participant
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.participant import gates, standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import FundingStated
from npq_domain.aggregates.participant.facts.assessment import AssessmentAccessGranted
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.declarations import (
    DeclarationMade,
    DeclarationStateReported,
)
from npq_domain.aggregates.participant.facts.training import (
    CarriedCredit,
    CohortChanged,
    DeferralReason,
    Rejoined,
    ScheduleChanged,
    Training,
    TrainingDeferred,
    TrainingResumed,
    TrainingStatus,
    TrainingWithdrawn,
    TransferredIn,
    TransferredOut,
    WithdrawalReason,
)
from npq_domain.calendar import add_days, midnight
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.types import DeclarationType, FundingMode, TrainingRule
from npq_domain.identifiers import cohort_subject
from npq_domain.personal import Personal
from npq_domain.policies.declarations import DeclarationState
from npq_domain.policies.deferral import Moved
from npq_domain.projections import Seen, declarations, funding
from npq_domain.projections.eligibility import eligibility
from npq_domain.projections.engagement import EngagementRow, engagement
from npq_domain.testing import Scene, given
from npq_domain.testing.clock import INSTANT
from npq_domain.testing.intakes import preparations
from tests.aggregates.ground import (
    BPN_HEADSHIP,
    CATALOGUE,
    HEADSHIP_2017,
    JOINED,
    KIND,
    OPENS,
    SENIOR,
    accepted,
    attended,
    enrolled,
    intake,
    intake_id,
    registration,
    sitting,
    spec,
)

DAY = date(2024, 1, 10)
"""Before it fall the induction and the four online meetings, after it the three whole days."""
BACK = date(2024, 2, 20)
"""After it falls the last of the three whole days."""
DEFER = ask.DeferTraining(reason=DeferralReason.PARENTAL_LEAVE, on=DAY)
DEFERRED = TrainingDeferred(reason=DeferralReason.PARENTAL_LEAVE, expected_return=None, on=DAY)
RESUME = ask.ResumeTraining(on=BACK)
RESUMED = TrainingResumed(rejoined=None, carried=(), on=BACK)
WITHDRAW = ask.WithdrawFromTraining(reason=WithdrawalReason.CHANGE_IN_CAREER, on=DAY)
WITHDRAWN = TrainingWithdrawn(reason=WithdrawalReason.CHANGE_IN_CAREER, on=DAY)
STARTED = datetime(2023, 10, 20, 9, tzinfo=UTC)
HEX = "ab" * 32
ELSEWHERE = UUID(int=9)


def declaration(
    kind: DeclarationType = DeclarationType.STARTED, at: datetime = STARTED
) -> DeclarationMade:
    return DeclarationMade(
        id=UUID(int=list(DeclarationType).index(kind) + 1),
        type=kind,
        participant_id="p-1",
        provider="UCL",
        programme="NPQSL",
        course_identifier="npq-senior-leadership",
        funding_cohort="2023a",
        schedule="npq-leadership-autumn",
        delivery_partner=None,
        secondary_delivery_partner=None,
        has_passed=None,
        evidence=(),
        claimed_on=at.date(),
        at=at,
    )


def stands(state: DeclarationState, on: date = DAY) -> DeclarationStateReported:
    return DeclarationStateReported(id=UUID(int=1), state=state, statement=None, on=on)


def trainee(
    *more: Any,
    key: str = SENIOR,
    funding_cohort: str | None = "2023a",
    catalogue: Catalogue = CATALOGUE,
    **told: Any,
) -> Scene[Participant]:
    """Enrolled in the autumn of 2023, in one of DfE's cohorts, and what happened since."""
    _, *asked = enrolled(key)
    start = registration(key, funding_cohort=funding_cohort, **told)
    at = intake(key).state
    return given(participant, start, *asked, *more, catalogue=catalogue, cohort=at)


def begun(*more: Any, **told: Any) -> Scene[Participant]:
    """The same, once DfE was told that they had started."""
    return trainee(declaration(), *more, **told)


def row(it: Scene[Participant], as_at: date = date(2024, 3, 1)) -> EngagementRow:
    found = engagement.row(it.state, Seen(subject="p", position=1, as_at=as_at))
    assert found
    return found


# Deferral


def test_training_is_deferred_for_a_reason_of_dfe_s() -> None:
    begun().when(DEFER).then(DEFERRED)


def test_the_day_of_return_is_said_where_it_is_known_and_lies_ahead() -> None:
    back = evolve(DEFER, expected_return=BACK)
    begun().when(back).then(evolve(DEFERRED, expected_return=BACK))
    begun().when(evolve(DEFER, expected_return=DAY)).then_refused("out_of_order")


def test_a_deferral_asked_again_is_the_same_one_and_another_is_refused() -> None:
    begun(DEFER).when(DEFER).then_nothing()
    begun(DEFER).when(evolve(DEFER, on=BACK)).then_refused("already_deferred")


def test_who_was_not_accepted_is_not_deferred() -> None:
    given(participant, registration(), catalogue=CATALOGUE).when(DEFER).then_refused("not_accepted")


def test_nobody_is_deferred_before_they_were_accepted() -> None:
    scene = begun()
    scene.when(evolve(DEFER, on=add_days(JOINED, -1))).then_refused("out_of_order")
    scene.when(evolve(DEFER, on=JOINED)).then(evolve(DEFERRED, on=JOINED))


def test_since_12_july_2023_a_deferral_needs_a_declaration() -> None:
    trainee().when(DEFER).then_refused("no_declarations")


def early(key: str = SENIOR) -> Scene[Participant]:
    """Accepted in June 2023, under rules that were to change that summer."""
    _, *asked = enrolled(key)
    day = date(2023, 6, 1)
    start = registration(key, on=day)
    moved = [evolve(it, on=day) for it in asked[:-1]]
    return given(participant, start, *moved, catalogue=CATALOGUE)


def test_before_12_july_2023_a_deferral_needed_none() -> None:
    early().when(evolve(DEFER, on=date(2023, 7, 11))).then(evolve(DEFERRED, on=date(2023, 7, 11)))
    early().when(evolve(DEFER, on=date(2023, 7, 12))).then_refused("no_declarations")


def test_of_the_npqs_of_2017_dfe_s_service_knows_nothing_and_asks_nothing() -> None:
    scene = trainee(key=HEADSHIP_2017, funding_cohort=None)
    scene.when(DEFER).then(DEFERRED)
    scene.when(WITHDRAW).then(WITHDRAWN)


@pytest.mark.parametrize(
    "other", [(declaration(DeclarationType.RETAINED_1),), (stands(DeclarationState.VOIDED),)]
)
def test_any_declaration_will_do_for_dfe_and_where_the_specification_is_strict_a_start_that_stands(
    other: tuple[Any, ...],
) -> None:
    rule = TrainingRule(strict_defer=True, source="the provider's handbook")
    strict = evolve(
        CATALOGUE,
        specifications=tuple(evolve(it, training=rule) for it in CATALOGUE.specifications),
    )
    begins = other if isinstance(other[0], DeclarationMade) else (declaration(), *other)
    trainee(*begins).when(DEFER).then(DEFERRED)
    trainee(*begins, catalogue=strict).when(DEFER).then_refused("no_declarations")
    begun(catalogue=strict).when(DEFER).then(DEFERRED)


def test_nobody_is_deferred_who_has_withdrawn() -> None:
    begun(WITHDRAW).when(evolve(DEFER, on=BACK)).then_refused("already_withdrawn")


# Resumption


def test_training_is_resumed_and_the_credit_of_before_is_listed() -> None:
    scene = begun(
        ask.RecordAttendance(component="induction", minutes=120, on=date(2023, 10, 2)),
        ask.RecordAbsence(component="plg-1", on=date(2023, 10, 23)),
        ask.RecordAttendance(component="plg-2", minutes=90, on=date(2023, 11, 13)),
        DEFER,
    )
    carried = (
        CarriedCredit(component="induction", minutes=120),
        CarriedCredit(component="plg-2", minutes=90),
    )
    scene.when(RESUME).then(evolve(RESUMED, carried=carried))


def test_who_is_in_training_does_not_resume_it() -> None:
    begun().when(RESUME).then_refused("already_active")
    begun(DEFER, RESUME).when(RESUME).then_nothing()
    begun(DEFER, RESUME).when(evolve(RESUME, on=add_days(BACK, 1))).then_refused("already_active")


def test_training_changes_once_a_day_at_most() -> None:
    begun(DEFER).when(evolve(RESUME, on=DAY)).then_refused("out_of_order")
    begun(DEFER).when(evolve(RESUME, on=add_days(DAY, -1))).then_refused("out_of_order")
    next_day = add_days(DAY, 1)
    begun(DEFER).when(evolve(RESUME, on=next_day)).then(evolve(RESUMED, on=next_day))


@pytest.mark.parametrize("days", [-1, 0])
@pytest.mark.parametrize("command", [DEFER, WITHDRAW], ids=lambda it: type(it).__name__)
def test_who_came_back_stops_again_on_a_later_day(command: Any, days: int) -> None:
    early = evolve(command, on=add_days(BACK, days))
    begun(DEFER, RESUME).when(early).then_refused("out_of_order")
    assert begun(DEFER, RESUME).when(evolve(command, on=add_days(BACK, 1))).facts


@pytest.mark.parametrize(
    "command",
    [
        RESUME,
        WITHDRAW,
        ask.ChangeSchedule(schedule="npq-leadership-spring", on=DAY),
        ask.TransferOut(to="LLSE", on=DAY),
    ],
    ids=lambda it: type(it).__name__,
)
def test_training_does_not_change_before_the_acceptance(command: Any) -> None:
    waiting = given(participant, registration(funding_cohort="2023a"), catalogue=CATALOGUE)
    waiting.when(command, cohort=Cohort()).then_refused("not_accepted")
    early = evolve(command, on=add_days(JOINED, -1))
    begun().when(early).then_refused("out_of_order")


def test_since_10_august_2023_who_has_withdrawn_may_come_back() -> None:
    begun(WITHDRAW).when(RESUME).then(RESUMED)


def test_before_10_august_2023_a_withdrawal_was_for_good() -> None:
    gone = evolve(WITHDRAWN, on=date(2023, 7, 1))
    scene = early()
    facts = (*scene.facts, gone)
    back = date(2023, 8, 10)
    again = given(participant, *facts, catalogue=CATALOGUE, cohort=Cohort())
    again.when(evolve(RESUME, on=add_days(back, -1))).then_refused("already_withdrawn")
    again.when(evolve(RESUME, on=back)).then(evolve(RESUMED, on=back))


# Withdrawal


def test_a_participant_withdraws_for_a_reason_of_dfe_s() -> None:
    begun().when(WITHDRAW).then(WITHDRAWN)
    begun(WITHDRAW).when(WITHDRAW).then_nothing()
    begun(WITHDRAW).when(evolve(WITHDRAW, on=BACK)).then_refused("already_withdrawn")


def test_who_is_deferred_may_withdraw() -> None:
    begun(DEFER).when(evolve(WITHDRAW, on=BACK)).then(evolve(WITHDRAWN, on=BACK))


def test_a_withdrawal_needs_a_started_declaration_and_no_other_will_do() -> None:
    trainee().when(WITHDRAW).then_refused("no_started_declaration")
    scene = trainee(declaration(DeclarationType.RETAINED_1))
    scene.when(WITHDRAW).then_refused("no_started_declaration")


@pytest.mark.parametrize("state", list(DeclarationState))
def test_the_started_declaration_may_be_in_any_state(state: DeclarationState) -> None:
    begun(stands(state, on=DAY)).when(WITHDRAW).then(WITHDRAWN)


def test_expected_commitment_unclear_is_a_reason_since_3_july_2023() -> None:
    unclear = evolve(WITHDRAW, reason=WithdrawalReason.EXPECTED_COMMITMENT_UNCLEAR)
    before, since = date(2023, 7, 2), date(2023, 7, 3)
    scene = given(participant, *early().facts, declaration(), catalogue=CATALOGUE)
    scene.when(evolve(unclear, on=before)).then_refused("unknown_reason")
    scene.when(evolve(unclear, on=since)).then(
        TrainingWithdrawn(reason=WithdrawalReason.EXPECTED_COMMITMENT_UNCLEAR, on=since)
    )


def test_dfe_s_reasons_are_its_wire_values_the_full_stop_of_one_included() -> None:
    assert [it.value for it in DeferralReason] == [
        "bereavement",
        "long-term-sickness",
        "parental-leave",
        "career-break",
        "other",
    ]
    assert len(WithdrawalReason) == 21
    stopped = [it.value for it in WithdrawalReason if it.value.endswith(".")]
    assert stopped == ["quality-of-programme-structure-not-suitable."]
    with pytest.raises(ValueError, match="not-suitable"):
        WithdrawalReason("quality-of-programme-structure-not-suitable")


# What a deferral does to engagement


def test_what_fell_due_while_deferred_leaves_the_denominator() -> None:
    """Two whole days of 390 minutes fall due between the deferral and the return."""
    present = attended(but=("face-to-face-1", "face-to-face-2", "face-to-face-3"))
    deferred = begun(*present, DEFER)
    resumed = begun(*present, DEFER, RESUME)
    assert (row(deferred).num, row(deferred).den) == (600, 1770)
    assert (row(resumed).num, row(resumed).den) == (600, 990)
    assert row(resumed).planned_min == 990


def test_what_is_left_after_a_deferral_decides_about_access() -> None:
    """Two of the three whole days fell due in the gap: the other is what has to be attended."""
    but = ("face-to-face-1", "face-to-face-2")
    end = date(2025, 3, 20)
    grant = ask.GrantAccess(on=end)
    begun(*attended(but=but)).when(grant).then_refused("engagement_below_threshold")
    begun(*attended(but=but), DEFER, RESUME).when(grant).then(
        AssessmentAccessGranted(num=990, den=990, threshold_percent=90, on=end)
    )
    none = ("face-to-face-1", "face-to-face-2", "face-to-face-3")
    scene = begun(*attended(but=none), DEFER, RESUME)
    scene.when(grant).then_refused("engagement_below_threshold")


def test_an_absence_in_the_gap_leaves_and_an_attendance_stays() -> None:
    absent = ask.RecordAbsence(component="face-to-face-1", on=date(2024, 1, 15))
    there = ask.RecordAttendance(component="face-to-face-2", minutes=390, on=date(2024, 2, 5))
    seen = row(begun(DEFER, RESUME, absent, there))
    assert (seen.num, seen.den, seen.max_attainable_num) == (390, 1380, 1380)


def test_while_training_stands_still_nothing_falls_due() -> None:
    late, as_at = date(2023, 10, 30), date(2024, 2, 10)
    away = evolve(DEFER, on=late)
    assert row(begun(), as_at).expected_min_to_date == 600 + 780
    assert row(begun(away), as_at).expected_min_to_date == 240
    assert row(begun(evolve(WITHDRAW, on=late)), as_at).expected_min_to_date == 240
    assert row(begun(away), add_days(late, -1)).expected_min_to_date == 240


def test_a_deferral_that_is_voided_was_never_made() -> None:
    scene = begun(*attended(but=("face-to-face-1",)))
    deferred = given(participant, *scene.facts, DEFERRED, catalogue=CATALOGUE)
    void = ask.VoidFact(version=len(deferred.facts), reason=Personal("a slip"), on=BACK)
    deferred.when(void).then(FactVoided(version=void.version, reason=void.reason, on=BACK))
    assert row(given(participant, *deferred.facts, void, catalogue=CATALOGUE)) == row(scene)


def test_a_change_of_training_is_voided_only_while_nothing_follows_on_it() -> None:
    scene = begun(DEFER, RESUME)
    last = len(scene.facts)
    void = ask.VoidFact(version=last - 1, reason=Personal("a slip"), on=BACK)
    scene.when(void).then_refused("relied_on")
    scene.when(evolve(void, version=last)).then(
        FactVoided(version=last, reason=void.reason, on=BACK)
    )


def test_what_is_done_while_deferred_or_after_a_withdrawal_is_recorded_and_marked() -> None:
    on_the_day = ask.RecordAttendance(component="plg-4", minutes=120, on=DAY)
    later = ask.RecordAttendance(component="face-to-face-1", minutes=390, on=add_days(DAY, 5))
    on_return = ask.RecordAttendance(component="face-to-face-2", minutes=390, on=BACK)
    done = (on_the_day, later, on_return)
    assert row(begun(DEFER, RESUME, *done)).outside_training == (
        "2024-01-15 face-to-face-1 while deferred",
    )
    assert row(begun(WITHDRAW, *done)).outside_training == (
        "2024-01-15 face-to-face-1 after withdrawal",
        "2024-02-20 face-to-face-2 after withdrawal",
    )
    assert row(begun(*done)).outside_training == ()
    assert row(begun(WITHDRAW, *done)).credited_min == 900


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ((), "active"),
        ((DEFER,), "deferred"),
        ((DEFER, RESUME), "active"),
        ((WITHDRAW,), "withdrawn"),
        ((ask.TransferOut(to="LLSE", on=DAY),), "transferred_out"),
    ],
)
def test_the_engagement_view_shows_how_training_stands_on_the_day_of_looking(
    changes: tuple[Any, ...], status: str
) -> None:
    assert row(begun(*changes)).training_status == status
    assert row(begun(*changes), add_days(DAY, -1)).training_status == "active"


# A later cohort

SPRING = date(2024, 3, 4)
SPRING_ID = cohort_subject("UCL", "spring 2024")


def spring(start_on: date = SPRING, key: str = SENIOR) -> Cohort:
    asked = preparations(spec(key), "spring 2024", start_on)
    return given(cohort, *asked, catalogue=CATALOGUE).state


REJOIN = ask.ResumeTraining(cohort_id=SPRING_ID, on=BACK)


def rejoined_facts() -> tuple[Any, ...]:
    outcome = begun(DEFER).when(REJOIN, cohort=spring())
    return (*begun(DEFER).facts, *outcome.facts)


def test_who_comes_back_may_join_a_later_cohort_with_its_days() -> None:
    moved = tuple(
        Moved(component=it.id, due=add_days(it.due, (SPRING - date(2023, 10, 2)).days))
        for it in begun().state.enrolment.plan.values()
        if it.due
    )
    later = Rejoined(
        cohort_id=SPRING_ID, cohort="spring 2024", group=None, start_on=SPRING, moved=moved
    )
    begun(DEFER).when(REJOIN, cohort=spring()).then(evolve(RESUMED, rejoined=later))


def test_in_a_later_cohort_what_fell_due_in_the_gap_is_still_to_come() -> None:
    scene = given(participant, *rejoined_facts(), catalogue=CATALOGUE)
    seen = row(scene, add_days(SPRING, 21))
    assert (seen.den, seen.expected_min_to_date) == (1770, 240)
    assert (seen.cohort, seen.cohort_id) == ("spring 2024", str(SPRING_ID))


def test_a_cohort_to_come_back_to_starts_later_and_offers_the_same() -> None:
    scene = begun(DEFER)
    scene.when(REJOIN, cohort=spring(date(2023, 10, 2))).then_refused("not_later")
    scene.when(REJOIN, cohort=spring(key="reform/UCL/NPQH/1")).then_refused("programme_not_offered")
    scene.when(REJOIN, cohort=spring(key=KIND)).then_refused("programme_not_offered")
    scene.when(REJOIN, cohort=Cohort()).then_refused("cohort_not_opened")
    scene.when(evolve(REJOIN, group="south"), cohort=spring()).then_refused("unknown_group")


def test_the_assessment_window_is_that_of_the_cohort_they_are_with() -> None:
    """Eighteen to twenty-one months after the start: which start, the return decides."""
    end, key = date(2025, 7, 1), BPN_HEADSHIP
    later = spring(key=key)
    scene = begun(DEFER, key=key)
    back = evolve(REJOIN, cohort_id=cohort_subject("BPN", "spring 2024"))
    facts = (*scene.facts, *scene.when(back, cohort=later).facts)
    grant = ask.GrantAccess(on=end)
    returned = given(participant, *facts, *attended(key), grant, catalogue=CATALOGUE)
    stayed = begun(*attended(key), grant, key=key)
    ask_for = ask.SetWindow(cohort_id=SPRING_ID, on=end)
    autumn = intake(key).state
    first = autumn.timetable.windows[("NPQH", 1)].opens_at
    assert stayed.when(ask_for, cohort=autumn).facts[0].opens_at == first
    stayed.when(ask_for, cohort=later).then_refused("window_out_of_range")
    returned.when(ask_for, cohort=autumn).then_refused("window_out_of_range")
    assert len(returned.when(ask_for, cohort=later).facts) == 1


# The assessment of who is not in training


def test_who_is_not_in_training_is_not_let_into_the_assessment() -> None:
    end = date(2025, 3, 20)
    grant = ask.GrantAccess(on=end)
    scene = begun(*attended(), evolve(DEFER, on=date(2025, 3, 1)))
    scene.when(grant).then_refused("not_active", "not_active")
    scene.when(evolve(grant, on=date(2025, 2, 28))).then(
        AssessmentAccessGranted(num=1770, den=1770, threshold_percent=90, on=date(2025, 2, 28))
    )


def test_who_is_not_in_training_hands_nothing_in() -> None:
    submit = ask.SubmitResponse(words=1_500, sha256=HEX, at=OPENS + timedelta(days=3))
    day = date(2025, 4, 4)
    begun(*sitting(), evolve(WITHDRAW, on=day)).when(submit).then_refused("not_active")
    begun(*sitting(), evolve(WITHDRAW, on=add_days(day, 2))).when(submit).then(
        *begun(*sitting()).when(submit).facts
    )


def test_who_has_withdrawn_gets_no_window_and_no_case_study() -> None:
    end = date(2025, 3, 20)
    away = evolve(WITHDRAW, on=end)
    scene = begun(*attended(), ask.GrantAccess(on=end), away)
    scene.when(ask.SetWindow(cohort_id=intake_id(SENIOR), on=end)).then_refused("not_active")
    ready = begun(
        *attended(),
        ask.GrantAccess(on=end),
        ask.SetWindow(cohort_id=intake_id(SENIOR), on=end),
        away,
    )
    ready.when(ask.ReleaseCaseStudy(ref="case-7", at=OPENS)).then_refused("not_active")


def test_the_eligibility_view_names_it_among_what_blocks_the_assessment() -> None:
    scene = begun(*attended(), WITHDRAW)
    seen: Any = eligibility.row(scene.state, Seen(subject="p", position=1, as_at=BACK))
    assert seen.assessment_blockers == ("not_active",)
    assert gates.blockers(gates.award, scene.state) == ("assessment_not_passed",)


# DfE's schedules and cohorts

SPRING_SCHEDULE = "npq-leadership-spring"
MOVE = ask.ChangeSchedule(schedule=SPRING_SCHEDULE, on=DAY)


def changed(cohort_id: str = "2023a", former: str | None = "npq-leadership-autumn") -> Any:
    terms = CATALOGUE.schedule(cohort_id, SPRING_SCHEDULE)
    assert terms
    return ScheduleChanged(
        former=former,
        schedule=SPRING_SCHEDULE,
        cohort=cohort_id,
        terms=terms,
        on=DAY,
    )


def test_training_is_put_on_another_schedule_of_its_cohort() -> None:
    trainee().when(MOVE).then(changed())
    trainee(MOVE).when(MOVE).then_nothing()
    assert standing.schedule(trainee().state) == "npq-leadership-autumn"
    assert standing.schedule(trainee(MOVE).state) == SPRING_SCHEDULE


def moved_and_accepted_again(*again: Any) -> Scene[Participant]:
    """Put on the spring schedule in January; and what became of the application since."""
    first, *asked = accepted(SENIOR)
    start = evolve(first, funding_cohort="2023a")
    return given(participant, start, *asked, MOVE, *again, catalogue=CATALOGUE)


@pytest.mark.parametrize("on", [DAY, BACK], ids=["the same day", "later"])
def test_who_is_accepted_anew_is_judged_by_the_schedule_of_that_acceptance(on: date) -> None:
    claim = ask.Declare(
        id=UUID(int=1), type=DeclarationType.STARTED, declared_at=STARTED, on=add_days(BACK, 1)
    )
    reopen = ask.Reopen(reason=Personal("a slip"), on=on)
    accept = ask.Accept(schedule="npq-leadership-autumn", on=on)
    moved_and_accepted_again().when(claim).then_refused("before_schedule")
    anew = moved_and_accepted_again(reopen, accept)
    assert standing.schedule(anew.state) == "npq-leadership-autumn"
    (fact,) = anew.when(claim).facts
    assert fact.schedule == "npq-leadership-autumn"
    anew.when(evolve(MOVE, on=on)).then(evolve(changed(), on=on))


@pytest.mark.parametrize(
    ("told", "more", "named"),
    [
        ("2023", 0, "2023"),
        ("2023", 1, "2023a"),
        ("2023", 2, "2022a"),
        ("2031a", 1, "2031a"),
        (None, 1, None),
    ],
    ids=["registered", "accepted", "moved", "unknown cohort", "no cohort"],
)
def test_every_view_calls_dfe_s_cohort_by_the_same_name(
    told: str | None, more: int, named: str | None
) -> None:
    first, *asked = accepted(SENIOR)
    after = (asked, [evolve(MOVE, cohort="2022a")])
    start = evolve(first, funding_cohort=told)
    given_so = [start, *(each for part in after[:more] for each in part)]
    state = given(participant, *given_so, catalogue=CATALOGUE).state
    seen = Seen(subject="p", position=1, as_at=BACK)
    rows: list[Any] = [view.row(state, seen) for view in (eligibility, funding, declarations)]
    assert [it.funding_cohort for it in rows] == [named] * 3


def test_who_is_moved_after_a_new_acceptance_is_judged_by_the_move() -> None:
    reopen = ask.Reopen(reason=Personal("a slip"), on=DAY)
    accept = ask.Accept(schedule="npq-leadership-autumn", on=DAY)
    terms = CATALOGUE.schedule("2023a", SPRING_SCHEDULE)
    assert standing.terms(moved_and_accepted_again().state) == terms
    assert standing.terms(moved_and_accepted_again(reopen, accept).state) != terms
    assert standing.terms(moved_and_accepted_again(reopen, accept, MOVE).state) == terms


def test_a_schedule_that_is_followed_already_is_not_changed_to() -> None:
    trainee().when(evolve(MOVE, schedule="npq-leadership-autumn")).then_nothing()


def test_the_schedule_is_one_of_the_cohort_and_for_the_course_s_group() -> None:
    trainee().when(evolve(MOVE, schedule="npq-x")).then_refused("unknown_schedule")
    specialist = evolve(MOVE, schedule="npq-specialist-spring")
    trainee().when(specialist).then_refused("schedule_not_allowed")
    trainee().when(evolve(MOVE, cohort="1999a")).then_refused("unknown_cohort")
    trainee(funding_cohort=None).when(MOVE).then_refused("unknown_cohort")


def test_nobody_s_schedule_is_changed_who_has_withdrawn_and_who_is_deferred_s_is() -> None:
    begun(WITHDRAW).when(evolve(MOVE, on=BACK)).then_refused("already_withdrawn")
    begun(DEFER).when(evolve(MOVE, schedule="npq-leadership-spring", on=BACK)).then_refused(
        "invalidates_declaration"
    )
    late = declaration(at=datetime(2024, 1, 5, tzinfo=UTC))
    trainee(late, DEFER).when(evolve(MOVE, on=BACK)).then(evolve(changed(), on=BACK))


BEGINS = midnight(date(2024, 1, 1))


@pytest.mark.parametrize(
    ("at", "allowed"), [(BEGINS - INSTANT, False), (BEGINS, False), (BEGINS + INSTANT, True)]
)
def test_a_live_declaration_is_dated_after_the_moment_on_which_the_new_schedule_begins(
    at: datetime, *, allowed: bool
) -> None:
    outcome = trainee(declaration(at=at)).when(MOVE)
    if allowed:
        outcome.then(changed())
    else:
        outcome.then_refused("invalidates_declaration")


@pytest.mark.parametrize("state", list(DeclarationState))
def test_a_declaration_that_is_not_live_keeps_nobody_back(state: DeclarationState) -> None:
    live = {"submitted", "eligible", "payable", "paid"}
    outcome = begun(stands(state, on=date(2024, 1, 5))).when(MOVE)
    if state.value in live:
        outcome.then_refused("invalidates_declaration")
    else:
        outcome.then(changed())


def test_a_live_declaration_is_of_a_type_of_the_new_schedule() -> None:
    second = declaration(DeclarationType.RETAINED_2, at=datetime(2024, 1, 8, tzinfo=UTC))
    schedules = tuple(
        evolve(it, declaration_types=(DeclarationType.STARTED,)) for it in CATALOGUE.schedules
    )
    short = evolve(CATALOGUE, schedules=schedules)
    trainee(second).when(MOVE).then(changed())
    trainee(second).when(MOVE, catalogue=short).then_refused("invalidates_declaration")


def test_while_a_declaration_is_live_dfe_s_cohort_stays() -> None:
    elsewhere = evolve(MOVE, cohort="2022a")
    begun().when(elsewhere).then_refused("invalidates_declaration")
    begun(stands(DeclarationState.VOIDED)).when(elsewhere).then(
        CohortChanged(
            former="2023a", cohort="2022a", funding=FundingMode.FULL, funded_place=None, on=DAY
        ),
        changed("2022a"),
    )


@pytest.mark.parametrize(
    ("eligible", "place"), [(True, True), (False, False)], ids=["eligible", "not eligible"]
)
def test_from_a_cohort_funded_in_full_to_a_capped_one_the_place_is_funded_if_eligible(
    *, eligible: bool, place: bool
) -> None:
    scene = trainee(funding=FundingStated(eligible=eligible))
    first, _ = scene.when(evolve(MOVE, schedule="npq-leadership-autumn", cohort="2024a")).facts
    assert first == CohortChanged(
        former="2023a", cohort="2024a", funding=FundingMode.CAPPED, funded_place=place, on=DAY
    )


def test_in_a_cohort_without_funding_no_place_is_funded_and_there_is_no_way_back() -> None:
    unfunded = evolve(MOVE, cohort="2026a")
    scene = trainee(funding=FundingStated(eligible=True))
    first, _ = scene.when(unfunded).facts
    assert first == CohortChanged(
        former="2023a", cohort="2026a", funding=FundingMode.ZERO, funded_place=False, on=DAY
    )
    there = trainee(unfunded, funding=FundingStated(eligible=True))
    assert there.state.funding.place is False
    for back in ("2023a", "2024a"):
        move = evolve(MOVE, schedule="npq-leadership-autumn", cohort=back, on=BACK)
        there.when(move).then_refused("funding_mode_barred")


def test_from_one_capped_cohort_to_another_the_place_stays_what_it_was() -> None:
    to_capped = evolve(MOVE, schedule="npq-leadership-autumn", cohort="2024a")
    given_up = ask.ChangeFundedPlace(value=False, on=DAY)
    to_another = evolve(MOVE, cohort="2025a", on=BACK)
    for between, place in (((), True), ((given_up,), False)):
        there = trainee(to_capped, *between, funding=FundingStated(eligible=True))
        first, _ = there.when(to_another).facts
        assert first == CohortChanged(
            former="2024a", cohort="2025a", funding=FundingMode.CAPPED, funded_place=place, on=BACK
        )


def test_schedules_change_in_the_order_of_their_days() -> None:
    back = evolve(MOVE, schedule="npq-leadership-autumn", on=add_days(DAY, -1))
    trainee(MOVE).when(back).then_refused("out_of_order")
    assert trainee(MOVE).when(evolve(back, on=DAY)).facts


def test_from_a_capped_cohort_nobody_goes_to_one_that_is_funded_in_full() -> None:
    to_capped = evolve(MOVE, schedule="npq-leadership-autumn", cohort="2024a")
    to_full = evolve(MOVE, schedule="npq-leadership-autumn", cohort="2022a", on=BACK)
    trainee(to_capped).when(to_full).then_refused("funding_mode_barred")


# Another provider


def test_a_participant_goes_to_another_provider_with_their_history() -> None:
    out = ask.TransferOut(to="LLSE", successor=ELSEWHERE, sha256=HEX, on=DAY)
    gone = TransferredOut(to="LLSE", successor=ELSEWHERE, sha256=HEX, on=DAY)
    begun().when(out).then(gone)
    begun(out).when(out).then_nothing()
    begun(out).when(evolve(out, on=BACK)).then_nothing()
    begun(out).when(evolve(out, to="BPN")).then_refused("transferred_out")
    begun().when(evolve(out, to="UCL")).then_refused("same_provider")
    begun().when(evolve(out, sha256="abc")).then_refused("invalid_digest")
    begun(DEFER).when(evolve(out, on=add_days(DAY, -1))).then_refused("out_of_order")


@pytest.mark.parametrize(
    "command",
    [
        evolve(DEFER, on=BACK),
        evolve(WITHDRAW, on=BACK),
        RESUME,
        evolve(MOVE, on=BACK),
        ask.RecordAttendance(component="plg-1", minutes=120, on=BACK),
        ask.GrantAccess(on=BACK),
        ask.VoidFact(version=1, reason=Personal("a slip"), on=BACK),
        ask.TransferOut(to="BPN", on=BACK),
    ],
    ids=lambda it: type(it).__name__,
)
def test_nothing_more_is_recorded_of_who_has_gone(command: Any) -> None:
    begun(ask.TransferOut(to="LLSE", on=DAY)).when(command).then_refused("transferred_out")


def test_that_somebody_has_gone_can_have_been_a_slip() -> None:
    scene = begun(ask.TransferOut(to="LLSE", on=DAY))
    void = ask.VoidFact(version=len(scene.facts), reason=Personal("a slip"), on=BACK)
    after = given(participant, *scene.facts, void, catalogue=CATALOGUE)
    assert after.state.training.status is TrainingStatus.ACTIVE


def test_the_provider_s_own_claims_stay_its_own_after_a_transfer() -> None:
    scene = begun(ask.TransferOut(to="LLSE", on=DAY))
    heard = ask.ReportDeclarationState(id=UUID(int=1), state=DeclarationState.ELIGIBLE, on=BACK)
    assert [type(it).__name__ for it in scene.when(heard).facts] == ["DeclarationStateReported"]


@pytest.mark.parametrize("name", ["NOBODY", "llse", ""])
def test_nobody_goes_to_a_provider_that_the_catalogue_does_not_know(name: str) -> None:
    out = ask.TransferOut(to=name, on=DAY)
    take = ask.TransferIn(
        provider=name, former_provider="UCL", predecessor=ELSEWHERE, sha256=HEX, facts=7, on=DAY
    )
    for asked in (out, take):
        refused = begun().when(asked)
        refused.then_refused("unknown_provider")
        known = ", ".join(sorted(it.id for it in CATALOGUE.providers))
        assert f"{name!r} is none of {known}" in str(refused.refused)
    assert begun().when(evolve(out, to="LLSE")).facts
    assert begun().when(evolve(take, provider="LLSE")).facts


def test_a_history_that_came_from_elsewhere_goes_on_under_the_new_provider() -> None:
    take = ask.TransferIn(
        provider="LLSE",
        former_provider="UCL",
        predecessor=ELSEWHERE,
        sha256=HEX,
        facts=7,
        on=DAY,
    )
    came = TransferredIn(
        provider="LLSE",
        former_provider="UCL",
        predecessor=ELSEWHERE,
        sha256=HEX,
        facts=7,
        on=DAY,
    )
    begun().when(take).then(came)
    begun(take).when(evolve(take, on=BACK)).then_nothing()
    begun(take).when(evolve(take, sha256="cd" * 32, on=BACK)).then_refused("same_provider")
    begun().when(evolve(take, provider="UCL")).then_refused("same_provider")
    begun().when(evolve(take, sha256="AB" * 32)).then_refused("invalid_digest")
    begun().when(evolve(take, on=add_days(JOINED, -1))).then_refused("out_of_order")
    on_again = evolve(take, provider="BPN", former_provider="LLSE", on=add_days(DAY, -1))
    begun(take).when(on_again).then_refused("out_of_order")
    assert begun(take).when(evolve(on_again, on=DAY)).facts
    assert standing.provider(begun(take).state) == "LLSE"
    seen: Any = eligibility.row(begun(take).state, Seen(subject="p", position=1, as_at=BACK))
    assert seen.provider == "LLSE"


MAY = tuple(date(2024, 5, day) for day in range(1, 10))
days_of_may = st.sampled_from(MAY)
changes = st.one_of(
    st.builds(
        TrainingDeferred, reason=st.just(DeferralReason.OTHER), expected_return=st.none(),
        on=days_of_may,
    ),
    st.builds(TrainingResumed, rejoined=st.none(), carried=st.just(()), on=days_of_may),
    st.builds(TrainingWithdrawn, reason=st.just(WithdrawalReason.OTHER), on=days_of_may),
)  # fmt: skip
stood_still = st.builds(
    Training,
    changes=st.lists(changes, max_size=4),
    since=st.just(date.min) | days_of_may,
    rejected=st.none() | days_of_may,
)


@hypothesis.given(stood_still)
def test_nothing_lies_outside_training_before_it_has_stopped(it: Training) -> None:
    within = [each for each in MAY if each <= it.first_stopped]
    assert [it.outside(each) for each in within] == [None] * len(within)
