"""Stores that lose one call: the n-th fails before its work, or after it has done all of it.

In memory it is a call of the store; on SQLite one of the driver's, through subclasses of its own
connection and cursor; on PostgreSQL an exchange with the server, lost with the connection by a
proxy on the way.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from typing import Any, TypeVar

import pytest
from attrs import define

from npq_adapters import Ledger, open_ledger
from npq_adapters.opening import open_store
from npq_adapters.store import Row, Store, Stored
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.catalogue import shipped
from npq_domain.errors import StoreUnavailable
from tests.faults.fault import Fault
from tests.faults.proxies import proxied

R = TypeVar("R")


@define
class Losing:
    """A store whose verbs fail when it is their turn; all else is the real one's."""

    store: Store
    fault: Fault

    def append(self, rows: Sequence[Row]) -> None:
        self._around(self.store.append, rows)

    def stream(self, subject: str) -> Sequence[Stored]:
        return self._around(self.store.stream, subject)

    def close(self) -> None:
        """Nothing: what is in memory is gone when the real one is closed."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def _around(self, call: Callable[..., R], *given: Any) -> R:
        return self.fault.around(StoreUnavailable("lost"), call, *given)


@contextmanager
def losing_memory(url: str, fault: Fault) -> Iterator[tuple[Ledger, Callable[[], Ledger]]]:
    with closing(open_store(url)) as store:
        store.migrate(())
        ledger: Callable[[Any], Ledger] = partial(
            Ledger, vocabulary=vocabulary, deciders=DECIDERS, catalogue=shipped
        )
        yield ledger(store), partial(ledger, Losing(store, fault))


def losing_driver(fault: Fault) -> Callable[..., sqlite3.Connection]:
    """The driver's `connect`, for connections that fail when it is their turn."""
    driver = sqlite3.connect

    def around(call: Callable[..., R], *given: Any) -> R:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR
        return fault.around(error, call, *given)

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, values: Any = (), /) -> Any:
            return around(super().execute, sql, values)

        def executemany(self, sql: str, values: Any, /) -> Any:
            return around(super().executemany, sql, values)

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:  # its `execute` goes by this, too
            return super().cursor(factory)

        def commit(self) -> None:
            around(super().commit)

        def rollback(self) -> None:
            around(super().rollback)

    def connect(*given: Any, factory: type = sqlite3.Connection, **named: Any) -> Any:
        failing = type(factory.__name__, (Connection, factory), {})
        return around(partial(driver, *given, factory=failing, **named))

    return connect


@contextmanager
def losing_sqlite(url: str, fault: Fault) -> Iterator[tuple[Ledger, Callable[[], Ledger]]]:
    with open_ledger(url) as witness, pytest.MonkeyPatch.context() as patch:
        witness.store.head()  # it has its connection before the driver is changed
        patch.setattr(sqlite3, "connect", losing_driver(fault))
        yield witness, partial(open_ledger, url)


@contextmanager
def losing_postgres(url: str, fault: Fault) -> Iterator[tuple[Ledger, Callable[[], Ledger]]]:
    with open_ledger(url) as witness, proxied(url, fault) as through:
        yield witness, partial(open_ledger, through)


LOSING: Mapping[
    str, Callable[[str, Fault], AbstractContextManager[tuple[Ledger, Callable[[], Ledger]]]]
] = {
    "memory": losing_memory,
    "sqlite": losing_sqlite,
    "postgres": losing_postgres,
}
"""For each kind of store a ledger that sees what is there, and how one is opened that loses."""
