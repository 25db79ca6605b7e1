"""What an SQLite ledger holds to, whoever writes to its file; beside the base library's."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from attrs import frozen
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from npq_adapters import sqlite
from npq_adapters.connections import Budget
from npq_adapters.sqlite import STEPS, SqliteStore, in_wal_mode
from npq_adapters.store import Row, Stored, Table
from npq_adapters.tables import LEDGER_VERSION
from npq_domain.errors import Invalid, NotInitialised, StoreUnavailable
from tests.adapters.tampering import made_as_version_1, unguarded

COLUMNS = "(originator_id, originator_version, topic, state)"
NEXT = f"INSERT INTO stored_events {COLUMNS} VALUES ('one', 3, 'a', x'7b7d')"
UPSERT = "ON CONFLICT DO UPDATE SET state = excluded.state"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """A ledger of three facts: two of one subject, one of another."""
    with closing(SqliteStore(path)) as opened:
        opened.migrate([])
        opened.append([Row("one", 1, "a", b"{}"), Row("two", 1, "b", b"{}")])
        opened.append([Row("one", 2, "c", b"{}")])
        yield opened


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[SQLiteApplicationRecorder]:
    """The base library's own recorder on a file of its own, with the same three facts."""
    datastore = SQLiteDatastore(str(tmp_path / "plain.db"), originator_id_type="text")
    with closing(datastore):
        recorder = SQLiteApplicationRecorder(datastore)
        recorder.create_table()
        recorder.insert_events([event("one", 1), event("two", 1)])
        recorder.insert_events([event("one", 2)])
        yield recorder


def event(subject: Any, version: int) -> StoredEvent:
    return StoredEvent(subject, version, "a", b"{}")


def run(path: Path, statement: str) -> None:
    """Run one statement as any program may that finds the file."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement)
        db.commit()


def facts(store: SqliteStore) -> list[tuple[int, str, int, str]]:
    return [
        (it.position, it.subject, it.version, it.name) for it in map(Stored._make, store.scan())
    ]


THREE = [(1, "one", 1, "a"), (2, "two", 1, "b"), (3, "one", 2, "c")]

# What is stored stays


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE stored_events SET state = x'00'", "a stored fact is never changed"),
        ("UPDATE stored_events SET topic = 'z' WHERE position = 3", "never changed"),
        ("UPDATE OR REPLACE stored_events SET originator_version = 1", "never changed"),
        ("UPDATE OR IGNORE stored_events SET position = 9", "never changed"),
        ("DELETE FROM stored_events", "a stored fact is never deleted"),
        ("DELETE FROM stored_events WHERE position = 3", "never deleted"),
        (
            f"INSERT OR REPLACE INTO stored_events {COLUMNS} VALUES ('one', 2, 'z', x'00')",
            "that version of the subject is recorded already",
        ),
        (
            f"REPLACE INTO stored_events {COLUMNS} VALUES ('one', 1, 'z', x'00')",
            "recorded already",
        ),
        (
            f"INSERT OR IGNORE INTO stored_events {COLUMNS} VALUES ('one', 2, 'z', x'00')",
            "recorded already",
        ),
        (
            f"INSERT INTO stored_events {COLUMNS} VALUES ('one', 2, 'z', x'00') {UPSERT}",
            "recorded already",
        ),
        ("REPLACE INTO stored_events VALUES (3, 'one', 3, 'z', x'00')", "alone gives positions"),
        ("REPLACE INTO stored_events VALUES (1, 'two', 2, 'z', x'00')", "alone gives positions"),
    ],
)
def test_no_program_changes_or_deletes_a_stored_fact(
    path: Path, store: SqliteStore, statement: str, why: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=why):
        run(path, statement)
    assert facts(store) == THREE


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ("'one', 4, 'a', x'00'", "a version that is not the next of its subject"),
        ("'one', 0, 'a', x'00'", "not the next"),
        ("'one', NULL, 'a', x'00'", "not the next"),
        ("'new', 2, 'a', x'00'", "not the next"),
        ("'new', 1.5, 'a', x'00'", "cannot store REAL value in INTEGER column"),
        ("NULL, 1, 'a', x'00'", "NOT NULL constraint failed: stored_events.originator_id"),
        ("'new', 1, NULL, x'00'", "NOT NULL constraint failed: stored_events.topic"),
        ("'new', 1, 'a', NULL", "NOT NULL constraint failed: stored_events.state"),
        ("'new', 1, 'a', 'text'", "cannot store TEXT value in BLOB column"),
        ("x'00', 1, 'a', x'00'", "cannot store BLOB value in TEXT column"),
    ],
)
def test_no_program_stores_a_row_that_is_no_fact(
    path: Path, store: SqliteStore, values: str, why: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=why):
        run(path, f"INSERT INTO stored_events {COLUMNS} VALUES ({values})")
    assert facts(store) == THREE


@pytest.mark.parametrize("together", [1, 2, 3, 4])
def test_facts_are_counted_however_few_at_a_time(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(sqlite, "SORTED", together)
    store.append([Row("one", version, "a", b"{}") for version in (3, 4)])
    assert dict(store.counts(0, 5)) == {"a": 3, "b": 1, "c": 1}
    assert dict(store.counts(1, 4)) == {"a": 1, "b": 1, "c": 1}
    assert dict(store.counts(5, 2**63 - 1)) == {}


@pytest.mark.parametrize("position", [-5, 0, 2, 4, 2**63 - 1])
def test_no_program_chooses_a_position(path: Path, store: SqliteStore, position: int) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="the log alone gives positions"):
        run(path, f"INSERT INTO stored_events VALUES ({position}, 'one', 3, 'a', x'00')")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed: position > 0"):
        run(path, "INSERT INTO stored_events VALUES (-1, 'one', 3, 'a', x'00')")
    assert facts(store) == THREE


def test_the_next_fact_is_taken_from_any_program(path: Path, store: SqliteStore) -> None:
    run(path, NEXT)
    assert facts(store) == [*THREE, (4, "one", 3, "a")]


# The file


def test_every_connection_writes_safely(store: SqliteStore) -> None:
    with store.datastore.lent() as first, store.datastore.lent() as second:
        for db in (first, second):
            told = [
                db.execute(f"PRAGMA {it}").fetchone()[0]
                for it in ("journal_mode", "synchronous", "secure_delete")
            ]
            assert told == ["wal", 2, 1]


def test_where_there_can_be_no_wal_there_is_no_ledger() -> None:
    with (
        closing(sqlite3.connect(":memory:")) as db,
        pytest.raises(sqlite3.OperationalError, match="needs a write-ahead log"),
    ):
        in_wal_mode(db, Budget())


def test_a_new_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with closing(SqliteStore(tmp_path / "ledger.db")) as store:
            store.migrate([])
            store.append([Row("one", 1, "a", b"{}")])
            modes = {it.name: oct(it.stat().st_mode & 0o777) for it in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {
        "ledger.db": "0o600",
        "ledger.db-wal": "0o600",
        "ledger.db-shm": "0o600",
    }


def test_the_mode_of_a_file_that_is_there_is_left_to_its_owner(path: Path) -> None:
    path.touch()
    path.chmod(0o640)
    with closing(SqliteStore(path)) as store:
        store.migrate([])
    assert oct(path.stat().st_mode & 0o777) == "0o640"


@frozen
class Line:
    subject: str
    text: str


LINES = Table("lines", Line, ("subject",))
CANARY = "a name that has to go"


def test_what_is_removed_from_a_view_leaves_no_byte_in_the_file(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.migrate([LINES])
        for rows in ([Line("one", CANARY * 1000), Line("two", "kept")], []):
            with store.views(write=True) as views:
                views.clear(LINES)
                views.put(LINES, rows)
            with store.datastore.lent() as db:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            found = CANARY.encode() in path.read_bytes()
            assert found == bool(rows)


# Measured faults of the base library


def test_the_base_library_takes_a_gap_and_ours_does_not(
    plain: SQLiteApplicationRecorder, store: SqliteStore
) -> None:
    plain.insert_events([event("one", 7)])
    assert [it.originator_version for it in plain.select_events("one")] == [1, 2, 7]
    with pytest.raises(Invalid, match="not the next of its subject"):
        store.append([Row("one", 7, "a", b"{}")])
    assert [it.version for it in store.stream("one")] == [1, 2]


def test_a_row_without_an_id_closes_the_base_library_s_log_and_ours_takes_none(
    tmp_path: Path, path: Path, store: SqliteStore
) -> None:
    nothing = f"INSERT INTO stored_events {COLUMNS} VALUES (NULL, 1, 'a', x'7b7d')"
    with closing(SQLiteDatastore(str(tmp_path / "plain.db"))) as datastore:
        recorder = SQLiteApplicationRecorder(datastore)
        recorder.create_table()
        recorder.insert_events([event(uuid4(), 1)])
        assert len(recorder.select_notifications(start=1, limit=10)) == 1
        run(tmp_path / "plain.db", nothing)
        with pytest.raises(TypeError):
            recorder.select_notifications(start=1, limit=10)
    with pytest.raises(sqlite3.IntegrityError):
        run(path, nothing)
    assert facts(store) == THREE


def test_the_base_library_gives_a_position_twice_and_ours_deletes_none(
    tmp_path: Path, plain: SQLiteApplicationRecorder, path: Path, store: SqliteStore
) -> None:
    last = "DELETE FROM stored_events WHERE originator_id = 'one' AND originator_version = 2"
    run(tmp_path / "plain.db", last)
    assert plain.insert_events([event("new", 1)]) == [3]
    with pytest.raises(sqlite3.IntegrityError):
        run(path, last)
    with unguarded(path) as db:
        db.execute(last)
    store.append([Row("new", 1, "a", b"{}")])
    assert facts(store) == [*THREE[:2], (4, "new", 1, "a")]


def test_the_base_library_renumbers_a_log_that_is_dumped_and_restored_and_ours_keeps_it(
    tmp_path: Path, plain: SQLiteApplicationRecorder, path: Path, store: SqliteStore
) -> None:
    for name in ("plain.db", "ledger.db"):
        with (
            unguarded(tmp_path / name) as db,
            closing(sqlite3.connect(tmp_path / f"{name}.restored")) as restored,
        ):
            db.execute("DELETE FROM stored_events WHERE originator_id = 'two'")
            restored.executescript("\n".join(db.iterdump()))
    again = SQLiteDatastore(str(tmp_path / "plain.db.restored"), originator_id_type="text")
    with closing(again), closing(SqliteStore(tmp_path / "ledger.db.restored")) as ours:
        theirs = SQLiteApplicationRecorder(again).select_notifications(start=1, limit=10)
        assert [it.id for it in theirs] == [1, 2]
        assert [position for position, *_ in facts(ours)] == [1, 3]


def test_the_base_library_writes_into_a_deleted_file_and_ours_refuses(
    tmp_path: Path, plain: SQLiteApplicationRecorder, path: Path, store: SqliteStore
) -> None:
    (tmp_path / "plain.db").unlink()
    assert plain.insert_events([event("one", 3)]) == [4]
    assert not (tmp_path / "plain.db").exists()
    path.unlink()
    with pytest.raises(StoreUnavailable, match="the file was deleted or replaced"):
        store.append([Row("one", 3, "a", b"{}")])


# Versions of the ledger


def test_every_version_of_the_ledger_has_its_step() -> None:
    assert len(STEPS) == LEDGER_VERSION == 2


def test_a_ledger_of_version_1_has_to_be_upgraded_first(path: Path) -> None:
    made_as_version_1(path)
    with closing(SqliteStore(path)) as store, pytest.raises(NotInitialised) as error:
        store.check([])
    assert str(error.value) == (
        f"{path}: the ledger is of version 1, and this release needs 2; `npq init` brings it there"
    )


def test_a_ledger_of_version_1_gains_its_guards_and_keeps_its_facts(path: Path) -> None:
    made_as_version_1(path)
    for version in (1, 2, 3):
        run(path, f"INSERT INTO stored_events {COLUMNS} VALUES ('one', {version}, 'a', x'00')")
    run(path, "DELETE FROM stored_events WHERE originator_version = 3")
    with closing(SqliteStore(path)) as store:
        store.migrate([])
        store.check([])
        assert facts(store) == [(1, "one", 1, "a"), (2, "one", 2, "a")]
        with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
            run(path, "DELETE FROM stored_events")
        store.append([Row("one", 3, "a", b"{}")])
        assert facts(store)[2:] == [(4, "one", 3, "a")]


def schema(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()


def test_an_upgraded_ledger_is_as_a_new_one(tmp_path: Path) -> None:
    made_as_version_1(tmp_path / "old.db")
    for name in ("old.db", "new.db"):
        with closing(SqliteStore(tmp_path / name)) as store:
            store.migrate([])
    assert schema(tmp_path / "old.db") == schema(tmp_path / "new.db")


def test_an_upgrade_that_fails_changes_nothing(path: Path) -> None:
    made_as_version_1(path)
    run(
        path, "CREATE TRIGGER facts_never_go DELETE ON npq_schema BEGIN SELECT 1; END"
    )  # in the way
    before = schema(path)
    with closing(SqliteStore(path)) as store:
        with pytest.raises(StoreUnavailable, match="facts_never_go already exists"):
            store.migrate([])
        assert schema(path) == before
        run(path, "DROP TRIGGER facts_never_go")
        store.migrate([])
        store.check([])


@pytest.mark.parametrize("version", ["3", "10", "2.1", "later"])
def test_a_ledger_of_a_later_release_is_left_alone(path: Path, version: str) -> None:
    with closing(SqliteStore(path)) as store:
        store.migrate([])
        run(path, f"UPDATE npq_schema SET shape = '{version}' WHERE part = 'ledger'")
        before = schema(path)
        for verb in (store.check, store.migrate):
            with pytest.raises(NotInitialised) as error:
                verb([])
            assert str(error.value) == (
                f"{path}: the ledger was made by a later release (version {version}, not 2);"
                " open it with that release"
            )
    assert schema(path) == before


@frozen
class Visit:
    subject: str
    day: date


VISITS = Table("visits", Visit, ("subject",))


def test_what_somebody_wrote_into_a_view_is_told_by_its_place_and_not_by_its_value(
    path: Path,
) -> None:
    with closing(SqliteStore(path)) as store:
        store.migrate([VISITS])
        with store.views(write=True) as views:
            views.put(VISITS, [Visit("one", date(2024, 5, 1)), Visit("two", date(2024, 5, 2))])
        run(path, "UPDATE view_visits SET day = 'the secret' WHERE subject = 'two'")
        with store.views() as views, pytest.raises(Invalid) as error:
            views.read(VISITS, {})
        assert str(error.value).startswith("view_visits: ")
        assert "`$[1].day`: somebody wrote to the table" in str(error.value)  # msgspec's own words
        assert "secret" not in str(error.value)
