"""Declarations: what is claimed from DfE, on which evidence, and what became of it."""

from datetime import date, datetime
from uuid import UUID

from attrs import field, frozen

from npq_domain.aggregates.participant import standing
from npq_domain.aggregates.participant.commands.ground import dated, in_order, registered
from npq_domain.aggregates.participant.commands.identity import MERGES
from npq_domain.aggregates.participant.evidence import link, supports
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import (
    RegistrationReceived,
    Setting,
)
from npq_domain.aggregates.participant.facts.declarations import (
    DeclarationMade,
    DeclarationStateReported,
    DeclarationVoided,
    DeliveryPartnerChanged,
    OutcomeReported,
    OutcomeState,
)
from npq_domain.aggregates.participant.gates import declaring
from npq_domain.aggregates.participant.gates.declaring import DECLARING, Requirements
from npq_domain.calendar import aware, london_day
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.types import DeclarationType, EvidenceKind, Kind, Programme
from npq_domain.decider import Decisions, Facts, refuse_if, require, says_the_same
from npq_domain.errors import Requirement, refusal
from npq_domain.history import History
from npq_domain.personal import Personal, personal
from npq_domain.policies.declarations import REFUNDED, DeclarationState

VOIDING = "DFE npq-registration, declarations: void"
OUTCOMES = "DFE npq-registration, participant outcomes: create"
EVIDENCE = "npq_domain, our own rule: a claim links to the facts that support it"


@frozen(kw_only=True)
class Evidence:
    """A fact of the participant, by its version, as evidence of a kind."""

    version: int
    kind: EvidenceKind


@frozen(kw_only=True)
class Declare:
    """Claim from DfE that the participant has come this far.

    `declared_at` is what DfE calls the declaration date; `on` is the day on which it is claimed.
    Participant id and course, left out, are those of the application. The deadline of DfE's open
    output-fee statement is heeded where it is known.
    """

    id: UUID
    type: DeclarationType
    declared_at: datetime = field(validator=aware)
    participant_id: str | None = None
    course_identifier: str | None = None
    has_passed: bool | None = None
    delivery_partner: str | None = None
    secondary_delivery_partner: str | None = None
    statement_deadline: date | None = None
    evidence: tuple[Evidence, ...] = ()
    on: date


def declare(
    command: Declare, it: Participant, *, catalogue: Catalogue, history: History, now: datetime
) -> Facts:
    found = registered(it)
    if command.id in it.declarations.made:
        same_claim(command, it.declarations.made[command.id])
        return
    require(*requirements(command, it, catalogue, history, now))
    schedule, identifier = standing.terms(it), own_course(found, catalogue)
    if schedule is None or identifier is None:
        return  # which was refused above
    yield DeclarationMade(
        id=command.id,
        type=command.type,
        participant_id=it.identity.participant_id,
        provider=standing.provider(it) or found.provider,
        programme=found.programme,
        course_identifier=command.course_identifier or identifier,
        funding_cohort=schedule.cohort,
        schedule=schedule.identifier,
        delivery_partner=command.delivery_partner,
        secondary_delivery_partner=command.secondary_delivery_partner,
        has_passed=command.has_passed,
        evidence=tuple(link(history[each.version - 1], each.kind) for each in command.evidence),
        claimed_on=command.on,
        at=command.declared_at,
    )
    if command.has_passed is not None:
        # DfE's service does the same by itself.
        yield OutcomeReported(
            declaration=command.id,
            state=OutcomeState.PASSED if command.has_passed else OutcomeState.FAILED,
            completion_date=london_day(command.declared_at),
            on=command.on,
        )


def same_claim(command: Declare, known: DeclarationMade) -> None:
    """Another claim under a used id is not the first one repeated."""
    chosen = tuple((it.version, it.kind) for it in command.evidence)
    linked = tuple((it.version, it.kind) for it in known.evidence)
    asked = (command.type, command.declared_at, command.has_passed, chosen)
    partners = (command.delivery_partner, command.secondary_delivery_partner)
    refuse_if(
        (asked, partners)
        != (
            (known.type, known.at, known.has_passed, linked),
            (known.delivery_partner, known.secondary_delivery_partner),
        ),
        "already_declared",
        f"{command.id} is {known.type.value} of {known.at.isoformat()}, claimed otherwise",
        DECLARING,
    )


def requirements(
    command: Declare, it: Participant, catalogue: Catalogue, history: History, now: datetime
) -> Requirements:
    """All that DfE's service asks, in its order, and then what the provider asks besides."""
    found = registered(it)
    yield current_id(command, it)
    yield from declaring.accepted(it, command.on)
    yield from declaring.not_withdrawn(it, command.declared_at, command.on)
    yield course(command, found, catalogue)
    yield from declaring.begun(it, command.declared_at)
    yield not_ahead(command, now)
    yield from declaring.of_schedule(it, command.type)
    yield from statement(command, it)
    yield from has_passed(command, it, catalogue)
    yield from declaring.not_declared_yet(it, command.type)
    partners = (command.delivery_partner, command.secondary_delivery_partner)
    yield from partner(partners, command.on, it, catalogue)
    yield from declaring.in_sequence(it, command.type)
    yield from declaring.in_training(it, command.on)
    yield from evidence(command, it, history)


def current_id(command: Declare, it: Participant) -> Requirement:
    """The id that DfE knows the participant by now, not one that it retired."""
    asked, known = command.participant_id, it.identity.participant_id
    return Requirement(
        code="stale_participant_id",
        met=asked in {None, known},
        because=f"the participant id is {known}"
        if asked in {None, known}
        else f"the participant id is {known}, not {asked}",
        source=MERGES,
    )


def own_course(found: RegistrationReceived, catalogue: Catalogue) -> str | None:
    """DfE's identifier of the course of an application; `None` if its service never had it."""
    programme = catalogue.programme(found.programme)
    return programme.course_identifier if programme else None


def course(command: Declare, found: RegistrationReceived, catalogue: Catalogue) -> Requirement:
    """The course of the application, or one that DfE counts as the same."""
    own, asked = catalogue.programme(found.programme), command.course_identifier
    named = catalogue.programme(asked) if asked else own
    same = named is not None and own is not None and counts_as(named, own)
    meant = named.course_identifier if named else None
    return Requirement(
        code="course_mismatch",
        met=same and meant is not None and asked in {None, meant},
        because=f"the application is for {own.course_identifier or own.code if own else None},"
        f" the claim for {asked or meant}",
        source=f"{DECLARING}, course for participant",
    )


def counts_as(one: Programme, other: Programme) -> bool:
    """Whether DfE counts two courses as one."""
    return one.code == other.code or one.code in other.same_course_as


def not_ahead(command: Declare, now: datetime) -> Requirement:
    """What is declared has happened, on the day of the claim too: one may be recorded late."""
    at = command.declared_at
    return Requirement(
        code="future_dated",
        met=at <= now and london_day(at) <= command.on,
        because=f"{at.isoformat()} against {now.isoformat()}, which is now,"
        f" and {command.on}, the day of the claim",
        source=f"{DECLARING}, declaration date not in the future",
    )


def statement(command: Declare, it: Participant) -> Requirements:
    """What DfE pays for needs an open statement to be paid on. Unknown, it is left to DfE."""
    fundable = it.funding.eligible and it.funding.place is not False
    if fundable and command.statement_deadline is not None:
        yield open_on(command.statement_deadline, command.on, DECLARING)


def open_on(deadline: date | None, on: date, source: str) -> Requirement:
    """A statement takes declarations until its deadline, that day included."""
    return Requirement(
        code="no_open_statement",
        met=deadline is not None and deadline >= on,
        because=f"on {on}, against the deadline of {deadline}"
        if deadline
        else "no open statement is named",
        source=f"{source}, output fee statement available",
    )


def has_passed(command: Declare, it: Participant, catalogue: Catalogue) -> Requirements:
    """Who has completed a course that ends in an outcome, has passed or not; nobody else has."""
    said, found = command.has_passed, registered(it)
    asks = command.type is DeclarationType.COMPLETED and found.terms.kind is Kind.NPQ
    rule = dated(catalogue, "has_passed", it, command.on)
    what = f"{command.type.value} of {found.programme}"
    if asks and rule:
        yield Requirement(
            code="has_passed_required",
            met=said is not None,
            because=f"{what} says {'nothing' if said is None else said} of whether it was passed",
            source=rule.source,
        )
    if not asks:
        yield Requirement(
            code="has_passed_not_allowed",
            met=said is None,
            because=f"{what} says {'nothing' if said is None else said} of whether it was passed",
            source=f"{DECLARING}, has passed",
        )


def in_england(setting: Setting) -> bool | None:
    """Whether an application comes from inside England; `None` where nothing tells.

    DfE's interface brings the country down to whether it is in the United Kingdom.
    """
    country = (setting.country or "").strip().casefold()
    if country in ENGLAND:
        return True
    return False if country and country not in KINGDOM else setting.in_uk


ENGLAND = frozenset({"england", "eng"})
KINGDOM = frozenset({"gbr", "united kingdom of great britain and northern ireland"})


def partner(
    named: tuple[str | None, str | None], on: date, it: Participant, catalogue: Catalogue
) -> Requirements:
    """Who delivers the training: named inside England, not outside, one of the provider's own."""
    found, (first, second) = registered(it), named
    schedule, inside = standing.terms(it), in_england(found.setting)
    rule = dated(catalogue, "delivery_partner", it, on)
    cohort = schedule.cohort if schedule else found.funding_cohort
    if rule and inside is not None and rule.concerns(cohort):
        yield Requirement(
            code="delivery_partner_required" if inside else "delivery_partner_not_allowed",
            met=(first is not None) is inside,
            because=f"{first or 'no delivery partner'} is named, and the application of cohort"
            f" {cohort} comes from {'inside' if inside else 'outside'} England",
            source=rule.source,
        )
    known = catalogue.partners(standing.provider(it) or found.provider, cohort or "")
    for each in (first, second):
        if each is not None and known is not None:
            yield Requirement(
                code="unknown_delivery_partner",
                met=each in known.partners,
                because=f"{each} of {', '.join(known.partners)}",
                source=known.source,
            )
    if second is not None:
        yield Requirement(
            code="delivery_partner_required" if first is None else "delivery_partner_not_allowed",
            met=first is not None and first != second,
            because=f"{second} is named as the second, beside {first or 'nobody'} as the first",
            source=f"{DECLARING}, secondary delivery partner",
        )


def evidence(command: Declare, it: Participant, history: History) -> Requirements:
    """The facts relied on stand, are no later than the claim, and are of every kind asked for."""
    for each in command.evidence:
        yield from relied_on(each, command, it, history)
    rule = declaring.own_rule(it)
    kinds = rule.kinds(command.type) if rule else ()
    given = {each.kind for each in command.evidence}
    if rule and kinds:
        lacking = [kind.value for kind in kinds if kind not in given]
        yield Requirement(
            code="evidence_missing",
            met=not lacking,
            because=f"{command.type.value} rests on"
            f" {', '.join(kind.value for kind in kinds)}; {', '.join(lacking) or 'nothing'}"
            " is lacking",
            source=rule.source,
        )


def relied_on(
    chosen: Evidence, command: Declare, it: Participant, history: History
) -> Requirements:
    """One fact can be evidence: it is there, stands, is of the kind, and had happened."""
    there = 1 <= chosen.version <= len(history)
    yield Requirement(
        code="unknown_fact",
        met=there,
        because=f"version {chosen.version} of {len(history)}",
        source=EVIDENCE,
    )
    if not there:
        return
    found = history[chosen.version - 1]
    what, day = f"version {chosen.version}, {found.name},", london_day(command.declared_at)
    yield Requirement(
        code="already_voided",
        met=chosen.version not in it.corrections.voided,
        because=f"{what} as evidence",
        source=EVIDENCE,
    )
    yield Requirement(
        code="evidence_not_of_kind",
        met=supports(found.fact, chosen.kind),
        because=f"{what} as {chosen.kind.value}",
        source=EVIDENCE,
    )
    yield Requirement(
        code="out_of_order",
        met=found.happened_on <= day,
        because=f"{what} happened on {found.happened_on}, what is declared on {day}",
        source=EVIDENCE,
    )


@frozen(kw_only=True)
class ChangeDeliveryPartner:
    """Name other delivery partners for a claim that was made."""

    id: UUID
    delivery_partner: str
    secondary_delivery_partner: str | None = None
    on: date


def change_delivery_partner(
    command: ChangeDeliveryPartner, it: Participant, *, catalogue: Catalogue
) -> Facts:
    made = known(it, command.id)
    named = (command.delivery_partner, command.secondary_delivery_partner)
    if it.declarations.named(made) == named:
        return
    creators_own(made, it)
    before = it.declarations.partners.get(command.id)
    in_order(command.on, before.on if before else made.claimed_on, "claimed or changed")
    require(*partner(named, command.on, it, catalogue))
    yield DeliveryPartnerChanged(
        id=command.id,
        delivery_partner=command.delivery_partner,
        secondary_delivery_partner=command.secondary_delivery_partner,
        on=command.on,
    )


@frozen(kw_only=True)
class VoidDeclaration:
    """Take a claim back. One that was paid is clawed back, on DfE's open statement."""

    id: UUID
    reason: Personal[str] = field(converter=personal)
    statement_deadline: date | None = None
    on: date


def void_declaration(command: VoidDeclaration, it: Participant, *, catalogue: Catalogue) -> Facts:
    made = known(it, command.id)
    before = it.declarations.voided.get(command.id)
    if before is not None and before.reason == command.reason:
        return
    creators_own(made, it)
    state = it.declarations.state(command.id)
    refuse_if(
        state in REFUNDED,
        "already_voided",
        f"{made.type.value} of {made.at.isoformat()} is {state.value}",
        VOIDING,
    )
    in_order(command.on, made.claimed_on, "claimed")
    paid = state is DeclarationState.PAID
    if paid:
        refuse_if(
            dated(catalogue, "clawback", it, command.on) is None,
            "not_voidable",
            f"{made.type.value} was paid, and on {command.on} what was paid was not voided",
            VOIDING,
        )
        require(open_on(command.statement_deadline, command.on, VOIDING))
    yield DeclarationVoided(
        id=command.id,
        state=DeclarationState.AWAITING_CLAWBACK if paid else DeclarationState.VOIDED,
        reason=command.reason,
        on=command.on,
    )
    yield from outcome_falls(made, it, command.on)


def known(it: Participant, declaration: UUID) -> DeclarationMade:
    """The claim of that id, or `unknown_declaration`."""
    if declaration not in it.declarations.made:
        because = f"nothing was declared under the id {declaration}"
        raise refusal("unknown_declaration", because, DECLARING)
    return it.declarations.made[declaration]


def creators_own(made: DeclarationMade, it: Participant) -> None:
    """Refuse what only the provider may do that made the claim."""
    now = standing.provider(it)
    refuse_if(
        made.provider != now,
        "not_the_creator",
        f"{made.provider} made the claim, the participant is {now}'s",
        VOIDING,
    )


def outcome_falls(made: DeclarationMade, it: Participant, on: date) -> Facts:
    """With a completed declaration falls its outcome, if it ever had one that still counts."""
    latest = it.declarations.latest_outcome
    if latest and latest.declaration == made.id and latest.state is not OutcomeState.VOIDED:
        yield OutcomeReported(
            declaration=made.id,
            state=OutcomeState.VOIDED,
            completion_date=london_day(made.at),
            on=on,
        )


@frozen(kw_only=True)
class ReportDeclarationState:
    """DfE's service shows a claim in this state, on a statement if it names one.

    DfE is the authority on what it pays: what its own rules have no way to is recorded all the
    same, and shown as unexpected. But what is not live never becomes live again.
    """

    id: UUID
    state: DeclarationState
    statement: str | None = None
    on: date


def report_declaration_state(command: ReportDeclarationState, it: Participant) -> Facts:
    made, before = known(it, command.id), it.declarations.reports.get(command.id)
    fact = DeclarationStateReported(
        id=command.id, state=command.state, statement=command.statement, on=command.on
    )
    if says_the_same(fact, before):
        return
    in_order(command.on, before.on if before else made.claimed_on, "reported or claimed")
    yield fact
    if command.state in REFUNDED:
        yield from outcome_falls(made, it, command.on)


@frozen(kw_only=True)
class ReportOutcome:
    """Tell DfE how the course ended, after a completed declaration: a resit's outcome, say."""

    state: OutcomeState
    completion_date: date
    on: date


def report_outcome(command: ReportOutcome, it: Participant, *, catalogue: Catalogue) -> Facts:
    found = registered(it)
    outcomes = dated(catalogue, "outcomes", it, command.on)
    refuse_if(
        found.terms.kind is not Kind.NPQ
        or outcomes is None
        or command.state is OutcomeState.VOIDED,
        "not_applicable",
        f"{command.state.value} of {found.programme} on {command.on}: passed or failed is told of"
        " qualifications; what was told is voided with its declaration",
        outcomes.source if outcomes else OUTCOMES,
    )
    completed = [
        each
        for each in it.declarations.of(DeclarationType.COMPLETED)
        if it.declarations.state(each.id) not in REFUNDED
    ]
    refuse_if(
        not completed,
        "no_completed_declaration",
        "no completed declaration stands that it would be the outcome of",
        OUTCOMES,
    )
    made = completed[-1]
    if dated(catalogue, "outcomes_after_transfer", it, command.on) is None:
        creators_own(made, it)
    refuse_if(
        command.completion_date > command.on,
        "future_dated",
        f"completed on {command.completion_date}, told on {command.on}",
        OUTCOMES,
    )
    latest = it.declarations.latest_outcome
    if latest is not None:
        in_order(command.on, latest.on, "last reported")
    if latest is None or latest.state is not command.state:
        yield OutcomeReported(
            declaration=made.id,
            state=command.state,
            completion_date=command.completion_date,
            on=command.on,
        )
        return
    refuse_if(
        latest.completion_date != command.completion_date,
        "outcome_already_reported",
        f"{command.state.value} of {latest.completion_date} stands: DfE's service passes over the"
        f" same outcome with another date, {command.completion_date}",
        OUTCOMES,
    )


DECISIONS: Decisions = {
    Declare: declare,
    ChangeDeliveryPartner: change_delivery_partner,
    VoidDeclaration: void_declaration,
    ReportDeclarationState: report_declaration_state,
    ReportOutcome: report_outcome,
}
