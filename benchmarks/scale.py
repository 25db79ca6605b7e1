"""`python -m benchmarks.scale`: what several processes make of a rebuild, and what a fact weighs.

One process, several, and a Dask cluster of the same number take turns on one ledger, round by
round; a ratio is the median of the rounds' own ratios. Workers have begun and have read the library
before the clock starts. When it has stopped, every run has to have come to the same rows, by their
digest, and to books that account for every fact.

Where others use the machine, too, clocks tell how busy they are. So each worker has a session of
its own, to which Linux gives a share of its own, and beside the clock stands what processors did:
for the process that asks and commits, for its workers, and for the server.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, wait
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from multiprocessing import get_context
from operator import sub
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any
from uuid import UUID

import attrs
import msgspec
import psutil  # type: ignore[import-untyped]
from attrs import frozen

from benchmarks import generate, jobs, reporting
from benchmarks.lawful import BY
from benchmarks.servers import SERVERS, settled
from npq_adapters import migrate, open_ledger
from npq_adapters.clusters import dask
from npq_adapters.comparing import digest
from npq_adapters.coverage import tallies
from npq_adapters.crew import Alone, Crew, edition
from npq_adapters.ledger import utc_now
from npq_adapters.opening import open_store
from npq_adapters.postgres import PostgresStore
from npq_adapters.projecting import projections, rebuild, table
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Store
from npq_domain.aggregates import vocabulary
from npq_domain.commands import ReceiveRegistration
from npq_domain.identifiers import participant_subject
from npq_domain.projections import VIEWS, View

WORKERS = (1, 2, 4)
STARTING = 120.0
"""Seconds until the processes of a cluster have begun, on a busy machine."""


def arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    ask.add_argument("--tier", choices=generate.TIERS, default="M")
    ask.add_argument("--store", choices=SERVERS, action="append", help="only this store")
    ask.add_argument("--ledger", metavar="URL", help="measure on this one, made by generate.py")
    ask.add_argument("--workers", type=int, nargs="+", default=WORKERS)
    ask.add_argument("--parts", type=int, nargs="+", default=[1], help="for each worker")
    ask.add_argument("--view", default="engagement", help="or `all`")
    ask.add_argument("--dask", action="store_true", help="a Dask cluster of each number as well")
    ask.add_argument("--burst", action="store_true", help="applications at once, nothing else")
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--json", type=Path, help="write the figures to this file as well")
    ask.add_argument("--dir", type=Path, help="where the databases go while this runs")
    return ask.parse_args()


# Where the ledgers are.


def filled(url: str, tier: str) -> str:
    """The address of a ledger that has been filled."""
    with generate.opened(url) as store:
        generate.fill(store, generate.planned(generate.TIERS[tier], 1))
    return url


def weight(store: Store) -> int:
    """Bytes of the log and its indexes; of a file, all of it."""
    if isinstance(store, PostgresStore):
        with store.datastore.get_connection() as connection:
            name = f'"{store.datastore.schema}".stored_events'
            found = connection.execute("SELECT pg_total_relation_size(%s) AS it", (name,))
            return int(found.fetchall()[0]["it"])
    assert isinstance(store, SqliteStore)
    return store.datastore.path.stat().st_size


# Who does the work.


@frozen(kw_only=True)
class Contender:
    """So many workers, given so many parts of the work; without an executor, this process."""

    name: str
    executor: Executor | None = None
    workers: int = 0
    parts: int = 1

    def cpu(self) -> float:
        """Seconds of processors that the workers of a pool have used so far."""
        those = getattr(self.executor, "_processes", None) or {}
        return sum(used(psutil.Process(pid)) for pid in those)


def used(process: psutil.Process) -> float:
    """Seconds of processors, in the process and in those that ended below it."""
    it = process.cpu_times()
    return float(it.user + it.system + it.children_user + it.children_system)


def server_cpu(store: Store) -> float:
    """Seconds of processors that a server of this machine has used so far."""
    if not isinstance(store, PostgresStore):
        return 0.0
    with store.datastore.get_connection() as connection:
        backend = psutil.Process(connection.info.backend_pid)
    postmaster = backend.parent()
    assert postmaster is not None
    return sum(map(used, [postmaster, *postmaster.children()]))


@contextmanager
def processes(number: int) -> Iterator[Executor]:
    """Processes that have begun and have read the library."""
    spawn = get_context("spawn")
    with ProcessPoolExecutor(number, mp_context=spawn, initializer=os.setsid) as pool:
        wait([pool.submit(read_in) for _ in range(number * 2)])
        yield pool


def read_in() -> str:
    """Have the library read before the clock starts."""
    sleep(0.2)
    return edition(())


@contextmanager
def cluster(number: int) -> Iterator[Executor]:
    """A Dask scheduler and so many workers, each a process with one thread, on this machine."""
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="npq-dask-")))
        told = base / "scheduler.json"
        where = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(told)]
        stack.enter_context(running("scheduler", "--port", "0", *where))
        for _ in range(number):
            stack.enter_context(running("worker", "--no-nanny", "--nthreads", "1", *where))
        until(told.exists)
        address = msgspec.json.decode(told.read_bytes())["address"]
        executor, _ = stack.enter_context(dask(address, number))
        wait([executor.submit(read_in) for _ in range(number * 2)])
        yield executor


@contextmanager
def running(*command: str) -> Iterator[None]:
    """A process of Dask's."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def until(so: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    begun = perf_counter()
    while not so():
        assert perf_counter() - begun < STARTING, "a process of the cluster has not begun"
        sleep(0.05)


def contenders(stack: ExitStack, asked: argparse.Namespace) -> Iterator[Contender]:
    """Everybody who is to be measured, the one process first."""
    yield Contender(name="1 process, alone")
    for number in asked.workers:
        pool = stack.enter_context(processes(number))
        for each in asked.parts:
            name = f"{number} in a pool, {number * each} parts"
            yield Contender(name=name, executor=pool, workers=number, parts=number * each)
        if asked.dask:
            name = f"{number} of Dask's, {number} parts"
            executor = stack.enter_context(cluster(number))
            yield Contender(name=name, executor=executor, workers=number, parts=number)


# The measure.


@frozen(kw_only=True)
class Run:
    """What one rebuild took, in seconds: by the clock, and of processors."""

    clock: float
    asking: float
    workers: float
    server: float


@frozen(kw_only=True)
class Figure:
    """One contender's medians."""

    contender: str
    run: Run
    times: float
    """How many times as fast as the one process, by the clock."""
    lowest: float
    highest: float


def rebuilt(store: Store, views: Sequence[View], by: Contender) -> tuple[Run, dict[str, str]]:
    """What a rebuild takes, and by view the digest of the rows that it made."""
    crew = Alone() if by.executor is None else Crew(by.executor, by.parts)
    before = perf_counter(), process_time(), by.cpu(), server_cpu(store)
    swapped = rebuild(store, vocabulary, views, as_at=generate.SEEN_FROM, now=utc_now(), by=crew)
    after = perf_counter(), process_time(), by.cpu(), server_cpu(store)
    clock, asking, workers, server = map(sub, after, before)
    assert len(swapped) == len(views), "another rebuild was quicker"
    assert all(it.covered for it in tallies(store, projections(views))), "facts are missing"
    with store.views() as tables:
        digests = {it.name: digest(tables.read(table(it), {})) for it in views}
    return Run(clock=clock, asking=asking, workers=workers, server=server), digests


def measured(store: Store, asked: argparse.Namespace, them: list[Contender]) -> Iterator[Figure]:
    """Every contender in each round, and one round before that does not count."""
    views = [it for it in VIEWS if asked.view in (it.name, "all")]
    runs: dict[str, list[Run]] = {it.name: [] for it in them}
    first: dict[str, str] = {}
    for number in range(asked.rounds + 1):
        for by in them:
            run, made = rebuilt(store, views, by)
            first = first or made
            assert made == first, f"{by.name}: the rows are not those of {them[0].name}"
            print(f"  round {number}: {by.name:<28}{run}", file=sys.stderr, flush=True)
            if number:
                runs[by.name].append(run)
    for by in them:
        yield figure(by, runs[by.name], runs[them[0].name])


def figure(by: Contender, own: Sequence[Run], alone: Sequence[Run]) -> Figure:
    """The medians of one contender beside those of the one process."""
    times = [one.clock / it.clock for one, it in zip(alone, own, strict=True)]
    fields = [it.name for it in attrs.fields(Run)]
    return Figure(
        contender=by.name,
        run=Run(**{name: median(getattr(it, name) for it in own) for name in fields}),
        times=median(times),
        lowest=min(times),
        highest=max(times),
    )


def report(place: str, asked: argparse.Namespace, url: str) -> dict[str, Any]:
    """What one ledger comes to, printed and as data."""
    with closing(open_store(url)) as store, ExitStack() as stack:
        settled(store)
        facts, heavy = generate.length(store), weight(store)
        print(f"{place}: {facts:,} facts, {heavy:,} bytes, {heavy / facts:.0f} a fact", flush=True)
        figures = list(measured(store, asked, list(contenders(stack, asked))))
    for it in figures:
        print(line(it), flush=True)
    return {
        "store": place,
        "facts": facts,
        "bytes": heavy,
        "view": asked.view,
        "figures": [attrs.asdict(it) for it in figures],
    }


# A burst.

APPLICATIONS = 400
"""That each writer records: one command each, of a participant of its own."""
WRITERS = (1, 2, 4, 8)


def apply(url: str, first: int) -> None:
    """Record applications as one writer does: load, decide, append, each in a transaction."""
    with open_ledger(url) as ledger:
        for number in range(first, first + APPLICATIONS):
            application = str(UUID(int=number))
            registration = ReceiveRegistration(
                application_id=application,
                participant_id=application,
                name="Ada Byron",
                trn="0743795",
                provider="UCL",
                programme="npq-leading-teaching",
                on=date(2023, 12, 11),
            )
            ledger.handle(participant_subject("UCL", application), registration, by=BY)


def burst(place: str, url: str, rounds: int) -> dict[str, Any]:
    """How many applications a second so many writers get recorded; medians of the rounds."""
    migrate(url)
    rates: dict[int, list[float]] = {it: [] for it in WRITERS}
    first = 0
    with processes(max(WRITERS)) as pool:
        for _ in range(rounds):
            for number, found in rates.items():
                starts = range(first, first + number * APPLICATIONS, APPLICATIONS)
                first += number * APPLICATIONS
                begun = perf_counter()
                for each in [pool.submit(apply, url, it) for it in starts]:
                    each.result()
                found.append(number * APPLICATIONS / (perf_counter() - begun))
    with closing(open_store(url)) as store:
        assert generate.length(store) == first, "an application is missing"
    medians = {number: median(found) for number, found in rates.items()}
    told = ", ".join(f"{number}: {rate:,.0f}" for number, rate in medians.items())
    print(f"{place}: applications a second, by writers: {told}", flush=True)
    return {"store": place, "applications": first, "by_writers": medians}


def line(it: Figure) -> str:
    """A figure, for people."""
    run = it.run
    return (
        f"  {it.contender:<28}{run.clock:8.2f} s, {it.times:.2f} times"
        f" ({it.lowest:.2f} to {it.highest:.2f}); processors: asking {run.asking:.2f} s,"
        f" workers {run.workers:.2f} s, server {run.server:.2f} s"
    )


def main() -> None:
    asked = arguments()
    found = []
    with tempfile.TemporaryDirectory(prefix="npq-scale-", dir=asked.dir) as folder:
        print(f"{reporting.processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        if asked.ledger:
            found.append(report(asked.ledger.partition(":")[0], asked, asked.ledger))
        for place in () if asked.ledger else asked.store or SERVERS:
            with ExitStack() as stack:
                base = Path(folder)
                url = jobs.PLACES[place].url(base, SERVERS[place](stack, base), "scale")
                if asked.burst:
                    found.append(burst(place, url, asked.rounds))
                else:
                    found.append(report(place, asked, filled(url, asked.tier)))
    if asked.json:
        whole = {"cpu": reporting.processor(), "cores": os.cpu_count(), "ledgers": found}
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=1))


if __name__ == "__main__":
    main()
