"""Placing: DfE's rules for the schedule, the funded place, and other places of the same person."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from attrs import asdict, evolve

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.commands.placing import placed as placed_in
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import (
    ApplicationAccepted,
    ApplicationRejected,
    ApplicationReopened,
    FundingStated,
    PriorApplication,
    RejectionReason,
)
from npq_domain.aggregates.participant.facts.declarations import (
    DeclarationMade,
    DeclarationStateReported,
    DeclarationVoided,
)
from npq_domain.aggregates.participant.facts.engagement import AttendanceRecorded
from npq_domain.aggregates.participant.facts.funding import FundedPlaceChanged, FundingOverride
from npq_domain.aggregates.participant.facts.training import (
    CohortChanged,
    DeferralReason,
    TrainingDeferred,
)
from npq_domain.catalogue import shipped
from npq_domain.catalogue.types import FundingMode
from npq_domain.personal import Personal
from npq_domain.policies.declarations import DeclarationState
from npq_domain.projections import EngagementRow, Seen, dashboard, eligibility, engagement
from npq_domain.testing import Scene, given
from npq_domain.testing.clock import last_instant
from tests.aggregates.ground import (
    CATALOGUE,
    COACHING_OFFER,
    JOINED,
    SENIOR,
    START,
    acceptance,
    accepted,
    attended,
    intake,
    intake_id,
    member,
    registration,
    shown,
)
from tests.stored.samples import sample

DAY = date(2023, 9, 20)
ELIGIBLE, INELIGIBLE = FundingStated(eligible=True), FundingStated(eligible=False)
WHY = Personal("a slip")

FULL, CAPPED, ZERO, UNKNOWN = "2023a", "2024a", "2026a", "2031a"


def ready(
    cohort: str | None,
    *,
    key: str = SENIOR,
    funding: FundingStated | None = ELIGIBLE,
    on: date = DAY,
) -> Scene[Participant]:
    """Everything is shown but the acceptance, in a cohort of DfE's."""
    first = registration(key, funding_cohort=cohort, funding=funding, on=on)
    before: list[Any] = [first, *(evolve(it, on=on) for it in shown(key))]
    before += [ask.SendForm(on=on), ask.ReturnForm(on=on)]
    before.append(ask.Endorse(role="headteacher", name=Personal("Grace Hopper"), on=on))
    return given(participant, *before, catalogue=CATALOGUE)


def in_place(cohort: str, identifier: str, *, on: date, **other: Any) -> ApplicationAccepted:
    """The acceptance that follows, with what it copies of the catalogue."""
    known, terms = shipped().funding_cohort(cohort), shipped().schedule(cohort, identifier)
    assert known
    assert terms
    plain = acceptance(
        schedule=identifier, terms=terms, funding_cohort=known.id, funding=known.funding, on=on
    )
    return evolve(plain, **other)


# The schedule


@pytest.mark.parametrize(
    ("day", "season"),
    [("2023-12-25", "autumn"), ("2023-12-26", "spring"), ("2024-04-03", "autumn")],
)
def test_an_acceptance_falls_into_the_schedule_of_its_day(day: str, season: str) -> None:
    on = date.fromisoformat(day)
    followed = in_place(FULL, f"npq-leadership-{season}", on=on)
    ready(FULL).when(ask.Accept(on=on)).then(followed)


def test_a_schedule_that_is_named_goes_before_that_of_the_day() -> None:
    asked = ask.Accept(schedule="npq-leadership-spring", on=DAY)
    ready(FULL).when(asked).then(in_place(FULL, "npq-leadership-spring", on=DAY))


def test_a_cohort_that_goes_by_its_year_alone_is_that_years() -> None:
    ready("2023").when(ask.Accept(on=DAY)).then(in_place(FULL, "npq-leadership-autumn", on=DAY))


def test_a_schedule_that_the_cohort_does_not_have_is_refused() -> None:
    asked = ask.Accept(schedule="npq-leadership-winter", on=DAY)
    ready(FULL).when(asked).then_refused("unknown_schedule")


def test_a_schedule_of_another_course_group_is_refused() -> None:
    asked = ask.Accept(schedule="npq-specialist-autumn", on=DAY)
    ready(FULL).when(asked).then_refused("schedule_not_allowed")


def test_a_day_for_which_the_cohort_has_no_schedule_is_refused() -> None:
    asked = ask.Accept(funded_place=True, on=date(2025, 12, 26))
    ready(CAPPED).when(asked).then_refused("unknown_schedule")


@pytest.mark.rule("4.4")
def test_the_coaching_offer_falls_into_a_schedule_of_its_own() -> None:
    followed = in_place(FULL, "npq-ehco-november", on=DAY)
    ready(FULL, key=COACHING_OFFER).when(ask.Accept(on=DAY)).then(followed)


def test_an_acceptance_is_not_other_because_it_leaves_the_schedule_out() -> None:
    once = given(participant, *ready(FULL).facts, in_place(FULL, "npq-leadership-autumn", on=DAY))
    once.when(ask.Accept(on=date(2023, 12, 26))).then_nothing()
    asked = ask.Accept(schedule="npq-leadership-spring", on=DAY)
    once.when(asked).then_refused("already_accepted")


@pytest.mark.parametrize("cohort", [None, UNKNOWN, "2025"])
def test_where_the_catalogue_is_silent_about_the_cohort_nothing_is_asked(
    cohort: str | None,
) -> None:
    other = PriorApplication(
        application_id="a-9", programme="NPQSL", funding_cohort=cohort, accepted=True
    )
    asked = ask.Accept(funded_place=True, schedule="anything", prior=(other,), on=DAY)
    told = acceptance(funded_place=True, schedule="anything", prior=(other,), on=DAY)
    ready(cohort, funding=None).when(asked).then(told)


def test_a_programme_that_dfes_service_never_had_has_no_place_in_its_cohorts() -> None:
    first = registration("2017/OLP/NPQML/1", funding_cohort="2021a", on=date(2021, 11, 1))
    asked = given(participant, first, catalogue=CATALOGUE).when(ask.Accept(on=date(2021, 11, 2)))
    asked.then(acceptance(on=date(2021, 11, 2)))


# The funded place


@pytest.mark.parametrize(
    ("cohort", "stated", "asked", "refused"),
    [
        (FULL, ELIGIBLE, None, None),
        (FULL, ELIGIBLE, True, "funded_place_not_allowed"),
        (FULL, ELIGIBLE, False, "funded_place_not_allowed"),
        (FULL, INELIGIBLE, None, None),
        (FULL, INELIGIBLE, True, "funded_place_not_allowed"),
        (FULL, INELIGIBLE, False, "funded_place_not_allowed"),
        (FULL, None, None, None),
        (FULL, None, True, "funded_place_not_allowed"),
        (FULL, None, False, "funded_place_not_allowed"),
        (CAPPED, ELIGIBLE, None, "funded_place_required"),
        (CAPPED, ELIGIBLE, True, None),
        (CAPPED, ELIGIBLE, False, None),
        (CAPPED, INELIGIBLE, None, "funded_place_required"),
        (CAPPED, INELIGIBLE, True, "funded_place_not_allowed"),
        (CAPPED, INELIGIBLE, False, None),
        (CAPPED, None, None, "funded_place_required"),
        (CAPPED, None, True, "funded_place_not_allowed"),
        (CAPPED, None, False, None),
        (ZERO, ELIGIBLE, None, "funded_place_required"),
        (ZERO, ELIGIBLE, True, "funded_place_not_allowed"),
        (ZERO, ELIGIBLE, False, None),
        (ZERO, INELIGIBLE, None, "funded_place_required"),
        (ZERO, INELIGIBLE, True, "funded_place_not_allowed"),
        (ZERO, INELIGIBLE, False, None),
        (ZERO, None, None, "funded_place_required"),
        (ZERO, None, True, "funded_place_not_allowed"),
        (ZERO, None, False, None),
    ],
)
def test_a_funded_place_is_as_the_funding_of_the_cohort_allows(
    cohort: str, stated: FundingStated | None, asked: bool | None, refused: str | None
) -> None:
    season = {FULL: "autumn", CAPPED: "autumn", ZERO: "spring"}[cohort]
    on = {FULL: DAY, CAPPED: date(2024, 10, 1), ZERO: date(2026, 2, 2)}[cohort]
    accepting = ready(cohort, funding=stated).when(ask.Accept(funded_place=asked, on=on))
    if refused:
        accepting.then_refused(refused)
    else:
        followed = in_place(cohort, f"npq-leadership-{season}", on=on, funded_place=asked)
        accepting.then(followed)


def test_everything_that_dfe_would_refuse_is_told_at_once() -> None:
    other = PriorApplication(
        application_id="a-9",
        programme="npq-senior-leadership",
        funding_cohort=CAPPED,
        accepted=True,
    )
    asked = ask.Accept(schedule="npq-specialist-autumn", prior=(other,), on=date(2024, 10, 1))
    wrong = ("other_accepted", "schedule_not_allowed", "funded_place_required")
    ready(CAPPED).when(asked).then_refused("other_accepted", *wrong)


def place_of(scene: Scene[Participant], on: date = DAY) -> list[tuple[str, bool]]:
    return [(it.code, it.met) for it in placed_in(scene.state, on, catalogue=CATALOGUE)]


SCHEDULED = [("unknown_schedule", True), ("schedule_not_allowed", True)]
NO_OTHER = ("other_accepted", True)


@pytest.mark.parametrize("cohort", [FULL, CAPPED, ZERO])
@pytest.mark.parametrize("stated", [ELIGIBLE, INELIGIBLE])
def test_the_gate_of_the_place_tells_an_applicant_what_may_be(
    cohort: str, stated: FundingStated
) -> None:
    told = place_of(ready(cohort, funding=stated))
    assert told == [*SCHEDULED, ("funded_place_not_allowed", True)]


def test_the_gate_of_the_place_tells_how_one_stands_that_was_taken() -> None:
    funded = placed(funded_place=True)
    assert place_of(funded) == [NO_OTHER, *SCHEDULED, ("funded_place_not_allowed", True)]
    mark = ask.OverrideFunding(code=FundingOverride.MARKED_INELIGIBLE, reason=WHY, on=LATER)
    lost = placed(mark, funded_place=True)
    assert place_of(lost) == [NO_OTHER, *SCHEDULED, ("funded_place_not_allowed", False)]
    assert place_of(placed(mark))[-1] == ("funded_place_not_allowed", True)


def test_no_gate_of_the_place_is_where_dfe_has_no_rule_or_no_schedule_of_the_day() -> None:
    assert place_of(ready(UNKNOWN)) == place_of(ready(None)) == []
    assert ("unknown_schedule", False) in place_of(ready(CAPPED), date(2025, 12, 26))


# Other places of the same person


@pytest.mark.parametrize(
    ("other", "refused"),
    [
        ({}, True),
        ({"programme": "npq-senior-leadership"}, True),
        ({"funding_cohort": "2023"}, True),
        ({"programme": "NPQH"}, False),
        ({"funding_cohort": "2022a"}, False),
        ({"funding_cohort": None}, False),
        ({"accepted": False}, False),
        ({"withdrawn": True}, False),
        ({"application_id": "A-1"}, False),
    ],
)
def test_nobody_has_two_places_on_one_course_in_one_cohort(
    other: dict[str, Any], refused: bool
) -> None:
    same: dict[str, Any] = {"programme": "NPQSL", "funding_cohort": FULL, "accepted": True}
    prior = (PriorApplication(**{"application_id": "a-9"} | same | other),)
    asked = ready(FULL).when(ask.Accept(prior=prior, on=DAY))
    if refused:
        asked.then_refused("other_accepted")
    else:
        asked.then(in_place(FULL, "npq-leadership-autumn", on=DAY, prior=prior))


def test_the_additional_support_offer_is_the_same_course_as_the_coaching_offer() -> None:
    prior = (
        PriorApplication(application_id="a-9", programme="ASO", funding_cohort=FULL, accepted=True),
    )
    asked = ready(FULL, key=COACHING_OFFER).when(ask.Accept(prior=prior, on=DAY))
    asked.then_refused("other_accepted")


# A funded place that changes


def placed(*more: Any, funded_place: bool = False, cohort: str = CAPPED) -> Scene[Participant]:
    on = date(2024, 10, 1)
    fact = in_place(cohort, "npq-leadership-autumn", on=on, funded_place=funded_place)
    return given(participant, *ready(cohort).facts, fact, *more, catalogue=CATALOGUE)


LATER = date(2024, 11, 4)
GIVE, TAKE = (ask.ChangeFundedPlace(value=it, on=LATER) for it in (True, False))


def test_an_eligible_participant_is_given_a_funded_place_later() -> None:
    given_one = FundedPlaceChanged(value=True, on=LATER)
    placed().when(GIVE).then(given_one)
    after = placed(given_one)
    after.when(GIVE).then_nothing()
    assert after.state.funding.place is True
    after.when(TAKE).then(FundedPlaceChanged(value=False, on=LATER))


def test_a_place_of_who_is_not_eligible_stays_unfunded() -> None:
    mark = ask.OverrideFunding(code=FundingOverride.MARKED_INELIGIBLE, reason=WHY, on=LATER)
    placed(mark).when(GIVE).then_refused("funded_place_not_allowed")
    placed(mark, funded_place=True).when(TAKE).then(FundedPlaceChanged(value=False, on=LATER))


def test_only_places_of_capped_cohorts_change() -> None:
    full = given(participant, *ready(FULL).facts, ask.Accept(on=DAY), catalogue=CATALOGUE)
    full.when(GIVE).then_refused("not_applicable")
    silent = given(participant, *accepted(), catalogue=CATALOGUE)
    silent.when(GIVE).then_refused("not_applicable")


def test_the_cohort_that_was_changed_to_is_the_one_that_asks() -> None:
    moved = CohortChanged(
        former=FULL, cohort=CAPPED, funding=FundingMode.CAPPED, funded_place=True, on=LATER
    )
    full = given(participant, *ready(FULL).facts, ask.Accept(on=DAY), moved, catalogue=CATALOGUE)
    assert full.state.funding.mode is FundingMode.CAPPED
    full.when(GIVE).then_nothing()
    full.when(TAKE).then(FundedPlaceChanged(value=False, on=LATER))


def test_only_places_of_accepted_applications_change() -> None:
    ready(CAPPED).when(GIVE).then_refused("not_accepted")


CLAIM = UUID(int=5)


def declared(state: DeclarationState | None = None, *, at: date = LATER) -> list[Any]:
    """A declaration of the start, and what DfE says of it."""
    made = evolve(sample(DeclarationMade), id=CLAIM, at=last_instant(at))
    told = evolve(sample(DeclarationStateReported), id=CLAIM, state=state, on=at)
    return [made, told] if state else [made]


LIVE = [None, *map(DeclarationState, ("submitted", "eligible", "payable", "paid"))]
SETTLED = list(map(DeclarationState, ("ineligible", "voided", "awaiting-clawback", "clawed-back")))


def state_of(it: DeclarationState | None) -> str:
    return it.value if it else "unreported"


@pytest.mark.parametrize("state", LIVE, ids=state_of)
@pytest.mark.parametrize("change", [GIVE, TAKE], ids=["given", "taken"])
def test_any_change_of_a_funded_place_is_barred_by_a_live_declaration(
    state: DeclarationState | None, change: ask.ChangeFundedPlace
) -> None:
    place = placed(*declared(state), funded_place=not change.value)
    place.when(change).then_refused("declarations_present")


@pytest.mark.parametrize("state", SETTLED, ids=state_of)
def test_a_declaration_that_dfe_does_not_pay_for_bars_no_change(state: DeclarationState) -> None:
    assert placed(*declared(state)).when(GIVE).facts


# Rejected after acceptance, and pending again

SINCE = date(2025, 10, 20)
BEFORE = date(2025, 10, 19)


def rejecting(on: date) -> ask.Reject:
    return ask.Reject(on=on)


def rejection(on: date) -> ApplicationRejected:
    return ApplicationRejected(reason=RejectionReason.REJECTED_BY_PROVIDER, on=on)


def test_since_20_october_2025_an_accepted_application_may_be_rejected() -> None:
    placed().when(rejecting(BEFORE)).then_refused("already_accepted")
    placed().when(rejecting(SINCE)).then(rejection(SINCE))
    assert placed(rejecting(SINCE)).state.funding.place is None


def test_nobody_is_rejected_before_they_were_accepted() -> None:
    on = date(2025, 10, 31)
    fact = in_place(CAPPED, "npq-leadership-autumn", on=on, funded_place=False)
    late = given(participant, *ready(CAPPED).facts, fact, catalogue=CATALOGUE)
    late.when(rejecting(AFTER)).then_refused("out_of_order")
    late.when(rejecting(on)).then(rejection(on))


def test_who_has_joined_may_be_rejected_since_then_too() -> None:
    member().when(rejecting(BEFORE)).then_refused("already_enrolled")
    member().when(rejecting(SINCE)).then(rejection(SINCE))
    back = ApplicationReopened(reason=WHY, on=SINCE)
    member(SENIOR, rejecting(SINCE)).when(ask.Reopen(reason=WHY, on=SINCE)).then(back)
    again = member(SENIOR, rejecting(SINCE), back).when(ask.Accept(on=SINCE))
    again.then(acceptance(on=SINCE))


AFTER = date(2025, 10, 21)


def attends(on: date) -> ask.RecordAttendance:
    return ask.RecordAttendance(component="induction", minutes=120, on=on)


def test_who_was_rejected_after_joining_takes_part_in_nothing_later() -> None:
    rejected = member(SENIOR, rejecting(SINCE))
    rejected.when(attends(AFTER)).then_refused("not_accepted")
    for day in (BEFORE, SINCE):
        rejected.when(attends(day)).then(AttendanceRecorded(**asdict(attends(day))))
    pending = ask.Reopen(reason=WHY, on=SINCE)
    member(SENIOR, rejecting(SINCE), pending).when(attends(AFTER)).then_refused("not_accepted")
    again = member(SENIOR, rejecting(SINCE), pending, ask.Accept(on=SINCE))
    again.when(attends(AFTER)).then(AttendanceRecorded(**asdict(attends(AFTER))))


def test_who_was_rejected_after_joining_passes_no_gate() -> None:
    done = member(SENIOR, *attended())
    assert gates.blockers(gates.access, done.state) == ()
    rejected = member(SENIOR, *attended(), rejecting(SINCE))
    assert gates.blockers(gates.access, rejected.state) == ("not_accepted",)
    assert gates.blockers(gates.access, rejected.state, BEFORE) == ()
    assert "not_accepted" in gates.blockers(gates.award, rejected.state)
    rejected.when(ask.GrantAccess(on=SINCE)).then_refused("not_accepted")


def seen(scene: Scene[Participant], as_at: date) -> EngagementRow:
    row = engagement.row(scene.state, Seen(subject="s", position=1, as_at=as_at))
    assert row
    return row


def test_who_was_rejected_after_joining_is_shown_as_in_no_training() -> None:
    rejected = member(SENIOR, attends(SINCE), rejecting(SINCE))
    assert seen(rejected, BEFORE).training_status == "active"
    row = seen(rejected, SINCE)
    assert (row.training_status, row.outside_training) == (None, ())
    earlier = evolve(rejection(SINCE), on=BEFORE)
    late = seen(member(SENIOR, attends(SINCE), earlier), SINCE)
    assert late.outside_training == ("2025-10-20 induction after rejection",)


def counted(scene: Scene[Participant]) -> tuple[int, int, int, int]:
    of = Seen(subject="s", position=1, as_at=AFTER)
    application = eligibility.row(scene.state, of)
    assert application
    (row,) = dashboard.rows([application], [seen(scene, AFTER)], [], [], as_at=AFTER)
    return row.accepted, row.rejected, row.enrolled, row.active


def test_the_dashboard_counts_who_was_rejected_after_joining_among_the_rejected_alone() -> None:
    assert counted(member()) == (1, 0, 1, 1)
    assert counted(member(SENIOR, rejecting(SINCE))) == (0, 1, 0, 0)


def test_nothing_falls_due_of_who_was_rejected() -> None:
    start = rejection(date(2023, 10, 1))
    rejected, here = member(SENIOR, start), member(SENIOR)
    assert (seen(rejected, SINCE).gap_min, seen(rejected, SINCE).at_risk) == (0, "green")
    assert seen(here, SINCE).at_risk != "green"
    away = TrainingDeferred(reason=DeferralReason.OTHER, expected_return=None, on=START)
    assert seen(member(SENIOR, away, rejection(SINCE)), SINCE).gap_min == 0


@pytest.mark.parametrize("state", LIVE, ids=state_of)
def test_no_application_is_rejected_or_reopened_under_a_live_declaration(
    state: DeclarationState | None,
) -> None:
    claimed = placed(*declared(state))
    claimed.when(rejecting(SINCE)).then_refused("declarations_present")
    claimed.when(ask.Reopen(reason=WHY, on=SINCE)).then_refused("declarations_present")


@pytest.mark.parametrize("state", SETTLED, ids=state_of)
def test_an_application_is_rejected_or_reopened_over_settled_declarations(
    state: DeclarationState,
) -> None:
    claimed = placed(*declared(state))
    claimed.when(rejecting(SINCE)).then(rejection(SINCE))
    pending = ApplicationReopened(reason=WHY, on=SINCE)
    claimed.when(ask.Reopen(reason=WHY, on=SINCE)).then(pending)


def test_a_voided_declaration_is_none_that_stands() -> None:
    void = evolve(sample(DeclarationVoided), id=CLAIM, state=DeclarationState.VOIDED, on=LATER)
    placed(*declared(), void).when(rejecting(SINCE)).then(rejection(SINCE))


def test_an_application_that_is_pending_again_holds_no_funded_place() -> None:
    pending = placed(ask.Reopen(reason=WHY, on=LATER), funded_place=True)
    assert pending.state.funding.place is None
    assert pending.when(ask.Accept(funded_place=True, on=LATER)).facts


def test_the_fact_says_how_the_cohort_was_funded() -> None:
    (fact,) = ready(CAPPED).when(ask.Accept(funded_place=True, on=date(2024, 10, 1))).facts
    assert (fact.funding_cohort, fact.funding) == (CAPPED, FundingMode.CAPPED)
    assert fact.terms.applies_from == date(2024, 10, 1)


def test_joining_asks_for_no_more_than_the_acceptance() -> None:
    at = intake(SENIOR)
    joined = given(participant, *ready(FULL).facts, ask.Accept(on=JOINED), catalogue=CATALOGUE)
    assert joined.when(ask.Enrol(cohort_id=intake_id(SENIOR), on=JOINED), cohort=at.state).facts
