"""What may be asked against a decision: an appeal, and an auditor's question."""

from datetime import date
from typing import Any

from attrs import field, frozen

from npq_domain.aggregates.participant.commands.assessment import (
    CorrectOutcome,
    correct_outcome,
    known_attempt,
)
from npq_domain.aggregates.participant.commands.ground import in_order, once
from npq_domain.aggregates.participant.commands.judging import RESULTS, result_of
from npq_domain.aggregates.participant.commands.projects import (
    CorrectTaskOutcome,
    correct_task_outcome,
    task_of,
)
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.appeals import (
    AppealDecided,
    AppealLodged,
    Decision,
    DecisionQuestioned,
)
from npq_domain.aggregates.participant.facts.assessment import Attempt, Outcome
from npq_domain.aggregates.participant.facts.projects import Submission
from npq_domain.decider import Decisions, Facts, refuse_if
from npq_domain.errors import refusal
from npq_domain.personal import Personal, personal

STANDS = "a decision that was made stands until it is revoked or corrected"


@frozen(kw_only=True)
class LodgeAppeal:
    """Appeal against a published result: of a task, if one is named, else of the response."""

    task: str | None = None
    attempt: int = 1
    grounds: Personal[str] = field(converter=personal)
    on: date


def lodge_appeal(command: LodgeAppeal, it: Participant) -> Facts:
    result = result_of(judged(it, command).result, named(command), "nothing_to_appeal")
    fact = AppealLodged(
        task=command.task, attempt=command.attempt, grounds=command.grounds, on=command.on
    )
    lodged = it.appeals.lodged.get((command.task, command.attempt))
    if lodged is None:
        in_order(command.on, result.on, "published")
    yield from once(fact, lodged, "already_lodged", RESULTS)


@frozen(kw_only=True)
class DecideAppeal:
    """Decide an appeal, once. An upheld one says what the outcome is to be."""

    task: str | None = None
    attempt: int = 1
    upheld: bool
    outcome: Outcome | None = None
    decided_by: str
    on: date


def decide_appeal(command: DecideAppeal, it: Participant) -> Facts:
    work = (command.task, command.attempt)
    lodged, decided = it.appeals.lodged.get(work), it.appeals.decided.get(work)
    if lodged is None:
        because = f"no appeal against {named(command)} was lodged"
        raise refusal("unknown_appeal", because, RESULTS)
    fact = AppealDecided(
        task=command.task,
        attempt=command.attempt,
        upheld=command.upheld,
        outcome=command.outcome,
        decided_by=command.decided_by,
        on=command.on,
    )
    corrected: tuple[Any, ...] = ()
    if decided is None:
        in_order(command.on, lodged.on, "lodged")
        refuse_if(
            command.upheld == (command.outcome is None),
            "outcome_missing" if command.upheld else "not_applicable",
            "an upheld appeal says the outcome, and no other does",
            RESULTS,
        )
        corrected = tuple(upheld(command, lodged, it))
    yield from once(fact, decided, "already_decided", RESULTS)
    yield from corrected


def upheld(command: DecideAppeal, lodged: AppealLodged, it: Participant) -> Facts:
    """Correct the outcome to what an upheld appeal makes of it: that has to be another."""
    if command.outcome is None:
        return
    result = judged(it, command).result
    refuse_if(
        result and result.outcome is command.outcome,
        "outcome_unchanged",
        f"{named(command)} is {command.outcome.value} already",
        RESULTS,
    )
    right: dict[str, Any] = {
        "attempt": command.attempt,
        "outcome": command.outcome,
        "reason": lodged.grounds,
        "on": command.on,
    }
    if command.task is None:
        yield from correct_outcome(CorrectOutcome(**right), it)
    else:
        yield from correct_task_outcome(CorrectTaskOutcome(task=command.task, **right), it)


def judged(it: Participant, command: LodgeAppeal | DecideAppeal) -> Attempt | Submission:
    """The work that an appeal is about, if there can be such work."""
    if command.task is None:
        return known_attempt(it, command.attempt)
    task_of(it, command.task, command.on)
    return it.projects.task(command.task).submission(command.attempt)


def named(command: LodgeAppeal | DecideAppeal) -> str:
    """That work, in words."""
    attempt = f"attempt {command.attempt}"
    return f"{command.task}, {attempt}" if command.task else attempt


@frozen(kw_only=True)
class QuestionDecision:
    """Put on record, as an auditor, that a decision does not rest as it should.

    It changes nothing: access that was used, a result, an award stand, and the views show both.
    """

    decision: Decision
    reason: Personal[str] = field(converter=personal)
    on: date


def question_decision(command: QuestionDecision, it: Participant) -> Facts:
    made_on = decided_on(it)[command.decision]
    if made_on is None:
        because = f"there is no decision on {command.decision.value} to question"
        raise refusal("nothing_to_question", because, STANDS)
    in_order(command.on, made_on, "decided")
    fact = DecisionQuestioned(decision=command.decision, reason=command.reason, on=command.on)
    if fact not in it.appeals.questioned:
        yield fact


def decided_on(it: Participant) -> dict[Decision, date | None]:
    """When each decision that stands was made."""
    access, award = it.assessment.access, it.award.awarded
    response, tasks = it.assessment.latest_result, it.projects.tasks.values()
    results = [each.on for each in (response, *(task.latest_result for task in tasks)) if each]
    return {
        Decision.ACCESS: access.on if access else None,
        Decision.RESULT: min(results, default=None),
        Decision.AWARD: award.on if award else None,
    }


DECISIONS: Decisions = {
    LodgeAppeal: lodge_appeal,
    DecideAppeal: decide_appeal,
    QuestionDecision: question_decision,
}
