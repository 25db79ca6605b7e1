"""Intake: the cohort opens, offers programmes, and closes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from npq_domain import cohort
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts.intake import (
    CohortClosed,
    CohortOpened,
    DeadlineExtended,
    ProgrammeOffered,
)
from npq_domain.calendar import add_months
from npq_domain.catalogue.types import IntakeRule
from npq_domain.personal import Personal
from npq_domain.testing import given
from tests.aggregates.ground import BPN_HEADSHIP, CATALOGUE, HEADSHIP, SENIOR, START, spec

DAY = date(2023, 4, 3)
DEADLINE = date(2023, 9, 22)
OPEN = ask.OpenCohort(
    provider="UCL",
    partner="ETH",
    name="autumn 2023",
    season="autumn",
    start_on=START,
    funding_cohort="2023a",
    application_deadline=DEADLINE,
    on=DAY,
)
OPENED = CohortOpened(
    provider="UCL",
    partner="ETH",
    name="autumn 2023",
    season="autumn",
    start_on=START,
    funding_cohort="2023a",
    application_deadline=DEADLINE,
    usual=IntakeRule(at_once=4, programmes=9, source="UCL/ETH handbook 2023, section 4, Cohorts"),
    on=DAY,
)
OFFER = ask.OfferProgramme(specification=SENIOR, capacity=40, funded_cap=30, on=DAY)
CLOSE = ask.CloseCohort(on=date(2025, 10, 1))
WHY = Personal("few have applied")


def test_an_intake_opens_once() -> None:
    given(cohort).when(OPEN).then(OPENED)
    given(cohort, OPENED).when(evolve(OPEN, on=date(2023, 4, 4))).then_nothing()


def test_an_intake_opened_otherwise_is_not_the_same_again() -> None:
    other = evolve(OPEN, start_on=date(2023, 10, 9))
    given(cohort, OPENED).when(other).then_refused("already_opened")


@pytest.mark.rule("4.10")
def test_four_intakes_of_nine_programmes_run_side_by_side() -> None:
    nine = [it.key for it in CATALOGUE.specifications if it.provider == "UCL" and it.version == 1]
    assert len(nine) == 9
    terms = [("autumn", date(2022, 10, 3)), ("spring", date(2023, 3, 6)),
             ("autumn", date(2023, 10, 2)), ("spring", date(2024, 3, 4))]  # fmt: skip
    running = [
        given(
            cohort,
            evolve(OPEN, name=f"{season} {start:%Y}", season=season, start_on=start, on=OPENS),
            *(evolve(OFFER, specification=each, on=OPENS) for each in nine),
            catalogue=CATALOGUE,
        ).state.intake
        for season, start in terms
    ]
    assert [len(it.programmes) for it in running] == [9, 9, 9, 9]
    starts = [it.opened.start_on for it in running if it.opened]
    # The first runs for eighteen months: it is still running when the fourth begins.
    assert add_months(starts[0], 18) > starts[-1]


@pytest.mark.rule("4.10")
def test_a_fifth_intake_is_opened_like_any_other() -> None:
    fifth = evolve(OPEN, name="autumn 2024", start_on=date(2024, 10, 7))
    given(cohort).when(fifth).then(evolve(OPENED, name="autumn 2024", start_on=date(2024, 10, 7)))


OPENS = date(2022, 6, 6)


def test_an_intake_starts_on_the_day_it_opens_at_the_earliest() -> None:
    assert given(cohort).when(evolve(OPEN, on=START)).facts
    late = evolve(OPEN, on=date(2023, 10, 3))
    given(cohort).when(late).then_refused("starts_before_opening")


def test_an_offer_bears_what_the_specification_says_of_length_and_window() -> None:
    fact = ProgrammeOffered(
        programme="NPQSL",
        specification=SENIOR,
        capacity=40,
        funded_cap=30,
        duration=spec(SENIOR).duration,
        window=spec(SENIOR).assessment.window,
        on=DAY,
    )
    given(cohort, OPENED).when(OFFER).then(fact)
    given(cohort, OPENED, fact).when(OFFER).then_nothing()
    more = evolve(OFFER, funded_cap=35)
    given(cohort, OPENED, fact).when(more).then(evolve(fact, funded_cap=35))


@pytest.mark.parametrize("key", [BPN_HEADSHIP, "reform/UCL/NPQSL/9", ""])
def test_only_a_specification_of_the_provider_is_offered(key: str) -> None:
    asked = evolve(OFFER, specification=key)
    given(cohort, OPENED).when(asked).then_refused("unknown_programme")


@pytest.mark.rule("3.22")
def test_a_deadline_is_extended_and_never_brought_forward() -> None:
    later = date(2023, 9, 29)
    extend = ask.ExtendDeadline(application_deadline=later, reason=WHY, on=DAY)
    fact = DeadlineExtended(application_deadline=later, reason=WHY, on=DAY)
    given(cohort, OPENED).when(extend).then(fact)
    given(cohort, OPENED, fact).when(extend).then_nothing()
    earlier = evolve(extend, application_deadline=date(2023, 9, 21))
    given(cohort, OPENED).when(earlier).then_refused("deadline_not_later")


def test_an_intake_without_a_deadline_has_none_to_extend() -> None:
    extend = ask.ExtendDeadline(application_deadline=DEADLINE, reason=WHY, on=DAY)
    open_ended = evolve(OPENED, application_deadline=None)
    given(cohort, open_ended).when(extend).then_refused("deadline_not_later")


def test_a_programme_is_offered_by_one_specification() -> None:
    key = "reform/UCL/NPQSL/99"
    other = evolve(OFFER, specification=key)
    seen = given(cohort, OPENED, OFFER, catalogue=CATALOGUE)
    seen.when(other).then_refused("already_offered")


def test_nothing_happens_to_an_intake_before_it_was_opened() -> None:
    early = evolve(OFFER, on=date(2023, 4, 2))
    given(cohort, OPENED).when(early).then_refused("out_of_order")


def test_an_intake_closes_once() -> None:
    given(cohort, OPENED).when(CLOSE).then(CohortClosed(on=CLOSE.on))
    given(cohort, OPENED, CLOSE).when(CLOSE).then_nothing()


NOON = datetime(2023, 10, 23, 11, tzinfo=UTC)
SLOT: dict[str, Any] = {"programme": "NPQSL", "component": "plg-1", "on": DAY}
WINDOW: dict[str, Any] = {
    "programme": "NPQSL",
    "opens_on": date(2025, 4, 2),
    "closes_on": date(2025, 4, 9),
    "on": DAY,
}
PLACE: dict[str, Any] = {"programme": "NPQSL", "participant": UUID(int=1), "on": DAY}
EVERYTHING = [
    OFFER,
    ask.ExtendDeadline(application_deadline=date(2023, 9, 29), reason=WHY, on=DAY),
    ask.PlanDeliveryGroup(group="north", programme="NPQSL", place="Leeds", on=DAY),
    ask.ConfirmDeliveryGroup(group="north", on=DAY),
    ask.CancelDeliveryGroup(group="north", reason="too few", on=DAY),
    ask.AssignFacilitator(group="north", facilitator="f-1", on=DAY),
    ask.ScheduleSession(starts_at=NOON, ends_at=NOON + timedelta(hours=2), **SLOT),
    ask.CancelSession(reason="snow", **SLOT),
    ask.ScheduleAssessmentWindow(**WINDOW),
    ask.MoveAssessmentWindow(**WINDOW),
    ask.ReserveFundedPlace(**PLACE),
]


@pytest.mark.parametrize("asked", EVERYTHING, ids=lambda it: type(it).__name__)
def test_nothing_is_asked_of_an_intake_that_is_not_open_or_open_no_more(asked: Any) -> None:
    given(cohort).when(asked).then_refused("cohort_not_opened")
    given(cohort, OPENED, OFFER, CLOSE).when(asked).then_refused("cohort_closed")


@pytest.mark.parametrize(
    "asked", [EVERYTHING[2], *EVERYTHING[6:]], ids=lambda it: type(it).__name__
)
def test_nothing_is_done_for_a_programme_that_the_intake_does_not_offer(asked: Any) -> None:
    other = evolve(OFFER, specification=HEADSHIP)
    given(cohort, OPENED, other).when(asked).then_refused("programme_not_offered")


@pytest.mark.parametrize("wrong", [{"capacity": -1}, {"funded_cap": -1}])
def test_there_are_no_fewer_than_no_places(wrong: dict[str, Any]) -> None:
    given(cohort, OPEN).when(evolve(OFFER, **wrong)).then_refused("places_out_of_range")
