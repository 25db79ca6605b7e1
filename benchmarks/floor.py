"""The floor: the same rows through the driver, parsed by msgspec into dicts, and nothing else.

No state is folded, no figure computed, no view written, no order of commits promised: what this
takes, no library can spare that reads row by row in one thread.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import msgspec
import psycopg

from npq_adapters.store import Row

Rows = Iterable[tuple[Any, ...]]

COLUMNS = "position, originator_id, originator_version, topic, state"
INTO = "facts (originator_id, originator_version, topic, state)"

encode = msgspec.json.Encoder().encode
parse = msgspec.json.Decoder().decode


class Floor(Protocol):
    """Rows in and out, by the driver alone. `state` comes last in a row that is read."""

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows, in one transaction."""

    def stream(self, subject: str) -> Rows:
        """The rows of one participant."""

    def scan(self, names: Sequence[str]) -> Rows:
        """The rows of these names, in the order of the log."""

    def close(self) -> None:
        """Close what is open."""


class MemoryFloor:
    """Two lists of tuples."""

    def __init__(self, log: Sequence[tuple[Any, ...]]) -> None:
        self._log, self._written = log, list[Row]()
        self._subjects: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for row in log:
            self._subjects[row[1]].append(row)

    def append(self, rows: Sequence[Row]) -> None:
        self._written += rows

    def stream(self, subject: str) -> Rows:
        return self._subjects[subject]

    def scan(self, names: Sequence[str]) -> Rows:
        wanted = frozenset(names)
        return (row for row in self._log if row[3] in wanted)

    def close(self) -> None:
        self._written.clear()


class SqliteFloor:
    """Reads the ledger's file; writes a file of its own, as durably."""

    def __init__(self, ledger: Path, own: Path) -> None:
        self._reads = sqlite3.connect(ledger)
        self._writes = sqlite3.connect(own, isolation_level=None)
        self._writes.execute("PRAGMA journal_mode = WAL")
        self._writes.execute("PRAGMA synchronous = FULL")
        self._writes.execute(
            "CREATE TABLE facts (position INTEGER PRIMARY KEY AUTOINCREMENT,"
            " originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB,"
            " UNIQUE (originator_id, originator_version))"
        )

    def append(self, rows: Sequence[Row]) -> None:
        self._writes.execute("BEGIN IMMEDIATE")
        self._writes.executemany(f"INSERT INTO {INTO} VALUES (?, ?, ?, ?)", rows)
        self._writes.execute("COMMIT")

    def stream(self, subject: str) -> Rows:
        query = f"SELECT {COLUMNS} FROM stored_events WHERE originator_id = ? ORDER BY 3"
        return self._reads.execute(query, (subject,))

    def scan(self, names: Sequence[str]) -> Rows:
        marks = ", ".join("?" * len(names))
        query = f"SELECT {COLUMNS} FROM stored_events WHERE topic IN ({marks}) ORDER BY 1"
        return self._reads.execute(query, names)

    def close(self) -> None:
        self._reads.close()
        self._writes.close()


class PostgresFloor:
    """Reads the ledger's schema; writes a table of its own, without a lock that orders commits."""

    def __init__(self, uri: str, ledger: str) -> None:
        self._db = psycopg.connect(uri, autocommit=True, prepare_threshold=0)
        self._ledger = f'"{ledger}".stored_events'
        self._db.execute("CREATE SCHEMA IF NOT EXISTS floor")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS floor.facts"
            " (position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,"
            " originator_id text, originator_version bigint, topic text, state bytea,"
            " PRIMARY KEY (originator_id, originator_version))"
        )

    def append(self, rows: Sequence[Row]) -> None:
        marks = ", ".join(["(%s, %s, %s, %s)"] * len(rows))
        values = [value for row in rows for value in row]
        self._db.execute(f"INSERT INTO floor.{INTO} VALUES {marks}".encode(), values)

    def stream(self, subject: str) -> Rows:
        query = f"SELECT {COLUMNS} FROM {self._ledger} WHERE originator_id = %s ORDER BY 3"
        with self._db.cursor(binary=True) as cursor:
            return cursor.execute(query.encode(), (subject,)).fetchall()

    def scan(self, names: Sequence[str]) -> Rows:
        query = f"SELECT {COLUMNS} FROM {self._ledger} WHERE topic = ANY(%s) ORDER BY 1"
        with closing(self._db.cursor()) as cursor:
            # In chunks: the fastest of the ways that psycopg has.
            yield from cursor.stream(query.encode(), (list(names),), binary=True, size=1000)

    def close(self) -> None:
        self._db.close()
