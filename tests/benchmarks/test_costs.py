"""What safety costs is measured on ledgers that have just the safety that is named."""

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from benchmarks import costs, lawful
from benchmarks.measuring import measure
from npq_adapters.sqlite import SqliteStore

HISTORIES = tuple(lawful.lives(costs.PEOPLE))


def test_each_safety_is_priced_alone_and_all_together(tmp_path: Path) -> None:
    with ExitStack() as stack:
        for job in costs.jobs(stack, tmp_path, HISTORIES):
            found = measure("SQLite", job, rounds=1)
            assert [it.contender for it in found] == [costs.STOCK, *costs.VARIANTS]
            assert all(it.microseconds > 0 for it in found)


@pytest.mark.parametrize("name", costs.VARIANTS)
def test_a_ledger_has_the_safeties_that_its_name_says(tmp_path: Path, name: str) -> None:
    it = costs.VARIANTS[name]
    with costs.opened(tmp_path, it) as ledger:
        store = ledger.store
        assert isinstance(store, SqliteStore)
        with store.datastore.connections.connection() as db:
            (synchronous,) = db.execute("PRAGMA synchronous").fetchone()
            (overwritten,) = db.execute("PRAGMA secure_delete").fetchone()
        assert (synchronous, overwritten) == (2 if it.synced else 1, int(it.overwritten))
        make = costs.written(ledger, it)
        rows = [make(fact) for fact in HISTORIES[0]]
        store.append(rows)
        clear = b"".join(lawful.row(fact).state for fact in HISTORIES[0])
        assert (b"".join(row.state for row in rows) != clear) == it.sealed
        path = store.datastore.path
    with closing(sqlite3.connect(path)) as db:
        triggers = db.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
        assert (triggers.fetchone()[0] > 0) == it.guarded
