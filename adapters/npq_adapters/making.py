"""Rows of views made from the log: gather a subject's facts, fold them once, make each view's row.

However many projections read a subject, its facts are fetched, decoded and folded once for all.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from functools import cached_property, lru_cache, partial
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from traceback import extract_tb
from typing import Any

from attrs import Factory, define, frozen

from npq_adapters.collecting import undisturbed
from npq_adapters.folding import (
    NOBODY,
    Ahead,
    Fact,
    Faults,
    Folding,
    Reached,
    gathered,
    unknown_fact,
)
from npq_adapters.packing import PAGE, Said, pages, spans, unpacked
from npq_adapters.store import Fields, Packing, Ready, Share, Store
from npq_domain.errors import StoredFactError
from npq_domain.projections.projection import Projection, Seen
from npq_domain.vocabulary import Vocabulary

Projections = Sequence[Projection[Any, Any]]

LOG = logging.getLogger(__name__)

BY_ROW = "positions %d to %d are read row by row: %s"

VERSION, NAME = itemgetter(2), itemgetter(3)

STRIDE = 500
"""How many facts that are read, or subjects that are folded, between two reports of progress."""


@define
class Made:
    """What one view's share of the work came to."""

    rows: dict[str, Any] = Factory(dict)
    """By subject, its row; `None` where it has none."""
    faults: dict[int, StoredFactError] = Factory(dict)
    """By position, the facts that the view could not apply, and went on without."""
    failed: dict[str, str] = Factory(dict)
    """By subject, why it has no row though it should: nobody has said yet which fact that is."""
    ready: Ready = Factory(Ready)
    """The rows that a worker made, as they are written; it keeps no others."""

    @property
    def there(self) -> list[Any]:
        """The rows of those who have one."""
        return self.ready or [row for row in self.rows.values() if row is not None]


@define
class Work:
    """What was read of the log, and what each view made of it."""

    counts: Mapping[str, int] = Factory(dict)
    """How many facts of each name there are, whether a view reads them or not."""
    fetched: Counter[str] = Factory(Counter)
    """How many of each name were read."""
    views: defaultdict[str, Made] = Factory(lambda: defaultdict(Made))
    marks: frozenset[str] = frozenset()
    """What `Store.mark` gave to each of the other processes for the end of what they read."""

    def add(self, other: "Work") -> None:
        """Take in what was made of other subjects."""
        self.fetched.update(other.fetched)
        self.marks |= other.marks
        for name, made in other.views.items():
            self.views[name].rows |= made.rows
            self.views[name].ready += made.ready
            self.views[name].faults |= made.faults
            self.views[name].failed |= made.failed


@frozen
class Reading:
    """A projection, and the names of the facts that it reads."""

    view: Projection[Any, Any]
    names: frozenset[str]
    vocabulary: Vocabulary

    def concerns(self, name: str) -> bool:
        """Whether the view cannot be right without facts of this name.

        It reads them; or nobody knows them, and they may be of its kind of subject.
        """
        if name in self.vocabulary:
            return name in self.names
        kind = kind_of(name)
        return kind == self.view.decider.name or kind not in self.vocabulary.subjects


@frozen
class Subjects:
    """What is made of the subjects of one kind."""

    folding: Folding[Any]
    readings: tuple[Reading, ...]

    @property
    def kind(self) -> str:
        """What they are: the first word of their facts' names."""
        return self.folding.decider.name

    def seen(self, it: "Held", subject: str, as_at: date, work: Work) -> None:
        """Add the row of a subject to each view that reads it."""
        for each in self.readings:
            # A row tells how far the log was taken into account for it, not for its neighbours.
            if upto := furthest(it.reached, each.names):
                seen, made = (
                    Seen(subject=subject, position=upto, as_at=as_at),
                    work.views[each.view.name],
                )
                try:
                    made.rows[subject] = each.view.row(it.state, seen)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is one subject's
                    made.rows[subject] = None
                    made.failed[subject] = f"no row can be made ({whence(error)})"


@define
class Held:
    """A subject's state, and by name how far its facts were read."""

    of: Subjects
    state: Any
    reached: Reached

    def go_on(self, facts: Sequence[Fact]) -> bool:
        """Fold these facts, too; whether that could be done. If not, what is held is worthless."""
        faults: Faults = {}
        if self.of.folding.voids(facts) or kinds(facts) != {self.of.kind}:
            return False
        self.of.folding.go_on(self.state, self.reached, facts, faults=faults)
        return not faults


def whence(error: Exception) -> str:
    """Its class and the line that raised it: what it says might quote what is stored."""
    frame = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.name}, {Path(frame.filename).name}:{frame.lineno}"


def kinds(facts: Iterable[Fact]) -> set[str]:
    """The kinds of subject that these facts are of: one, but where somebody else wrote them."""
    return set(map(kind_of, set(map(NAME, facts))))


@lru_cache(maxsize=1000)
def kind_of(name: str) -> str:
    """The kind of subject that a fact of this name is of."""
    return name.partition(".")[0]


def furthest(reached: Reached, names: frozenset[str]) -> int:
    """The position of the last fact of these names; 0 where there is none."""
    return max([at for name, at in reached.items() if name in names], default=0)


class Maker:
    """The rows of some projections, seen from one day."""

    def __init__(self, vocabulary: Vocabulary, views: Projections, as_at: date) -> None:
        self._as_at = as_at
        deciders = {view.decider.name: view.decider for view in views}
        self._subjects = {
            name: subjects(vocabulary, [it for it in views if it.decider is decider])
            for name, decider in deciders.items()
        }
        self.names = tuple(chain(*(it.folding.names for it in self._subjects.values())))
        """The names to fetch."""
        self.ahead = Ahead(vocabulary)
        """How to read them before they are asked for."""
        self.readings = {
            it.view.name: it for each in self._subjects.values() for it in each.readings
        }

    def to_fetch(self, names: Iterable[str]) -> tuple[str, ...]:
        """The names to fetch of a log that has these: those of them that nobody knows, too."""
        return (*self.names, *self.strange(names))

    def strange(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of these names that a view is concerned by, though nobody knows them."""
        readings = self.readings.values()
        return tuple(
            name
            for name in names
            if name not in self.names and any(it.concerns(name) for it in readings)
        )

    def add(self, facts: Sequence[Fact], work: Work) -> Held | None:
        """Add the rows of the one subject whose facts these are, of each kind that it is.

        Gives the state that they were made of, if it is one and every fact could be applied to it.
        """
        faults = Faults()
        every = [self._folded(it, facts, faults) for it in self._concerned(facts)]
        for held in every:
            self.seen(held, facts[0][1], work)
        if not every:
            faults = {(it[0], NOBODY): unknown_fact(it) for it in facts}
        for (_, part), fault in faults.items():
            self.tell(fault, work, part)
        return every[0] if len(every) == 1 and not faults else None

    def _concerned(self, facts: Sequence[Fact]) -> list[Subjects]:
        """What is made of a subject with these facts: a fold passes over those of other kinds."""
        if len(self._subjects) == 1:
            return [*self._subjects.values()]
        return [self._subjects[it] for it in kinds(facts) & self._subjects.keys()]

    def _folded(self, of: Subjects, facts: Sequence[Fact], faults: Faults) -> Held:
        state, reached = of.folding.fold(facts, faults=faults)
        return Held(of, state, reached)

    def tell(self, fault: StoredFactError, work: Work, part: str = NOBODY) -> None:
        """Add a fact that could not be applied to the faults of each view that it concerns.

        If only a part of the state could not take it, those are the views that read this part.
        """
        for name, reading in self.readings.items():
            if reading.concerns(fault.name) and part in (NOBODY, *reading.view.parts):
                work.views[name].faults.setdefault(fault.position, fault)

    def seen(self, it: Held, subject: str, work: Work) -> None:
        """Add the rows of a subject whose state this is."""
        it.of.seen(it, subject, self._as_at, work)


def subjects(vocabulary: Vocabulary, views: Projections) -> Subjects:
    """One fold for all the parts that these projections read."""
    decider = views[0].decider
    read = frozenset(chain(*(it.parts for it in views)))
    parts = [it for it in decider.folds if it in read]  # in one order, whoever reads them
    names = [Folding(decider, vocabulary, it.parts).names for it in views]
    return Subjects(
        Folding(decider, vocabulary, parts),
        tuple(
            Reading(view, frozenset(those), vocabulary)
            for view, those in zip(views, names, strict=True)
        ),
    )


@frozen(kw_only=True)
class Pass:
    """One pass over the log: who is to be made by it, up to where and seen from which day."""

    vocabulary: Vocabulary
    views: Projections
    as_at: date
    upto: int

    @cached_property
    def maker(self) -> Maker:
        """What makes the rows."""
        return Maker(self.vocabulary, self.views, self.as_at)


def made(
    store: Store,
    it: Pass,
    of: Share | None = None,
    report: Callable[[int], None] | None = None,
) -> Work:
    """The rows of a share of the subjects, or of all, from one pass over the log.

    Half of that is to read the facts, and the other half to fold them and make rows: so a report
    has half of the position that is read, and then goes on to the end.
    """
    maker, work, folded = it.maker, Work(), 0
    halves = report and (lambda position: report(position // 2))
    with undisturbed(), closing(facts_of(store, it, of, halves)) as facts:
        for number, each in enumerate(gathered(counted(facts, work.fetched))):
            if report and number % STRIDE == 0:
                report(it.upto // 2 + it.upto * folded // (2 * work.fetched.total()))
            each.sort(key=VERSION)  # as most are: of a share, in whatever order is quickest
            maker.add(each, work)
            folded += len(each)
    if report:
        report(it.upto)
    return work


def counted(some: Iterable[Iterable[Fact]], fetched: Counter[str]) -> Iterator[Fact]:
    """The same facts, one by one; their names are counted thousands at a time.

    To count them subject by subject takes twice as long.
    """
    for facts in map(iter, some):
        while page := list(islice(facts, PAGE)):
            fetched.update(map(NAME, page))
            yield from page


def tell_unknown(store: Store, it: Pass, work: Work) -> None:
    """Tell each view of the facts that concern it though nobody knows their names.

    No fold reads these facts, so a pass has not met them.
    """
    with log(store, it.maker.strange(work.counts), 0, it.upto) as facts:
        for row in facts:
            work.fetched[row[3]] += 1
            it.maker.tell(unknown_fact(row), work)


def facts_of(
    store: Store, it: Pass, of: Share | None, report: Callable[[int], None] | None
) -> Generator[Iterable[Fact]]:
    """The facts of a share of the subjects, or of all, some at a time; read as far as they can be.

    A page that cannot be believed is read row by row, so that each fact is told with its place.
    """
    names = it.maker.names
    if not isinstance(store, Packing) or not names:
        with closing(by_row(store, it, 0, it.upto, of, report)) as facts:
            yield facts
        return
    said, same = Said(it.vocabulary), dict[str, str]()
    with closing(pages(partial(store.pack, names, of=of), spans(it.upto))) as found:
        for (after, upto), page in found:
            try:
                read = unpacked(page(), said, same)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the rows will tell
                # Which is slow if it is so of every page. A message might quote what is stored.
                LOG.info(BY_ROW, after + 1, upto, type(error).__name__)
                with closing(by_row(store, it, after, upto, of)) as facts:
                    yield facts
            else:
                yield read
            if report:
                report(upto)


def by_row(
    store: Store,
    it: Pass,
    after: int,
    upto: int,
    of: Share | None,
    report: Callable[[int], None] | None = None,
) -> Generator[Fact]:
    """The facts between two positions, row by row."""
    with log(store, it.maker.names, after, upto, of) as facts:
        yield from it.maker.ahead.reads(reported(facts, report) if report else facts)


def histories(
    store: Store, maker: Maker, subjects: Sequence[str], upto: int
) -> Iterator[list[Fact]]:
    """The facts of each of these subjects, up to a position; of those that have any.

    Few are asked for one by one, and many picked out of one pass over the log.
    """
    for start in range(0, len(subjects), TOGETHER):
        some = subjects[start : start + TOGETHER]
        if len(some) * STREAM < upto:
            streams = ([it for it in store.stream(each) if it.position <= upto] for each in some)
            yield from filter(None, streams)
        else:
            wanted = frozenset(some)
            names = maker.to_fetch(store.counts(0, upto))
            with log(store, names, 0, upto) as facts:
                theirs = (it for it in facts if it[1] in wanted)
                yield from gathered(maker.ahead.reads(theirs))


TOGETHER = 10_000
"""Subjects whose facts are in memory at once."""

STREAM = 150
"""Facts that are scanned in the time in which a stream is asked for: measured, on both stores."""


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


def reported(facts: Iterable[Fields], report: Callable[[int], None]) -> Iterator[Fields]:
    """The same facts, telling now and then how far they are."""
    for number, fact in enumerate(facts):
        if number % STRIDE == 0:
            report(fact[0])
        yield fact
