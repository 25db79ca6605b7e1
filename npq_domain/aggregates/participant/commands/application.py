"""What may be asked about an application."""

from datetime import date

from attrs import field, frozen

from npq_domain.aggregates.participant import gates, standing
from npq_domain.aggregates.participant.commands.ground import in_order, once, registered
from npq_domain.aggregates.participant.commands.identity import refuse_bad_name, refuse_bad_trn
from npq_domain.aggregates.participant.commands.placing import (
    dfe_cohort,
    no_declarations,
    place,
)
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import (
    ApplicationAccepted,
    ApplicationEndorsed,
    ApplicationFormReturned,
    ApplicationFormSent,
    ApplicationRejected,
    ApplicationReopened,
    ApplicationTerms,
    DfeStatusReported,
    EndorsementDeclined,
    EndorsementWithdrawn,
    EntryEvidenceRecorded,
    FundingStated,
    GatewayAssessed,
    PriorApplication,
    RegistrationReceived,
    RejectionReason,
    Setting,
)
from npq_domain.calendar import add_days
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.types import EntryKind, FormRule, Specification
from npq_domain.decider import Decisions, Facts, refuse_if, require, says_the_same
from npq_domain.errors import refusal
from npq_domain.personal import Personal, maybe_personal, personal

COURSES = "DFE npq-registration, courses"
ENDORSEMENT = "UCL/ETH handbook 2023, section 4, Funding and Eligibility"


@frozen(kw_only=True)
class ReceiveRegistration:
    """DfE passed on a registration that names this provider and this programme.

    `programme` is a short code, an alias or DfE's course identifier. `specification` pins one
    version; left out, it is the provider's latest that is valid on the day of registration.
    """

    application_id: str
    participant_id: str
    person_ref: str | None = None
    """A pseudonym for the person; DfE's participant id where none is given."""
    name: Personal[str] = field(converter=personal)
    email: Personal[str] | None = field(default=None, converter=maybe_personal)
    trn: Personal[str] | None = field(default=None, converter=maybe_personal)
    trn_verified: bool = False
    provider: str
    programme: str
    specification: str | None = None
    funding_cohort: str | None = None
    setting: Setting = Setting()
    funding: FundingStated | None = None
    on: date


def receive_registration(
    command: ReceiveRegistration, it: Participant, *, catalogue: Catalogue
) -> Facts:
    if it.application.registered is not None:
        refuse_if(
            it.application.registered.application_id.lower() != command.application_id.lower(),
            "already_registered",
            f"this subject is application {it.application.registered.application_id},"
            f" not {command.application_id}",
            gates.REGISTRATION,
        )
        same_choice(command, it, it.application.registered, catalogue)
        return
    refuse_bad_name(command.name)
    refuse_bad_trn(command.trn)
    programme = catalogue.programme(command.programme)
    if programme is None:
        raise refusal("unknown_programme", f"{command.programme!r} is no programme", COURSES)
    refuse_if(
        not catalogue.offered(programme.code, command.on),
        "programme_closed",
        f"{programme.code} was not offered on {command.on}",
        programme.source,
    )
    specification = pinned(command, catalogue, programme.code)
    yield RegistrationReceived(
        application_id=command.application_id,
        participant_id=command.participant_id,
        person_ref=command.person_ref or command.participant_id,
        name=command.name,
        email=command.email,
        trn=command.trn,
        trn_verified=command.trn_verified and command.trn is not None,
        provider=command.provider,
        programme=programme.code,
        specification=specification.key,
        terms=ApplicationTerms(
            kind=programme.kind,
            entry=specification.entry,
            endorsement=specification.endorsement,
            form=specification.form,
            declarations=specification.declarations,
        ),
        funding_cohort=command.funding_cohort,
        setting=command.setting,
        funding=command.funding,
        on=command.on,
    )


def same_choice(
    command: ReceiveRegistration,
    it: Participant,
    known: RegistrationReceived,
    catalogue: Catalogue,
) -> None:
    """An application is for one programme at one provider; other changes have their commands.

    After a transfer DfE tells of it to the provider that took over, under the same id.
    """
    programme = catalogue.programme(command.programme)
    provider = standing.provider(it)
    refuse_if(
        command.provider not in {known.provider, provider}
        or (programme and programme.code) != known.programme,
        "already_registered",
        f"{known.application_id} is for {known.programme} at {provider}",
        gates.REGISTRATION,
    )


def pinned(command: ReceiveRegistration, catalogue: Catalogue, programme: str) -> Specification:
    """The specification asked for, or the provider's for the programme on that day."""
    found = (
        catalogue.specification(command.specification)
        if command.specification
        else catalogue.specification_for(command.provider, programme, command.on)
    )
    if found is None or not catalogue.in_force(found, command.on):
        asked = f"{command.specification or programme} by {command.provider} on {command.on}"
        raise refusal("unknown_programme", f"there is no specification of {asked}", COURSES)
    if (found.provider, found.programme) != (command.provider, programme):
        because = f"{found.key} is not {command.provider}'s specification of {programme}"
        raise refusal("unknown_programme", because, COURSES)
    return found


@frozen(kw_only=True)
class ReportDfeStatus:
    """DfE's service shows this status for the application."""

    status: str
    reason: str | None = None
    on: date


def report_dfe_status(command: ReportDfeStatus, it: Participant) -> Facts:
    registered(it)
    seen = it.application.dfe_status
    if seen is None or (seen.status, seen.reason) != (command.status, command.reason):
        yield DfeStatusReported(status=command.status, reason=command.reason, on=command.on)


@frozen(kw_only=True)
class SendForm:
    """Send the provider's own form; it falls due as the specification says."""

    on: date


def send_form(command: SendForm, it: Participant, *, catalogue: Catalogue) -> Facts:
    form = after_registration(it, command.on).terms.form
    due = due_on(form, command.on, catalogue) if form else None
    fact = ApplicationFormSent(due_on=due, on=command.on)
    yield from once(fact, it.application.form_sent, "already_recorded", gates.ENROLMENT)


def due_on(form: FormRule, on: date, catalogue: Catalogue) -> date:
    """The last day on which a form comes back in time, by the days that are counted."""
    if form.working_days:
        return catalogue.working_days_after(on, form.days)
    return add_days(on, form.days)


@frozen(kw_only=True)
class ReturnForm:
    """The provider's own form came back. Late is recorded, and shown as late."""

    on: date


def return_form(command: ReturnForm, it: Participant) -> Facts:
    after_registration(it, command.on)
    if it.application.form_sent:
        in_order(command.on, it.application.form_sent.on, "sent")
    fact = ApplicationFormReturned(on=command.on)
    yield from once(fact, it.application.form_returned, "already_recorded", gates.ENROLMENT)


def after_registration(it: Participant, on: date) -> RegistrationReceived:
    """The registration, if it was no later than that day."""
    found = registered(it)
    refuse_if(
        on < found.on,
        "registration_missing",
        f"{on} is before the registration with DfE of {found.on}",
        gates.REGISTRATION,
    )
    return found


@frozen(kw_only=True)
class RecordGateway:
    """Record the gateway's two judgements: readiness and suitability."""

    ready: bool
    suitable: bool
    on: date


def record_gateway(command: RecordGateway, it: Participant) -> Facts:
    asked_for(it, EntryKind.GATEWAY)
    fact = GatewayAssessed(ready=command.ready, suitable=command.suitable, on=command.on)
    if not says_the_same(fact, it.application.gateway):
        yield fact


@frozen(kw_only=True)
class RecordEntryEvidence:
    """Evidence for an entry requirement was seen; `evidence` says where it is kept."""

    requirement: EntryKind
    level: int | None = None
    full_and_relevant: bool | None = None
    years: int | None = None
    evidence: str
    on: date


def record_entry_evidence(command: RecordEntryEvidence, it: Participant) -> Facts:
    asked_for(it, command.requirement)
    fact = EntryEvidenceRecorded(
        requirement=command.requirement,
        level=command.level,
        full_and_relevant=command.full_and_relevant,
        years=command.years,
        evidence=command.evidence,
        on=command.on,
    )
    if not says_the_same(fact, it.application.evidence.get(command.requirement)):
        yield fact


def asked_for(it: Participant, kind: EntryKind) -> None:
    """Refuse evidence that the specification has no use for."""
    found = registered(it)
    refuse_if(
        kind not in {rule.kind for rule in found.terms.entry},
        "not_applicable",
        f"{found.specification} asks for no {gates.words(kind.value)}",
        COURSES,
    )


@frozen(kw_only=True)
class Endorse:
    """The school supports the application. The endorser is not the applicant."""

    role: str
    """headteacher, principal, or line_manager where the specification allows it."""
    name: Personal[str] = field(converter=personal)
    email: Personal[str] | None = field(default=None, converter=maybe_personal)
    urn: str | None = None
    on: date


def endorse(command: Endorse, it: Participant) -> Facts:
    found = after_registration(it, command.on)
    may_endorse(found, command.role)
    refuse_if(
        same(command.name, it.identity.name) or same(command.email, it.identity.email),
        "self_endorsement",
        f"the {gates.words(command.role)} who endorses is the applicant",
        ENDORSEMENT,
    )
    if it.application.withdrawn and it.application.endorsed is None:
        in_order(command.on, it.application.withdrawn.on, "withdrawn")
    fact = ApplicationEndorsed(role=command.role, name=command.name, urn=command.urn, on=command.on)
    yield from once(fact, it.application.endorsed, "already_endorsed", ENDORSEMENT)


def may_endorse(found: RegistrationReceived, role: str) -> None:
    """Refuse a role that the specification does not name."""
    rule = found.terms.endorsement
    if rule and role not in rule.roles:
        others = ", ".join(map(gates.words, rule.roles))
        because = f"a {gates.words(role)} may not endorse {found.programme}: {others} may"
        raise refusal("endorser_not_allowed", because, rule.source)


def same(one: Personal[str] | None, other: Personal[str] | None) -> bool:
    """Whether two personal texts are one, however they are spaced or capitalised."""
    if one is None or other is None:
        return False
    return one.reveal().split() != [] and plain(one) == plain(other)


def plain(text: Personal[str]) -> str:
    """A text without regard to case and spacing."""
    return " ".join(text.reveal().casefold().split())


@frozen(kw_only=True)
class DeclineEndorsement:
    """The school does not support the application."""

    role: str
    reason: Personal[str] | None = field(default=None, converter=maybe_personal)
    on: date


def decline_endorsement(command: DeclineEndorsement, it: Participant) -> Facts:
    may_endorse(after_registration(it, command.on), command.role)
    fact = EndorsementDeclined(role=command.role, reason=command.reason, on=command.on)
    if not says_the_same(fact, it.application.declined):
        yield fact


@frozen(kw_only=True)
class WithdrawEndorsement:
    """The school no longer supports the application."""

    reason: Personal[str] = field(converter=personal)
    on: date


def withdraw_endorsement(command: WithdrawEndorsement, it: Participant) -> Facts:
    registered(it)
    if it.application.endorsed is not None:
        in_order(command.on, it.application.endorsed.on, "endorsed")
        yield EndorsementWithdrawn(reason=command.reason, on=command.on)


@frozen(kw_only=True)
class Accept:
    """Take the applicant on.

    Others of the person's applications for the course in that cohort, still pending, are then to
    be rejected as `other_application_in_this_cohort_accepted`: each is a subject of its own.
    """

    funded_place: bool | None = None
    """Asked for in a capped cohort, false in one without funding, else left out."""
    schedule: str | None = None
    """DfE's schedule identifier, such as npq-leadership-autumn; else the one for that day."""
    prior: tuple[PriorApplication, ...] = ()
    """The person's other applications, at any provider."""
    on: date


def accept(command: Accept, it: Participant, *, catalogue: Catalogue) -> Facts:
    after_registration(it, command.on)
    if isinstance(it.application.decision, ApplicationAccepted):
        same_terms(command, it.application.decision)
        return
    refuse_if(
        it.application.decision,
        "already_rejected",
        "the application was rejected; reopen it first",
        gates.ACCEPTANCE,
    )
    if it.application.reopened:
        in_order(command.on, it.application.reopened.on, "reopened")
    require(*gates.acceptance(it, command.on), code="requirement_unmet")
    taken = place(
        it,
        catalogue,
        schedule=command.schedule,
        funded_place=command.funded_place,
        prior=command.prior,
        on=command.on,
    )
    yield ApplicationAccepted(
        funded_place=command.funded_place,
        schedule=taken.schedule,
        terms=taken.terms,
        funding_cohort=taken.cohort,
        funding=taken.funding,
        prior=command.prior,
        on=command.on,
    )


def same_terms(command: Accept, decision: ApplicationAccepted) -> None:
    """A second acceptance on other terms is not the first one repeated."""
    refuse_if(
        command.funded_place != decision.funded_place
        or command.schedule not in (None, decision.schedule),
        "already_accepted",
        f"accepted on {decision.on}, on other terms",
        gates.ACCEPTANCE,
    )


@frozen(kw_only=True)
class Reject:
    """Turn the applicant down."""

    reason: RejectionReason = RejectionReason.REJECTED_BY_PROVIDER
    on: date


def reject(command: Reject, it: Participant, *, catalogue: Catalogue) -> Facts:
    after_registration(it, command.on)
    decision, reopened = it.application.decision, it.application.reopened
    if isinstance(decision, ApplicationRejected):
        refuse_if(
            decision.reason is not command.reason,
            "already_rejected",
            f"rejected on {decision.on} as {gates.words(decision.reason.value)}",
            gates.ACCEPTANCE,
        )
        return
    if decision:
        in_order(command.on, decision.on, "decided")
        after_acceptance(command, it, catalogue)
    if reopened:
        in_order(command.on, reopened.on, "reopened")
    yield ApplicationRejected(reason=command.reason, on=command.on)


def after_acceptance(command: Reject, it: Participant, catalogue: Catalogue) -> None:
    """Since DfE lets accepted applications be rejected, only declarations stand in the way.

    Before, none was; where DfE knows nothing of the cohort, none after the participant had joined.
    """
    rule = catalogue.dated_rule("reject_after_acceptance")
    if rule and rule.holds(command.on):
        require(no_declarations(it, "the application is rejected"))
        return
    source = rule.source if rule else gates.ACCEPTANCE
    refuse_if(
        it.enrolment.enrolled, "already_enrolled", "the participant has joined a cohort", source
    )
    refuse_if(
        dfe_cohort(it, catalogue) is not None,
        "already_accepted",
        f"on {command.on} DfE's service let no accepted application be rejected",
        gates.ACCEPTANCE,
    )


@frozen(kw_only=True)
class Reopen:
    """Make a decided application pending again."""

    reason: Personal[str] = field(converter=personal)
    on: date


def reopen(command: Reopen, it: Participant) -> Facts:
    registered(it)
    decision = it.application.decision
    refuse_if(
        it.enrolment.enrolled and not isinstance(decision, ApplicationRejected),
        "already_enrolled",
        "the participant has joined a cohort",
        gates.ACCEPTANCE,
    )
    if decision is not None:
        in_order(command.on, decision.on, "decided")
        require(no_declarations(it, "the application is pending again"))
        yield ApplicationReopened(reason=command.reason, on=command.on)


DECISIONS: Decisions = {
    ReceiveRegistration: receive_registration,
    ReportDfeStatus: report_dfe_status,
    SendForm: send_form,
    ReturnForm: return_form,
    RecordGateway: record_gateway,
    RecordEntryEvidence: record_entry_evidence,
    Endorse: endorse,
    DeclineEndorsement: decline_endorsement,
    WithdrawEndorsement: withdraw_endorsement,
    Accept: accept,
    Reject: reject,
    Reopen: reopen,
}
