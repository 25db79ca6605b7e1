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
