"""The check of histories: it passes what a list could have done, and names what none could."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.faults.lists import KINDS, Answered, Asked, Entry, Read, check

History = list[Any]
Lists = dict[str, list[str]]

STEP = 10
"""From one command's effect to the next; what comes before and after it may overlap others."""


def lawful(dice: Random, *, number: int = 12, names: int = 2) -> tuple[History, Lists]:
    """A history that could be: each command and each read has its effect at one moment."""
    lists: Lists = {f"list {n}": [] for n in range(names)}
    history: History = []
    for n in range(1, number + 1):
        name = dice.choice(sorted(lists))
        moment = n * STEP
        begun, ended = moment - dice.randrange(3 * STEP), moment + dice.randrange(3 * STEP)
        if dice.random() < 0.4:
            read = Read(list=name, values=tuple(lists[name]), begun=begun, ended=ended)
            history.append(read)
            continue
        values = tuple(f"{n}.{k}" for k in range(dice.randrange(1, 4)))
        asked = Asked(list=name, command=f"{n}", values=values, at=begun)
        history.append(asked)
        if dice.random() < 0.1:  # killed before it had an effect
            continue
        lists[name] += values
        last = len(lists[name])
        if dice.random() < 0.9:
            places = tuple(range(last - len(values) + 1, last + 1))
            told = [Answered(command=f"{n}", places=places, repeated=False, at=ended)]
            history += told * dice.randrange(1, 3)
    dice.shuffle(history)
    return history, lists


dices = st.integers(0, 2**32).map(Random)


def kinds(history: list[Entry], lists: Lists) -> set[str]:
    return {it.kind for it in check(history, lists)}


@given(dices)
def test_what_a_list_could_have_done_passes(dice: Random) -> None:
    history, lists = lawful(dice)
    assert check(history, lists) == []


def answered(history: History, lists: Lists) -> list[tuple[Asked, list[str]]]:
    """The commands that were answered, with the lists they are in."""
    told = {it.command for it in history if isinstance(it, Answered)}
    return [(it, lists[it.list]) for it in history if isinstance(it, Asked) and it.command in told]


def lose(dice: Random, history: History, lists: Lists) -> None:
    command, at = dice.choice(answered(history, lists))
    at[:] = [value for value in at if value not in command.values]


def tear(dice: Random, history: History, lists: Lists) -> None:
    command, at = dice.choice(
        [(it, at) for it, at in answered(history, lists) if len(it.values) > 1]
    )
    at.remove(dice.choice(command.values))


def interleave(dice: Random, history: History, lists: Lists) -> None:
    several = [(it, at) for it, at in answered(history, lists) if len(it.values) > 1]
    command, at = dice.choice(several)
    at.insert(at.index(command.values[1]), "between")


def duplicate(dice: Random, history: History, lists: Lists) -> None:
    command, at = dice.choice(answered(history, lists))
    at.append(command.values[-1])


def invent(dice: Random, history: History, lists: Lists) -> None:
    lists[dice.choice(sorted(lists))].append("nobody's")


def reorder(dice: Random, history: History, lists: Lists) -> None:
    """Two commands, one after the other and told so, the other way about in the list."""
    name = dice.choice(sorted(lists))
    at, late = len(lists[name]), 1_000_000
    lists[name] += ["second", "first"]
    for n, value in enumerate(("first", "second")):
        history += [
            Asked(list=name, command=value, values=(value,), at=late + n * STEP),
            Answered(command=value, places=(at + 2 - n,), repeated=False, at=late + n * STEP + 1),
        ]


def misanswer(dice: Random, history: History, lists: Lists) -> None:
    at = dice.choice([n for n, it in enumerate(history) if isinstance(it, Answered)])
    history[at] = replace(history[at], places=tuple(n + 1 for n in history[at].places))


def misanswer_again(dice: Random, history: History, lists: Lists) -> None:
    """The same command, delivered again, is told of no facts."""
    told = dice.choice([it for it in history if isinstance(it, Answered)])
    history.append(replace(told, places=(), repeated=True))


def longest(history: History, lists: Lists) -> Read:
    """A read of everything, after everything."""
    name = max(lists, key=lambda it: len(lists[it]))
    return Read(list=name, values=tuple(lists[name]), begun=10**6, ended=10**6)


def diverge(dice: Random, history: History, lists: Lists) -> None:
    read = longest(history, lists)
    values = list(read.values)
    at = dice.randrange(len(values))
    values[at] = "other"
    history.append(replace(read, values=tuple(values)))


def swap(dice: Random, history: History, lists: Lists) -> None:
    read = longest(history, lists)
    one, two = sorted(dice.sample(range(len(read.values)), 2))
    values = list(read.values)
    values[one], values[two] = values[two], values[one]
    history.append(replace(read, values=tuple(values)))


def split(dice: Random, history: History, lists: Lists) -> None:
    command, at = dice.choice(
        [(it, at) for it, at in answered(history, lists) if len(it.values) > 1]
    )
    values = tuple(at[: at.index(command.values[0]) + 1])
    history.append(Read(list=command.list, values=values, begun=-(10**6), ended=10**6))


def read_late(dice: Random, history: History, lists: Lists) -> None:
    command, at = dice.choice(answered(history, lists))
    values = tuple(at[: at.index(command.values[0])])
    history.append(Read(list=command.list, values=values, begun=10**6, ended=10**6))


def read_back(dice: Random, history: History, lists: Lists) -> None:
    """Nobody was answered, but somebody read it: from then on it is there."""
    lists["list 0"].append("unanswered")
    whole = tuple(lists["list 0"])
    late = 10**6
    history += [
        Asked(list="list 0", command="unanswered", values=("unanswered",), at=late),
        Read(list="list 0", values=whole, begun=late, ended=late + 1),
        Read(list="list 0", values=whole[:-1], begun=late + 2, ended=late + 3),
    ]


def read_early(dice: Random, history: History, lists: Lists) -> None:
    command, at = dice.choice(answered(history, lists))
    end = at.index(command.values[-1]) + 1
    early = -(10**6)
    history.append(Read(list=command.list, values=tuple(at[:end]), begun=early, ended=early))


Spoil = Callable[[Random, History, Lists], None]

SPOILT: tuple[tuple[Spoil, str], ...] = (
    (lose, "lost"),
    (tear, "torn"),
    (interleave, "torn"),
    (duplicate, "duplicated"),
    (invent, "invented"),
    (reorder, "reordered"),
    (misanswer, "misanswered"),
    (misanswer_again, "misanswered"),
    (diverge, "diverged"),
    (swap, "diverged"),
    (split, "split"),
    (read_late, "stale"),
    (read_back, "stale"),
    (read_early, "early"),
)


@pytest.mark.parametrize(("spoil", "kind"), SPOILT, ids=[it.__name__ for it, _ in SPOILT])
@given(dice=dices)
def test_what_no_list_could_have_done_is_named(spoil: Spoil, kind: str, dice: Random) -> None:
    history, lists = lawful(dice, number=30)
    spoil(dice, history, lists)
    assert kind in kinds(history, lists)


def test_every_kind_of_fault_is_tried() -> None:
    assert {kind for _, kind in SPOILT} == set(KINDS)
