"""Makers of commands about the assessed projects of the 2017 era."""

from collections.abc import Callable
from datetime import date
from typing import Any

from npq_domain import commands as ask
from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.projects import Contrast, CriterionMark, Task
from npq_domain.calendar import add_days
from npq_domain.catalogue.types import ProjectSpec, School, Scope, Section
from npq_domain.personal import Personal
from npq_domain.testing.participants.assessment import awaits_moderation
from npq_domain.testing.participants.plots import Tale, plot


def by_projects(tale: Tale) -> bool:
    return bool(plot(tale).specification.assessment.projects)


def to_pass(tale: Tale) -> list[ProjectSpec]:
    """The tasks that are still to be passed."""
    return [
        each
        for each in plot(tale).specification.assessment.projects
        if not task_passed(tale.it.projects.task(each.id))
    ]


def task_passed(it: Task) -> bool:
    return it.latest_result is not None and it.latest_result.outcome is Outcome.PASSED


def work_on_task(tale: Tale) -> Any:
    """The next thing to do for the first task that is still to be passed."""
    project = to_pass(tale)[0]
    return next(make for passed, make in TASK_ROAD if not passed(tale, project))(tale, project)


def any_task(tale: Tale) -> Any:
    """Anything about any task, whether it is its time or not."""
    known = gates.projects(tale.it) or (NO_TASK,)
    _, make = tale.one_of(TASK_ROAD)
    return make(tale, tale.one_of([*known, *known, NO_TASK]))


def soon(tale: Tale) -> date:
    """One of the next few days, after the programme has started."""
    return max(tale.later(3), plot(tale).intake.start_on)


def agree_placement(tale: Tale, _: ProjectSpec) -> Any:
    contrast = tale.one_of([(Contrast.GEOGRAPHY,), (Contrast.PERFORMANCE, Contrast.OTHER), ()])
    return ask.AgreePlacement(urn=tale.one_of([AWAY, AWAY, HOME]), contrast=contrast, on=soon(tale))


def present_plan(tale: Tale, project: ProjectSpec) -> Any:
    usual = AWAY if project.board is School.PLACEMENT else HOME
    feedback = tale.one_of([None, Personal("do fewer things"), Personal("go on")])
    return ask.PresentPlan(
        task=project.id,
        board=tale.one_of([usual, usual, usual, AWAY]),
        feedback=feedback,
        on=soon(tale),
    )


def start_implementation(tale: Tale, project: ProjectSpec) -> Any:
    return ask.StartImplementation(task=project.id, on=soon(tale))


def complete_implementation(tale: Tale, project: ProjectSpec) -> Any:
    terms = tale.one_of([2, 2, 3, 1, 0])
    return ask.CompleteImplementation(task=project.id, terms=terms, on=soon(tale))


def spend_a_day(tale: Tale, _: ProjectSpec) -> Any:
    return ask.LogPlacementDay(half_days=tale.one_of([2, 2, 2, 2, 1, 3]), on=soon(tale))


def hand_in(tale: Tale, project: ProjectSpec) -> Any:
    """Hand the account in, or first take out what stands in its way."""
    task, on = tale.it.projects.task(project.id), soon(tale)
    wrong = {"board_after_start": task.started, "too_few_terms": task.completed}
    for code in (each.code for each in gates.task(tale.it, project, on) if not each.met):
        if wrong.get(code) is not None:
            version = tale.past.facts.index(wrong[code]) + 1
            return ask.VoidFact(version=version, reason=Personal("a slip"), on=on)
    return ask.SubmitTask(
        task=project.id,
        attempt=latest(task) + bool(task.current.published),
        scope=tale.one_of([project.scope] * 6 + list(Scope)),
        schools=tale.one_of([(HOME, AWAY), (HOME, AWAY), (HOME,)]),
        sections=tale.one_of([tuple(Section), tuple(Section), (Section.DESIGN,)]),
        words=tale.one_of([None, 5_000, -1]),
        sha256=tale.one_of([None, "ab" * 32, "ab"]),
        on=on,
    )


def latest(task: Task) -> int:
    """The attempt at a task that was last, or is the first."""
    return max(task.submissions, default=1)


def mark_task(tale: Tale, project: ProjectSpec) -> Any:
    marks = [CriterionMark(criterion="impact", marks=tale.number(-1, 12))]
    return ask.MarkTask(
        task=project.id,
        attempt=latest(tale.it.projects.task(project.id)),
        marker="m-1",
        marks=tuple(marks),
        outcome=tale.one_of([Outcome.PASSED, Outcome.PASSED, Outcome.FAILED]),
        sampled=tale.number(1, 3) == 1,
        on=soon(tale),
    )


def moderate_task(tale: Tale, project: ProjectSpec) -> Any:
    return ask.ModerateTask(
        task=project.id,
        attempt=latest(tale.it.projects.task(project.id)),
        moderator=tale.one_of(["m-2", "m-2", "m-1"]),
        outcome=tale.one_of(list(Outcome)),
        on=soon(tale),
    )


def publish_task(tale: Tale, project: ProjectSpec) -> Any:
    attempt = latest(tale.it.projects.task(project.id))
    return ask.PublishTaskResult(task=project.id, attempt=attempt, on=soon(tale))


def blocked(tale: Tale, project: ProjectSpec, *codes: str) -> bool:
    """Whether one of these stands in the way of handing a task in."""
    known = gates.task(tale.it, project, add_days(tale.day, 3))
    return any(each.code in codes for each in known if not each.met)


HOME, AWAY = "100001", "100002"
NO_TASK = ProjectSpec(id="no-such-task", title="None", scope=Scope.TEAM, source="none")


TASK_ROAD: tuple[tuple[Callable[[Tale, ProjectSpec], object], Callable[..., Any]], ...] = (
    (lambda it, each: not blocked(it, each, "placement_not_agreed"), agree_placement),
    (lambda it, each: not blocked(it, each, "plan_not_presented"), present_plan),
    (lambda it, each: not blocked(it, each, "feedback_missing"), present_plan),
    (
        lambda it, each: not each.terms_least or it.it.projects.task(each.id).started,
        start_implementation,
    ),
    (
        lambda it, each: not each.terms_least or it.it.projects.task(each.id).completed,
        complete_implementation,
    ),
    (lambda it, each: not blocked(it, each, "too_few_days"), spend_a_day),
    (lambda it, each: is_handed_in(it.it.projects.task(each.id)), hand_in),
    (lambda it, each: it.it.projects.task(each.id).current.marked, mark_task),
    (lambda it, each: not awaits_moderation(it.it.projects.task(each.id).current), moderate_task),
    (lambda it, each: it.it.projects.task(each.id).current.published, publish_task),
)
"""Whether a point of the road of a task is passed, and what to ask when it is not."""


def is_handed_in(it: Task) -> bool:
    """Whether an account is in, and was not failed."""
    return it.current.submitted is not None and not it.current.published
