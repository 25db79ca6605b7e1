"""What it takes to declare something of a participant: the requirements that follow from the state.

In the order of DfE's service; commands ask besides what follows from the claim itself, and the
view shows what of this stands in the way of the next declaration.
"""

from collections.abc import Iterator
from datetime import date, datetime

from npq_domain.aggregates.participant import standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import ApplicationAccepted
from npq_domain.aggregates.participant.facts.training import TrainingStatus, TrainingWithdrawn
from npq_domain.aggregates.participant.gates.ground import ACCEPTANCE
from npq_domain.calendar import midnight
from npq_domain.catalogue.types import DeclarationRule, DeclarationType
from npq_domain.errors import Requirement

DECLARING = "DFE npq-registration, declarations: create"

Requirements = Iterator[Requirement]


def own_rule(it: Participant) -> DeclarationRule | None:
    """What the specification asks beyond DfE."""
    return it.application.registered.terms.declarations if it.application.registered else None


def accepted(it: Participant, on: date) -> Requirements:
    """An application that the provider has accepted."""
    decision = it.application.decision
    yes = isinstance(decision, ApplicationAccepted) and decision.on <= on
    yield Requirement(
        code="not_accepted",
        met=yes,
        because=f"accepted on {decision.on}"
        if decision and yes
        else f"the application had not been accepted by {on}",
        source=ACCEPTANCE,
    )


def not_withdrawn(it: Participant, at: datetime, on: date) -> Requirements:
    """Nothing is declared of the day of a withdrawal or later, for who has not come back.

    DfE keeps the instant of a withdrawal, a provider its day: the whole of it counts as after.
    """
    last = it.training.last_by(on)
    if isinstance(last, TrainingWithdrawn):
        yield Requirement(
            code="declared_after_withdrawal",
            met=at < midnight(last.on),
            because=f"{at.isoformat()} against the withdrawal of {last.on}",
            source=f"{DECLARING}, participant not withdrawn",
            relied_on=("TrainingWithdrawn",),
        )


def begun(it: Participant, at: datetime) -> Requirements:
    """A schedule is followed, and had begun."""
    schedule = standing.terms(it)
    yield Requirement(
        code="schedule_missing",
        met=schedule is not None,
        because=f"follows {schedule.identifier} of {schedule.cohort}"
        if schedule
        else "none of DfE's schedules is known that the application follows",
        source=f"{DECLARING}, schedule exists",
    )
    if schedule is not None:
        yield Requirement(
            code="before_schedule",
            met=at >= midnight(schedule.applies_from),
            because=f"{at.isoformat()} against {schedule.identifier} of {schedule.cohort},"
            f" which applies from {schedule.applies_from}",
            source=schedule.source,
        )


def of_schedule(it: Participant, kind: DeclarationType) -> Requirements:
    """The schedule has declarations of this type."""
    schedule = standing.terms(it)
    if schedule is None:
        return
    yield Requirement(
        code="declaration_type_not_allowed",
        met=kind in schedule.declaration_types,
        because=f"{kind.value} in {schedule.identifier}, which has"
        f" {', '.join(each.value for each in schedule.declaration_types)}",
        source=schedule.source,
    )


def not_declared_yet(it: Participant, kind: DeclarationType) -> Requirements:
    """Of each type there is one live declaration at most."""
    live = [each for each in it.declarations.live if each.type is kind]
    yield Requirement(
        code="already_declared",
        met=not live,
        because=f"{kind.value} is declared of {live[0].at.isoformat()},"
        f" and {it.declarations.state(live[0].id).value}"
        if live
        else f"no {kind.value} declaration is live",
        source=f"{DECLARING}, billable slot available",
        relied_on=("DeclarationMade",) if live else (),
    )


def in_sequence(it: Participant, kind: DeclarationType) -> Requirements:
    """Where the provider asks for it, what comes earlier in the schedule is declared earlier."""
    rule, schedule = own_rule(it), standing.terms(it)
    if rule is None or not rule.in_order or schedule is None:
        return
    types = schedule.declaration_types
    before = types[: types.index(kind)] if kind in types else ()
    live = {each.type for each in it.declarations.live}
    lacking = [each.value for each in before if each not in live]
    yield Requirement(
        code="out_of_sequence",
        met=not lacking,
        because=f"{kind.value} comes after {' and '.join(lacking)}, not declared"
        if lacking
        else f"everything that comes before {kind.value} is declared",
        source=rule.source,
    )


def in_training(it: Participant, on: date) -> Requirements:
    """Where the provider asks for it, training goes on: DfE's service does not look.

    The documentation of DfE's service for early careers forbade it; that for NPQs does not.
    """
    rule = own_rule(it)
    if rule is not None and rule.active:
        status = it.training.status_on(on)
        yield Requirement(
            code="not_active",
            met=status is not TrainingStatus.DEFERRED,
            because=f"training is {status.value} on {on}",
            source=rule.source,
        )


def needed(it: Participant, kind: DeclarationType, at: datetime, on: date) -> Requirements:
    """Everything that has to be so before a type is declared, whatever is said in the claim."""
    yield from accepted(it, on)
    yield from not_withdrawn(it, at, on)
    yield from begun(it, at)
    yield from of_schedule(it, kind)
    yield from not_declared_yet(it, kind)
    yield from in_sequence(it, kind)
    yield from in_training(it, on)
