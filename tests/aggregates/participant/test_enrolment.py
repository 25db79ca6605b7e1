"""Enrolment: the participant joins a cohort, with a plan of their own."""

from datetime import date

import pytest
from attrs import evolve

from npq_domain import cohort, participant
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts.intake import CohortOpened
from npq_domain.aggregates.participant.facts.enrolment import (
    ApplicantContacted,
    Enrolled,
    PartnerNotified,
    PlatformAccessIssued,
)
from npq_domain.testing import given
from npq_domain.testing.intakes import GROUP
from tests.aggregates.ground import (
    BPN_HEADSHIP,
    CATALOGUE,
    DFE_HEADSHIP,
    HEADSHIP,
    HEADSHIP_2017,
    JOINED,
    REGISTERED,
    SENIOR,
    START,
    accepted,
    applicant,
    intake,
    intake_id,
    member,
    registration,
    spec,
)

ENROL = ask.Enrol(cohort_id=intake_id(SENIOR), on=JOINED)


def test_the_plan_is_copied_from_specification_and_timetable() -> None:
    seen = member(SENIOR)
    fact = seen.facts[-1]
    assert isinstance(fact, Enrolled)
    assert (fact.specification, fact.cohort, fact.start_on) == (SENIOR, "autumn 2023", START)
    assert [it.id for it in fact.plan] == [it.id for it in spec(SENIOR).components]
    assert {
        it.id: it.due for it in fact.plan if it.id in {"induction", "plg-1", "extend-study"}
    } == {
        "induction": date(2023, 10, 2),
        "plg-1": date(2023, 10, 23),
        "extend-study": None,
    }
    assert fact.engagement == spec(SENIOR).engagement
    assert fact.assessment == spec(SENIOR).assessment


def test_joining_the_same_cohort_again_changes_nothing() -> None:
    member().when(ENROL).then_nothing()


def test_joining_another_cohort_or_group_is_not_the_same_again() -> None:
    other = evolve(ENROL, cohort_id=intake_id(SENIOR, "spring 2024"))
    member().when(other).then_refused("already_enrolled")
    member().when(evolve(ENROL, group=GROUP)).then_refused("already_enrolled")


def test_nobody_joins_before_they_are_accepted() -> None:
    applicant().when(ENROL, cohort=intake(SENIOR).state).then_refused("not_accepted")


def test_nobody_joins_on_a_day_before_their_acceptance() -> None:
    asked = evolve(ENROL, on=date(2023, 9, 19))
    seen = given(participant, *accepted(), cohort=intake(SENIOR).state)
    seen.when(asked).then_refused("out_of_order")


def test_nobody_joins_a_cohort_that_was_never_opened_or_is_closed() -> None:
    seen = given(participant, *accepted())
    never = given_nothing()
    seen.when(ENROL, cohort=never).then_refused("cohort_not_opened")
    shut = intake(SENIOR).past
    closed = shut.after(*shut.decide(ask.CloseCohort(on=START), {})).state
    seen.when(ENROL, cohort=closed).then_refused("cohort_closed")


def given_nothing() -> object:
    empty = intake(SENIOR).past
    return evolve(empty, facts=()).state


def test_nobody_joins_a_cohort_that_does_not_offer_their_programme_or_specification() -> None:
    seen = given(participant, *accepted(SENIOR))
    seen.when(ENROL, cohort=intake(HEADSHIP).state).then_refused("programme_not_offered")
    other = given(participant, *accepted(BPN_HEADSHIP))
    ours = ask.Enrol(cohort_id=intake_id(HEADSHIP), on=JOINED)
    other.when(ours, cohort=intake(HEADSHIP).state).then_refused("programme_not_offered")


def test_a_member_belongs_to_a_group_that_runs() -> None:
    seen = given(participant, *accepted(), cohort=intake(SENIOR).state)
    asked = evolve(ENROL, group="nowhere")
    seen.when(asked).then_refused("unknown_group")
    past = intake(SENIOR).past
    cancel = ask.CancelDeliveryGroup(group=GROUP, reason="too few", on=REGISTERED)
    cancelled = past.after(*past.decide(cancel, {})).state
    in_group = evolve(ENROL, group=GROUP)
    seen.when(in_group, cohort=cancelled).then_refused("group_cancelled")
    assert seen.when(in_group).facts[0].group == GROUP


@pytest.mark.rule("3.22")
@pytest.mark.parametrize(
    ("received", "late"), [(date(2023, 12, 20), False), (date(2023, 12, 21), True)]
)
def test_applications_close_on_20_december_and_a_late_one_needs_a_reason(
    received: date, late: bool
) -> None:
    joined = date(2024, 1, 8)
    opened = CohortOpened(
        provider="BPN",
        partner=None,
        name="spring 2024",
        season="spring",
        start_on=date(2024, 2, 5),
        funding_cohort="2023a",
        application_deadline=date(2023, 12, 20),
        usual=None,
        on=START,
    )
    offer = ask.OfferProgramme(specification=BPN_HEADSHIP, on=START)
    at = given(cohort, opened, offer).state
    before = [registration(BPN_HEADSHIP, on=received), ask.Accept(on=joined)]
    seen = given(participant, *before, catalogue=CATALOGUE, cohort=at)
    asked = ask.Enrol(cohort_id=intake_id(BPN_HEADSHIP), on=joined)
    if late:
        seen.when(asked).then_refused("deadline_passed")
    (fact,) = seen.when(evolve(asked, late_reason="moved house" if late else None)).facts
    assert fact.late_reason == ("moved house" if late else None)


def test_an_application_after_the_deadline_needs_a_reason() -> None:
    deadline = date(2023, 9, 22)
    late = [evolve(it, on=date(2023, 9, 23)) for it in accepted() if hasattr(it, "on")]
    asked = evolve(ENROL, on=date(2023, 9, 23))
    seen = given(participant, *late, cohort=intake(SENIOR).state)
    assert intake(SENIOR).state.intake.deadline == deadline
    seen.when(asked).then_refused("deadline_passed")
    assert seen.when(evolve(asked, late_reason="moved house")).facts[0].late_reason == "moved house"
    on_the_day = given(
        participant,
        *(evolve(it, on=deadline) for it in accepted()),
        cohort=intake(SENIOR).state,
    )
    assert on_the_day.when(asked).facts[0].late_reason is None


@pytest.mark.rule("2.5")
def test_headship_of_2023_starts_in_october_and_nothing_is_done_before() -> None:
    joined = member(DFE_HEADSHIP)
    assert joined.state.enrolment.enrolled
    assert joined.state.enrolment.enrolled.start_on == START == date(2023, 10, 2)
    study = ask.RecordStudy(component="independent-study", minutes=60, on=START)
    assert joined.when(study).facts
    joined.when(evolve(study, on=date(2023, 10, 1))).then_refused("before_start")


def test_a_specification_that_the_catalogue_has_lost_is_refused() -> None:
    seen = given(participant, *accepted(), cohort=intake(SENIOR).state)
    emptied = evolve(CATALOGUE, specifications=())
    seen.when(ENROL, catalogue=emptied).then_refused("unknown_programme")


@pytest.mark.rule("0.22")
def test_distance_learning_stands_in_for_the_event_days_of_2017() -> None:
    judged = ask.RecordGateway(ready=True, suitable=True, on=REGISTERED)
    before = [registration(HEADSHIP_2017), judged, ask.Accept(on=JOINED)]
    seen = given(participant, *before, cohort=intake(HEADSHIP_2017).state, catalogue=CATALOGUE)
    asked = ask.Enrol(cohort_id=intake_id(HEADSHIP_2017), delivery_mode="distance", on=JOINED)
    plan = {it.id: it.mode and it.mode.value for it in seen.when(asked).facts[0].plan}
    assert plan["face-to-face-1"] == "online"
    seen.when(evolve(asked, delivery_mode="by post")).then_refused("not_applicable")


@pytest.mark.rule("4.22")
def test_a_login_is_sent_once_and_only_to_members() -> None:
    asked = ask.IssuePlatformAccess(platform="eXtend", on=JOINED)
    fact = PlatformAccessIssued(platform="eXtend", on=JOINED)
    member().when(asked).then(fact)
    member(SENIOR, fact).when(asked).then_nothing()
    given(participant, *accepted()).when(asked).then_refused("not_enrolled")


@pytest.mark.rule("4.21")
@pytest.mark.parametrize(
    ("asked", "fact"),
    [
        (ask.NotifyPartner(partner="ETH", on=JOINED), PartnerNotified(partner="ETH", on=JOINED)),
        (ask.ContactApplicant(by="ETH", on=JOINED), ApplicantContacted(by="ETH", on=JOINED)),
    ],
    ids=["the partner is notified", "the applicant is contacted"],
)
def test_the_hub_hears_of_accepted_applicants_alone(asked: object, fact: object) -> None:
    given(participant, *accepted()).when(asked).then(fact)
    given(participant, *accepted(), fact).when(asked).then_nothing()
    applicant().when(asked).then_refused("not_accepted")
