"""The engine that makes views of the log, kept up or anew: the same rows either way.

A projection's row is a function of one subject's facts and of the day it is seen from. Catching
up therefore folds every subject that new facts touch from its first fact again, by the loop that
a rebuild runs over the whole log; nothing of a view is ever patched. Rows and the checkpoint
that vouches for them are committed together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import date
from typing import Any

from attrs import evolve, frozen

from npq_adapters.crew import Crew, alone, crew
from npq_adapters.making import Maker, Projections, log, made
from npq_adapters.store import Checkpoint, Store, Table, Views
from npq_domain.errors import Conflict
from npq_domain.projections.projection import Projection, Summary, View
from npq_domain.vocabulary import Vocabulary

Progress = Callable[[int, int], None]
"""Told how many positions of the log are done, and of how many."""

Remade = Mapping[str, Mapping[str, Any]]
"""By view, the row of each subject that was touched, or `None` where it has none."""

Remake = Callable[[Store, Vocabulary, Projections, date, int, int], Remade]
"""`remake(store, vocabulary, views, as_at, after, upto)`: what the facts of these positions change:
above the first, and up to the second."""

ROUNDS = 20
"""How often a summary's sources are brought to one place again when others move them."""


def table(view: View) -> Table:
    """The table that a view's rows are kept in."""
    return Table(view.name, view.row_type, view.key)


def catch_up(
    store: Store,
    vocabulary: Vocabulary,
    views: Iterable[View],
    *,
    as_at: date,
    batch: int = 1000,
    on_progress: Progress | None = None,
) -> None:
    """Bring views, and those they are made from, up to the end of the log.

    A view that was never built, or that looks from another day than `as_at`, is built anew.
    Several processes may catch up at once: a batch that another has committed meanwhile is
    dropped, and this one goes on from there; no view goes back to an earlier place of the same
    day. Those that look from several days at once make views anew after each other.

    Raises `Conflict` when others keep moving the sources of a summary apart; the summary then
    stays as it was, and to ask again is harmless. `StoredFactError` for rows that cannot be read.
    """
    views, upto = tuple(views), store.head()
    with told(on_progress, upto) as report:
        keep_up(store, vocabulary, projections(views), as_at, upto, batch, report)
    for summary in summaries(views):
        sum_up(store, vocabulary, summary, as_at, batch)


def rebuild(
    store: Store,
    vocabulary: Vocabulary,
    views: Iterable[View],
    *,
    as_at: date,
    on_progress: Progress | None = None,
    workers: int = 1,
    executor: Executor | None = None,
) -> None:
    """Make views, and those they are made from, anew from the whole log.

    The log is read once for all of them, and readers see the old rows until the new ones are
    committed, in one transaction. A view that another process has meanwhile brought further on
    the same day is left as that one made it. Raises what `catch_up` raises.

    Several `workers` share the subjects among new processes, or among those of an `executor`.
    """
    views, upto = tuple(views), store.head()
    with crew(workers, executor) as them, told(on_progress, upto) as report:
        build(store, vocabulary, projections(views), as_at, upto, report, them)
    for summary in summaries(views):
        sum_up(store, vocabulary, summary, as_at)


def projections(views: Iterable[View]) -> tuple[Projection[Any, Any], ...]:
    """The projections among these views and under their summaries, each once."""
    found = {
        it.name: it
        for view in views
        for it in (view.sources if isinstance(view, Summary) else (view,))
    }
    return tuple(found.values())


def summaries(views: Iterable[View]) -> Iterator[Summary[Any]]:
    """The summaries among these views."""
    return (view for view in views if isinstance(view, Summary))


def build(
    store: Store,
    vocabulary: Vocabulary,
    views: Projections,
    as_at: date,
    upto: int,
    report: Callable[[int], None] | None,
    them: Crew | None = None,
) -> None:
    """Fold the facts that projections read, in one pass over the log, and swap their rows.

    The rows are whole, so they may take the place of any but those of a later position on the
    same day, which are as whole and newer.
    """
    if not views:
        return
    by = them.made if them else alone
    rows = by(made, store, vocabulary, views, as_at, upto, report)
    with store.views(write=True) as tables:
        for view in views:
            at = tables.checkpoint(view.name)
            if at is not None and at.as_at == as_at and at.position > upto:
                continue
            tables.clear(table(view))
            tables.put(table(view), rows[view.name])
            tables.advance(view.name, Checkpoint(upto, as_at))


def keep_up(
    store: Store,
    vocabulary: Vocabulary,
    views: Projections,
    as_at: date,
    upto: int,
    batch: int,
    report: Callable[[int], None] | None,
    remake: Remake | None = None,
) -> None:
    """Refold the subjects that new facts touch, `batch` positions and a transaction at a time.

    The checkpoints move over what the views do not read, too. Those furthest behind go first, so
    that views which stood apart go on together. `remake` may know states from earlier batches.
    """
    remake = remake or remade
    while behind := laggards(store, views, as_at, upto):
        at, ahead = behind.at, behind.views
        if at is None:
            build(store, vocabulary, ahead, as_at, upto, report)
            continue
        reached = min(at.position + batch, behind.until)
        rows = remake(store, vocabulary, ahead, as_at, at.position, reached)
        with store.views(write=True) as tables:
            for view in ahead:
                if tables.checkpoint(view.name) == at:
                    replace(tables, table(view), rows.get(view.name, {}))
                    tables.advance(view.name, evolve(at, position=reached))
        if report:
            report(reached)


@frozen
class Laggards:
    """The views furthest behind, which stand at one place; `None` is before the beginning."""

    at: Checkpoint | None
    views: Projections
    until: int
    """Where the next ones stand, or the end."""


def laggards(store: Store, views: Projections, as_at: date, upto: int) -> Laggards | None:
    """Who is to be brought up next; `None` when nobody is behind.

    A view that was never built, or looks from another day, begins anew.
    """
    with store.views() as tables:
        stand = {view.name: tables.checkpoint(view.name) for view in views}
    anew = [it for it in views if (at := stand[it.name]) is None or at.as_at != as_at]
    if anew:
        return Laggards(None, anew, upto)
    places = sorted({at.position for at in stand.values() if at and at.position < upto})
    if not places:
        return None
    first = Checkpoint(places[0], as_at)
    return Laggards(first, [it for it in views if stand[it.name] == first], [*places, upto][1])


def remade(
    store: Store, vocabulary: Vocabulary, views: Projections, as_at: date, after: int, upto: int
) -> Remade:
    """The rows of every subject that facts of these positions touch, each folded from its first."""
    maker = Maker(vocabulary, views, as_at)
    rows: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    with log(store, maker.names, after, upto) as new:
        touched = dict.fromkeys(subject for _, subject, *_ in new)
    for subject in touched:
        for name, row in maker.rows([it for it in store.stream(subject) if it.position <= upto]):
            rows[name][subject] = row
    return rows


def replace(views: Views, to: Table, rows: Mapping[str, Any]) -> None:
    """Put the rows of these subjects, and take out those that no longer have one."""
    views.remove(to, [(subject,) for subject, row in rows.items() if row is None])
    views.put(to, [row for row in rows.values() if row is not None])


def sum_up(
    store: Store, vocabulary: Vocabulary, summary: Summary[Any], as_at: date, batch: int = 1000
) -> None:
    """Make a summary from its sources' rows, all read and written in one transaction.

    The sources have to stand at one position and look from the day asked for. Where others have
    moved some of them, those behind are brought up to the furthest, and it is tried again.
    """
    for _ in range(ROUNDS):
        with store.views(write=True) as views:
            stand = [views.checkpoint(source.name) for source in summary.sources]
            upto = max((at.position for at in stand if at), default=0)
            to = Checkpoint(upto, as_at)
            if all(at == to for at in stand):
                sources = (views.read(table(source), {}) for source in summary.sources)
                rows = list(summary.rows(*sources, as_at=as_at))
                views.clear(table(summary))
                views.put(table(summary), rows)
                views.advance(summary.name, to)
                return
        keep_up(store, vocabulary, summary.sources, as_at, upto, batch, None)
    msg = f"the sources of {summary.name} were moved apart {ROUNDS} times: catch up again"
    raise Conflict(msg)


@contextmanager
def told(on_progress: Progress | None, total: int) -> Iterator[Callable[[int], None] | None]:
    """Where to tell the position that is done; at the end, all of them are."""
    yield on_progress and (lambda position: on_progress(position, total))
    if on_progress:
        on_progress(total, total)
