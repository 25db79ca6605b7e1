"""The gate to the assessment by a response: what it takes to sit it."""

from collections.abc import Iterator
from datetime import date

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.enrolment import Enrolled
from npq_domain.aggregates.participant.gates.ground import active, enrolled, reached
from npq_domain.calendar import LAST_DAY
from npq_domain.catalogue.types import AssessmentKind, Gate
from npq_domain.errors import Requirement

ASSESSED = {
    AssessmentKind.CASE_STUDY: "a case study",
    AssessmentKind.PROJECTS: "projects",
    AssessmentKind.NONE: "nothing: what is support ends without an assessment",
}


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
        yield from reached(it, on)
