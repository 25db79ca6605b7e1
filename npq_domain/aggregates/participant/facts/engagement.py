"""Engagement: what was attended, missed, caught up, excused, studied, and who stood by.

The class names below are the storage format: add facts, never alter them. The figures depend on
the set of facts alone, not on the order in which they were written down.
"""

from datetime import date

from attrs import Factory, define, frozen

from npq_domain.catalogue.types import Mode
from npq_domain.decider import Fold
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Credit, Excuse, Minutes


@frozen(kw_only=True)
class SupporterAssigned:
    """Somebody stands by the participant: mentor, line manager, tutor or coach."""

    role: str
    supporter: str
    """An id of the provider's, not a name."""
    on: date


@frozen(kw_only=True)
class AttendanceRecorded:
    """The participant took part in a planned session."""

    component: str
    minutes: Minutes
    mode: Mode | None
    on: date


@frozen(kw_only=True)
class AbsenceRecorded:
    """The participant missed a planned session."""

    component: str
    reason: Personal[str] | None
    on: date


@frozen(kw_only=True)
class CatchUpCompleted:
    """What was missed of a session has been made up for."""

    component: str
    minutes: Minutes
    approved_by: str
    on: date


@frozen(kw_only=True)
class AttendanceExcused:
    """An absence is excused for exceptional circumstances."""

    component: str
    effect: Excuse
    basis: Personal[str]
    on: date


@frozen(kw_only=True)
class StudyRecorded:
    """The participant studied on their own."""

    component: str
    minutes: Minutes
    percent: int | None
    """How much of the unit is done by now, where the platform says."""
    ref: str | None
    """The platform's own id of this record, which tells two alike apart."""
    on: date


@frozen(kw_only=True)
class CoachingSessionHeld:
    """The participant was coached."""

    component: str
    minutes: Minutes
    ref: str | None
    on: date


@frozen(kw_only=True)
class FormativeTaskCompleted:
    """The participant completed a formative task."""

    component: str
    minutes: Minutes
    ref: str | None
    on: date


@frozen(kw_only=True)
class MentorCheckInRecorded:
    """The participant talked their progress over with mentor or line manager."""

    number: int
    """1 for the first."""
    minutes: Minutes
    on: date


Session = AttendanceRecorded | AbsenceRecorded
Effort = StudyRecorded | CoachingSessionHeld | FormativeTaskCompleted


@define
class Engaged:
    """What the participant has done, component by component."""

    credits: dict[str, Credit] = Factory(dict)
    sessions: dict[str, Session] = Factory(dict)
    catch_ups: dict[str, CatchUpCompleted] = Factory(dict)
    excuses: dict[str, AttendanceExcused] = Factory(dict)
    efforts: list[Effort] = Factory(list)
    study_percent: dict[str, int] = Factory(dict)
    check_ins: dict[int, MentorCheckInRecorded] = Factory(dict)
    supporters: dict[str, SupporterAssigned] = Factory(dict)
    last_active_on: date | None = None


fold = Fold[Engaged]()


def credit(it: Engaged, component: str, minutes: Minutes, on: date) -> Credit:
    """Credit minutes to a component; capped only where they are measured against the plan."""
    entry = it.credits.get(component)
    if entry is None:
        entry = it.credits[component] = Credit()
    entry.minutes += minutes
    if minutes:
        active(it, on)
    return entry


def active(it: Engaged, on: date) -> None:
    """Remember the latest day on which anything was done."""
    if it.last_active_on is None or it.last_active_on < on:
        it.last_active_on = on


@fold.on(SupporterAssigned)
def _(it: Engaged, fact: SupporterAssigned) -> None:
    it.supporters[fact.role] = fact


@fold.on(AttendanceRecorded)
def _(it: Engaged, fact: AttendanceRecorded) -> None:
    it.sessions[fact.component] = fact
    credit(it, fact.component, fact.minutes, fact.on).closed = True


@fold.on(AbsenceRecorded)
def _(it: Engaged, fact: AbsenceRecorded) -> None:
    it.sessions[fact.component] = fact
    credit(it, fact.component, 0, fact.on).closed = True


@fold.on(CatchUpCompleted)
def _(it: Engaged, fact: CatchUpCompleted) -> None:
    it.catch_ups[fact.component] = fact
    credit(it, fact.component, fact.minutes, fact.on)


@fold.on(AttendanceExcused)
def _(it: Engaged, fact: AttendanceExcused) -> None:
    it.excuses[fact.component] = fact
    credit(it, fact.component, 0, fact.on).excuse = fact.effect


@fold.on(StudyRecorded)
def _(it: Engaged, fact: StudyRecorded) -> None:
    effort(it, fact)
    if fact.percent is not None:
        done = it.study_percent.get(fact.component, 0)
        it.study_percent[fact.component] = max(done, fact.percent)


@fold.on(CoachingSessionHeld)
def _(it: Engaged, fact: CoachingSessionHeld) -> None:
    effort(it, fact)


@fold.on(FormativeTaskCompleted)
def _(it: Engaged, fact: FormativeTaskCompleted) -> None:
    effort(it, fact)


def effort(it: Engaged, fact: Effort) -> None:
    """Credit work of one's own."""
    it.efforts.append(fact)
    credit(it, fact.component, fact.minutes, fact.on)


@fold.on(MentorCheckInRecorded)
def _(it: Engaged, fact: MentorCheckInRecorded) -> None:
    it.check_ins[fact.number] = fact
    active(it, fact.on)
