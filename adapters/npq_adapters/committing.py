"""Rows, books and checkpoint of a view in one transaction: what is read of it is vouched for."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from attrs import Factory, asdict, define, evolve, frozen

from npq_adapters.books import COVERAGE, QUARANTINE, REBUILDS, Covered, Quarantined, Rebuilt, shown
from npq_adapters.comparing import Difference, differences, digest
from npq_adapters.folding import place
from npq_adapters.making import Reading, Work
from npq_adapters.store import Checkpoint, Store, Table, Views
from npq_domain.errors import SUBJECT, Conflict, Invalid, StoredFactError, as_told
from npq_domain.projections.projection import View

T = TypeVar("T")

Stopped = dict[str, StoredFactError]
"""By the name of a view, the fact before which it stopped."""


def table(view: View) -> Table:
    """The table that a view's rows are kept in."""
    return Table(view.name, view.row_type, view.key, indexed=view.indexed)


@frozen(kw_only=True)
class Move:
    """Some views, all at one place, on their way to the next."""

    readings: tuple[Reading, ...]
    at: Checkpoint
    to: Checkpoint
    subjects: frozenset[str]
    """Those that were folded again."""


def move(store: Store, it: Move, work: Work) -> Stopped:
    """Put the rows of the subjects that were folded again, and tell who stopped at which fact.

    A view that another process has moved meanwhile is left as that one made it.
    """
    works = [(work, it.to.position)]
    return blaming(store, it.readings, lambda: works, lambda: moved(store, it, work))


def moved(store: Store, it: Move, work: Work) -> Stopped:
    """What `move` does with rows that every table has a place for."""
    stopped: Stopped = {}
    with store.views(write=True) as views:
        before = views.read(QUARANTINE, {})
        for reading in it.readings:
            view, made = reading.view, work.views[reading.view.name]
            if made.faults and not view.tolerant:
                stopped[view.name] = first(made.faults.values())
            elif views.checkpoint(view.name) == it.at:
                go_on(views, reading, it, work, before)
    return stopped


def go_on(
    views: Views, reading: Reading, it: Move, work: Work, before: Iterable[Quarantined]
) -> None:
    """Bring one view to its next place; `before` is what was set aside up to here."""
    view, made = reading.view, work.views[reading.view.name]
    views.remove(table(view), [(subject,) for subject, row in made.rows.items() if row is None])
    views.put(table(view), made.there)
    # By its place, too: a subject that is no id is not kept as it is.
    again = made.faults.keys()
    mine = [
        entry
        for entry in before
        if entry.view == view.name and (entry.subject in it.subjects or entry.position in again)
    ]
    book(views, reading, work, mine)
    views.advance(view.name, it.to)


Step = tuple[Move, Work]
"""What leads from one place to the next."""


@define(kw_only=True)
class Swap:
    """Some views made anew up to one place, and what leads from there to where they stand now."""

    readings: tuple[Reading, ...]
    to: Checkpoint
    made: Work
    step: Callable[[Checkpoint, Checkpoint], Step]
    """What makes a step between two places."""
    record: Rebuilt | None = None
    """What is written down of it; without that, a view that stands further is left as it is."""
    compare: bool = False
    """Whether old rows and new are compared, which costs reading both."""
    steps: list[Step] = Factory(list)
    """Those that were made so far, one after the other."""

    @property
    def works(self) -> list[tuple[Work, int]]:
        """What is written, each up to a position."""
        return [(self.made, self.to.position), *((work, it.to.position) for it, work in self.steps)]

    def lead(self, at: Checkpoint) -> list[Step]:
        """The steps to a place further on, those that are lacking being made."""
        places = [self.to, *(it.to for it, _ in self.steps)]
        if at in places:
            return self.steps[: places.index(at)]
        if at.position < places[-1].position:  # one that was left behind has come half way
            self.steps, places = [], [self.to]
        self.steps.append(self.step(places[-1], at))
        return [*self.steps]


@frozen
class Swapped:
    """What a swap of a view's rows came to."""

    rebuilt: Rebuilt
    differences: tuple[Difference, ...] = ()
    uncompared: str | None = None
    """Why nothing was compared though that was asked: `FIRST`, `ANOTHER` or `APART`."""


FIRST = "made for the first time: nothing to compare"
ANOTHER = "was made of another log: nothing to compare"
APART = "stood elsewhere than what it is made from: not compared, ask again"


def swap(store: Store, it: Swap) -> tuple[Stopped, list[Swapped]]:
    """Put new rows in the place of all old ones, readers seeing either, and tell who stopped.

    The rows are whole, so they may take the place of any but those of a later position on the
    same day in this log: after these, they take the steps that lead to the same place.

    Raises `Conflict`, and leaves everything as it was, where rows are to be compared and the old
    ones have come to look from another day.
    """
    return blaming(store, it.readings, lambda: it.works, lambda: replaced(store, it))


def replaced(store: Store, it: Swap) -> tuple[Stopped, list[Swapped]]:
    """What `swap` does with rows that every table has a place for."""
    stopped, swapped = Stopped(), []
    with store.views(write=True) as views:
        stand = {reading.view.name: views.checkpoint(reading.view.name) for reading in it.readings}
        ways = {name: to_follow(store, it, name, at) for name, at in stand.items()}
        for reading in it.readings:
            view = reading.view
            way = ways[view.name]
            if way is None:
                continue
            faults = faults_of(view, it.made, way)
            if faults and not view.tolerant:
                stopped[view.name] = first(faults)
                continue
            to = way[-1][0].to if way else it.to
            old = rows_before(store, views, view, to) if it.compare else None
            replace(views, reading, it, way)
            if it.record:
                done = evolve(it.record, position=to.position, as_at=to.as_at)
                swapped.append(recorded(views, view, done, old))
    return stopped, swapped


def to_follow(store: Store, it: Swap, view: str, at: Checkpoint | None) -> list[Step] | None:
    """The steps to where a view stands, if that is further than its new rows; `None`: leave it."""
    if at is None or at == it.to or not of_this_log(store, at):
        return []
    if further(at, it.to):
        return it.lead(at) if it.record else None
    if it.compare:
        msg = f"{view} came to look from {at.as_at} while it was compared: ask again"
        raise Conflict(msg)
    return []


def further(at: Checkpoint, than: Checkpoint) -> bool:
    """Whether a place is a later one, seen from the same day."""
    return at.as_at == than.as_at and at.position > than.position


def of_this_log(store: Store, at: Checkpoint) -> bool:
    """Whether a view was made of the log that is there."""
    return at.mark == store.mark(at.position)


def faults_of(view: View, made: Work, way: Iterable[Step]) -> list[StoredFactError]:
    """The facts that a view could not apply, after all the steps: one may have voided another."""
    found = list(made.views[view.name].faults.values())
    for step, work in way:
        found = [it for it in found if it.subject not in step.subjects]
        found += work.views[view.name].faults.values()
    return found


def replace(views: Views, reading: Reading, it: Swap, way: Iterable[Step]) -> None:
    """Rows, books and checkpoint of a view, all of them new, and then step by step."""
    view = reading.view
    views.clear(table(view))
    views.put(table(view), it.made.views[view.name].there)
    forget(views, view.name)
    book(views, reading, it.made, [])
    views.advance(view.name, it.to)
    for step, work in way:
        go_on(views, reading, step, work, quarantined(views, view.name))


@frozen
class Before:
    """The rows that a view had, where new ones can be held against them."""

    rows: list[Any] | None
    uncompared: str | None = None


def rows_before(store: Store, views: Views, view: View, to: Checkpoint) -> Before:
    """The rows that a view has now, to compare with those of a place: of the same one alone."""
    at = views.checkpoint(view.name)
    if at == to:
        return Before(views.read(table(view), {}))
    if at is None:
        return Before(None, FIRST)
    return Before(None, APART if of_this_log(store, at) else ANOTHER)


def recorded(views: Views, view: View, it: Rebuilt, old: Before | None) -> Swapped:
    """Write a swap down, with what came of comparing the rows with those before, if asked."""
    number = 1 + len(views.read(REBUILDS, {"view": view.name}))
    it = evolve(it, view=view.name, number=number, rows=views.count(table(view)))
    found: tuple[Difference, ...] = ()
    if old is not None:
        new = views.read(table(view), {})
        it = evolve(it, digest=digest(new))
        if old.rows is not None:
            found = differences(old.rows, new, view.key)
            it = evolve(it, compared_with=digest(old.rows), differences=len(found))
    views.put(REBUILDS, [it])
    return Swapped(it, found, None if old is None else old.uncompared)


def blaming(
    store: Store,
    readings: Sequence[Reading],
    works: Callable[[], Iterable[tuple[Work, int]]],
    write: Callable[[], T],
) -> T:
    """Write works, each up to a position; where a row is lacking, a fact of its subject is told.

    So a row that cannot be made, or that the table has no place for, stops a view or is set aside,
    as a fact that cannot be applied does; and no other view, and nobody else's row, has to suffer.
    """
    for work, upto in works():
        blame(store, readings, work, upto)
    for _ in range(TRIES):
        try:
            return write()
        except Invalid:
            for work, upto in works():
                refuse_unfit(store, readings, work)
                blame(store, readings, work, upto)
    return write()


TRIES = 3
"""How often rows are looked through, for what is written may have grown by some meanwhile."""


def refuse_unfit(store: Store, readings: Iterable[Reading], work: Work) -> None:
    """Find the rows that the table of a view has no place for."""
    with store.views() as views:
        for reading in readings:
            made = work.views[reading.view.name]
            for subject, row in made.rows.items():
                try:
                    views.ready(table(reading.view), () if row is None else (row,))
                except Invalid as unfit:
                    made.rows[subject] = None
                    made.failed[subject] = f"no row can be kept ({unfit})"


def blame(store: Store, readings: Iterable[Reading], work: Work, upto: int) -> None:
    """Hold it against the last fact that a view has read of a subject if the row failed."""
    for reading in readings:
        made = work.views[reading.view.name]
        for subject, because in made.failed.items():
            facts = (it for it in store.stream(subject) if it.position <= upto)
            *_, last = (it for it in facts if it.name in reading.names)
            made.faults.setdefault(last.position, StoredFactError(place(last), because))
        made.failed.clear()


def forget(views: Views, view: str) -> None:
    """Begin a view's books anew."""
    covered = views.read(COVERAGE, {"view": view})
    views.remove(COVERAGE, [(it.view, it.name) for it in covered])
    views.remove(QUARANTINE, [(it.view, it.position) for it in quarantined(views, view)])


def quarantined(views: Views, view: str) -> list[Quarantined]:
    """The facts that a view went on without."""
    return views.read(QUARANTINE, {"view": view})


def book(
    views: Views,
    reading: Reading,
    work: Work,
    before: Iterable[Quarantined],
) -> None:
    """Keep count of what was applied and what was ignored, and of what was set aside.

    `before` is what was set aside so far of the subjects that were folded again.
    """
    view = reading.view.name
    now = [set_aside(view, fault) for fault in work.views[view].faults.values()]
    views.remove(QUARANTINE, [(it.view, it.position) for it in before])
    views.put(QUARANTINE, now)
    applied, ignored = Counter[str](), Counter[str]()
    for name, n in work.fetched.items():
        if reading.concerns(name):
            applied[shown(name)] += n
    for name, n in work.counts.items():
        if not reading.concerns(name):
            ignored[shown(name)] += n
    applied.update(it.name for it in before)
    applied.subtract(it.name for it in now)
    views.add(
        COVERAGE,
        [
            Covered(view=view, name=name, applied=applied[name], ignored=ignored[name])
            for name in sorted({*applied, *ignored})
        ],
    )


def set_aside(view: str, fault: StoredFactError) -> Quarantined:
    """A fault as it is kept: of a name or an id that is none, nothing."""
    place = evolve(
        fault.place,
        name=shown(fault.place.name),
        subject=as_told(SUBJECT, fault.place.subject),
    )
    return Quarantined(view=view, error=type(fault).__name__, **asdict(place))


def first(faults: Iterable[StoredFactError]) -> StoredFactError:
    """The fault that stands first in the log."""
    return min(faults, key=lambda it: it.position)
