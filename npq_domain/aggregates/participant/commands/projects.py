"""What may be asked about the assessed projects of the 2017 era."""

from collections.abc import Iterator
from datetime import date

from attrs import evolve, field, frozen

from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.commands.assessment import limits
from npq_domain.aggregates.participant.commands.ground import (
    enrolled,
    in_order,
    once,
    refuse_bad_digest,
    started,
)
from npq_domain.aggregates.participant.commands.judging import (
    RESULTS,
    after_the_latest,
    completed_on,
    correctable,
    markable,
    moderatable,
    not_passed_before,
    not_published,
    one_too_many,
    publishable,
    result_of,
)
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.projects import (
    Contrast,
    CriterionMark,
    PlacementAgreed,
    PlacementDayLogged,
    PlanPresentedToBoard,
    ProjectImplementationCompleted,
    ProjectImplementationStarted,
    Task,
    TaskMarked,
    TaskModerated,
    TaskOutcomeCorrected,
    TaskResultPublished,
    TaskSubmitted,
)
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.types import ProjectSpec, School, Scope, Section
from npq_domain.decider import Decisions, Facts, refuse_if, require
from npq_domain.errors import Requirement, refusal
from npq_domain.identifiers import urn_fault
from npq_domain.personal import Personal, maybe_personal, personal

SCHOOLS = "DFE npq-registration, schools: unique reference numbers"
HALF_DAYS = (1, 2)


@frozen(kw_only=True)
class PresentPlan:
    """Present a task's plan to a school's governing board; again, if feedback follows later."""

    task: str
    board: str
    """The school's URN."""
    feedback: Personal[str] | None = field(default=None, converter=maybe_personal)
    on: date


def present_plan(command: PresentPlan, it: Participant) -> Facts:
    project = task_of(it, command.task, command.on)
    said = command.feedback if command.feedback and command.feedback.reveal().strip() else None
    fact = PlanPresentedToBoard(
        task=command.task, board=command.board, feedback=said, on=command.on
    )
    if fact in it.projects.task(command.task).plans:
        return
    refuse_bad_urns(command.board)
    asked, known = project.board, gates.schools(it)
    refuse_if(
        gates.other_board(it, project, fact),
        "board_wrong_school",
        f"{command.board} is not the {asked and asked.value} school,"
        f" {(asked and known[asked]) or 'which is not known'}",
        project.source,
    )
    if asked is School.PLACEMENT and it.projects.placement:
        in_order(command.on, it.projects.placement.on, "agreed")
    yield fact


@frozen(kw_only=True)
class StartImplementation:
    """Begin to put a task's plan into practice."""

    task: str
    on: date


def start_implementation(command: StartImplementation, it: Participant) -> Facts:
    project = task_of(it, command.task, command.on)
    fact = ProjectImplementationStarted(task=command.task, on=command.on)
    known = it.projects.task(command.task).started
    yield from once(fact, known, "already_recorded", project.source)


@frozen(kw_only=True)
class CompleteImplementation:
    """End the implementation of a task's plan, after so many terms."""

    task: str
    terms: int
    on: date


def complete_implementation(command: CompleteImplementation, it: Participant) -> Facts:
    project = task_of(it, command.task, command.on)
    known = it.projects.task(command.task)
    if known.started is None:
        because = f"the implementation of {command.task} has not started"
        raise refusal("implementation_not_started", because, project.source)
    in_order(command.on, known.started.on, "started")
    refuse_if(
        command.terms < 1,
        "terms_out_of_range",
        f"{command.task} cannot have lasted {command.terms} terms",
        project.source,
    )
    fact = ProjectImplementationCompleted(task=command.task, terms=command.terms, on=command.on)
    yield from once(fact, known.completed, "already_recorded", project.source)


@frozen(kw_only=True)
class AgreePlacement:
    """Agree a placement with another school; `contrast` says in what it differs from one's own."""

    urn: str
    contrast: tuple[Contrast, ...]
    on: date


def agree_placement(command: AgreePlacement, it: Participant) -> Facts:
    project = placement_of(it, command.on)
    refuse_bad_urns(command.urn)
    named = [each.value for each in command.contrast]
    require(gates.contrast(it, project, command.urn, named))
    fact = PlacementAgreed(urn=command.urn, contrast=command.contrast, on=command.on)
    yield from once(fact, it.projects.placement, "already_recorded", project.source)


@frozen(kw_only=True)
class LogPlacementDay:
    """Log a working day at the placement school: two half-days, or one."""

    half_days: int = 2
    on: date


def log_placement_day(command: LogPlacementDay, it: Participant, *, catalogue: Catalogue) -> Facts:
    project = placement_of(it, command.on)
    agreed = it.projects.placement
    if agreed is None:
        because = f"no placement for {project.id} has been agreed"
        raise refusal("placement_not_agreed", because, project.source)
    in_order(command.on, agreed.on, "agreed")
    refuse_if(
        not catalogue.working_day(command.on),
        "not_working_day",
        f"{command.on} is {catalogue.bank_holiday(command.on) or f'a {command.on:%A}'}",
        project.source,
    )
    refuse_if(
        command.half_days not in HALF_DAYS,
        "half_days_out_of_range",
        f"a working day has one or two half-days, not {command.half_days}",
        project.source,
    )
    fact = PlacementDayLogged(half_days=command.half_days, on=command.on)
    yield from once(fact, it.projects.days.get(command.on), "duplicate_day", project.source)


@frozen(kw_only=True)
class SubmitTask:
    """Hand in the written account of a task, and say what it covers.

    `attempt` is 2 for the account that follows a fail, and so on. `sha256` is the hex digest of
    the file that was handed in, where there is one.
    """

    task: str
    attempt: int = 1
    scope: Scope
    schools: tuple[str, ...] = ()
    """The URNs of the schools it is about; several where the specification asks for several."""
    sections: tuple[Section, ...] = ()
    words: int | None = None
    sha256: str | None = None
    on: date


def submit_task(command: SubmitTask, it: Participant) -> Facts:
    project = task_of(it, command.task, command.on)
    task = it.projects.task(command.task)
    known = task.submission(command.attempt).submitted
    requirements = (*gates.task(it, project, command.on), *account(command, project))
    if known is None:
        require(gates.active(it, command.on))
        refuse_bad_urns(*command.schools)
        next_in_line(command, it, task)
        require(*requirements)
        limits(enrolled(it).assessment.response, command.words, f"the account of {command.task}")
        refuse_bad_digest(command.sha256, project.source)
    fact = TaskSubmitted(
        task=command.task,
        attempt=command.attempt,
        scope=command.scope,
        schools=command.schools,
        sections=command.sections,
        words=command.words,
        sha256=command.sha256,
        basis=tuple(each.because for each in requirements),
        on=command.on,
    )
    same = known and evolve(fact, basis=known.basis)  # what it rested on may have changed since
    yield from once(same or fact, known, "already_submitted", project.source)


def account(command: SubmitTask, project: ProjectSpec) -> Iterator[Requirement]:
    """What the account itself has to show."""
    yield Requirement(
        code="wrong_scope",
        met=command.scope is project.scope,
        because=f"the account is of a project of the scope {gates.words(command.scope.value)},"
        f" {project.id} is one of the scope {gates.words(project.scope.value)}",
        source=project.source,
    )
    schools = len(set(command.schools))
    if project.schools_least is not None:
        yield Requirement(
            code="too_few_schools",
            met=schools >= project.schools_least,
            because=f"the account covers {schools} schools of at least {project.schools_least}",
            source=project.source,
        )
    if project.sections:
        absent = [each.value for each in project.sections if each not in command.sections]
        yield Requirement(
            code="sections_missing",
            met=not absent,
            because=f"the account of {project.id} lacks {', '.join(absent) or 'no section'}",
            source=project.source,
        )


def next_in_line(command: SubmitTask, it: Participant, task: Task) -> None:
    """Refuse an attempt that does not follow a fail, or is one too many.

    Raises `attempt_not_open`, `nothing_to_resit`, `already_passed`, `out_of_order`,
    `no_attempts_left`.
    """
    refuse_if(
        command.attempt < 1, "attempt_not_open", f"there is no attempt {command.attempt}", RESULTS
    )
    if command.attempt == 1:
        return
    before = task.submission(command.attempt - 1).result
    if before is None or before.outcome is not Outcome.FAILED:
        because = f"attempt {command.attempt - 1} of {command.task} was not failed"
        raise refusal("nothing_to_resit", because, RESULTS)
    not_passed_before(task.passed, command.attempt)
    in_order(command.on, before.on, "failed")
    one_too_many(enrolled(it).assessment.attempts, command.attempt)


@frozen(kw_only=True)
class MarkTask:
    """Mark a task against the mark scheme; `sampled` if national moderation has to see it."""

    task: str
    attempt: int = 1
    marker: str
    marks: tuple[CriterionMark, ...] = ()
    outcome: Outcome
    sampled: bool = False
    on: date


def mark_task(command: MarkTask, it: Participant) -> Facts:
    project = task_of(it, command.task, command.on)
    submission = it.projects.task(command.task).submission(command.attempt)
    markable(submission, command.on, named(command), project.source)
    criteria = [each.criterion for each in command.marks]
    refuse_if(
        any(each.marks < 0 for each in command.marks) or len(set(criteria)) < len(criteria),
        "marks_out_of_range",
        f"each criterion has one mark, none below 0:"
        f" {', '.join(f'{each.criterion} {each.marks}' for each in command.marks)}",
        project.source,
    )
    fact = TaskMarked(
        task=command.task,
        attempt=command.attempt,
        marker=command.marker,
        mark_scheme=enrolled(it).assessment.mark_scheme,
        marks=command.marks,
        outcome=command.outcome,
        sampled=command.sampled,
        on=command.on,
    )
    yield from once(fact, submission.marked, "already_marked", project.source)


@frozen(kw_only=True)
class ModerateTask:
    """National moderation confirmed the marking of a task, or changed its outcome."""

    task: str
    attempt: int = 1
    moderator: str
    outcome: Outcome
    on: date


def moderate_task(command: ModerateTask, it: Participant) -> Facts:
    task_of(it, command.task, command.on)
    submission = it.projects.task(command.task).submission(command.attempt)
    moderatable(submission, command.moderator, command.on, named(command))
    fact = TaskModerated(
        task=command.task,
        attempt=command.attempt,
        moderator=command.moderator,
        outcome=command.outcome,
        on=command.on,
    )
    if submission.moderated != fact:
        not_published(submission, named(command))
        yield fact


@frozen(kw_only=True)
class PublishTaskResult:
    """Tell the candidate the result of a task: the moderator's outcome where there is one."""

    task: str
    attempt: int = 1
    on: date


def publish_task_result(command: PublishTaskResult, it: Participant) -> Facts:
    task_of(it, command.task, command.on)
    task = it.projects.task(command.task)
    submission = task.submission(command.attempt)
    if submission.published is None:
        not_passed_before(task.passed, command.attempt)
        outcome = publishable(submission, command.on, named(command))
        after_the_latest(task.latest_result, command.on)
        yield TaskResultPublished(
            task=command.task, attempt=command.attempt, outcome=outcome, on=command.on
        )


@frozen(kw_only=True)
class CorrectTaskOutcome:
    """Put the published outcome of a task right, or the day it bears: `completed_on`, else today.

    What was published stays on record; the latest is in force.
    """

    task: str
    attempt: int = 1
    outcome: Outcome
    completed_on: date | None = None
    reason: Personal[str] = field(converter=personal)
    on: date


def correct_task_outcome(command: CorrectTaskOutcome, it: Participant) -> Facts:
    task_of(it, command.task, command.on)
    task, what = it.projects.task(command.task), named(command)
    submission = task.submission(command.attempt)
    known = result_of(submission.result, what, "nothing_to_correct")
    if (known.outcome, known.dated_on) == (command.outcome, completed_on(command)):
        return
    correctable(command, task.latest_result, submission.submitted, what)
    yield TaskOutcomeCorrected(
        task=command.task,
        attempt=command.attempt,
        former=known.outcome,
        outcome=command.outcome,
        completed_on=completed_on(command),
        reason=command.reason,
        on=command.on,
    )


def refuse_bad_urns(*urns: str) -> None:
    """Refuse what is no URN of a school, so that one school is not taken for another."""
    for fault in filter(None, map(urn_fault, urns)):
        raise refusal("invalid_urn", fault, SCHOOLS)


def named(command: MarkTask | ModerateTask | PublishTaskResult | CorrectTaskOutcome) -> str:
    """The account that is meant, in words."""
    return f"{command.task}, attempt {command.attempt}"


def task_of(it: Participant, wanted: str, on: date) -> ProjectSpec:
    """A task of the specification, the programme having started.

    Raises `not_enrolled`, `before_start`, `not_applicable`, `unknown_task`.
    """
    started(it, on)
    require(gates.assessed_by_projects(it))
    known = {each.id: each for each in gates.projects(it)}
    if wanted not in known:
        because = f"{wanted!r} is no task: {', '.join(known)}"
        raise refusal("unknown_task", because, enrolled(it).assessment.source)
    return known[wanted]


def placement_of(it: Participant, on: date) -> ProjectSpec:
    """The task that a placement is for; `not_applicable` where none is."""
    enrolment = started(it, on)
    require(gates.assessed_by_projects(it))
    for each in gates.projects(it):
        if each.scope is Scope.PLACEMENT_SCHOOL:
            return each
    because = f"no task of {enrolment.specification} has a placement"
    raise refusal("not_applicable", because, enrolment.assessment.source)


DECISIONS: Decisions = {
    PresentPlan: present_plan,
    StartImplementation: start_implementation,
    CompleteImplementation: complete_implementation,
    AgreePlacement: agree_placement,
    LogPlacementDay: log_placement_day,
    SubmitTask: submit_task,
    MarkTask: mark_task,
    ModerateTask: moderate_task,
    PublishTaskResult: publish_task_result,
    CorrectTaskOutcome: correct_task_outcome,
}
