"""Views that follow the log: brought up as soon as facts are there, until somebody says stop.

The engine is that of `projecting`, and so is its promise: rows and the checkpoint that vouches for
them are committed together. What is more here: states of recent subjects stay in memory, so that a
new fact is folded onto the state there is.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from threading import Thread
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

from attrs import frozen

from npq_adapters.collecting import undisturbed
from npq_adapters.committing import Stopped
from npq_adapters.folding import gathered
from npq_adapters.making import Held, Maker, Projections, Work, histories, log, whence
from npq_adapters.marks import refuse_another_log
from npq_adapters.projecting import (
    BATCH,
    checkpoints,
    grounds,
    keep_up,
    mend,
    projections,
    raise_stopped,
    sum_up,
    summaries,
)
from npq_adapters.store import Checkpoint, Fields, Store, Watch
from npq_domain.errors import (
    Behind,
    Conflict,
    Invalid,
    NotInitialised,
    NotPermitted,
    NpqError,
    StoredFactError,
    StoreUnavailable,
)
from npq_domain.projections.projection import Summary, View
from npq_domain.vocabulary import Vocabulary

LOG = logging.getLogger(__name__)

ENDED = "%s: followed no longer: %s"

HELD = 20_000
"""Subjects whose states are kept in memory: some 15 KB each, so 300 MB at the most."""

READ_AGAIN = 100_000
"""How many facts that others have applied are read again, rather than to forget every state."""

LOOK = 1.0
"""Seconds between two looks at a log of which nothing is heard."""

PATIENCE = 300.0
"""Seconds for which a store may be away before a follower gives up."""

PAUSES = (0.05, 5.0)
"""Seconds before the first and between further attempts on a store that is away."""

AGAIN = 10.0
"""Seconds after which a view that stopped is tried again, for somebody may have voided the fact."""

REST = 4
"""A summary is made from all rows of its sources, so it rests that many times as long after."""


class States:
    """States of recent subjects, all as of one position of the log.

    A state is a function of the log up to there. So it is of use where every fact since is read,
    whoever applied it; where others or an undone transaction have left it ahead of what is asked,
    where a fact is taken out or cannot be applied, it is folded from the log again.
    """

    def __init__(self, limit: int = HELD) -> None:
        self._limit = limit
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._upto, self._mark = 0, ""
        self._maker: Maker | None = None
        self._made_for: tuple[Any, ...] = ()

    def __len__(self) -> int:
        return len(self._held)

    def maker(self, vocabulary: Vocabulary, views: Projections, as_at: date) -> Maker:
        """The maker of these views; other views keep other parts of a state."""
        asked = (as_at, *(it.name for it in views))
        if self._maker is None or self._made_for != asked:
            self._held.clear()
            self._maker, self._made_for = Maker(vocabulary, views, as_at), asked
        return self._maker

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

        They are as of the second, whatever was folded before. After an error no state is kept.
        """
        try:
            with undisturbed():
                self._come_to(store, maker, at)
                unknown = [it[0][1] for it in new if not self._seen(maker, it, work)]
                for facts in histories(store, maker, unknown, to.position):
                    if held := maker.add(facts, work):
                        self._hold(facts[0][1], held)
        except BaseException:
            self._held.clear()
            raise
        self._upto, self._mark = to.position, to.mark

    def _come_to(self, store: Store, maker: Maker, at: Checkpoint) -> None:
        """Bring every state to a place in the log, or forget them."""
        if self._held and not self._leads_to(store, at):
            self._held.clear()
        if self._held and self._upto < at.position:
            names = maker.to_fetch(store.counts(self._upto, at.position))
            with log(store, names, self._upto, at.position) as others:
                for facts in list(gathered(others)):
                    self._gone_on(facts)

    def _leads_to(self, store: Store, at: Checkpoint) -> bool:
        """Whether a place is not far after that of the states, and in the same log."""
        if self._upto == at.position:
            return self._mark == at.mark
        near = 0 < at.position - self._upto <= READ_AGAIN
        return near and self._mark == store.mark(self._upto)

    def _seen(self, maker: Maker, facts: Sequence[Fields], work: Work) -> bool:
        """Add the rows of a subject whose state is known; whether it was."""
        held = self._gone_on(facts)
        if held is not None:
            maker.seen(held, facts[0][1], work)
        return held is not None

    def _hold(self, subject: str, held: Held) -> None:
        """Keep a state, and not more of them than so many."""
        self._held[subject] = held
        while len(self._held) > self._limit:
            self._held.popitem(last=False)

    def _gone_on(self, facts: Sequence[Fields]) -> Held | None:
        """The state with these facts, if there is one that they can be folded onto."""
        held = self._held.pop(facts[0][1], None)
        if held is None or not held.go_on(facts):
            return None
        self._held[facts[0][1]] = held
        return held


class Enough(Exception):
    """Between two batches somebody said stop."""


@frozen
class Halted:
    """A view that stopped before a fact, and when it is worth another try."""

    fault: StoredFactError
    until: float


@frozen
class Summing:
    """When a summary was made, and how long that took."""

    done: float = 0.0
    took: float = 0.0
    of: tuple[object, ...] | None = None
    """What told of rows changed in place, before it was made; `None`: nobody has looked."""

    @property
    def due(self) -> float:
        return self.done + REST * self.took


class Follower:
    """Brings views up whenever there are new facts: `run` in this thread, or a `with` in another.

    Several followers of the same views, wherever they run, are harmless: what another has
    committed meanwhile is not committed again.
    """

    def __init__(
        self,
        store: Store,
        vocabulary: Vocabulary,
        views: Iterable[View],
        *,
        today: Callable[[], date],
        tell: Callable[[str], object] = lambda _: None,
        patience: float = PATIENCE,
        batch: int = BATCH,
        held: int = HELD,
    ) -> None:
        """`tell` is told, in a sentence, when the store goes away and is back, and who stopped.

        And which summary cannot be made, once until it can.
        """
        views = tuple(views)
        self.views = tuple(it.name for it in views)
        self.position = 0
        """How far the views are that did not stop, as of the last time that all was brought up."""
        self._store, self._vocabulary, self._today, self._tell = store, vocabulary, today, tell
        self._views, self._projections = views, projections(views)
        self._summing = {it.name: Summing() for it in summaries(views)}
        self._halted: dict[str, Halted] = {}
        self._told: dict[str, int] = {}
        self._unmade: dict[str, str] = {}
        self._mended = False
        self._vouched = float("-inf")
        self._patience, self._batch = patience, batch
        self._states = States(held)
        self._stopping = False
        self._watch: Watch | None = None
        self._thread: Thread | None = None
        self._failed: BaseException | None = None

    def run(self) -> None:
        """Follow until `stop`.

        Raises `AnotherLog` when a view was made of another log than the one there, for an older
        backup was restored; `StoreUnavailable` when the store has been away for all its patience,
        at once `NotInitialised`, and `StoredFactError` when every view has stopped before a fact
        that cannot be applied; as long as one is left, who stops is told and the others go on.
        """
        self._halted, self._told, self._unmade = {}, {}, {}  # whoever asks again is told again
        self._mended = False
        self._watch = watch = self._store.watch()
        try:
            while not self._stopping:
                watch.wait(self._round(watch))
        except Enough:
            with suppress(StoreUnavailable):  # it may be away, which is why somebody said stop
                self.position = self._reached()
        finally:
            self._stopping = False
            watch.close()

    def stop(self) -> None:
        """Stop after the batch that is under way. From any thread, and from a signal handler.

        Views that are being built are left as they were. Whoever does not run yet stops at once.
        """
        self._stopping = True
        if self._watch is not None:
            self._watch.wake()

    def __enter__(self) -> Self:
        """Follow in a thread of its own, until the end of the block, or until it fails.

        `tell` and `logging` (ERROR) are told at once if it does; so is whoever leaves the block.
        """
        if self.running:
            msg = "it follows already"
            raise Conflict(msg)
        self._stopping, self._failed = False, None
        self._thread = Thread(target=self._run_aside, name="npq follow", daemon=True)
        self._thread.start()
        return self

    @property
    def running(self) -> bool:
        """Whether its thread follows: not before a `with` block, not after, nor once it failed."""
        return self._thread is not None and self._thread.is_alive()

    def _run_aside(self) -> None:
        try:
            self.run()
        except BaseException as error:  # noqa: BLE001 - told here, and where the block ends
            self._failed = error
            # The message of an error that is not ours might quote what is stored,
            because = str(error) if isinstance(error, NpqError) else type(error).__name__
            LOG.error(ENDED, ", ".join(self.views), because)  # noqa: TRY400 - nor its traceback
            self._tell(ENDED % (", ".join(self.views), because))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop, and raise what it failed by, unless something else is wrong.

        That a view is behind is no other thing.
        """
        self.stop()
        if self._thread is not None:
            self._thread.join()
        self._stopping = False  # which it has left so if it had failed before
        if self._failed is not None and (error is None or isinstance(error, Behind)):
            raise self._failed

    def _round(self, watch: Watch) -> float:
        """Bring everything up; the seconds until it is to be looked again without being called."""
        away: float | None = None
        pause, longest = PAUSES
        while True:
            try:
                wait = self._drain()
            except NotInitialised:
                raise
            except (StoreUnavailable, Conflict) as error:
                if away is None:
                    away = monotonic()
                    self._tell(f"{error}; trying again")
                elif monotonic() - away > self._patience:
                    raise
                self._rest(watch, pause)
                pause = min(2 * pause, longest)
            else:
                if away is not None:
                    self._tell(f"back after {monotonic() - away:.1f} s")
                return wait

    def _rest(self, watch: Watch, seconds: float) -> None:
        """Wait, whatever the watch hears but for a stop."""
        until = monotonic() + seconds
        while not self._stopping and (left := until - monotonic()) > 0:
            watch.wait(left)
            sleep(min(0.01, max(0.0, until - monotonic())))
        self._between()

    def _drain(self) -> float:
        as_at, upto = self._today(), self._store.head()
        back = upto < self.position  # since an older backup was restored
        if back or monotonic() - self._vouched >= LOOK:
            self._vouch()
        if back or not self._mended:
            self._halt(mend(self._store, self._vocabulary, self._ready(), as_at))
            self._mended = True
        began = monotonic()
        stopped = keep_up(
            self._store,
            self._vocabulary,
            self._ready(),
            as_at,
            upto,
            self._batch,
            self._between,
            self._states,
        )
        self._halt(stopped, rest=REST * (monotonic() - began))
        self.position = upto
        return self._sum(tuple(summaries(self._views, self._halted)), as_at)

    def _reached(self) -> int:
        """How far every view is that did not stop."""
        stand = checkpoints(self._store, self._ready()).values()
        return min((at.position if at else 0 for at in stand), default=0)

    def _vouch(self) -> None:
        """See that all views are of this log. Each batch looks at those that it moves alone."""
        views = (*self._projections, *self._views)
        refuse_another_log(self._store, checkpoints(self._store, views))
        self._vouched = monotonic()

    def _ready(self) -> Projections:
        """The projections that did not stop, or have rested since."""
        now = monotonic()
        self._halted = {name: it for name, it in self._halted.items() if it.until > now}
        return [it for it in self._projections if it.name not in self._halted]

    def _halt(self, stopped: Stopped, rest: float = 0.0) -> None:
        """Tell who stopped before which fact; raise that when nobody is left to go on."""
        for name, fault in stopped.items():
            if self._told.get(name) != fault.position:
                self._tell(f"{name} stopped: {fault}")
            self._told[name] = fault.position
            self._halted[name] = Halted(fault, monotonic() + max(rest, AGAIN))
        if len(self._halted) == len(self._projections):
            raise_stopped({name: it.fault for name, it in self._halted.items()})

    def _between(self, _position: int = 0) -> None:
        if self._stopping:
            raise Enough

    def _sum(self, some: Sequence[Summary[Any]], as_at: date) -> float:
        """Make the summaries whose time has come; the seconds until one has to be made again."""
        if not some:
            return LOOK
        with self._store.views() as tables:
            on = grounds(tables, some)
            stand = {it.name: tables.checkpoint(it.name) for it in some}
        waits = [LOOK]
        for it in some:
            last, now = self._summing[it.name], monotonic()
            ground = on[it.name]
            there = ground.level(as_at) and stand[it.name] == ground.furthest(as_at)
            if there and ground.in_place == last.of:
                continue
            if last.due > now:
                waits.append(last.due - now)
                continue
            if self._summed(it, as_at):
                made = Summing(monotonic(), monotonic() - now, ground.in_place)
            else:
                made = Summing(monotonic(), AGAIN / REST)
            self._summing[it.name] = made
        return min(waits)

    def _summed(self, it: Summary[Any], as_at: date) -> bool:
        """Make a summary; whether that could be done. That it could not is told, and all go on."""
        try:
            stopped, _ = sum_up(self._store, self._vocabulary, it, as_at, self._batch)
        except Exception as error:
            if isinstance(error, NpqError) and not isinstance(error, Invalid):
                raise
            # The message of an error that is not ours might quote what is stored.
            because = str(error) if isinstance(error, Invalid) else whence(error)
            if self._unmade.get(it.name) != because:
                self._tell(f"{it.name} cannot be made: {because}")
            self._unmade[it.name] = because
            return False
        self._unmade.pop(it.name, None)
        self._halt(stopped)
        return True


def wait(store: Store, view: str, position: int, timeout: float) -> Checkpoint:
    """Return when a view has taken the log into account up to a position.

    Looks each millisecond at first, and then at longer and longer intervals, each a twentieth of
    the time it has waited. `Behind` after `timeout` seconds; `AnotherLog` for a view that was made
    of another log than the one there.
    """
    began = monotonic()
    while True:
        with store.views() as tables:
            at = tables.checkpoint(view)
        if at is not None and at.position >= position:
            with suppress(NotPermitted):  # who may read views alone cannot look at the log
                refuse_another_log(store, {view: at})
            return at
        waited = monotonic() - began
        if waited >= timeout:
            stands = f"stands at {at.position}" if at else "was never built"
            msg = f"{view} {stands}, not at {position}, after {timeout:g} s; does anybody follow?"
            raise Behind(msg)
        sleep(min(max(0.001, waited / 20), timeout - waited))
