"""Boxes, held against counting every case one by one."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from npq_domain.catalogue.boxes import Box, both, reached, without

FIELDS = {"colour": frozenset("rgb"), "size": frozenset({1, 2}), "old": frozenset({True, False})}
ROWS = st.fixed_dictionaries(
    {},
    optional={
        name: st.frozensets(st.sampled_from(sorted(values, key=str)))
        for name, values in FIELDS.items()
    },
)


def cases(box: Box) -> set[tuple[object, ...]]:
    whole = {**FIELDS, **box}
    return set(product(*(whole[name] for name in FIELDS)))


@given(ROWS, ROWS)
def test_what_is_left_of_a_box_is_what_the_other_does_not_hold(one: Box, other: Box) -> None:
    box = {**FIELDS, **one}
    pieces = [cases(it) for it in without(box, other)]
    assert set().union(*pieces) == cases(one) - cases(other)
    assert sum(map(len, pieces)) == len(set().union(*pieces)), "no case is in two pieces"
    common = both(box, other)
    assert (cases(common) if common else set()) == cases(one) & cases(other)


@given(st.lists(ROWS, max_size=5))
def test_each_case_goes_to_the_first_row_that_holds_it(rows: list[Box]) -> None:
    taken, left = reached(FIELDS, rows)
    before: set[tuple[object, ...]] = set()
    for row, boxes in zip(rows, taken, strict=True):
        assert set().union(*map(cases, boxes)) == cases(row) - before
        before |= cases(row)
    assert set().union(*map(cases, left)) == cases({}) - before
