"""Application: from registration with DfE to the provider's decision.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date
from enum import Enum

from attrs import Factory, define, frozen

from npq_domain.catalogue.types import (
    DeclarationRule,
    EndorsementRule,
    EntryKind,
    EntryRule,
    FormRule,
    FundingMode,
    Kind,
    Schedule,
)
from npq_domain.decider import Fold
from npq_domain.personal import Personal


class RejectionReason(Enum):
    """Why an application is rejected: DfE's wire values, and the provider's own."""

    REGISTRATION_EXPIRED = "registration_expired"
    REJECTED_BY_PROVIDER = "rejected_by_provider"
    OTHER_APPLICATION_ACCEPTED = "other_application_in_this_cohort_accepted"


@frozen(kw_only=True)
class Setting:
    """Where the applicant works, as registered with DfE. All of it may be unknown."""

    school_urn: str | None = None
    school_ukprn: str | None = None
    private_childcare_provider_urn: str | None = None
    employer_name: str | None = None
    employment_role: str | None = None
    works_in_school: bool | None = None
    in_uk: bool | None = None
    country: str | None = None
    headteacher_status: str | None = None


@frozen(kw_only=True)
class FundingStated:
    """What DfE's service said of funding when the registration was received."""

    eligible: bool
    ineligible_reason: str | None = None
    choice: str | None = None
    funded_place: bool | None = None
    targeted_delivery: bool | None = None


@frozen(kw_only=True)
class ApplicationTerms:
    """What the pinned specification asks of an application, and of what is declared of it."""

    kind: Kind
    entry: tuple[EntryRule, ...] = ()
    endorsement: EndorsementRule | None = None
    form: FormRule | None = None
    declarations: DeclarationRule | None = None


@frozen(kw_only=True)
class RegistrationReceived:
    """DfE passed on a registration that names this provider and this programme."""

    application_id: str
    participant_id: str
    person_ref: str
    """A pseudonym for the person, the same in all their enrolments."""
    name: Personal[str]
    email: Personal[str] | None
    trn: Personal[str] | None
    trn_verified: bool
    provider: str
    programme: str
    specification: str
    terms: ApplicationTerms
    funding_cohort: str | None
    """DfE's cohort with its suffix, such as 2023a: not the provider's intake."""
    setting: Setting
    funding: FundingStated | None
    on: date


@frozen(kw_only=True)
class DfeStatusReported:
    """DfE's service shows another status for this application than before."""

    status: str
    reason: str | None
    on: date


@frozen(kw_only=True)
class ApplicationFormSent:
    """The provider's own form went to the applicant."""

    due_on: date | None
    on: date


@frozen(kw_only=True)
class ApplicationFormReturned:
    """The provider's own form came back. Late is recorded as it is, and shown."""

    on: date


@frozen(kw_only=True)
class GatewayAssessed:
    """The gateway judged readiness and suitability, for the qualification and for headship."""

    ready: bool
    suitable: bool
    on: date


@frozen(kw_only=True)
class EntryEvidenceRecorded:
    """Evidence for an entry requirement was seen."""

    requirement: EntryKind
    level: int | None
    full_and_relevant: bool | None
    years: int | None
    evidence: str
    """A reference to where the evidence is kept."""
    on: date


@frozen(kw_only=True)
class ApplicationEndorsed:
    """The school supports the application."""

    role: str
    name: Personal[str]
    urn: str | None
    on: date


@frozen(kw_only=True)
class EndorsementDeclined:
    """The school does not support the application."""

    role: str
    reason: Personal[str] | None
    on: date


@frozen(kw_only=True)
class EndorsementWithdrawn:
    """The school no longer supports the application."""

    reason: Personal[str]
    on: date


@frozen(kw_only=True)
class PriorApplication:
    """Another application of the same person, at any provider, as DfE's service shows it.

    Whose it is, is decided by the person's account, or by a TRN that was verified.
    """

    application_id: str
    programme: str
    """By any name of it."""
    funding_cohort: str | None = None
    accepted: bool
    withdrawn: bool = False
    eligible_for_funding: bool | None = None
    funded_place: bool | None = None


@frozen(kw_only=True)
class ApplicationAccepted:
    """The provider took the applicant on."""

    funded_place: bool | None
    schedule: str | None
    terms: Schedule | None
    """That schedule as it was then: what may be declared from when, and by when it is expected."""
    funding_cohort: str | None
    """DfE's cohort, if the catalogue knew it: by how it is funded, the place was judged."""
    funding: FundingMode | None
    prior: tuple[PriorApplication, ...]
    """The person's other applications that were known."""
    on: date


@frozen(kw_only=True)
class ApplicationRejected:
    """The provider, or DfE for it, turned the applicant down."""

    reason: RejectionReason
    on: date


@frozen(kw_only=True)
class ApplicationReopened:
    """A decided application is pending again."""

    reason: Personal[str]
    on: date


Decision = ApplicationAccepted | ApplicationRejected


@define
class Application:
    """How the application stands."""

    registered: RegistrationReceived | None = None
    dfe_status: DfeStatusReported | None = None
    form_sent: ApplicationFormSent | None = None
    form_returned: ApplicationFormReturned | None = None
    gateway: GatewayAssessed | None = None
    evidence: dict[EntryKind, EntryEvidenceRecorded] = Factory(dict)
    endorsed: ApplicationEndorsed | None = None
    declined: EndorsementDeclined | None = None
    withdrawn: EndorsementWithdrawn | None = None
    reopened: ApplicationReopened | None = None
    decision: Decision | None = None


fold = Fold[Application]()


@fold.on(RegistrationReceived)
def _(it: Application, fact: RegistrationReceived) -> None:
    it.registered = fact


@fold.on(DfeStatusReported)
def _(it: Application, fact: DfeStatusReported) -> None:
    it.dfe_status = fact


@fold.on(ApplicationFormSent)
def _(it: Application, fact: ApplicationFormSent) -> None:
    it.form_sent = fact


@fold.on(ApplicationFormReturned)
def _(it: Application, fact: ApplicationFormReturned) -> None:
    it.form_returned = fact


@fold.on(GatewayAssessed)
def _(it: Application, fact: GatewayAssessed) -> None:
    it.gateway = fact


@fold.on(EntryEvidenceRecorded)
def _(it: Application, fact: EntryEvidenceRecorded) -> None:
    it.evidence[fact.requirement] = fact


@fold.on(ApplicationEndorsed)
def _(it: Application, fact: ApplicationEndorsed) -> None:
    it.endorsed, it.declined = fact, None


@fold.on(EndorsementDeclined)
def _(it: Application, fact: EndorsementDeclined) -> None:
    it.endorsed, it.declined = None, fact


@fold.on(EndorsementWithdrawn)
def _(it: Application, fact: EndorsementWithdrawn) -> None:
    it.endorsed, it.withdrawn = None, fact


@fold.on(ApplicationAccepted)
def _(it: Application, fact: ApplicationAccepted) -> None:
    it.decision = fact


@fold.on(ApplicationRejected)
def _(it: Application, fact: ApplicationRejected) -> None:
    it.decision = fact


@fold.on(ApplicationReopened)
def _(it: Application, fact: ApplicationReopened) -> None:
    it.decision, it.reopened = None, fact
