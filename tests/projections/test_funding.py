"""Who pays for each participant, as a row; the view after a catch-up is the view rebuilt."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from npq_adapters import open_ledger
from npq_adapters.ledger import Ledger
from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts.application import FundingStated, PriorApplication
from npq_domain.aggregates.participant.facts.funding import FundingOverride, FundingRoute
from npq_domain.catalogue.funding import EmploymentType, Institution, Phase, WorkSetting
from npq_domain.personal import Personal
from npq_domain.policies.funding import FundingCase
from npq_domain.projections import VIEWS, FundingEligibilityRow, Seen, funding
from npq_domain.recorded import Actor
from npq_domain.testing import given
from tests.aggregates.ground import SENIOR, registration
from tests.aggregates.participant.test_placing import CAPPED, ELIGIBLE, WHY, ready
from tests.conftest import Backend

AUTUMN = date(2024, 10, 1)
LOOKING = date(2024, 12, 2)
OFFICE = Actor(role="provider", id="office")
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SCHOOL = FundingCase(
    programme="NPQSL",
    work_setting=WorkSetting.SCHOOL,
    institution=Institution.SCHOOL,
    establishment_type=1,
    on_pp50_list=True,
)


def row(*more: Any, **other: Any) -> FundingEligibilityRow:
    """The row of who is ready to be accepted in a capped cohort, after what is asked besides."""
    scene = ready(CAPPED, on=AUTUMN, **other)
    for command in more:
        past = scene.past.after(*scene.when(command).facts)
        scene = evolve(scene, past=past)
    found = funding.row(scene.state, Seen(subject="p", position=9, as_at=LOOKING))
    assert found
    return found


def test_who_never_registered_has_no_row() -> None:
    nobody = funding.decider.initial()
    assert funding.row(nobody, Seen(subject="p", position=1, as_at=LOOKING)) is None


def test_a_row_tells_who_pays_by_which_policy_and_on_whose_word() -> None:
    asked = ask.AssessFunding(case=SCHOOL, on=AUTUMN)
    levy = ask.RecordFundingRoute(route=FundingRoute.SCHOLARSHIP, on=AUTUMN)
    accept = ask.Accept(funded_place=True, on=AUTUMN)
    assert row(asked, levy, accept, funding=ELIGIBLE) == FundingEligibilityRow(
        participant="p",
        person_ref="p-1",
        application_id="a-1",
        provider="UCL",
        programme="NPQSL",
        cohort_id=None,
        cohort=None,
        funding_cohort=CAPPED,
        registered_on=AUTUMN,
        policy_id="2024-08",
        policy_row=row(asked).policy_row,
        code="funded",
        eligible=True,
        stated_eligible=True,
        funding="capped",
        funded_place=True,
        previously_funded_by=(),
        review=False,
        route="scholarship",
        dual_award=False,
        tsf_policy=None,
        tsf_pence=None,
        assessed_at=AUTUMN,
        overridden_by=None,
        as_at=LOOKING,
        as_of_position=9,
    )


def test_before_anything_is_assessed_a_row_tells_what_came_with_the_registration() -> None:
    found = row(funding=FundingStated(eligible=False, ineligible_reason="previously-funded"))
    assert (found.policy_id, found.code, found.eligible) == (None, "previously-funded", False)
    assert (found.funding_cohort, found.funding, found.funded_place) == (CAPPED, None, None)


def test_a_case_under_review_stays_so_until_an_administrator_has_marked_it() -> None:
    prison = FundingCase(
        programme="NPQSL",
        work_setting=WorkSetting.ANOTHER,
        employment_type=EmploymentType.YOUNG_OFFENDER_INSTITUTION,
    )
    asked = ask.AssessFunding(case=prison, on=date(2026, 6, 15))
    found = reviewed(asked)
    assert (found.review, found.code, found.eligible) == (True, "subject_to_review", False)
    mark = ask.OverrideFunding(code=FundingOverride.MARKED_FUNDED, reason=WHY, on=date(2026, 6, 22))
    marked = reviewed(asked, mark)
    assert (marked.review, marked.code, marked.eligible) == (False, "marked_funded_by_policy", True)
    assert marked.overridden_by == "marked_funded_by_policy"


def reviewed(*asked: Any) -> FundingEligibilityRow:
    """The row of who registered under the rules of June 2026."""
    state = given(participant, registration(SENIOR, on=date(2026, 6, 15)), *asked).state
    found = funding.row(state, Seen(subject="p", position=2, as_at=date(2026, 7, 1)))
    assert found
    return found


def test_what_dfe_paid_for_before_is_named() -> None:
    prior = PriorApplication(
        application_id="a-9", programme="NPQSL", accepted=True, eligible_for_funding=True
    )
    found = row(ask.AssessFunding(case=SCHOOL, prior=(prior,), on=AUTUMN))
    assert (found.code, found.previously_funded_by) == ("previously_funded", ("a-9",))


# On every store


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    backend.migrate(views=VIEWS)
    with closing(open_ledger(backend.url, clock=lambda: NOW)) as opened:
        yield opened


def test_the_view_caught_up_is_the_view_rebuilt(ledger: Ledger) -> None:
    for number in range(3):
        subject = UUID(int=number + 1)
        on = date(2023, 9, 4)
        asked: list[Any] = [
            registration(SENIOR, application_id=f"a-{number}", funding_cohort="2023a", on=on),
            ask.AssessFunding(case=SCHOOL, phase=Phase.PRIMARY, pupils=150, on=on),
            ask.RecordFundingRoute(route=FundingRoute.SCHOLARSHIP, on=on),
            ask.OverrideFunding(
                code=FundingOverride.MARKED_INELIGIBLE, reason=Personal("a letter"), on=on
            ),
        ]
        for command in asked[: number + 2]:
            ledger.handle(subject, command, by=OFFICE)
            ledger.catch_up()
    caught_up = sorted(ledger.rows(funding), key=lambda it: it.participant)
    ledger.rebuild()
    assert caught_up == sorted(ledger.rows(funding), key=lambda it: it.participant)
    assert [it.tsf_pence for it in caught_up] == [80_000] * 3
    assert [it.eligible for it in caught_up] == [True, True, False]
    assert [it.route for it in caught_up] == [None, "scholarship", "scholarship"]
