"""Which cases the rows of a table leave to one another: sets of cases as boxes, exactly.

A box is a set of values for each field, and holds every case whose values are all in it. Whether
a row is ever reached, and whether every case reaches one, is then a matter of subtraction.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Values: TypeAlias = frozenset[Any]
Box: TypeAlias = Mapping[str, Values]


def reached(everything: Box, rows: Sequence[Box]) -> tuple[list[list[Box]], list[Box]]:
    """For each row what the rows before it leave to it, and what no row takes."""
    left, found = [everything], []
    for row in rows:
        found.append([it for each in left if (it := both(each, row)) is not None])
        left = [piece for each in left for piece in without(each, row)]
    return found, left


def both(box: Box, other: Box) -> Box | None:
    """The cases in both, or `None` if there is none. `other` may leave fields out."""
    common = {**box, **{name: box[name] & values for name, values in other.items()}}
    return common if all(common.values()) else None


def without(box: Box, other: Box) -> Iterator[Box]:
    """The cases of a box that another does not hold, as boxes that have none in common."""
    if both(box, other) is None:
        yield box
        return
    rest = dict(box)
    for name, values in other.items():
        outside = rest[name] - values
        if outside:
            yield {**rest, name: outside}
        rest[name] &= values
