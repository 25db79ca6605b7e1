"""Whole rows, of the same facts in another order."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from npq_domain.aggregates.participant.facts import FOLDS, Participant
from npq_domain.catalogue import shipped
from npq_domain.history import live
from npq_domain.projections import (
    Projection,
    Seen,
    declarations,
    eligibility,
    engagement,
    enrolments,
    funding,
    roster,
)
from npq_domain.testing.lives import Life
from npq_domain.testing.participants import participant_lives

INDEPENDENT = frozenset(FOLDS["engagement"].steps)
"""Facts of one chapter, none of which the fold of another chapter reads."""

CATALOGUE = shipped()
lives = participant_lives(
    CATALOGUE, [it for it in CATALOGUE.specifications if it.engagement], most=60
)


def rows(it: Participant) -> list[Any]:
    seen = Seen(subject="p", position=1, as_at=date(2025, 6, 1))
    views: tuple[Projection[Any, Any], ...] = (
        engagement,
        eligibility,
        funding,
        declarations,
        enrolments,
        roster,
    )
    return [view.row(it, seen) for view in views]


@given(life=lives, order=st.randoms(use_true_random=False))
def test_any_order_of_independent_facts_makes_the_same_rows(
    life: Life[Participant], order: Any
) -> None:
    standing = [it.fact for it in live(life.past.history, life.past.decider.void)]
    independent = [it for it in standing if type(it) in INDEPENDENT]
    order.shuffle(independent)
    shuffled = iter(independent)
    other = [next(shuffled) if type(it) in INDEPENDENT else it for it in standing]
    assert rows(life.past.decider.replay(other)) == rows(life.state)
