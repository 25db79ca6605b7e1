"""Makers of commands about taking part: sessions, study, and who stands by."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from npq_domain import commands as ask
from npq_domain.calendar import add_days
from npq_domain.catalogue.types import Activity
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Credit, Excuse, PlannedComponent
from npq_domain.testing.participants.plots import A_DAY, AN_HOUR, Tale, plot


def support(tale: Tale) -> Any:
    rule = plot(tale).specification.support
    roles = rule.roles if rule else ("mentor",)
    return ask.AssignSupporter(role=tale.one_of(roles), supporter="s-1", on=tale.later())


def take_part(tale: Tale) -> Any:
    return work_on(tale, next(iter(still_open(tale)), None))


def still_open(tale: Tale) -> Iterator[PlannedComponent]:
    """The components with something left to do."""
    for it in tale.it.enrolment.plan.values():
        credit = tale.it.engagement.credits.get(it.id, Credit())
        if not credit.closed and credit.minutes < (it.minutes or 1):
            yield it


def work_on(tale: Tale, it: PlannedComponent | None) -> Any:
    """Take part in a component the way it is recorded."""
    if it is None or it.activity not in WORK:
        return None
    return WORK[it.activity](tale, it)


def attend(tale: Tale, it: PlannedComponent) -> Any:
    if tale.number(1, 10) <= plot(tale).absences:
        reason = tale.one_of([None, Personal("ill")])
        return ask.RecordAbsence(component=it.id, reason=reason, on=course_day(tale))
    whole = AN_HOUR if it.minutes is None else it.minutes
    minutes = tale.one_of([whole, whole, whole, whole - 10, 0, whole + 1])
    return ask.RecordAttendance(component=it.id, minutes=minutes, on=session_day(tale, it))


def study(tale: Tale, it: PlannedComponent) -> Any:
    percent = tale.one_of([None, 50, 100])
    return ask.RecordStudy(
        component=it.id, minutes=stretch(tale, it), percent=percent, on=course_day(tale)
    )


def be_coached(tale: Tale, it: PlannedComponent) -> Any:
    return ask.RecordCoaching(component=it.id, minutes=stretch(tale, it), on=course_day(tale))


def do_task(tale: Tale, it: PlannedComponent) -> Any:
    return ask.CompleteFormativeTask(
        component=it.id, minutes=stretch(tale, it), on=course_day(tale)
    )


def stretch(tale: Tale, it: PlannedComponent) -> int:
    """Minutes of work: what is left, up to a day's, or some of it, or more."""
    done = tale.it.engagement.credits.get(it.id, Credit()).minutes
    left = min(A_DAY, max(0, (it.minutes or AN_HOUR) - done))
    return tale.one_of([left, left, left // 2, min(A_DAY, left + 30)])


WORK = {
    Activity.EVENT: attend,
    Activity.STUDY: study,
    Activity.COACHING: be_coached,
    Activity.TASK: do_task,
}


def course_day(tale: Tale) -> date:
    """A day after the programme has started, mostly."""
    on = tale.later(6)
    start = plot(tale).intake.start_on
    return on if tale.number(1, 20) == 1 else max(on, start)


def session_day(tale: Tale, it: PlannedComponent) -> date:
    """A day on which a component can be attended, mostly."""
    if it.opening is None or tale.number(1, 10) == 1:
        return course_day(tale)
    return add_days(it.opening.first, tale.number(0, (it.opening.last - it.opening.first).days + 1))


def any_work(tale: Tale) -> Any:
    plan = list(tale.it.enrolment.plan.values())
    return work_on(tale, tale.one_of(plan)) if plan else None


def missed(tale: Tale) -> list[str]:
    return list(tale.it.engagement.sessions) or ["induction"]


def catch_up(tale: Tale) -> Any:
    component = tale.one_of(missed(tale))
    minutes = tale.one_of([30, 60, 120, 360])
    return ask.CompleteCatchUp(
        component=component, minutes=minutes, approved_by="a-1", on=tale.later()
    )


def excuse(tale: Tale) -> Any:
    return ask.ExcuseAttendance(
        component=tale.one_of(missed(tale)),
        effect=tale.one_of(list(Excuse)),
        basis=Personal("bereavement"),
        on=tale.later(),
    )


def check_in(tale: Tale) -> Any:
    return ask.RecordCheckIn(number=tale.number(0, 4), minutes=60, on=course_day(tale))
