"""Wherever a command takes one of a closed list of values, another is refused with the list."""

import json
from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin

import attrs
import pytest

from npq_adapters.inbound.commands import COMMANDS, checked, parsed
from npq_domain.aggregates.participant.commands.corrections import Replacement
from tests.adapters.inbound.house import OFFICE, faults_of, subject

WRONG = "no-such-value"

Wrong = tuple[Any, str, type[Enum]]
"""A JSON value with a wrong one in it, the place of that, and what it should be one of."""


def inside(kind: type, path: str) -> Iterator[Wrong]:
    """Every closed list within a class."""
    for each in attrs.fields(kind):
        for value, place, closed in of(each.type, f"{path}.{each.name}"):
            yield {each.name: value}, place, closed


def of(kind: Any, path: str) -> Iterator[Wrong]:
    """Every closed list within a type."""
    if kind == Replacement:
        for each in get_args(kind):
            for data, place, closed in inside(each, f"{path}.data"):
                yield {"command": each.__name__, "data": data}, place, closed
    elif get_origin(kind) in (Union, UnionType):
        for each in get_args(kind):
            yield from of(each, path)
    elif get_origin(kind) is tuple:
        for value, place, closed in of(get_args(kind)[0], f"{path}[0]"):
            yield [value], place, closed
    elif isinstance(kind, type) and issubclass(kind, Enum):
        yield WRONG, path, kind
    elif isinstance(kind, type) and attrs.has(kind):
        yield from inside(kind, path)


CASES = [
    pytest.param(name, *wrong, id=f"{name}{wrong[1].removeprefix('$.data')}-{wrong[2].__name__}")
    for name, kind in COMMANDS.items()
    for wrong in inside(kind, "$.data")
]


@pytest.mark.parametrize(("name", "data", "place", "closed"), CASES)
def test_an_unknown_value_is_refused_with_all_that_are_known(
    name: str, data: Any, place: str, closed: type[Enum]
) -> None:
    text = json.dumps({"subject": str(subject(1)), "command": name, "data": data})
    found = faults_of(lambda: checked(parsed(text, "line 3"), "line 3", OFFICE))
    known = ", ".join(str(it.value) for it in closed)
    assert f"line 3: {place}: {WRONG!r} is none of {known}" in found


def test_commands_are_looked_through_to_the_bottom() -> None:
    found = {(name, place) for it in CASES for name, _, place, _ in [it.values]}
    assert ("Reject", "$.data.reason") in found
    assert ("CorrectFact", "$.data.replacement.data.effect") in found
