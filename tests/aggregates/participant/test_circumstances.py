"""Circumstances: what came between, what was asked for it, and what was granted."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.assessment import (
    AssessmentDeferred,
    AssessmentWindowSet,
    Outcome,
    SubmissionMissed,
    SummativeSubmitted,
    WindowExtended,
)
from npq_domain.aggregates.participant.facts.circumstances import (
    Circumstance,
    CircumstancesClaimed,
    CircumstancesDecided,
    Effect,
    EffectKind,
    EvidenceRef,
)
from npq_domain.aggregates.participant.facts.engagement import AbsenceRecorded, AttendanceExcused
from npq_domain.calendar import add_days, add_months, midnight
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Excuse
from npq_domain.testing.clock import INSTANT
from tests.aggregates.ground import (
    BPN_HEADSHIP,
    CLOSES,
    COACHING_OFFER,
    HEADSHIP_2017,
    JOINED,
    MARKED,
    OPENS,
    SENIOR,
    START,
    admitted,
    applicant,
    attended,
    intake_id,
    member,
    sitting,
)

LETTER = EvidenceRef(kind="letter", uri=Personal("file:9"), sha256="cd" * 32)
ASKED = date(2025, 4, 7)
LAST_DAY = date(2025, 4, 9)
"""The eighth day of the window: it closes at its midnight."""
DAY_AFTER = date(2025, 4, 10)

CLAIM = ask.ClaimCircumstances(
    claim="c-1",
    kind=Circumstance.BEREAVEMENT,
    since=date(2025, 4, 5),
    until=date(2025, 4, 20),
    evidence=(LETTER,),
    on=ASKED,
)
CLAIMED = CircumstancesClaimed(
    claim="c-1",
    kind=Circumstance.BEREAVEMENT,
    since=date(2025, 4, 5),
    until=date(2025, 4, 20),
    evidence=(LETTER,),
    on=ASKED,
)
THREE_DAYS = Effect(kind=EffectKind.EXTEND_DAYS, attempt=1, days=3)
LATER = Effect(kind=EffectKind.LATER_WINDOW, attempt=1)
NOTHING = Effect(kind=EffectKind.NONE)
EXTEND = ask.DecideCircumstances(
    claim="c-1", granted=True, effect=THREE_DAYS, decided_by="board", on=LAST_DAY
)
PUT_OFF = evolve(EXTEND, effect=LATER)
DECIDED = CircumstancesDecided(
    claim="c-1",
    granted=True,
    effect=THREE_DAYS,
    decided_by="board",
    by_panel=False,
    on=LAST_DAY,
)
CLOSES_LATER = CLOSES + timedelta(days=3)
EXTENDED = WindowExtended(attempt=1, claim="c-1", days=3, closes_at=CLOSES_LATER, on=LAST_DAY)
SUBMIT = ask.SubmitResponse(words=1_500, sha256="ab" * 32, at=OPENS + timedelta(days=3))
MISS = ask.RecordMissedSubmission(on=DAY_AFTER)


def claimant(*more: Any, key: str = SENIOR) -> Any:
    """Somebody with the case study in hand who has made a claim, and what is given besides."""
    return member(key, *sitting(key), CLAIM, *more)


# The claim


def test_circumstances_are_claimed_with_evidence_by_reference() -> None:
    member(SENIOR, *sitting()).when(CLAIM).then(CLAIMED)
    claimant().when(CLAIM).then_nothing()


def test_a_claim_without_evidence_is_refused() -> None:
    member().when(evolve(CLAIM, evidence=())).then_refused("evidence_missing")
    two = evolve(CLAIM, evidence=(LETTER, evolve(LETTER, uri=Personal("file:10"))))
    assert member().when(two).facts


@pytest.mark.parametrize("digest", ["", "cd" * 31, "CD" * 32])
def test_evidence_is_known_by_its_digest(digest: str) -> None:
    asked = evolve(CLAIM, evidence=(evolve(LETTER, sha256=digest),))
    member().when(asked).then_refused("invalid_digest")


def test_circumstances_do_not_end_before_they_begin() -> None:
    member().when(evolve(CLAIM, until=date(2025, 4, 4))).then_refused("period_out_of_order")
    assert member().when(evolve(CLAIM, until=date(2025, 4, 5))).facts


def test_a_claim_is_made_once_and_by_somebody_who_has_joined() -> None:
    claimant().when(evolve(CLAIM, kind=Circumstance.WORK)).then_refused("already_claimed")
    applicant().when(CLAIM).then_refused("not_enrolled")
    member().when(evolve(CLAIM, on=add_days(JOINED, -1))).then_refused("out_of_order")
    assert member().when(evolve(CLAIM, on=JOINED)).facts


def test_where_evidence_is_kept_is_not_shown_in_words() -> None:
    assert "file:9" not in repr(CLAIMED)


# The decision


def test_a_claim_is_decided_once() -> None:
    claimant(EXTEND).when(EXTEND).then_nothing()
    claimant(EXTEND).when(PUT_OFF).then_refused("already_decided")
    refused = evolve(EXTEND, granted=False, effect=NOTHING)
    claimant(EXTEND).when(refused).then_refused("already_decided")


def test_only_a_claim_that_there_is_can_be_decided_and_not_before_it_was_made() -> None:
    claimant().when(evolve(EXTEND, claim="c-2")).then_refused("unknown_claim")
    claimant().when(evolve(EXTEND, on=date(2025, 4, 6))).then_refused("out_of_order")
    assert claimant().when(evolve(EXTEND, on=ASKED)).facts


def test_a_claim_may_be_granted_or_refused_without_any_effect() -> None:
    for granted in (True, False):
        asked = evolve(EXTEND, granted=granted, effect=NOTHING)
        claimant().when(asked).then(evolve(DECIDED, granted=granted, effect=NOTHING))


def test_a_claim_that_is_not_granted_has_no_effect() -> None:
    claimant().when(evolve(EXTEND, granted=False)).then_refused("effect_not_granted")


@pytest.mark.parametrize(
    "effect",
    [
        evolve(THREE_DAYS, days=None),
        evolve(THREE_DAYS, attempt=None),
        evolve(LATER, days=3),
        evolve(LATER, component="plg-1", excuse=Excuse.CREDIT),
        Effect(kind=EffectKind.EXCUSE, component="plg-1"),
        Effect(kind=EffectKind.EXCUSE, excuse=Excuse.CREDIT),
        evolve(NOTHING, attempt=1),
    ],
)
def test_a_decision_has_one_effect_and_tells_it_whole(effect: Effect) -> None:
    claimant().when(evolve(EXTEND, effect=effect)).then_refused("effect_incomplete")


def test_a_claim_that_nobody_decided_may_be_voided_and_a_decided_one_not() -> None:
    version = len(claimant().facts)
    void = ask.VoidFact(version=version, reason="another Ada", on=LAST_DAY)
    assert claimant().when(void).facts
    claimant(void).when(EXTEND).then_refused("unknown_claim")
    claimant(EXTEND).when(void).then_refused("relied_on")
    claimant(EXTEND).when(evolve(void, version=version + 1)).then_refused("not_voidable")


# Effect: a longer window


@pytest.mark.rule("4.18")
def test_an_extension_makes_the_participants_own_window_longer_by_calendar_days() -> None:
    claimant().when(EXTEND).then(DECIDED, EXTENDED)
    last = evolve(SUBMIT, at=CLOSES_LATER - INSTANT)
    expected = SummativeSubmitted(attempt=1, words=1_500, sha256="ab" * 32, at=last.at)
    claimant(EXTEND).when(last).then(expected)
    claimant(EXTEND).when(evolve(SUBMIT, at=CLOSES_LATER)).then_refused("window_closed")
    claimant().when(evolve(SUBMIT, at=CLOSES)).then_refused("window_closed")
    assert claimant(EXTEND).when(evolve(SUBMIT, at=CLOSES)).facts


def test_an_extended_window_closes_at_a_midnight_in_london_when_clocks_change() -> None:
    into_winter = Effect(kind=EffectKind.EXTEND_DAYS, attempt=1, days=200)
    (_, extended) = claimant().when(evolve(EXTEND, effect=into_winter)).facts
    assert extended.closes_at == midnight(add_days(DAY_AFTER, 200))
    assert extended.closes_at == datetime(2025, 10, 27, tzinfo=UTC)
    assert extended.closes_at - CLOSES == timedelta(days=200, hours=1)


def test_once_the_window_has_closed_it_takes_a_panel() -> None:
    assert claimant().when(EXTEND).facts
    late = evolve(EXTEND, on=DAY_AFTER)
    claimant().when(late).then_refused("window_closed")
    assert claimant().when(evolve(late, by_panel=True)).facts


def test_a_window_that_was_made_longer_is_not_missed_before_it_closes() -> None:
    by_panel = evolve(EXTEND, by_panel=True, on=date(2025, 4, 11))
    assert claimant(MISS).state.assessment.attempt(1).missed
    reopened = claimant(MISS, by_panel)
    assert reopened.state.assessment.attempt(1).missed is None
    assert reopened.when(evolve(SUBMIT, at=CLOSES)).facts
    claimant(EXTEND).when(MISS).then_refused("window_not_closed")
    last = evolve(MISS, on=date(2025, 4, 12))
    claimant(EXTEND).when(last).then_refused("window_not_closed")
    claimant(EXTEND).when(evolve(last, on=date(2025, 4, 13))).then(
        SubmissionMissed(attempt=1, on=date(2025, 4, 13))
    )


def test_extensions_of_two_claims_add_up() -> None:
    second = [evolve(CLAIM, claim="c-2"), evolve(EXTEND, claim="c-2")]
    scene = claimant(EXTEND, *second[:1])
    further = evolve(EXTENDED, claim="c-2", closes_at=CLOSES + timedelta(days=6))
    scene.when(second[1]).then(evolve(DECIDED, claim="c-2"), further)
    assert claimant(EXTEND, *second).state.assessment.attempt(1).extension_days == 6


@pytest.mark.parametrize(("days", "lawful"), [(0, False), (1, True), (366, True), (367, False)])
def test_an_extension_is_of_days_and_not_of_years(days: int, *, lawful: bool) -> None:
    outcome = claimant().when(evolve(EXTEND, effect=evolve(THREE_DAYS, days=days)))
    if lawful:
        assert outcome.facts
    else:
        outcome.then_refused("days_out_of_range")


def test_there_is_nothing_to_extend_without_a_window_or_once_it_was_handed_in() -> None:
    member(SENIOR, *attended(), CLAIM).when(EXTEND).then_refused("window_not_set")
    claimant(SUBMIT).when(EXTEND).then_refused("already_submitted")
    second = evolve(EXTEND, effect=evolve(THREE_DAYS, attempt=2))
    claimant().when(second).then_refused("attempt_not_open")
    resit = ask.OfferResit(attempt=2, on=date(2025, 4, 11))
    scene = claimant(MISS, resit)
    by_panel = evolve(EXTEND, by_panel=True, on=resit.on)
    scene.when(by_panel).then_refused("attempt_not_open")


# Effect: a later window

SECOND = ask.SetWindow(cohort_id=intake_id(SENIOR), sitting=2, on=DAY_AFTER)


def test_a_deferred_attempt_begins_again_in_a_later_window() -> None:
    deferred = AssessmentDeferred(
        attempt=1,
        claim="c-1",
        reason=Circumstance.BEREAVEMENT,
        former_closes_at=CLOSES,
        on=LAST_DAY,
    )
    claimant().when(PUT_OFF).then(evolve(DECIDED, effect=LATER), deferred)
    claimant(PUT_OFF).when(SUBMIT).then_refused("window_not_open")
    (window,) = claimant(PUT_OFF).when(SECOND).facts
    assert type(window) is AssessmentWindowSet
    assert window.attempt == 1
    case = ask.ReleaseCaseStudy(ref="case-8", at=window.opens_at)
    again = claimant(PUT_OFF, SECOND, case)
    assert again.when(evolve(SUBMIT, at=window.opens_at)).facts
    assert again.state.assessment.current == 1


def test_without_a_deferral_a_missed_or_begun_attempt_gets_no_later_window() -> None:
    claimant(MISS).when(SECOND).then_refused("already_missed")
    claimant().when(SECOND).then_refused("already_released")
    assert claimant(MISS, evolve(PUT_OFF, on=DAY_AFTER)).when(SECOND).facts


def test_a_later_window_is_not_the_one_that_was_given_up() -> None:
    claimant(PUT_OFF).when(evolve(SECOND, sitting=1)).then_refused("window_out_of_range")


def test_an_attempt_that_is_put_off_twice_follows_the_window_it_gave_up_first() -> None:
    again = [evolve(CLAIM, claim="c-2", on=LAST_DAY), evolve(PUT_OFF, claim="c-2")]
    twice = claimant(PUT_OFF, *again)
    assert twice.state.assessment.attempt(1).deferred.former_closes_at == CLOSES
    twice.when(evolve(SECOND, sitting=1)).then_refused("window_out_of_range")
    assert twice.when(SECOND).facts


def test_who_has_no_window_yet_may_be_put_off_as_well() -> None:
    early = member(SENIOR, *attended(), CLAIM)
    (_, deferred) = early.when(PUT_OFF).facts
    assert deferred.former_closes_at is None


def test_what_was_handed_in_is_not_put_off() -> None:
    claimant(SUBMIT).when(PUT_OFF).then_refused("already_submitted")


@pytest.mark.rule("3.10")
def test_a_window_beyond_21_months_takes_a_deferral_that_was_granted() -> None:
    late = ask.SetWindow(cohort_id=intake_id(BPN_HEADSHIP), sitting=2, on=DAY_AFTER)
    scene = member(BPN_HEADSHIP, *admitted(BPN_HEADSHIP), CLAIM)
    scene.when(late).then_refused("window_out_of_range")
    deferred = member(BPN_HEADSHIP, *admitted(BPN_HEADSHIP), CLAIM, PUT_OFF)
    (window,) = deferred.when(late).facts
    assert window.opens_at == midnight(add_months(START, 22))


# Effect: an absence excused

PLG_1 = Effect(kind=EffectKind.EXCUSE, component="plg-1", excuse=Excuse.CREDIT)
EXCUSE = evolve(EXTEND, effect=PLG_1)
ABSENCE = ask.RecordAbsence(component="plg-1", on=date(2024, 1, 15))


@pytest.mark.rule("4.15")
def test_an_excuse_rests_on_the_claim_and_leaves_the_absence_on_record() -> None:
    scene = member(SENIOR, ABSENCE, CLAIM)
    excused = AttendanceExcused(
        component="plg-1", effect=Excuse.CREDIT, basis=Personal("c-1"), on=LAST_DAY
    )
    scene.when(EXCUSE).then(evolve(DECIDED, effect=PLG_1), excused)
    after = member(SENIOR, ABSENCE, CLAIM, EXCUSE).state.engagement
    assert type(after.sessions["plg-1"]) is AbsenceRecorded
    assert after.credits["plg-1"].excuse is Excuse.CREDIT


def test_only_an_absence_is_excused() -> None:
    member(SENIOR, CLAIM).when(EXCUSE).then_refused("nothing_to_excuse")
    came = ask.RecordAttendance(component="plg-1", minutes=10, on=ABSENCE.on)
    member(SENIOR, came, CLAIM).when(EXCUSE).then_refused("nothing_to_excuse")
    nowhere = evolve(EXCUSE, effect=evolve(PLG_1, component="plg-9"))
    member(SENIOR, CLAIM).when(nowhere).then_refused("unknown_component")


def test_where_the_document_excuses_nothing_neither_does_a_decision() -> None:
    absence = evolve(ABSENCE, component="face-to-face-1")
    effect = evolve(PLG_1, component="face-to-face-1")
    scene = member(BPN_HEADSHIP, absence, CLAIM)
    scene.when(evolve(EXCUSE, effect=effect)).then_refused("excuse_not_allowed")


@pytest.mark.rule("4.15")
def test_an_absence_that_is_excused_can_open_the_assessment() -> None:
    absence = evolve(ABSENCE, component="face-to-face-1")
    lived = [*attended(but=("face-to-face-1",)), absence]
    grant = ask.GrantAccess(on=date(2025, 3, 20))
    member(SENIOR, *lived).when(grant).then_refused("engagement_below_threshold")
    before = [
        evolve(CLAIM, on=date(2025, 3, 1)),
        evolve(EXCUSE, effect=evolve(PLG_1, component="face-to-face-1"), on=date(2025, 3, 10)),
    ]
    assert member(SENIOR, *lived, *before).when(grant).facts


def test_a_pass_leaves_nothing_to_make_allowance_for() -> None:
    mark = ask.MarkResponse(
        marker="m-1", learn_that=1, learn_how_to=1, outcome=Outcome.FAILED, on=MARKED
    )
    failed = [SUBMIT, mark, ask.PublishResult(on=MARKED), ask.OfferResit(attempt=2, on=MARKED)]
    put_right = ask.CorrectOutcome(outcome=Outcome.PASSED, reason="a slip", on=MARKED)
    second = evolve(PUT_OFF, effect=evolve(LATER, attempt=2), on=MARKED)
    assert claimant(*failed).when(second).facts
    claimant(*failed, put_right).when(second).then_refused("already_passed")


@pytest.mark.parametrize("effect", [LATER, THREE_DAYS])
@pytest.mark.parametrize("key", [HEADSHIP_2017, COACHING_OFFER])
def test_where_nothing_is_sat_there_is_no_window_to_give(key: str, effect: Effect) -> None:
    claimed = member(key, CLAIM)
    claimed.when(evolve(EXTEND, effect=effect)).then_refused("not_applicable", "not_applicable")
    assert claimed.when(evolve(EXTEND, effect=NOTHING)).facts
