"""Makers of commands against a decision."""

from typing import Any

from hypothesis import strategies as st

from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.appeals import Decision
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.calendar import add_days
from npq_domain.personal import Personal
from npq_domain.testing.lives import Maker
from npq_domain.testing.participants.plots import Tale


def contest(tale: Tale) -> Any:
    """Ask something against a decision: mostly what there is a decision for."""
    appeals, results = tale.it.appeals, tale.it.assessment.results
    told = results or any(it.results for it in tale.it.projects.tasks.values())
    if appeals.lodged.keys() - appeals.decided.keys() and tale.number(1, 3) > 1:
        return decide_appeal(tale)
    return tale.one_of(CONTESTS[bool(told)])(tale)


def lodge_appeal(tale: Tale) -> Any:
    task, attempt = any_work_judged(tale)
    return ask.LodgeAppeal(task=task, attempt=attempt, grounds=WHY, on=tale.later(6))


def decide_appeal(tale: Tale) -> Any:
    upheld, (task, attempt) = tale.draw(st.booleans()), any_work_judged(tale)
    return ask.DecideAppeal(
        task=task,
        attempt=attempt,
        upheld=upheld,
        outcome=tale.one_of(list(Outcome)) if upheld else None,
        decided_by="board",
        on=tale.later(6),
    )


def correct_outcome(tale: Tale) -> Any:
    on, (task, attempt) = tale.later(6), any_work_judged(tale)
    right: dict[str, Any] = {
        "attempt": attempt,
        "outcome": tale.one_of(list(Outcome)),
        "completed_on": tale.one_of([None, add_days(on, -1), add_days(on, 1)]),
        "reason": WHY,
        "on": on,
    }
    return ask.CorrectTaskOutcome(task=task, **right) if task else ask.CorrectOutcome(**right)


def revoke_access(tale: Tale) -> Any:
    return ask.RevokeAccess(reason=WHY, on=tale.later(6))


def question(tale: Tale) -> Any:
    decision = tale.one_of(list(Decision))
    return ask.QuestionDecision(decision=decision, reason=WHY, on=tale.later(6))


def any_work_judged(tale: Tale) -> tuple[str | None, int]:
    """A task that has a result, of who is assessed by projects; else an attempt at the response."""
    told = [
        (name, each.attempt)
        for name, task in tale.it.projects.tasks.items()
        for each in task.results
    ]
    return tale.one_of(told or [(None, tale.number(1, tale.it.assessment.current))])


CONTESTS: dict[bool, tuple[Maker, ...]] = {
    False: (revoke_access, revoke_access, question, lodge_appeal, decide_appeal),
    True: (lodge_appeal, correct_outcome, question, revoke_access),
}
"""What is asked while there is no result, and once there is one."""


WHY = Personal("a register was wrong")
