"""The gate to the assessment by projects: what it takes to hand in the account of each."""

from collections.abc import Iterator
from datetime import date

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.projects import PlanPresentedToBoard, Task
from npq_domain.aggregates.participant.gates.ground import ENROLMENT, active, by, enrolled, words
from npq_domain.calendar import LAST_DAY
from npq_domain.catalogue.types import AssessmentKind, ProjectSpec, School, Scope
from npq_domain.errors import Requirement


def tasks(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """What it takes to hand in the written account of every assessed project."""
    yield enrolled(it, on)
    fact = it.enrolment.enrolled
    if fact is None:
        return
    yield assessed_by_projects(it)
    yield active(it, on)
    for project in projects(it):
        yield from task(it, project, on)


def assessed_by_projects(it: Participant) -> Requirement:
    """Whether there are tasks at all."""
    fact = it.enrolment.enrolled
    return Requirement(
        code="not_applicable",
        met=fact is not None and fact.assessment.kind is AssessmentKind.PROJECTS,
        because=f"the programme is assessed by {words(fact.assessment.kind.value)}"
        if fact
        else "has not joined a cohort",
        source=fact.assessment.source if fact else ENROLMENT,
    )


def projects(it: Participant) -> tuple[ProjectSpec, ...]:
    """The assessed projects of the pinned specification."""
    fact = it.enrolment.enrolled
    return fact.assessment.projects if fact else ()


def tasks_of(it: Participant) -> dict[str, Task]:
    """How each assessed project stands, begun or not."""
    return {each.id: it.projects.task(each.id) for each in projects(it)}


def task(it: Participant, project: ProjectSpec, on: date = LAST_DAY) -> Iterator[Requirement]:
    """What it takes to hand in the written account of one project."""
    if project.board is not None:
        yield from board(it, project, on)
    if project.terms_least is not None:
        yield terms(it, project, project.terms_least, on)
    if project.scope is Scope.PLACEMENT_SCHOOL:
        yield from placement(it, project, on)
    if project.placement_days_least is not None:
        yield days(it, project, project.placement_days_least, on)


def board(it: Participant, project: ProjectSpec, on: date) -> Iterator[Requirement]:
    """Whether the right board saw the plan, in time, and what it said was gathered."""
    known = it.projects.task(project.id)
    seen = [plan for plan in known.plans if plan.on <= on and not other_board(it, project, plan)]
    first, start = min((plan.on for plan in seen), default=None), by(known.started, on)
    school = words(project.board.value) if project.board else ""
    relied_on = ("PlanPresentedToBoard",) if seen else ()
    shown = f"the {school} school's governing board saw the plan of {project.id} on {first}"
    unseen = f"no {school} school's governing board has seen the plan of {project.id}"
    yield Requirement(
        code="plan_not_presented",
        met=first is not None,
        because=shown if seen else unseen,
        source=project.source,
        relied_on=relied_on,
    )
    if project.board_before_implementation:
        yield Requirement(
            code="board_after_start",
            met=start is None or (first is not None and first < start.on),
            because=f"{shown if seen else unseen}; implementation"
            f" {f'started on {start.on}' if start else 'has not started'}",
            source=project.source,
            relied_on=(*relied_on, *(("ProjectImplementationStarted",) if start else ())),
        )
    if project.feedback:
        gathered = any(plan.feedback is not None for plan in seen)
        yield Requirement(
            code="feedback_missing",
            met=gathered,
            because=f"feedback of the {school} school's governing board on {project.id}"
            f" is {'' if gathered else 'not '}on record",
            source=project.source,
            relied_on=relied_on if gathered else (),
        )


def other_board(it: Participant, project: ProjectSpec, plan: PlanPresentedToBoard) -> bool:
    """Whether the board that saw a plan is another school's than the project asks for.

    Where DfE named no home school, any school but the placement's may be it.
    """
    urns, asked = schools(it), project.board
    if asked is School.HOME and urns[School.HOME] is None:
        return plan.board == urns[School.PLACEMENT]
    return asked is not None and plan.board != urns[asked]


def schools(it: Participant) -> dict[School, str | None]:
    """The URNs of the candidate's schools, as far as they are known."""
    registered, agreed = it.application.registered, it.projects.placement
    return {
        School.HOME: registered.setting.school_urn if registered else None,
        School.PLACEMENT: agreed.urn if agreed else None,
    }


def terms(it: Participant, project: ProjectSpec, least: int, on: date) -> Requirement:
    """Whether the project lasted long enough."""
    completed = by(it.projects.task(project.id).completed, on)
    return Requirement(
        code="too_few_terms",
        met=completed is not None and completed.terms >= least,
        because=f"{project.id} lasted {completed.terms} terms of at least {least}"
        if completed
        else f"{project.id} is not completed; it lasts at least {least} terms",
        source=project.source,
        relied_on=("ProjectImplementationCompleted",) if completed else (),
    )


def placement(it: Participant, project: ProjectSpec, on: date) -> Iterator[Requirement]:
    """Whether there is a placement, in another school, that contrasts where it has to."""
    agreed = by(it.projects.placement, on)
    yield Requirement(
        code="placement_not_agreed",
        met=agreed is not None,
        because=f"a placement at school {agreed.urn} was agreed on {agreed.on}"
        if agreed
        else f"no placement for {project.id} has been agreed",
        source=project.source,
        relied_on=("PlacementAgreed",) if agreed else (),
    )
    if agreed:
        named = [each.value for each in agreed.contrast]
        yield contrast(it, project, agreed.urn, named)


def contrast(it: Participant, project: ProjectSpec, urn: str, named: list[str]) -> Requirement:
    """Whether a school is not the home school, and said to contrast where it has to."""
    home = schools(it)[School.HOME]
    differs = ", ".join(map(words, named)) or "nothing that is stated"
    return Requirement(
        code="not_contrasting",
        met=urn != home and (bool(named) or not project.contrast),
        because=f"school {urn} is the home school"
        if urn == home
        else f"school {urn} differs from the home school, {home or 'not known'}, in {differs}",
        source=project.source,
    )


def days(it: Participant, project: ProjectSpec, least: int, on: date) -> Requirement:
    """Whether enough working days were spent at the placement school, half-days adding up."""
    halves = it.projects.half_days_by(on)
    return Requirement(
        code="too_few_days",
        met=halves >= 2 * least,
        because=f"{in_days(halves)} working days of at least {least} at the placement school",
        source=project.source,
        relied_on=("PlacementDayLogged",) if halves else (),
    )


def in_days(halves: int) -> str:
    """Half-days as days."""
    return f"{halves // 2}{'.5' if halves % 2 else ''}"
