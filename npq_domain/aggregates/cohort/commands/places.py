"""What may be asked about funded places."""

from datetime import date
from uuid import UUID

from attrs import frozen

from npq_domain.aggregates.cohort.commands.ground import known, offered
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.places import FundedPlaceReleased, FundedPlaceReserved
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.types import FundingMode
from npq_domain.decider import Decisions, Facts, refuse_if
from npq_domain.errors import refusal

CAPS = "DFE npq-registration, contracts: funded places by provider and course"


@frozen(kw_only=True)
class ReserveFundedPlace:
    """Keep a funded place on a programme for a participant.

    Reserve first, then accept with the funded place: the cap holds however many do so at once.
    Who is not accepted after all, rejected, or no longer funded gives the place back.
    """

    programme: str
    participant: UUID
    on: date


def reserve_funded_place(command: ReserveFundedPlace, it: Cohort, *, catalogue: Catalogue) -> Facts:
    offer = offered(it, command.programme, command.on)
    held = it.places.held.get(command.participant)
    if held == command.programme:
        return
    name = known(it).funding_cohort
    cohort = catalogue.funding_cohort(name) if name else None
    if cohort and cohort.funding is FundingMode.ZERO:
        because = f"DfE funds no place of cohort {cohort.id}"
        raise refusal("funded_place_not_allowed", because, cohort.source)
    refuse_if(
        held,
        "duplicate_reservation",
        f"{command.participant} holds a place on {held} already",
        CAPS,
    )
    used = it.places.used(command.programme)
    refuse_if(
        offer.funded_cap is not None and used >= offer.funded_cap,
        "cap_reached",
        f"{used} of {offer.funded_cap} funded places on {command.programme} are taken",
        CAPS,
    )
    yield FundedPlaceReserved(
        programme=command.programme, participant=command.participant, on=command.on
    )


@frozen(kw_only=True)
class ReleaseFundedPlace:
    """Give a participant's place back."""

    programme: str
    participant: UUID
    on: date


def release_funded_place(command: ReleaseFundedPlace, it: Cohort) -> Facts:
    known(it)  # a place can be given back after the intake was closed, too
    if it.places.held.get(command.participant) == command.programme:
        yield FundedPlaceReleased(
            programme=command.programme, participant=command.participant, on=command.on
        )


DECISIONS: Decisions = {
    ReserveFundedPlace: reserve_funded_place,
    ReleaseFundedPlace: release_funded_place,
}
