"""Pages of histories: facts that a database gathered by their subjects, taken apart here.

A row of the log costs this process a tuple, five values and two passings of Python's lock. A page
costs that once for some hundred histories; while this process folds them, the database gathers the
next pages, in threads that need the lock for their results alone.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain, islice, repeat
from typing import Any

import msgspec

from npq_adapters.folding import SHORT, Fact, shareable
from npq_adapters.store import PART, UNIT, Packed, Share
from npq_domain.vocabulary import Read, Vocabulary

PAGE = 12_000
"""About how many facts of the log are gone through for a page."""

READERS = 3
"""Threads that ask for pages: one does not keep up with a fold."""

AHEAD = 6
"""Pages that are asked for before they are needed."""

KEPT = 100_000
"""How many different facts are kept for those alike that may follow."""

Page = tuple[Share, Callable[[], Packed]]
"""Whose facts they are, and what gives them, or raises why the database could not gather them."""


def pages(pack: Callable[[Share], Packed], wanted: Sequence[Share]) -> Generator[Page]:
    """The facts of these shares, each on a page; the next ones are asked for meanwhile."""
    if len(wanted) == 1:
        yield wanted[0], partial(pack, wanted[0])
        return
    asked = deque[tuple[Share, Future[Packed]]]()
    with ThreadPoolExecutor(READERS, "npq-pages") as readers:
        try:
            for share in wanted:
                asked.append((share, readers.submit(pack, share)))
                if len(asked) > AHEAD:
                    yield result_of(asked.popleft())
            while asked:
                yield result_of(asked.popleft())
        finally:
            for _, page in asked:
                page.cancel()


def result_of(asked: tuple[Share, Future[Packed]]) -> Page:
    """What was asked for, once it is there."""
    share, page = asked
    return share, page.result


class Said(dict[bytes, tuple[str, Any]]):
    """By its name and bytes, what was said: once for all that say the same, as registers do.

    Raises whatever reading one may raise.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._ways: dict[bytes, tuple[str, Read, bool]] = {}

    def __missing__(self, packed: bytes) -> tuple[str, Any]:
        named, _, data = packed.partition(PART.encode())
        name, read, shared = self._ways.get(named) or self._way(named)
        said = name, read(data[:-1])
        if shared and len(data) <= SHORT:
            if len(self) >= KEPT:
                self.clear()
            self[packed] = said
        return said

    def _way(self, named: bytes) -> tuple[str, Read, bool]:
        name = named.decode()
        kind, read = self._vocabulary.kind(name), self._vocabulary.fact_reader(name)
        self._ways[named] = name, read, shareable(kind)
        return self._ways[named]


def numbers(listed: str) -> list[int]:
    """Whole numbers with commas between them, read as JSON: in a tenth of the time of `int`."""
    return NUMBERS(f"[{listed}]")


NUMBERS = msgspec.json.Decoder(list[int]).decode


def unpacked(it: Packed, said: Said) -> Iterator[list[Fact]]:
    """The histories on a page, each fact read.

    Raises, before the first of them, `ValueError` for lists that do not belong together, and
    what reading a fact may raise.
    """
    if not it.sizes:
        return iter(())
    subjects, sizes = it.subjects.split(UNIT), numbers(it.sizes)
    told = [said[each] for each in it.facts.split(UNIT.encode())]
    if len(subjects) != len(sizes) or len(told) != sum(sizes):
        msg = "a value holds what stands between values"
        raise ValueError(msg)
    names, facts = zip(*told, strict=True)
    whose = chain.from_iterable(map(repeat, subjects, sizes))
    rows = zip(numbers(it.positions), whose, numbers(it.versions), names, facts, strict=True)
    return (list(islice(rows, size)) for size in sizes)
