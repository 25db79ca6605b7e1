"""What may be asked about enrolment."""

from datetime import date
from uuid import UUID

from attrs import frozen

from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.participant.commands.ground import (
    accepted,
    enrolled,
    joinable,
    registered,
)
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.enrolment import (
    ApplicantContacted,
    Enrolled,
    PartnerNotified,
    PlatformAccessIssued,
)
from npq_domain.aggregates.participant.gates import ENROLMENT
from npq_domain.calendar import add_days, london_day
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.types import ComponentSpec, Specification
from npq_domain.decider import Decisions, Facts, refuse_if
from npq_domain.errors import refusal
from npq_domain.policies.engagement import Opening, PlannedComponent

DEADLINE = "BPN leadership NPQs 2023, Next steps: application deadline"


@frozen(kw_only=True)
class Enrol:
    """Join a cohort, and one of its delivery groups if it has any.

    The plan is copied from the pinned specification and the cohort's timetable. An application
    received after the cohort's deadline needs a `late_reason`.
    """

    cohort_id: UUID
    group: str | None = None
    delivery_mode: str | None = None
    late_reason: str | None = None
    on: date


def enrol(command: Enrol, it: Participant, *, catalogue: Catalogue, cohort: Cohort) -> Facts:
    found = registered(it)
    accepted(it, command.on)
    if it.enrolment.enrolled:
        same_place(command, it.enrolment.enrolled)
        return
    intake = joinable(cohort, found, command.group, command.on)
    refuse_if(
        cohort.intake.deadline and found.on > cohort.intake.deadline and not command.late_reason,
        "deadline_passed",
        f"registered on {found.on}, after the deadline of {cohort.intake.deadline}",
        DEADLINE,
    )
    specification = catalogue.specification(found.specification)
    if specification is None:
        because = f"the catalogue has no specification {found.specification}"
        raise refusal("unknown_programme", because, ENROLMENT)
    yield Enrolled(
        person_ref=found.person_ref,
        programme=found.programme,
        cohort_id=command.cohort_id,
        cohort=intake.name,
        group=command.group,
        start_on=intake.start_on,
        delivery_mode=command.delivery_mode,
        specification=specification.key,
        plan=plan(specification, command.delivery_mode, cohort, command.group),
        engagement=specification.engagement,
        check_ins=specification.check_ins,
        credits=specification.credits,
        support=specification.support,
        assessment=specification.assessment,
        duration=specification.duration,
        learning=specification.learning,
        late_reason=command.late_reason,
        on=command.on,
    )


def same_place(command: Enrol, enrolment: Enrolled) -> None:
    """Joining another cohort or group is not the first enrolment repeated."""
    refuse_if(
        (command.cohort_id, command.group, command.delivery_mode)
        != (enrolment.cohort_id, enrolment.group, enrolment.delivery_mode),
        "already_enrolled",
        f"joined {enrolment.cohort} on {enrolment.on}",
        ENROLMENT,
    )


def components(specification: Specification, mode: str | None) -> tuple[ComponentSpec, ...]:
    """What there is to take part in under a mode of delivery, or `not_applicable`."""
    modes = [it.mode for it in specification.alternatives]
    refuse_if(
        mode is not None and mode not in modes,
        "not_applicable",
        f"{specification.key} is not delivered by {mode!r}: {', '.join(modes) or 'one way only'}",
        specification.source,
    )
    return specification.components_by(mode)


def plan(
    specification: Specification, mode: str | None, cohort: Cohort, group: str | None
) -> tuple[PlannedComponent, ...]:
    """The specification's components, each with the day the cohort's timetable gives it."""

    def planned(it: ComponentSpec) -> PlannedComponent:
        session = cohort.timetable.session(specification.programme, group, it.id)
        day = london_day(session.starts_at) if session else None
        open_on = opening(it, day)
        return PlannedComponent(
            id=it.id,
            activity=it.activity,
            strand=it.strand,
            minutes=it.minutes,
            counts=it.counts,
            due=open_on.last if open_on else day,
            mode=it.mode,
            opening=open_on,
        )

    return tuple(map(planned, components(specification, mode)))


def opening(it: ComponentSpec, day: date | None) -> Opening | None:
    """The window of a component that is spread over days: it opens on its session's day."""
    if it.open_days is None or day is None:
        return None
    return Opening(first=day, last=add_days(day, it.open_days - 1), source=it.source)


@frozen(kw_only=True)
class IssuePlatformAccess:
    """Send the participant a login to the learning platform."""

    platform: str
    on: date


def issue_platform_access(command: IssuePlatformAccess, it: Participant) -> Facts:
    enrolled(it)
    if command.platform not in it.enrolment.platforms:
        yield PlatformAccessIssued(platform=command.platform, on=command.on)


@frozen(kw_only=True)
class NotifyPartner:
    """Send the participant's details to the delivery partner."""

    partner: str
    on: date


def notify_partner(command: NotifyPartner, it: Participant) -> Facts:
    accepted(it, command.on)
    if command.partner not in it.enrolment.partners:
        yield PartnerNotified(partner=command.partner, on=command.on)


@frozen(kw_only=True)
class ContactApplicant:
    """Tell the participant how to begin."""

    by: str
    on: date


def contact_applicant(command: ContactApplicant, it: Participant) -> Facts:
    accepted(it, command.on)
    if command.by not in it.enrolment.contacted_by:
        yield ApplicantContacted(by=command.by, on=command.on)


DECISIONS: Decisions = {
    Enrol: enrol,
    IssuePlatformAccess: issue_platform_access,
    NotifyPartner: notify_partner,
    ContactApplicant: contact_applicant,
}
