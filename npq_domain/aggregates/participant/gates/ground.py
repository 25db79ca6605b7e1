"""What several gates ask alike, each as a requirement, and where that is asked for."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Protocol, TypeVar

from npq_domain.aggregates.participant import standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.training import TrainingStatus
from npq_domain.calendar import LAST_DAY
from npq_domain.catalogue.types import Strategy
from npq_domain.errors import Requirement
from npq_domain.policies import engagement

REGISTRATION = "gov.uk NPQH page 2023, How to apply: register with DfE before applying"
ACCEPTANCE = "DFE npq-registration, application: lead provider approval status"
STATUSES = "DFE npq-registration, participants: defer, resume, withdraw"
ENROLMENT = "UCL/ETH handbook 2023, section 7, Application Process"
AWARD = "gov.uk NPQH page 2023, Course structure: complete the course and pass the assessment"

Gatekeeper = Callable[[Participant, date], Iterator[Requirement]]
"""The requirements of a gate as they stand for what had happened by a day."""

F = TypeVar("F", bound="Dated")


class Dated(Protocol):
    """A fact of a day."""

    @property
    def on(self) -> date: ...


def by(fact: F | None, on: date) -> F | None:
    """The fact, if it had happened by that day."""
    return fact if fact is not None and fact.on <= on else None


def blockers(gate: Gatekeeper, it: Participant, on: date = LAST_DAY) -> tuple[str, ...]:
    """The codes of what stands in the way."""
    return unmet(gate(it, on))


def unmet(requirements: Iterable[Requirement]) -> tuple[str, ...]:
    """The codes of those that are not met."""
    return tuple([each.code for each in requirements if not each.met])


def words(code: str) -> str:
    """A code as people say it."""
    return code.replace("_", " ")


def enrolled(it: Participant, on: date) -> Requirement:
    """Whether the participant has joined a cohort, and was not rejected since."""
    fact = by(it.enrolment.enrolled, on)
    if fact and it.training.rejected_by(on):
        return Requirement(
            code="not_accepted",
            met=False,
            because=f"joined {fact.cohort}, but the application was rejected"
            f" on {it.training.rejected}",
            source=ACCEPTANCE,
            relied_on=("ApplicationRejected",),
        )
    return Requirement(
        code="not_enrolled",
        met=fact is not None,
        because=f"joined {fact.cohort} on {fact.start_on}" if fact else "has not joined a cohort",
        source=ENROLMENT,
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


def reached(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """Whether engagement reached the threshold, where the specification sets one."""
    fact = it.enrolment.enrolled
    if fact is None or fact.engagement is None:
        return
    rule, credited = fact.engagement, it.engagement.by(on).credits
    plan = standing.plan(it, credited, on)
    measured = engagement.measure(rule, plan, credited)
    yield Requirement(
        code="engagement_below_threshold",
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
