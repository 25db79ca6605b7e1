"""Views made by a Dask cluster of separate processes are the views made by one, whoever is lost."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import msgspec
import pytest
from attrs import Factory, define
from click.testing import CliRunner

from npq_adapters import clusters, migrate
from npq_adapters.books import REBUILDS
from npq_adapters.cli.npq import npq
from npq_adapters.coverage import tallies
from npq_adapters.ledger import Ledger
from npq_adapters.opening import open_store
from npq_adapters.projecting import table
from npq_domain.errors import Invalid, StoreUnavailable
from tests.adapters import club
from tests.adapters.club import SECRETARY, Add, Clock, Withdraw
from tests.adapters.mortal import MORTAL, TRAP
from tests.adapters.test_projecting import TODAY
from tests.conftest import Backend

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
MEMBERS = 40

on_both = pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)
on_a_file = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@define
class Cluster:
    """A scheduler of Dask's and its workers, each a process of its own, on loopback alone."""

    base: Path
    path: str = os.pathsep.join(map(str, (ROOT, ROOT / "adapters")))
    forgiving: int = 3
    """How often a share may lose its worker."""
    scheduler: "subprocess.Popen[bytes]" = Factory(
        lambda self: self.begin("scheduler", "--port", "0"), takes_self=True
    )
    workers: list["subprocess.Popen[bytes]"] = Factory(list)

    def begin(self, *command: str) -> "subprocess.Popen[bytes]":
        told = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(self.file))
        given = {
            "PYTHONPATH": self.path,
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(self.forgiving),
            TRAP: str(self.trap),
        }
        with (self.base / f"{command[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *command, *told],
                env=os.environ | given,
                stdout=log,
                stderr=log,
                cwd=self.base,
            )

    @property
    def file(self) -> Path:
        return self.base / "scheduler.json"

    @property
    def trap(self) -> Path:
        return self.base / "trap"

    @property
    def address(self) -> str:
        until(lambda: self.said is not None)
        return str(self.said)

    @property
    def said(self) -> str | None:
        """What the scheduler has written of its address, once that is whole."""
        with suppress(FileNotFoundError, msgspec.DecodeError):
            return str(msgspec.json.decode(self.file.read_bytes())["address"])
        return None

    def have(self, number: int) -> None:
        """Start as many workers as are missing, and wait for them."""
        self.workers = [it for it in self.workers if it.poll() is None]
        while len(self.workers) < number:
            self.workers.append(self.begin("worker", "--no-nanny", "--nthreads", "1"))
        with clusters.dask(self.address) as (executor, _):
            client: Any = executor._client  # type: ignore[attr-defined]
            client.wait_for_workers(number, timeout=PATIENCE)

    @property
    def alive(self) -> int:
        return sum(it.poll() is None for it in self.workers)

    def end(self) -> None:
        for each in (*self.workers, self.scheduler):
            each.kill()
            each.wait()


def until(so: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE
    while not so():
        assert monotonic() < deadline
        sleep(0.02)


@contextmanager
def begun(**how: Any) -> Iterator[Cluster]:
    base = Path(tempfile.mkdtemp(prefix="npq-dask-"))
    cluster = Cluster(base=base, **how)
    try:
        yield cluster
    finally:
        cluster.end()
        shutil.rmtree(base)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with begun() as it:
        yield it


@pytest.fixture
def full(backend: Backend) -> Iterator[Ledger]:
    """Forty members, some of whose points were withdrawn; their views were built by one process."""
    backend.migrate(views=MORTAL)
    with closing(open_store(backend.url)) as store:
        ledger = Ledger(
            store,
            club.vocabulary,
            (club.member, club.club),
            catalogue=lambda: "the catalogue",
            views=MORTAL,
            clock=Clock(),
        )
        dice = Random(7)
        for number in range(MEMBERS):
            one = UUID(int=dice.getrandbits(128), version=4)
            for command in (Add(points=(number + 1, 2)), Withdraw(version=1 + number % 2)):
                ledger.handle(one, command, by=SECRETARY)
        ledger.rebuild(as_at=TODAY)
        assert {name: len(ledger.rows(name)) for name in ledger.views} == dict.fromkeys(
            ("mortal", "doomed", "slow"), MEMBERS
        )
        yield ledger


def all_rows(ledger: Ledger) -> dict[str, list[Any]]:
    return {name: ledger.rows(name) for name in ledger.views}


def empty(ledger: Ledger, *those: str) -> None:
    """Empty the tables of views, so that rows which are there were made since."""
    with ledger.store.views(write=True) as views:
        for name in those:
            views.clear(table(ledger.views[name]))


@on_both
def test_a_cluster_makes_the_rows_that_one_process_makes(full: Ledger, cluster: Cluster) -> None:
    cluster.have(3)
    expected = all_rows(full)
    empty(full, "mortal", "slow")
    with clusters.dask(cluster.address) as (executor, workers):
        assert workers == 3
        full.rebuild(["mortal", "slow"], as_at=TODAY, workers=workers, executor=executor)
    assert all_rows(full) == expected
    assert all(it.covered for it in tallies(full.store, MORTAL))


@on_both
def test_a_worker_killed_half_way_is_made_good_and_nothing_counts_twice(
    full: Ledger, cluster: Cluster
) -> None:
    cluster.have(3)
    expected, books = all_rows(full), list(tallies(full.store, MORTAL))
    empty(full, "mortal")
    cluster.trap.touch()
    with clusters.dask(cluster.address) as (executor, workers):
        [swapped] = full.rebuild(["mortal"], as_at=TODAY, workers=workers, executor=executor)
    assert not cluster.trap.exists()
    until(lambda: cluster.alive == 2)
    assert full.rows("mortal") == expected["mortal"]
    assert swapped.rebuilt.rows == MEMBERS
    assert list(tallies(full.store, MORTAL)) == books
    assert all(it.covered for it in books)
    with full.store.views() as views:
        assert [it.number for it in views.read(REBUILDS, {"view": "mortal"})] == [1, 2]


@on_a_file
def test_a_share_whose_workers_die_too_often_leaves_the_view_as_it_was(full: Ledger) -> None:
    expected = all_rows(full)
    with begun(forgiving=0) as cluster:
        cluster.have(2)
        with (
            clusters.dask(cluster.address) as (executor, workers),
            pytest.raises(StoreUnavailable, match="a worker was lost; the rows of doomed are as"),
        ):
            full.rebuild(["doomed"], as_at=TODAY, workers=workers, executor=executor)
        assert cluster.alive < 2
    assert all_rows(full) == expected


@on_a_file
def test_a_cluster_that_loses_every_worker_is_not_waited_for(
    full: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = all_rows(full)
    with begun() as cluster:
        cluster.have(1)
        with clusters.dask(cluster.address) as (executor, workers):
            pass
        monkeypatch.setattr(clusters, "BUDGET", 3.0)
        with (
            clusters.dask(cluster.address) as (executor, workers),
            pytest.raises(StoreUnavailable, match="a worker was lost; the rows of doomed are as"),
        ):
            full.rebuild(["doomed"], as_at=TODAY, workers=workers, executor=executor)
        assert cluster.alive == 0
    assert all_rows(full) == expected


@on_a_file
def test_a_scheduler_killed_half_way_leaves_the_view_as_it_was(full: Ledger) -> None:
    expected = all_rows(full)
    with begun() as cluster:
        cluster.have(2)

        def kill(done: int, total: int) -> None:
            cluster.scheduler.send_signal(signal.SIGKILL)

        with (
            pytest.raises(StoreUnavailable, match="a worker was lost; the rows of slow are as"),
            clusters.dask(cluster.address) as (executor, workers),
        ):
            full.rebuild(
                ["slow"], as_at=TODAY, workers=workers, executor=executor, on_progress=kill
            )
    assert all_rows(full) == expected


@on_a_file
@pytest.mark.parametrize("changed", ["npq_domain/calendar.py", "tests/adapters/mortal.py"])
def test_a_worker_with_other_code_is_refused(full: Ledger, tmp_path: Path, changed: str) -> None:
    expected = all_rows(full)
    for folder in ("npq_domain", "adapters/npq_adapters", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, symlinks=True)
    with (tmp_path / changed).open("a") as code:
        code.write("# One line more.\n")
    with begun(path=f"{tmp_path}{os.pathsep}{tmp_path / 'adapters'}") as cluster:
        cluster.have(1)
        with (
            clusters.dask(cluster.address) as (executor, _),
            pytest.raises(StoreUnavailable, match="has another edition of npq_domain"),
        ):
            full.rebuild(["mortal"], as_at=TODAY, executor=executor)
    assert all_rows(full) == expected


# On the command line.


def ran(*args: str) -> Any:
    return CliRunner().invoke(npq, args)


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/npq.db"
    migrate(url)
    return url


def test_npq_rebuild_takes_a_cluster_by_its_address(ledger_url: str, cluster: Cluster) -> None:
    cluster.have(2)
    done = ran("--ledger", ledger_url, "--json", "rebuild", "roster", "--dask", cluster.address)
    assert done.exit_code == 0, done.output
    assert '"rebuilt":["roster"]' in done.stdout.replace(" ", "").replace("\n", "")


def test_an_address_where_nobody_listens_is_told_at_once(ledger_url: str) -> None:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))  # and never listens
        address = f"tcp://127.0.0.1:{bound.getsockname()[1]}"
        done = ran("--ledger", ledger_url, "rebuild", "--dask", address)
    assert done.exit_code == 4
    assert f"{address}: no scheduler of Dask's answers: Connection refused" in done.stderr


def test_a_scheduler_without_workers_is_told(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begun() as cluster:
        address = cluster.address
        monkeypatch.setattr(clusters, "BUDGET", 2.0)
        done = ran("--ledger", ledger_url, "rebuild", "--dask", address)
    assert done.exit_code == 4
    assert f"{address}: the scheduler has had no worker for 2 s" in done.stderr


def test_without_dask_it_is_told_what_to_install(
    ledger_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = ran("--ledger", ledger_url, "rebuild", "--dask", "tcp://127.0.0.1:8786")
    assert done.exit_code == 4
    assert "pip install 'npq_domain[dask]'" in done.stderr


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8786", "tcp://127.0.0.1", "tcp://host:x", "http://host:8786", ""]
)
def test_what_is_no_address_of_a_scheduler_is_wrong_usage(ledger_url: str, address: str) -> None:
    done = ran("--ledger", ledger_url, "rebuild", "--dask", address)
    assert done.exit_code == 2
    assert "a scheduler's address reads tcp://host:8786" in done.stderr
    with pytest.raises(Invalid), clusters.dask(address):
        pass
