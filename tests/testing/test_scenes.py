"""The examples' own language: it passes what is so, and tells plainly what is not."""

import doctest
from datetime import date, datetime
from typing import Any

import pytest
from attrs import evolve

from npq_domain import cohort, participant, testing
from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.identity import NameChanged
from npq_domain.errors import Refused
from npq_domain.personal import Personal
from npq_domain.testing import Past, clock, given, scenes
from tests.aggregates.ground import REGISTERED, SENIOR, accepted, intake, intake_id, registration

DAY = date(2023, 9, 5)
ADA, KING = Personal("Ada Byron"), Personal("Ada King")
RENAME = ask.ChangeName(name=KING, on=DAY)
RENAMED = NameChanged(name=KING, previous=ADA, on=DAY)


def test_the_example_in_the_documentation_runs() -> None:
    ran = doctest.testmod(scenes)
    assert (ran.failed, ran.attempted) == (0, 4)


def test_other_facts_than_expected_are_told_line_by_line_and_hide_names() -> None:
    outcome = given(participant, registration()).when(RENAME)
    with pytest.raises(AssertionError) as caught:
        outcome.then(evolve(RENAMED, previous=KING))
    said = str(caught.value)
    assert "ChangeName led to other facts" in said
    assert "-     previous = ••• (1)" in said
    assert "+     previous = ••• (2)" in said
    assert "King" not in said


def test_a_refusal_where_facts_were_expected_is_told_with_its_reason() -> None:
    with pytest.raises(AssertionError, match="ChangeName was refused as registration_missing"):
        given(participant).when(RENAME).then(RENAMED)
    with pytest.raises(AssertionError, match="DfE has passed on no registration"):
        given(participant).when(RENAME).then_nothing()


def test_facts_where_a_refusal_was_expected_are_told() -> None:
    with pytest.raises(AssertionError, match="ChangeName was not refused"):
        given(participant, registration()).when(RENAME).then_refused("registration_missing")


def test_another_refusal_or_other_unmet_requirements_are_told() -> None:
    with pytest.raises(AssertionError, match="registration_missing, not not_enrolled"):
        given(participant).when(RENAME).then_refused("not_enrolled")
    asked = given(participant, registration()).when(ask.Accept(on=DAY))
    with pytest.raises(AssertionError, match="endorsement_missing"):
        asked.then_refused("requirement_unmet", "form_not_returned")


def test_what_is_given_may_be_commands_or_facts() -> None:
    by_command = given(participant, registration(), RENAME)
    by_fact = given(participant, *given(participant, registration()).facts, RENAMED)
    assert by_command.facts == by_fact.facts
    assert by_command.state == by_fact.state


def test_a_command_that_is_given_and_refused_raises() -> None:
    with pytest.raises(Refused):
        given(participant, RENAME)


def test_what_a_decision_asks_for_has_to_be_given() -> None:
    enrol = ask.Enrol(cohort_id=intake_id(SENIOR), on=date(2023, 9, 20))
    seen = given(participant, *accepted())
    with pytest.raises(TypeError, match="Enrol is decided with cohort: give that too"):
        seen.when(enrol)
    assert seen.when(enrol, cohort=intake(SENIOR).state).facts


def test_a_command_is_asked_on_its_own_day_unless_told_otherwise() -> None:
    seen = given(participant, registration())
    assert seen.when(RENAME).facts
    seen.when(RENAME, now=clock.last_instant(REGISTERED)).then_refused("future_dated")
    late = given(participant, registration(), now=clock.last_instant(REGISTERED))
    late.when(RENAME).then_refused("future_dated")


def test_a_past_numbers_its_facts_and_leaves_out_what_is_voided() -> None:
    past = given(cohort, *intake(SENIOR).facts).past
    assert [it.version for it in past.history] == list(range(1, len(past.facts) + 1))
    assert past.history[0].name == "cohort.cohort-opened.v1"
    assert past.without(1).intake.opened is None
    assert past.state.intake.opened is not None


def test_clocks_stand_still_or_tick() -> None:
    noon = datetime(2024, 1, 1, 12, tzinfo=clock.last_instant(DAY).tzinfo)
    still, ticking = clock.fixed(noon), clock.ticking(noon, clock.INSTANT)
    assert [still(), still()] == [noon, noon]
    assert [ticking(), ticking()] == [noon, noon + clock.INSTANT]


@pytest.mark.parametrize("name", testing.__all__)
def test_the_front_door_of_the_kit_is_documented(name: str) -> None:
    found: Any = getattr(testing, name)
    assert found.__doc__
    assert isinstance(Past.__doc__, str)
