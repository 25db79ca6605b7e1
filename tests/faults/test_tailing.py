"""Who follows the log while others write it passes over nothing, and reads nothing twice."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from npq_adapters import open_ledger
from npq_adapters.opening import open_store
from npq_adapters.store import Row
from npq_domain.projections.engagement import engagement
from tests.aggregates.ground import START
from tests.conftest import Backend
from tests.faults import plain
from tests.faults.tailing import (
    Seen,
    compared,
    follow,
    gate,
    keep_up,
    positions,
    views,
    wait_for_waiters,
)
from tests.faults.writing import Task, all_done, ground, started, write

WRITERS = 8


@pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)
def test_readers_of_the_log_and_of_views_miss_nothing_while_eight_processes_write(
    made: Backend, tmp_path: Path
) -> None:
    on = ground(made.url, Random(10), participants=24)
    tasks = [
        Task(ground=on, log=tmp_path / f"{seed}.log", seed=seed, commands=12)
        for seed in range(WRITERS)
    ]
    writers = [started(write, it) for it in tasks]

    asking = Lock()  # how a process ended can be asked by one thread at a time

    def done() -> bool:
        with asking:
            return not any(it.is_alive() for it in writers)

    with (
        all_done(writers),
        open_ledger(made.url) as ledger,
        open_ledger(made.url, views=[engagement]) as keeping,
        ThreadPoolExecutor(1) as other,
    ):
        kept = other.submit(keep_up, keeping, done)
        seen = follow(positions(ledger), done)
        assert kept.result() >= 1
    with open_ledger(made.url, views=[engagement]) as ledger:
        there = positions(ledger)(0)
        assert compared(seen, there) == Seen(read=len(there), missed=0, twice=0, out_of_order=0)
        caught_up = views(ledger)
        ledger.rebuild(as_at=START)
        assert caught_up == views(ledger)


def schema_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["schema"][0]


Insert = Callable[[str], Any]


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


def test_a_fact_whose_position_was_given_first_but_is_committed_last_is_not_passed_over(
    postgres_uri: str, postgres_url: str, pool: ThreadPoolExecutor
) -> None:
    with closing(open_store(postgres_url)) as store:
        store.migrate(())

        def insert(name: str) -> None:
            store.append([Row(str(uuid4()), 1, name, b"{}")])

        with gate(postgres_uri, f"{schema_of(postgres_url)}.stored_events") as db:
            slow = pool.submit(insert, "slow")
            wait_for_waiters(db, 1)
            quick = pool.submit(insert, "quick")
            wait_for_waiters(db, 2)  # it waits for its turn, so that it cannot be read first
            first = [name for *_, name, _ in store.scan()]
            db.execute("SELECT pg_advisory_unlock_all()")
            slow.result()
            quick.result()
        assert (first, [name for *_, name, _ in store.scan()]) == ([], ["slow", "quick"])


def test_the_plain_library_with_database_functions_passes_over_it(
    postgres_uri: str, postgres_url: str, pool: ThreadPoolExecutor
) -> None:
    env = plain.postgres(postgres_url, **plain.LOCKLESS)
    with plain.opened(env) as app:

        def insert(name: str) -> None:
            app.recorder.insert_events([plain.some_event(topic=name)])

        with gate(postgres_uri, f"{schema_of(postgres_url)}.plain_events") as db:
            slow = pool.submit(insert, "slow")
            wait_for_waiters(db, 1)
            insert("quick")
            seen = plain.poll(app.recorder, 0)
            db.execute("SELECT pg_advisory_unlock_all()")
            slow.result()
        seen += plain.poll(app.recorder, seen[-1])
        assert (seen, plain.poll(app.recorder, 0)) == ([2], [1, 2])
