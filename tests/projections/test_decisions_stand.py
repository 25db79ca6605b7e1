"""Decisions stand: the views show the basis then beside the basis now, and where they disagree."""

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.appeals import Decision
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.circumstances import (
    Circumstance,
    Effect,
    EffectKind,
    EvidenceRef,
)
from npq_domain.personal import Personal
from npq_domain.projections import Seen, eligibility
from npq_domain.projections.eligibility import EligibilityRow
from tests.aggregates.ground import (
    BPN_HEADSHIP,
    CLOSES,
    MARKED,
    OPENS,
    SENIOR,
    admitted,
    attended,
    intake_id,
    member,
    sitting,
)

TODAY = date(2025, 6, 10)
WHY = Personal("the wrong Ada")
SUBMIT = ask.SubmitResponse(words=1_500, sha256="ab" * 32, at=OPENS + timedelta(days=3))
PASS = ask.MarkResponse(
    marker="m-1", learn_that=12, learn_how_to=15, outcome=Outcome.PASSED, on=MARKED
)
PUBLISH = ask.PublishResult(on=MARKED)
AWARD = ask.AwardQualification(on=MARKED)
PASSED = [*sitting(), SUBMIT, PASS, PUBLISH]


def shown(*before: Any, key: str = SENIOR, as_at: date = TODAY) -> EligibilityRow:
    """The row of somebody to whom this has happened."""
    scene = member(key, *before)
    seen = Seen(subject="p", position=len(scene.facts), as_at=as_at)
    row = eligibility.row(scene.state, seen)
    assert row
    return row


def version_of(component: str, *before: Any) -> int:
    """The version of the record of a component."""
    facts = member(SENIOR, *before).facts
    return next(at for at, it in enumerate(facts, 1) if getattr(it, "component", None) == component)


def void(component: str, *before: Any) -> ask.VoidFact:
    return ask.VoidFact(version=version_of(component, *before), reason=WHY, on=TODAY)


@pytest.mark.rule("4.15")
def test_access_stands_and_shows_when_a_register_behind_it_was_wrong() -> None:
    row = shown(*admitted(), void("face-to-face-1", *admitted()))
    assert row.access == "granted"
    assert row.basis_then == "engagement 1770/1770 minutes against 90 %"
    assert row.basis_now == "engagement 1380/1770 minutes against 90 %"
    assert row.basis_changed
    assert row.assessment_blockers == ("engagement_below_threshold",)


def test_access_that_rests_as_it_did_shows_the_same_twice() -> None:
    row = shown(*admitted())
    assert row.basis_then == row.basis_now == "engagement 1770/1770 minutes against 90 %"
    assert not row.basis_changed


def test_what_is_attended_after_access_was_granted_is_no_change_of_its_basis() -> None:
    """The figures now are those of the day of the decision, as they are known now."""
    before = [*attended(but=("plg-1",)), ask.GrantAccess(on=date(2025, 3, 20))]
    later = ask.RecordAttendance(component="plg-1", minutes=120, on=date(2025, 3, 21))
    row = shown(*before, later)
    assert row.basis_then == row.basis_now == "engagement 1650/1770 minutes against 90 %"
    told_late = evolve(later, on=date(2025, 3, 20))
    assert shown(*before, told_late).basis_changed


def test_where_access_asks_for_no_engagement_there_is_no_basis_to_change() -> None:
    row = shown(ask.GrantAccess(on=date(2025, 3, 20)), key=BPN_HEADSHIP)
    assert (row.access, row.basis_then, row.basis_now, row.basis_changed) == (
        "granted",
        None,
        None,
        False,
    )
    undecided = shown()
    assert (undecided.basis_then, undecided.basis_changed) == (None, False)


def test_an_award_stands_and_shows_when_the_outcome_was_corrected() -> None:
    rested = shown(*PASSED, AWARD)
    assert rested.award_basis_then == rested.award_basis_now
    assert not rested.award_basis_changed
    to_fail = ask.CorrectOutcome(outcome=Outcome.FAILED, reason=WHY, on=TODAY)
    row = shown(*PASSED, AWARD, to_fail)
    assert row.awarded_on == MARKED
    assert row.outcome == "failed"
    assert row.outcome_corrected_on == TODAY
    assert row.award_basis_changed
    assert "attempt 1 was passed, published on 2025-05-06" in row.award_basis_then
    corrected = "attempt 1 was failed, corrected on 2025-06-10 to count from 2025-06-10"
    assert corrected in row.award_basis_now
    assert row.award_blockers == ("assessment_not_passed",)
    revoked = shown(*PASSED, AWARD, to_fail, ask.RevokeAward(reason=WHY, on=TODAY))
    assert (revoked.awarded_on, revoked.revoked) == (None, True)
    assert (revoked.award_basis_then, revoked.award_basis_changed) == ((), False)


def test_a_pass_with_another_date_says_that_dfe_passes_over_it() -> None:
    redated = ask.CorrectOutcome(
        outcome=Outcome.PASSED, completed_on=date(2025, 4, 30), reason=WHY, on=TODAY
    )
    row = shown(*PASSED, redated)
    assert (row.outcome, row.ignored_by_dfe) == ("passed", True)
    to_fail = evolve(redated, outcome=Outcome.FAILED)
    assert not shown(*PASSED, to_fail).ignored_by_dfe
    assert not shown(*PASSED).ignored_by_dfe


def test_an_appeal_shows_how_far_it_is() -> None:
    failed = [*PASSED[:-2], evolve(PASS, outcome=Outcome.FAILED), PUBLISH]
    lodged = ask.LodgeAppeal(grounds=WHY, on=MARKED)
    decided = ask.DecideAppeal(upheld=True, outcome=Outcome.PASSED, decided_by="board", on=TODAY)
    rejected = evolve(decided, upheld=False, outcome=None)
    assert shown(*failed).appeal is None
    assert shown(*failed, lodged).appeal == "lodged"
    assert shown(*failed, lodged, rejected).appeal == "rejected"
    row = shown(*failed, lodged, decided)
    assert (row.appeal, row.outcome, row.award_blockers) == ("upheld", "passed", ())


def test_a_question_of_an_auditor_shows_and_changes_nothing() -> None:
    asked = [
        ask.QuestionDecision(decision=it, reason=WHY, on=TODAY)
        for it in (Decision.RESULT, Decision.ACCESS)
    ]
    row = shown(*PASSED, AWARD, *asked)
    assert row.questioned == ("access", "result")
    assert evolve(row, questioned=(), as_of_position=0) == evolve(
        shown(*PASSED, AWARD), as_of_position=0
    )


def test_access_that_was_revoked_shows_so() -> None:
    row = shown(*sitting(), ask.RevokeAccess(reason=WHY, on=date(2025, 4, 3)))
    assert (row.access, row.basis_then) == ("revoked", None)


CLAIM = ask.ClaimCircumstances(
    claim="c-1",
    kind=Circumstance.HEALTH,
    since=date(2025, 4, 5),
    until=date(2025, 4, 6),
    evidence=(EvidenceRef(kind="letter", uri=Personal("file:9"), sha256="cd" * 32),),
    on=date(2025, 4, 7),
)


def decided(effect: Effect) -> ask.DecideCircumstances:
    return ask.DecideCircumstances(
        claim="c-1", granted=True, effect=effect, decided_by="board", on=date(2025, 4, 9)
    )


@pytest.mark.rule("4.18")
def test_the_view_shows_the_extended_close_and_counts_the_days_to_it() -> None:
    last_day = date(2025, 4, 9)
    waiting = shown(*sitting(), CLAIM, as_at=last_day)
    assert (waiting.claims_open, waiting.extension_days, waiting.days_left) == (1, 0, 1)
    assert waiting.window_closes_at == CLOSES
    effect = Effect(kind=EffectKind.EXTEND_DAYS, attempt=1, days=3)
    row = shown(*sitting(), CLAIM, decided(effect), as_at=last_day)
    assert (row.claims_open, row.extension_days, row.days_left) == (0, 3, 4)
    assert row.window_closes_at == CLOSES + timedelta(days=3)


def test_the_view_shows_an_attempt_that_was_put_off() -> None:
    effect = Effect(kind=EffectKind.LATER_WINDOW, attempt=1)
    row = shown(*sitting(), CLAIM, decided(effect))
    assert (row.deferred, row.attempt, row.window_opens_at, row.missed) == (True, 1, None, False)
    second = ask.SetWindow(cohort_id=intake_id(SENIOR), sitting=2, on=TODAY)
    later = shown(*sitting(), CLAIM, decided(effect), second)
    assert later.window_opens_at
    assert later.window_opens_at > CLOSES
    assert not shown(*sitting()).deferred
