"""Delivery groups: planned early, confirmed once enough have applied, or cancelled."""

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from npq_domain import cohort
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts.groups import (
    DeliveryGroupCancelled,
    DeliveryGroupConfirmed,
    DeliveryGroupPlanned,
    FacilitatorAssigned,
)
from npq_domain.testing import Scene, given
from tests.aggregates.cohort.test_intake import OFFER, OPENED

DAY = date(2024, 1, 8)
PLAN = ask.PlanDeliveryGroup(group="north", programme="NPQSL", place="Leeds", on=DAY)
PLANNED = DeliveryGroupPlanned(group="north", programme="NPQSL", place="Leeds", on=DAY)
CONFIRM = ask.ConfirmDeliveryGroup(group="north", on=DAY)
CANCEL = ask.CancelDeliveryGroup(group="north", reason="too few have applied", on=DAY)
FACILITATE = ask.AssignFacilitator(group="north", facilitator="f-1", on=DAY)


def hub(*more: Any) -> Scene[Any]:
    return given(cohort, OPENED, OFFER, *more)


def test_a_group_is_planned_at_a_place() -> None:
    hub().when(PLAN).then(PLANNED)
    hub(PLANNED).when(PLAN).then_nothing()


def test_a_group_planned_otherwise_is_another_group() -> None:
    hub(PLANNED).when(evolve(PLAN, place="Bath")).then_refused("group_exists")


@pytest.mark.rule("3.16")
def test_viable_groups_are_confirmed_in_the_new_year() -> None:
    fact = DeliveryGroupConfirmed(group="north", on=DAY)
    hub(PLAN).when(CONFIRM).then(fact)
    hub(PLAN, fact).when(CONFIRM).then_nothing()


DEADLINE = date(2023, 12, 20)
NEW_YEAR = date(2024, 1, 1)


def late_intake(
    provider: str = "BPN", deadline: date | None = DEADLINE, more: tuple[Any, ...] = ()
) -> Scene[Any]:
    """A spring intake of a provider most of whose applications arrive in December."""
    opened = evolve(
        OPENED,
        provider=provider,
        name="spring 2024",
        season="spring",
        start_on=date(2024, 2, 5),
        application_deadline=deadline,
    )
    offer = evolve(OFFER, specification=f"reform/{provider}/NPQH/1")
    plan = evolve(PLAN, programme="NPQH", on=DEADLINE)
    return given(cohort, opened, offer, plan, *more)


@pytest.mark.rule("3.16")
@pytest.mark.parametrize(
    ("on", "viable"),
    [(date(2023, 12, 21), False), (date(2023, 12, 31), False), (NEW_YEAR, True)],
)
def test_groups_are_not_confirmed_until_the_new_year_where_applications_come_in_december(
    on: date, viable: bool
) -> None:
    asked = late_intake().when(evolve(CONFIRM, on=on))
    if viable:
        asked.then(DeliveryGroupConfirmed(group="north", on=on))
    else:
        asked.then_refused("too_early_to_confirm")


@pytest.mark.rule("3.16")
@pytest.mark.parametrize(
    ("provider", "deadline"), [("UCL", DEADLINE), ("BPN", date(2023, 12, 19)), ("BPN", None)]
)
def test_other_groups_are_confirmed_as_soon_as_they_are_viable(
    provider: str, deadline: date | None
) -> None:
    on = date(2023, 12, 21)
    asked = late_intake(provider, deadline).when(evolve(CONFIRM, on=on))
    asked.then(DeliveryGroupConfirmed(group="north", on=on))


@pytest.mark.rule("3.16")
@pytest.mark.parametrize(
    ("first", "extended", "viable"),
    [(date(2023, 12, 10), DEADLINE, False), (date(2023, 12, 10), date(2023, 12, 19), True),
     (DEADLINE, date(2023, 12, 21), False)],
)  # fmt: skip
def test_groups_wait_for_the_deadline_as_it_was_extended_and_not_less_than_before(
    first: date, extended: date, viable: bool
) -> None:
    on = date(2023, 12, 22)
    longer = ask.ExtendDeadline(application_deadline=extended, reason="snow", on=first)
    asked = late_intake(deadline=first, more=(longer,)).when(evolve(CONFIRM, on=on))
    if viable:
        asked.then(DeliveryGroupConfirmed(group="north", on=on))
    else:
        asked.then_refused("too_early_to_confirm")


@pytest.mark.rule("3.16")
def test_a_group_is_cancelled_before_the_new_year_as_well() -> None:
    on = date(2023, 12, 21)
    fact = DeliveryGroupCancelled(group="north", reason="too few have applied", on=on)
    late_intake().when(evolve(CANCEL, on=on)).then(fact)


def test_a_group_is_cancelled_with_a_reason_even_when_it_was_confirmed() -> None:
    fact = DeliveryGroupCancelled(group="north", reason="too few have applied", on=DAY)
    hub(PLAN, CONFIRM).when(CANCEL).then(fact)
    hub(PLAN, fact).when(CANCEL).then_nothing()


@pytest.mark.rule("3.16")
@pytest.mark.parametrize("reason", ["", "  "])
def test_a_group_is_not_cancelled_silently(reason: str) -> None:
    hub(PLAN).when(evolve(CANCEL, reason=reason)).then_refused("reason_missing")


@pytest.mark.rule("3.15")
def test_a_group_may_have_several_facilitators() -> None:
    fact = FacilitatorAssigned(group="north", facilitator="f-1", on=DAY)
    hub(PLAN).when(FACILITATE).then(fact)
    hub(PLAN, fact).when(FACILITATE).then_nothing()
    hub(PLAN, fact).when(evolve(FACILITATE, facilitator="f-2")).then(
        evolve(fact, facilitator="f-2")
    )


@pytest.mark.parametrize("asked", [CONFIRM, FACILITATE], ids=["confirm", "facilitate"])
def test_a_cancelled_group_stays_cancelled(asked: Any) -> None:
    hub(PLAN, CANCEL).when(PLAN).then_refused("group_cancelled")
    hub(PLAN, CANCEL).when(asked).then_refused("group_cancelled")


@pytest.mark.parametrize("asked", [CONFIRM, CANCEL, FACILITATE], ids=lambda it: type(it).__name__)
def test_a_group_that_nobody_planned_is_unknown(asked: Any) -> None:
    hub(PLAN).when(evolve(asked, group="south")).then_refused("unknown_group")
