"""Whether a command holds what its class declares: type checkers ask before, this asks at the door.

A value of another type would be refused by nobody until it is read back, and a fact that cannot
be read closes its subject for good.
"""

import types
from collections.abc import Callable, Iterator
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from npq_domain.limits import EARLIEST, LATEST, LEAST, MOST
from npq_domain.personal import SEAL, Personal

Check = Callable[[Any, str], Iterator[str]]
"""From a value and the path to it to what is wrong with it, a line each."""


def faults(value: Any, declared: Any, path: str = "") -> Iterator[str]:
    """What is wrong with a value that should be of a declared type, by the path to each fault.

    Personal values are not quoted. Texts that not every store can hold (NUL, half a surrogate
    pair), times without an offset, and what is beyond the bounds of `npq_domain.limits` are
    faults too.
    """
    return check_of(declared)(value, path)


@cache
def check_of(declared: Any) -> Check:
    """The check of one declared type, put together once."""
    origin, args = get_origin(declared), get_args(declared)
    if origin is Personal:
        return personal_check(check_of(args[0]))
    if origin in (types.UnionType, Union):
        return any_of(args)
    if origin is tuple:
        return each_of(check_of(args[0]))
    if attrs.has(declared):
        return attrs_check(declared)
    return scalar_check(declared)


def personal_check(inner: Check) -> Check:
    """A wrapped value, of which only the kind of fault is told."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, Personal):
            yield f"{path}: is {article(value)}, not personal text; write Personal(…)"
        elif any(True for _ in inner(value.reveal(), path)):
            yield f"{path}: is not text that can be stored"
        elif str.startswith(value.reveal(), SEAL):
            yield f"{path}: begins as sealed values do, with {SEAL}"

    return check


def any_of(args: tuple[Any, ...]) -> Check:
    """One of several types, none of which is a kind of another."""
    checks = {get_origin(each) or each: check_of(each) for each in args}

    def check(value: Any, path: str) -> Iterator[str]:
        inner = checks.get(type(value)) or next(iter(checks.values()))
        return inner(value, path)

    return check


def each_of(inner: Check) -> Check:
    """A tuple of one type."""

    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, tuple):
            yield f"{path}: is {article(value)}, not a tuple"
            return
        for number, each in enumerate(value):
            yield from inner(each, f"{path}[{number}]")

    return check


def attrs_check(declared: Any) -> Check:
    """An instance of an attrs class, field by field."""
    hints = get_type_hints(declared, include_extras=False)
    fields = [(it.name, check_of(hints[it.name])) for it in attrs.fields(declared)]

    def check(value: Any, path: str) -> Iterator[str]:
        if type(value) is not declared:
            yield f"{path}: is {article(value)}, not {declared.__name__}"
            return
        for name, inner in fields:
            yield from inner(getattr(value, name), f"{path}.{name}" if path else name)

    return check


def scalar_check(declared: Any) -> Check:
    """A plain value of exactly its type: no whole number for a truth, no instant for a day."""
    extra = EXTRA.get(declared)
    expected = name_of(declared)

    def check(value: Any, path: str) -> Iterator[str]:
        if type(value) is not declared:
            hint = meant(value, declared)
            yield f"{path}: {quoted(value)} is {article(value)}, not {expected}{hint}"
        elif extra is not None and (wrong := extra(value)):
            yield f"{path}: {wrong}"

    return check


def unstorable(text: str) -> str | None:
    """What keeps a text from being stored, if anything."""
    if "\0" in text:
        return "has a NUL character"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "has half a surrogate pair"
    return None


def out_of_reach(value: date) -> str | None:
    """Whether a day, or the day that an instant tells, is beyond all that rules reckon with."""
    day = value.date() if isinstance(value, datetime) else value
    if EARLIEST <= day <= LATEST:
        return None
    return f"{value.isoformat()} is not between {EARLIEST} and {LATEST}"


def without_offset(instant: datetime) -> str | None:
    """Whether a time leaves open when it is, or is out of reach."""
    if instant.utcoffset() is None:
        return f"{instant.isoformat()} says no offset from UTC"
    return out_of_reach(instant)


def beyond_64_bits(number: int) -> str | None:
    """Whether a number is larger than a column of a view."""
    return None if LEAST <= number <= MOST else "is a number beyond 64 bits"


EXTRA: dict[Any, Callable[[Any], str | None]] = {
    str: unstorable,
    int: beyond_64_bits,
    date: out_of_reach,
    datetime: without_offset,
}


def quoted(value: Any) -> str:
    """The beginning of a value as Python writes it; of a number, only if it can be written."""
    try:
        return f"{value!r:.80}"
    except ValueError:  # a number of more than 4,300 digits
        return "it"


def article(value: Any) -> str:
    """A value's kind, in words."""
    return "nothing" if value is None else f"of type {type(value).__name__}"


def meant(value: Any, declared: Any) -> str:
    """What to write instead, where an enumeration has a member of that value."""
    if isinstance(declared, type) and issubclass(declared, Enum):
        written = [it.value for it in declared if it.value == value]
        return "".join(f"; write {declared.__name__}({it!r})" for it in written)
    return ""


def name_of(declared: Any) -> str:
    """A type's name, and of an enumeration what it may be."""
    if isinstance(declared, type) and issubclass(declared, Enum):
        return f"{declared.__name__} ({', '.join(str(it.value) for it in declared)})"
    return getattr(declared, "__name__", str(declared))
