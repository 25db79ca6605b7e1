"""A command holds what its class declares."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from npq_domain import Actor
from npq_domain import commands as ask
from npq_domain.declared import faults
from npq_domain.testing.values import COMMANDS, values

ATTEND = ask.RecordAttendance(component="plg-1", minutes=120, on=date(2023, 10, 23))
MODES = "(face_to_face, online, residential, remote, blended)"
REGISTER = ask.ReceiveRegistration(
    application_id="a", participant_id="p", name="Ada", provider="UCL", programme="NPQH",
    on=date(2023, 6, 5),
)  # fmt: skip


@given(st.sampled_from(COMMANDS).flatmap(values))
def test_a_command_of_the_right_types_has_no_fault_but_texts_that_cannot_be_stored(
    command: Any,
) -> None:
    told = faults(command, type(command))
    assert all(it.endswith(("NUL character", "surrogate pair", "can be stored")) for it in told)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"minutes": "60"}, "minutes: '60' is of type str, not int"),
        ({"minutes": True}, "minutes: True is of type bool, not int"),
        ({"on": "2023-10-23"}, "on: '2023-10-23' is of type str, not date"),
        ({"component": None}, "component: None is nothing, not str"),
        ({"component": "a\0"}, "component: has a NUL character"),
        ({"component": "\ud800"}, "component: has half a surrogate pair"),
        (
            {"mode": "online"},
            f"mode: 'online' is of type str, not Mode {MODES}; write Mode('online')",
        ),
    ],
)
def test_a_value_of_another_type_is_named_by_its_field(change: dict[str, Any], told: str) -> None:
    wrong = evolve(ATTEND, **change)
    assert list(faults(wrong, type(wrong))) == [told]


def test_an_instant_is_no_day() -> None:
    wrong = evolve(ATTEND, on=datetime(2023, 10, 23, tzinfo=UTC))
    [told] = faults(wrong, type(wrong))
    assert told.endswith("is of type datetime, not date")


def test_a_personal_value_is_not_quoted() -> None:
    wrong = evolve(REGISTER, name="Ada\0Byron")
    assert list(faults(wrong, type(wrong))) == ["name: is not text that can be stored"]


def test_faults_inside_are_told_by_their_path() -> None:
    wrong: dict[str, Any] = {"minutes": "60"}
    correct = ask.CorrectFact(
        version=3, replacement=evolve(ATTEND, **wrong), reason="slip", on=date(2023, 11, 6)
    )
    assert list(faults(correct, type(correct))) == [
        "replacement.minutes: '60' is of type str, not int"
    ]


def test_who_asks_is_an_actor() -> None:
    assert list(faults("me", Actor, "by")) == ["by: is of type str, not Actor"]
    assert list(faults(Actor(role="a", id=7), Actor, "by")) == [  # type: ignore[arg-type]
        "by.id: 7 is of type int, not str"
    ]
