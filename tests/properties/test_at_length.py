"""The laws of lives once more, over many more lives: a matter of minutes (`make long`)."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npq_domain.testing import laws
from npq_domain.testing.lives import Life
from tests.properties.test_lives import cohorts, everybody, long, measured, participants

Law = Callable[[Life[Any]], None]


def engagement_keeps_within_bounds(life: Life[Any]) -> None:
    for _, _, after in laws.each_command(life):
        laws.engagement_keeps_within_bounds(after.state)


def funded_places_keep_to_the_cap(life: Life[Any]) -> None:
    for before, step, after in laws.each_command(life):
        laws.funded_places_keep_to_the_cap(before.state, step, after.state)


def a_void_undoes(life: Life[Any]) -> None:
    for _, _, after in laws.each_command(life):
        laws.a_void_undoes(after)


LAWS: tuple[tuple[Law, st.SearchStrategy[Life[Any]]], ...] = (
    (laws.replay_is_deterministic, everybody),
    (laws.a_refusal_appends_nothing, everybody),
    (laws.a_retry_is_silent, everybody),
    (a_void_undoes, measured),
    (engagement_keeps_within_bounds, measured),
    (laws.what_is_attainable_rises_only_by_grace, measured),
    (laws.a_response_is_handed_in_with_access_and_in_time, measured),
    (laws.an_award_rests_on_engagement_and_a_pass, long),
    (funded_places_keep_to_the_cap, cohorts),
    (laws.a_funded_place_is_as_the_cohort_allows, participants),
)


@pytest.mark.long
@pytest.mark.parametrize(("law", "lives"), LAWS, ids=[law.__name__ for law, _ in LAWS])
@settings(max_examples=1_200)
@given(drawn=st.data())
def test_a_law_holds_of_many_lives(
    law: Law, lives: st.SearchStrategy[Life[Any]], drawn: st.DataObject
) -> None:
    law(drawn.draw(lives))
