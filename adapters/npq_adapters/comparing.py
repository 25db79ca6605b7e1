"""Rows of a view beside rows of the same view: every difference, and a digest of each."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
from attrs import fields, frozen

from npq_domain.personal import at_rest

ENCODE = msgspec.json.Encoder(enc_hook=at_rest).encode


@frozen
class Difference:
    """One value that is not what it was; `None` for the whole column where there is no such row."""

    key: tuple[Any, ...]
    column: str
    before: Any
    after: Any


def differences(
    before: Iterable[Any], after: Iterable[Any], key: Sequence[str]
) -> tuple[Difference, ...]:
    """What differs between two sets of rows, by key and column."""
    old, new = by_key(before, key), by_key(after, key)
    return tuple(
        difference
        for each in sorted({*old, *new})
        if old.get(each) != new.get(each)
        for difference in of_row(each, old.get(each), new.get(each))
    )


def by_key(rows: Iterable[Any], key: Sequence[str]) -> dict[tuple[Any, ...], Any]:
    """Rows by the values of their key."""
    return {tuple(getattr(row, name) for name in key): row for row in rows}


def of_row(key: tuple[Any, ...], before: Any, after: Any) -> Iterator[Difference]:
    """The values that differ, or all of a row that is on one side alone."""
    for it in fields(type(after if before is None else before)):
        old, new = getattr(before, it.name, None), getattr(after, it.name, None)
        if old != new:
            yield Difference(key, it.name, old, new)


def digest(rows: Iterable[Any]) -> str:
    """SHA-256 in hex of rows in their order: a JSON array of values and a line feed for each."""
    it = sha256()
    for kind, some in groupby(rows, type):
        values = attrgetter(*(each.name for each in fields(kind)))
        for row in some:
            it.update(ENCODE(values(row)))
            it.update(b"\n")
    return it.hexdigest()
