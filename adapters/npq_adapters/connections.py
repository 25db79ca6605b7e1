"""What both SQL backends need of connections: a small pool, a time budget, one family of errors."""

import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import BoundedSemaphore
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

from attrs import field, frozen
from eventsourcing import persistence
from eventsourcing.persistence import PersistenceError

from npq_domain.errors import Invalid, NotInitialised, StoreUnavailable

BUDGET = 10.0
"""Seconds that a call waits in all before it fails, unless it is given another budget."""

DEADLINE: ContextVar[float | None] = ContextVar("DEADLINE", default=None)
"""When the running call has waited enough, by the monotonic clock; `None` between calls."""


LONGEST_BUDGET = 86_400.0
"""Seconds: a day. What takes longer is no call, and drivers count no further than some weeks."""


def _seconds(_: "Budget", __: object, value: float) -> None:
    if not 0 <= value <= LONGEST_BUDGET:
        why = f"{value!r} is no number of seconds to wait, from 0 to {LONGEST_BUDGET:g}"
        raise Invalid("budget", [why])


@frozen
class Budget:
    """What one call may wait in all: for a connection, for a lock, for a server, for its turn.

    A call within a call waits out of the same budget, so a command that is tried again after
    each lost race ends in time as well. Work takes the time it takes: only waiting is bounded.
    """

    seconds: float = field(default=BUDGET, validator=_seconds)
    """`Invalid` unless it is from 0 to a day."""

    @contextmanager
    def call(self) -> Iterator[None]:
        """Run a call; within another it changes nothing."""
        if DEADLINE.get() is not None:
            yield
            return
        token = DEADLINE.set(monotonic() + self.seconds)
        try:
            yield
        finally:
            DEADLINE.reset(token)

    def __str__(self) -> str:
        return f"{self.seconds:g} s"

    def left(self) -> float:
        """Seconds that the running call may still wait; all of them where none is running."""
        deadline = DEADLINE.get()
        return self.seconds if deadline is None else max(0.0, deadline - monotonic())


class Closable(Protocol):
    """A connection, as far as the pool cares."""

    def close(self) -> None:
        """Let go of the file or the server."""


C = TypeVar("C", bound=Closable)


class Pool(Generic[C]):
    """Connections that are made when needed, used by one thread at a time, and kept for the next.

    A connection that cannot be made fails at once and says why, which the pools of the base
    library and of psycopg hide behind their time-out.

    A connection belongs to the process that made it. Those at rest are closed before a fork, and
    a forked child never lends, closes or keeps for the next those that were in use meanwhile.
    """

    def __init__(
        self,
        connect: Callable[[], C],
        alive: Callable[[C], bool],
        *,
        limit: int = 32,
        budget: Budget = Budget(),
    ) -> None:
        self._connect, self._alive, self._limit = connect, alive, limit
        self._budget = budget
        self._closed = False
        self._begin()
        POOLS.add(self)

    def _begin(self) -> None:
        self._process = os.getpid()
        self._idle: list[C] = []
        self._free = BoundedSemaphore(self._limit)

    @contextmanager
    def connection(self) -> Iterator[C]:
        """Lend a connection."""
        self._forget_those_of_a_parent()
        idle, free = self._idle, self._free  # this process's own, also after a fork in between
        if not free.acquire(timeout=self._budget.left()):
            msg = f"every connection is in use, and a call waits {self._budget} in all"
            raise StoreUnavailable(msg)
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                idle.append(connection)
                if self._closed:
                    self.close()
        finally:
            free.release()

    def _forget_those_of_a_parent(self) -> None:
        if self._process != os.getpid():
            INHERITED.append(self._idle)
            self._begin()

    def _take(self) -> C:
        if self._closed:
            msg = "this store has been closed"
            raise StoreUnavailable(msg)
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took the last one between the two lines
                break
            if self._alive(connection):
                return connection
            connection.close()
        return self._connect()

    def close(self) -> None:
        """Close the connections at rest now, those in use when they come back. Idempotent."""
        self._closed = True
        self.rest()

    def rest(self) -> None:
        """Close the connections at rest; more are made when needed."""
        self._forget_those_of_a_parent()
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                break


POOLS: WeakSet[Pool[Any]] = WeakSet()

INHERITED: list[list[Any]] = []
"""What a forked child has of its parent's connections: kept, for to let go of one closes it."""


def rest_all() -> None:
    """Close what is at rest, so that a child inherits none of it.

    SQLite's locks do not go over to a child, but its belief to hold them does: a child that has
    a file open from its parent writes into a log that the parent removes when it closes.
    """
    for pool in tuple(POOLS):
        pool.rest()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=rest_all)


def has_unread(socket: int) -> bool:
    """Whether the other side wrote unasked: it is going away, or it went."""
    readable, _, _ = select.select([socket], [], [], 0)
    return bool(readable)


@contextmanager
def as_base_errors(*drivers: type[Exception]) -> Iterator[None]:
    """Raise a driver's error as the base library's of the same DB-API name, as recorders must."""
    try:
        yield
    except drivers as error:
        named = (getattr(persistence, kind.__name__, None) for kind in type(error).__mro__)
        kind = next((it for it in named if it is not None), PersistenceError)
        raise kind(str(error)) from error


@contextmanager
def as_store_errors(place: str, missing: Callable[[BaseException], bool]) -> Iterator[None]:
    """Raise the base library's errors as ours. `missing` tells that the schema is not there."""
    try:
        yield
    except PersistenceError as error:
        cause = error.__cause__ or error
        if missing(cause):
            raise not_initialised(place) from error
        msg = f"{place}: {str(cause).partition(chr(10))[0] or type(cause).__name__}"
        raise StoreUnavailable(msg) from error


def not_initialised(
    place: str, why: str = "there is no ledger here", remedy: str = "`npq init` makes one"
) -> NotInitialised:
    """Say what is missing, and what makes it."""
    return NotInitialised(f"{place}: {why}; {remedy}")
