"""The gate to the qualification: what it takes to be awarded it, by whatever is assessed."""

from collections.abc import Iterator
from datetime import date

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.assessment import Outcome, OutcomeCorrected, Result
from npq_domain.aggregates.participant.facts.projects import TaskOutcomeCorrected, TaskResult
from npq_domain.aggregates.participant.gates.ground import AWARD, Gatekeeper, enrolled, reached
from npq_domain.aggregates.participant.gates.submitting import projects, tasks_of
from npq_domain.calendar import LAST_DAY
from npq_domain.catalogue.types import AssessmentKind, Kind
from npq_domain.errors import Requirement

Published = Result | TaskResult

PERCENT = 100
"""All of it."""


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
    yield from reached(it, on)
    yield from PASSES[fact.assessment.kind](it, on)


def completed(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """Whether the course is complete, where no engagement rule says what that takes.

    Each component that counts was taken part in, and what tells its progress is at its end.
    """
    fact = it.enrolment.enrolled
    if fact is None or fact.engagement or fact.assessment.kind is not AssessmentKind.CASE_STUDY:
        return
    progress = it.engagement.by(on)
    done = {
        key
        for key, each in progress.credits.items()
        if each.minutes and progress.study_percent.get(key, PERCENT) >= PERCENT
    }
    left = [each.id for each in fact.plan if each.counts and each.id not in done]
    yield Requirement(
        code="course_not_complete",
        met=not left,
        because=f"not done yet: {', '.join(left)}" if left else "every part of the course is done",
        source=AWARD,
        relied_on=tuple(sorted(done)),
    )


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


def outcome(it: Participant, on: date = LAST_DAY) -> Outcome | None:
    """The latest published outcome; of several tasks a pass when all are, a fail when one is."""
    tasks: list[Published | None] = [task.result_by(on) for task in tasks_of(it).values()]
    latest = tasks or [it.assessment.result_by(on)]
    outcomes = {each.outcome if each else None for each in latest}
    if Outcome.FAILED in outcomes:
        return Outcome.FAILED
    return Outcome.PASSED if outcomes == {Outcome.PASSED} else None
