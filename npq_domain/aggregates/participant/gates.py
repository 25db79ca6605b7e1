"""The gates of the journey: each a list of requirements.

Commands refuse with those that are unmet, the eligibility view shows all of them, the explanation
prints them with what they relied on. One computation, three readers, so they cannot disagree.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Protocol, TypeVar

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import Application
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.engagement import LAST_DAY
from npq_domain.catalogue.types import AssessmentKind, EntryKind, EntryRule, Gate, Kind
from npq_domain.errors import Requirement
from npq_domain.policies import engagement

REGISTRATION = "gov.uk NPQH page 2023, How to apply: register with DfE before applying"
ACCEPTANCE = "DFE npq-registration, application: lead provider approval status"
ENROLMENT = "UCL/ETH handbook 2023, section 7, Application Process"
AWARD = "gov.uk NPQH page 2023, Course structure: complete the course and pass the assessment"

Gatekeeper = Callable[[Participant, date], Iterator[Requirement]]
"""The requirements of a gate as they stand for what had happened by a day."""

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
    credited, progress = it.engagement.credited_by(on), it.engagement.study_percent
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
    measured = engagement.measure(rule, fact.plan, credited)
    yield Requirement(
        code=code,
        met=measured.met,
        because=f"engagement {measured.num}/{measured.den} {UNITS[rule.strategy.value]}"
        f" against {rule.threshold_percent} %"
        if measured.den
        else f"nothing in the plan of {fact.specification} counts towards engagement",
        source=rule.source,
        relied_on=tuple(each.id for each in fact.plan if each.counts and each.id in credited),
    )


UNITS = {"total_minutes": "minutes", "session_count": "sessions", "per_strand": "minutes"}


def access(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """What it takes to sit the summative assessment."""
    yield enrolled(it, on)
    fact = it.enrolment.enrolled
    if fact is None:
        return
    yield Requirement(
        code="not_applicable",
        met=fact.assessment.kind is AssessmentKind.CASE_STUDY,
        because=f"assessed by {ASSESSED[fact.assessment.kind]}",
        source=fact.assessment.source,
    )
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
    result = by(it.assessment.latest_result, on)
    yield Requirement(
        code="assessment_not_passed",
        met=result is not None and result.outcome is Outcome.PASSED,
        because=f"attempt {result.attempt} was {result.outcome.value}, published on {result.on}"
        if result
        else "no result is published",
        source=AWARD,
        relied_on=("ResultPublished",) if result else (),
    )


GATES: dict[str, Gatekeeper] = {"acceptance": acceptance, "access": access, "award": award}
"""Every gate, by the name it is asked for."""


def blockers(gate: Gatekeeper, it: Participant, on: date = LAST_DAY) -> tuple[str, ...]:
    """The codes of what stands in the way."""
    return tuple(each.code for each in gate(it, on) if not each.met)


def words(code: str) -> str:
    """A code as people say it."""
    return code.replace("_", " ")
