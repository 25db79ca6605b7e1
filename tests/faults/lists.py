"""Whether a history of writers and readers is one that a list could have: a list-append check.

Each subject is a list. A command appends its values, all of them or none; a read gives the whole
list. Every value is unique, so that each read tells the order of all that came before it, and no
search is needed: the list that is there at the end is the only order that can be meant. Histories
that pass are strictly serializable: as if commands and reads had happened one after the other,
none before it was asked and none after it was answered.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from math import inf

import msgspec
from attrs import frozen

Values = tuple[str, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A command is about to be asked, at that nanosecond."""

    list: str
    command: str
    values: Values
    at: int
    about: int | None = None
    """What else its asker has to know, to ask it again."""


class Answered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`handle` has returned: the places in the list, from 1, that it says the values are at."""

    command: str
    places: tuple[int, ...]
    repeated: bool
    at: int


class Read(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A whole list, as it was read between two nanoseconds."""

    list: str
    values: Values
    begun: int
    ended: int


Entry = Asked | Answered | Read


@frozen
class Fault:
    """What no list could have done. `kind` is one of the words in `KINDS`."""

    kind: str
    list: str
    what: str


KINDS = {
    "lost": "a command was answered, and its facts are not there",
    "torn": "of one command, a part of its facts is there, or others stand between them",
    "duplicated": "a fact is there twice",
    "invented": "a fact is there for which nobody asked",
    "reordered": "a command that was answered before another was asked stands after it",
    "misanswered": "an answer names other places than those the facts are at, or answers differ",
    "diverged": "a read is no beginning of the list",
    "split": "a read has a part of a command's facts",
    "stale": "a read lacks what was answered, or read, before it began",
    "early": "a read has what was asked only after it ended",
}


@frozen(kw_only=True)
class Command:
    """A command with all its deliveries: asked first, answered first, every answer."""

    name: str
    values: Values
    begun: float
    ended: float
    answers: tuple[tuple[int, ...], ...]


def check(history: Iterable[Entry], lists: Mapping[str, Sequence[str]]) -> list[Fault]:
    """Everything in a history that cannot be, given what the lists hold at the end."""
    history = tuple(history)
    asked, reads = commands(history), grouped(it for it in history if isinstance(it, Read))
    return [
        Fault(kind, name, what)
        for name in sorted(asked.keys() | reads.keys() | lists.keys())
        for kind, what in of_list(lists.get(name, ()), asked.get(name, []), reads.get(name, []))
    ]


def commands(history: Iterable[Entry]) -> dict[str, list[Command]]:
    """The commands of each list, whatever way they were delivered."""
    asked: defaultdict[str, list[Asked]] = defaultdict(list)
    answered: defaultdict[str, list[Answered]] = defaultdict(list)
    for it in history:
        if isinstance(it, Asked):
            asked[it.command].append(it)
        elif isinstance(it, Answered):
            answered[it.command].append(it)
    found: defaultdict[str, list[Command]] = defaultdict(list)
    for name, deliveries in asked.items():
        command = Command(
            name=name,
            values=deliveries[0].values,
            begun=min(it.at for it in deliveries),
            ended=min((it.at for it in answered[name]), default=inf),
            answers=tuple(it.places for it in answered[name]),
        )
        found[deliveries[0].list].append(command)
    return found


def grouped(reads: Iterable[Read]) -> dict[str, list[Read]]:
    """The reads of each list."""
    found: defaultdict[str, list[Read]] = defaultdict(list)
    for it in reads:
        found[it.list].append(it)
    return found


def of_list(
    values: Sequence[str], asked: Sequence[Command], reads: Sequence[Read]
) -> Iterator[tuple[str, str]]:
    """The faults of one list, each by its kind and in words."""
    place = {value: at for at, value in reversed(list(enumerate(values)))}
    there = sorted(
        (it for it in asked if all(value in place for value in it.values)),
        key=lambda it: place[it.values[0]],
    )
    yield from of_values(values, asked)
    for it in asked:
        yield from of_command(it, place)
    yield from of_order(there)
    yield from of_reads(values, there, reads)


def of_values(values: Sequence[str], asked: Iterable[Command]) -> Iterator[tuple[str, str]]:
    known = {value for it in asked for value in it.values}
    for value, times in Counter(values).items():
        if times > 1:
            yield "duplicated", f"{value}, {times} times"
        if value not in known:
            yield "invented", value


def of_command(it: Command, place: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    places = [place[value] + 1 for value in it.values if value in place]
    if it.answers and not places:
        yield "lost", it.name
    elif places and places != [*range(places[0], places[0] + len(it.values))]:
        yield "torn", f"{it.name}: at {places}, of {len(it.values)}"
    elif wrong := {answer for answer in it.answers if [*answer] != places}:
        yield "misanswered", f"{it.name}: at {places}, answered {sorted(wrong)}"


def of_order(there: Sequence[Command]) -> Iterator[tuple[str, str]]:
    """Of two commands in the list, the later was not over before the earlier was asked."""
    first_ended = [*accumulate((it.ended for it in reversed(there)), min, initial=inf)][::-1]
    for it, ended in zip(there, first_ended[1:], strict=True):
        if ended < it.begun:
            yield "reordered", f"{it.name} stands before what was answered before it was asked"


def of_reads(
    values: Sequence[str], there: Sequence[Command], reads: Sequence[Read]
) -> Iterator[tuple[str, str]]:
    ends = {0, *accumulate(len(it.values) for it in there)}
    for it in reads:
        length = len(it.values)
        if it.values != tuple(values[:length]):
            yield "diverged", f"the read of {length} that began at {it.begun}"
            continue
        if length not in ends:
            yield "split", f"the read of {length} that began at {it.begun}"
        yield from of_times(it, there)
        if any(len(other.values) > length and other.ended < it.begun for other in reads):
            yield "stale", f"the read that began at {it.begun} has less than one that was over"


def of_times(it: Read, there: Sequence[Command]) -> Iterator[tuple[str, str]]:
    read = frozenset(it.values)
    for command in there:
        seen = command.values[0] in read
        if not seen and command.ended < it.begun:
            yield "stale", f"the read that began at {it.begun} lacks {command.name}"
        if seen and command.begun > it.ended:
            yield "early", f"the read that ended at {it.ended} has {command.name}"
