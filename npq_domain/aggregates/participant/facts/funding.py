"""Funding: who pays, by which policy, and on which facts that was decided.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date
from enum import Enum

from attrs import define, frozen

from npq_domain.aggregates.participant.facts.application import (
    ApplicationAccepted,
    ApplicationRejected,
    ApplicationReopened,
    FundingStated,
    RegistrationReceived,
)
from npq_domain.aggregates.participant.facts.training import CohortChanged
from npq_domain.catalogue.funding import FundingCode
from npq_domain.catalogue.types import FundingMode
from npq_domain.decider import Fold
from npq_domain.personal import Personal
from npq_domain.policies.funding import FundingCase
from npq_domain.policies.targeted_support import Support


class FundingOverride(Enum):
    """What DfE's administrators mark an application as, whatever a policy says: wire values."""

    MARKED_FUNDED = "marked_funded_by_policy"
    MARKED_INELIGIBLE = "marked_ineligible_by_policy"


class FundingRoute(Enum):
    """Who pays the fee: DfE's wire values, a scholarship of DfE's, and the levy."""

    SCHOLARSHIP = "scholarship"
    LEVY = "apprenticeship_levy"
    SCHOOL = "school"
    TRUST = "trust"
    SELF = "self"
    EMPLOYER = "employer"
    ANOTHER = "another"


@frozen(kw_only=True)
class FundingAssessed:
    """A policy was asked whether DfE pays the fee, and answered by one of its rows."""

    policy: str
    row: int
    """Counted from 1."""
    code: FundingCode
    eligible: bool
    inputs: FundingCase
    """All that the policy was told."""
    source: str
    """The clause that the row goes back to."""
    previously_funded_by: tuple[str, ...]
    """The person's other applications that DfE paid for, where any was named."""
    support: Support | None
    """What the school is paid besides, while there was targeted support."""
    on: date


@frozen(kw_only=True)
class FundingOverridden:
    """An administrator of DfE's decided otherwise than the policy, or where it does not."""

    code: FundingOverride
    reason: Personal[str]
    on: date


@frozen(kw_only=True)
class FundingRouteRecorded:
    """Who pays the fee, as the provider knows it."""

    route: FundingRoute
    dual_award: bool
    """Whether an apprenticeship is completed along with the qualification."""
    on: date


@frozen(kw_only=True)
class FundedPlaceChanged:
    """An accepted participant has a funded place from now on, or none any more."""

    value: bool
    on: date


@define
class Funding:
    """Who pays, and whether the participant has one of DfE's funded places."""

    stated: FundingStated | None = None
    assessed: FundingAssessed | None = None
    overridden: FundingOverridden | None = None
    route: FundingRouteRecorded | None = None
    place: bool | None = None
    """Whether it is a funded place; `None` where no cohort asks, or nothing is accepted."""
    cohort: str | None = None
    """DfE's cohort that the place is in, and how that is funded."""
    mode: FundingMode | None = None

    @property
    def eligible(self) -> bool | None:
        """Whether DfE pays; `None` if nobody has said.

        An administrator's word goes before the policy's, and that before what DfE's service said
        with the registration.
        """
        if self.overridden:
            return self.overridden.code is FundingOverride.MARKED_FUNDED
        if self.assessed:
            return self.assessed.eligible
        return self.stated.eligible if self.stated else None

    @property
    def code(self) -> str | None:
        """The code that goes with it."""
        if self.overridden:
            return self.overridden.code.value
        if self.assessed:
            return self.assessed.code.value
        return self.stated.ineligible_reason if self.stated else None


fold = Fold[Funding]()


@fold.on(RegistrationReceived)
def _(it: Funding, fact: RegistrationReceived) -> None:
    it.stated = fact.funding


@fold.on(FundingAssessed)
def _(it: Funding, fact: FundingAssessed) -> None:
    it.assessed = fact


@fold.on(FundingOverridden)
def _(it: Funding, fact: FundingOverridden) -> None:
    it.overridden = fact


@fold.on(FundingRouteRecorded)
def _(it: Funding, fact: FundingRouteRecorded) -> None:
    it.route = fact


@fold.on(ApplicationAccepted)
def _(it: Funding, fact: ApplicationAccepted) -> None:
    it.place, it.cohort, it.mode = fact.funded_place, fact.funding_cohort, fact.funding


@fold.on(FundedPlaceChanged)
def _(it: Funding, fact: FundedPlaceChanged) -> None:
    it.place = fact.value


@fold.on(CohortChanged)
def _(it: Funding, fact: CohortChanged) -> None:
    it.place, it.cohort, it.mode = fact.funded_place, fact.cohort, fact.funding


@fold.on(ApplicationRejected)
def _(it: Funding, fact: ApplicationRejected) -> None:
    it.place = None


@fold.on(ApplicationReopened)
def _(it: Funding, fact: ApplicationReopened) -> None:
    it.place = None
