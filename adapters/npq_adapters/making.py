"""Rows of views made from the log: gather a subject's facts, fold them once, make each view's row.

However many projections read a subject, its facts are fetched, decoded and folded once for all.
"""

import gc
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import chain
from typing import Any

from attrs import frozen

from npq_adapters.folding import Folding, Reached, gathered, place
from npq_adapters.store import Fields, Share, Store, Stored
from npq_domain.errors import UnknownFact
from npq_domain.projections.projection import Projection, Seen
from npq_domain.vocabulary import Vocabulary

Projections = Sequence[Projection[Any, Any]]

Made = Mapping[str, Sequence[Any]]
"""By the name of a view, its rows."""


STRIDE = 1000
"""How many facts between two reports of progress."""


@frozen
class Reading:
    """A projection, and the names of the facts that it reads."""

    view: Projection[Any, Any]
    names: frozenset[str]


@frozen
class Subjects:
    """What is made of the subjects of one kind."""

    folding: Folding[Any]
    readings: tuple[Reading, ...]


class Maker:
    """The rows of some projections, seen from one day."""

    def __init__(self, vocabulary: Vocabulary, views: Projections, as_at: date) -> None:
        self._as_at = as_at
        kinds = {view.decider.name: view.decider for view in views}
        self._subjects = {
            name: subjects(vocabulary, [it for it in views if it.decider is decider])
            for name, decider in kinds.items()
        }
        self.names = tuple(chain(*(it.folding.names for it in self._subjects.values())))
        """The names to fetch."""

    def rows(self, facts: Sequence[Fields]) -> Iterator[tuple[str, Any]]:
        """By view, the row of the one subject whose facts these are; `None` where it has none."""
        it = self.of(facts)
        yield from self.seen(facts[0][1], it, *it.folding.fold(facts))

    def of(self, facts: Sequence[Fields]) -> Subjects:
        """What is made of the subject whose facts these are."""
        kind = facts[0][3].partition(".")[0]
        if kind not in self._subjects:
            raise UnknownFact(place(Stored(*facts[0])), "no such fact is known")
        return self._subjects[kind]

    def seen(
        self, subject: str, it: Subjects, state: Any, reached: Reached
    ) -> Iterator[tuple[str, Any]]:
        """By view, the row of a subject whose state this is; `None` where it has none."""
        for reading in it.readings:
            # A row tells how far the log was taken into account for it, not for its neighbours.
            read = [reached[name] for name in reached.keys() & reading.names]
            if read:
                seen = Seen(subject=subject, position=max(read), as_at=self._as_at)
                yield reading.view.name, reading.view.row(state, seen)


def subjects(vocabulary: Vocabulary, views: Projections) -> Subjects:
    """One fold for all the parts that these projections read."""
    decider = views[0].decider
    parts = dict.fromkeys(chain(*(it.parts for it in views)))
    return Subjects(
        Folding(decider, vocabulary, parts),
        tuple(Reading(it, frozenset(Folding(decider, vocabulary, it.parts).names)) for it in views),
    )


def made(
    store: Store,
    vocabulary: Vocabulary,
    views: Projections,
    as_at: date,
    upto: int,
    of: Share | None = None,
    report: Callable[[int], None] | None = None,
) -> Made:
    """The rows of a share of the subjects, or of all, from one pass over the log."""
    maker = Maker(vocabulary, views, as_at)
    rows: dict[str, list[Any]] = {view.name: [] for view in views}
    with log(store, maker.names, 0, upto, of) as facts, undisturbed():
        for each in gathered(reported(facts, report) if report else facts):
            for name, row in maker.rows(each):
                if row is not None:
                    rows[name].append(row)
    return rows


@contextmanager
def log(
    store: Store, names: Sequence[str], after: int, upto: int, of: Share | None = None
) -> Iterator[Iterable[Fields]]:
    """Facts of these names alone; the store has its connection back at the end, come what may."""
    facts = store.scan(names, after=after, upto=upto, of=of) if names else iter(())
    try:
        yield facts
    finally:
        if isinstance(facts, Generator):
            facts.close()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave cycles uncollected meanwhile: a fold makes none, and ever more rows to search.

    It takes a fifth off a rebuild of 150,000 facts.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def reported(facts: Iterable[Fields], report: Callable[[int], None]) -> Iterator[Fields]:
    """The same facts, telling now and then how far they are."""
    for number, fact in enumerate(facts):
        if number % STRIDE == 0:
            report(fact[0])
        yield fact
