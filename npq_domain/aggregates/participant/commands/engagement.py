"""What may be asked about engagement."""

from collections.abc import Collection
from datetime import date

from attrs import field, frozen

from npq_domain.aggregates.participant import standing
from npq_domain.aggregates.participant.commands.ground import (
    enrolled,
    in_order,
    once,
    registered,
    started,
)
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.engagement import (
    AbsenceRecorded,
    AttendanceExcused,
    AttendanceRecorded,
    CatchUpCompleted,
    CoachingSessionHeld,
    Effort,
    FormativeTaskCompleted,
    MentorCheckInRecorded,
    Session,
    StudyRecorded,
    SupporterAssigned,
    earliest,
)
from npq_domain.catalogue.types import Activity, Mode
from npq_domain.decider import Decisions, Facts, refuse_if, says_the_same
from npq_domain.errors import refusal
from npq_domain.personal import Personal, maybe_personal, personal
from npq_domain.policies.engagement import Excuse, Minutes, PlannedComponent

PLAN = "the plan of the enrolment"
MENTORS = "UCL/ETH handbook 2023, section 5, School-Based Mentor/ Line-Manager"
ENGAGEMENT = "UCL/ETH handbook 2023, section 5, Engagement with the Programme"

CHECK_IN_WITH = ("mentor", "line_manager")
SUPPORTERS = (*CHECK_IN_WITH, "tutor", "coach", "learning_coach")

A_DAY: Minutes = 24 * 60
PERCENT = range(101)


@frozen(kw_only=True)
class AssignSupporter:
    """Name who stands by the participant, by an id of the provider's.

    `role` is mentor, line_manager, tutor, coach or learning_coach, as the specification asks.
    """

    role: str
    supporter: str
    on: date


def assign_supporter(command: AssignSupporter, it: Participant) -> Facts:
    registered(it)
    refuse_if(
        command.role not in SUPPORTERS,
        "unknown_role",
        f"{command.role!r} is no role of a supporter: {', '.join(SUPPORTERS)}",
        MENTORS,
    )
    fact = SupporterAssigned(role=command.role, supporter=command.supporter, on=command.on)
    if not says_the_same(fact, it.engagement.supporters.get(command.role)):
        yield fact


@frozen(kw_only=True)
class RecordAttendance:
    """The participant took part in a planned session for so many minutes."""

    component: str
    minutes: Minutes
    mode: Mode | None = None
    on: date


def record_attendance(command: RecordAttendance, it: Participant) -> Facts:
    planned = component(it, command.component, command.on, {Activity.EVENT})
    within(planned, command.minutes)
    while_open(planned, command.on)
    fact = AttendanceRecorded(
        component=command.component, minutes=command.minutes, mode=command.mode, on=command.on
    )
    yield from session(it, fact)


@frozen(kw_only=True)
class RecordAbsence:
    """The participant missed a planned session."""

    component: str
    reason: Personal[str] | None = field(default=None, converter=maybe_personal)
    on: date


def record_absence(command: RecordAbsence, it: Participant) -> Facts:
    component(it, command.component, command.on, {Activity.EVENT})
    fact = AbsenceRecorded(component=command.component, reason=command.reason, on=command.on)
    yield from session(it, fact)


def session(it: Participant, fact: Session) -> Facts:
    """Record a session once; what says otherwise needs a correction."""
    known = it.engagement.sessions.get(fact.component)
    yield from once(fact, known, "already_recorded", ENGAGEMENT)


@frozen(kw_only=True)
class CompleteCatchUp:
    """What was missed of a session has been made up for, by somebody's leave."""

    component: str
    minutes: Minutes
    approved_by: str
    on: date


def complete_catch_up(command: CompleteCatchUp, it: Participant) -> Facts:
    planned = component(it, command.component, command.on, {Activity.EVENT})
    rule = enrolled(it).engagement
    refuse_if(
        not (rule and rule.catch_up),
        "catch_up_not_allowed",
        f"the specification {enrolled(it).specification} has no catch-up",
        rule.source if rule else PLAN,
    )
    fact = CatchUpCompleted(
        component=command.component,
        minutes=command.minutes,
        approved_by=command.approved_by,
        on=command.on,
    )
    known = it.engagement.catch_ups.get(command.component)
    if known is None:
        within(planned, command.minutes, of=missed(it, planned, command.on))
    yield from once(fact, known, "already_recorded", ENGAGEMENT)


def missed(it: Participant, planned: PlannedComponent, on: date) -> Minutes | None:
    """How many minutes of a session were missed by a day, or `nothing_to_catch_up`."""
    recorded = it.engagement.sessions.get(planned.id)
    if recorded:
        in_order(on, recorded.on, "missed")
    attended = recorded.minutes if isinstance(recorded, AttendanceRecorded) else 0
    whole = isinstance(recorded, AttendanceRecorded) and attended >= (planned.minutes or 0)
    refuse_if(
        recorded is None or whole,
        "nothing_to_catch_up",
        f"nothing of {planned.id} was missed" if whole else f"no absence from {planned.id}",
        ENGAGEMENT,
    )
    return None if planned.minutes is None else planned.minutes - attended


@frozen(kw_only=True)
class ExcuseAttendance:
    """Excuse an absence for exceptional circumstances, with one effect on the figures."""

    component: str
    effect: Excuse
    basis: Personal[str] = field(converter=personal)
    on: date


def excuse_attendance(command: ExcuseAttendance, it: Participant) -> Facts:
    component(it, command.component, command.on, {Activity.EVENT})
    rule = enrolled(it).engagement
    refuse_if(
        not (rule and rule.excuse),
        "excuse_not_allowed",
        f"the specification {enrolled(it).specification} excuses no absence",
        rule.source if rule else PLAN,
    )
    fact = AttendanceExcused(
        component=command.component, effect=command.effect, basis=command.basis, on=command.on
    )
    absence = it.engagement.sessions.get(command.component)
    refuse_if(
        not isinstance(absence, AbsenceRecorded),
        "nothing_to_excuse",
        f"no absence from {command.component} is recorded",
        ENGAGEMENT,
    )
    known = it.engagement.excuses.get(command.component)
    yield from once(fact, known, "already_recorded", ENGAGEMENT)


@frozen(kw_only=True)
class RecordStudy:
    """The participant studied a unit. `ref` is the platform's id of the record, if it has one.

    Two records of one unit, day and length count once unless their `ref` tells them apart.
    """

    component: str
    minutes: Minutes
    percent: int | None = None
    ref: str | None = None
    on: date


def record_study(command: RecordStudy, it: Participant) -> Facts:
    component(it, command.component, command.on, {Activity.STUDY})
    refuse_if(
        command.percent is not None and command.percent not in PERCENT,
        "percent_out_of_range",
        f"{command.percent} % is not between 0 and 100",
        PLAN,
    )
    fact = StudyRecorded(
        component=command.component,
        minutes=command.minutes,
        percent=command.percent,
        ref=command.ref,
        on=command.on,
    )
    yield from effort(it, fact)


@frozen(kw_only=True)
class RecordCoaching:
    """The participant was coached for so many minutes."""

    component: str
    minutes: Minutes
    ref: str | None = None
    on: date


def record_coaching(command: RecordCoaching, it: Participant) -> Facts:
    component(it, command.component, command.on, {Activity.COACHING})
    fact = CoachingSessionHeld(
        component=command.component, minutes=command.minutes, ref=command.ref, on=command.on
    )
    yield from effort(it, fact)


@frozen(kw_only=True)
class CompleteFormativeTask:
    """The participant completed a formative task worth so many minutes."""

    component: str
    minutes: Minutes
    ref: str | None = None
    on: date


def complete_formative_task(command: CompleteFormativeTask, it: Participant) -> Facts:
    component(it, command.component, command.on, {Activity.TASK})
    fact = FormativeTaskCompleted(
        component=command.component, minutes=command.minutes, ref=command.ref, on=command.on
    )
    yield from effort(it, fact)


def effort(it: Participant, fact: Effort) -> Facts:
    """Record a piece of work once."""
    refuse_if(
        not 0 <= fact.minutes <= A_DAY,
        "minutes_out_of_range",
        f"{fact.minutes} minutes are not between 0 and a day's {A_DAY}",
        PLAN,
    )
    known = it.engagement.efforts.get(fact.component, ())
    alike = (each for each in known if each == fact or (fact.ref and same_ref(each, fact)))
    yield from once(fact, next(alike, None), "already_recorded", PLAN)


def same_ref(one: Effort, other: Effort) -> bool:
    """Whether both are the platform's one record, of one kind."""
    return (type(one), one.ref) == (type(other), other.ref)


@frozen(kw_only=True)
class RecordCheckIn:
    """The participant talked their progress over with mentor or line manager.

    `number` counts from 1; the specification says how many are required.
    """

    number: int
    minutes: Minutes
    on: date


def record_check_in(command: RecordCheckIn, it: Participant) -> Facts:
    started(it, command.on)
    since = earliest(it.engagement.supported_since, CHECK_IN_WITH)
    refuse_if(
        since is None or command.on < since,
        "no_mentor",
        f"no mentor or line manager was assigned by {command.on}",
        MENTORS,
    )
    refuse_if(
        command.number < 1 or not 0 <= command.minutes <= A_DAY,
        "minutes_out_of_range",
        f"check-in {command.number} of {command.minutes} minutes",
        MENTORS,
    )
    fact = MentorCheckInRecorded(number=command.number, minutes=command.minutes, on=command.on)
    known = it.engagement.check_ins.get(command.number)
    yield from once(fact, known, "already_recorded", MENTORS)


def component(
    it: Participant, wanted: str, on: date, activities: Collection[Activity]
) -> PlannedComponent:
    """A component of the plan that is recorded this way, the programme having started."""
    started(it, on)
    found = standing.component(it, wanted)
    if found is None or found.activity not in activities:
        known = [each.id for each in it.enrolment.plan.values() if each.activity in activities]
        because = f"{wanted!r} is not in the plan: {', '.join(known) or 'nothing of its kind is'}"
        raise refusal("unknown_component", because, PLAN)
    return found


def while_open(planned: PlannedComponent, on: date) -> None:
    """Refuse a day outside the window of a component that has one: `outside_window`."""
    window = planned.opening
    if window and not window.first <= on <= window.last:
        because = f"{on} is outside the window of {planned.id}, {window.first} to {window.last}"
        raise refusal("outside_window", because, window.source)


def within(planned: PlannedComponent, minutes: Minutes, of: Minutes | None = None) -> None:
    """Refuse minutes below none or above what is planned, or above what is left `of` it."""
    known = planned.minutes if of is None else of
    most = A_DAY if known is None else known
    refuse_if(
        not 0 <= minutes <= most,
        "minutes_out_of_range",
        f"{minutes} minutes of {most} possible for {planned.id}",
        PLAN,
    )


DECISIONS: Decisions = {
    AssignSupporter: assign_supporter,
    RecordAttendance: record_attendance,
    RecordAbsence: record_absence,
    CompleteCatchUp: complete_catch_up,
    ExcuseAttendance: excuse_attendance,
    RecordStudy: record_study,
    RecordCoaching: record_coaching,
    CompleteFormativeTask: complete_formative_task,
    RecordCheckIn: record_check_in,
}
