"""Award: the qualification, and what comes with it."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts.assessment import Outcome, ResultPublished
from npq_domain.aggregates.participant.facts.award import (
    AwardRevoked,
    MastersCreditReported,
    QualificationAwarded,
)
from npq_domain.personal import Personal
from npq_domain.testing import given
from tests.aggregates.ground import (
    BPN_HEADSHIP,
    COACHING_OFFER,
    DFE_HEADSHIP,
    HEADSHIP_2017,
    SENIOR,
    admitted,
    applicant,
    attended,
    member,
)

DAY = date(2025, 5, 20)
AFTERWARDS = date(2025, 6, 3)
AWARD = ask.AwardQualification(on=DAY)
PASSED = ResultPublished(attempt=1, outcome=Outcome.PASSED, on=DAY)
FAILED = evolve(PASSED, outcome=Outcome.FAILED)
WHY = Personal("plagiarism")


def awarded(key: str = SENIOR) -> Any:
    return member(key, *admitted(key), PASSED, AWARD)


@pytest.mark.rule("2.4", "3.13")
def test_engagement_and_a_pass_make_the_award() -> None:
    (fact,) = member(SENIOR, *admitted(), PASSED).when(AWARD).facts
    assert type(fact) is QualificationAwarded
    assert "engagement 1770/1770 minutes against 90 %" in fact.basis
    assert "attempt 1 was passed, published on 2025-05-20" in fact.basis
    awarded().when(AWARD).then_nothing()


@pytest.mark.rule("2.4")
def test_the_award_names_every_condition_that_is_unmet() -> None:
    asked = member(SENIOR).when(AWARD)
    unmet = ("engagement_below_threshold", "assessment_not_passed")
    asked.then_refused("award_conditions_unmet", *unmet)


@pytest.mark.rule("2.4", "3.13")
def test_a_fail_is_no_pass_and_the_latest_result_counts() -> None:
    asked = member(SENIOR, *admitted(), FAILED).when(AWARD)
    asked.then_refused("award_conditions_unmet", "assessment_not_passed")
    resat = member(SENIOR, *admitted(), FAILED, evolve(PASSED, attempt=2))
    assert resat.when(AWARD).facts
    lost = member(SENIOR, *admitted(), PASSED, evolve(FAILED, attempt=2))
    lost.when(AWARD).then_refused("award_conditions_unmet", "assessment_not_passed")


@pytest.mark.rule("3.13")
def test_the_award_checks_engagement_even_where_access_did_not() -> None:
    let_in = [ask.GrantAccess(on=date(2025, 3, 20)), PASSED]
    two_days = attended(BPN_HEADSHIP, but=("face-to-face-1", "face-to-face-2"))
    seen = member(BPN_HEADSHIP, *two_days, *let_in)
    seen.when(AWARD).then_refused("award_conditions_unmet", "engagement_below_threshold")
    one_day = attended(BPN_HEADSHIP, but=("face-to-face-1",))
    assert member(BPN_HEADSHIP, *one_day, *let_in).when(AWARD).facts


COURSE = (
    ask.RecordStudy(component="independent-study", minutes=600, percent=100, on=DAY),
    ask.RecordCoaching(component="group-coaching", minutes=60, on=DAY),
    ask.RecordAttendance(component="face-to-face", minutes=360, on=DAY),
)


@pytest.mark.rule("2.4")
def test_headship_of_2023_takes_the_whole_course_and_a_pass() -> None:
    assert member(DFE_HEADSHIP, *COURSE, PASSED).when(AWARD).facts
    failed = member(DFE_HEADSHIP, *COURSE, FAILED).when(AWARD)
    failed.then_refused("award_conditions_unmet", "assessment_not_passed")


@pytest.mark.rule("2.4")
@pytest.mark.parametrize(
    "done",
    [
        COURSE[1:],
        (*COURSE[:1], *COURSE[2:]),
        COURSE[:2],
        (evolve(COURSE[0], percent=99), *COURSE[1:]),
        (*COURSE[:2], ask.RecordAbsence(component="face-to-face", on=DAY)),
    ],
    ids=["no study", "no coaching", "no session", "study short of its end", "an absence"],
)
def test_a_pass_alone_is_no_award_while_a_part_of_the_course_is_left(done: tuple[Any, ...]) -> None:
    asked = member(DFE_HEADSHIP, *done, PASSED).when(AWARD)
    asked.then_refused("award_conditions_unmet", "course_not_complete")


@pytest.mark.rule("2.4")
def test_study_that_came_to_its_end_after_the_award_was_not_complete_by_then() -> None:
    part, rest = evolve(COURSE[0], percent=60), evolve(COURSE[0], minutes=300, on=AFTERWARDS)
    seen = member(DFE_HEADSHIP, part, *COURSE[1:], rest, PASSED)
    seen.when(AWARD).then_refused("award_conditions_unmet", "course_not_complete")
    assert seen.when(evolve(AWARD, on=AFTERWARDS)).facts


@pytest.mark.rule("4.4")
def test_support_is_no_qualification() -> None:
    asked = member(COACHING_OFFER, PASSED).when(AWARD)
    asked.then_refused("award_conditions_unmet", "not_a_qualification")


def test_who_has_not_joined_is_awarded_nothing() -> None:
    asked = applicant().when(AWARD)
    asked.then_refused("award_conditions_unmet", "not_enrolled")


def test_nothing_is_awarded_before_it_was_passed() -> None:
    early = ask.AwardQualification(on=date(2025, 5, 19))
    asked = member(SENIOR, *admitted(), PASSED).when(early)
    asked.then_refused("award_conditions_unmet", "assessment_not_passed")


def test_an_award_is_revoked_with_a_reason_and_may_be_made_again() -> None:
    revoke = ask.RevokeAward(reason=WHY, on=DAY)
    fact = AwardRevoked(reason=WHY, on=DAY)
    awarded().when(revoke).then(fact)
    after = given(participant, *awarded().facts, fact)
    after.when(revoke).then_nothing()
    assert after.when(AWARD).facts


def test_nothing_is_revoked_or_credited_before_it_was_awarded() -> None:
    early = date(2025, 5, 19)
    revoke = ask.RevokeAward(reason=WHY, on=early)
    awarded().when(revoke).then_refused("out_of_order")
    awarded().when(evolve(CREDITS, on=early)).then_refused("out_of_order")
    assert awarded().when(evolve(CREDITS, on=DAY)).facts


def test_what_was_not_awarded_is_not_revoked() -> None:
    member().when(ask.RevokeAward(reason=WHY, on=DAY)).then_refused("not_awarded")


CREDITS = ask.ReportMastersCredit(university="Chester", credits=100, on=DAY)
REPORTED = MastersCreditReported(university="Chester", credits=100, on=DAY)


@pytest.mark.rule("0.21")
def test_masters_credits_are_reported_once_for_a_university() -> None:
    awarded().when(CREDITS).then(REPORTED)
    after = given(participant, *awarded().facts, REPORTED)
    after.when(CREDITS).then_nothing()
    after.when(evolve(CREDITS, credits=60)).then(evolve(REPORTED, credits=60))


@pytest.mark.rule("0.21")
def test_credits_follow_the_award() -> None:
    member().when(CREDITS).then_refused("not_awarded")


@pytest.mark.rule("1.12")
@pytest.mark.parametrize(("credits", "lawful"), [(-1, False), (0, True), (100, True), (101, False)])
def test_headship_of_2017_brought_100_credits_at_most(credits: int, lawful: bool) -> None:
    key = "2017/OLP/NPQH/1"
    held = QualificationAwarded(basis=(), on=DAY)
    outcome = member(key, held).when(evolve(CREDITS, credits=credits))
    assert bool(outcome.facts) is lawful
    if not lawful:
        outcome.then_refused("credits_out_of_range")


@pytest.mark.rule("0.21")
def test_where_the_document_is_silent_credits_have_no_ceiling() -> None:
    held = QualificationAwarded(basis=(), on=DAY)
    asked = evolve(CREDITS, credits=180)
    member(HEADSHIP_2017, held).when(asked).then(evolve(REPORTED, credits=180))


def test_credits_of_several_universities_share_the_ceiling() -> None:
    first = ask.ReportMastersCredit(university="Chester", credits=60, on=DAY)
    second = evolve(first, university="Leeds", credits=41)
    held = member("2017/OLP/NPQH/1", QualificationAwarded(basis=(), on=DAY), first)
    held.when(second).then_refused("credits_out_of_range")
    assert held.when(evolve(second, credits=40)).facts


def test_an_award_is_made_again_only_after_it_was_revoked() -> None:
    revoked = [ask.RevokeAward(reason=WHY, on=date(2025, 6, 1))]
    taken = member(SENIOR, *admitted(SENIOR), PASSED, AWARD, *revoked)
    taken.when(AWARD).then_refused("out_of_order")
    assert taken.when(evolve(AWARD, on=date(2025, 6, 1))).facts
