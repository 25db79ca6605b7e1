"""Whichever call of a store fails, and however: a command has its effect wholly or not at all."""

from random import Random

from tests.conftest import Backend
from tests.faults.failing import BEGINNING, lives, prepare
from tests.faults.fault import Fault
from tests.faults.losing import LOSING


def test_whichever_call_is_lost_a_command_is_recorded_once_or_not_at_all_until_asked_again(
    made: Backend,
) -> None:
    fault = Fault()
    with LOSING[made.kind](made.url, fault) as (witness, opened):
        prepare(witness)
        peaceful, *lived = lives(witness, opened, fault, Random(6), BEGINNING)
    assert (peaceful.raised, peaceful.calls > 2 * BEGINNING) == (False, True)
    assert [wrong for it in lived for wrong in it.wrong] == []
    assert {it.raised for it in lived} == {True}
    assert {it.applied for it in lived} == {True, False}
