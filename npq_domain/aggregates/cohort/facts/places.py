"""Places: funded places are reserved in the cohort, so that a cap is never exceeded.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date
from uuid import UUID

from attrs import Factory, define, frozen

from npq_domain.decider import Fold


@frozen(kw_only=True)
class FundedPlaceReserved:
    """A funded place on a programme is kept for a participant."""

    programme: str
    participant: UUID
    on: date


@frozen(kw_only=True)
class FundedPlaceReleased:
    """The place is free again."""

    programme: str
    participant: UUID
    on: date


@define
class Places:
    """Who holds a funded place, and on which programme."""

    held: dict[UUID, str] = Factory(dict)

    def used(self, programme: str) -> int:
        """How many funded places of a programme are taken."""
        return sum(held == programme for held in self.held.values())


fold = Fold[Places]()


@fold.on(FundedPlaceReserved)
def _(it: Places, fact: FundedPlaceReserved) -> None:
    it.held[fact.participant] = fact.programme


@fold.on(FundedPlaceReleased)
def _(it: Places, fact: FundedPlaceReleased) -> None:
    it.held.pop(fact.participant, None)
