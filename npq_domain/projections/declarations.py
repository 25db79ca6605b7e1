"""What is declared to DfE of each participant: made, due, overdue, blocked, on what evidence."""

from datetime import date

from attrs import frozen

from npq_domain.aggregates.participant import participant, standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import ApplicationAccepted
from npq_domain.aggregates.participant.facts.declarations import DeclarationMade
from npq_domain.aggregates.participant.facts.training import TrainingStatus
from npq_domain.aggregates.participant.gates import declaring
from npq_domain.calendar import midnight
from npq_domain.catalogue.types import DeclarationType
from npq_domain.policies.declarations import Due, due
from npq_domain.projections.projection import Projection, Seen


@frozen(kw_only=True)
class DeclarationsRow:
    """One participant's declarations, as DfE's service has them and as they are still to come."""

    participant: str
    person_ref: str
    application_id: str
    provider: str
    programme: str
    cohort_id: str | None
    cohort: str | None
    funding_cohort: str | None
    schedule: str | None
    training_status: str | None
    """`None` before acceptance."""
    started: str | None
    """The state of the latest declaration of the type, as of the three that follow."""
    retained_1: str | None
    retained_2: str | None
    completed: str | None
    made: int
    """How many were ever made; `live` of them count."""
    live: int
    states: tuple[str, ...]
    """"type state" of every declaration, in the order in which they were made."""
    unexpected: tuple[str, ...]
    """"type state" of what DfE reported although its own rules have no way to it."""
    delivery_partners: tuple[str, ...]
    """Whom the live declarations name."""
    statements: tuple[str, ...]
    """DfE's ids of the statements that declarations are on."""
    due: tuple[str, ...]
    """Types still to be declared, in the schedule's order; none of who has left."""
    due_next: str | None
    due_on: date | None
    """By when DfE expects the next: advisory."""
    overdue: tuple[str, ...]
    """Types whose day has passed."""
    blocked: tuple[str, ...]
    """The codes of what stands in the way of declaring the next of the day of looking."""
    evidence: int
    """How many facts the live declarations rest on."""
    evidence_voided: int
    """How many of these were voided since."""
    without_evidence: int
    """How many live declarations rest on nothing."""
    has_passed: bool | None
    """What the latest completed declaration says."""
    outcome: str | None
    """The latest outcome that DfE was told."""
    outcome_on: date | None
    """Its completion date."""
    outcomes: int
    as_at: date
    as_of_position: int


def row(it: Participant, seen: Seen) -> DeclarationsRow | None:
    """The row of a participant who has registered."""
    registered, enrolled = it.application.registered, it.enrolment.enrolled
    if registered is None:
        return None
    known, schedule, joined = it.declarations, standing.terms(it), standing.joined(it)
    live = known.live
    ahead = expected(it, seen.as_at)
    first = ahead[0] if ahead else None
    links = [each.version for claim in live for each in claim.evidence]
    completed = known.of(DeclarationType.COMPLETED)
    outcome = known.latest_outcome
    return DeclarationsRow(
        participant=seen.subject,
        person_ref=registered.person_ref,
        application_id=registered.application_id,
        provider=standing.provider(it) or registered.provider,
        programme=registered.programme,
        cohort_id=str(joined.cohort_id) if joined else None,
        cohort=joined.cohort if joined and enrolled else None,
        funding_cohort=standing.funding_cohort(it),
        schedule=schedule.identifier if schedule else None,
        training_status=it.training.status_on(seen.as_at).value if accepted(it) else None,
        started=latest(it, DeclarationType.STARTED),
        retained_1=latest(it, DeclarationType.RETAINED_1),
        retained_2=latest(it, DeclarationType.RETAINED_2),
        completed=latest(it, DeclarationType.COMPLETED),
        made=len(known.made),
        live=len(live),
        states=tuple(stands(it, claim) for claim in known.made.values()),
        unexpected=tuple(
            f"{known.made[each.id].type.value} {each.state.value}"
            for each in known.unexpected.values()
        ),
        delivery_partners=tuple(
            sorted({each for claim in live for each in known.named(claim) if each})
        ),
        statements=tuple(
            sorted({each.statement for each in known.reports.values() if each.statement})
        ),
        due=tuple(each.type.value for each in ahead),
        due_next=first.type.value if first else None,
        due_on=first.on if first else None,
        overdue=tuple(each.type.value for each in ahead if each.overdue(seen.as_at)),
        blocked=blocked(it, first, seen.as_at),
        evidence=len(links),
        evidence_voided=sum(version in it.corrections.voided for version in links),
        without_evidence=sum(not claim.evidence for claim in live),
        has_passed=completed[-1].has_passed if completed else None,
        outcome=outcome.state.value if outcome else None,
        outcome_on=outcome.completion_date if outcome else None,
        outcomes=len(known.outcomes),
        as_at=seen.as_at,
        as_of_position=seen.position,
    )


def accepted(it: Participant) -> bool:
    """Whether the provider took the participant on."""
    return isinstance(it.application.decision, ApplicationAccepted)


def stands(it: Participant, claim: DeclarationMade) -> str:
    """A claim and where it stands, in two words."""
    return f"{claim.type.value} {it.declarations.state(claim.id).value}"


def latest(it: Participant, kind: DeclarationType) -> str | None:
    """Where the latest declaration of a type stands."""
    made = it.declarations.of(kind)
    return it.declarations.state(made[-1].id).value if made else None


LEFT = (TrainingStatus.WITHDRAWN, TrainingStatus.TRANSFERRED_OUT)


def expected(it: Participant, as_at: date) -> tuple[Due, ...]:
    """What is still to be declared of a participant who is here."""
    schedule = standing.terms(it)
    if schedule is None or not accepted(it) or it.training.status_on(as_at) in LEFT:
        return ()
    return due(schedule, {claim.type for claim in it.declarations.live})


def blocked(it: Participant, first: Due | None, as_at: date) -> tuple[str, ...]:
    """What the next declaration would be refused for, were it made of that day."""
    if first is None:
        return ()
    needed = declaring.needed(it, first.type, midnight(as_at), as_at)
    return tuple(each.code for each in needed if not each.met)


declarations = Projection(
    name="declarations",
    row_type=DeclarationsRow,
    decider=participant,
    parts=("application", "enrolment", "training", "declarations", "corrections"),
    row=row,
    indexed=("cohort_id",),
)
