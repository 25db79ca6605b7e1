"""Appeals: decisions that were contested, by the participant or by an auditor.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date
from enum import Enum

from attrs import Factory, define, frozen

from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.decider import Fold
from npq_domain.personal import Personal


class Decision(Enum):
    """A decision that an auditor may question."""

    ACCESS = "access"
    RESULT = "result"
    AWARD = "award"


@frozen(kw_only=True)
class AppealLodged:
    """The participant appealed against a published result."""

    task: str | None
    """Of this task, of who is assessed by projects; else of the response."""
    attempt: int
    grounds: Personal[str]
    on: date


@frozen(kw_only=True)
class AppealDecided:
    """The appeal was upheld, to this outcome, or not upheld."""

    task: str | None
    attempt: int
    upheld: bool
    outcome: Outcome | None
    """What an upheld appeal makes of the result; `None` where it stands."""
    decided_by: str
    on: date


@frozen(kw_only=True)
class DecisionQuestioned:
    """An auditor put on record that a decision does not rest as it should. It stands."""

    decision: Decision
    reason: Personal[str]
    on: date


Work = tuple[str | None, int]
"""What was judged: an attempt at a task, or at the response."""


@define
class Appeals:
    """What was contested, and how it was decided."""

    lodged: dict[Work, AppealLodged] = Factory(dict)
    """By task and attempt, as are the decisions."""
    decided: dict[Work, AppealDecided] = Factory(dict)
    questioned: list[DecisionQuestioned] = Factory(list)


fold = Fold[Appeals]()


@fold.on(AppealLodged)
def _(it: Appeals, fact: AppealLodged) -> None:
    it.lodged[fact.task, fact.attempt] = fact


@fold.on(AppealDecided)
def _(it: Appeals, fact: AppealDecided) -> None:
    it.decided[fact.task, fact.attempt] = fact


@fold.on(DecisionQuestioned)
def _(it: Appeals, fact: DecisionQuestioned) -> None:
    it.questioned.append(fact)
