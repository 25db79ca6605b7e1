"""Rows, books and checkpoint of a view in one transaction: what is read of it is vouched for."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from attrs import asdict, evolve, frozen

from npq_adapters.books import COVERAGE, QUARANTINE, REBUILDS, Covered, Quarantined, Rebuilt, shown
from npq_adapters.comparing import Difference, differences, digest
from npq_adapters.making import Reading, Work
from npq_adapters.store import Checkpoint, Store, Table, Views
from npq_domain.errors import SUBJECT, StoredFactError, as_told
from npq_domain.projections.projection import View

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
    stopped: Stopped = {}
    with store.views(write=True) as views:
        before = views.read(QUARANTINE, {})
        for reading in it.readings:
            view, made = reading.view, work.views[reading.view.name]
            if made.faults and not view.tolerant:
                stopped[view.name] = first(made.faults.values())
            elif views.checkpoint(view.name) == it.at:
                gone = [(subject,) for subject, row in made.rows.items() if row is None]
                views.remove(table(view), gone)
                views.put(table(view), made.there)
                # By its place, too: a subject that is no id is not kept as it is.
                again = made.faults.keys()
                mine = [
                    entry
                    for entry in before
                    if entry.view == view.name
                    and (entry.subject in it.subjects or entry.position in again)
                ]
                book(views, reading, work, mine)
                views.advance(view.name, it.to)
    return stopped


@frozen(kw_only=True)
class Swap:
    """Some views to be made anew, up to one place."""

    readings: tuple[Reading, ...]
    to: Checkpoint
    compare: bool = False
    """Whether rows of the same place are compared, which costs reading both."""


@frozen
class Swapped:
    """What a swap of a view's rows came to."""

    rebuilt: Rebuilt
    differences: tuple[Difference, ...]


def swap(
    store: Store, it: Swap, work: Work, record: Rebuilt | None
) -> tuple[Stopped, list[Swapped]]:
    """Put new rows in the place of all old ones, readers seeing either, and tell who stopped.

    The rows are whole, so they may take the place of any but those of a later position on the
    same day, which are as whole and newer, if they are of this log. If asked, rows of the
    same place are compared on the way.
    """
    stopped, swapped = Stopped(), []
    with store.views(write=True) as views:
        for reading in it.readings:
            view, made = reading.view, work.views[reading.view.name]
            at = views.checkpoint(view.name)
            if made.faults and not view.tolerant:
                stopped[view.name] = first(made.faults.values())
            elif not newer(store, at, it.to):
                old = views.read(table(view), {}) if it.compare and at == it.to else None
                views.clear(table(view))
                rows = made.there
                views.put(table(view), rows)
                forget(views, view.name)
                book(views, reading, work, [])
                views.advance(view.name, it.to)
                if record:
                    done = evolve(record, view=view.name, position=it.to.position, rows=len(rows))
                    swapped.append(recorded(views, view, done, old, compare=it.compare))
    return stopped, swapped


def newer(store: Store, at: Checkpoint | None, than: Checkpoint) -> bool:
    """Whether a view stands further on the same day, in the log that is there."""
    if at is None or at.as_at != than.as_at or at.position <= than.position:
        return False
    return at.mark == store.mark(at.position)


def recorded(
    views: Views, view: View, it: Rebuilt, old: list[Any] | None, *, compare: bool
) -> Swapped:
    """Write a swap down, with what came of comparing the rows with those before."""
    it = evolve(it, number=1 + len(views.read(REBUILDS, {"view": view.name})))
    found: tuple[Difference, ...] = ()
    if compare:
        new = views.read(table(view), {})
        it = evolve(it, digest=digest(new))
        if old is not None:
            found = differences(old, new, view.key)
            it = evolve(it, compared_with=digest(old), differences=len(found))
    views.put(REBUILDS, [it])
    return Swapped(it, found)


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
