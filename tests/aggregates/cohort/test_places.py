"""Places: funded places are reserved in the cohort, so that a cap is never exceeded."""

from datetime import date
from typing import Any
from uuid import UUID

from attrs import evolve

from npq_domain import cohort
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts.places import FundedPlaceReleased, FundedPlaceReserved
from npq_domain.testing import Scene, given
from tests.aggregates.cohort.test_intake import OFFER, OPENED
from tests.aggregates.ground import HEADSHIP

DAY = date(2023, 9, 4)
ADA, GRACE, MARY = UUID(int=1), UUID(int=2), UUID(int=3)
RESERVE = ask.ReserveFundedPlace(programme="NPQSL", participant=ADA, on=DAY)
RESERVED = FundedPlaceReserved(programme="NPQSL", participant=ADA, on=DAY)
RELEASE = ask.ReleaseFundedPlace(programme="NPQSL", participant=ADA, on=DAY)
RELEASED = FundedPlaceReleased(programme="NPQSL", participant=ADA, on=DAY)
TWO = evolve(OFFER, funded_cap=2)


def hub(*more: Any) -> Scene[Any]:
    return given(cohort, OPENED, TWO, *more)


def test_a_place_is_kept_for_a_participant() -> None:
    hub().when(RESERVE).then(RESERVED)
    hub(RESERVED).when(RESERVE).then_nothing()


def test_a_cohort_that_dfe_does_not_fund_has_no_place_to_keep() -> None:
    zero = given(cohort, evolve(OPENED, funding_cohort="2026a"), TWO)
    zero.when(RESERVE).then_refused("funded_place_not_allowed")
    for funded in ("2026b", "2031a", None):
        kept = given(cohort, evolve(OPENED, funding_cohort=funded), TWO)
        kept.when(RESERVE).then(RESERVED)


def test_a_capacity_is_told_and_bars_nobody() -> None:
    small = given(cohort, OPENED, evolve(OFFER, capacity=1, funded_cap=2), RESERVE)
    assert small.when(evolve(RESERVE, participant=GRACE)).facts


def test_places_are_as_many_as_the_contract_gives() -> None:
    full = hub(RESERVE, evolve(RESERVE, participant=GRACE))
    full.when(evolve(RESERVE, participant=MARY)).then_refused("cap_reached")
    full.when(RESERVE).then_nothing()


def test_without_a_cap_places_are_not_counted() -> None:
    uncapped = given(cohort, OPENED, evolve(OFFER, funded_cap=None), RESERVE)
    assert uncapped.when(evolve(RESERVE, participant=GRACE)).facts


def test_a_contract_may_give_no_places() -> None:
    none = given(cohort, OPENED, evolve(OFFER, funded_cap=0))
    none.when(RESERVE).then_refused("cap_reached")


def test_a_place_that_is_given_back_is_free_for_another() -> None:
    full = hub(RESERVE, evolve(RESERVE, participant=GRACE))
    full.when(RELEASE).then(RELEASED)
    freed = hub(RESERVE, evolve(RESERVE, participant=GRACE), RELEASE)
    freed.when(RELEASE).then_nothing()
    assert freed.when(evolve(RESERVE, participant=MARY)).facts


def test_a_cap_is_not_brought_below_the_places_taken() -> None:
    full = hub(RESERVE, evolve(RESERVE, participant=GRACE))
    full.when(evolve(OFFER, funded_cap=1)).then_refused("cap_reached")
    assert full.when(evolve(OFFER, funded_cap=3)).facts


def test_a_place_may_be_given_back_after_the_intake_was_closed() -> None:
    closed = hub(RESERVE, ask.CloseCohort(on=date(2025, 10, 1)))
    closed.when(RELEASE).then(RELEASED)
    given(cohort).when(RELEASE).then_refused("cohort_not_opened")


def test_nobody_holds_places_on_two_programmes() -> None:
    both = hub(evolve(OFFER, specification=HEADSHIP), RESERVE)
    both.when(evolve(RESERVE, programme="NPQH")).then_refused("duplicate_reservation")
    both.when(evolve(RELEASE, programme="NPQH")).then_nothing()
