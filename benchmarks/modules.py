"""`python -m benchmarks.modules`: every store side by side, the base library's modules included.

Each is asked through our own ledger, so what differs is the store. Ratios are to our SQLite store.
"""

import argparse
import gc
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import Random
from time import monotonic, sleep
from urllib.parse import quote
from uuid import UUID

import psycopg
from attrs import frozen
from psycopg.conninfo import conninfo_to_dict

from benchmarks import lawful, reporting
from benchmarks.jobs import LOADED, Corpus, Size, at_once, batched, corpus, moved
from benchmarks.measuring import Figure, Job, Ready, measure
from benchmarks.servers import server
from npq_adapters.ledger import Ledger
from npq_adapters.modules import KNOWN
from npq_adapters.opening import open_store
from npq_adapters.projecting import table
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.aggregates.participant import participant
from npq_domain.aggregates.participant.facts.engagement import StudyRecorded
from npq_domain.catalogue import shipped
from npq_domain.commands import RecordStudy
from npq_domain.projections.engagement import engagement

OURS = "sqlite (ours)"
BULK = 500
"""Rows that are appended at a time to fill a store."""

Ledgers = Mapping[str, Ledger]

PAGE = """\
# How fast each store is

`python -m benchmarks.modules` prints these figures; with `--write docs/stores/speed.md` it writes
this page anew. Every store is asked through our own ledger, in one run, in turn, {rounds} rounds
after one that does not count. A time is the median; a ratio is the median of the ratios within each
round to our own SQLite store, below 1 where the store is faster. Trust no difference below a fifth.

{participants:,} participants of 60 facts each are in each store before it begins. *Loading* reads
60 facts and folds them. *One command* loads, decides and appends. *Appending* commits one fact at
a time. *Scanning* reads the log in its order. *Rebuilding* makes the engagement view and commits
it. Modules keep their views in an SQLite file here (`views=FILE`). After each run the log of every
store was held against what was appended: {faults}.

{environment}

## Figures of {day}

{tables}"""


def addresses(base: Path, uri: str, umadb: str) -> dict[str, str]:
    """Every store, by what it is called in the tables; the first is what the others are held to."""
    given = conninfo_to_dict(uri)
    user, host, dbname = (str(given[it]) for it in ("user", "host", "dbname"))
    over_postgres = quote(f"postgresql+psycopg://{user}@/{dbname}?host={host}", safe=":/+@")

    def module(name: str, settings: str, views: str) -> str:
        return f"module:{name}?{settings}&views={base}/{views}.db"

    return {
        OURS: f"sqlite:///{base}/ours.db",
        "memory (ours)": "memory:",
        "postgresql (ours)": f"{uri}{'&' if '?' in uri else '?'}schema=ours",
        "eventsourcing.popo": "module:eventsourcing.popo",
        "eventsourcing.sqlite": module("eventsourcing.sqlite", f"SQLITE_DBNAME={base}/a.db", "av"),
        "eventsourcing_sqlalchemy, SQLite": module(
            "eventsourcing_sqlalchemy", f"SQLALCHEMY_URL=sqlite:///{base}/b.db", "bv"
        ),
        "eventsourcing.postgres": module(
            "eventsourcing.postgres",
            f"POSTGRES_DBNAME={dbname}&POSTGRES_HOST={host}&POSTGRES_USER={user}"
            "&POSTGRES_PASSWORD=none&POSTGRES_SCHEMA=plain",
            "cv",
        ),
        "eventsourcing_sqlalchemy, PostgreSQL": module(
            "eventsourcing_sqlalchemy",
            f"SQLALCHEMY_URL={over_postgres}&SQLALCHEMY_SCHEMA=alchemy",
            "dv",
        ),
        "eventsourcing_umadb": module("eventsourcing_umadb", f"UMADB_URI={umadb}", "ev"),
    }


@contextmanager
def servers(base: Path) -> Iterator[tuple[str, str]]:
    """A PostgreSQL and a UmaDB of our own, as durable as they come."""
    with server(base) as postgres, umadb(base) as other:
        with psycopg.connect(postgres, autocommit=True) as db:
            for schema in ("ours", "plain", "alchemy"):
                db.execute(f"CREATE SCHEMA {schema}".encode())
        yield postgres, other


@contextmanager
def umadb(base: Path) -> Iterator[str]:
    """The address of a UmaDB that listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("umadb")
    process = subprocess.Popen(
        [program, "--listen", f"127.0.0.1:{port}", "--db-path", base / "uma.db"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        listening(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def listening(port: int) -> None:
    """Wait until somebody does."""
    deadline = monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if monotonic() > deadline:
                raise
            sleep(0.02)
        else:
            return


@contextmanager
def filled(places: Mapping[str, str], them: Corpus) -> Iterator[Ledgers]:
    """A ledger over each store, all with the same log."""
    with ExitStack() as opened:
        ledgers = {}
        for name, url in places.items():
            store = opened.enter_context(closing(open_store(url)))
            store.migrate([table(engagement)])
            for some in batched(them.log, BULK):
                store.append([lawful.row(it) for it in some])
            ledgers[name] = Ledger(
                store, vocabulary, DECIDERS, catalogue=shipped, views=(engagement,)
            )
        yield ledgers


def job(title: str, unit: str, units: int, contenders: Mapping[str, Ready]) -> Job:
    """One thing to do on every store."""
    return Job(title=title, unit=unit, units=units, stock=OURS, contenders=contenders)


def jobs(ledgers: Ledgers, them: Corpus) -> list[Job]:
    """Everything that is measured: what reads the log before what adds to it."""
    facts, dice = len(them.log), Random(5)
    some = Random(3).sample(them.histories, min(LOADED, len(them.histories)))
    return [
        job(
            "loading one participant of 60 facts",
            "participant",
            len(some),
            {
                name: at_once(partial(load, it, [history[0].subject for history in some]))
                for name, it in ledgers.items()
            },
        ),
        job(
            f"scanning a log of {facts:,} facts",
            "fact",
            facts,
            {name: at_once(partial(scan, it)) for name, it in ledgers.items()},
        ),
        job(
            f"rebuilding the engagement view over {facts:,} facts",
            "fact of the log",
            facts,
            {name: at_once(partial(rebuild, it)) for name, it in ledgers.items()},
        ),
        job(
            "appending facts, one at a time",
            "fact",
            2 * lawful.LENGTH,
            {name: appending(it, them, dice) for name, it in ledgers.items()},
        ),
        job(
            "one command to a participant of 30 facts",
            "command",
            20,
            {name: deciding(it, them, dice) for name, it in ledgers.items()},
        ),
    ]


def load(ledger: Ledger, subjects: Sequence[UUID]) -> None:
    for subject in subjects:
        ledger.state(subject, participant)


def scan(ledger: Ledger) -> None:
    deque(ledger.store.scan(), maxlen=0)


def rebuild(ledger: Ledger) -> None:
    ledger.rebuild(["engagement"], as_at=lawful.SEEN_FROM)


def another(dice: Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)


def appending(ledger: Ledger, them: Corpus, dice: Random) -> Ready:
    """Facts that are encoded already, of participants that are new each time."""

    def ready() -> Callable[[], None]:
        rows = [
            lawful.row(it) for history in them.histories[:2] for it in moved(history, another(dice))
        ]

        def run() -> None:
            for row in rows:
                ledger.store.append([row])

        return run

    return ready


def deciding(ledger: Ledger, them: Corpus, dice: Random) -> Ready:
    """Load, decide and append, for participants that are new each time."""
    begun = [it[:30] for it in them.histories if type(it[29].fact) is StudyRecorded]
    begun = (begun * 20)[:20]

    def ready() -> Callable[[], None]:
        histories = [moved(it, another(dice)) for it in begun]
        ledger.store.append([lawful.row(it) for history in histories for it in history])

        def run() -> None:
            for history in histories:
                command = RecordStudy(
                    component=history[-1].fact.component,
                    minutes=60,
                    ref="one more",
                    on=lawful.SEEN_FROM,
                )
                ledger.handle(history[0].subject, command, by=lawful.BY)

        return run

    return ready


@frozen
class Counted:
    """What a log has that it must not have, or lacks."""

    missed: int
    duplicated: int
    reordered: int


def counted(ledger: Ledger) -> Counted:
    """Each subject's versions run from 1 without a gap or a second one, in the log as read."""
    last: dict[str, int] = {}
    missed = duplicated = reordered = position = 0
    for at, subject, number, *_ in ledger.store.scan():
        before = last.get(subject, 0)
        missed += max(0, number - before - 1)
        duplicated += number <= before
        reordered += at <= position
        last[subject], position = max(number, before), at
    return Counted(missed, duplicated, reordered)


def checked(ledgers: Ledgers, them: Corpus) -> str:
    """The counters over all stores in words; `SystemExit` if one of them is not 0."""
    told = {name: counted(it) for name, it in ledgers.items()}
    for name, it in told.items():
        whole = sum(1 for _ in ledgers[name].store.scan()) >= len(them.log)
        if it != Counted(0, 0, 0) or not whole:
            msg = f"{name}: {it}, whole: {whole}"
            raise SystemExit(msg)
    return "0 facts missed, 0 duplicated, 0 reordered"


def tables(figures: Sequence[Figure]) -> str:
    """One table for each job."""
    parts = []
    for title in dict.fromkeys(it.job for it in figures):
        those = [it for it in figures if it.job == title]
        lines = [f"### {title.capitalize()}", "", f"µs for each {those[0].unit}.", ""]
        lines += ["| store | µs | × ours on SQLite |", "|---|--:|--:|"]
        lines += [f"| {it.contender} | {shown(it)} | {1 / it.times_stock:.2f} |" for it in those]
        parts.append("\n".join([*lines, ""]))
    return "\n".join(parts)


def shown(it: Figure) -> str:
    return f"{it.microseconds:,.2f}" if it.microseconds < 100 else f"{it.microseconds:,.0f}"


def libraries() -> str:
    """The versions of what the modules consist of."""
    names = dict.fromkeys(name for known in KNOWN.values() for name in known.tried)
    return ", ".join(f"{name} {version(name)}" for name in names)


def main() -> None:
    ask = argparse.ArgumentParser(prog="python -m benchmarks.modules", description=__doc__)
    ask.add_argument("--participants", type=int, default=300)
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--write", type=Path, help="write the documentation's page to this file")
    asked = ask.parse_args()
    size = Size(participants=asked.participants, rounds=asked.rounds)
    folder = Path(tempfile.mkdtemp(prefix="npq-modules-"))
    try:
        with servers(folder) as (uri, umadb):
            where = reporting.environment(uri) | {"Modules": libraries()}
            them = corpus(size)
            gc.collect()
            gc.freeze()
            with filled(addresses(folder, uri, umadb), them) as ledgers:
                figures = []
                for it in jobs(ledgers, them):
                    figures += measure("all", it, size.rounds)
                    print(tables(figures[-len(ledgers) :]), flush=True)
                faults = checked(ledgers, them)
    finally:
        shutil.rmtree(folder)
    print(faults)
    if asked.write:
        page = PAGE.format(
            rounds=size.rounds,
            participants=size.participants,
            faults=faults,
            environment="\n".join(f"- {name}: {what}" for name, what in where.items()),
            day=datetime.now(UTC).date(),
            tables=tables(figures),
        )
        asked.write.write_text(page)


if __name__ == "__main__":
    main()
