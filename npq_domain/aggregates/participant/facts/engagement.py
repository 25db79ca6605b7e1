"""Engagement: what was attended, missed, caught up, excused, studied, and who stood by.

The class names below are the storage format: add facts, never alter them. The figures depend on
the set of facts alone, not on the order in which they were written down.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from attrs import Factory, define, frozen

from npq_domain.calendar import LAST_DAY
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
Dated = AttendanceRecorded | CatchUpCompleted | Effort | MentorCheckInRecorded


@define
class Progress:
    """What taking part and study come to by a day."""

    credits: dict[str, Credit] = Factory(dict)
    """By component."""
    study_percent: dict[str, int] = Factory(dict)
    """How much of each unit is done, where the platform says."""
    last_active_on: date | None = None
    """The latest day on which anything was done."""

    def active(self, on: date) -> None:
        """Something was done that day."""
        if self.last_active_on is None or self.last_active_on < on:
            self.last_active_on = on

    def attend(self, sessions: Mapping[str, Session], by: date) -> None:
        """Count the sessions up to a day, taken part in or not."""
        credited, days = self.credits, []
        for component, session in sessions.items():
            if session.on > by:
                continue
            if type(session) is AttendanceRecorded:
                credited[component] = Credit(session.minutes, closed=True)
                days.append(session.on)
            else:
                credited[component] = Credit(closed=True)
        if days:
            self.active(max(days))

    def catch_up(self, component: str, caught_up: CatchUpCompleted) -> None:
        """Count what was made up for."""
        self.active(caught_up.on)
        if component in self.credits:
            self.credits[component].minutes += caught_up.minutes

    def excuse(self, component: str, excused: AttendanceExcused) -> None:
        """Let an excuse have its effect on an absence by that day."""
        if component in self.credits:
            self.credits[component].excuse = excused.effect

    def work(self, component: str, efforts: Sequence[Effort]) -> None:
        """Count what was done of a component, some at least."""
        minutes = sum([it.minutes for it in efforts])
        self.active(max([it.on for it in efforts]))
        credit = self.credits.get(component)
        if credit is None:
            self.credits[component] = Credit(minutes)
        else:
            credit.minutes += minutes
        said = [it.percent for it in efforts if isinstance(it, StudyRecorded)]
        if percents := [percent for percent in said if percent is not None]:
            self.study_percent[component] = max(percents)


@define
class Engaged:
    """What the participant has done: the facts themselves, and what they come to when asked.

    Nothing is added up while facts are folded, so a fold is cheap and no order can matter.
    """

    sessions: dict[str, Session] = Factory(dict)
    catch_ups: dict[str, CatchUpCompleted] = Factory(dict)
    excuses: dict[str, AttendanceExcused] = Factory(dict)
    efforts: dict[str, list[Effort]] = Factory(lambda: defaultdict(list))
    """By component."""
    check_ins: dict[int, MentorCheckInRecorded] = Factory(dict)
    supporters: dict[str, SupporterAssigned] = Factory(dict)
    supported_since: dict[str, date] = Factory(dict)
    """The first day on which anybody stood by the participant in a role."""

    @property
    def credits(self) -> dict[str, Credit]:
        """What is credited to each component by now."""
        return self.by(LAST_DAY).credits

    def by(self, on: date) -> Progress:
        """What all that happened by that day comes to.

        An excuse counts while there is an absence to excuse, a catch-up while there is a session
        to catch up on; if that was voided, they are silent. Capped only against a plan.
        """
        it = Progress()
        it.attend(self.sessions, on)
        for component, caught_up in self.catch_ups.items():
            if caught_up.on <= on:
                it.catch_up(component, caught_up)
        for component, excused in self.excuses.items():
            if excused.on <= on and isinstance(self.sessions.get(component), AbsenceRecorded):
                it.excuse(component, excused)
        for component, efforts in self.efforts.items():
            if those := efforts if on == LAST_DAY else [each for each in efforts if each.on <= on]:
                it.work(component, those)
        if days := [each.on for each in self.check_ins.values() if each.on <= on]:
            it.active(max(days))
        return it

    @property
    def done(self) -> Iterator[tuple[date, str]]:
        """Everything that is recorded of taking part or not: its day, and what it was."""
        kinds = (self.sessions.values(), self.catch_ups.values(), *self.efforts.values())
        yield from ((it.on, it.component) for each in kinds for it in each)
        yield from ((it.on, f"check-in {it.number}") for it in self.check_ins.values())


def earliest(since: Mapping[str, date], roles: Iterable[str]) -> date | None:
    """Since when anybody has stood by the participant in one of these roles."""
    return min([since[role] for role in roles if role in since], default=None)


fold = Fold[Engaged]()


@fold.on(SupporterAssigned)
def _(it: Engaged, fact: SupporterAssigned) -> None:
    it.supporters[fact.role] = fact
    it.supported_since[fact.role] = min(it.supported_since.get(fact.role, fact.on), fact.on)


@fold.on(AttendanceRecorded)
def _(it: Engaged, fact: AttendanceRecorded) -> None:
    it.sessions[fact.component] = fact


@fold.on(AbsenceRecorded)
def _(it: Engaged, fact: AbsenceRecorded) -> None:
    it.sessions[fact.component] = fact


@fold.on(CatchUpCompleted)
def _(it: Engaged, fact: CatchUpCompleted) -> None:
    it.catch_ups[fact.component] = fact


@fold.on(AttendanceExcused)
def _(it: Engaged, fact: AttendanceExcused) -> None:
    it.excuses[fact.component] = fact


@fold.on(StudyRecorded)
def _(it: Engaged, fact: StudyRecorded) -> None:
    it.efforts[fact.component].append(fact)


@fold.on(CoachingSessionHeld)
def _(it: Engaged, fact: CoachingSessionHeld) -> None:
    it.efforts[fact.component].append(fact)


@fold.on(FormativeTaskCompleted)
def _(it: Engaged, fact: FormativeTaskCompleted) -> None:
    it.efforts[fact.component].append(fact)


@fold.on(MentorCheckInRecorded)
def _(it: Engaged, fact: MentorCheckInRecorded) -> None:
    it.check_ins[fact.number] = fact
