"""Funding: who pays, by which policy, and on which facts that was decided."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import (
    FundingStated,
    PriorApplication,
    Setting,
)
from npq_domain.aggregates.participant.facts.funding import (
    FundingAssessed,
    FundingOverridden,
    FundingOverride,
    FundingRoute,
    FundingRouteRecorded,
)
from npq_domain.catalogue.funding import (
    EmploymentType,
    FundingCode,
    Institution,
    Phase,
    WorkSetting,
)
from npq_domain.catalogue.types import FundingMode
from npq_domain.personal import Personal
from npq_domain.policies.funding import FundingCase
from npq_domain.policies.targeted_support import Support, SupportCase
from npq_domain.testing import Scene, given
from tests.aggregates.ground import BPN_HEADSHIP, CATALOGUE, REGISTERED, SENIOR, registration

DAY = date(2026, 6, 22)
JUNE_2026 = date(2026, 6, 15)
WHY = Personal("the ministry wrote")

SCHOOL = FundingCase(
    programme="NPQSL",
    work_setting=WorkSetting.SCHOOL,
    institution=Institution.SCHOOL,
    establishment_type=1,
)
ASSESS = ask.AssessFunding(case=SCHOOL, on=DAY)


def registered(key: str = SENIOR, *more: Any, **other: Any) -> Scene[Participant]:
    first = registration(key, **{"on": JUNE_2026} | other)
    return given(participant, first, *more, catalogue=CATALOGUE)


def assessed(**other: Any) -> FundingAssessed:
    """What the policy of June 2026 says of a community school."""
    usual = FundingAssessed(
        policy="2026-06",
        row=17,
        code=FundingCode.FUNDED,
        eligible=True,
        inputs=SCHOOL,
        source="DFE npq-registration, funding eligibility, school policy: any other course",
        previously_funded_by=(),
        support=None,
        on=DAY,
    )
    return evolve(usual, **other)


# Assessed by a policy


def test_the_policy_of_the_day_of_registration_decides_and_all_it_was_told_is_kept() -> None:
    registered().when(ASSESS).then(assessed())
    registered(SENIOR, assessed()).when(evolve(ASSESS, on=date(2026, 7, 1))).then_nothing()


@pytest.mark.parametrize(
    ("on", "policy", "eligible"),
    [
        (date(2024, 6, 11), "2022-06", True),
        (date(2024, 6, 12), "2024-06", False),
        (date(2026, 5, 31), "2025-08", False),
        (date(2026, 6, 1), "2026-06", True),
    ],
)
def test_a_policy_decides_for_its_own_days_alone(on: date, policy: str, eligible: bool) -> None:
    (fact,) = registered(on=on).when(ASSESS).facts
    assert (fact.policy, fact.eligible) == (policy, eligible)


@pytest.mark.rule("1.4")
def test_the_2017_programmes_are_held_against_what_was_published_then() -> None:
    key, on = "2017/OLP/NPQSL/1", date(2018, 9, 3)
    (fact,) = registered(key, on=on).when(ASSESS).facts
    assert (fact.policy, fact.eligible) == ("2017-categories", False)
    inside = evolve(ASSESS, case=evolve(SCHOOL, in_category_5_or_6_area=True))
    assert registered(key, on=on).when(inside).facts[0].eligible


@pytest.mark.rule("3.18")
def test_another_policy_of_the_day_may_be_asked_by_its_id() -> None:
    on = date(2023, 10, 2)
    asked = evolve(ASSESS, policy="2022-scholarships")
    assert registered(on=on).when(asked).facts[0].policy == "2022-scholarships"
    registered().when(asked).then_refused("no_funding_policy")
    registered().when(evolve(ASSESS, policy="2019-rules")).then_refused("no_funding_policy")


@pytest.mark.rule("3.17")
@pytest.mark.parametrize("known", ["told", "registered"])
def test_nobody_outside_england_is_paid_for(known: str) -> None:
    setting = Setting(in_uk=known != "registered")
    case = evolve(SCHOOL, in_england=known != "told")
    (fact,) = registered(setting=setting).when(evolve(ASSESS, case=case)).facts
    assert (fact.code, fact.eligible) == (FundingCode.NOT_IN_ENGLAND, False)
    assert not fact.inputs.in_england


def test_a_cohort_without_funding_is_known_from_the_registration() -> None:
    (fact,) = registered(funding_cohort="2026a").when(ASSESS).facts
    assert (fact.row, fact.code) == (1, FundingCode.UNFUNDED_COHORT)
    assert fact.inputs.cohort_funding is FundingMode.ZERO


@pytest.mark.parametrize(
    ("other", "paid"),
    [
        ({}, True),
        ({"programme": "npq-senior-leadership", "funded_place": True}, True),
        ({"funded_place": False}, False),
        ({"eligible_for_funding": False}, False),
        ({"eligible_for_funding": None}, False),
        ({"accepted": False}, False),
        ({"programme": "NPQH"}, False),
        ({"programme": "NPQXX"}, False),
    ],
)
def test_a_course_that_dfe_has_paid_for_is_not_paid_for_again(
    other: dict[str, Any], paid: bool
) -> None:
    usual: dict[str, Any] = {"programme": "NPQSL", "accepted": True, "eligible_for_funding": True}
    prior = PriorApplication(application_id="a-9", **usual | other)
    (fact,) = registered().when(evolve(ASSESS, prior=(prior,))).facts
    assert (fact.code is FundingCode.PREVIOUSLY_FUNDED) is paid
    assert fact.previously_funded_by == (("a-9",) if paid else ())


def test_what_the_ledger_knows_of_the_cohort_goes_before_what_the_case_says() -> None:
    said = evolve(ASSESS, case=evolve(SCHOOL, cohort_funding=FundingMode.CAPPED))
    (fact,) = registered(funding_cohort="2026a").when(said).facts
    assert (fact.code, fact.inputs.cohort_funding) == (
        FundingCode.UNFUNDED_COHORT,
        FundingMode.ZERO,
    )
    (fact,) = registered(funding_cohort=None).when(said).facts
    assert (fact.code, fact.inputs.cohort_funding) == (FundingCode.FUNDED, FundingMode.CAPPED)


def test_a_case_may_say_that_dfe_paid_before_without_naming_for_what() -> None:
    said = evolve(ASSESS, case=evolve(SCHOOL, previously_funded=True))
    (fact,) = registered().when(said).facts
    assert (fact.code, fact.previously_funded_by) == (FundingCode.PREVIOUSLY_FUNDED, ())


def test_a_list_of_all_applications_may_have_the_persons_own_among_them() -> None:
    own, other = (
        PriorApplication(
            application_id=name,
            programme="NPQSL",
            accepted=True,
            eligible_for_funding=True,
            funded_place=True,
        )
        for name in ("A-1", "a-9")
    )
    (fact,) = registered().when(evolve(ASSESS, prior=(own,))).facts
    assert (fact.code, fact.previously_funded_by) == (FundingCode.FUNDED, ())
    (fact,) = registered().when(evolve(ASSESS, prior=(own, other))).facts
    assert (fact.code, fact.previously_funded_by) == (FundingCode.PREVIOUSLY_FUNDED, ("a-9",))


def test_a_case_that_lacks_the_institution_is_an_error_and_no_verdict() -> None:
    nowhere = evolve(SCHOOL, institution=Institution.NONE, establishment_type=None)
    registered().when(evolve(ASSESS, case=nowhere)).then_refused("missing_institution")


def test_a_case_of_another_programme_is_not_this_applications() -> None:
    other = evolve(ASSESS, case=evolve(SCHOOL, programme="NPQH"))
    registered().when(other).then_refused("not_applicable")
    unknown = evolve(ASSESS, case=evolve(SCHOOL, programme="NPQXX"))
    registered().when(unknown).then_refused("not_applicable")


def test_nothing_is_assessed_of_who_never_registered_or_before_they_did() -> None:
    given(participant).when(ASSESS).then_refused("registration_missing")
    registered().when(evolve(ASSESS, on=date(2026, 6, 14))).then_refused("out_of_order")


@pytest.mark.rule("3.19")
@pytest.mark.parametrize(
    ("phase", "pupils", "pence"),
    [
        (Phase.PRIMARY, 150, 80_000),
        (Phase.PRIMARY, 151, 20_000),
        (Phase.SECONDARY, 600, 20_000),
        (Phase.SECONDARY, 601, 0),
        (None, None, 0),
    ],
)
def test_targeted_support_is_told_beside_the_verdict(
    phase: Phase | None, pupils: int | None, pence: int
) -> None:
    asked = evolve(ASSESS, phase=phase, pupils=pupils)
    (fact,) = registered(on=REGISTERED).when(asked).facts
    support = fact.support
    assert isinstance(support, Support)
    assert (support.policy, support.pence) == ("2023-targeted-support", pence)
    told = SupportCase(programme="NPQSL", scholarship_eligible=True, phase=phase, pupils=pupils)
    assert support.inputs == told


def test_there_is_no_targeted_support_after_it_ended() -> None:
    (fact,) = registered().when(evolve(ASSESS, phase=Phase.PRIMARY, pupils=100)).facts
    assert fact.support is None


# Marked by an administrator

MARK = ask.OverrideFunding(code=FundingOverride.MARKED_INELIGIBLE, reason=WHY, on=DAY)
MARKED = FundingOverridden(code=FundingOverride.MARKED_INELIGIBLE, reason=WHY, on=DAY)


def test_an_administrators_word_goes_before_the_policys() -> None:
    registered(SENIOR, assessed()).when(MARK).then(MARKED)
    state = registered(SENIOR, MARKED, assessed()).state.funding
    assert (state.eligible, state.code) == (False, "marked_ineligible_by_policy")
    registered(SENIOR, MARKED).when(evolve(MARK, on=date(2026, 7, 1))).then_nothing()
    funded = evolve(MARK, code=FundingOverride.MARKED_FUNDED)
    assert registered(SENIOR, MARKED, funded).state.funding.eligible


def test_the_policys_word_goes_before_what_came_with_the_registration() -> None:
    stated = FundingStated(eligible=False, ineligible_reason="establishment-ineligible")
    before = registered(funding=stated)
    assert (before.state.funding.eligible, before.state.funding.code) == (
        False,
        "establishment-ineligible",
    )
    after = registered(SENIOR, assessed(), funding=stated).state.funding
    assert (after.eligible, after.code) == (True, "funded")
    assert registered(funding=None).state.funding.eligible is None


def test_nobody_is_marked_who_never_registered() -> None:
    given(participant).when(MARK).then_refused("registration_missing")


# Who pays

PAID_BY = ask.RecordFundingRoute(route=FundingRoute.SCHOOL, on=DAY)


@pytest.mark.parametrize("route", list(FundingRoute), ids=lambda it: it.value)
def test_who_pays_is_recorded_once(route: FundingRoute) -> None:
    dual = route is FundingRoute.LEVY
    fact = FundingRouteRecorded(route=route, dual_award=dual, on=DAY)
    registered(BPN_HEADSHIP).when(evolve(PAID_BY, route=route)).then(fact)
    again = evolve(PAID_BY, route=route, on=date(2026, 7, 1))
    registered(BPN_HEADSHIP, fact).when(again).then_nothing()


@pytest.mark.rule("3.20")
def test_the_levy_pays_for_what_is_an_apprenticeship_too_and_for_nothing_else() -> None:
    levy = evolve(PAID_BY, route=FundingRoute.LEVY)
    dual = FundingRouteRecorded(route=FundingRoute.LEVY, dual_award=True, on=DAY)
    registered(BPN_HEADSHIP).when(levy).then(dual)
    registered(SENIOR).when(levy).then_refused("route_not_offered")


def test_a_scholarship_is_only_for_whom_dfe_pays() -> None:
    scholarship = evolve(PAID_BY, route=FundingRoute.SCHOLARSHIP)
    registered(SENIOR, MARKED).when(scholarship).then_refused("not_eligible")
    assert registered(SENIOR, assessed()).when(scholarship).facts


def test_whether_dfe_reviews_a_case_is_the_policys_to_say() -> None:
    prison = FundingCase(
        programme="NPQSL",
        work_setting=WorkSetting.ANOTHER,
        employment_type=EmploymentType.YOUNG_OFFENDER_INSTITUTION,
    )
    (fact,) = registered().when(evolve(ASSESS, case=prison)).facts
    assert (fact.code, fact.eligible) == (FundingCode.SUBJECT_TO_REVIEW, False)
