"""What may be asked about how training stands: deferral, withdrawal, schedule and transfer."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from attrs import frozen

from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.participant import standing
from npq_domain.aggregates.participant.commands.ground import (
    ORDER,
    accepted,
    dated,
    enrolled,
    in_order,
    joinable,
    refuse_bad_digest,
    registered,
)
from npq_domain.aggregates.participant.commands.placing import dfe_cohort
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.training import (
    CarriedCredit,
    CohortChanged,
    DeferralReason,
    Rejoined,
    ScheduleChanged,
    TrainingDeferred,
    TrainingResumed,
    TrainingStatus,
    TrainingWithdrawn,
    TransferredIn,
    TransferredOut,
    WithdrawalReason,
)
from npq_domain.aggregates.participant.gates import ENROLMENT, STATUSES, words
from npq_domain.calendar import in_london, london_day, midnight
from npq_domain.catalogue import Catalogue, FundingCohort, Schedule
from npq_domain.catalogue.rules import DatedRule
from npq_domain.catalogue.types import DeclarationType, FundingMode
from npq_domain.decider import Decisions, Facts, refuse_if, says_the_same
from npq_domain.errors import refusal
from npq_domain.policies.deferral import Moved

SCHEDULES = "DFE npq-registration, participants: change schedule"
TRANSFERS = "DFE npq-registration, applications: change of lead provider"

ALREADY = {
    TrainingStatus.ACTIVE: "already_active",
    TrainingStatus.DEFERRED: "already_deferred",
    TrainingStatus.WITHDRAWN: "already_withdrawn",
    TrainingStatus.TRANSFERRED_OUT: "transferred_out",
}


@frozen(kw_only=True)
class DeferTraining:
    """Put training off, for one of DfE's reasons; until when, if that is known."""

    reason: DeferralReason
    expected_return: date | None = None
    on: date


def defer_training(command: DeferTraining, it: Participant, *, catalogue: Catalogue) -> Facts:
    accepted(it, command.on)
    fact = TrainingDeferred(
        reason=command.reason, expected_return=command.expected_return, on=command.on
    )
    if it.training.last == fact:
        return
    refuse_while(it, TrainingStatus.DEFERRED, TrainingStatus.WITHDRAWN)
    after_last_change(it, command.on)
    refuse_if(
        command.expected_return and command.expected_return <= command.on,
        "out_of_order",
        f"a return on {command.expected_return} is not after the deferral of {command.on}",
        ORDER,
    )
    if rule := dated(catalogue, "defer_after_declaration", it, command.on):
        declared(it, rule, catalogue)
    yield fact


def declared(it: Participant, rule: DatedRule, catalogue: Catalogue) -> None:
    """Refuse while nothing was declared; where the specification is strict, no start that stands.

    DfE's release note asks for a started declaration that is not voided, its service is content
    with any declaration there ever was: the service is followed, unless a specification says more.
    """
    refuse_if(
        not it.declarations.made,
        "no_declarations",
        "nothing was ever declared of this participant",
        rule.source,
    )
    specification = catalogue.specification(registered(it).specification)
    own = specification.training if specification else None
    if own and own.strict_defer:
        refuse_if(
            not any(each.type is DeclarationType.STARTED for each in it.declarations.live),
            "no_declarations",
            "no started declaration stands",
            own.source,
        )


@frozen(kw_only=True)
class ResumeTraining:
    """Go on with training; in a later cohort, and one of its groups, if they are named."""

    cohort_id: UUID | None = None
    group: str | None = None
    on: date


def resume_training(
    command: ResumeTraining, it: Participant, *, catalogue: Catalogue, cohort: Cohort
) -> Facts:
    accepted(it, command.on)
    if resumed_so(it, command):
        return
    refuse_while(it, TrainingStatus.ACTIVE)
    refuse_if(
        it.training.status is TrainingStatus.WITHDRAWN
        and dated(catalogue, "resume_after_withdrawal", it, command.on) is None,
        "already_withdrawn",
        f"on {command.on} nobody who had withdrawn was resumed",
        STATUSES,
    )
    after_last_change(it, command.on)
    yield TrainingResumed(
        rejoined=rejoined(command, it, cohort) if command.cohort_id else None,
        carried=tuple(carried(it, command.on)),
        on=command.on,
    )


def resumed_so(it: Participant, command: ResumeTraining) -> bool:
    """Whether the last that happened is what is asked for."""
    last = it.training.last
    if not isinstance(last, TrainingResumed) or last.on != command.on:
        return False
    place = (last.rejoined.cohort_id, last.rejoined.group) if last.rejoined else (None, None)
    return place == (command.cohort_id, command.group)


def rejoined(command: ResumeTraining, it: Participant, cohort: Cohort) -> Rejoined:
    """The later cohort, which has to offer what the participant is on, with the days it gives."""
    enrolment, present = enrolled(it), standing.joined(it)
    intake = joinable(cohort, enrolment, command.group, command.on)
    refuse_if(
        present and intake.start_on <= present.start_on,
        "not_later",
        f"{intake.name} starts on {intake.start_on}, no later than the cohort of before",
        ENROLMENT,
    )
    sessions = (
        (it.id, cohort.timetable.session(enrolment.programme, command.group, it.id))
        for it in enrolment.plan
    )
    return Rejoined(
        cohort_id=command.cohort_id or enrolment.cohort_id,
        cohort=intake.name,
        group=command.group,
        start_on=intake.start_on,
        moved=tuple(
            Moved(component=component, due=london_day(session.starts_at))
            for component, session in sessions
            if session
        ),
    )


def carried(it: Participant, on: date) -> Iterator[CarriedCredit]:
    """What is credited by a day, component by component, in the order of the plan."""
    found = it.engagement.by(on).credits
    for planned in it.enrolment.plan.values():
        minutes = found[planned.id].minutes if planned.id in found else 0
        if minutes:
            most = minutes if planned.minutes is None else planned.minutes
            yield CarriedCredit(component=planned.id, minutes=min(minutes, most))


@frozen(kw_only=True)
class WithdrawFromTraining:
    """Leave the programme, for one of DfE's reasons."""

    reason: WithdrawalReason
    on: date


def withdraw_from_training(
    command: WithdrawFromTraining, it: Participant, *, catalogue: Catalogue
) -> Facts:
    accepted(it, command.on)
    fact = TrainingWithdrawn(reason=command.reason, on=command.on)
    if it.training.last == fact:
        return
    refuse_while(it, TrainingStatus.WITHDRAWN)
    after_last_change(it, command.on)
    given_by(command, catalogue)
    if rule := dated(catalogue, "withdraw_after_start", it, command.on):
        refuse_if(
            not it.declarations.of(DeclarationType.STARTED),
            "no_started_declaration",
            "no started declaration was made",
            rule.source,
        )
    yield fact


def given_by(command: WithdrawFromTraining, catalogue: Catalogue) -> None:
    """Refuse a reason that DfE's service did not have yet."""
    reason = command.reason.value
    rule = catalogue.dated_rule(reason)
    if rule is not None and not rule.holds(command.on):
        because = f"on {command.on} there was no reason {reason!r}; since {rule.since} there is"
        raise refusal("unknown_reason", because, rule.source)


@frozen(kw_only=True)
class ChangeSchedule:
    """Follow another of DfE's schedules; in another of its cohorts, if one is named.

    `cohort` is DfE's, such as 2024a: another intake is joined by resuming in it.
    """

    schedule: str
    """DfE's identifier, such as npq-leadership-spring."""
    cohort: str | None = None
    on: date


def change_schedule(command: ChangeSchedule, it: Participant, *, catalogue: Catalogue) -> Facts:
    accepted(it, command.on)
    refuse_while(it, TrainingStatus.WITHDRAWN)
    former, cohort = dfe_cohort(it, catalogue), target_cohort(command, it, catalogue)
    known = standing.schedule(it)
    moves = former is None or former.id != cohort.id
    if known == command.schedule and not moves:
        return
    since = it.training.schedule or it.training.cohort
    if since is not None:
        in_order(command.on, since.on, "put on another schedule")
    target = legal_schedule(command.schedule, it, cohort, catalogue)
    keeps_declarations(command, it, target, catalogue, moves=moves)
    if moves:
        yield CohortChanged(
            former=former.id if former else None,
            cohort=cohort.id,
            funding=cohort.funding,
            funded_place=funded_place(it, former.funding if former else None, cohort),
            on=command.on,
        )
    yield ScheduleChanged(
        former=known, schedule=target.identifier, cohort=cohort.id, terms=target, on=command.on
    )


def target_cohort(command: ChangeSchedule, it: Participant, catalogue: Catalogue) -> FundingCohort:
    """DfE's cohort that is asked for, or the present one; `unknown_cohort`."""
    asked = catalogue.funding_cohort(command.cohort) if command.cohort else None
    found = asked if command.cohort else dfe_cohort(it, catalogue)
    if found is None:
        because = f"{command.cohort!r} is none of DfE's cohorts; name one, such as 2024a"
        raise refusal("unknown_cohort", because, SCHEDULES)
    return found


def legal_schedule(
    identifier: str, it: Participant, cohort: FundingCohort, catalogue: Catalogue
) -> Schedule:
    """The schedule of the cohort, if there is one, for the course's group."""
    target = catalogue.schedule(cohort.id, identifier)
    if target is None:
        because = f"cohort {cohort.id} has no schedule {identifier!r}"
        raise refusal("unknown_schedule", because, SCHEDULES)
    programme = catalogue.programme(registered(it).programme)
    group = programme.group if programme else None
    refuse_if(
        group not in target.groups,
        "schedule_not_allowed",
        f"{identifier} is for {', '.join(target.groups)}, the course is of the group {group}",
        target.source,
    )
    return target


def keeps_declarations(
    command: ChangeSchedule,
    it: Participant,
    target: Schedule,
    catalogue: Catalogue,
    *,
    moves: bool,
) -> None:
    """Refuse what would make a live declaration invalid: `invalidates_declaration`.

    Its type has to be one of the new schedule's, and its date after the moment on which that
    begins; and while there is any, DfE's cohort stays.
    """
    rule = dated(catalogue, "schedule_keeps_declarations", it, command.on)
    begins, types = midnight(target.applies_from), target.declaration_types
    for each in it.declarations.live:
        told = f"the {each.type.value} declaration of {in_london(each.at)}"
        refuse_if(
            moves,
            "invalidates_declaration",
            f"{told} stands, so the cohort stays; void it first",
            SCHEDULES,
        )
        if rule and (each.type not in types or each.at <= begins):
            which = f"begins on {target.applies_from} with {', '.join(it.value for it in types)}"
            because = f"{told} would be invalid in {target.identifier}, which {which}"
            raise refusal("invalidates_declaration", because, rule.source)


BARRED = {
    (FundingMode.CAPPED, FundingMode.FULL),
    (FundingMode.ZERO, FundingMode.CAPPED),
    (FundingMode.ZERO, FundingMode.FULL),
}
"""From which cohorts DfE lets nobody go to which, by how they are funded."""


def funded_place(it: Participant, former: FundingMode | None, cohort: FundingCohort) -> bool | None:
    """What becomes of the funded place in another cohort; `funding_mode_barred`."""
    new = cohort.funding
    if former and (former, new) in BARRED:
        because = (
            f"from a cohort of {former.value} funding nobody goes to {cohort.id},"
            f" which is {new.value}"
        )
        raise refusal("funding_mode_barred", because, SCHEDULES)
    if former is new:
        return it.funding.place
    return PLACE_IN[new](it)


PLACE_IN: dict[FundingMode, Callable[[Participant], bool | None]] = {
    FundingMode.ZERO: lambda _: False,
    FundingMode.CAPPED: lambda it: it.funding.eligible is True,
    FundingMode.FULL: lambda _: None,
}
"""The funded place of who comes from a cohort that is funded in another way."""


@frozen(kw_only=True)
class TransferOut:
    """Hand the participant and their history on to another provider: nothing follows here."""

    to: str
    successor: UUID | None = None
    """The subject that the history goes on under, if it is known."""
    sha256: str | None = None
    """The digest of the export that was handed over."""
    on: date


def transfer_out(command: TransferOut, it: Participant, *, catalogue: Catalogue) -> Facts:
    accepted(it, command.on)
    fact = TransferredOut(
        to=command.to, successor=command.successor, sha256=command.sha256, on=command.on
    )
    if says_the_same(fact, it.training.last):
        return
    refuse_while(it, TrainingStatus.TRANSFERRED_OUT)
    if it.training.last:
        in_order(command.on, it.training.last.on, "changed")
    refuse_if(
        command.to == standing.provider(it),
        "same_provider",
        f"{command.to} trains this participant already",
        TRANSFERS,
    )
    refuse_unknown_provider(command.to, catalogue)
    refuse_bad_digest(command.sha256, TRANSFERS)
    yield fact


@frozen(kw_only=True)
class TransferIn:
    """Take a participant over, with the history that their former provider kept."""

    provider: str
    former_provider: str
    predecessor: UUID
    """The subject that the history was kept under before."""
    sha256: str
    """The digest of the export that it came in."""
    facts: int
    """How many facts came."""
    on: date


def transfer_in(command: TransferIn, it: Participant, *, catalogue: Catalogue) -> Facts:
    accepted(it, command.on)
    fact = TransferredIn(
        provider=command.provider,
        former_provider=command.former_provider,
        predecessor=command.predecessor,
        sha256=command.sha256,
        facts=command.facts,
        on=command.on,
    )
    known = it.training.transferred_in
    if says_the_same(fact, known):
        return
    if known is not None:
        in_order(command.on, known.on, "taken over")
    refuse_if(
        command.provider == standing.provider(it),
        "same_provider",
        f"{command.provider} trains this participant already",
        TRANSFERS,
    )
    refuse_unknown_provider(command.provider, catalogue)
    refuse_bad_digest(command.sha256, TRANSFERS)
    yield fact


def refuse_unknown_provider(name: str, catalogue: Catalogue) -> None:
    """Refuse to hand over to a name that no provider of the catalogue has: `unknown_provider`."""
    refuse_if(
        catalogue.provider(name) is None,
        "unknown_provider",
        f"{name!r} is none of {', '.join(sorted(it.id for it in catalogue.providers))}",
        TRANSFERS,
    )


def refuse_while(it: Participant, *those: TrainingStatus) -> None:
    """Refuse while training stands so: `already_active`, `already_deferred` and so on."""
    status, last = it.training.status, it.training.last
    refuse_if(
        status in those,
        ALREADY[status],
        f"training is {words(status.value)}, since {last.on if last else 'the acceptance'}",
        STATUSES,
    )


def after_last_change(it: Participant, on: date) -> None:
    """Refuse a second change of status on a day, or one dated before another: `out_of_order`.

    The figures follow from the set of facts alone, so one day has one status.
    """
    last = it.training.last
    latest = last.on if last else it.training.since
    refuse_if(
        on <= latest,
        "out_of_order",
        f"{on} is not after {latest}, when training changed, or the application, at last",
        ORDER,
    )


def while_here(decide: Callable[..., Facts]) -> Callable[..., Facts]:
    """The same decision, refused once the participant has gone: `transferred_out`."""

    @wraps(decide)
    def decided(command: Any, it: Participant, **needed: Any) -> Facts:
        refuse_while(it, TrainingStatus.TRANSFERRED_OUT)
        return decide(command, it, **needed)

    return decided


DECISIONS: Decisions = {
    DeferTraining: defer_training,
    ResumeTraining: resume_training,
    WithdrawFromTraining: withdraw_from_training,
    ChangeSchedule: change_schedule,
    TransferOut: transfer_out,
    TransferIn: transfer_in,
}
