"""Decisions of several facts: whatever is to be refused is refused before the first of them."""

from typing import Any

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts.appeals import AppealDecided
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.circumstances import CircumstancesDecided
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.errors import Refused
from npq_domain.testing.clock import last_instant
from tests.aggregates.ground import CATALOGUE
from tests.aggregates.participant.test_appeals import APPEAL, UPHOLD, failed
from tests.aggregates.participant.test_circumstances import DAY_AFTER, EXTEND, LAST_DAY, claimant
from tests.aggregates.participant.test_corrections import CORRECT, DAY, wrong


def first_fact(scene: Any, command: Any) -> Any:
    """What a decision yields first, before anybody has heard the rest."""
    besides = {
        "history": scene.past.history,
        "without": scene.past.without,
        "catalogue": CATALOGUE,
        "now": last_instant(command.on),
    }
    needed = {name: besides[name] for name in participant.needs(command)}
    return next(iter(participant.decisions[type(command)](command, scene.state, **needed)))


MENTOR = ask.AssignSupporter(role="mentor", supporter="m", on=DAY)


@pytest.mark.parametrize(
    ("scene", "lawful", "unlawful", "kind", "code"),
    [
        (
            failed(APPEAL),
            UPHOLD,
            evolve(UPHOLD, outcome=Outcome.FAILED),
            AppealDecided,
            "outcome_unchanged",
        ),
        (failed(APPEAL), UPHOLD, evolve(UPHOLD, outcome=None), AppealDecided, "outcome_missing"),
        (
            claimant(),
            evolve(EXTEND, on=LAST_DAY),
            evolve(EXTEND, on=DAY_AFTER),
            CircumstancesDecided,
            "window_closed",
        ),
        (wrong(), CORRECT, evolve(CORRECT, replacement=MENTOR), FactVoided, "not_applicable"),
    ],
    ids=["appeal, no change", "appeal, no outcome", "circumstances, too late", "correction"],
)
def test_nothing_is_said_of_what_is_refused(
    scene: Any, lawful: Any, unlawful: Any, kind: type, code: str
) -> None:
    assert type(first_fact(scene, lawful)) is kind
    with pytest.raises(Refused) as refused:
        first_fact(scene, unlawful)
    assert refused.value.code == code
