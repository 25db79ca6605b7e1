"""Appeals, outcomes put right, access revoked: decisions stand until somebody says otherwise."""

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.appeals import (
    AppealDecided,
    AppealLodged,
    Decision,
    DecisionQuestioned,
)
from npq_domain.aggregates.participant.facts.assessment import (
    AssessmentAccessGranted,
    AssessmentAccessRevoked,
    Outcome,
    OutcomeCorrected,
    ResitOffered,
)
from npq_domain.personal import Personal
from tests.aggregates.ground import MARKED, OPENS, SENIOR, admitted, attended, member, sitting

HANDED_IN = date(2025, 4, 5)
PUBLISHED = date(2025, 5, 20)
LATER = date(2025, 6, 10)
WHY = Personal("two marks were not counted")

SUBMIT = ask.SubmitResponse(words=1_500, sha256="ab" * 32, at=OPENS + timedelta(days=3))
PASS = ask.MarkResponse(
    marker="m-1", learn_that=12, learn_how_to=15, outcome=Outcome.PASSED, on=MARKED
)
FAIL = evolve(PASS, outcome=Outcome.FAILED)
PUBLISH = ask.PublishResult(on=PUBLISHED)
APPEAL = ask.LodgeAppeal(grounds=WHY, on=PUBLISHED)
LODGED = AppealLodged(task=None, attempt=1, grounds=WHY, on=PUBLISHED)
UPHOLD = ask.DecideAppeal(upheld=True, outcome=Outcome.PASSED, decided_by="board", on=LATER)
UPHELD = AppealDecided(
    task=None, attempt=1, upheld=True, outcome=Outcome.PASSED, decided_by="board", on=LATER
)
CORRECTED = OutcomeCorrected(
    attempt=1,
    former=Outcome.FAILED,
    outcome=Outcome.PASSED,
    completed_on=LATER,
    reason=WHY,
    on=LATER,
)
CORRECT = ask.CorrectOutcome(outcome=Outcome.PASSED, reason=WHY, on=LATER)
RESIT = ask.OfferResit(attempt=2, on=LATER)
AWARD = ask.AwardQualification(on=LATER)


def candidate(*more: Any) -> Any:
    """Somebody who handed in a response, and what is given besides."""
    return member(SENIOR, *sitting(), SUBMIT, *more)


def failed(*more: Any) -> Any:
    return candidate(FAIL, PUBLISH, *more)


def passed(*more: Any) -> Any:
    return candidate(PASS, PUBLISH, *more)


# Appeals


def test_a_published_result_may_be_appealed_against_once() -> None:
    failed().when(APPEAL).then(LODGED)
    failed(APPEAL).when(APPEAL).then_nothing()
    failed(APPEAL).when(evolve(APPEAL, grounds=Personal("more"))).then_refused("already_lodged")


def test_there_is_no_appeal_before_a_result_is_published() -> None:
    candidate(FAIL).when(APPEAL).then_refused("nothing_to_appeal")
    failed().when(evolve(APPEAL, on=date(2025, 5, 19))).then_refused("out_of_order")
    failed().when(evolve(APPEAL, attempt=2)).then_refused("attempt_not_open")


def test_an_appeal_that_is_upheld_corrects_the_outcome() -> None:
    failed(APPEAL).when(UPHOLD).then(UPHELD, CORRECTED)
    failed(APPEAL, UPHOLD).when(UPHOLD).then_nothing()
    result = failed(APPEAL, UPHOLD).state.assessment.latest_result
    assert result == CORRECTED


def test_an_appeal_that_is_not_upheld_leaves_the_result_as_it_is() -> None:
    rejected = evolve(UPHOLD, upheld=False, outcome=None)
    failed(APPEAL).when(rejected).then(evolve(UPHELD, upheld=False, outcome=None))
    assert failed(APPEAL, rejected).state.assessment.passed is None


def test_an_appeal_is_decided_once_and_after_it_was_lodged() -> None:
    rejected = evolve(UPHOLD, upheld=False, outcome=None)
    failed(APPEAL, UPHOLD).when(rejected).then_refused("already_decided")
    failed().when(UPHOLD).then_refused("unknown_appeal")
    early = date(2025, 5, 19)
    failed(APPEAL).when(evolve(UPHOLD, on=early)).then_refused("out_of_order")
    failed(APPEAL).when(evolve(rejected, on=early)).then_refused("out_of_order")
    assert failed(APPEAL).when(evolve(rejected, on=PUBLISHED)).facts


def test_an_upheld_appeal_says_what_becomes_of_the_result_and_no_other_does() -> None:
    failed(APPEAL).when(evolve(UPHOLD, outcome=None)).then_refused("outcome_missing")
    failed(APPEAL).when(evolve(UPHOLD, upheld=False)).then_refused("not_applicable")
    unchanged = evolve(UPHOLD, outcome=Outcome.FAILED)
    failed(APPEAL).when(unchanged).then_refused("outcome_unchanged")


def test_an_appeal_may_be_voided_until_it_is_decided() -> None:
    scene = failed(APPEAL)
    void = ask.VoidFact(version=len(scene.facts), reason="another Ada", on=LATER)
    assert scene.when(void).facts
    failed(APPEAL, UPHOLD).when(void).then_refused("relied_on")


# Outcomes put right


def test_a_corrected_outcome_is_added_and_the_latest_is_in_force() -> None:
    failed().when(CORRECT).then(CORRECTED)
    failed(CORRECT).when(CORRECT).then_nothing()
    back = evolve(CORRECT, outcome=Outcome.FAILED, on=date(2025, 6, 11))
    seen = failed(CORRECT, back).state.assessment
    assert [it.outcome.value for it in seen.results] == ["failed", "passed", "failed"]
    assert seen.passed is None


def test_there_is_nothing_to_correct_before_a_result_is_published() -> None:
    candidate(FAIL).when(CORRECT).then_refused("nothing_to_correct")


def test_what_is_in_force_already_is_not_corrected() -> None:
    same = evolve(CORRECT, outcome=Outcome.FAILED, completed_on=PUBLISHED)
    failed().when(same).then_nothing()


def test_a_pass_may_get_another_date_which_the_service_of_dfe_passes_over() -> None:
    redated = evolve(CORRECT, completed_on=date(2025, 5, 6))
    (fact,) = passed().when(redated).facts
    assert (fact.former, fact.outcome, fact.dated_on) == (
        Outcome.PASSED,
        Outcome.PASSED,
        date(2025, 5, 6),
    )
    assert fact.ignored_by_dfe
    (to_fail,) = passed().when(evolve(CORRECT, outcome=Outcome.FAILED)).facts
    assert not to_fail.ignored_by_dfe
    (to_pass,) = failed().when(CORRECT).facts
    assert not to_pass.ignored_by_dfe


@pytest.mark.parametrize(
    ("completed_on", "code"),
    [
        (HANDED_IN, None),
        (date(2025, 4, 4), "out_of_order"),
        (LATER, None),
        (date(2025, 6, 11), "future_dated"),
    ],
)
def test_an_outcome_is_dated_between_the_response_and_the_day_of_telling(
    completed_on: date, code: str | None
) -> None:
    outcome = passed().when(evolve(CORRECT, completed_on=completed_on))
    if code:
        outcome.then_refused(code)
    else:
        assert outcome.facts


def test_a_correction_is_not_told_before_what_it_corrects() -> None:
    early = evolve(CORRECT, on=date(2025, 5, 19))
    failed().when(early).then_refused("out_of_order")
    assert failed().when(evolve(CORRECT, on=PUBLISHED)).facts


# A pass is final unless it is corrected


def test_a_pass_is_final_and_a_corrected_one_is_sat_again() -> None:
    passed().when(RESIT).then_refused("nothing_to_resit")
    undone = evolve(CORRECT, outcome=Outcome.FAILED)
    passed(undone).when(RESIT).then(ResitOffered(attempt=2, on=LATER))
    failed(CORRECT).when(RESIT).then_refused("nothing_to_resit")


def test_a_resit_goes_no_further_once_the_former_attempt_is_a_pass() -> None:
    window = ask.SetWindow(attempt=2, sitting=2, cohort_id=admitted()[-1].cohort_id, on=LATER)
    opens = failed(RESIT, window).state.assessment.attempt(2).window.opens_at
    case = ask.ReleaseCaseStudy(attempt=2, ref="case-8", at=opens)
    put_right = evolve(CORRECT, on=opens.date())
    sat = evolve(SUBMIT, attempt=2, at=opens)
    assert failed(RESIT, window, case).when(sat).facts
    failed(RESIT, window, case, put_right).when(sat).then_refused("already_passed")


def test_a_resit_that_was_marked_is_not_published_after_the_former_became_a_pass() -> None:
    window = ask.SetWindow(attempt=2, sitting=2, cohort_id=admitted()[-1].cohort_id, on=LATER)
    opens = failed(RESIT, window).state.assessment.attempt(2).window.opens_at
    day = date(2025, 9, 1)
    sat = [
        ask.ReleaseCaseStudy(attempt=2, ref="case-8", at=opens),
        evolve(SUBMIT, attempt=2, at=opens),
        evolve(FAIL, attempt=2, on=day),
    ]
    publish = ask.PublishResult(attempt=2, on=day)
    resat = failed(RESIT, window, *sat)
    assert resat.when(publish).facts
    put_right = evolve(CORRECT, on=day)
    failed(RESIT, window, *sat, put_right).when(publish).then_refused("already_passed")
    done = failed(RESIT, window, *sat, publish)
    assert done.when(put_right).facts
    redated = evolve(put_right, outcome=Outcome.FAILED)
    done.when(redated).then_refused("superseded")
    done.when(evolve(publish, attempt=2)).then_nothing()


@pytest.mark.rule("2.4", "3.13")
def test_who_passed_is_awarded_and_who_passes_by_correction_from_that_day_on() -> None:
    assert passed().when(AWARD).facts
    early = evolve(AWARD, on=date(2025, 6, 9))
    failed(CORRECT).when(early).then_refused("award_conditions_unmet", "assessment_not_passed")
    (fact,) = failed(CORRECT).when(AWARD).facts
    assert "attempt 1 was passed, corrected on 2025-06-10 to count from 2025-06-10" in fact.basis


@pytest.mark.rule("2.4", "3.13")
def test_an_outcome_corrected_to_a_fail_shuts_the_gate_and_leaves_an_award_that_was_made() -> None:
    undone = evolve(CORRECT, outcome=Outcome.FAILED)
    passed(undone).when(AWARD).then_refused("award_conditions_unmet", "assessment_not_passed")
    awarded = passed(AWARD, undone)
    assert awarded.state.award.awarded
    assert passed(AWARD, undone).when(ask.RevokeAward(reason=WHY, on=LATER)).facts
    revoked = passed(AWARD, undone, ask.RevokeAward(reason=WHY, on=LATER))
    revoked.when(AWARD).then_refused("award_conditions_unmet", "assessment_not_passed")


# Access revoked

DAY = date(2025, 3, 20)
GRANT = ask.GrantAccess(on=DAY)
REVOKE = ask.RevokeAccess(reason=WHY, on=date(2025, 4, 3))
REVOKED = AssessmentAccessRevoked(reason=WHY, on=date(2025, 4, 3))


def test_access_is_revoked_until_something_is_handed_in() -> None:
    member(SENIOR, *sitting()).when(REVOKE).then(REVOKED)
    member(SENIOR, *sitting(), REVOKE).when(REVOKE).then_nothing()
    late = evolve(REVOKE, on=HANDED_IN)
    candidate().when(late).then_refused("access_used")


def test_nothing_is_handed_in_after_access_was_revoked() -> None:
    member(SENIOR, *sitting(), REVOKE).when(SUBMIT).then_refused("access_not_granted")


def test_access_that_was_not_granted_is_not_revoked() -> None:
    member(SENIOR, *attended()).when(REVOKE).then_refused("access_not_granted")
    before = evolve(REVOKE, on=date(2025, 3, 19))
    member(SENIOR, *admitted()).when(before).then_refused("out_of_order")


def test_access_may_be_granted_again_on_the_figures_of_that_day() -> None:
    revoked = member(SENIOR, *sitting(), REVOKE)
    revoked.when(GRANT).then_refused("out_of_order")
    again = evolve(GRANT, on=REVOKE.on)
    fact = AssessmentAccessGranted(num=1_770, den=1_770, threshold_percent=90, on=REVOKE.on)
    revoked.when(again).then(fact)
    assert member(SENIOR, *sitting(), REVOKE, again).when(SUBMIT).facts


# An auditor's question

QUESTION = ask.QuestionDecision(decision=Decision.ACCESS, reason=WHY, on=HANDED_IN)


@pytest.mark.parametrize("decision", list(Decision))
def test_an_auditor_questions_a_decision_and_it_stands(decision: Decision) -> None:
    asked = evolve(QUESTION, decision=decision, on=LATER)
    fact = DecisionQuestioned(decision=decision, reason=WHY, on=LATER)
    scene = passed(AWARD)
    scene.when(asked).then(fact)
    after = passed(AWARD, asked)
    after.when(asked).then_nothing()
    assert after.state.assessment == scene.state.assessment
    assert after.state.award == scene.state.award


@pytest.mark.parametrize("decision", list(Decision))
def test_there_is_nothing_to_question_before_a_decision(decision: Decision) -> None:
    member().when(evolve(QUESTION, decision=decision)).then_refused("nothing_to_question")
    early = evolve(QUESTION, decision=decision, on=date(2025, 3, 19))
    passed(AWARD).when(early).then_refused("out_of_order")
