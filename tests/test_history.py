"""Which facts of a history stand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.history import live, voided, voided_versions
from npq_domain.recorded import Actor, Recorded, Source


@frozen
class Said:
    text: str


@frozen
class Unsaid:
    version: int


def history(*facts: Any) -> Sequence[Recorded[Any]]:
    return [
        Recorded(
            subject=UUID(int=1),
            version=version,
            name="it.was.v1",
            recorded_at=datetime(2024, 5, 1, tzinfo=UTC),
            by=Actor(role="clerk", id="c.1"),
            source=Source.PROVIDER,
            command_id=UUID(int=version),
            fact=fact,
        )
        for version, fact in enumerate(facts, 1)
    ]


def standing(*facts: Any) -> list[int]:
    return [it.version for it in live(history(*facts), Unsaid)]


def test_a_void_leaves_out_the_fact_it_names_and_stands_itself() -> None:
    assert standing(Said("a"), Said("b"), Unsaid(1)) == [2, 3]


def test_a_void_of_a_void_restores() -> None:
    assert standing(Said("a"), Unsaid(1), Unsaid(2)) == [1, 3]


def test_a_void_of_a_void_of_a_void_leaves_out_again() -> None:
    assert standing(Said("a"), Unsaid(1), Unsaid(2), Unsaid(3)) == [2, 4]


def test_a_fact_voided_twice_stays_out_when_one_of_the_voids_is_voided() -> None:
    assert standing(Said("a"), Unsaid(1), Unsaid(1), Unsaid(3)) == [2, 4]


def test_the_first_standing_void_is_the_one_that_is_told() -> None:
    told = history(Said("a"), Unsaid(1), Unsaid(1))
    assert voided(told, Unsaid) == {1: told[1]}


def test_a_void_reaches_only_back() -> None:
    assert standing(Unsaid(1), Unsaid(3), Said("a")) == [1, 2, 3]


def test_without_a_kind_of_void_everything_stands() -> None:
    told = history(Said("a"), Unsaid(1))
    assert live(told, None) == tuple(told)
    assert voided(told, None) == {}


voids = st.lists(st.integers(1, 12) | st.none(), max_size=12).map(
    lambda targets: [(n, to) for n, to in enumerate(targets, 1) if to is not None]
)


@given(voids)
def test_what_stands_is_what_no_standing_void_names(pairs: list[tuple[int, int]]) -> None:
    gone = voided_versions(pairs)
    by_standing_voids = {to for n, to in pairs if n not in gone and to < n}
    assert set(gone) == by_standing_voids


@given(voids, st.randoms(use_true_random=False))
def test_the_order_in_which_voids_are_told_does_not_matter(
    pairs: list[tuple[int, int]], random: Any
) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert voided_versions(shuffled) == voided_versions(pairs)
