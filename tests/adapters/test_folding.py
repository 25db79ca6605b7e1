"""Facts read before anybody asks for them come to the same as those read when they are folded."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from npq_adapters.folding import KEPT, Ahead, Faults, Folding
from npq_adapters.store import Fields
from npq_domain import Actor
from npq_domain.aggregates import vocabulary
from npq_domain.aggregates.participant import participant
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.engagement import (
    AbsenceRecorded,
    AttendanceRecorded,
)
from npq_domain.personal import Personal
from npq_domain.recorded import Source
from npq_domain.testing.participants import participant_lives
from npq_domain.vocabulary import Envelope
from tests.adapters.damage import DAMAGES

DAY = date(2024, 3, 1)
SUBJECT = str(UUID(int=7))
FOLDING = Folding(participant, vocabulary)


def row(version: int, fact: Any) -> Fields:
    """A fact as the log holds it."""
    envelope = Envelope(
        at=datetime(2024, 3, 2, 9, tzinfo=UTC),
        by=Actor(role="provider", id="j.doe"),
        source=Source.PROVIDER,
        command=UUID(int=version),
        fact=fact,
    )
    name = vocabulary.name(type(fact))
    return 10 * version, SUBJECT, version, name, vocabulary.encode(envelope)


def attended(component: str, minutes: int = 60) -> AttendanceRecorded:
    return AttendanceRecorded(component=component, minutes=minutes, mode=None, on=DAY)


def folded(rows: list[Any]) -> Any:
    """The state, how far each name was read, and what could not be."""
    faults: Faults = {}
    state, reached = FOLDING.fold(rows, faults=faults)
    return state, reached, {at: str(fault) for at, fault in faults.items()}


@given(participant_lives(), st.data())
def test_a_history_read_ahead_folds_to_the_same_and_has_the_same_faults(
    life: Any, data: st.DataObject
) -> None:
    rows = [row(version, fact) for version, fact in enumerate(life.facts, 1)]
    for at in data.draw(st.sets(st.integers(0, len(rows) - 1), max_size=3)) if rows else ():
        position, subject, version, name, _ = rows[at]
        damage = DAMAGES[data.draw(st.sampled_from(sorted(DAMAGES)))]
        unnamed = data.draw(st.booleans())
        rows[at] = position, subject, version, damage.name if unnamed else name, damage.state

    assert folded(list(Ahead(vocabulary).reads(rows))) == folded(rows)


@pytest.mark.parametrize("damage", [name for name, it in DAMAGES.items() if not it.folded])
def test_a_void_counts_whatever_is_wrong_with_its_envelope_as_any_fact_does(damage: str) -> None:
    void = FactVoided(version=1, reason=Personal("not there"), on=DAY)
    position, subject, version, name, state = row(2, void)
    sound = b'"fact":{"component":"plg-1","minutes":120,"mode":"online","on":"2024-02-29"}'
    wrong = DAMAGES[damage].state.replace(b'": ', b'":').replace(b', "', b',"')
    assert sound in wrong
    wrong = wrong.replace(sound, state[state.index(b'"fact":') : -1])
    rows = [row(1, attended("plg-1")), (position, subject, version, name, wrong)]

    for read in (rows, list(Ahead(vocabulary).reads(rows))):
        state, _, faults = folded(read)
        assert (state.engagement.sessions, faults) == ({}, {})


def test_facts_that_say_the_same_are_one() -> None:
    rows = [row(1, attended("plg-1")), row(2, attended("plg-2")), row(3, attended("plg-1"))]
    one, two, three = (it[-1] for it in Ahead(vocabulary).reads(rows))
    assert (one, two) == (attended("plg-1"), attended("plg-2"))
    assert one is three


@pytest.mark.parametrize(
    "told",
    [
        AbsenceRecorded(component="plg-1", reason=Personal("flu"), on=DAY),
        FactVoided(version=1, reason=Personal("flu"), on=DAY),
    ],
    ids=lambda it: type(it).__name__,
)
def test_facts_that_tell_something_personal_are_each_their_own(told: Any) -> None:
    one, two = (it[-1] for it in Ahead(vocabulary).reads([row(1, told), row(2, told)]))
    assert one == two == told
    assert one is not two
    assert one.reason is not two.reason


def test_no_more_facts_are_kept_than_so_many_of_a_kind() -> None:
    ahead = Ahead(vocabulary)
    rows = [row(at, attended("plg-1", minutes=at)) for at in range(1, 2 * KEPT + 2)]
    assert [it[-1].minutes for it in ahead.reads(rows)] == list(range(1, 2 * KEPT + 2))
    ((name, read),) = ahead.items()
    assert name == vocabulary.name(AttendanceRecorded)
    assert 0 < len(read.__self__) <= KEPT  # type: ignore[attr-defined]


def test_what_cannot_be_read_is_left_as_it_is_stored() -> None:
    for damage in DAMAGES.values():
        stored = (1, SUBJECT, 1, damage.name, damage.state)
        (found,) = Ahead(vocabulary).reads([stored])
        assert (found == stored) is damage.folded
