"""`python -m benchmarks.following`: how soon a view has a fact, and how fast it catches up.

Ours beside the base library's `ProjectionRunner`, on the same histories and the same machine, in
turns. The library's view keeps each participant's minutes in memory and writes them with its
tracking, event by event, as its documentation shows: that is less than the engagement view holds.
On SQLite the library has no subscription, so there its projection is handed each event by a loop,
without the threads and queues of the runner. It cannot be waited for there, and so is not.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any
from uuid import UUID

import msgspec
from attrs import frozen
from eventsourcing.persistence import InfrastructureFactory, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder
from psycopg.sql import SQL, Identifier

from benchmarks import jobs, lawful, stock
from benchmarks.measuring import at_least, at_most
from benchmarks.reporting import environment
from benchmarks.servers import server
from npq_adapters import migrate, open_ledger
from npq_adapters.folding import gathered
from npq_adapters.following import States
from npq_adapters.ledger import Ledger
from npq_adapters.making import Work
from npq_adapters.marks import marked
from npq_adapters.opening import open_store
from npq_adapters.projecting import projections
from npq_domain.aggregates import vocabulary
from npq_domain.catalogue.types import Activity
from npq_domain.commands import RecordStudy
from npq_domain.projections import VIEWS
from npq_domain.recorded import Recorded

VIEW = "engagement"
NOW = datetime.combine(lawful.SEEN_FROM, datetime.min.time(), UTC)
BULK = 5_000

FOLLOW = """
import sys
from datetime import datetime
from npq_adapters import open_ledger
with open_ledger(sys.argv[1], clock=lambda: datetime.fromisoformat(sys.argv[2])) as ledger:
    ledger.follow(sys.argv[3:] or None).run()
"""


@frozen(kw_only=True)
class Size:
    """How much is measured."""

    participants: int
    waits: int
    rounds: int
    backlog: int
    """Facts that ours has to catch up with; the library has a tenth of them."""


QUICK = Size(participants=60, waits=10, rounds=1, backlog=1_500)
FULL = Size(participants=2_500, waits=100, rounds=3, backlog=60_000)


# Ours.


def opened(url: str) -> Ledger:
    """A ledger at the time at which all histories have ended."""
    return open_ledger(url, clock=lambda: NOW)


@contextmanager
def aside(url: str, *views: str) -> Iterator[None]:
    """A follower in a process of its own."""
    process = subprocess.Popen([sys.executable, "-c", FOLLOW, url, NOW.isoformat(), *views])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def waits(ledger: Ledger, subjects: Sequence[UUID], number: int) -> list[float]:
    """Milliseconds from the end of each append until the view has it."""
    taken = []
    for each in range(number):
        subject = subjects[each % len(subjects)]
        more(ledger, subject)
        begun = perf_counter()
        ledger.wait(VIEW)
        taken.append(1e3 * (perf_counter() - begun))
        sleep(0.02)  # as if somebody went on to the next thing
    return taken


NUMBERS = count(1)


def more(ledger: Ledger, subject: UUID) -> None:
    """Somebody studies a little more, and nothing that was recorded before."""
    plan = ledger.state(subject).enrolment.plan.values()
    component = next(it.id for it in plan if it.activity is Activity.STUDY)
    again = RecordStudy(
        component=component, minutes=5, ref=f"more {next(NUMBERS)}", on=lawful.SEEN_FROM
    )
    assert ledger.handle(subject, again, by=lawful.BY)


def drained(ledger: Ledger, views: Sequence[str] | None) -> float:
    """Seconds in which a follower that was just started has everything."""
    begun = perf_counter()
    with ledger.follow(views):
        ledger.wait(VIEW, timeout=600)
        return perf_counter() - begun


# The base library.


@frozen
class Minutes:
    """What the library's view holds of a participant."""

    by_participant: defaultdict[UUID, int]


class PostgresMinutes(PostgresTrackingRecorder):
    """The view in PostgreSQL: a row and the tracking, in one transaction."""

    def __init__(self, datastore: Any, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.check_identifier_length("minutes")
        table = "CREATE TABLE IF NOT EXISTS {}.minutes (subject text PRIMARY KEY, minutes bigint)"
        self.sql_create_statements.append(SQL(table).format(Identifier(datastore.schema)))

    def put(self, subject: str, minutes: int, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                f"INSERT INTO {self.datastore.schema}.minutes VALUES (%s, %s)"
                " ON CONFLICT (subject) DO UPDATE SET minutes = excluded.minutes",
                (subject, minutes),
                prepare=True,
            )
            self._insert_tracking(cursor, tracking)


class SqliteMinutes(SQLiteTrackingRecorder):
    """The same in SQLite."""

    def construct_create_table_statements(self) -> list[str]:
        table = "CREATE TABLE IF NOT EXISTS minutes (subject TEXT PRIMARY KEY, minutes INTEGER)"
        return [*super().construct_create_table_statements(), table]

    def put(self, subject: str, minutes: int, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("INSERT OR REPLACE INTO minutes VALUES (?, ?)", (subject, minutes))
            self._insert_tracking(cursor, tracking)


class Counting(Projection[Any]):
    """Adds up everybody's minutes."""

    name = "counting"

    def __init__(self, view: Any) -> None:
        super().__init__(view)
        self.minutes: defaultdict[UUID, int] = defaultdict(int)

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        subject = domain_event.originator_id
        self.minutes[subject] += getattr(domain_event, "minutes", 0)
        self.view.put(str(subject), self.minutes[subject], tracking)


@contextmanager
def runner(env: Mapping[str, str]) -> Iterator[ProjectionRunner[Any, Any]]:
    """The library's own, on PostgreSQL."""
    with ProjectionRunner(
        application_class=stock.Stock,
        projection_class=Counting,
        view_class=PostgresMinutes,
        env=dict(env),
    ) as running:
        yield running


def by_a_loop(app: stock.Stock, env: Mapping[str, str], after: int) -> None:
    """What the runner would do with each event, where it cannot run."""
    factory: Any = InfrastructureFactory.construct({**env, "IS_PERSISTENCE": "y"})
    projection = Counting(factory.tracking_recorder(SqliteMinutes))
    start = after + 1
    while page := app.recorder.select_notifications(start, stock.PAGE):
        for it in page:
            made = app.mapper.to_domain_event(it)
            projection.process_event(made, Tracking(app.name, it.id))
        start = page[-1].id + 1
    factory.close()


# What is measured.


@frozen(kw_only=True)
class Result:
    """One figure."""

    store: str
    what: str
    ours: float | None
    stock: float | None
    unit: str
    aim: str
    times: float | None = None
    """How many times as fast as stock: the median of the rounds."""


def latencies(kind: str, url: str, subjects: Sequence[UUID], size: Size) -> Iterator[Result]:
    """From the append to the view, with a follower here and one elsewhere."""
    where: dict[str, Callable[[Ledger], AbstractContextManager[Any]]] = {
        "a follower of this view in a thread": lambda ledger: ledger.follow([VIEW]),
        "a follower of this view in another process": lambda _: aside(url, VIEW),
        "a follower of every view in another process": lambda _: aside(url),
    }
    for name, follower in where.items():
        with opened(url) as ledger, follower(ledger):
            ledger.wait(VIEW, timeout=120)
            ours = median(waits(ledger, subjects, size.waits))
            yield Result(
                store=kind,
                what=f"append to view, {name}",
                ours=ours,
                stock=None,
                unit="ms",
                aim=at_most(10, ours, "ms"),
            )


def stock_latency(kind: str, place: jobs.Place, base: Path, uri: str, size: Size) -> Result:
    """The same of the library, with its runner in this process."""
    place.clear(uri)
    env = place.env(base, uri)
    taken = []
    with runner(env) as running:
        made = stock.events(next(iter(lawful.lives(1))))
        for each in made[: size.waits // 2 + 5]:
            [recording] = running.app.save(each)
            begun = perf_counter()
            running.wait(recording.notification.id, timeout=30)
            taken.append(1e3 * (perf_counter() - begun))
            sleep(0.02)
    return Result(
        store=kind,
        what="append to view, ProjectionRunner in this process",
        ours=None,
        stock=median(taken),
        unit="ms",
        aim="",
    )


def backlogs(
    kind: str, place: jobs.Place, base: Path, uri: str, log: Sequence[Recorded[Any]], size: Size
) -> Iterator[Result]:
    """Facts a second with a backlog to catch up with, after a restart: no state is in memory."""
    rates: defaultdict[str, list[float]] = defaultdict(list)
    stocks: list[float] = []
    for number in range(size.rounds):
        for name, views in (("this view", [VIEW]), ("every view", None)):
            url = place.url(base, uri, f"backlog_{number}_{name[:4]}")
            with behind(url, log, size.backlog) as ledger:
                rates[name].append(size.backlog / drained(ledger, views))
        stocks.append(stock_rate(kind, place, base / str(number), uri, log[: size.backlog // 10]))
    for name, found in rates.items():
        times = median(one / other for one, other in zip(found, stocks, strict=True))
        yield Result(
            store=kind,
            what=f"catching up with {size.backlog:,} facts, {name}",
            ours=median(found),
            stock=median(stocks),
            unit="facts/s",
            aim=at_least(15, times, "× stock") if views_of_one(name) else "",
            times=times,
        )


def views_of_one(name: str) -> bool:
    """Whether it is the same view as the library's."""
    return name == "this view"


@contextmanager
def behind(url: str, log: Sequence[Recorded[Any]], backlog: int) -> Iterator[Ledger]:
    """A ledger whose views are so many facts behind."""
    migrate(url)
    with opened(url) as ledger:
        for part in (log[:-backlog], log[-backlog:]):
            ledger.catch_up()
            for some in jobs.batched(part, BULK):
                ledger.store.append([lawful.row(it) for it in some])
        yield ledger


def stock_rate(
    kind: str, place: jobs.Place, base: Path, uri: str, log: Sequence[Recorded[Any]]
) -> float:
    """The same of the library."""
    base.mkdir(exist_ok=True)
    place.clear(uri)
    env = place.env(base, uri)
    with closing(stock.Stock(env=env)) as app:
        place.fill(uri, app, stock.stored(app, log))
        begun = perf_counter()
        if kind == "SQLite":
            by_a_loop(app, env, 0)
            return len(log) / (perf_counter() - begun)
    begun = perf_counter()
    with runner(env) as running:
        running.wait(len(log), timeout=600)
        return len(log) / (perf_counter() - begun)


def late_fact(kind: str, url: str, subjects: Sequence[UUID], size: Size) -> Result:
    """One fact of somebody, after a restart: the follower is new, and knows no state."""
    taken = []
    with opened(url) as ledger:
        for each in range(size.rounds * 3):
            more(ledger, subjects[each])
            taken.append(1e3 * drained(ledger, [VIEW]))
    return Result(
        store=kind,
        what="one late fact after a restart, from the start of the follower",
        ours=median(taken),
        stock=None,
        unit="ms",
        aim="",
    )


def memory_of_a_state(log: Sequence[Recorded[Any]]) -> Result:
    """What a participant's state takes in memory, with the parts that every view reads."""
    store, states = open_store("memory:"), States(1_000_000)
    store.append([lawful.row(it) for it in log])
    maker = states.maker(vocabulary, tuple(projections(VIEWS)), lawful.SEEN_FROM)
    work, before = Work(), resident()
    new = list(gathered(store.scan(maker.names)))
    at, to = (marked(store, it, lawful.SEEN_FROM) for it in (0, store.head()))
    states.fold(store, maker, new, at, to, work)
    work.views.clear()
    kept = (resident() - before) / len(states)
    return Result(
        store="memory",
        what=f"a participant's state, of {len(states):,}",
        ours=kept,
        stock=None,
        unit="KB",
        aim="",
    )


def resident() -> float:
    """Kilobytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024


def measured(base: Path, uri: str, size: Size) -> Iterator[Result]:
    """Everything, store by store."""
    histories = list(lawful.lives(size.participants))
    log = lawful.as_logged(histories)
    subjects = [it[0].subject for it in histories]
    for kind in ("SQLite", "PostgreSQL"):
        place, folder = jobs.PLACES[kind], base / kind
        folder.mkdir()
        url = place.url(folder, uri, "waits")
        migrate(url)
        with opened(url) as ledger:
            for some in jobs.batched(log, BULK):
                ledger.store.append([lawful.row(it) for it in some])
            ledger.catch_up()
        yield from latencies(kind, url, subjects, size)
        yield late_fact(kind, url, subjects, size)
        if kind == "PostgreSQL":
            yield stock_latency(kind, place, folder, uri, size)
        yield from backlogs(kind, place, folder, uri, log, size)
    yield memory_of_a_state(log)


def told(it: Result) -> str:
    """A figure as a line."""
    ours = "" if it.ours is None else f"{it.ours:,.1f}"
    theirs = "" if it.stock is None else f"stock {it.stock:,.1f}"
    times = "" if it.times is None else f"{it.times:.1f} x"
    return f"{it.store:<11}{it.what:<64}{ours:>12} {it.unit:<8}{theirs:<18}{times:>8} {it.aim}"


def main() -> None:
    ask = argparse.ArgumentParser(prog="python -m benchmarks.following", description=__doc__)
    ask.add_argument("--quick", action="store_true", help="a small run")
    ask.add_argument("--json", type=Path, help="write the figures to this file as well")
    ask.add_argument("--dir", type=Path, help="where the databases go while this runs")
    asked = ask.parse_args()
    found = []
    with (
        tempfile.TemporaryDirectory(prefix="npq-following-", dir=asked.dir) as folder,
        server(Path(folder)) as uri,
    ):
        where = environment(uri, Path(folder))
        for it in measured(Path(folder), uri, QUICK if asked.quick else FULL):
            print(told(it), flush=True)
            found.append(it)
    if asked.json:
        kept = msgspec.json.encode({"environment": where, "results": found})
        asked.json.write_bytes(msgspec.json.format(kept, indent=1))


if __name__ == "__main__":
    main()
