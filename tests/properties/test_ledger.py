"""The same laws through the ledger: whole lives on memory and on SQLite."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from npq_adapters.ledger import Ledger
from npq_adapters.opening import open_store
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.calendar import add_days
from npq_domain.catalogue import shipped
from npq_domain.errors import Refused
from npq_domain.testing import clock
from npq_domain.testing.intakes import cohort_lives
from npq_domain.testing.lives import Life, Step
from npq_domain.testing.participants import ASIDES, participant_lives, plot_of
from npq_domain.testing.participants.retention import keep_or_erase
from npq_domain.testing.past import TESTER
from npq_domain.testing.variants import with_variants

CATALOGUE = with_variants(shipped())
SOMEBODY = UUID(int=77)
LATER = clock.last_instant(add_days(clock.LEAP_DAY, 3_000))
NOBODY_IS_ERASED = [it for it in ASIDES if it is not keep_or_erase]
ADDRESSES = ("memory:", "sqlite:///{0}/ledger.db")


everywhere = pytest.mark.parametrize("address", ADDRESSES, ids=["memory", "sqlite"])


@contextmanager
def opened(address: str) -> Iterator[Ledger]:
    """A ledger with nothing in it."""
    with TemporaryDirectory() as folder, closing(open_store(address.format(folder))) as store:
        store.migrate(())
        tick = clock.ticking(LATER)
        yield Ledger(store, vocabulary, DECIDERS, catalogue=lambda: CATALOGUE, clock=tick)


def ask(ledger: Ledger, subject: UUID, step: Step, command_id: UUID) -> Any:
    """Ask once: the facts, or the code of the refusal."""
    try:
        answer = ledger.handle(subject, step.command, by=TESTER, command_id=command_id)
    except Refused as refused:
        return refused.code
    return tuple(it.fact for it in answer)


def live_through(ledger: Ledger, life: Life[Any]) -> None:
    """Ask all of a life's commands, each of them twice under one id."""
    for number, step in enumerate(life.steps, 1):
        command_id = UUID(int=number)
        before = len(ledger.history(SOMEBODY))
        assert ask(ledger, SOMEBODY, step, command_id) == (step.refused or step.facts)
        once = ledger.history(SOMEBODY)
        assert len(once) == before + len(step.facts)
        assert ask(ledger, SOMEBODY, step, command_id) == (step.refused or step.facts)
        assert ledger.history(SOMEBODY) == once
    assert tuple(it.fact for it in ledger.history(SOMEBODY)) == life.facts
    if life.facts:
        assert ledger.state(SOMEBODY) == life.state


@everywhere
@settings(max_examples=25)
@given(life=participant_lives(CATALOGUE, most=50, asides=NOBODY_IS_ERASED))
def test_a_participants_life_is_the_same_through_the_ledger_and_no_command_counts_twice(
    address: str, life: Life[Participant]
) -> None:
    joined = plot_of(life).intake
    with opened(address) as ledger:
        for command in joined.commands:
            ledger.handle(joined.subject, command, by=TESTER)
        live_through(ledger, life)


@everywhere
@settings(max_examples=25)
@given(life=cohort_lives(CATALOGUE))
def test_a_cohorts_life_is_the_same_through_the_ledger_and_no_command_counts_twice(
    address: str, life: Life[Any]
) -> None:
    with opened(address) as ledger:
        live_through(ledger, life)
