"""What the base library's own PostgreSQL recorder does where ours had to do otherwise."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import (
    IntegrityError,
    OperationalError,
    ProgrammingError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection

from npq_adapters.opening import open_store
from npq_adapters.store import Row
from npq_domain.errors import StoreUnavailable
from tests.adapters.proxy import line
from tests.conftest import Backend, folder_of

A, B = str(uuid4()), str(uuid4())


@pytest.fixture
def made(postgres: Backend) -> Backend:
    """A schema with our log in it; the base library's goes beside it under another name."""
    postgres.migrate()
    return postgres


def stock(made: Backend, role: str, **given: Any) -> PostgresApplicationRecorder:
    """The base library's recorder, as a role opens it."""
    usual: dict[str, Any] = {"dbname": "postgres", "port": "", "password": "-"}
    usual |= {"host": folder_of(made.url), "originator_id_type": "text"}
    schema = made.url.rpartition("=")[2]
    datastore = PostgresDatastore(user=f"npq_{role}", schema=schema, **usual | given)
    return PostgresApplicationRecorder(datastore, events_table_name="stock")


@contextmanager
def closed(recorder: PostgresApplicationRecorder) -> Iterator[PostgresApplicationRecorder]:
    with closing(recorder.datastore):
        yield recorder


@contextmanager
def in_the_schema(made: Backend, role: str) -> Iterator[Connection[Any]]:
    """A session of somebody's own."""
    with psycopg.connect(made.role(role).partition("&schema=")[0]) as connection:
        connection.execute(f"SET search_path = {made.url.rpartition('=')[2]}".encode())
        connection.commit()
        yield connection


INSERT = "INSERT INTO {} (originator_id, originator_version, topic, state) VALUES (%s, 1, 'a', '')"


def event(subject: str, version: int = 1) -> StoredEvent:
    return StoredEvent(subject, version, "a", b"")


def test_a_lost_reply_makes_its_own_write_look_like_another_s(made: Backend) -> None:
    """Ours asks the log for the command's id: see `test_postgres_faults`."""
    with (
        line(Path(folder_of(made.url))) as (folder, there),
        closed(stock(made, "owner", host=str(folder))) as recorder,
    ):
        recorder.create_table()
        there.lose_reply_to = b"COMMIT"
        with pytest.raises(IntegrityError):
            recorder.insert_events([event(A)])
        assert (there.lost, len(recorder.select_events(A))) == (1, 1)


def around_a_gap(
    made: Backend,
    table: str,
    commit_b: Callable[[], object],
    poll: Callable[[int], list[tuple[int, str]]],
) -> list[str]:
    """A holds its position, B commits, poll, A commits, poll: whom the reader saw."""
    with in_the_schema(made, "owner") as a:
        a.execute(INSERT.format(table).encode(), (A,))
        commit_b()
        seen = poll(0)
        a.commit()
    seen += poll(seen[-1][0] if seen else 0)
    return [subject for _, subject in seen]


def test_its_readers_pass_over_what_was_held_while_others_committed(made: Backend) -> None:
    with closed(stock(made, "owner", enable_db_functions=True)) as theirs:
        theirs.create_table()

        def poll(after: int) -> list[tuple[int, str]]:
            found = theirs.select_notifications(after or None, 10, inclusive_of_start=False)
            return [(it.id, str(it.originator_id)) for it in found]

        assert around_a_gap(made, "stock", lambda: theirs.insert_events([event(B)]), poll) == [B]
    with closing(open_store(made.url)) as ours:
        append = partial(ours.append, [Row(B, 1, "a", b"")])
        assert around_a_gap(
            made, "stored_events", append, lambda after: [it[:2] for it in ours.scan(after=after)]
        ) == [A, B]


def test_to_append_it_needs_to_lock_the_table_which_takes_more_than_inserting(
    made: Backend,
) -> None:
    with closed(stock(made, "owner")) as owner:
        owner.create_table()
        with in_the_schema(made, "owner") as session:
            session.execute("GRANT SELECT, INSERT ON stock TO npq_writer")
    with closed(stock(made, "writer")) as theirs:
        theirs.datastore.register_type_adapters()
        # On a busy machine the library tells what came of it instead of why.
        told = "permission denied for table stock|pipeline aborted"
        with pytest.raises((ProgrammingError, OperationalError), match=told):
            theirs.insert_events([event(A)])
    with closing(open_store(made.url)) as ours:
        ours.append([Row(A, 1, "a", b"")])  # with less: it may not even insert
        assert ours.head() == 1


def test_to_open_it_runs_ddl(made: Backend) -> None:
    with (
        closed(stock(made, "writer")) as theirs,
        pytest.raises(ProgrammingError, match="permission denied for schema"),
    ):
        theirs.create_table()  # as its factory does each time
    with closing(open_store(made.url)) as ours:
        ours.check([])


def test_where_the_server_does_not_answer_it_tries_ten_times(made: Backend) -> None:
    with (
        line(Path(folder_of(made.url))) as (folder, there),
        closed(stock(made, "owner", host=str(folder))) as theirs,
        closing(open_store(made.url.replace(folder_of(made.url), str(folder)))) as ours,
    ):
        tried = count()
        there.dead = True
        theirs.datastore.pool.timeout = 0.01  # each time: 5 s unless it is told
        get_connection = theirs.datastore.get_connection

        def counted() -> Any:
            next(tried)
            return get_connection()

        theirs.datastore.get_connection = counted  # type: ignore[method-assign]
        with pytest.raises(OperationalError):
            theirs.insert_events([event(A)])
        assert next(tried) == 10
        with pytest.raises(StoreUnavailable):
            ours.append([Row(A, 1, "a", b"")])
