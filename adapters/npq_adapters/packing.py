"""Pages of the log: facts that a database packed as one row, taken apart here.

A row of the log costs this process a tuple, five values and two passings of Python's lock. A page
costs that once for thousands of facts; while this process takes one apart, the database packs the
next ones, in threads that need the lock for the finished page alone.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import msgspec

from npq_adapters.folding import Fact, Shared, shareable
from npq_adapters.store import PART, UNIT, Packed
from npq_domain.vocabulary import Read, Vocabulary

PAGE = 12_000
"""How many positions of the log are gone through for a page."""

READERS = 3
"""Threads that ask for pages."""

AHEAD = 6
"""Pages that are asked for before they are needed."""

KEPT = 100_000
"""How many different facts are kept for those alike that may follow."""

Span = tuple[int, int]
"""The positions above the first, and up to the second."""

Page = tuple[Span, Callable[[], Packed]]
"""Where its facts stand, and what gives them, or raises why the database could not pack them."""


def spans(upto: int) -> Iterator[Span]:
    """The log up to a position, page by page."""
    return ((after, min(after + PAGE, upto)) for after in range(0, upto, PAGE))


def pages(pack: Callable[[int, int], Packed], wanted: Iterable[Span]) -> Generator[Page]:
    """The facts of each span on a page; the next ones are asked for meanwhile."""
    asked = deque[tuple[Span, Future[Packed]]]()
    with ThreadPoolExecutor(READERS, "npq-pages") as readers:
        try:
            for span in wanted:
                asked.append((span, readers.submit(pack, *span)))
                if len(asked) > AHEAD:
                    yield result_of(asked.popleft())
            while asked:
                yield result_of(asked.popleft())
        finally:
            for _, page in asked:
                page.cancel()


def result_of(asked: tuple[Span, Future[Packed]]) -> Page:
    """What was asked for, once it is there."""
    span, page = asked
    return span, page.result


class Said(Shared[tuple[str, Any]]):
    """Facts of every kind, with their names.

    Raises whatever reading one may raise.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(KEPT)
        self._vocabulary = vocabulary
        self._ways: dict[bytes, tuple[str, Read, bool]] = {}

    def __missing__(self, packed: bytes) -> tuple[str, Any]:
        named, _, data = packed.partition(PART.encode())
        name, read, shared = self._ways.get(named) or self._way(named)
        said = name, read(data[:-1])
        return self.keep(packed, said, len(data)) if shared else said

    def _way(self, named: bytes) -> tuple[str, Read, bool]:
        name = named.decode()
        kind, read = self._vocabulary.kind(name), self._vocabulary.fact_reader(name)
        self._ways[named] = name, read, shareable(kind)
        return self._ways[named]


def numbers(listed: str) -> list[int]:
    """Whole numbers with commas between them, read as JSON: quicker than one by one."""
    return NUMBERS(f"[{listed}]")


NUMBERS = msgspec.json.Decoder(list[int]).decode


def unpacked(it: Packed, said: Said, same: dict[str, str]) -> Iterable[Fact]:
    """The facts on a page, read; `same` has the texts of the subjects that were met before.

    Raises `ValueError` for lists that do not belong together, and what reading a fact may raise.
    """
    if not it.positions:
        return ()
    subjects, told = it.subjects.split(UNIT), it.facts.split(UNIT.encode())
    positions, versions = numbers(it.positions), numbers(it.versions)
    if {len(subjects), len(versions), len(told)} != {len(positions)}:
        msg = "a value holds what stands between values"
        raise ValueError(msg)
    names, facts = zip(*[said[each] for each in told], strict=True)
    # Else each fact would keep a text of its own.
    whose = map(same.setdefault, subjects, subjects)
    return zip(positions, whose, versions, names, facts, strict=True)
