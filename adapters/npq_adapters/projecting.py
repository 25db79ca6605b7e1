"""The engine that makes views of the log, kept up or anew: the same rows either way.

A projection's row is a function of one subject's facts and of the day it is seen from. Catching
up therefore folds every subject that new facts touch from its first fact again, by the loop that
a rebuild runs over the whole log; nothing of a view is ever patched. Rows and the checkpoint
that vouches for them are committed together.
"""

import gc
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import date
from typing import Any

from attrs import evolve

from npq_adapters.crew import Crew, crew
from npq_adapters.folding import Folding
from npq_adapters.store import Checkpoint, Fields, Share, Store, Table, Views
from npq_domain.errors import Conflict
from npq_domain.projections.projection import Projection, Seen, Summary, View
from npq_domain.vocabulary import Vocabulary

Progress = Callable[[int, int], None]
"""Told how many positions of the log are done, and of how many, over all views together."""

STRIDE = 1000
"""How many facts between two reports of progress."""

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
    for view, report in reports(projections(views), upto, on_progress):
        keep_up(store, vocabulary, view, as_at, upto, batch, report)
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

    Readers see the old rows until the new ones are committed, in one transaction a view. A view
    that another process has meanwhile brought further on the same day is left as that one made
    it. Raises what `catch_up` raises.

    Several `workers` share the subjects among new processes, or among those of an `executor`.
    """
    views, upto = tuple(views), store.head()
    with crew(workers, executor) as them:
        for view, report in reports(projections(views), upto, on_progress):
            build(store, vocabulary, view, as_at, upto, report, them)
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
    view: Projection[Any, Any],
    as_at: date,
    upto: int,
    report: Callable[[int], None] | None,
    them: Crew | None = None,
) -> None:
    """Fold the facts that a projection reads, in one pass over the log, and swap its rows.

    The rows are whole, so they may take the place of any but those of a later position on the
    same day, which are as whole and newer.
    """
    if them is None:
        rows = made_anew(store, vocabulary, view, as_at, upto, None, report)
    else:
        rows = list(them.rows(made_anew, store, vocabulary, view, as_at, upto, report))
    with store.views(write=True) as views:
        at = views.checkpoint(view.name)
        if at is not None and at.as_at == as_at and at.position > upto:
            return
        views.clear(table(view))
        views.put(table(view), rows)
        views.advance(view.name, Checkpoint(upto, as_at))


def made_anew(
    store: Store,
    vocabulary: Vocabulary,
    view: Projection[Any, Any],
    as_at: date,
    upto: int,
    of: Share | None,
    report: Callable[[int], None] | None = None,
) -> list[Any]:
    """The rows of a share of the subjects, or of all, from one pass over the log."""
    folding = Folding(view.decider, vocabulary, view.parts)
    with log(store, folding.voids, 0, upto, of) as voids:
        gone = folding.gone(voids)
    with log(store, folding.names, 0, upto, of) as facts, undisturbed():
        # The states are not named, so that they are gone before cycles are searched for again.
        rows = made(view, folding.fold(reported(facts, report) if report else facts, gone), as_at)
    return [row for row in rows.values() if row is not None]


def keep_up(
    store: Store,
    vocabulary: Vocabulary,
    view: Projection[Any, Any],
    as_at: date,
    upto: int,
    batch: int,
    report: Callable[[int], None] | None,
) -> None:
    """Refold the subjects that new facts touch, `batch` positions and a transaction at a time.

    The checkpoint moves over what the view does not read, too.
    """
    folding = Folding(view.decider, vocabulary, view.parts)
    while (at := checkpoint(store, view)) is None or at.as_at != as_at or at.position < upto:
        if at is None or at.as_at != as_at:
            build(store, vocabulary, view, as_at, upto, report)
            return
        reached = min(at.position + batch, upto)
        with log(store, folding.names, at.position, reached) as new:
            touched = dict.fromkeys(subject for _, subject, *_ in new)
        rows = made(view, refolded(store, folding, touched, reached), as_at)
        with store.views(write=True) as views:
            if views.checkpoint(view.name) == at:
                replace(views, table(view), rows)
                views.advance(view.name, evolve(at, position=reached))
        if report:
            report(reached)


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
    """Leave cycles uncollected meanwhile: a fold makes none, and ever more states to search.

    It takes a fifth off a rebuild of 150,000 facts.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def refolded(
    store: Store, folding: Folding[Any], subjects: Iterable[str], upto: int
) -> dict[str, tuple[Any, int]]:
    """The states of these subjects as of a position."""
    facts = [
        fact for subject in subjects for fact in store.stream(subject) if fact.position <= upto
    ]
    return folding.fold(facts, folding.gone(facts))


def made(
    view: Projection[Any, Any], states: Mapping[str, tuple[Any, int]], as_at: date
) -> dict[str, Any]:
    """The row of each subject, or `None` where it has none."""
    return {
        subject: view.row(state, Seen(subject=subject, position=position, as_at=as_at))
        for subject, (state, position) in states.items()
    }


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
        for source in summary.sources:
            keep_up(store, vocabulary, source, as_at, upto, batch, None)
    msg = f"the sources of {summary.name} were moved apart {ROUNDS} times: catch up again"
    raise Conflict(msg)


def checkpoint(store: Store, view: View) -> Checkpoint | None:
    """How far a view stands."""
    with store.views() as views:
        return views.checkpoint(view.name)


def reports(
    views: Sequence[Projection[Any, Any]], upto: int, on_progress: Progress | None
) -> Iterator[tuple[Projection[Any, Any], Callable[[int], None] | None]]:
    """Each projection with where to tell its progress: the second begins where the first ends."""
    for number, view in enumerate(views):
        yield view, on_progress and shifted(on_progress, number * upto, len(views) * upto)
    if on_progress:
        on_progress(len(views) * upto, len(views) * upto)


def shifted(on_progress: Progress, by: int, total: int) -> Callable[[int], None]:
    """Progress on one view as a share of that on all."""
    return lambda position: on_progress(by + position, total)


def reported(facts: Iterable[Fields], report: Callable[[int], None]) -> Iterator[Fields]:
    """The same facts, telling now and then how far they are."""
    for number, fact in enumerate(facts):
        if number % STRIDE == 0:
            report(fact[0])
        yield fact
