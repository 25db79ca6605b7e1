"""What is measured: appending, one command, loading, and rebuilding the engagement view."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from functools import partial
from os import cpu_count
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from attrs import frozen
from eventsourcing.persistence import StoredEvent
from psycopg.conninfo import conninfo_to_dict

from benchmarks import floor, lawful, outcomes, stock
from benchmarks.measuring import FLOOR, OURS, Job, Ready
from npq_adapters.folding import Folding
from npq_adapters.ledger import Ledger
from npq_adapters.memory import MemoryStore
from npq_adapters.opening import open_store
from npq_adapters.postgres import PostgresStore
from npq_adapters.projecting import table
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Row, Store
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.aggregates.participant import participant
from npq_domain.aggregates.participant.facts.engagement import StudyRecorded
from npq_domain.catalogue import shipped
from npq_domain.commands import RecordStudy
from npq_domain.history import live
from npq_domain.projections import VIEWS
from npq_domain.projections.engagement import engagement
from npq_domain.recorded import Recorded, Source

STOCK = "stock eventsourcing"
STOCK_FILTERED = "stock, filtered by topic"
STOCK_ALL = "stock, every event"
PROCESSES = min(4, cpu_count() or 1)
BY_SEVERAL = f"{OURS}, {PROCESSES} processes"
"""They are running already, as those of a service would be."""
LOADED = 200
"""How many participants are loaded in a run."""
BULK = 5_000
"""Rows that are appended at a time to fill a store."""

History = Sequence[Recorded[Any]]


@frozen(kw_only=True)
class Size:
    """How much is measured."""

    participants: int
    rounds: int


@frozen
class Corpus:
    """Lawful histories, one by one and as the log that they make together."""

    histories: tuple[History, ...]
    log: tuple[Recorded[Any], ...]


def corpus(size: Size) -> Corpus:
    """Draw the histories. The same for every contender and every store."""
    histories = tuple(lawful.lives(size.participants))
    return Corpus(histories, tuple(lawful.as_logged(histories)))


@frozen(kw_only=True)
class Contenders:
    """The three side by side on one store, filled with the same log."""

    kind: str
    ledger: Ledger
    app: stock.Stock
    views: Store
    """Where stock's view is written: a store of its own, with our tables."""
    floor: floor.Floor


@contextmanager
def contenders(kind: str, base: Path, uri: str, log: History) -> Iterator[Contenders]:
    """Open the three on a store, fill them, and close them."""
    open_ = PLACES[kind]
    open_.clear(uri)
    with closing(open_store(open_.url(base, uri, "ours"))) as store:
        store.migrate([table(engagement)])
        for some in batched(log, BULK):
            store.append([lawful.row(it) for it in some])
        stock.ASKED.set((lawful.BY, Source.PROVIDER))
        app = stock.Stock(env=open_.env(base, uri))
        open_.fill(uri, app, stock.stored(app, log))
        with (
            closing(open_store(open_.url(base, uri, "stock_views"))) as views,
            closing(app),
            closing(open_.floor(base, uri, store)) as bare,
        ):
            views.migrate([table(engagement)])
            ledger = Ledger(store, vocabulary, DECIDERS, catalogue=shipped, views=(engagement,))
            yield Contenders(kind=kind, ledger=ledger, app=app, views=views, floor=bare)


# The places.


@frozen(kw_only=True)
class Place:
    """How the contenders are opened on one kind of store."""

    url: Callable[[Path, str, str], str]
    env: Callable[[Path, str], dict[str, str]]
    floor: Callable[[Path, str, Store], floor.Floor]
    """Reads the ledger of this store."""
    clear: Callable[[str], object] = lambda _uri: None
    """Removes what an earlier run left."""
    fill: Callable[[str, stock.Stock, Iterable[StoredEvent]], object]
    """Fills stock's log; then does what the database would do by itself in the midst of a round."""


def memory_floor(_base: Path, _uri: str, store: Store) -> floor.Floor:
    assert isinstance(store, MemoryStore)
    return floor.MemoryFloor([tuple(row) for row in store.recorder.log])


def sqlite_floor(base: Path, _uri: str, store: Store) -> floor.Floor:
    assert isinstance(store, SqliteStore)
    return floor.SqliteFloor(store.datastore.path, base / "floor.db")


def postgres_floor(_base: Path, uri: str, store: Store) -> floor.Floor:
    assert isinstance(store, PostgresStore)
    return floor.PostgresFloor(uri, store.datastore.schema)


def postgres_url(_base: Path, uri: str, schema: str) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}schema={schema}"


def drop_schemas(uri: str) -> None:
    with psycopg.connect(uri, autocommit=True) as db:
        db.execute("DROP SCHEMA IF EXISTS ours, stock, stock_views, floor CASCADE")


def postgres_env(_base: Path, uri: str) -> dict[str, str]:
    with psycopg.connect(uri, autocommit=True) as db:
        db.execute("CREATE SCHEMA stock")
    given = conninfo_to_dict(uri)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(given["dbname"]),
        "POSTGRES_HOST": str(given["host"]),
        "POSTGRES_USER": str(given["user"]),
        "POSTGRES_PASSWORD": str(given.get("password") or "-"),
        "POSTGRES_SCHEMA": "stock",
    }


def by_recorder(_uri: str, app: stock.Stock, events: Iterable[StoredEvent]) -> None:
    app.recorder.insert_events(list(events))


def by_copy(uri: str, app: stock.Stock, events: Iterable[StoredEvent]) -> None:
    """By COPY: the library's recorder inserts row by row, and hangs on some thousands at once."""
    into = f"stock.{app.name}_events (originator_id, originator_version, topic, state)"
    with psycopg.connect(uri, autocommit=True) as db:
        with db.cursor().copy(f"COPY {into} FROM STDIN".encode()) as copy:
            for it in events:
                copy.write_row((it.originator_id, it.originator_version, it.topic, it.state))
        db.execute("VACUUM ANALYZE")


PLACES = {
    "memory": Place(
        url=lambda _base, _uri, _name: "memory:",
        env=lambda _base, _uri: {"PERSISTENCE_MODULE": "eventsourcing.popo"},
        floor=memory_floor,
        fill=by_recorder,
    ),
    "SQLite": Place(
        url=lambda base, _uri, name: f"sqlite:///{base / name}.db",
        env=lambda base, _uri: {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(base / "stock.db"),
        },
        floor=sqlite_floor,
        fill=by_recorder,
    ),
    "PostgreSQL": Place(
        url=postgres_url,
        env=postgres_env,
        floor=postgres_floor,
        fill=by_copy,
        clear=drop_schemas,
    ),
}
"""Each kind of store, in the order in which they are measured."""


# The jobs.


def jobs(on: Contenders, them: Corpus, crew: Executor) -> list[Job]:
    """Everything that is measured on one store: what reads the log before what adds to it."""
    return [
        loading(on, them),
        thinking(on, them),
        rebuilding(on, them, crew),
        *([] if on.kind == "memory" else [rebuilding_all(on, them, crew)]),
        appending(on, them, 1, "appending 60 facts, one at a time"),
        appending(on, them, 5, "appending 60 facts in fives"),
        deciding(on, them),
    ]


def appending(on: Contenders, them: Corpus, size: int, title: str) -> Job:
    """Facts that are there already, encoded and committed."""
    dice = Random(size)
    people = 50 if on.kind == "memory" else 5
    chosen = [them.histories[n % len(them.histories)] for n in range(people)]

    acknowledged: list[outcomes.Key] = []

    def fresh() -> list[History]:
        return [moved(it, UUID(int=dice.getrandbits(128), version=4)) for it in chosen]

    def add_ours(some: History) -> None:
        store.append([lawful.row(it) for it in some])
        acknowledged.extend((str(it.subject), it.version) for it in some)

    def appended(add: Callable[[Any], object], made: Callable[[History], Sequence[Any]]) -> Ready:
        def ready() -> Callable[[], None]:
            batches = [some for it in fresh() for some in batched(made(it), size)]

            def run() -> None:
                for some in batches:
                    add(some)

            return run

        return ready

    store, app, bare = on.ledger.store, on.app, on.floor

    return Job(
        title=title,
        unit="fact",
        units=people * lawful.LENGTH,
        stock=STOCK,
        contenders={
            OURS: appended(add_ours, list),
            STOCK: appended(lambda some: app.save(*some), stock.events),
            FLOOR: appended(lambda some: bare.append([written(*it) for it in some]), trees),
        },
        checks={OURS: lambda: outcomes.appended(store, acknowledged)},
    )


def written(subject: str, version: int, name: str, tree: Any) -> Row:
    """A row of the floor's, encoded."""
    return Row(subject, version, name, floor.encode(tree))


def deciding(on: Contenders, them: Corpus) -> Job:
    """One command to a participant of 30 facts: load, decide, append."""
    dice = Random(30)
    people = 100 if on.kind == "memory" else 20
    begun = [it[:30] for it in them.histories if type(it[29].fact) is StudyRecorded][:people]
    day, ref = lawful.SEEN_FROM, "one more"
    acknowledged: list[outcomes.Key] = []

    def fresh() -> list[History]:
        return [moved(it, UUID(int=dice.getrandbits(128), version=4)) for it in begun]

    def ours() -> Callable[[], None]:
        histories, handle = fresh(), on.ledger.handle
        on.ledger.store.append([lawful.row(it) for history in histories for it in history])
        asked = [
            (
                history[0].subject,
                RecordStudy(component=history[-1].fact.component, minutes=60, ref=ref, on=day),
            )
            for history in histories
        ]

        def run() -> None:
            for subject, command in asked:
                handle(subject, command, by=lawful.BY)
                acknowledged.extend((str(subject), version) for version in range(1, 32))

        return run

    def theirs() -> Callable[[], None]:
        histories, app = fresh(), on.app
        for history in histories:
            app.save(*stock.events(history))

        def run() -> None:
            for history in histories:
                found: stock.Participant = app.repository.get(history[0].subject)
                found.study(
                    component=history[-1].fact.component,
                    minutes=60,
                    percent=None,
                    ref=ref,
                    on=day,
                )
                app.save(found)

        return run

    return Job(
        title="one command to a participant of 30 facts",
        unit="command",
        units=len(begun),
        stock=STOCK,
        contenders={OURS: ours, STOCK: theirs},
        checks={OURS: lambda: outcomes.appended(on.ledger.store, acknowledged)},
    )


def loading(on: Contenders, them: Corpus) -> Job:
    """Read a participant's stream and fold it to a state."""
    some = Random(3).sample(them.histories, min(LOADED, len(them.histories)))
    subjects = [it[0].subject for it in some]
    texts = [str(it) for it in subjects]

    def ours() -> None:
        for subject in subjects:
            on.ledger.state(subject, participant)

    def theirs() -> None:
        for subject in subjects:
            on.app.repository.get(subject)

    def bare() -> None:
        for text in texts:
            for row in on.floor.stream(text):
                floor.parse(row[-1])

    return Job(
        title="loading one participant of 60 facts",
        unit="participant",
        units=len(subjects),
        stock=STOCK,
        contenders={OURS: at_once(ours), STOCK: at_once(theirs), FLOOR: at_once(bare)},
        checks={OURS: lambda: as_told(on.ledger, some)},
        times_stock=8 if on.kind == "memory" else 3,
    )


def thinking(on: Contenders, them: Corpus) -> Job:
    """Load 60 facts, fold them and decide a command that says what is known: all but appending.

    The floor is the bare decoding of those facts, their rows in hand already.
    """
    some = Random(4).sample(them.histories, min(LOADED, len(them.histories)))
    asked = [(it[0].subject, study_again(it)) for it in some]
    states = [[row.state for row in map(lawful.row, it)] for it in some]

    def ours() -> None:
        for subject, command in asked:
            on.ledger.handle(subject, command, by=lawful.BY)

    def theirs() -> None:
        for subject, asks in asked:
            found: stock.Participant = on.app.repository.get(subject)
            found.study(asks.component, asks.minutes, asks.percent, asks.ref, asks.on)

    def bare() -> None:
        for history in states:
            for state in history:
                floor.parse(state)

    return Job(
        title="loading 60 facts, folding and deciding",
        unit="participant",
        units=len(asked),
        stock=STOCK,
        contenders={OURS: at_once(ours), STOCK: at_once(theirs), FLOOR: at_once(bare)},
        checks={OURS: lambda: as_told(on.ledger, some)},
        times_floor=4 if on.kind == "memory" else None,
    )


def study_again(history: History) -> RecordStudy:
    """The last piece of study once more."""
    last = next(it.fact for it in reversed(history) if type(it.fact) is StudyRecorded)
    return RecordStudy(
        component=last.component,
        minutes=last.minutes,
        percent=last.percent,
        ref=last.ref,
        on=last.on,
    )


def rebuilding(on: Contenders, them: Corpus, crew: Executor) -> Job:
    """The engagement view anew from the whole log: its rows and its checkpoint written."""
    names = Folding(engagement.decider, vocabulary, engagement.parts).names
    theirs = partial(stock.rebuild, on.app, on.views, lawful.SEEN_FROM)

    def ours() -> None:
        on.ledger.rebuild(["engagement"], as_at=lawful.SEEN_FROM)

    def by_several() -> None:
        on.ledger.rebuild(["engagement"], as_at=lawful.SEEN_FROM, workers=PROCESSES, executor=crew)

    def bare() -> None:
        for row in on.floor.scan(names):
            floor.parse(row[-1])

    def as_stock() -> outcomes.Counted:
        return outcomes.rebuilt(on.ledger.store, [engagement], {engagement.name: rows(on.views)})

    several = {} if on.kind == "memory" else {BY_SEVERAL: at_once(by_several)}
    return Job(
        title=f"rebuilding the engagement view over {len(them.log):,} facts",
        unit="fact of the log",
        units=len(them.log),
        stock=STOCK_FILTERED,
        contenders={
            OURS: at_once(ours),
            **several,
            STOCK_FILTERED: at_once(partial(theirs, filtered=True)),
            STOCK_ALL: at_once(partial(theirs, filtered=False)),
            FLOOR: at_once(bare),
        },
        checks=dict.fromkeys((OURS, *several), as_stock),
        times_stock=None if on.kind == "memory" else 8,
        times_floor=None if on.kind == "memory" else 1.5,
    )


def rebuilding_all(on: Contenders, them: Corpus, crew: Executor) -> Job:
    """Every view anew in one pass; the floor reads and parses every fact."""
    store = on.ledger.store
    store.migrate([table(it) for it in VIEWS])
    ledger = Ledger(store, vocabulary, DECIDERS, catalogue=shipped, views=VIEWS)
    names = tuple({it.name for it in them.log})

    def ours() -> None:
        ledger.rebuild(as_at=lawful.SEEN_FROM)

    def by_several() -> None:
        ledger.rebuild(as_at=lawful.SEEN_FROM, workers=PROCESSES, executor=crew)

    def caught_up_with() -> outcomes.Counted:
        return outcomes.rebuilt(store, VIEWS, caught_up(them.log))

    def bare() -> None:
        for row in on.floor.scan(names):
            floor.parse(row[-1])

    return Job(
        title=f"rebuilding every view over {len(them.log):,} facts",
        unit="fact of the log",
        units=len(them.log),
        stock=FLOOR,  # stock has no such views: the floor is all there is to be held to
        contenders={OURS: at_once(ours), BY_SEVERAL: at_once(by_several), FLOOR: at_once(bare)},
        checks=dict.fromkeys((OURS, BY_SEVERAL), caught_up_with),
        times_floor=2.5,
    )


def caught_up(log: History) -> dict[str, list[Any]]:
    """The rows of every view when a ledger in memory catches up with this log."""
    with closing(open_store("memory:")) as store:
        store.migrate([table(it) for it in VIEWS])
        for some in batched(log, BULK):
            store.append([lawful.row(it) for it in some])
        ledger = Ledger(store, vocabulary, DECIDERS, catalogue=shipped, views=VIEWS)
        ledger.catch_up(as_at=lawful.SEEN_FROM)
        with store.views() as views:
            return {it.name: views.read(table(it), {}) for it in VIEWS}


def as_told(ledger: Ledger, histories: Iterable[History]) -> outcomes.Counted:
    """Whether each participant is loaded as the history says."""
    return outcomes.loaded(
        (
            ledger.state(it[0].subject, participant),
            participant.replay(each.fact for each in live(it, participant.void)),
        )
        for it in histories
    )


def at_once(run: Callable[[], None]) -> Ready:
    """A run that nothing has to be made ready for."""
    return lambda: run


def batched(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """So many at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def moved(history: History, subject: UUID) -> History:
    """The same history of another participant."""
    return [msgspec.structs.replace(it, subject=subject) for it in history]


def trees(history: History) -> list[tuple[str, int, str, Any]]:
    """What the floor writes: the columns, and the state as plain values still to be encoded."""
    return [(str(it.subject), it.version, it.name, tree(it)) for it in history]


def tree(it: Recorded[Any]) -> dict[str, Any]:
    """A fact in its envelope, as plain values."""
    return {
        "at": it.recorded_at,
        "by": {"role": it.by.role, "id": it.by.id},
        "source": it.source.value,
        "command": it.command_id,
        "fact": stock.fields(it.fact),
    }


def rows(store: Store) -> list[Any]:
    """The engagement view as it was written."""
    with store.views() as views:
        return views.read(table(engagement), {})
