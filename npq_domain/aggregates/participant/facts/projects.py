"""Projects: the assessed projects of the 2017 era, from plan to published result.

The class names below are the storage format: add facts, never alter them. A task is one of the
projects that the pinned specification names, by its id there.
"""

from datetime import date
from enum import Enum

from attrs import Factory, define, frozen

from npq_domain.aggregates.participant.facts.assessment import Outcome, Results
from npq_domain.catalogue.types import Scope, Section
from npq_domain.decider import Fold
from npq_domain.personal import Personal


class Contrast(Enum):
    """In what a placement school differs from the home school."""

    PERFORMANCE = "performance"
    PUPIL_PROFILE = "pupil_profile"
    GEOGRAPHY = "geography"
    OTHER = "other"


@frozen(kw_only=True)
class PlanPresentedToBoard:
    """The candidate presented a task's plan to a school's governing board."""

    task: str
    board: str
    """The school's URN."""
    feedback: Personal[str] | None
    on: date


@frozen(kw_only=True)
class ProjectImplementationStarted:
    """The project went from plan to practice."""

    task: str
    on: date


@frozen(kw_only=True)
class ProjectImplementationCompleted:
    """The project has run its course, over so many terms."""

    task: str
    terms: int
    on: date


@frozen(kw_only=True)
class PlacementAgreed:
    """Another school takes the candidate in, and how it contrasts with the home school."""

    urn: str
    contrast: tuple[Contrast, ...]
    on: date


@frozen(kw_only=True)
class PlacementDayLogged:
    """A working day at the placement school: whole, or half of one."""

    half_days: int
    on: date


@frozen(kw_only=True)
class TaskSubmitted:
    """The candidate handed in the written account of a task."""

    task: str
    attempt: int
    scope: Scope
    schools: tuple[str, ...]
    """The URNs of the schools that the account is about, where they are given."""
    sections: tuple[Section, ...]
    words: int | None
    sha256: str | None
    basis: tuple[str, ...]
    """What the account rests on, as it stood, in words."""
    on: date


@frozen(kw_only=True)
class CriterionMark:
    """The marks for one criterion of the mark scheme."""

    criterion: str
    marks: int


@frozen(kw_only=True)
class TaskMarked:
    """A marker marked a task, criterion by criterion."""

    task: str
    attempt: int
    marker: str
    mark_scheme: str | None
    """Whose mark scheme it was, where the specification says."""
    marks: tuple[CriterionMark, ...]
    outcome: Outcome
    sampled: bool
    """Whether it is in the moderation sample, so that the result waits for the moderator."""
    on: date


@frozen(kw_only=True)
class TaskModerated:
    """National moderation confirmed the marking of a task, or changed its outcome."""

    task: str
    attempt: int
    moderator: str
    outcome: Outcome
    on: date


@frozen(kw_only=True)
class TaskResultPublished:
    """The candidate was told the result of a task."""

    task: str
    attempt: int
    outcome: Outcome
    on: date

    @property
    def dated_on(self) -> date:
        """The day that the outcome bears."""
        return self.on


@frozen(kw_only=True)
class TaskOutcomeCorrected:
    """The published outcome of a task was put right: from here on this one is in force."""

    task: str
    attempt: int
    former: Outcome
    outcome: Outcome
    completed_on: date
    """The day that the outcome bears, which may be all that is corrected."""
    reason: Personal[str]
    on: date

    @property
    def dated_on(self) -> date:
        """The day that the outcome bears."""
        return self.completed_on


TaskResult = TaskResultPublished | TaskOutcomeCorrected


@define
class Submission:
    """One written account of a task, and what became of it."""

    submitted: TaskSubmitted | None = None
    marked: TaskMarked | None = None
    moderated: TaskModerated | None = None
    published: TaskResultPublished | None = None
    corrected: TaskOutcomeCorrected | None = None

    @property
    def result(self) -> TaskResult | None:
        """What was published, or what it was corrected to."""
        return self.corrected or self.published

    @property
    def outcome(self) -> Outcome | None:
        """The outcome so far: the moderator's where there is one, else the marker's."""
        judged = self.moderated or self.marked
        return judged.outcome if judged else None


@define
class Task(Results[TaskResult]):
    """How one task stands."""

    plans: list[PlanPresentedToBoard] = Factory(list)
    started: ProjectImplementationStarted | None = None
    completed: ProjectImplementationCompleted | None = None
    submissions: dict[int, Submission] = Factory(dict)

    def submission(self, attempt: int) -> Submission:
        """That account, as it stands."""
        return self.submissions.get(attempt) or Submission()

    @property
    def current(self) -> Submission:
        """The account that was handed in last, or is still to be."""
        return self.submission(max(self.submissions, default=1))


@define
class Projects:
    """Where the candidate stands with each task, and with the placement."""

    tasks: dict[str, Task] = Factory(dict)
    placement: PlacementAgreed | None = None
    days: dict[date, PlacementDayLogged] = Factory(dict)

    def task(self, name: str) -> Task:
        """That task, as it stands."""
        return self.tasks.get(name) or Task()

    def half_days_by(self, on: date) -> int:
        """How many half-days were spent by a day at the placement that was agreed."""
        agreed = self.placement
        spent = self.days.items() if agreed else ()
        return sum(it.half_days for day, it in spent if agreed and agreed.on <= day <= on)


fold = Fold[Projects]()


def entry(it: Projects, name: str) -> Task:
    """That task, to be written to."""
    return it.tasks.setdefault(name, Task())


def account(it: Projects, name: str, attempt: int) -> Submission:
    """That account of a task, to be written to."""
    return entry(it, name).submissions.setdefault(attempt, Submission())


@fold.on(PlanPresentedToBoard)
def _(it: Projects, fact: PlanPresentedToBoard) -> None:
    entry(it, fact.task).plans.append(fact)


@fold.on(ProjectImplementationStarted)
def _(it: Projects, fact: ProjectImplementationStarted) -> None:
    entry(it, fact.task).started = fact


@fold.on(ProjectImplementationCompleted)
def _(it: Projects, fact: ProjectImplementationCompleted) -> None:
    entry(it, fact.task).completed = fact


@fold.on(PlacementAgreed)
def _(it: Projects, fact: PlacementAgreed) -> None:
    it.placement = fact


@fold.on(PlacementDayLogged)
def _(it: Projects, fact: PlacementDayLogged) -> None:
    it.days[fact.on] = fact


@fold.on(TaskSubmitted)
def _(it: Projects, fact: TaskSubmitted) -> None:
    account(it, fact.task, fact.attempt).submitted = fact


@fold.on(TaskMarked)
def _(it: Projects, fact: TaskMarked) -> None:
    account(it, fact.task, fact.attempt).marked = fact


@fold.on(TaskModerated)
def _(it: Projects, fact: TaskModerated) -> None:
    account(it, fact.task, fact.attempt).moderated = fact


@fold.on(TaskResultPublished)
def _(it: Projects, fact: TaskResultPublished) -> None:
    account(it, fact.task, fact.attempt).published = fact
    entry(it, fact.task).results.append(fact)


@fold.on(TaskOutcomeCorrected)
def _(it: Projects, fact: TaskOutcomeCorrected) -> None:
    account(it, fact.task, fact.attempt).corrected = fact
    entry(it, fact.task).results.append(fact)
