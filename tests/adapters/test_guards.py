"""What guards the log is put back by `migrate`, whoever took it off."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError

from npq_adapters.opening import open_store
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Row, Store
from tests.adapters.behind import behind_its_back, unguard
from tests.conftest import Backend, backend_of

ONE = "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b01"
FACTS = [Row(ONE, 1, "a.thing-done.v1", b"{}"), Row(ONE, 2, "a.thing-done.v1", b"{}")]
INSERT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
    f" VALUES ('{ONE}', {{}}, 'a.thing-done.v1', '{{{{}}}}')"
)
CHANGES = {
    "changed": "UPDATE stored_events SET topic = 'x'",
    "deleted": "DELETE FROM stored_events",
    "after a gap": INSERT.format(4).replace("'{}'", "CAST('{}' AS BLOB)"),
}


@pytest.fixture(params=["sqlite", "postgres"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """A ledger with two facts."""
    backend = backend_of(request.param, request, tmp_path)
    with closing(backend.open()) as store:
        store.append(FACTS)
    return backend


@pytest.fixture
def owned(made: Backend) -> Iterator[Store]:
    """The ledger in the hands of whoever owns the database."""
    with closing(open_store(made.role("superuser"))) as store:
        yield store


def directly(store: Any, statement: str) -> None:
    """Have the owner execute a statement, with all triggers asked that are there."""
    if isinstance(store, SqliteStore):
        with store.datastore.transaction(commit=True) as cursor:
            cursor.execute(statement)
        return
    statement = statement.replace("CAST('{}' AS BLOB)", "'{}'")
    with store.datastore.get_connection() as connection, connection.transaction():
        connection.execute(f"SET LOCAL search_path = {store.datastore.schema}".encode())
        connection.execute(statement.encode())


def refused(store: Store) -> set[str]:
    """Which changes are refused. Where all are, the facts are as they were."""
    found = set[str]()
    for name, statement in CHANGES.items():
        try:
            directly(store, statement)
        except (PersistenceError, psycopg.Error):
            found.add(name)
    return found


def lacking(store: Store) -> set[str]:
    return {it.name for it in store.guarantees() if it.due and not it.held}


def triggers(store: Any) -> Mapping[str, str]:
    """The triggers of the log, by name, with what would differ if they were made again."""
    if isinstance(store, SqliteStore):
        with store.datastore.cursor() as cursor:
            [(version,)] = cursor.execute("PRAGMA schema_version").fetchall()
            names = cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            return {name: str(version) for (name,) in names.fetchall()}
    log = f"{store.datastore.schema}.stored_events"
    query = "SELECT tgname, oid::text FROM pg_trigger WHERE tgrelid = %s::regclass"
    with store.datastore.get_connection() as connection:
        return {it["tgname"]: it["oid"] for it in connection.execute(query, (log,)).fetchall()}


def test_what_was_taken_off_is_told_and_put_back_and_refuses_again(
    made: Backend, owned: Store
) -> None:
    assert (lacking(owned), refused(owned)) == (set(), {*CHANGES})
    unguard(owned)
    assert lacking(owned) == {"append_only", "versions_contiguous"}
    directly(owned, CHANGES["after a gap"])
    directly(owned, "DELETE FROM stored_events WHERE originator_version = 4")
    made.migrate()
    assert (lacking(owned), refused(owned)) == (set(), {*CHANGES})
    assert [Row(*it[1:]) for it in owned.scan()] == FACTS
    owned.append([Row(ONE, 3, "a.thing-done.v1", b"{}")])


ALTERED: Mapping[str, tuple[str, ...]] = {
    "facts_never_change": (
        "DROP TRIGGER facts_never_change",
        "CREATE TRIGGER facts_never_change BEFORE UPDATE ON stored_events BEGIN SELECT 1; END",
    ),
    "facts_never_go": ("DROP TRIGGER facts_never_go",),
    "facts_come_one_by_one": ("DROP TRIGGER facts_come_one_by_one",),
    "facts_stay switched off": ("ALTER TABLE stored_events DISABLE TRIGGER facts_stay",),
    "facts_stay for replicas": ("ALTER TABLE stored_events ENABLE REPLICA TRIGGER facts_stay",),
    "facts_stay": (
        "DROP TRIGGER facts_stay ON stored_events",
        "CREATE TRIGGER facts_stay BEFORE UPDATE ON stored_events EXECUTE FUNCTION refuse_change()",
    ),
    "versions_follow": ("DROP FUNCTION check_versions CASCADE",),
}


@pytest.mark.parametrize("how", ALTERED)
def test_each_that_is_gone_altered_or_switched_off_is_put_back_and_the_others_stay(
    how: str, made: Backend, owned: Store
) -> None:
    name = how.partition(" ")[0]
    before = triggers(owned)
    if name not in before:
        pytest.skip("a trigger of another kind of store")
    for statement in ALTERED[how]:
        directly(owned, statement)
    assert len(lacking(owned)) == 1
    made.migrate()
    assert (lacking(owned), refused(owned)) == (set(), {*CHANGES})
    after = triggers(owned)
    assert after.keys() == before.keys()
    if made.kind == "postgres":
        assert {it for it in after if after[it] != before[it]} == {name}


def test_where_nothing_is_gone_nothing_is_made(made: Backend, owned: Store) -> None:
    before = triggers(owned)
    made.migrate()
    assert triggers(owned) == before


def test_several_put_them_back_at_once(made: Backend, owned: Store) -> None:
    unguard(owned)
    with ThreadPoolExecutor(4) as pool:
        for it in [pool.submit(made.migrate) for _ in range(4)]:
            it.result()
    assert (lacking(owned), refused(owned)) == (set(), {*CHANGES})


def test_an_undone_migration_puts_nothing_back(made: Backend, owned: Store) -> None:
    """It is one transaction: here it fails at what comes after the guards."""
    unguard(owned)
    behind_its_back(owned, "UPDATE npq_schema SET shape = 'other' WHERE part = 'personal_keys'")
    with closing(open_store(made.owner)) as store, pytest.raises(Exception, match="personal_keys"):
        store.migrate([])
    assert lacking(owned) == {"append_only", "versions_contiguous"}
