"""The engine that makes views of the log, kept up or anew: the same rows either way.

A projection's row is a function of one subject's facts and of the day it is seen from. Catching
up therefore folds every subject that new facts touch from its first fact again, by the loop that
a rebuild runs over the whole log; nothing of a view is ever patched. Rows and the checkpoint
that vouches for them are committed together.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from functools import partial
from operator import attrgetter
from typing import Any, Protocol

from attrs import evolve, frozen

from npq_adapters.books import QUARANTINE, REBUILDS, Quarantined, Rebuilt
from npq_adapters.committing import (
    Move,
    Step,
    Stopped,
    Swap,
    Swapped,
    blame,
    first,
    further,
    move,
    of_this_log,
    recorded,
    rows_before,
    swap,
    table,
)
from npq_adapters.crew import ALONE, Alone, Crew
from npq_adapters.folding import gathered
from npq_adapters.making import (
    Maker,
    Pass,
    Projections,
    Work,
    histories,
    log,
    tell_unknown,
)
from npq_adapters.marks import another_log, marked, refuse_another_log
from npq_adapters.store import Checkpoint, Fields, Store, Views
from npq_domain.errors import Conflict, StoredFactError, StoreUnavailable
from npq_domain.projections.projection import Projection, Summary, View
from npq_domain.vocabulary import Vocabulary

__all__ = ["Progress", "catch_up", "rebuild", "table"]

BATCH = 20_000
"""Facts that are committed together when there are many to catch up with."""

Progress = Callable[[int, int], None]
"""Told how many positions of the log are done, and of how many."""

Report = Callable[[int], None]

NO_SUBJECT = "?"
"""What the quarantine has for an id that is none: nobody can ask for its facts alone."""

NEAR = 1000
"""Positions that are so few that others may wait until their facts are applied."""

ROUNDS = 20
"""How often it is tried again when others move what is to stand still."""


def catch_up(
    store: Store,
    vocabulary: Vocabulary,
    views: Iterable[View],
    *,
    as_at: date,
    batch: int = BATCH,
    on_progress: Progress | None = None,
) -> None:
    """Bring views, and those they are made from, up to the end of the log.

    A view that was never built, or that looks from another day than `as_at`, is built anew.
    Several processes may catch up at once: a batch that another has committed meanwhile is
    dropped, and this one goes on from there; no view goes back to an earlier place of the same
    day. Those that look from several days at once make views anew after each other.

    A fact that cannot be applied goes into a tolerant view's quarantine and is tried again each
    time; any other view stops before the batch that it is in, and the summaries made from it.
    Once all others are up to date, `StoredFactError` tells the fact and who stopped.

    Raises `Conflict` when others keep moving the sources of a summary apart; the summary then
    stays as it was, and to ask again is harmless; `AnotherLog` for a view that was made of another
    log than the one there: an older backup was restored under it.
    """
    views, stopped = tuple(views), Stopped()
    them = projections(views)
    refuse_another_log(store, checkpoints(store, (*them, *summaries(views))))
    upto = store.head()
    with reporting(on_progress, upto) as report:
        stopped |= mend(store, vocabulary, them, as_at)
        stopped |= keep_up(store, vocabulary, them, as_at, upto, batch, report)
    for summary in summaries(views, stopped):
        stopped |= sum_up(store, vocabulary, summary, as_at, batch)[0]
    raise_stopped(stopped)


def rebuild(  # noqa: PLR0913 - what it is to do, and whom it tells
    store: Store,
    vocabulary: Vocabulary,
    views: Iterable[View],
    *,
    as_at: date,
    now: datetime,
    compare: bool = False,
    on_progress: Progress | None = None,
    on_swap: Callable[[Swapped], object] = lambda _: None,
    by: Crew | Alone = ALONE,
) -> tuple[Swapped, ...]:
    """Make views, and those they are made from, anew from the whole log; tell what came of it.

    The log is read once for all of them, and readers see the old rows until the new ones are
    committed, in one transaction. What others have brought further meanwhile, on the same day, the
    new rows follow before they take its place. One that was made of another log, since an older
    backup was restored, is made anew. `compare` makes each view of this log anew as of where it
    stands, so that what differs is what was wrong with it, or with how it was made; a summary as
    of where its sources stand, so it says if it stood elsewhere itself and was not compared.
    `on_swap` is told of each as soon as it is committed: some may be when this raises.

    Raises what `catch_up` raises, `Busy` when another process rebuilds views just now, and
    `Conflict` when one that is compared was made to look from another day: it stays as it was.
    """
    views, to = tuple(views), marked(store, store.head(), as_at)
    them, stopped, done = projections(views), Stopped(), list[Swapped]()
    with ExitStack() as stack:
        stack.enter_context(store.sole("rebuild"))
        report = stack.enter_context(reporting(on_progress, to.position))
        stand = standing(store, them) if compare else {}
        strange = another_log(store, stand)
        goals = {name: at for name, at in stand.items() if name not in strange}
        for goal, some in grouped(them, goals, to):
            work = Build(store, vocabulary, some, goal, record(now, goal), report, by, compare)
            halted, swapped = build(work)
            stopped |= halted
            done += swapped
            for it in swapped:
                on_swap(it)
        for summary in summaries(views, stopped):
            day = day_of(store, summary, as_at) if compare else as_at
            halted, swapped = sum_up(
                store, vocabulary, summary, day, written=record(now, to), compare=compare
            )
            stopped |= halted
            done += swapped
            for it in swapped:
                on_swap(it)
    raise_stopped(stopped)
    return tuple(done)


def projections(views: Iterable[View]) -> tuple[Projection[Any, Any], ...]:
    """The projections among these views and under their summaries, each once."""
    found = {
        it.name: it
        for view in views
        for it in (view.sources if isinstance(view, Summary) else (view,))
    }
    return tuple(found.values())


def summaries(views: Iterable[View], stopped: Iterable[str] = ()) -> Iterator[Summary[Any]]:
    """The summaries among these views none of whose sources stopped."""
    gone = frozenset(stopped)
    for view in views:
        if isinstance(view, Summary) and gone.isdisjoint(it.name for it in view.sources):
            yield view


def checkpoints(store: Store, views: Iterable[View]) -> dict[str, Checkpoint | None]:
    """How far these views stand."""
    with store.views() as tables:
        return {view.name: tables.checkpoint(view.name) for view in views}


def raise_stopped(stopped: Stopped) -> None:
    """Tell the first fact that cannot be applied, who stopped before it, and who elsewhere."""
    if stopped:
        fault = first(stopped.values())
        others = sorted(stopped.items(), key=lambda it: (it[1].position, it[0]))
        names = [name for name, it in others if alike(it, fault)]
        elsewhere = (
            f", {name} at position {it.position}{'' if it.why == fault.why else f' ({it.why})'}"
            for name, it in others
            if not alike(it, fault)
        )
        because = f"{fault.why}, so {' and '.join(names)} stopped{''.join(elsewhere)}"
        raise type(fault)(fault.place, because)


def alike(one: StoredFactError, other: StoredFactError) -> bool:
    """Whether it is one fact that cannot be applied, for one reason."""
    return (one.position, one.why) == (other.position, other.why)


def record(now: datetime, goal: Checkpoint) -> Rebuilt:
    """What is written down of a swap, but for what the swap will tell."""
    return Rebuilt(
        view="", number=0, rebuilt_at=now, position=goal.position, as_at=goal.as_at, rows=0,
        digest=None, compared_with=None, differences=None,
    )  # fmt: skip


def grouped(
    views: Projections, stand: dict[str, Checkpoint], otherwise: Checkpoint
) -> Iterator[tuple[Checkpoint, Projections]]:
    """The views by where they are to be built up to, each group in one pass."""
    groups: defaultdict[Checkpoint, list[Projection[Any, Any]]] = defaultdict(list)
    for view in views:
        groups[stand.get(view.name, otherwise)].append(view)
    yield from groups.items()


def standing(store: Store, views: Projections) -> dict[str, Checkpoint]:
    """Where each of these views stands that was ever built."""
    return {name: at for name, at in checkpoints(store, views).items() if at is not None}


@frozen
class Build:
    """Some views to be made anew in one pass over the log."""

    store: Store
    vocabulary: Vocabulary
    views: Projections
    to: Checkpoint
    record: Rebuilt | None = None
    report: Report | None = None
    by: Crew | Alone = ALONE
    compare: bool = False


def build(it: Build) -> tuple[Stopped, list[Swapped]]:
    """Fold the facts that projections read, and swap their rows."""
    over = Pass(
        vocabulary=it.vocabulary,
        views=it.views,
        as_at=it.to.as_at,
        upto=it.to.position,
    )
    work = it.by.made(it.store, over, it.report)
    refuse_other_facts(work, over.maker.names)
    refuse_other_logs(work, it.to)
    refuse_another_log(it.store, dict.fromkeys(over.maker.readings, it.to))  # since it was begun
    tell_unknown(it.store, over, work)
    readings = tuple(over.maker.readings.values())
    new = Swap(
        readings=readings,
        to=it.to,
        made=work,
        step=partial(step, it),
        record=it.record,
        compare=it.compare,
    )
    if it.record:
        follow(it, new)
    return swap(it.store, new)


def step(it: Build, at: Checkpoint, to: Checkpoint) -> Step:
    """What the facts between two places make of views."""
    maker = Maker(it.vocabulary, it.views, it.to.as_at)
    made = stretch(it.store, maker, at, to.position, Afresh())
    blame(it.store, tuple(maker.readings.values()), made[1], to.position)
    return made


def follow(it: Build, new: Swap) -> None:
    """Make the steps to where views stand by now, until there is little left to make.

    Others move them on meanwhile; what is left is made while these have to wait.
    """
    left = NEAR
    while left >= NEAR:
        before = new.works[-1][1]
        for at in sorted(set(standing(it.store, it.views).values()), key=position_of):
            if further(at, it.to) and of_this_log(it.store, at):
                new.lead(at)
        left = new.works[-1][1] - before


def refuse_other_facts(work: Work, names: Iterable[str]) -> None:
    """Raise `StoreUnavailable` unless every fact was fetched once, and no other.

    A worker on another machine may find another file under the same path, or an older copy; and
    a store that packs, or one that is damaged, may not give all that it counts.
    """
    for name in names:
        there = work.counts.get(name, 0)
        if work.fetched[name] != there:
            msg = (
                f"{work.fetched[name]} facts {name} were fetched of the {there} there are, so the"
                " views are as they were: do all workers open the same ledger, and is it sound?"
            )
            raise StoreUnavailable(msg)


def refuse_other_logs(work: Work, to: Checkpoint) -> None:
    """Raise `StoreUnavailable` if a worker has read another log: one of as many facts, too."""
    if work.marks - {to.mark}:
        msg = (
            f"a worker has read another log, by its fact at position {to.position}, so the views"
            " are as they were: do all workers open the same ledger?"
        )
        raise StoreUnavailable(msg)


def keep_up(
    store: Store,
    vocabulary: Vocabulary,
    views: Projections,
    as_at: date,
    upto: int,
    batch: int,
    report: Report | None,
    by: "Fold | None" = None,
) -> Stopped:
    """Refold the subjects that new facts touch, `batch` positions and a transaction at a time.

    The checkpoints move over what the views do not read, too. Those furthest behind go first, so
    that views which stood apart go on together. `by` may know states from earlier batches.
    """
    stopped, by = Stopped(), Afresh() if by is None else by
    while behind := laggards(store, views, as_at, upto, stopped):
        if behind.at is None:
            goal = marked(store, upto, as_at)
            stopped |= build(Build(store, vocabulary, behind.views, goal, report=report))[0]
            continue
        reached = min(behind.at.position + batch, behind.until)
        maker = by.maker(vocabulary, behind.views, as_at)
        stopped |= advance(store, maker, behind.at, reached, by)
        if report:
            report(reached)
    return stopped


class Fold(Protocol):
    """How the subjects that new facts touch come to their rows."""

    def maker(self, vocabulary: Vocabulary, views: Projections, as_at: date) -> Maker:
        """What makes the rows of these views."""

    def fold(
        self,
        store: Store,
        maker: Maker,
        new: Sequence[Sequence[Fields]],
        at: Checkpoint,
        to: Checkpoint,
        work: Work,
    ) -> None:
        """Add the rows of each subject whose facts, from one place to another, are new.

        They are as of the second, whatever was folded before.
        """


class Afresh:
    """Folds each subject from its first fact."""

    def maker(self, vocabulary: Vocabulary, views: Projections, as_at: date) -> Maker:
        return Maker(vocabulary, views, as_at)

    def fold(
        self,
        store: Store,
        maker: Maker,
        new: Sequence[Sequence[Fields]],
        at: Checkpoint,  # noqa: ARG002 - all that came before is folded again
        to: Checkpoint,
        work: Work,
    ) -> None:
        refold(store, maker, [facts[0][1] for facts in new], to.position, work)


def advance(store: Store, maker: Maker, at: Checkpoint, upto: int, by: Fold) -> Stopped:
    """One batch: from where views stand to a position."""
    return move(store, *stretch(store, maker, at, upto, by))


def stretch(store: Store, maker: Maker, at: Checkpoint, upto: int, by: Fold) -> tuple[Move, Work]:
    """What the facts between a place and a position make of views that stand at the first.

    The marks come before the facts. So if the log is restored meanwhile, that is noticed later.
    """
    refuse_another_log(store, dict.fromkeys(maker.readings, at))
    to = marked(store, upto, at.as_at)
    work = Work(counts=store.counts(at.position, upto))
    with log(store, maker.to_fetch(work.counts), at.position, upto) as facts:
        new = list(gathered(facts))
    for each in new:
        work.fetched.update([name for _, _, _, name, _ in each])
    by.fold(store, maker, new, at, to, work)
    subjects = frozenset(facts[0][1] for facts in new)
    return Move(readings=tuple(maker.readings.values()), at=at, to=to, subjects=subjects), work


def refold(store: Store, maker: Maker, subjects: Sequence[str], upto: int, work: Work) -> None:
    """Fold subjects from their first fact to a position."""
    for facts in histories(store, maker, subjects, upto):
        maker.add(facts, work)


def mend(store: Store, vocabulary: Vocabulary, views: Projections, as_at: date) -> Stopped:
    """Try again what tolerant views set aside: those who can read it now may have come since."""
    with store.views() as tables:
        entries = tables.read(QUARANTINE, {})
        stand = {view.name: tables.checkpoint(view.name) for view in views}
    stopped = Stopped()
    for view in views:
        at = stand[view.name]
        mine = [it for it in entries if it.view == view.name and it.subject != NO_SUBJECT]
        if not mine or at is None or at.as_at != as_at:
            continue
        maker, work = Maker(vocabulary, [view], as_at), Work()
        readings = tuple(maker.readings.values())
        subjects = frozenset(it.subject for it in mine)
        refold(store, maker, sorted(subjects), at.position, work)
        blame(store, readings, work, at.position)
        if work.views[view.name].faults.keys() != {it.position for it in mine}:
            stopped |= move(store, Move(readings=readings, at=at, to=at, subjects=subjects), work)
    return stopped


position_of = attrgetter("position")


@frozen
class Laggards:
    """The views furthest behind, which stand at one place; `None` is before the beginning."""

    at: Checkpoint | None
    views: Projections
    until: int
    """Where the next ones stand, or the end."""


def laggards(
    store: Store, views: Projections, as_at: date, upto: int, stopped: Stopped
) -> Laggards | None:
    """Who is to be brought up next; `None` when nobody is behind who did not stop.

    A view that was never built, or looks from another day, begins anew.
    """
    views = [it for it in views if it.name not in stopped]
    stand = standing(store, views)
    anew = [it for it in views if it.name not in stand or stand[it.name].as_at != as_at]
    if anew:
        return Laggards(None, anew, upto)
    behind = sorted((at for at in stand.values() if at.position < upto), key=position_of)
    if not behind:
        return None
    hindmost, *others = behind
    until = min((at.position for at in others if at.position > hindmost.position), default=upto)
    return Laggards(hindmost, [it for it in views if stand[it.name] == hindmost], until)


def day_of(store: Store, summary: Summary[Any], otherwise: date) -> date:
    """The day that the sources of a summary look from."""
    with store.views() as views:
        return ground(views, summary).furthest(otherwise).as_at


def sum_up(
    store: Store,
    vocabulary: Vocabulary,
    summary: Summary[Any],
    as_at: date,
    batch: int = BATCH,
    *,
    written: Rebuilt | None = None,
    compare: bool = False,
) -> tuple[Stopped, list[Swapped]]:
    """Make a summary from its sources' rows, as they stand when it is written.

    The sources have to stand at one position and look from the day asked for. Where others have
    moved some of them, those behind are brought up to the furthest, and it is tried again.

    That takes long where there are many rows, so they are read while others write on. Only where
    the sources were changed meanwhile are they read again with all writers waiting.
    """
    with store.views() as views:
        early = ground(views, summary)
        rows = made_of(views, summary, as_at) if early.level(as_at) else ()
    for _ in range(ROUNDS):
        with store.views(write=True) as views:
            now = ground(views, summary)
            if now.level(as_at):
                to = now.furthest(as_at)
                rows = rows if now == early else made_of(views, summary, as_at)
                old = rows_before(store, views, summary, to) if compare else None
                views.clear(table(summary))
                views.put(table(summary), rows)
                views.advance(summary.name, to)
                if written is None:
                    return Stopped(), []
                done = evolve(written, position=to.position, as_at=to.as_at)
                return Stopped(), [recorded(views, summary, done, old)]
        upto = now.furthest(as_at).position
        if stopped := keep_up(store, vocabulary, summary.sources, as_at, upto, batch, None):
            return stopped, []
    msg = f"the sources of {summary.name} were moved apart {ROUNDS} times: catch up again"
    raise Conflict(msg)


@frozen
class Ground:
    """What a summary stands on. While none of it changes, no row of its sources does."""

    stand: tuple[Checkpoint | None, ...]
    """Where each source stands."""
    set_aside: tuple[Quarantined, ...]
    """What they went on without: what is mended changes rows where they stand."""
    rebuilt: tuple[Rebuilt, ...]
    """When they were made anew, which may be where they stood."""

    @property
    def in_place(self) -> tuple[object, ...]:
        """What tells that rows changed though their view stands where it stood."""
        return self.set_aside, self.rebuilt

    def furthest(self, as_at: date) -> Checkpoint:
        """Where the source stands that is furthest."""
        return max((at for at in self.stand if at), key=position_of, default=Checkpoint(0, as_at))

    def level(self, as_at: date) -> bool:
        """Whether all stand at one place, and look from that day."""
        to = self.furthest(as_at)
        return all(at == to for at in self.stand) and to.as_at == as_at


def ground(views: Views, summary: Summary[Any]) -> Ground:
    """What a summary stands on now."""
    return grounds(views, [summary])[summary.name]


def grounds(views: Views, some: Iterable[Summary[Any]]) -> dict[str, Ground]:
    """By its name, what each of these summaries stands on now."""
    set_aside, rebuilt = views.read(QUARANTINE, {}), views.read(REBUILDS, {})
    return {
        it.name: Ground(
            tuple(map(views.checkpoint, names)),
            tuple(entry for entry in set_aside if entry.view in names),
            tuple(entry for entry in rebuilt if entry.view in names),
        )
        for it in some
        for names in [[source.name for source in it.sources]]
    }


def made_of(views: Views, summary: Summary[Any], as_at: date) -> Sequence[Any]:
    """The summary's rows, from those of each source with the columns that it asks for."""
    sources = (views.read(evolve(table(it), row=summary.reads(it)), {}) for it in summary.sources)
    return tuple(summary.rows(*sources, as_at=as_at))


@contextmanager
def reporting(on_progress: Progress | None, total: int) -> Iterator[Report | None]:
    """Where to tell the position that is done; at the end, all of them are."""
    yield on_progress and (lambda position: on_progress(position, total))
    if on_progress:
        on_progress(total, total)
