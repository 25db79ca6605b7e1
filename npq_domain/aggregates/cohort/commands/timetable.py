"""What may be asked about sessions and assessment windows."""

from datetime import date, datetime

from attrs import field, frozen

from npq_domain.aggregates.cohort.commands.ground import COHORTS, offered, opened, running
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.intake import ProgrammeOffered
from npq_domain.aggregates.cohort.facts.timetable import (
    AssessmentWindowMoved,
    AssessmentWindowScheduled,
    Scheduled,
    SessionCancelled,
    SessionRescheduled,
    SessionScheduled,
    Slot,
    WindowSet,
)
from npq_domain.calendar import add_months, aware, in_london, london_day
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.types import Activity, Mode, WindowRule
from npq_domain.decider import Decisions, Facts, refuse_if
from npq_domain.errors import refusal
from npq_domain.policies import windows


@frozen(kw_only=True)
class ScheduleSession:
    """Fix when a session of a component takes place; for every group, or for one."""

    programme: str
    group: str | None = None
    component: str
    starts_at: datetime = field(validator=aware)
    ends_at: datetime = field(validator=aware)
    mode: Mode | None = None
    on: date


def schedule_session(command: ScheduleSession, it: Cohort, *, catalogue: Catalogue) -> Facts:
    offer = offered(it, command.programme, command.on)
    if command.group is not None:
        running(it, command.group, command.on, command.programme)
    is_event(offer, command.component, catalogue)
    slot = (command.programme, command.group, command.component)
    known = it.timetable.sessions.get(slot)
    if known:
        refuse_if(
            (known.starts_at, known.ends_at) != (command.starts_at, command.ends_at),
            "already_scheduled",
            f"{command.component} is scheduled for {in_london(known.starts_at)}; reschedule it",
            COHORTS,
        )
        return
    fits(it, slot, command)
    yield SessionScheduled(
        programme=command.programme,
        group=command.group,
        component=command.component,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        mode=command.mode,
        on=command.on,
    )


@frozen(kw_only=True)
class RescheduleSession:
    """Move a session."""

    programme: str
    group: str | None = None
    component: str
    starts_at: datetime = field(validator=aware)
    ends_at: datetime = field(validator=aware)
    on: date


def reschedule_session(command: RescheduleSession, it: Cohort) -> Facts:
    slot = (command.programme, command.group, command.component)
    known = scheduled(it, slot, command.on)
    if (known.starts_at, known.ends_at) == (command.starts_at, command.ends_at):
        return
    fits(it, slot, command)
    yield SessionRescheduled(
        programme=command.programme,
        group=command.group,
        component=command.component,
        starts_at=command.starts_at,
        ends_at=command.ends_at,
        on=command.on,
    )


@frozen(kw_only=True)
class CancelSession:
    """Say that a session will not take place."""

    programme: str
    group: str | None = None
    component: str
    reason: str
    on: date


def cancel_session(command: CancelSession, it: Cohort) -> Facts:
    offered(it, command.programme, command.on)
    slot = (command.programme, command.group, command.component)
    if slot in it.timetable.sessions:
        yield SessionCancelled(
            programme=command.programme,
            group=command.group,
            component=command.component,
            reason=command.reason,
            on=command.on,
        )


def is_event(offer: ProgrammeOffered, component: str, catalogue: Catalogue) -> None:
    """Refuse a session of something that the specification does not have, or that is no event."""
    found = catalogue.specification(offer.specification)
    events = {it.id for it in found.components if it.activity is Activity.EVENT} if found else set()
    refuse_if(
        component not in events,
        "unknown_component",
        f"{offer.specification} has no event {component!r}: {', '.join(sorted(events))}",
        found.source if found else COHORTS,
    )


def scheduled(it: Cohort, slot: Slot, on: date) -> Scheduled:
    """The session in force, or `not_scheduled`."""
    offered(it, slot[0], on)
    found = it.timetable.sessions.get(slot)
    if found is None:
        raise refusal("not_scheduled", f"{slot[2]} has no session to move", COHORTS)
    return found


def fits(it: Cohort, slot: Slot, command: ScheduleSession | RescheduleSession) -> None:
    """Refuse a session that ends before it starts, lies outside the cohort, or meets another."""
    intake, offer = opened(it, command.on), offered(it, slot[0], command.on)
    starts_at, ends_at = command.starts_at, command.ends_at
    refuse_if(
        ends_at <= starts_at,
        "session_length",
        f"{slot[2]} would end at {in_london(ends_at)}, not after {in_london(starts_at)}",
        COHORTS,
    )
    last = add_months(intake.start_on, offer.duration.most) if offer.duration else None
    refuse_if(
        london_day(starts_at) < intake.start_on or (last and london_day(ends_at) > last),
        "session_outside_cohort",
        f"{slot[2]} at {in_london(starts_at)} lies outside the cohort,"
        f" {intake.start_on} to {last or 'its end'}",
        offer.duration.source if offer.duration else COHORTS,
    )
    for other, held in it.timetable.sessions.items():
        # A group's own session of a component stands in for the one of every group.
        meets = other[0] == slot[0] and other[2] != slot[2] and shares_group(other[1], slot[1])
        refuse_if(
            meets and starts_at < held.ends_at and held.starts_at < ends_at,
            "session_overlaps",
            f"{slot[2]} at {in_london(starts_at)} overlaps {other[2]}"
            f" at {in_london(held.starts_at)}",
            COHORTS,
        )


def shares_group(one: str | None, other: str | None) -> bool:
    """Whether somebody could be expected at both: in one group, or in any."""
    return one is None or other is None or one == other


@frozen(kw_only=True)
class ScheduleAssessmentWindow:
    """Fix the window of a sitting: its first and its last day, both London days."""

    programme: str
    sitting: int = 1
    opens_on: date
    closes_on: date
    set_by: str | None = None
    on: date


def schedule_assessment_window(command: ScheduleAssessmentWindow, it: Cohort) -> Facts:
    known = checked_window(it, command)
    if known:
        refuse_if(
            (known.opens_on, known.closes_on) != (command.opens_on, command.closes_on),
            "already_scheduled",
            f"sitting {command.sitting} is scheduled for {known.opens_on}; move it",
            COHORTS,
        )
        return
    yield placed(AssessmentWindowScheduled, command)


@frozen(kw_only=True)
class MoveAssessmentWindow:
    """Put a sitting's window on other days."""

    programme: str
    sitting: int = 1
    opens_on: date
    closes_on: date
    set_by: str | None = None
    on: date


def move_assessment_window(command: MoveAssessmentWindow, it: Cohort) -> Facts:
    known = checked_window(it, command)
    if known is None:
        raise refusal("not_scheduled", f"sitting {command.sitting} has no window to move", COHORTS)
    if (known.opens_on, known.closes_on) != (command.opens_on, command.closes_on):
        yield placed(AssessmentWindowMoved, command)


WindowCommand = ScheduleAssessmentWindow | MoveAssessmentWindow


def checked_window(it: Cohort, command: WindowCommand) -> WindowSet | None:
    """The sitting's window in force, if the one asked for is lawful."""
    offer = offered(it, command.programme, command.on)
    rule = offer.window
    if rule is None:
        because = f"{offer.specification} has no assessment window"
        raise refusal("not_applicable", because, COHORTS)
    lawful(rule, opened(it, command.on).start_on, command)
    former = it.timetable.windows.get((command.programme, command.sitting - 1))
    refuse_if(
        former and command.opens_on <= former.closes_on,
        "window_out_of_range",
        f"sitting {command.sitting} would open before sitting {command.sitting - 1} has closed",
        rule.source,
    )
    return it.timetable.windows.get((command.programme, command.sitting))


def lawful(rule: WindowRule, start_on: date, command: WindowCommand) -> None:
    """Refuse a window of another length than the rule's, or outside its range."""
    refuse_if(
        command.sitting < 1,
        "window_out_of_range",
        f"sittings count from 1; {command.sitting} is none",
        rule.source,
    )
    long = windows.days(command.opens_on, command.closes_on)
    refuse_if(
        long != rule.days,
        "window_length",
        f"{command.opens_on} to {command.closes_on} is {long} calendar days, not {rule.days}",
        rule.source,
    )
    refuse_if(
        command.opens_on < start_on
        or (command.sitting == 1 and not windows.may_open_on(rule, start_on, command.opens_on)),
        "window_out_of_range",
        f"{command.opens_on} is not within {rule.months_least or 0}"
        f" to {rule.months_most or 'any number of'} months after {start_on}",
        rule.source,
    )


def placed(
    kind: type[AssessmentWindowScheduled] | type[AssessmentWindowMoved], command: WindowCommand
) -> WindowSet:
    """The fact that puts the window where the command says."""
    hours = windows.window(command.opens_on, command.closes_on)
    return kind(
        programme=command.programme,
        sitting=command.sitting,
        opens_on=command.opens_on,
        closes_on=command.closes_on,
        opens_at=hours.opens_at,
        closes_at=hours.closes_at,
        set_by=command.set_by,
        on=command.on,
    )


DECISIONS: Decisions = {
    ScheduleSession: schedule_session,
    RescheduleSession: reschedule_session,
    CancelSession: cancel_session,
    ScheduleAssessmentWindow: schedule_assessment_window,
    MoveAssessmentWindow: move_assessment_window,
}
