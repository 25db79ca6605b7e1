"""A command holds what its class declares."""

import math
from datetime import UTC, date, datetime, timedelta, timezone
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
        ({"minutes": 2**63}, "minutes: is a number beyond 64 bits"),
        ({"minutes": -(2**63) - 1}, "minutes: is a number beyond 64 bits"),
        ({"component": 10**5000}, "component: it is of type int, not str"),
        ({"component": math.nan}, "component: nan is of type float, not str"),
        ({"minutes": math.inf}, "minutes: inf is of type float, not int"),
        ({"on": date(1899, 12, 31)}, "on: 1899-12-31 is not between 1900-01-01 and 2199-12-31"),
        ({"on": date(2200, 1, 1)}, "on: 2200-01-01 is not between 1900-01-01 and 2199-12-31"),
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


@pytest.mark.parametrize(
    "change",
    [
        {"minutes": 2**63 - 1},
        {"minutes": -(2**63)},
        {"on": date(1900, 1, 1)},
        {"on": date(2199, 12, 31)},
    ],
)
def test_what_just_keeps_to_a_bound_has_no_fault(change: dict[str, Any]) -> None:
    assert list(faults(evolve(ATTEND, **change), type(ATTEND))) == []


FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize("zone", [timedelta(hours=14), timedelta(hours=-12), timedelta(0)])
def test_an_instant_at_the_end_of_all_years_is_named_and_never_reckoned_with(
    zone: timedelta,
) -> None:
    for end in (FIRST, LAST):
        instant = end.replace(tzinfo=timezone(zone))
        [told] = faults(instant, datetime, "at")
        assert told.endswith("is not between 1900-01-01 and 2199-12-31")


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
