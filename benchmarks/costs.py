"""What each safety costs on SQLite: alone, and all together, beside stock eventsourcing."""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from attrs import frozen

from benchmarks import lawful, outcomes, stock
from benchmarks.measuring import Job, Ready
from npq_adapters import migrate, open_ledger
from npq_adapters.keys import keys_at
from npq_adapters.ledger import Ledger, storable
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Row
from npq_domain.aggregates import vocabulary
from npq_domain.aggregates.participant import participant
from npq_domain.history import live
from npq_domain.recorded import Recorded
from npq_domain.vocabulary import Envelope

STOCK = "stock eventsourcing"
ALL = "npq_domain, all of it"
PEOPLE = 5
LOADED = 100

History = Sequence[Recorded[Any]]


@frozen(kw_only=True)
class Safety:
    """Which of them are on."""

    synced: bool = False
    """Each commit is on the disk: `synchronous = FULL`; else `NORMAL`."""
    overwritten: bool = False
    """What is deleted is overwritten: `secure_delete`."""
    guarded: bool = False
    """Triggers refuse changes, deletions and gaps."""
    read_back: bool = False
    """What is stored is read back, checked and bounded before it is."""
    sealed: bool = False
    """What is personal is under seal."""


VARIANTS: Mapping[str, Safety] = {
    "none of it": Safety(),
    "synced to the disk": Safety(synced=True),
    "deleted is overwritten": Safety(overwritten=True),
    "guarded by triggers": Safety(guarded=True),
    "read back before it is stored": Safety(read_back=True),
    "sealed": Safety(sealed=True),
    ALL: Safety(synced=True, overwritten=True, guarded=True, read_back=True, sealed=True),
}


@contextmanager
def opened(folder: Path, it: Safety) -> Iterator[Ledger]:
    """A ledger in a new file, with these safeties and no others."""
    file = folder / f"{secrets.token_hex(4)}.db"
    url = f"sqlite:///{file}"
    keys = keys_at(f"{file}.keys", make=True) if it.sealed else None
    migrate(url, keys=keys)
    if not it.guarded:
        unguarded(file)
    with open_ledger(url, keys=keys) as ledger:
        assert isinstance(ledger.store, SqliteStore)
        # One thread borrows one connection, again and again.
        with ledger.store.datastore.connections.connection() as db:
            db.execute(f"PRAGMA synchronous = {'FULL' if it.synced else 'NORMAL'}")
            db.execute(f"PRAGMA secure_delete = {'ON' if it.overwritten else 'OFF'}")
        yield ledger


def unguarded(file: Path) -> None:
    """Take the triggers away."""
    with closing(sqlite3.connect(file)) as db, db:
        triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            db.execute(f'DROP TRIGGER "{name}"')


def written(ledger: Ledger, it: Safety) -> Callable[[Recorded[Any]], Row]:
    """How a fact becomes a row."""

    def checked(fact: Recorded[Any]) -> Row:
        envelope = Envelope(
            at=fact.recorded_at,
            by=fact.by,
            source=fact.source,
            command=fact.command_id,
            fact=fact.fact,
        )
        return Row(str(fact.subject), fact.version, *storable(vocabulary, envelope))

    plain = checked if it.read_back else lawful.row
    return (lambda fact: ledger.sealed(plain(fact))) if it.sealed else plain


def jobs(stack: ExitStack, folder: Path, histories: Sequence[History]) -> list[Job]:
    """Appending one fact at a time, and loading: each safety alone, and all together."""
    ledgers = {name: stack.enter_context(opened(folder, it)) for name, it in VARIANTS.items()}
    app = stack.enter_context(
        closing(
            stock.Stock(
                env={
                    "PERSISTENCE_MODULE": "eventsourcing.sqlite",
                    "SQLITE_DBNAME": str(folder / "stock_costs.db"),
                }
            )
        )
    )
    return [appending(ledgers, app, histories), loading(ledgers, app, histories)]


def appending(ledgers: Mapping[str, Ledger], app: stock.Stock, histories: Sequence[History]) -> Job:
    """Facts that are there already, encoded and committed one by one."""
    dice = Random(7)
    acknowledged: dict[str, list[outcomes.Key]] = {name: [] for name in VARIANTS}

    def fresh() -> list[Recorded[Any]]:
        subjects = [UUID(int=dice.getrandbits(128), version=4) for _ in range(PEOPLE)]
        return [
            msgspec.structs.replace(it, subject=subject)
            for subject, history in zip(subjects, histories, strict=False)
            for it in history
        ]

    def ours(name: str) -> Ready:
        ledger = ledgers[name]
        make, append = written(ledger, VARIANTS[name]), ledger.store.append
        mine = acknowledged[name]

        def ready() -> Callable[[], None]:
            facts = fresh()

            def run() -> None:
                for it in facts:
                    append([make(it)])
                    mine.append((str(it.subject), it.version))

            return run

        return ready

    def theirs() -> Callable[[], None]:
        events = stock.events(fresh())

        def run() -> None:
            for it in events:
                app.save(it)

        return run

    return Job(
        title="what safety costs: appending one fact",
        unit="fact",
        units=PEOPLE * lawful.LENGTH,
        stock=STOCK,
        contenders={STOCK: theirs, **{name: ours(name) for name in VARIANTS}},
        checks={
            name: partial(outcomes.appended, it.store, acknowledged[name])
            for name, it in ledgers.items()
        },
        times_stock=0.77,  # 1.3 times as long
    )


def loading(ledgers: Mapping[str, Ledger], app: stock.Stock, histories: Sequence[History]) -> Job:
    """Participants of 60 facts, read and folded."""
    some = histories[-LOADED:]
    subjects = [it[0].subject for it in some]
    for name, ledger in ledgers.items():
        make = written(ledger, VARIANTS[name])
        for history in some:
            ledger.store.append([make(it) for it in history])
    for history in some:
        app.save(*stock.events(history))

    def ours(ledger: Ledger) -> Ready:
        def run() -> None:
            for subject in subjects:
                ledger.state(subject, participant)

        return lambda: run

    def as_told(ledger: Ledger) -> outcomes.Counted:
        return outcomes.loaded(
            (
                ledger.state(it[0].subject, participant),
                participant.replay(each.fact for each in live(it, participant.void)),
            )
            for it in some
        )

    def theirs() -> None:
        for subject in subjects:
            app.repository.get(subject)

    return Job(
        title="what safety costs: loading one participant of 60 facts",
        unit="participant",
        units=len(subjects),
        stock=STOCK,
        contenders={STOCK: lambda: theirs, **{name: ours(it) for name, it in ledgers.items()}},
        checks={name: partial(as_told, it) for name, it in ledgers.items()},
        times_stock=3.5,
    )
