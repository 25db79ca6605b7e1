"""A store in one SQLite file."""

import os
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext
from datetime import date, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any

from eventsourcing.persistence import Notification, PersistenceError
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor, SQLiteDatastore
from filelock import FileLock, Timeout

from npq_adapters.connections import Budget, Pool, as_base_errors, not_initialised
from npq_adapters.copying import Progress, copy
from npq_adapters.mapper import NOT_NEXT, as_stored, notifications
from npq_adapters.marks import mark_of
from npq_adapters.recorder_store import RecorderStore
from npq_adapters.store import (
    PART,
    UNIT,
    Fields,
    Guarantee,
    Packed,
    Share,
    Store,
    Stored,
    Table,
    busy,
)
from npq_adapters.tables import (
    CHECKED,
    Dialect,
    Guards,
    Layout,
    SqlViews,
    Steps,
    apart,
    joined,
    same,
    utc,
)
from npq_adapters.watching import Bell
from npq_domain.errors import StoreUnavailable
from npq_domain.personal import Personal, from_rest
from npq_domain.vocabulary import FACT


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
    out_of={bool: bool, tuple: apart, Personal: from_rest},
    ending=" STRICT",
)

FULL = 2
"""SQLite's number for a sync at each commit."""

TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"

REFUSING = re.compile(r"\b(INSERT|UPDATE|DELETE)\b.*?\bON\b.*\bRAISE\b", re.DOTALL | re.IGNORECASE)
"""What a trigger refuses, by how it reads."""

LOG = "stored_events"

TAKEN = "that version of the subject is recorded already"

MADE = {
    "facts_never_change": """
    CREATE TRIGGER facts_never_change BEFORE UPDATE ON stored_events
    BEGIN SELECT RAISE(ABORT, 'a stored fact is never changed'); END
    """,
    "facts_never_go": """
    CREATE TRIGGER facts_never_go BEFORE DELETE ON stored_events
    BEGIN SELECT RAISE(ABORT, 'a stored fact is never deleted'); END
    """,
    # Before the row, since REPLACE deletes what it meets without asking the trigger above.
    # Where the position is left to the log, SQLite shows it as -1.
    "facts_come_one_by_one": f"""
    CREATE TRIGGER facts_come_one_by_one BEFORE INSERT ON stored_events
    WHEN new.position IS NOT -1 OR new.originator_version IS NOT 1 + coalesce(
        (SELECT max(originator_version) FROM stored_events
            WHERE originator_id = new.originator_id), 0)
    BEGIN SELECT CASE
        WHEN new.position IS NOT -1
        THEN RAISE(ABORT, 'the log alone gives positions')
        WHEN EXISTS (SELECT 1 FROM stored_events
            WHERE originator_id = new.originator_id
            AND originator_version = new.originator_version)
        THEN RAISE(ABORT, '{TAKEN}')
        ELSE RAISE(ABORT, '{NOT_NEXT}')
    END; END
    """,
}
"""The triggers of the log, by name: what holds for every program, since it is in the file."""

GUARDS: Guards = {name: (f"DROP TRIGGER IF EXISTS {name}", made) for name, made in MADE.items()}

STEPS: Steps = (
    (
        """
        CREATE TABLE stored_events (
            position INTEGER PRIMARY KEY AUTOINCREMENT CHECK (position > 0),
            originator_id TEXT NOT NULL,
            originator_version INTEGER NOT NULL CHECK (originator_version > 0),
            topic TEXT NOT NULL,
            state BLOB NOT NULL,
            UNIQUE (originator_id, originator_version)
        ) STRICT
        """,
    ),
    tuple(MADE.values()),
)
"""The log, version by version. What guards it is in the file, so it holds for every program."""

PACKED = f"""
    coalesce(group_concat(originator_id, char({ord(UNIT)})), ''),
    coalesce(group_concat(position), ''),
    coalesce(group_concat(originator_version), ''),
    CAST(coalesce(group_concat(
        topic || char({ord(PART)})
        || coalesce(substr(state, nullif(instr(state, X'{FACT.hex()}'), 0) + {len(FACT)}), ''),
        char({ord(UNIT)})
    ), '') AS BLOB)
"""
"""The fields of `Packed`, from the rows of the log."""

BY_SUBJECT = "originator_id, originator_version"

SORTED = 4_000
"""Positions that are counted at a time: SQLite sorts names to count them, millions in a file."""

SHORT = 500
"""Milliseconds that a checkpoint waits for readers: it may be done later as well."""

UNIQUE = (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)


def code_of(error: BaseException | None) -> int:
    """SQLite's extended code of an error; 0 for one that is not SQLite's."""
    return getattr(error, "sqlite_errorcode", 0)


SAFELY = ("PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON")
"""What is committed is on the disk, and what is deleted is overwritten. Told to each connection."""

OWN = 0o600
"""A file for its owner alone. SQLite gives its WAL and the index of that the same mode."""


class Connection(sqlite3.Connection):
    """A connection that knows how long it waits for a lock."""

    patience = -1.0
    """Seconds; negative before it was told."""

    def be_patient_for(self, seconds: float) -> None:
        """Wait that long for each lock at most. Told anew only where it makes a difference."""
        if not 0.9 * seconds <= self.patience <= seconds:
            self.patience = 0.95 * seconds
            self.execute(f"PRAGMA busy_timeout = {int(1000 * self.patience)}")


class FileWatch(Bell):
    """Asks the file, some hundred times a second, whether anybody has written to it.

    That costs some 10 µs each time. A file that is away is not asked, but waited for.
    """

    EVERY = 0.003
    """Seconds."""

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], still_there: Callable[[], object]
    ) -> None:
        """`still_there` raises when the file is another one by now."""
        super().__init__()
        self._connect, self._still_there = connect, still_there
        self._db: sqlite3.Connection | None = None
        self._seen: Any = None

    def wait(self, seconds: float) -> None:
        """Return when the file was written to since it was last looked at."""
        deadline = monotonic() + seconds
        while (left := deadline - monotonic()) > 0:
            before, self._seen = self._seen, self._version()
            if self._seen != before or self.hear(min(left, self.EVERY)):
                return

    def _version(self) -> Any:
        """What another connection's commit changes; `None` where there is no file."""
        try:
            if self._db is None:
                self._db = self._connect()
            self._still_there()
            return self._db.execute("PRAGMA data_version").fetchone()[0]
        except (sqlite3.Error, StoreUnavailable):
            self._let_go()
            return None

    def _let_go(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def close(self) -> None:
        self._let_go()
        super().close()


class Datastore(SQLiteDatastore):
    """Connections to a file that is there; `npq init` alone makes one.

    The base library's pool lets a waiting writer hold up everybody's reads, also those of the
    writer it waits for; here writers queue at a lock of their own.

    Each call is sure of its file: what is written to one that was deleted or replaced is gone.
    """

    def __init__(self, path: Path, budget: Budget = Budget()) -> None:
        super().__init__(str(path), originator_id_type="text")
        self.path = path.absolute()  # whatever directory the process moves to
        self._file: tuple[int, int] | None = None
        self._budget = budget
        self.connections = Pool(
            self._connect, alive=lambda _: self._there() == self._file, budget=budget
        )
        self._writing = Lock()

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

    def _connect(self) -> Connection:
        self.refuse_another_file()
        self._file = self._there()
        if self._file is None:
            raise not_initialised(str(self.path))
        db = self.connected("rw")
        db.row_factory = sqlite3.Row
        try:
            for pragma in SAFELY:
                db.execute(pragma)
        except BaseException:  # what is no database is found out here
            db.close()
            raise
        return db

    def connected(self, mode: str) -> Connection:
        """A connection to the file, which waits for locks no longer than the running call."""
        db = sqlite3.connect(
            f"{self.path.as_uri()}?mode={mode}",
            uri=True,
            factory=Connection,
            isolation_level=None,  # transactions are begun below, each in its own way
            check_same_thread=False,  # the pool lends a connection to one thread at a time
        )
        db.be_patient_for(self._budget.left())
        return db

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """A connection of the pool."""
        with self.connections.connection() as db:
            db.be_patient_for(self._budget.left())
            yield db

    @contextmanager
    def errors(self) -> Iterator[None]:
        """SQLite's errors as the base library's; a lock that others hold for too long as ours."""
        try:
            with as_base_errors(sqlite3.Error):
                yield
        except PersistenceError as error:
            if code_of(error.__cause__) & 0xFF != sqlite3.SQLITE_BUSY:  # or a kind of it
                raise
            why = f"another process holds its lock, and a call waits {self._budget} in all"
            msg = f"{self.path}: {error.__cause__}: {why}"
            raise StoreUnavailable(msg) from error

    @contextmanager
    def cursor(self) -> Iterator[sqlite3.Cursor]:
        """A cursor of plain tuples, for one statement that reads."""
        with (
            self.errors(),
            self.lent() as db,
            closing(db.cursor()) as cursor,
        ):
            cursor.row_factory = None
            yield cursor

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees the file as it is at its first statement, until the end."""
        with self.errors(), self.lent() as db:
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.rollback()

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """A transaction. One that writes takes the file's lock first, so it cannot fail midway."""
        with (
            self.errors(),
            self._one_writer() if commit else nullcontext(),
            self.lent() as db,
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
        if not self._writing.acquire(timeout=self._budget.left()):
            msg = f"{self.path}: another thread is writing, and a call waits {self._budget} in all"
            raise StoreUnavailable(msg)
        try:
            yield
        finally:
            self._writing.release()

    def watch(self) -> FileWatch:
        return FileWatch(self._connect, self.refuse_another_file)

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
        return [statement for step in STEPS for statement in step]

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
        last = 2**63 - 1 if upto is None else upto
        query = f"{self._columns} WHERE {within(names, of)} ORDER BY position LIMIT ?"
        with self._datastore.cursor() as cursor:
            yield cursor.execute(query, (after, last, *(of or ()), *names, limit))

    def pack(self, names: Sequence[str], after: int, upto: int, of: Share | None) -> Packed:
        query = f"SELECT {PACKED} FROM {self.events_table_name} WHERE {within(names, of)}"
        with self._datastore.cursor() as cursor:
            return Packed(*cursor.execute(query, (after, upto, *(of or ()), *names)).fetchone())

    def counts(self, after: int, upto: int) -> dict[str, int]:
        within = f"FROM {self.events_table_name} WHERE position > ? AND position <= ?"
        query = f"SELECT topic, count(*) {within} GROUP BY topic"
        next_one = f"SELECT position {within} ORDER BY position LIMIT 1"
        found = Counter[str]()
        with self._datastore.cursor() as cursor:
            while first := cursor.execute(next_one, (after, upto)).fetchone():
                after = min(first[0] + SORTED - 1, upto)
                found.update(dict(cursor.execute(query, (first[0] - 1, after)).fetchall()))
        return dict(found)

    def mark(self, upto: int) -> str:
        # As bytes, so that a damaged text, which is no text, has a mark as well.
        query = (
            "SELECT position, CAST(originator_id AS BLOB), originator_version,"
            f" CAST(topic AS BLOB), state FROM {self.events_table_name}"
            " WHERE position <= ? ORDER BY position DESC LIMIT 1"
        )
        with self._datastore.cursor() as cursor:
            fact = cursor.execute(query, (upto,)).fetchone()
        return mark_of(*fact) if fact else ""

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


def within(names: Sequence[str], of: Share | None) -> str:
    """What keeps the facts between two positions, of a share and of these names if there are any.

    The pluses keep SQLite from the index of subjects, by which each row is read by itself.
    """
    shared = " AND +originator_id >= ? AND +originator_id < ?" if of else ""
    named = f" AND topic IN ({', '.join('?' * len(names))})" if names else ""
    return f"position > ? AND position <= ?{shared}{named}"


class SqliteViews(SqlViews):
    """Views by SQLite's own upsert."""

    def _in_force(self) -> set[str]:
        self._cursor.execute(TRIGGERS, (LOG,))
        found = dict(self._cursor.fetchall())
        return {name for name, made in MADE.items() if found.get(name, "").split() == made.split()}

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

    def __init__(self, path: Path, budget: Budget = Budget()) -> None:
        self.budget = budget
        self.datastore = Datastore(path, budget)
        self.recorder = Recorder(self.datastore)
        self._place = str(path)

    def migrate(self, tables: Sequence[Table]) -> None:
        with self._call():
            self.datastore.refuse_another_file()
            self._make_file()
            with self._transaction(write=True) as views:
                views.migrate(self._place, STEPS, GUARDS, tables)

    def _make_file(self) -> None:
        # Only what is new is opened here: to close a file that SQLite has open in this process
        # would drop the locks that it holds there.
        try:
            os.close(os.open(self.datastore.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWN))
        except FileExistsError:
            pass
        except OSError as error:
            msg = f"{self._place}: {error.strerror}"
            raise StoreUnavailable(msg) from error
        with self.datastore.errors(), closing(self.datastore.connected("rwc")) as db:
            while not in_wal_mode(db, self.budget):
                sleep(0.02)

    def scrub(self) -> Sequence[str]:
        """Move the write-ahead log into the file and empty it; deleted rows are zeroed there."""
        with self._errors(), self.datastore.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {SHORT}")  # each call sets its own again
            busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        held = "readers hold it: its write-ahead log keeps the wrapped key until they are done"
        return (f"{self._place}: {held}",) if busy else ()

    def backup(self, to: Path, on_progress: Progress | None = None) -> int:
        with self._errors(), ExitStack() as held:
            with self.budget.call():
                db = held.enter_context(self.datastore.snapshot())
                # Which also fixes what is copied: a copy of a file that changes begins again
                # each time, and might never end.
                (head,) = db.execute(self.recorder.select_max_notification_id_statement).fetchone()
            copy(db, self._place, to, on_progress)
        return head or 0

    def guarantees(self) -> Sequence[Guarantee]:
        with self._call(), self.datastore.cursor() as cursor:
            mode, synchronous, sound = (
                cursor.execute(f"PRAGMA {it}").fetchone()[0]
                for it in ("journal_mode", "synchronous", "quick_check(1)")
            )
            found = cursor.execute(TRIGGERS, (self.recorder.events_table_name,)).fetchall()
        refused = guarded(sql for _, sql in found)
        return (
            Guarantee(
                "durable",
                held=mode == "wal" and synchronous >= FULL,
                because=f"journal_mode is {mode}, synchronous {synchronous}; {FULL} is FULL",
                due=True,
            ),
            Guarantee("sound", held=sound == "ok", because=f"quick_check: {sound}", due=True),
            Guarantee(
                "ordered",
                held=True,
                because="one writer at a time; positions are never reused",
            ),
            Guarantee(
                "append_only",
                held={"UPDATE", "DELETE"} <= refused,
                because=f"triggers refuse {', '.join(sorted(refused)) or 'nothing'}",
                due=True,
            ),
            Guarantee("versions_unique", held=True, because="UNIQUE (subject, version)"),
            Guarantee(
                "versions_contiguous",
                held="INSERT" in refused,
                because=f"{'a' if 'INSERT' in refused else 'no'} trigger looks at each new version",
                due=True,
            ),
            Guarantee("least_privilege", held=False, because="who may write the file may do all"),
        )

    def watch(self) -> FileWatch:
        return self.datastore.watch()

    def opener(self) -> Callable[[], Store]:
        return partial(SqliteStore, self.datastore.path, self.budget)

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
        return code_of(error) in UNIQUE or str(error) == TAKEN


def guarded(triggers: Iterable[str]) -> set[str]:
    """What the triggers of a table refuse: INSERT, UPDATE, DELETE."""
    found = map(REFUSING.search, triggers)
    return {it.group(1).upper() for it in found if it}


def in_wal_mode(db: sqlite3.Connection, budget: Budget) -> bool:
    """Switch the file to WAL, or say that another process holds it just now.

    SQLite does not wait for that lock by itself.
    """
    try:
        (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not budget.left():
            raise
        return False
    if mode != "wal":
        msg = f"a ledger needs a write-ahead log, which cannot be had here (only {mode!r})"
        raise sqlite3.OperationalError(msg)
    return True
