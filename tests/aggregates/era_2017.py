"""Candidates of the 2017 era: an intake of autumn 2018, and a life in it as far as a test needs."""

from datetime import date, timedelta
from typing import Any

from npq_domain import cohort, participant
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import Setting
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.projects import Contrast, CriterionMark
from npq_domain.catalogue import Specification, shipped
from npq_domain.catalogue.types import EntryKind, Scope, Section
from npq_domain.identifiers import cohort_subject
from npq_domain.personal import Personal
from npq_domain.testing import Scene, given
from npq_domain.testing.intakes import preparations

MIDDLE = "2017/OLP/NPQML/1"
SENIOR = "2017/OLP/NPQSL/1"
HEADSHIP = "2017/OLP/NPQH/2"
"""As OLP's page on NPQH has it: the gateway, two tasks, distance learning."""
TABLED_HEADSHIP = "2017/OLP/NPQH/1"
"""As OLP's table of four programmes has it, which is silent on all of that."""
EXECUTIVE = "2017/OLP/NPQEL/1"

START = date(2018, 10, 1)
REGISTERED = date(2018, 7, 2)
JOINED = date(2018, 9, 3)
INTAKE = cohort_subject("OLP", "autumn 2018")

HOME, AWAY, ELSEWHERE = "100001", "100002", "100003"
DAY = date(2019, 6, 3)
ADVICE = Personal("begin with one year group")


def spec(key: str) -> Specification:
    found = shipped().specification(key)
    assert found
    return found


def intake(key: str) -> Cohort:
    """A cohort with a session of each event every third week, from the first day."""
    return given(cohort, *preparations(spec(key), "autumn 2018", START)).state


def registration(key: str, home: str | None = HOME) -> ask.ReceiveRegistration:
    return ask.ReceiveRegistration(
        application_id="a-1",
        participant_id="p-1",
        name=Personal("Ada Byron"),
        provider="OLP",
        programme=spec(key).programme,
        specification=key,
        setting=Setting(school_urn=home),
        on=REGISTERED,
    )


def joining(key: str, home: str | None = HOME, mode: str | None = None) -> list[Any]:
    """From registration to a place in the cohort."""
    gateway = any(it.kind is EntryKind.GATEWAY for it in spec(key).entry)
    judged = ask.RecordGateway(ready=True, suitable=True, on=REGISTERED)
    return [
        registration(key, home),
        *([judged] if gateway else []),
        ask.Accept(on=JOINED),
        ask.Enrol(cohort_id=INTAKE, delivery_mode=mode, on=JOINED),
    ]


def candidate(
    key: str, *more: Any, home: str | None = HOME, mode: str | None = None
) -> Scene[Participant]:
    """Enrolled in the autumn of 2018, and what is given besides."""
    return given(participant, *joining(key, home, mode), *more, cohort=intake(key))


def weekdays(count: int, first: date = date(2019, 1, 7)) -> list[date]:
    """So many Mondays: a placement is spread over weeks as the candidate likes."""
    return [first + timedelta(weeks=week) for week in range(count)]


PRESENTED = ask.PresentPlan(task="task-1", board=HOME, feedback=ADVICE, on=date(2018, 11, 5))
STARTED = ask.StartImplementation(task="task-1", on=date(2018, 11, 6))
COMPLETED = ask.CompleteImplementation(task="task-1", terms=2, on=date(2019, 5, 24))
CHANGE_PROGRAMME = [PRESENTED, STARTED, COMPLETED]
TASK_1 = ask.SubmitTask(
    task="task-1", scope=Scope.WHOLE_SCHOOL, sections=tuple(Section), words=5_000, on=DAY
)

AGREED = ask.AgreePlacement(urn=AWAY, contrast=(Contrast.PUPIL_PROFILE,), on=date(2018, 12, 3))
SHOWN_THERE = ask.PresentPlan(task="task-2", board=AWAY, feedback=ADVICE, on=date(2019, 4, 1))
NINE_DAYS = [ask.LogPlacementDay(on=day) for day in weekdays(9)]
PLACEMENT = [AGREED, *NINE_DAYS, SHOWN_THERE]
TASK_2 = ask.SubmitTask(task="task-2", scope=Scope.PLACEMENT_SCHOOL, on=DAY)

MARKED = date(2019, 7, 1)
PUBLISHED = date(2019, 9, 2)


def mark(task: str, outcome: Outcome = Outcome.PASSED, *, sampled: bool = False) -> ask.MarkTask:
    return ask.MarkTask(
        task=task,
        marker="m-1",
        marks=(CriterionMark(criterion="impact", marks=4),),
        outcome=outcome,
        sampled=sampled,
        on=MARKED,
    )


def judged(task: str, outcome: Outcome = Outcome.PASSED) -> list[Any]:
    """Marked, and the result published."""
    return [mark(task, outcome), ask.PublishTaskResult(task=task, on=PUBLISHED)]


def done(key: str) -> list[Any]:
    """All that is asked for every task of a programme, and the accounts, handed in."""
    if key == HEADSHIP:
        return [*CHANGE_PROGRAMME, TASK_1, *PLACEMENT, TASK_2]
    agreed = [AGREED] if key == TABLED_HEADSHIP else []
    accounts = [
        ask.SubmitTask(task=it.id, scope=it.scope, schools=(HOME, AWAY), on=DAY)
        for it in spec(key).assessment.projects
    ]
    return [*agreed, *accounts]


def passed(key: str) -> list[Any]:
    """Every task of a programme handed in and passed."""
    results = [each for it in spec(key).assessment.projects for each in judged(it.id)]
    return [*done(key), *results]
