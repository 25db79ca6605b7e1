"""What may be asked against a decision: an appeal, and an auditor's question."""

from datetime import date

from attrs import field, frozen

from npq_domain.aggregates.participant.commands.assessment import (
    CorrectOutcome,
    correct_outcome,
    known_attempt,
)
from npq_domain.aggregates.participant.commands.ground import in_order, once
from npq_domain.aggregates.participant.commands.judging import RESULTS
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.appeals import (
    AppealDecided,
    AppealLodged,
    Decision,
    DecisionQuestioned,
)
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.decider import Decisions, Facts, refuse_if
from npq_domain.errors import refusal
from npq_domain.personal import Personal, personal

STANDS = "a decision that was made stands until it is revoked or corrected"


@frozen(kw_only=True)
class LodgeAppeal:
    """Appeal against a published result."""

    attempt: int = 1
    grounds: Personal[str] = field(converter=personal)
    on: date


def lodge_appeal(command: LodgeAppeal, it: Participant) -> Facts:
    result = known_attempt(it, command.attempt).result
    if result is None:
        because = f"no result of attempt {command.attempt} is published"
        raise refusal("nothing_to_appeal", because, RESULTS)
    fact = AppealLodged(attempt=command.attempt, grounds=command.grounds, on=command.on)
    lodged = it.appeals.lodged.get(command.attempt)
    if lodged is None:
        in_order(command.on, result.on, "published")
    yield from once(fact, lodged, "already_lodged", RESULTS)


@frozen(kw_only=True)
class DecideAppeal:
    """Decide an appeal, once. An upheld one says what the outcome is to be."""

    attempt: int = 1
    upheld: bool
    outcome: Outcome | None = None
    decided_by: str
    on: date


def decide_appeal(command: DecideAppeal, it: Participant) -> Facts:
    lodged = it.appeals.lodged.get(command.attempt)
    if lodged is None:
        because = f"no appeal against attempt {command.attempt} was lodged"
        raise refusal("unknown_appeal", because, RESULTS)
    decided = it.appeals.decided.get(command.attempt)
    fact = AppealDecided(
        attempt=command.attempt,
        upheld=command.upheld,
        outcome=command.outcome,
        decided_by=command.decided_by,
        on=command.on,
    )
    yield from once(fact, decided, "already_decided", RESULTS)
    if decided is None:
        in_order(command.on, lodged.on, "lodged")
        refuse_if(
            command.upheld == (command.outcome is None),
            "outcome_missing" if command.upheld else "not_applicable",
            "an upheld appeal says the outcome, and no other does",
            RESULTS,
        )
        yield from upheld(command, lodged, it)


def upheld(command: DecideAppeal, lodged: AppealLodged, it: Participant) -> Facts:
    """Correct the outcome to what an upheld appeal makes of it: that has to be another."""
    if command.outcome is None:
        return
    result = known_attempt(it, command.attempt).result
    refuse_if(
        result and result.outcome is command.outcome,
        "outcome_unchanged",
        f"attempt {command.attempt} is {command.outcome.value} already",
        RESULTS,
    )
    asked = CorrectOutcome(
        attempt=command.attempt, outcome=command.outcome, reason=lodged.grounds, on=command.on
    )
    yield from correct_outcome(asked, it)


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
    access, result, award = it.assessment.access, it.assessment.latest_result, it.award.awarded
    return {
        Decision.ACCESS: access.on if access else None,
        Decision.RESULT: result.on if result else None,
        Decision.AWARD: award.on if award else None,
    }


DECISIONS: Decisions = {
    LodgeAppeal: lodge_appeal,
    DecideAppeal: decide_appeal,
    QuestionDecision: question_decision,
}
