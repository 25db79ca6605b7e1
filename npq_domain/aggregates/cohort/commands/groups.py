"""What may be asked about delivery groups."""

from datetime import date

from attrs import frozen

from npq_domain.aggregates.cohort.commands.ground import GROUPS, known, offered, planned, running
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.groups import (
    DeliveryGroupCancelled,
    DeliveryGroupConfirmed,
    DeliveryGroupPlanned,
    FacilitatorAssigned,
)
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.schedules import confirmable_from
from npq_domain.decider import Decisions, Facts, refuse_if, says_the_same


@frozen(kw_only=True)
class PlanDeliveryGroup:
    """Plan a group at a place."""

    group: str
    programme: str
    place: str
    on: date


def plan_delivery_group(command: PlanDeliveryGroup, it: Cohort) -> Facts:
    offered(it, command.programme, command.on)
    group = it.groups.group(command.group)
    before = group.planned
    refuse_if(
        group.cancelled,
        "group_cancelled",
        f"delivery group {command.group!r} was cancelled; plan one of another name",
        GROUPS,
    )
    fact = DeliveryGroupPlanned(
        group=command.group, programme=command.programme, place=command.place, on=command.on
    )
    refuse_if(
        before and not says_the_same(fact, before),
        "group_exists",
        f"delivery group {command.group!r} is planned otherwise",
        GROUPS,
    )
    if before is None:
        yield fact


@frozen(kw_only=True)
class ConfirmDeliveryGroup:
    """Say that the group will run."""

    group: str
    on: date


def confirm_delivery_group(
    command: ConfirmDeliveryGroup, it: Cohort, *, catalogue: Catalogue
) -> Facts:
    if running(it, command.group, command.on).confirmed is None:
        known_to_be_viable(it, command.on, catalogue)
        yield DeliveryGroupConfirmed(group=command.group, on=command.on)


def known_to_be_viable(it: Cohort, on: date, catalogue: Catalogue) -> None:
    """Refuse to confirm before the provider can know how many have applied.

    A deadline that is extended makes nothing known earlier: the first one holds on beside it.
    """
    intake = known(it)
    provider = catalogue.provider(intake.provider)
    rule = provider.groups if provider else None
    if rule is None:
        return
    deadlines = filter(None, (intake.application_deadline, it.intake.deadline))
    days = filter(None, (confirmable_from(rule, each) for each in deadlines))
    earliest = max(days, default=None)
    refuse_if(
        earliest is not None and on < earliest,
        "too_early_to_confirm",
        f"applications close on {it.intake.deadline}:"
        f" which groups are viable is not known before {earliest}",
        rule.source,
    )


@frozen(kw_only=True)
class CancelDeliveryGroup:
    """Say that the group will not run, and why: its members have to be told and placed anew."""

    group: str
    reason: str
    on: date


def cancel_delivery_group(command: CancelDeliveryGroup, it: Cohort) -> Facts:
    refuse_if(
        not command.reason.strip(),
        "reason_missing",
        f"delivery group {command.group!r} cannot be cancelled silently",
        GROUPS,
    )
    if planned(it, command.group, command.on).cancelled is None:
        yield DeliveryGroupCancelled(group=command.group, reason=command.reason, on=command.on)


@frozen(kw_only=True)
class AssignFacilitator:
    """Name who facilitates the group's sessions, by an id of the provider's."""

    group: str
    facilitator: str
    on: date


def assign_facilitator(command: AssignFacilitator, it: Cohort) -> Facts:
    if command.facilitator not in running(it, command.group, command.on).facilitators:
        yield FacilitatorAssigned(
            group=command.group, facilitator=command.facilitator, on=command.on
        )


DECISIONS: Decisions = {
    PlanDeliveryGroup: plan_delivery_group,
    ConfirmDeliveryGroup: confirm_delivery_group,
    CancelDeliveryGroup: cancel_delivery_group,
    AssignFacilitator: assign_facilitator,
}
