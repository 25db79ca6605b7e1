"""Readers who follow the log while others write it: what they saw, beside what there is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from time import monotonic, sleep
from typing import Any

import psycopg
from attrs import frozen

from npq_adapters import Ledger
from tests.aggregates.ground import START

PATIENCE = 20.0
"""Seconds for which a scripted step may be on its way."""

GATE = 4242
"""The advisory lock that a slow writer waits for, with its position in hand."""


@frozen(kw_only=True)
class Seen:
    """What a reader who followed the log got wrong."""

    read: int
    missed: int
    twice: int
    out_of_order: int


def compared(seen: Sequence[int], there: Sequence[int]) -> Seen:
    """The positions that were seen, as they were seen, beside those that are there in the end."""
    return Seen(
        read=len(seen),
        missed=len(set(there) - set(seen)),
        twice=len(seen) - len(set(seen)),
        out_of_order=sum(one > other for one, other in pairwise(seen)),
    )


def follow(read: Callable[[int], Sequence[int]], done: Callable[[], bool]) -> list[int]:
    """Read on from the last position seen, again and again, and once more after all is done."""
    seen: list[int] = []
    while True:
        last = done()
        seen += read(seen[-1] if seen else 0)
        if last:
            return seen


def positions(ledger: Ledger) -> Callable[[int], Sequence[int]]:
    """How a reader of ours reads on."""
    return lambda after: [position for position, *_ in ledger.store.scan(after=after)]


def keep_up(ledger: Ledger, done: Callable[[], bool]) -> int:
    """Catch up again and again, and once more after all is done; how often."""
    times = 0
    while True:
        last = done()
        ledger.catch_up(as_at=START)
        times += 1
        if last:
            return times


def views(ledger: Ledger) -> Mapping[str, list[Any]]:
    """The rows of every view."""
    return {name: ledger.rows(name) for name in ledger.views}


# The scripted gap: A has its position, B commits, poll, A commits, poll.


@contextmanager
def gate(url: str, table: str) -> Iterator[psycopg.Connection[Any]]:
    """Have rows of the name `slow` wait, between their position and their commit."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(
            f"CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f"  PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NULL; END $$".encode()
        )
        db.execute(
            f"CREATE TRIGGER slow AFTER INSERT ON {table} FOR EACH ROW"
            " WHEN (new.topic = 'slow') EXECUTE FUNCTION public.wait()".encode()
        )
        db.execute(f"SELECT pg_advisory_lock({GATE})".encode())
        try:
            yield db
        finally:
            db.execute("SELECT pg_advisory_unlock_all()")
            db.execute("DROP FUNCTION public.wait CASCADE")


def wait_for_waiters(db: psycopg.Connection[Any], number: int) -> None:
    """Until so many sessions wait for a lock."""
    until = monotonic() + PATIENCE
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while db.execute(query).fetchone() != (number,):
        assert monotonic() < until, f"{number} should wait for a lock"
        sleep(0.01)
