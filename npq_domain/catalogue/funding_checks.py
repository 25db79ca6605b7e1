"""What has to hold of funding policies: each decides every case once, and each day has one."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from enum import Enum
from itertools import combinations, pairwise
from typing import Any, get_args

import attrs

from npq_domain.catalogue.boxes import Box, Values, reached
from npq_domain.catalogue.funding import (
    Condition,
    FundingPolicy,
    FundingRow,
    TargetedSupportPolicy,
)
from npq_domain.catalogue.types import Programme

Entries = Iterable[tuple[str, str, Any]]
"""Each entry of a catalogue with its file and its path there."""
Fault = tuple[str, str]

ELSE = "anything else"
"""Stands for every value that a policy does not name, and for one that is not known."""
ALWAYS_KNOWN = ("institution",)
"""Fields of which every case has one of the values there are."""
NO_END = date.max
DAY = timedelta(days=1)
MANY = 1_000_000
"""More pupils than any school has."""


def check(entries: Entries) -> Iterator[Fault]:
    """What is wrong between policies: days without one or with two, names that match nothing."""
    everything = list(entries)
    policies = [it for it in everything if isinstance(it[2], FundingPolicy)]
    for series in dict.fromkeys(it.series for _, _, it in policies):
        own = [each for each in policies if each[2].series is series]
        yield from check_days(own, gaps=True)
    yield from check_days(
        [it for it in everything if isinstance(it[2], TargetedSupportPolicy)], gaps=False
    )
    yield from check_codes(everything)


def check_days(policies: list[tuple[str, str, Any]], *, gaps: bool) -> Iterator[Fault]:
    """Each day has one policy, from the first to the last; without `gaps`, at most one."""
    in_order = sorted(policies, key=lambda it: it[2].valid_from)
    for (_, _, before), (file, path, after) in pairwise(in_order):
        ends, begins = before.valid_until or NO_END, after.valid_from
        fault = ""
        if begins <= ends:
            until = before.valid_until or "a day that is not given"
            fault = f"{before.id!r} is in force until {until}"
        elif gaps and begins > ends + DAY:
            fault = f"{before.id!r} ends on {ends}: no policy for the days between"
        if fault:
            yield file, f"{path}.valid_from: {begins}, but {fault}"


def check_codes(entries: Entries) -> Iterator[Fault]:
    """Rows call programmes by their codes; cases bear no alias."""
    everything = list(entries)
    codes = {it.code for _, _, it in everything if isinstance(it, Programme)}
    for file, path, entry in everything:
        for where, name in named(entry):
            if name not in codes:
                yield file, f"{path}{where}: {name!r} is the code of no programme"


def named(entry: Any) -> Iterator[tuple[str, str]]:
    """Every programme that a policy names, with its place."""
    if isinstance(entry, TargetedSupportPolicy):
        yield from ((".not_for", it) for it in entry.not_for)
    if isinstance(entry, FundingPolicy):
        for index, row in enumerate(entry.rows):
            for name in ("when", "other_than"):
                for it in getattr(row, name).programme or ():
                    yield f".rows[{index}].{name}.programme", it


def check_rows(it: FundingPolicy) -> Iterator[str]:
    """Every row can be reached, and every case reaches one."""
    everything = universe(it)
    boxes = [box(everything, row) for row in it.rows]
    taken, left = reached(everything, boxes)
    for index, cases in enumerate(taken):
        if not cases:
            yield f".rows[{index}]: row {index + 1} {never(it, index, everything, boxes)}"
    if left:
        case = (f"{k} {said(v)}" for k, v in left[0].items() if v != everything[k])
        yield f".rows: no row for a case with {', '.join(case) or 'anything at all'}"
    yield from check_eligible(it)


def never(it: FundingPolicy, index: int, everything: Box, boxes: list[Box]) -> str:
    """Why a row is never reached."""
    own = {**everything, **boxes[index]}
    if not all(own.values()):
        return "is for no case: what it asks for it excludes"
    for earlier, row in enumerate(it.rows[:index]):
        if all(own[name] <= values for name, values in boxes[earlier].items()):
            same = (row.when, row.other_than) == (it.rows[index].when, it.rows[index].other_than)
            if same and outcome(row) != outcome(it.rows[index]):
                return (
                    f"says {outcome(it.rows[index])} where row {earlier + 1}, of the same"
                    f" condition, says {outcome(row)}"
                )
            return f"is never reached: row {earlier + 1} takes all its cases"
    return "is never reached: the rows before it take all its cases"


def check_sums(it: TargetedSupportPolicy) -> Iterator[str]:
    """No two rows pay for one school."""
    for (_, one), (index, other) in combinations(enumerate(it.rows), 2):
        least = max(one.pupils_least, other.pupils_least)
        most = min(row.pupils_most or MANY for row in (one, other))
        for phase in one.phases:
            if phase in other.phases and least <= most:
                yield (
                    f".rows[{index}]: {phase.value} of {least} pupils is in row"
                    f" {it.rows.index(one) + 1} already"
                )


def outcome(row: FundingRow) -> str | None:
    """What a row says, in one word."""
    return row.code.value if row.code else row.refused


def check_eligible(it: FundingPolicy) -> Iterator[str]:
    """One code means one thing in all rows."""
    known: dict[Enum, tuple[int, bool | None]] = {}
    for number, row in enumerate(it.rows, start=1):
        if row.code is None:
            continue
        first, eligible = known.setdefault(row.code, (number, row.eligible))
        if eligible != row.eligible:
            yield (
                f".rows[{number - 1}].eligible: {row.code.value} is {said(row.eligible)} here,"
                f" and {said(eligible)} in row {first}"
            )


def check_row(it: FundingRow) -> Iterator[str]:
    """A row says a code and whether it is eligible; or the code of an error, and neither."""
    if it.refused is not None and (it.code, it.eligible) != (None, None):
        yield ".refused: beside a code there is nothing to refuse"
    if it.refused is None and None in {it.code, it.eligible}:
        lacking = "code" if it.code is None else "eligible"
        yield f".{lacking}: is missing"


def check_condition(it: Condition) -> Iterator[str]:
    """An array that is there names something."""
    for each in attrs.fields(Condition):
        if getattr(it, each.name) == ():
            yield f".{each.name}: names nothing; leave the key out"


def universe(policy: FundingPolicy) -> Box:
    """Every value that matters to a policy, field by field."""
    return {
        it.name: values_of(it, policy)
        for it in attrs.fields(Condition)
        if any(getattr(each, it.name) is not None for each in conditions(policy))
    }


def conditions(policy: FundingPolicy) -> Iterator[Condition]:
    """Both conditions of every row."""
    for row in policy.rows:
        yield row.when
        yield row.other_than


def values_of(it: Any, policy: FundingPolicy) -> Values:
    """The values of a field that a policy can tell apart."""
    kind = get_args(it.type)[0]
    if kind is bool:
        return frozenset({True, False})
    of = get_args(kind)[0]
    if issubclass(of, Enum):
        return frozenset(of if it.name in ALWAYS_KNOWN else {*of, ELSE})
    named = {value for each in conditions(policy) for value in getattr(each, it.name) or ()}
    return frozenset({*named, ELSE})


def box(everything: Box, row: FundingRow) -> Box:
    """The cases that a row is for, whatever the rows before it take."""
    whole = dict(everything)
    for name in everything:
        wanted, barred = getattr(row.when, name), getattr(row.other_than, name)
        if wanted is not None:
            whole[name] &= several(wanted)
        if barred is not None:
            whole[name] -= several(barred)
    return {name: values for name, values in whole.items() if values != everything[name]}


def several(value: Any) -> Values:
    """The values that a field of a condition names."""
    return frozenset(value if isinstance(value, tuple) else (value,))


def said(value: Any) -> str:
    """Values as the file has them."""
    if isinstance(value, frozenset):
        return " or ".join(sorted(said(each) for each in value))
    if isinstance(value, bool):
        return str(value).lower()
    return str(value.value if isinstance(value, Enum) else value)
