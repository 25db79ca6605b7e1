"""The gates of the journey: each a list of requirements.

Commands refuse with those that are unmet, the eligibility view shows all of them, the explanation
prints them with what they relied on. One computation, three readers, so they cannot disagree.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Protocol, TypeVar

from npq_domain.aggregates.participant import standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import Application
from npq_domain.aggregates.participant.facts.assessment import (
    Outcome,
    OutcomeCorrected,
    Result,
)
from npq_domain.aggregates.participant.facts.engagement import LAST_DAY, earliest
from npq_domain.aggregates.participant.facts.enrolment import Enrolled
from npq_domain.aggregates.participant.facts.projects import (
    PlanPresentedToBoard,
    Task,
    TaskOutcomeCorrected,
    TaskResult,
)
from npq_domain.aggregates.participant.facts.training import TrainingStatus
from npq_domain.catalogue.types import (
    AssessmentKind,
    EntryKind,
    EntryRule,
    Gate,
    Kind,
    ProjectSpec,
    School,
    Scope,
    Strategy,
)
from npq_domain.errors import Requirement
from npq_domain.policies import engagement

REGISTRATION = "gov.uk NPQH page 2023, How to apply: register with DfE before applying"
ACCEPTANCE = "DFE npq-registration, application: lead provider approval status"
STATUSES = "DFE npq-registration, participants: defer, resume, withdraw"
ENROLMENT = "UCL/ETH handbook 2023, section 7, Application Process"
AWARD = "gov.uk NPQH page 2023, Course structure: complete the course and pass the assessment"

Gatekeeper = Callable[[Participant, date], Iterator[Requirement]]
"""The requirements of a gate as they stand for what had happened by a day."""

Published = Result | TaskResult

F = TypeVar("F", bound="Dated")

ASSESSED = {
    AssessmentKind.CASE_STUDY: "a case study",
    AssessmentKind.PROJECTS: "projects",
    AssessmentKind.NONE: "nothing: what is support ends without an assessment",
}

PERCENT = 100
"""All of it."""


class Dated(Protocol):
    """A fact of a day."""

    @property
    def on(self) -> date: ...


def by(fact: F | None, on: date) -> F | None:
    """The fact, if it had happened by that day."""
    return fact if fact is not None and fact.on <= on else None


def acceptance(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """What it takes to be accepted by the provider."""
    application = it.application
    registered = by(application.registered, on)
    yield Requirement(
        code="registration_missing",
        met=registered is not None,
        because=f"registered with DfE on {registered.on}" if registered else "never registered",
        source=REGISTRATION,
    )
    if registered is None:
        return
    if form := registered.terms.form:
        returned = by(application.form_returned, on)
        yield Requirement(
            code="form_not_returned",
            met=returned is not None,
            because=f"the provider's form came back on {returned.on}"
            if returned
            else "the provider's form has not come back",
            source=form.source,
        )
    for rule in registered.terms.entry:
        yield ENTRY[rule.kind](application, rule, on)
    if registered.terms.endorsement:
        yield endorsement(application, registered.terms.endorsement.source, on)


def endorsement(it: Application, source: str, on: date) -> Requirement:
    """Whether the school stands behind the application."""
    endorsed, declined = by(it.endorsed, on), it.declined
    return Requirement(
        code="endorsement_missing",
        met=endorsed is not None,
        because=f"endorsed by the {words(endorsed.role)} on {endorsed.on}"
        if endorsed
        else f"the {words(declined.role)} declined to endorse on {declined.on}"
        if declined
        else "nobody has endorsed the application",
        source=source,
        relied_on=("ApplicationEndorsed",) if endorsed else (),
    )


def gateway(it: Application, rule: EntryRule, on: date) -> Requirement:
    """Whether both judgements of the gateway were favourable."""
    seen = by(it.gateway, on)
    return Requirement(
        code="gateway_not_passed",
        met=seen is not None and seen.ready and seen.suitable,
        because=f"gateway of {seen.on}: {'' if seen.ready else 'not '}ready,"
        f" {'' if seen.suitable else 'not '}suitable"
        if seen
        else "the gateway has not been assessed",
        source=rule.source,
    )


def qualification_level(it: Application, rule: EntryRule, on: date) -> Requirement:
    """Whether a qualification of the level asked for was shown."""
    seen = by(it.evidence.get(EntryKind.QUALIFICATION_LEVEL), on)
    high = seen is not None and seen.level is not None and seen.level >= (rule.level or 0)
    relevant = seen is not None and (bool(seen.full_and_relevant) or not rule.full_and_relevant)
    return Requirement(
        code="entry_qualification_unmet",
        met=high and relevant,
        because=f"level {seen.level}, {'' if seen.full_and_relevant else 'not '}full and relevant,"
        f" of at least level {rule.level}"
        if seen
        else f"no qualification of level {rule.level} or above was shown",
        source=rule.source,
        relied_on=(seen.evidence,) if seen else (),
    )


def headship_years(it: Application, rule: EntryRule, on: date) -> Requirement:
    """Whether the applicant has been a head for less than so many years."""
    seen = by(it.evidence.get(EntryKind.HEADSHIP_YEARS), on)
    return Requirement(
        code="headship_too_long",
        met=seen is not None and seen.years is not None and seen.years < (rule.below_years or 0),
        because=f"{seen.years} years of headship; below {rule.below_years} are asked for"
        if seen
        else "the years of headship were not shown",
        source=rule.source,
        relied_on=(seen.evidence,) if seen else (),
    )


ENTRY: dict[EntryKind, Callable[[Application, EntryRule, date], Requirement]] = {
    EntryKind.GATEWAY: gateway,
    EntryKind.QUALIFICATION_LEVEL: qualification_level,
    EntryKind.HEADSHIP_YEARS: headship_years,
}


def enrolled(it: Participant, on: date) -> Requirement:
    """Whether the participant has joined a cohort."""
    fact = by(it.enrolment.enrolled, on)
    return Requirement(
        code="not_enrolled",
        met=fact is not None,
        because=f"joined {fact.cohort} on {fact.start_on}" if fact else "has not joined a cohort",
        source=ENROLMENT,
    )


def completed(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """Whether the course is complete, where no engagement rule says what that takes.

    Each component that counts was taken part in, and what tells its progress is at its end.
    """
    fact = it.enrolment.enrolled
    if fact is None or fact.engagement or fact.assessment.kind is not AssessmentKind.CASE_STUDY:
        return
    credited, progress = it.engagement.credited_by(on), it.engagement.study_percent_by(on)
    done = {
        key
        for key, each in credited.items()
        if each.minutes and progress.get(key, PERCENT) >= PERCENT
    }
    left = [each.id for each in fact.plan if each.counts and each.id not in done]
    yield Requirement(
        code="course_not_complete",
        met=not left,
        because=f"not done yet: {', '.join(left)}" if left else "every part of the course is done",
        source=AWARD,
        relied_on=tuple(sorted(done)),
    )


def reached(it: Participant, code: str, on: date = LAST_DAY) -> Iterator[Requirement]:
    """Whether engagement reached the threshold, where the specification sets one."""
    fact = it.enrolment.enrolled
    if fact is None or fact.engagement is None:
        return
    rule, credited = fact.engagement, it.engagement.credited_by(on)
    plan = standing.plan(it, credited, on)
    measured = engagement.measure(rule, plan, credited)
    yield Requirement(
        code=code,
        met=measured.met,
        because=share(measured.num, measured.den, rule.strategy, rule.threshold_percent)
        if measured.den
        else f"nothing in the plan of {fact.specification} counts towards engagement",
        source=rule.source,
        relied_on=tuple(each.id for each in plan if each.counts and each.id in credited),
    )


def share(num: int, den: int, strategy: Strategy, percent: int) -> str:
    """Engagement in words, as a requirement tells it."""
    return f"engagement {num}/{den} {UNITS[strategy.value]} against {percent} %"


UNITS = {"total_minutes": "minutes", "session_count": "sessions", "per_strand": "minutes"}


def start(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """What is to be in place when the programme starts. It starts all the same; lateness shows."""
    yield enrolled(it, on)
    fact = it.enrolment.enrolled
    if fact is None or fact.support is None:
        return
    since = earliest(it.engagement.supported_since, fact.support.roles)
    due = fact.start_on if fact.support.before_start else on
    who = " or ".join(map(words, fact.support.roles))
    yield Requirement(
        code="supporter_late" if since and since <= on else "no_mentor",
        met=since is not None and since <= min(due, on),
        because=f"a {who} was assigned on {since}; the programme started on {fact.start_on}"
        if since and since <= on
        else f"no {who} is assigned",
        source=fact.support.source,
        relied_on=("SupporterAssigned",) if since and since <= on else (),
    )


def active(it: Participant, on: date) -> Requirement:
    """Whether training goes on: who has deferred or left sits no assessment."""
    status = it.training.status_on(on)
    last = it.training.last_by(on)
    return Requirement(
        code="not_active",
        met=status is TrainingStatus.ACTIVE,
        because=f"training is {words(status.value)}{f' since {last.on}' if last else ''}",
        source=STATUSES,
        relied_on=(type(last).__name__,) if last else (),
    )


def sat_as_a_case_study(it: Enrolled) -> Requirement:
    """Whether there are attempts at all: projects are handed in, support ends without."""
    return Requirement(
        code="not_applicable",
        met=it.assessment.kind is AssessmentKind.CASE_STUDY,
        because=f"assessed by {ASSESSED[it.assessment.kind]}",
        source=it.assessment.source,
    )


def access(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """What it takes to sit the summative assessment."""
    yield enrolled(it, on)
    fact = it.enrolment.enrolled
    if fact is None:
        return
    yield sat_as_a_case_study(fact)
    yield active(it, on)
    if fact.engagement and fact.engagement.gate is not Gate.AWARD:
        yield from reached(it, "engagement_below_threshold", on)


def award(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """What it takes to be awarded the qualification."""
    yield enrolled(it, on)
    fact, registered = it.enrolment.enrolled, it.application.registered
    if fact is None or registered is None:
        return
    yield Requirement(
        code="not_a_qualification",
        met=registered.terms.kind is Kind.NPQ,
        because=f"{registered.programme} is of the kind {registered.terms.kind.value}",
        source=fact.assessment.source,
    )
    yield from completed(it, on)
    yield from reached(it, "engagement_below_threshold", on)
    yield from PASSES[fact.assessment.kind](it, on)


def response_passed(it: Participant, on: date) -> Iterator[Requirement]:
    """Whether the result in force is a pass that counts from that day or before."""
    result = it.assessment.latest_result
    yield Requirement(
        code="assessment_not_passed",
        met=result is not None and result.outcome is Outcome.PASSED and result.dated_on <= on,
        because=told(result, f"attempt {result.attempt}") if result else "no result is published",
        source=AWARD,
        relied_on=(type(result).__name__,) if result else (),
    )


def told(result: Published, what: str) -> str:
    """A result in words."""
    how = (
        f"corrected on {result.on} to count from {result.completed_on}"
        if isinstance(result, OutcomeCorrected | TaskOutcomeCorrected)
        else f"published on {result.on}"
    )
    return f"{what} was {result.outcome.value}, {how}"


def tasks_passed(it: Participant, on: date) -> Iterator[Requirement]:
    """Whether the latest result of each assessed project is a pass."""
    known = tasks_of(it)
    for project in projects(it):
        result = known[project.id].latest_result
        yield Requirement(
            code="assessment_not_passed",
            met=result is not None and result.outcome is Outcome.PASSED and result.dated_on <= on,
            because=told(result, project.id)
            if result
            else f"no result of {project.id} is published",
            source=project.source,
            relied_on=(type(result).__name__,) if result else (),
        )


def nothing(_it: Participant, _on: date) -> Iterator[Requirement]:
    """There is nothing to pass where nothing is assessed."""
    return iter(())


PASSES: dict[AssessmentKind, Gatekeeper] = {
    AssessmentKind.CASE_STUDY: response_passed,
    AssessmentKind.PROJECTS: tasks_passed,
    AssessmentKind.NONE: nothing,
}
"""What has to be passed, by how the programme is assessed."""


def projects(it: Participant) -> tuple[ProjectSpec, ...]:
    """The assessed projects of the pinned specification."""
    fact = it.enrolment.enrolled
    return fact.assessment.projects if fact else ()


def tasks_of(it: Participant) -> dict[str, Task]:
    """How each assessed project stands, begun or not."""
    return {each.id: it.projects.task(each.id) for each in projects(it)}


def outcome(it: Participant, on: date = LAST_DAY) -> Outcome | None:
    """The latest published outcome; of several tasks a pass when all are, a fail when one is."""
    tasks: list[Published | None] = [task.result_by(on) for task in tasks_of(it).values()]
    latest = tasks or [it.assessment.result_by(on)]
    outcomes = {each.outcome if each else None for each in latest}
    if Outcome.FAILED in outcomes:
        return Outcome.FAILED
    return Outcome.PASSED if outcomes == {Outcome.PASSED} else None


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
        gathered = any(plan.feedback and plan.feedback.reveal().strip() for plan in seen)
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


GATES: dict[str, Gatekeeper] = {
    "acceptance": acceptance,
    "start": start,
    "access": access,
    "tasks": tasks,
    "award": award,
}
"""Every gate, by the name it is asked for."""


def blockers(gate: Gatekeeper, it: Participant, on: date = LAST_DAY) -> tuple[str, ...]:
    """The codes of what stands in the way."""
    return tuple(each.code for each in gate(it, on) if not each.met)


def words(code: str) -> str:
    """A code as people say it."""
    return code.replace("_", " ")
