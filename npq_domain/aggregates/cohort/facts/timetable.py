"""Timetable: when the sessions are and when the assessment windows are open.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date, datetime

from attrs import Factory, define, field, frozen

from npq_domain.calendar import aware
from npq_domain.catalogue.types import Mode
from npq_domain.decider import Fold


@frozen(kw_only=True)
class SessionScheduled:
    """A session of a component takes place then; for every group, or for one."""

    programme: str
    group: str | None
    component: str
    starts_at: datetime = field(validator=aware)
    ends_at: datetime = field(validator=aware)
    mode: Mode | None
    on: date


@frozen(kw_only=True)
class SessionRescheduled:
    """The session was moved."""

    programme: str
    group: str | None
    component: str
    starts_at: datetime = field(validator=aware)
    ends_at: datetime = field(validator=aware)
    on: date


@frozen(kw_only=True)
class SessionCancelled:
    """The session will not take place."""

    programme: str
    group: str | None
    component: str
    reason: str
    on: date


@frozen(kw_only=True)
class AssessmentWindowScheduled:
    """The window opens on the first day and closes at the midnight after the last."""

    programme: str
    sitting: int
    """1 for the first; resits sit in later ones."""
    opens_on: date
    closes_on: date
    opens_at: datetime = field(validator=aware)
    closes_at: datetime = field(validator=aware)
    set_by: str | None
    on: date


@frozen(kw_only=True)
class AssessmentWindowMoved:
    """The window is on other days than was said before."""

    programme: str
    sitting: int
    opens_on: date
    closes_on: date
    opens_at: datetime = field(validator=aware)
    closes_at: datetime = field(validator=aware)
    set_by: str | None
    on: date


Slot = tuple[str, str | None, str]
"""Programme, group or every group, component."""

Scheduled = SessionScheduled | SessionRescheduled
WindowSet = AssessmentWindowScheduled | AssessmentWindowMoved


@define
class Timetable:
    """The sessions and windows in force."""

    sessions: dict[Slot, Scheduled] = Factory(dict)
    windows: dict[tuple[str, int], WindowSet] = Factory(dict)

    def session(self, programme: str, group: str | None, component: str) -> Scheduled | None:
        """A component's session for a group: its own, else the one for every group."""
        own = self.sessions.get((programme, group, component))
        return own or self.sessions.get((programme, None, component))


fold = Fold[Timetable]()


@fold.on(SessionScheduled)
def _(it: Timetable, fact: SessionScheduled) -> None:
    it.sessions[fact.programme, fact.group, fact.component] = fact


@fold.on(SessionRescheduled)
def _(it: Timetable, fact: SessionRescheduled) -> None:
    it.sessions[fact.programme, fact.group, fact.component] = fact


@fold.on(SessionCancelled)
def _(it: Timetable, fact: SessionCancelled) -> None:
    it.sessions.pop((fact.programme, fact.group, fact.component), None)


@fold.on(AssessmentWindowScheduled)
def _(it: Timetable, fact: AssessmentWindowScheduled) -> None:
    it.windows[fact.programme, fact.sitting] = fact


@fold.on(AssessmentWindowMoved)
def _(it: Timetable, fact: AssessmentWindowMoved) -> None:
    it.windows[fact.programme, fact.sitting] = fact
