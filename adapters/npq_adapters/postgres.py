"""A store in one schema of a PostgreSQL database. Needs psycopg: the extra `postgres`."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date, datetime
from functools import partial
from typing import Any

import psycopg
from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection, capabilities
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import (
    InsufficientPrivilege,
    InvalidSchemaName,
    ReadOnlySqlTransaction,
    UndefinedFunction,
    UndefinedTable,
    UniqueViolation,
)
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg.sql import SQL, Composable, Identifier

from npq_adapters.connections import Budget, Pool, as_base_errors, has_unread
from npq_adapters.mapper import as_stored, notifications
from npq_adapters.marks import mark_of
from npq_adapters.postgres_schema import IN_FORCE, LOG, grants, lock_key, log_guards, log_steps
from npq_adapters.postgres_tailing import Tail
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
    CHECKPOINTS,
    Dialect,
    Layout,
    SqlViews,
    apart,
    joined,
)
from npq_adapters.watching import Bell
from npq_domain.errors import Invalid, NotPermitted, StoreUnavailable
from npq_domain.personal import Personal, from_rest
from npq_domain.vocabulary import FACT

CHUNK = 1000 if capabilities.has_stream_chunked() else 1
"""Rows that libpq hands over at a time; before libpq 17 it knows one or all."""

TEXT = 'text COLLATE "C"'
"""Sorted by code point, as SQLite and Python do, whatever the database's own collation."""

TYPES = {
    str: TEXT,
    int: "bigint",
    bool: "boolean",
    date: "date",
    datetime: "timestamptz",
    tuple: "text",
    Personal: TEXT,
}

SETTINGS = "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO'"
"""Instants come back in UTC, days as the driver reads them, whatever the role's own settings."""

PACKED = f"""
    coalesce(string_agg(originator_id, chr({ord(UNIT)})), ''),
    coalesce(string_agg(position::text, ','), ''),
    coalesce(string_agg(originator_version::text, ','), ''),
    coalesce(string_agg(
        convert_to(topic, 'UTF8') || '\\x{ord(PART):02x}'::bytea || coalesce(substring(
            state FROM nullif(position('\\x{FACT.hex()}'::bytea IN state), 0) + {len(FACT)}
        ), ''),
        '\\x{ord(UNIT):02x}'::bytea
    ), '')
"""
"""The fields of `Packed`, from the rows of the log."""

IN_ORDER = " ORDER BY position LIMIT %s"

LOCKLESS = "POSTGRES_ENABLE_DB_FUNCTIONS"
OFF = ("", "n", "no", "f", "false", "off", "0")

TRIGGER_BITS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
"""What a trigger is called at, as PostgreSQL's catalogue keeps it (pg_trigger.tgtype)."""

GUARDS = """
SELECT current_setting('fsync'), current_setting('synchronous_commit'),
  (SELECT coalesce(bit_or(tgtype::int), 0) FROM pg_trigger
    WHERE tgrelid = %(table)s::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A')),
  ARRAY(SELECT verb FROM unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS verb
    WHERE has_table_privilege(%(table)s, verb))
"""
"""How the server keeps its word, what triggers guard, and what this role may do to facts."""

REQUIRED = ("user", "host", "dbname")

ISOLATED: Mapping[str, Any] = {
    "port": 5432,
    "hostaddr": "",
    "options": "",
    "target_session_attrs": "any",
    "load_balance_hosts": "disable",
    "client_encoding": "utf8",
}
"""What the address does not say is said here, so that no variable of the environment does."""


def settings(address: str) -> dict[str, Any]:
    """The parameters of the connections, from a URI as libpq reads it.

    Raises `ValueError` when it leaves open which store is meant.
    """
    try:
        given = conninfo_to_dict(address)
    except psycopg.ProgrammingError:  # its message may quote a password
        msg = "libpq cannot read it: after a % come two hexadecimal digits"
        raise ValueError(msg) from None
    if not str(given.get("port", 0)).replace(",", "").isdigit():
        msg = "its port is not a number"
        raise ValueError(msg)
    missing = [name for name in REQUIRED if not given.get(name)]
    if missing:
        msg = f"it lacks the {' and the '.join(missing)}"
        raise ValueError(msg)
    return {**ISOLATED, **given}


def refuse_lockless_functions() -> None:
    """Refuse to start under a setting of the base library that makes readers miss facts."""
    if os.environ.get(LOCKLESS, "").strip().lower() not in OFF:
        raise Invalid(LOCKLESS, ["its functions append without a lock: unset it"])


class Patient(Connection[DictRow]):
    """A connection that knows how long it waits for a lock."""

    patience = -1.0
    """Seconds; negative before it was told."""

    def be_patient_for(self, seconds: float) -> None:
        """Wait that long for each lock at most. Told anew only where it makes a difference."""
        if not 0.9 * seconds <= self.patience <= seconds:
            self.patience = 0.95 * seconds
            milliseconds = max(1, int(1000 * self.patience))  # 0 would be for ever
            self.execute(f"SET lock_timeout = {milliseconds}".encode())


class ServerWatch(Bell):
    """Hears the note that every append leaves on its channel, by a connection of its own.

    A note that was lost costs time, not facts: followers look by themselves now and then. A
    server that is away is tried again at each wait.
    """

    def __init__(self, connect: Callable[[], Connection[DictRow]], channel: str) -> None:
        super().__init__()
        self._connect, self._channel = connect, channel
        self._listening: Connection[DictRow] | None = None

    def wait(self, seconds: float) -> None:
        """Return when a note came since the last one was heard."""
        try:
            if self._listening is None:
                self._listening = self._connect()
                self._listening.execute(SQL("LISTEN {}").format(Identifier(self._channel)))
                return  # what was appended before nobody noted
            if not list(self._listening.notifies(timeout=0)):
                self.hear(seconds, self._listening.fileno())
                list(self._listening.notifies(timeout=0))
        except (psycopg.Error, StoreUnavailable):
            self._let_go()
            self.hear(min(seconds, 0.1))

    def _let_go(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def close(self) -> None:
        self._let_go()
        super().close()


class Datastore(PostgresDatastore):
    """Connections by our own pool; composite types, which need DDL, are done without."""

    def __init__(self, settings: Mapping[str, Any], schema: str, budget: Budget = Budget()) -> None:
        super().__init__(
            dbname="", host="", port="", user="", password="", schema=schema,
            originator_id_type="text",
        )  # fmt: skip
        self._settings, self._budget = settings, budget
        self.connections = Pool(self._connect, alive=_usable, budget=budget)

    def register_type_adapters(self) -> None:
        """Nothing to register: appending passes arrays."""

    def _connect(self) -> Patient:
        left = self._budget.left()
        within = {
            "connect_timeout": max(1, int(left)),
            "tcp_user_timeout": max(1, int(1000 * left)),
        }
        connection = Patient.connect(
            **{**within, **self._settings}, autocommit=True, row_factory=dict_row
        )
        connection.execute(SETTINGS.encode())
        return connection

    @contextmanager
    def get_connection(self) -> Iterator[Patient]:
        with as_base_errors(psycopg.Error), self.connections.connection() as connection:
            connection.be_patient_for(self._budget.left())
            yield connection

    def watch(self, channel: str) -> ServerWatch:
        return ServerWatch(self._connect, channel)

    def close(self) -> None:
        if hasattr(self, "connections"):  # the base class closes what failed to open, too
            self.connections.close()


def _usable(connection: Connection[Any]) -> bool:
    """Whether a connection is at rest and its server has not gone: asked without a round trip."""
    return (
        not connection.closed
        and connection.info.transaction_status is TransactionStatus.IDLE
        and not has_unread(connection.fileno())
    )


def stored_row(_: Any) -> Callable[[Sequence[Any]], Stored]:
    """Have psycopg make `Stored` rows, straight from what the server sent."""
    return as_stored


class Recorder(PostgresApplicationRecorder):
    """Appends in one round trip, by a function that takes the lock itself.

    Positions are given under an advisory lock that is held until the commit shows, so they
    commit in their order. Unlike a lock on the table, it asks for no privilege on the table. A
    reader stops before what a writer without that lock may still fill (`postgres_tailing`).
    """

    def __init__(self, datastore: Datastore) -> None:
        super().__init__(datastore)
        self.channel_name = f"{self.events_table_name}_{datastore.schema}"[
            : self.MAX_IDENTIFIER_LEN
        ]
        self._append = SQL("SELECT {}(%b::text[], %b::bigint[], %b::text[], %b::bytea[])").format(
            Identifier(datastore.schema, "append_facts")
        )
        log = Identifier(datastore.schema, self.events_table_name)
        self._columns = SQL(
            "SELECT position, originator_id, originator_version, topic, state FROM {}"
        ).format(log)
        self._packed = SQL(f"SELECT {PACKED} FROM {{}}").format(log)
        self._tail = Tail(datastore.schema)
        self._settled = 0

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        columns = (
            [str(it.originator_id) for it in stored_events],
            [it.originator_version for it in stored_events],
            [it.topic for it in stored_events],
            [it.state for it in stored_events],
        )
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            given = cursor.execute(self._append, columns, prepare=True).fetchall()
        return [position for (position,) in given]

    def stream(self, subject: str) -> list[Stored]:
        query = self._columns + SQL(" WHERE originator_id = %s ORDER BY originator_version")
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=stored_row, binary=True)
            return cursor.execute(query, (subject,), prepare=True).fetchall()

    @contextmanager
    def reading(
        self,
        names: Sequence[str],
        after: int,
        upto: int | None,
        of: Share | None = None,
        limit: int | None = None,
    ) -> Iterator[Iterator[Fields]]:
        """One consistent read of the log as far as it is settled, in binary, some rows at a time.

        What this object was once told is settled stays so, and is not asked for again.
        """
        within, values = self._within(names, after, self._as_far_as(upto, after), of)
        # To sort a share would take as long again.
        query = self._columns + within + SQL(" LIMIT %s" if of else IN_ORDER)
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            yield cursor.stream(query, [*values, limit], binary=True, size=CHUNK)

    def pack(self, names: Sequence[str], after: int, upto: int, of: Share | None) -> Packed:
        # Nobody has read yet what lies before a page.
        within, values = self._within(names, after, self._as_far_as(upto), of)
        query = self._packed + within
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row, binary=True)
            (found,) = cursor.execute(query, values, prepare=True).fetchall()
        return Packed(*found)

    def _within(
        self, names: Sequence[str], after: int, upto: int, of: Share | None
    ) -> tuple[Composable, list[Any]]:
        """What keeps the facts between two positions, of these names and a share; its values."""
        narrower = [
            (" WHERE position > %s", after),
            (" AND position <= %s", upto),
            (" AND topic = ANY(%s)", list(names) or None),
            # Not by the index of subjects, which a plan made once for all values would search for
            # each page anew.
            (" AND originator_id || '' >= %s", of and of[0]),
            (" AND originator_id || '' < %s", of and of[1]),
        ]
        asked = [(part, value) for part, value in narrower if value is not None]
        return SQL("".join(part for part, _ in asked)), [value for _, value in asked]

    def counts(self, after: int, upto: int) -> dict[str, int]:
        query = SQL(
            "SELECT topic, count(*) FROM {} WHERE position > %s AND position <= %s GROUP BY topic"
        ).format(Identifier(self.datastore.schema, self.events_table_name))
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            return dict(cursor.execute(query, (after, upto)).fetchall())

    def mark(self, upto: int) -> str:
        query = self._columns + SQL(" WHERE position <= %s ORDER BY position DESC LIMIT 1")
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row, binary=True)
            fact = cursor.execute(query, (upto,), prepare=True).fetchone()
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

    def max_notification_id(self) -> int | None:
        """The last position that is settled: nothing appears at or below it any more."""
        return self._last(0) or None

    def _as_far_as(self, upto: int | None, after: int = 0) -> int:
        """That far, or as far as the log is settled."""
        if upto is not None and upto <= self._settled:
            return upto
        last = self._last(after)
        return last if upto is None else min(last, upto)

    def _last(self, after: int) -> int:
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            last = self._tail.settled(cursor, after) or 0
        if not after:  # else it rests on what the caller has read
            self._settled = max(self._settled, last)
        return last


FEW = 20
"""Rows that are put by one statement."""


class Together:
    """A cursor that sends statements of which nothing is asked in one round trip with others.

    They go out before the next statement of which something is asked, or when they are flushed.
    """

    def __init__(self, cursor: psycopg.Cursor[Any]) -> None:
        self._cursor = cursor
        self._waiting: list[tuple[bytes, Sequence[Any]]] = []

    def later(self, query: str, values: Sequence[Any]) -> None:
        """Run a statement, by the time that anything else is done."""
        self._waiting.append((query.encode(), values))

    def flush(self) -> None:
        """Run what waits."""
        with self._one_trip():
            pass

    def execute(self, query: Any, params: Any = None, /) -> Any:
        with self._one_trip():
            return self._cursor.execute(query, params)

    def executemany(self, query: Any, params: Any, /) -> Any:
        self.flush()
        return self._cursor.executemany(query, params)

    @contextmanager
    def _one_trip(self) -> Iterator[None]:
        """Send what waits, and what follows with it, where the driver can do that."""
        waiting, self._waiting = self._waiting, []
        connection = self._cursor.connection
        with ExitStack() as stack:
            if waiting and capabilities.has_pipeline():
                stack.enter_context(connection.pipeline())
            for query, values in waiting:
                connection.execute(query, values)
            yield

    def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    def copy(self, query: bytes) -> AbstractContextManager[psycopg.Copy]:
        """Rows for a table, in bulk."""
        self.flush()
        return self._cursor.copy(query)


class PostgresViews(SqlViews):
    """Views in bulk: rows go in by COPY, after those they replace are gone."""

    def __init__(self, cursor: psycopg.Cursor[Any], dialect: Dialect) -> None:
        self._together = Together(cursor)
        super().__init__(self._together, dialect)

    def later(self, query: str, values: Sequence[Any] = ()) -> None:
        """Run a statement of which nothing is asked, together with others."""
        self._together.later(query, values)

    def flush(self) -> None:
        """Have everything done that was asked for."""
        self._together.flush()

    def _write(self, query: str, values: Sequence[Any]) -> None:
        self.later(query, values)

    def make_schema(self, name: str) -> None:
        """Make the schema unless it is there: then no right to make one is needed."""
        self._cursor.execute("SELECT FROM pg_namespace WHERE nspname = %s", (name,))
        if not self._cursor.fetchall():
            self._cursor.execute(f"CREATE SCHEMA {Identifier(name).as_string()}".encode())

    def _in_force(self) -> set[str]:
        self._cursor.execute(IN_FORCE, (f'{self._dialect.schema}"{LOG}"',))
        return {name for (name,) in self._cursor.fetchall()}

    def _make_anew(self, it: Layout, *, there: bool) -> None:
        """Make a table with the grants that the one before it had; a first one, the checkpoints'.

        So who was let in once need not be let in again after each release.
        """
        rights = self._rights(it if there else CHECKPOINTS)
        super()._make_anew(it, there=there)
        for right, role in rights:
            self._cursor.execute(f"GRANT {right} ON {self._name(it)} TO {role}".encode())

    def _rights(self, it: Layout) -> list[tuple[str, str]]:
        self._cursor.execute(
            "SELECT privilege_type,"
            " CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END"
            " FROM pg_class, aclexplode(relacl)"
            " WHERE pg_class.oid = to_regclass(%s) AND grantee <> relowner",
            (self._name(it),),
        )
        rights: list[tuple[str, str]] = self._cursor.fetchall()
        return rights

    def _put(self, it: Layout, rows: Iterable[Any]) -> None:
        into = it.values(rows, self._dialect.into)
        at = [it.columns.index(it.column(name)) for name in it.key]
        by_key = {tuple(values[place] for place in at): values for values in into}
        if len(by_key) <= FEW:
            self._upsert(it, list(by_key.values()))
            return
        self._delete(it, list(by_key))
        with self._together.copy(f"COPY {self._name(it)} FROM STDIN".encode()) as copy:
            for values in by_key.values():
                copy.write_row(values)

    def _upsert(self, it: Layout, rows: Sequence[Sequence[Any]]) -> None:
        """Few rows, in one round trip: for a follower, who brings them one by one."""
        if not rows:
            return
        marks = f"({', '.join(['%s'] * len(it.columns))})"
        others = [f'"{each.name}" = excluded."{each.name}"' for each in it.columns]
        key = ", ".join(f'"{name}"' for name in it.key)
        self._write(
            f"INSERT INTO {self._name(it)} VALUES {', '.join([marks] * len(rows))}"
            f" ON CONFLICT ({key}) DO UPDATE SET {', '.join(others)}",
            [value for row in rows for value in row],
        )

    def _remove(self, it: Layout, keys: Iterable[tuple[Any, ...]]) -> None:
        self._delete(it, self._keys(it, keys))

    def _delete(self, it: Layout, keys: Sequence[Sequence[Any]]) -> None:
        columns = [list(values) for values in zip(*keys, strict=True)]
        if not columns:
            return
        arrays = ", ".join(f"%s::{TYPES[it.column(name).kind].split()[0]}[]" for name in it.key)
        alike = " AND ".join(f'it."{name}" = gone.k{n}' for n, name in enumerate(it.key))
        named = ", ".join(f"k{n}" for n, _ in enumerate(it.key))
        self._write(
            f"DELETE FROM {self._name(it)} AS it"
            f" USING unnest({arrays}) AS gone ({named}) WHERE {alike}",
            columns,
        )


class PostgresStore(RecorderStore):
    """The log and the views in one schema. Opening runs no DDL: `migrate` does, under a lock."""

    recorder: Recorder
    datastore: Datastore

    def __init__(self, address: str, schema: str = "public", budget: Budget = Budget()) -> None:
        refuse_lockless_functions()
        given = settings(address)
        self.budget = budget
        self.datastore = Datastore(given, schema, budget)
        self.recorder = Recorder(self.datastore)
        self._dialect = Dialect(
            mark="%s",
            types=TYPES,
            into=CHECKED | {tuple: joined},
            out_of={tuple: apart, Personal: from_rest},
            schema=f"{Identifier(schema).as_string()}.",
        )
        self._address, self._role = address, given["user"]
        self._place = f"schema {schema} of {given['dbname']} at {given['host']}"

    def migrate(self, tables: Sequence[Table]) -> None:
        named = self.datastore.schema, self.recorder.channel_name
        with self._call(), self._transaction(write=True, purpose="migrate") as views:
            views.make_schema(self.datastore.schema)
            views.migrate(self._place, log_steps(*named), log_guards(*named), tables)

    def grants(self, tables: Iterable[Table], roles: Mapping[str, str]) -> list[str]:
        """The statements that give these roles, ours to the database's names, their rights."""
        return grants(self.datastore.schema, tables, roles)

    def guarantees(self) -> Sequence[Guarantee]:
        table = f'"{self.datastore.schema}"."{self.recorder.events_table_name}"'
        with self._call(), self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            [(fsync, commit, bits, may)] = cursor.execute(GUARDS, {"table": table}).fetchall()
        refused = [verb for verb, bit in TRIGGER_BITS.items() if bits & bit]
        return (
            Guarantee(
                "durable",
                held=fsync == "on" and commit != "off",
                because=f"fsync is {fsync}, synchronous_commit {commit}",
            ),
            Guarantee("ordered", held=True, because="a lock is held over position and commit"),
            Guarantee(
                "append_only",
                held={"UPDATE", "DELETE", "TRUNCATE"} <= set(refused),
                because=f"triggers refuse {', '.join(refused) or 'nothing'}",
                due=True,
            ),
            Guarantee("versions_unique", held=True, because="PRIMARY KEY (subject, version)"),
            Guarantee(
                "versions_contiguous",
                held="INSERT" in refused,
                because=f"{'a' if 'INSERT' in refused else 'no'} trigger looks at each new version",
                due=True,
            ),
            Guarantee(
                "least_privilege",
                held=not may,
                because=f"this role may {', '.join(may) or 'change and delete no fact'}",
            ),
        )

    def watch(self) -> ServerWatch:
        return self.datastore.watch(self.recorder.channel_name)

    def scrub(self) -> Sequence[str]:
        """Nothing can be done from here: a server keeps old rows and its log as it is set up to."""
        old = "old row versions keep the wrapped key until VACUUM FULL of personal_keys"
        log = "the write-ahead log and its archive keep it until they are recycled"
        return (f"{self._place}: {old}", f"{self._place}: {log}")

    def opener(self) -> Callable[[], Store]:
        return partial(PostgresStore, self._address, self.datastore.schema, self.budget)

    @contextmanager
    def sole(self, purpose: str) -> Iterator[None]:
        """By a lock of the session, which the server lets go of with it."""
        key = (lock_key(self.datastore.schema, purpose),)
        with self._errors(), self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            if cursor.execute("SELECT pg_try_advisory_lock(%s)", key).fetchone() != (True,):
                raise busy(purpose)
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", key)

    @contextmanager
    def _transaction(
        self, *, write: bool = False, purpose: str = "views"
    ) -> Iterator[PostgresViews]:
        """One snapshot to read, or for each purpose one writer at a time."""
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            views = PostgresViews(cursor, self._dialect)
            if not write:
                views.later("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                try:
                    yield views
                finally:
                    connection.commit()  # a rollback costs the connection its prepared statements
                return
            with connection.transaction():
                key = lock_key(self.datastore.schema, purpose)
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", (key,))
                yield views
                views.flush()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with super()._errors():
                yield
        except StoreUnavailable as error:
            if (why := self._forbidden(error.__cause__)) is None:
                raise
            msg = f"{self._place}: {why}"
            raise NotPermitted(msg) from error

    def _forbidden(self, error: BaseException | None) -> str | None:
        """Why the server will never do that, if so."""
        cause = error and (error.__cause__ or error)
        if isinstance(cause, ReadOnlySqlTransaction):
            return "this server only reads, as a standby does: write to the primary"
        if isinstance(cause, InsufficientPrivilege):
            first = str(cause).partition("\n")[0]
            return f"{first} for the role {self._role}: `npq grants` tells what each needs"
        return None

    def _missing(self, error: BaseException) -> bool:
        return isinstance(error, UndefinedTable | UndefinedFunction | InvalidSchemaName)

    def _unique(self, error: BaseException | None) -> bool:
        return isinstance(error, UniqueViolation)
