"""Ledgers over persistence modules of the base library: what the contract of stores leaves open."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import metadata
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory, JSONTranscoder, Mapper, StoredEvent
from eventsourcing.popo import POPOFactory
from eventsourcing.sqlite import SQLiteFactory
from eventsourcing.utils import Environment
from umadb import Client, Event

from npq_adapters import migrate, open_ledger
from npq_adapters.ledger import Ledger
from npq_adapters.memory import MemoryStore
from npq_adapters.modules import KNOWN
from npq_adapters.opening import open_store
from npq_adapters.other import ModuleStore
from npq_adapters.positions import Positions
from npq_adapters.projecting import table
from npq_adapters.store import Fields, Row, Store, Stored
from npq_domain.errors import Invalid, StoredFactError, StoreUnavailable
from tests.adapters.club import (
    DAY,
    SECRETARY,
    VIEWS,
    Add,
    Clock,
    Join,
    Open,
    Withdraw,
    member,
    vocabulary,
)
from tests.adapters.club import club as club_decider
from tests.conftest import MODULES, Backend, UmaDB, backend_of, umadb_over

ONE, TWO = str(uuid4()), str(uuid4())


@pytest.fixture(params=MODULES)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return backend_of(request.param, request, tmp_path)


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    with closing(open_store(backend.url)) as store:
        store.migrate([table(view) for view in VIEWS])
        yield over(store)


def over(store: Store) -> Ledger:
    return Ledger(
        store,
        vocabulary,
        (member, club_decider),
        views=VIEWS,
        clock=Clock(),
        catalogue=lambda: "the catalogue",
    )


def row(subject: str, version: int, name: str = "a.thing-done.v1", state: bytes = b"{}") -> Row:
    return Row(subject, version, name, state)


def sqlite_at(directory: Path, *, views: bool = False) -> str:
    beside = f"&views={directory}/views.db" * views
    return f"module:eventsourcing.sqlite?SQLITE_DBNAME={directory}/log.db{beside}"


# The ledger over them


def test_a_command_asked_for_twice_has_one_effect_and_one_answer(ledger: Ledger) -> None:
    subject, command_id = uuid4(), uuid4()
    first, second = (
        ledger.handle(subject, Add(points=(3, 4)), by=SECRETARY, command_id=command_id)
        for _ in range(2)
    )
    assert (first.repeated, second.repeated) == (False, True)
    assert first == second == ledger.history(subject)


def test_of_four_writers_of_one_subject_nobody_loses_a_fact(ledger: Ledger) -> None:
    subject = uuid4()

    def write(number: int) -> None:
        for point in range(5):
            ledger.handle(subject, Add(points=(number * 5 + point + 1,)), by=SECRETARY)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    told = ledger.history(subject)
    assert [it.version for it in told] == list(range(1, 21))
    assert sorted(it.fact.points for it in told) == list(range(1, 21))


def some_facts(ledger: Ledger, club: UUID, members: list[UUID]) -> None:
    ledger.handle(club, Open(seats=9), by=SECRETARY)
    for number, subject in enumerate(members):
        ledger.handle(subject, Join(club_id=club), by=SECRETARY)
        ledger.handle(subject, Add(points=(number + 1, number + 1)), by=SECRETARY)


def test_views_kept_up_are_those_made_anew_and_those_of_our_own_store(ledger: Ledger) -> None:
    own = over(MemoryStore())
    own.store.migrate([table(view) for view in VIEWS])
    club, members = uuid4(), [uuid4() for _ in range(4)]
    for it in (ledger, own):
        some_facts(it, club, members[:3])
        it.catch_up(as_at=DAY)
        some_facts(it, club, members[1:])
        it.handle(members[0], Withdraw(version=2), by=SECRETARY)
        it.catch_up(as_at=DAY)
    kept = {view.name: ledger.rows(view) for view in VIEWS}
    ledger.rebuild(as_at=DAY)
    assert {view.name: ledger.rows(view) for view in VIEWS} == kept
    assert kept == {view.name: own.rows(view) for view in VIEWS}
    assert any(kept.values())


def test_workers_make_the_same_views(tmp_path: Path) -> None:
    with closing(open_store(sqlite_at(tmp_path))) as store:
        store.migrate([table(view) for view in VIEWS])
        ledger = over(store)
        some_facts(ledger, uuid4(), [uuid4() for _ in range(5)])
        ledger.rebuild(as_at=DAY)
        alone = {view.name: ledger.rows(view) for view in VIEWS}
        with ThreadPoolExecutor(2) as threads:
            ledger.rebuild(as_at=DAY, workers=3, executor=threads)
        assert {view.name: ledger.rows(view) for view in VIEWS} == alone


def test_views_in_memory_begin_empty_and_those_in_a_file_stay(tmp_path: Path) -> None:
    subject = uuid4()
    for url, rows in ((sqlite_at(tmp_path), 0), (sqlite_at(tmp_path, views=True), 1)):
        migrate(url, views=VIEWS)
        with open_ledger(url, views=VIEWS) as first:
            toy = over(first.store)
            toy.handle(subject, Add(points=(1,)), by=SECRETARY)
            toy.catch_up(as_at=DAY)
            assert len(first.rows("scores")) == 1
        with open_ledger(url, views=VIEWS) as again:
            assert len(again.rows("scores")) == rows
            assert again.store.head() > 0


# What is appended comes back, or is refused


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (row("one", 1), "a subject is the text of a UUID"),
        (row(ONE.upper(), 1), "a subject is the text of a UUID"),
        (row(ONE, 0), "a version that is not the next"),
        (row(ONE, 2**63), "a version that is not the next"),
        (row(ONE, True), "a version that is not the next"),
        (row(ONE, 1, ""), "name is a text"),
        (row(ONE, 1, "a\0b"), "name is a text"),
        (row(ONE, 1, "\udc80"), "name is a text"),
        (row(ONE, 1, state=bytearray(b"{}")), "state is bytes"),  # type: ignore[arg-type]
    ],
)
def test_what_would_not_come_back_as_it_went_is_refused(
    backend: Backend, wrong: Row, why: str
) -> None:
    with closing(open_store(backend.url)) as store:
        store.migrate(())
        with pytest.raises(Invalid, match=f"it takes no such rows: {why}"):
            store.append([row(TWO, 1), wrong])
        assert store.head() == 0


def test_a_gap_in_the_versions_is_refused_where_the_plain_recorder_takes_it(
    backend: Backend,
) -> None:
    with closing(open_store(backend.url)) as store:
        store.migrate(())
        store.append([row(ONE, 1)])
        for rows in ([row(ONE, 3)], [row(ONE, 2), row(ONE, 4)], [row(TWO, 2)]):
            with pytest.raises(
                Invalid, match=r"a version that is not the next of its subject: \d of "
            ):
                store.append(rows)
        with closing(open_store(backend.url)) if backend.shared else closing(store) as other:
            other.append([row(ONE, 2), row(TWO, 1)])
            other.append([row(ONE, 3)])
            assert [it.version for it in map(Stored._make, other.scan())] == [1, 2, 1, 3]


def test_the_plain_recorder_takes_a_gap() -> None:
    plain = POPOFactory(Environment()).application_recorder()
    plain.insert_events([StoredEvent(ONE, version, "a", b"") for version in (1, 7)])
    assert [it.originator_version for it in plain.select_events(ONE)] == [1, 7]


def test_what_another_writer_appended_counts_for_the_next_version(tmp_path: Path) -> None:
    url = sqlite_at(tmp_path)
    with closing(open_store(url)) as one, closing(open_store(url)) as other:
        for it in (one, other):
            it.migrate(())
        for version in range(1, 7, 2):
            one.append([row(ONE, version)])
            other.append([row(ONE, version + 1)])
        assert [it.position for it in one.stream(ONE)] == [1, 2, 3, 4, 5, 6]


def test_an_error_never_quotes_a_fact(backend: Backend) -> None:
    with closing(open_store(backend.url)) as store:
        store.migrate(())
        store.append([row(ONE, 1, state=b"Euphemia")])
        with pytest.raises(Exception, match="recorded already") as taken:
            store.append([row(ONE, 1, state=b"Euphemia")])
    for form in ("Euphemia", "69, 117, 112"):  # as text and as UmaDB tells bytes
        assert form not in str(taken.value)
    assert taken.value.__cause__ is None
    assert taken.value.__suppress_context__


# Nothing that is stored is imported

CANARY = """
import sys
sys.path.insert(0, sys.argv[1])
from npq_adapters import migrate, open_ledger
from npq_adapters.opening import open_store
from npq_adapters.store import Row
from uuid import uuid4

migrate(sys.argv[2])
store = open_store(sys.argv[2])
for name in ("canary", "canary:Thing", "canary.Thing", "canary:Thing.deeper", "canary.v1"):
    store.append([Row(str(uuid4()), 1, name, b'{"_type_": "canary:Thing", "_data_": {}}')])
facts = [*store.scan()]
for _, subject, *_ in facts:
    store.stream(subject)
store.close()
with open_ledger(sys.argv[2]) as ledger:
    for ask in (ledger.rebuild, ledger.catch_up):
        try:
            ask()
        except Exception as error:
            print(type(error).__name__)
print(len(facts), "canary" in sys.modules)
"""


def test_names_that_are_stored_are_not_imported(tmp_path: Path) -> None:
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "canary.py").write_text("raise SystemExit('the canary was imported')")
    done = subprocess.run(
        [sys.executable, "-c", CANARY, tmp_path / "path", sqlite_at(tmp_path)],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "5 False"


def test_the_plain_mapper_imports_what_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain_canary.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    mapper = Mapper[UUID](JSONTranscoder())
    with pytest.raises(SystemExit, match="imported"):
        mapper.to_domain_event(StoredEvent(uuid4(), 1, "plain_canary:Thing", b"{}"))


# Rows that others damaged


def test_a_row_that_cannot_be_read_is_named_and_the_other_subjects_are_well(tmp_path: Path) -> None:
    with closing(open_store(sqlite_at(tmp_path))) as store:
        store.migrate(())
        store.append([row(ONE, 1), row(ONE, 2)])
        with closing(sqlite3.connect(tmp_path / "log.db")) as other, other:
            other.execute("INSERT INTO stored_events VALUES (NULL, 1, 'Euphemia', x'00')")
        store.append([row(TWO, 1)])
        plain = SQLiteFactory(Environment(env={"SQLITE_DBNAME": str(tmp_path / "log.db")}))
        with closing(plain), pytest.raises(TypeError, match="must be given"):
            plain.application_recorder().select_notifications(None, 10)
        read = store.scan()
        assert [next(read)[0], next(read)[0]] == [1, 2]
        with pytest.raises(StoredFactError, match="position 3,") as damaged:
            next(read)
        assert (damaged.value.position, "Euphemia" in str(damaged.value)) == (3, False)
        assert [position for position, *_ in store.scan(after=3)] == [4]
        with closing(open_store(sqlite_at(tmp_path))) as again:
            for it in (store, again):
                assert [fact.position for fact in it.stream(TWO)] == [4]
                assert [fact.position for fact in it.stream(ONE)] == [1, 2]


def test_another_program_s_events_in_umadb_are_named(umadb: UmaDB) -> None:
    with closing(open_store(f"module:eventsourcing_umadb?UMADB_URI={umadb.uri}")) as store:
        store.append([row(ONE, 1)])
        Client(umadb.uri).append([Event(event_type="foreign", data=b"x", tags=[])])
        store.append([row(ONE, 2)])
        with pytest.raises(StoredFactError, match="position 2,"):
            list(store.scan())
        assert [it.position for it in store.stream(ONE)] == [1, 3]


# Settings


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("module:", "the name of a module begins with eventsourcing_"),
        ("module:os", "the name of a module begins with eventsourcing_"),
        ("module:eventsourcing", "the name of a module begins with eventsourcing_"),
        ("module:eventsourcingpopo", "the name of a module begins with eventsourcing_"),
        ("module://eventsourcing.popo", "the name of a module begins with eventsourcing_"),
        ("module:eventsourcing.popo:Factory", "the name of a module begins with eventsourcing_"),
        ("module:eventsourcing.persistence", "no persistence module: it has 0 factories"),
        ("module:eventsourcing.popo?SPEED=9", "unknown setting SPEED; there are none"),
        ("module:eventsourcing.popo?SPEED", "what follows the [?] reads NAME=value"),
        ("module:eventsourcing.popo?=9", "what follows the [?] reads NAME=value"),
        ("module:eventsourcing.popo?views=/tmp/v.db", "popo forgets its facts at the end"),
        ("module:eventsourcing.sqlite", "the setting SQLITE_DBNAME is missing"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAME=", "the setting SQLITE_DBNAME is empty"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAM=a", "unknown setting SQLITE_DBNAM; there are"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAME=a&SQLITE_DBNAME=b", "is given twice"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAME=a%zz", "with & and % as %XX"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAME=:memory:", "SQLITE_DBNAME: that is memory"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAME=file:a?mode=memory", "that is memory"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAME=a&views=", "views: that is not the name"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAME=a&views=:memory:", "views: that is not the"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAME=a&CREATE_TABLE=y", "setting CREATE_TABLE"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAME=a&SQLITE_LOCK_TIMEOUT=soon", "at SQLITE_LOCK"),
        ("module:eventsourcing.sqlite?SQLITE_DBNAME=a&ORIGINATOR_ID_TYPE=int", "at ORIGINATOR_ID"),
        (
            "module:eventsourcing.sqlite?SQLITE_DBNAME=a&APPLICATION_RECORDER_TOPIC=canary:Thing",
            "unknown setting APPLICATION_RECORDER_TOPIC",
        ),
        ("module:eventsourcing_sqlalchemy", "the setting SQLALCHEMY_URL is missing"),
        ("module:eventsourcing_sqlalchemy?SQLALCHEMY_URL=sqlite://", "that is memory"),
        ("module:eventsourcing_sqlalchemy?SQLALCHEMY_URL=sqlite:///:memory:", "that is memory"),
        ("module:eventsourcing_sqlalchemy?SQLALCHEMY_URL=sqlite:///?timeout=3", "that is memory"),
        ("module:eventsourcing_umadb", "the setting UMADB_URI is missing"),
        ("module:eventsourcing_kurrentdb?KURRENTDB_URI=x", "begin at version 0 and ours at 1"),
        ("module:eventsourcing_dynamodb", "is made for eventsourcing 9.3"),
    ],
)
def test_settings_that_are_not_as_they_must_be_are_named(url: str, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refused:
        open_store(url)
    assert '"module:eventsourcing_name?SETTING=value"' in str(refused.value)


def test_misspelt_settings_silently_mean_memory_to_the_plain_library() -> None:
    misspelt = {"PERSISTANCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": "ledger.db"}
    factory = InfrastructureFactory.construct(Environment(env=misspelt))
    assert type(factory) is POPOFactory


def test_the_environment_does_not_choose_where_the_plain_library_lets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plain(Application[UUID]):
        env = {"PERSISTENCE_MODULE": "eventsourcing.popo"}  # noqa: RUF012 - as its users write it

    for name, value in {
        "PERSISTENCE_MODULE": "eventsourcing.sqlite",
        "SQLITE_DBNAME": str(tmp_path / "elsewhere.db"),
        "NPQ_SQLITE_DBNAME": str(tmp_path / "elsewhere.db"),
        "CREATE_TABLE": "y",
        "UMADB_URI": "http://elsewhere.invalid",
    }.items():
        monkeypatch.setenv(name, value)
    with closing(Plain()) as plain:
        assert (tmp_path / "elsewhere.db").exists()
        assert type(plain.factory) is not POPOFactory
    (tmp_path / "elsewhere.db").unlink()
    with pytest.raises(Invalid, match="SQLITE_DBNAME is missing"):
        open_store("module:eventsourcing.sqlite")
    with pytest.raises(Invalid, match="UMADB_URI is missing"):
        open_store("module:eventsourcing_umadb")
    with closing(open_store(sqlite_at(tmp_path))) as store:
        store.migrate(())
        store.append([row(ONE, 1)])
    assert {it.name.partition("-")[0] for it in tmp_path.iterdir()} == {"log.db"}


@pytest.mark.parametrize("name", ["PGHOSTADDR", "PGOPTIONS", "PGSERVICE"])
@pytest.mark.parametrize("kind", ["postgres module", "sqlalchemy on postgres"])
def test_variables_that_libpq_would_read_are_to_be_unset(
    kind: str,
    name: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = backend_of(kind, request, tmp_path).url
    with monkeypatch.context() as environment:
        environment.setenv(name, "192.0.2.1")
        with pytest.raises(Invalid, match=f"unset the variable {name}"):
            open_store(url)


@pytest.mark.parametrize("value", ["y", "1", "TRUE", "anything"])
def test_appending_without_a_lock_is_refused(
    value: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = backend_of("postgres module", request, tmp_path).url
    with pytest.raises(Invalid, match="POSTGRES_ENABLE_DB_FUNCTIONS: its functions append without"):
        open_store(f"{url}&POSTGRES_ENABLE_DB_FUNCTIONS={value}")


def test_a_password_is_not_repeated() -> None:
    for url in (
        "module:eventsourcing_sqlalchemy?SQLALCHEMY_URL=postgresql+psycopg://u:hunter2@[host/db",
        "module:eventsourcing_sqlalchemy?SQLALCHEMY_URL=postgresql+psycopg://u:hunter2@host:x/db",
        "module:eventsourcing_sqlalchemy?SQLALCHEMY_URL=hunter2",
        "module:eventsourcing.postgres?POSTGRES_PASSWORD=hunter2",
        "module:eventsourcing.popo?POSTGRES_PASSWORD=hunter2&SPEED=hunter2",
    ):
        with (
            pytest.raises((Invalid, StoreUnavailable)) as refused,
            closing(open_store(url)) as store,
        ):
            store.head()
        assert "hunter2" not in str(refused.value)


def test_a_relative_file_stays_where_it_was_when_the_directory_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, url in enumerate(
        (
            "module:eventsourcing.sqlite?SQLITE_DBNAME=a.db&views=v.db",
            "module:eventsourcing_sqlalchemy?SQLALCHEMY_URL=sqlite:///a.db&views=v.db",
        )
    ):
        there, elsewhere = tmp_path / f"{number}", tmp_path / f"{number} elsewhere"
        there.mkdir()
        elsewhere.mkdir()
        monkeypatch.chdir(there)
        with closing(open_store(url)) as store:
            monkeypatch.chdir(elsewhere)
            store.migrate(())
            store.append([row(ONE, 1)])
            store.stream(ONE)
        assert {it.name.partition("-")[0] for it in there.iterdir()} == {"a.db", "v.db"}
        assert list(elsewhere.iterdir()) == []


def test_a_module_that_is_not_there_is_not_looked_for_elsewhere() -> None:
    with pytest.raises(StoreUnavailable, match="eventsourcing_umdb is not installed; known: event"):
        open_store("module:eventsourcing_umdb?UMADB_URI=http://127.0.0.1:1")


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for url in (
        "module:eventsourcing_umadb?UMADB_URI=http://127.0.0.1:1",
        "module:eventsourcing_sqlalchemy?SQLALCHEMY_URL=postgresql%2Bpsycopg://u@127.0.0.1:1/db",
    ):
        with (
            pytest.raises(StoreUnavailable, match=r"[Cc]onnect"),
            closing(open_store(url)) as store,
        ):
            store.head()


def test_ids_may_be_texts_where_the_module_is_told_so(tmp_path: Path) -> None:
    url = f"{sqlite_at(tmp_path)}&ORIGINATOR_ID_TYPE=text"
    with closing(open_store(url)) as store:
        store.migrate(())
        store.append([row("member-1", 1)])
        assert [it.subject for it in store.stream("member-1")] == ["member-1"]
        assert [subject for _, subject, *_ in store.scan()] == ["member-1"]


# Positions


def test_positions_that_were_learnt_are_kept_beside_the_views(tmp_path: Path) -> None:
    url = sqlite_at(tmp_path, views=True)
    migrate(url)
    with closing(open_store(url)) as store:
        store.append([row(ONE, 1), row(TWO, 1), row(ONE, 2)])
        assert [it.position for it in store.stream(ONE)] == [1, 3]
    with closing(open_store(url)) as again:
        assert isinstance(again, ModuleStore)
        asked: list[int] = []

        def page(after: int) -> Sequence[Fields]:
            asked.append(after)
            return again._page_of_all(after)

        learning = Positions(page, again.mark, again._positions._kept)
        assert learning.of(ONE, 2) == {1: 1, 2: 3}
        assert learning.of(TWO, 1) == {1: 2}
        assert asked == []  # of what is known
        again.append([row(TWO, 2)])
        assert learning.of(TWO, 2) == {1: 2, 2: 4}


def test_a_file_of_views_that_goes_with_another_log_is_refused(tmp_path: Path) -> None:
    migrate(url := sqlite_at(tmp_path, views=True))
    with closing(open_store(url)) as store:
        store.append([row(ONE, 1), row(ONE, 2)])
        store.stream(ONE)
    (tmp_path / "log.db").unlink()
    migrate(url)
    with closing(open_store(url)) as store:
        store.append([row(TWO, 1)])
        with pytest.raises(StoreUnavailable, match="the file of views goes with another log"):
            store.stream(TWO)


# Guarantees


def test_a_store_tells_what_it_holds_and_what_was_tried(backend: Backend) -> None:
    with closing(open_store(backend.url)) as store:
        assert isinstance(store, ModuleStore)
        told = {it.name: it for it in store.guarantees()}
        assert len(told) == len(store.guarantees()) == 11
    assert {it for it in told if told[it].held} >= {
        "ordered", "versions_contiguous", "versions_unique", "whole",
    }  # fmt: skip
    assert told["durable"].held == backend.shared == told["views_kept"].held
    assert told["append_only"].held == (backend.kind == "umadb")


def test_a_module_that_nobody_tried_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "eventsourcing_cellar.py").write_text(
        "from eventsourcing.popo import POPOFactory\nclass Cellar(POPOFactory):\n"
        "    CELLAR_DOOR = 'CELLAR_DOOR'\ndel POPOFactory\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with closing(open_store("module:eventsourcing_cellar?CELLAR_DOOR=blue")) as store:
        assert isinstance(store, ModuleStore)
        told = {it.name: (it.held, it.because) for it in store.guarantees()}
    for name in ("durable", "ordered", "append_only", "versions_unique", "whole", "in_time"):
        assert told[name] == (False, "nobody has tried this module")
    assert told["tried"] == (False, "tried: nothing; installed: ")
    with closing(open_store("module:eventsourcing.popo")) as store:
        assert isinstance(store, ModuleStore)
        [same] = [it for it in store.guarantees() if it.name == "tried"]
    assert same.held == (metadata.version("eventsourcing") == "9.5.6")
    with pytest.raises(Invalid, match="unknown setting CELLAR; there are CELLAR_DOOR"):
        open_store("module:eventsourcing_cellar?CELLAR=blue")


def numbers(release: str) -> list[int]:
    return [int(it) for it in release.split(".")]


def test_what_is_installed_here_is_no_older_than_what_is_said_to_be_tried() -> None:
    tried = [(name, it) for known in KNOWN.values() for name, it in known.tried.items()]
    assert {name for name, _ in tried} >= {"eventsourcing", "umadb", "eventsourcing-sqlalchemy"}
    assert [name for name, it in tried if numbers(metadata.version(name)) < numbers(it)] == []


# UmaDB's own


def test_what_umadb_acknowledged_outlives_a_killed_server(umadb: UmaDB, tmp_path: Path) -> None:
    server, written = umadb, 0
    for round_ in range(4):
        with closing(open_store(f"module:eventsourcing_umadb?UMADB_URI={server.uri}")) as store:
            for _ in range(25):
                written += 1
                store.append([row(ONE, written, state=b"%d" % round_)])
        server.end(kill=True)
        server = umadb_over(umadb.file)
    try:
        with closing(open_store(f"module:eventsourcing_umadb?UMADB_URI={server.uri}")) as store:
            assert [it.version for it in store.stream(ONE)] == list(range(1, 101))
    finally:
        server.end()


def test_umadb_s_server_that_goes_away_is_unavailable_and_comes_back(umadb: UmaDB) -> None:
    url = f"module:eventsourcing_umadb?UMADB_URI={umadb.uri}"
    with closing(open_store(url)) as store:
        store.append([row(ONE, 1)])
        umadb.end()
        for ask in (store.head, lambda: store.append([row(ONE, 2)])):
            with pytest.raises(StoreUnavailable, match="module:eventsourcing_umadb"):
                ask()
