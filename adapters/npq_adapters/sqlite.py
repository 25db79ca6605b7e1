"""A store in one SQLite file."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from datetime import date, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any

from eventsourcing.persistence import Notification
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore
from filelock import FileLock, Timeout

from npq_adapters.connections import BUDGET, Pool, as_base_errors, not_initialised
from npq_adapters.mapper import as_stored, notifications
from npq_adapters.recorder_store import RecorderStore
from npq_adapters.store import Fields, Share, Store, Stored, Table, busy
from npq_adapters.tables import CHECKED, Dialect, Layout, SqlViews, apart, joined, same, utc
from npq_domain.errors import StoreUnavailable
from npq_domain.personal import Personal, from_rest


def instant(value: datetime) -> str:
    """An instant as text of one length, so that texts sort as instants do."""
    return utc(value).isoformat(timespec="microseconds")


SQLITE = Dialect(
    mark="?",
    types={
        str: "TEXT",
        int: "INTEGER",
        bool: "INTEGER CHECK ({} IN (0, 1))",
        date: "TEXT",
        datetime: "TEXT",
        tuple: "TEXT",
        Personal: "TEXT",
    },
    into=CHECKED | {bool: same, date: date.isoformat, datetime: instant, tuple: joined},
    out_of={
        bool: bool,
        date: date.fromisoformat,
        datetime: datetime.fromisoformat,
        tuple: apart,
        Personal: from_rest,
    },
    ending=" STRICT",
)

BY_SUBJECT = "originator_id, originator_version"

SHORT = 500
"""Milliseconds that a checkpoint waits for readers: it may be done later as well."""

UNIQUE = (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)


class Datastore(SQLiteDatastore):
    """Connections to a file that is there; `npq init` alone makes one.

    The base library's pool lets a waiting writer hold up everybody's reads, also those of the
    writer it waits for; here writers queue at a lock of their own.

    Each call is sure of its file: what is written to one that was deleted or replaced is gone.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), originator_id_type="text")
        self.path = path.absolute()  # whatever directory the process moves to
        self._file: tuple[int, int] | None = None
        self.connections = Pool(self._connect, alive=lambda _: self._there() == self._file)
        self._writing = Lock()

    def uri(self, mode: str) -> str:
        return f"{self.path.as_uri()}?mode={mode}"

    def _there(self) -> tuple[int, int] | None:
        """The device and the inode that the path leads to now."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def refuse_another_file(self) -> None:
        """Raise `StoreUnavailable` when this is no longer the file of the first connection."""
        if self._file not in (None, self._there()):
            msg = f"{self.path}: the file was deleted or replaced while it was open"
            raise StoreUnavailable(msg)

    def _connect(self) -> sqlite3.Connection:
        self.refuse_another_file()
        self._file = self._there()
        if self._file is None:
            raise not_initialised(str(self.path))
        db = sqlite3.connect(
            self.uri("rw"),
            uri=True,
            timeout=BUDGET,
            isolation_level=None,  # transactions are begun below, each in its own way
            check_same_thread=False,  # the pool lends a connection to one thread at a time
        )
        db.row_factory = sqlite3.Row
        try:
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten with zeros
        except BaseException:  # what is no database is found out here
            db.close()
            raise
        return db

    @contextmanager
    def cursor(self) -> Iterator[sqlite3.Cursor]:
        """A cursor of plain tuples, for one statement that reads."""
        with (
            as_base_errors(sqlite3.Error),
            self.connections.connection() as db,
            closing(db.cursor()) as cursor,
        ):
            cursor.row_factory = None
            yield cursor

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """A transaction. One that writes takes the file's lock first, so it cannot fail midway."""
        with (
            as_base_errors(sqlite3.Error),
            self._one_writer() if commit else nullcontext(),
            self.connections.connection() as db,
            closing(db.cursor()) as cursor,
        ):
            db.execute("BEGIN IMMEDIATE" if commit else "BEGIN")
            try:
                yield SQLiteCursor(cursor)
                if commit:
                    db.commit()
            finally:
                db.rollback()

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        if not self._writing.acquire(timeout=BUDGET):
            msg = f"{self.path}: another thread has been writing for {BUDGET:g} s"
            raise StoreUnavailable(msg)
        try:
            yield
        finally:
            self._writing.release()

    def close(self) -> None:
        if hasattr(self, "connections"):  # the base class closes what failed to open, too
            self.connections.close()


class Recorder(SQLiteApplicationRecorder):
    """The base library's recorder on a stricter table, whose positions are never given twice."""

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore)
        self.insert_events_statement = (
            f"INSERT INTO {self.events_table_name}"
            " (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)"
        )
        self._columns = (
            "SELECT position, originator_id, originator_version, topic, state"
            f" FROM {self.events_table_name}"
        )
        self._datastore = datastore

    def construct_create_table_statements(self) -> list[str]:
        table = (
            f"CREATE TABLE {self.events_table_name} ("
            "position INTEGER PRIMARY KEY AUTOINCREMENT,"
            " originator_id TEXT NOT NULL,"
            " originator_version INTEGER NOT NULL,"
            " topic TEXT NOT NULL,"
            " state BLOB NOT NULL,"
            " UNIQUE (originator_id, originator_version)) STRICT"
        )
        return [table]

    def stream(self, subject: str) -> list[Stored]:
        query = f"{self._columns} WHERE originator_id = ? ORDER BY originator_version"
        with self._datastore.cursor() as cursor:
            return list(map(as_stored, cursor.execute(query, (subject,))))

    @contextmanager
    def reading(
        self,
        names: Sequence[str],
        after: int,
        upto: int | None,
        of: Share | None = None,
        limit: int = -1,
    ) -> Iterator[Iterator[Fields]]:
        """One consistent read of the log."""
        named = f" AND topic IN ({', '.join('?' * len(names))})" if names else ""
        # The pluses keep SQLite to the index that the order is of.
        shared = " AND originator_id >= ? AND originator_id < ?" if of else ""
        position, order = ("+position", BY_SUBJECT) if of else ("position", "position")
        query = (
            f"{self._columns} WHERE {position} > ? AND {position} <= ?{named}{shared}"
            f" ORDER BY {order} LIMIT ?"
        )
        last = 2**63 - 1 if upto is None else upto
        with self._datastore.cursor() as cursor:
            yield cursor.execute(query, (after, last, *names, *(of or ()), limit))

    def counts(self, after: int, upto: int) -> dict[str, int]:
        query = (
            f"SELECT topic, count(*) FROM {self.events_table_name}"
            " WHERE position > ? AND position <= ? GROUP BY topic"
        )
        with self._datastore.cursor() as cursor:
            return dict(cursor.execute(query, (after, upto)).fetchall())

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - inclusive_of_start
        with self.reading(topics, after, stop, limit=limit) as rows:
            return notifications(rows)


class SqliteViews(SqlViews):
    """Views by SQLite's own upsert."""

    def _put(self, it: Layout, rows: Iterable[Any]) -> None:
        marks = ", ".join("?" * len(it.columns))
        self._cursor.executemany(
            f"INSERT OR REPLACE INTO {self._name(it)} VALUES ({marks})",
            it.values(rows, self._dialect.into),
        )


class SqliteStore(RecorderStore):
    """The log and the views in one file, in WAL mode: readers and the writer do not wait."""

    recorder: Recorder
    datastore: Datastore

    def __init__(self, path: Path) -> None:
        self.datastore = Datastore(path)
        self.recorder = Recorder(self.datastore)
        self._place = str(path)

    def migrate(self, tables: Sequence[Table]) -> None:
        with self._errors():
            self.datastore.refuse_another_file()
            self._make_file()
            with self._transaction(write=True) as views:
                views.migrate(self._place, self.recorder.create_table_statements, tables)

    def _make_file(self) -> None:
        uri = self.datastore.uri("rwc")
        with (
            as_base_errors(sqlite3.Error),
            closing(sqlite3.connect(uri, uri=True, timeout=BUDGET, isolation_level=None)) as db,
        ):
            deadline = monotonic() + BUDGET
            while not _in_wal_mode(db, deadline):
                sleep(0.02)

    def scrub(self) -> Sequence[str]:
        """Move the write-ahead log into the file and empty it; deleted rows are zeroed there."""
        with self._errors(), self.datastore.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {SHORT}")
            busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            cursor.execute(f"PRAGMA busy_timeout = {BUDGET * 1000:.0f}")
        held = "readers hold it: its write-ahead log keeps the wrapped key until they are done"
        return (f"{self._place}: {held}",) if busy else ()

    def opener(self) -> Callable[[], Store]:
        return partial(SqliteStore, self.datastore.path)

    @contextmanager
    def sole(self, purpose: str) -> Iterator[None]:
        """By a lock on a file beside the ledger's, which the system lets go of with the process."""
        path = self.datastore.path
        lock = FileLock(path.with_name(f"{path.name}-{purpose.replace(' ', '-')}.lock"), mode=0o600)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise busy(purpose) from None
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _transaction(self, *, write: bool = False) -> Iterator[SqliteViews]:
        with self.datastore.transaction(commit=write) as cursor:
            cursor.sqlite_cursor.row_factory = None
            yield SqliteViews(cursor.sqlite_cursor, SQLITE)

    def _missing(self, error: BaseException) -> bool:
        return str(error).startswith("no such table")

    def _unique(self, error: BaseException | None) -> bool:
        return isinstance(error, sqlite3.IntegrityError) and error.sqlite_errorcode in UNIQUE


def _in_wal_mode(db: sqlite3.Connection, deadline: float) -> bool:
    """Switch the file to WAL, or say that another process holds it just now.

    SQLite does not wait for that lock by itself.
    """
    try:
        db.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > deadline:
            raise
        return False
    return True
