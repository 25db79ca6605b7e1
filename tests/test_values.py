"""Whatever a command takes can be imported from one place."""

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_type_hints

import attrs

from npq_domain import commands, values


def test_what_commands_take_is_all_in_one_place() -> None:
    asked = {getattr(commands, name) for name in commands.__all__}
    taken = {kind for each in asked for kind in parts(each)} - asked
    assert {it.__name__: it for it in taken} == {
        name: getattr(values, name) for name in values.__all__
    }


def test_an_enumeration_is_made_from_the_text_that_is_written() -> None:
    assert values.DeferralReason("parental-leave") is values.DeferralReason.PARENTAL_LEAVE


def parts(kind: Any) -> Iterator[type]:
    """The enumerations and classes that the fields of a class are made of, all the way down."""
    for hint in get_type_hints(kind).values():
        yield from classes(hint)


def classes(hint: Any) -> Iterator[type]:
    """The enumerations and classes in a type."""
    for each in get_args(hint):
        yield from classes(each)
    if isinstance(hint, type) and issubclass(hint, Enum):
        yield hint
    elif isinstance(hint, type) and attrs.has(hint):
        yield hint
        yield from parts(hint)
