"""Hypothesis strategies for single values: every kind of command and fact, whether lawful or not.

Importing this lets `st.from_type` draw our facts and commands, and `Personal` values; it registers
nothing about types that are not ours.
"""

import types
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import attrs
from hypothesis import strategies as st

from npq_domain.aggregates import DECIDERS
from npq_domain.personal import Personal

Values = st.SearchStrategy[Any]

days = st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31))
zones = st.one_of(st.just(UTC), st.builds(timezone, st.sampled_from([timedelta(hours=1)])))
instants = st.datetimes(
    min_value=datetime(2000, 1, 2),  # noqa: DTZ001 - the zone is drawn beside it
    max_value=datetime(2099, 12, 30),  # noqa: DTZ001
    timezones=zones,
)
texts = st.text(max_size=12)
numbers = st.one_of(st.integers(-2, 130), st.integers(-(2**63), 2**63 - 1))

PLAIN: dict[Any, Values] = {
    str: texts,
    int: numbers,
    bool: st.booleans(),
    date: days,
    datetime: instants,
    UUID: st.uuids(),
    type(None): st.none(),
}


@cache
def values(kind: Any) -> Values:
    """Any value of a plain type: what facts and commands are made of, all the way down."""
    origin, args = get_origin(kind), get_args(kind)
    if kind in PLAIN:
        return PLAIN[kind]
    if origin is Personal:
        return values(args[0]).map(Personal)
    if origin is tuple:
        return st.lists(values(args[0]), max_size=3).map(tuple)
    if origin in (types.UnionType, Union):
        return st.one_of(*map(values, args))
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    fields = {it.name: values(it.type) for it in attrs.fields(kind)}
    return st.fixed_dictionaries(fields).map(lambda each: kind(**each))


FACTS = tuple(kind for decider in DECIDERS for kind in decider.facts)
COMMANDS = tuple(kind for decider in DECIDERS for kind in decider.decisions)

_kind: Any
for _kind in (*FACTS, *COMMANDS):
    st.register_type_strategy(_kind, values(_kind))
st.register_type_strategy(Personal, lambda kind: values(get_args(kind)[0]).map(Personal))


def facts(*kinds: type) -> Values:
    """Any fact: of these kinds, or of all."""
    return st.sampled_from(kinds or FACTS).flatmap(st.from_type)


def commands(*kinds: type) -> Values:
    """Any command: of these kinds, or of all. Most are refused by most subjects."""
    return st.sampled_from(kinds or COMMANDS).flatmap(st.from_type)
