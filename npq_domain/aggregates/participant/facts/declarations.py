"""Declarations: what is claimed from DfE, on which evidence, and what became of it.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date, datetime
from enum import Enum
from uuid import UUID

from attrs import Factory, define, field, frozen

from npq_domain.calendar import aware
from npq_domain.catalogue.types import DeclarationType, EvidenceKind
from npq_domain.decider import Fold
from npq_domain.personal import Personal
from npq_domain.policies.declarations import LIVE, DeclarationState, expected


class OutcomeState(Enum):
    """What DfE is told of how a course ended: its wire values."""

    PASSED = "passed"
    FAILED = "failed"
    VOIDED = "voided"


@frozen(kw_only=True)
class EvidenceLink:
    """One fact of this participant that a claim rests on, as it was then."""

    version: int
    fact: str
    """Its name in the store, such as participant.attendance-recorded.v1."""
    sha256: str
    """Of the fact as it was read when the claim was made: see `npq_domain.digests`."""
    kind: EvidenceKind


@frozen(kw_only=True)
class DeclarationMade:
    """The provider claimed from DfE that the participant had come this far."""

    id: UUID
    type: DeclarationType
    participant_id: str
    provider: str
    """Whose claim it is, and stays, whoever trains the participant later."""
    programme: str
    course_identifier: str
    funding_cohort: str
    """DfE's cohort, such as 2023a."""
    schedule: str
    delivery_partner: str | None
    secondary_delivery_partner: str | None
    has_passed: bool | None
    evidence: tuple[EvidenceLink, ...]
    claimed_on: date
    """When it was sent to DfE; `at` is the date that is declared."""
    at: datetime = field(validator=aware)


@frozen(kw_only=True)
class DeliveryPartnerChanged:
    """A claim names other delivery partners than it was made with."""

    id: UUID
    delivery_partner: str
    secondary_delivery_partner: str | None
    on: date


@frozen(kw_only=True)
class DeclarationVoided:
    """The provider took a claim back: DfE pays nothing for it, or claws back what it paid."""

    id: UUID
    state: DeclarationState
    """voided, or awaiting-clawback where it had been paid."""
    reason: Personal[str]
    on: date


@frozen(kw_only=True)
class DeclarationStateReported:
    """DfE's service shows a claim in this state, on a statement if one is named."""

    id: UUID
    state: DeclarationState
    statement: str | None
    """DfE's id of the statement that pays for it, or on which it is clawed back."""
    on: date


@frozen(kw_only=True)
class OutcomeReported:
    """DfE was told how the course ended. Nothing told before is taken away; the latest counts."""

    declaration: UUID
    """The completed declaration whose outcome it is."""
    state: OutcomeState
    completion_date: date
    on: date


@define
class Declarations:
    """Every claim, and what became of each."""

    made: dict[UUID, DeclarationMade] = Factory(dict)
    """By id, in the order in which they were made."""
    states: dict[UUID, DeclarationState] = Factory(dict)
    """Where each stands by now; what nothing was heard of is submitted."""
    partners: dict[UUID, DeliveryPartnerChanged] = Factory(dict)
    """The last change of each claim whose delivery partners were changed."""
    voided: dict[UUID, DeclarationVoided] = Factory(dict)
    reports: dict[UUID, DeclarationStateReported] = Factory(dict)
    """DfE's latest word on each."""
    unexpected: dict[UUID, DeclarationStateReported] = Factory(dict)
    """The last report of each that DfE's own rules have no way to."""
    outcomes: list[OutcomeReported] = Factory(list)

    def state(self, declaration: UUID) -> DeclarationState:
        """Where a claim stands."""
        return self.states.get(declaration, DeclarationState.SUBMITTED)

    def named(self, claim: DeclarationMade) -> tuple[str | None, str | None]:
        """The delivery partners of a claim by now: the first and the second."""
        it = self.partners.get(claim.id, claim)
        return it.delivery_partner, it.secondary_delivery_partner

    @property
    def live(self) -> tuple[DeclarationMade, ...]:
        """The claims that DfE pays or may still pay for: oldest first."""
        return tuple(it for it in self.made.values() if self.state(it.id) in LIVE)

    def of(self, kind: DeclarationType) -> tuple[DeclarationMade, ...]:
        """Every claim of a type, in whatever state: oldest first."""
        return tuple(it for it in self.made.values() if it.type is kind)

    @property
    def latest_outcome(self) -> OutcomeReported | None:
        """What DfE goes by: what it was told last."""
        return self.outcomes[-1] if self.outcomes else None


fold = Fold[Declarations]()


@fold.on(DeclarationMade)
def _(it: Declarations, fact: DeclarationMade) -> None:
    it.made[fact.id] = fact


@fold.on(DeliveryPartnerChanged)
def _(it: Declarations, fact: DeliveryPartnerChanged) -> None:
    it.partners[fact.id] = fact


@fold.on(DeclarationVoided)
def _(it: Declarations, fact: DeclarationVoided) -> None:
    it.voided[fact.id] = fact
    it.states[fact.id] = fact.state


@fold.on(DeclarationStateReported)
def _(it: Declarations, fact: DeclarationStateReported) -> None:
    known = it.state(fact.id)
    it.reports[fact.id] = fact
    if not expected(known, fact.state):
        it.unexpected[fact.id] = fact
    if known in LIVE or fact.state not in LIVE:
        it.states[fact.id] = fact.state


@fold.on(OutcomeReported)
def _(it: Declarations, fact: OutcomeReported) -> None:
    it.outcomes.append(fact)
