"""Delivery groups: planned early, confirmed once enough have applied, or cancelled.

Most applications arrive in December, so viable groups cannot be confirmed until the new year
(BPN leadership NPQs 2023, Local Groups, Nationwide Delivery). The class names below are the
storage format: add facts, never alter them.
"""

from datetime import date

from attrs import Factory, define, frozen

from npq_domain.decider import Fold


@frozen(kw_only=True)
class DeliveryGroupPlanned:
    """A group is meant to run at this place."""

    group: str
    programme: str
    place: str
    on: date


@frozen(kw_only=True)
class DeliveryGroupConfirmed:
    """The group will run."""

    group: str
    on: date


@frozen(kw_only=True)
class DeliveryGroupCancelled:
    """The group will not run."""

    group: str
    reason: str
    on: date


@frozen(kw_only=True)
class FacilitatorAssigned:
    """Somebody facilitates the group's sessions."""

    group: str
    facilitator: str
    """An id of the provider's, not a name."""
    on: date


@define
class Group:
    """One delivery group as it stands."""

    planned: DeliveryGroupPlanned | None = None
    confirmed: DeliveryGroupConfirmed | None = None
    cancelled: DeliveryGroupCancelled | None = None
    facilitators: list[str] = Factory(list)


@define
class Groups:
    """The delivery groups, by id."""

    known: dict[str, Group] = Factory(dict)

    def group(self, group: str) -> Group:
        """That group, as it stands."""
        return self.known.get(group) or Group()


fold = Fold[Groups]()


def entry(it: Groups, group: str) -> Group:
    """That group, to be written to."""
    return it.known.setdefault(group, Group())


@fold.on(DeliveryGroupPlanned)
def _(it: Groups, fact: DeliveryGroupPlanned) -> None:
    entry(it, fact.group).planned = fact


@fold.on(DeliveryGroupConfirmed)
def _(it: Groups, fact: DeliveryGroupConfirmed) -> None:
    entry(it, fact.group).confirmed = fact


@fold.on(DeliveryGroupCancelled)
def _(it: Groups, fact: DeliveryGroupCancelled) -> None:
    entry(it, fact.group).cancelled = fact


@fold.on(FacilitatorAssigned)
def _(it: Groups, fact: FacilitatorAssigned) -> None:
    entry(it, fact.group).facilitators.append(fact.facilitator)
