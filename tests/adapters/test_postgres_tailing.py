"""Readers of a PostgreSQL log miss nothing, whoever writes, and whatever a writer leaves open."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import Connection

from npq_adapters.opening import open_store
from npq_adapters.projecting import catch_up
from npq_adapters.store import Checkpoint, Row, Store, Stored
from tests.adapters import club
from tests.adapters.test_ledger import ENVELOPE
from tests.conftest import Backend

A, B, C = (str(uuid4()) for _ in range(3))
FACT = ("member.scored.v1", b"{}")


@pytest.fixture
def made(postgres: Backend) -> Backend:
    postgres.migrate(views=club.VIEWS)
    return postgres


@pytest.fixture
def store(made: Backend) -> Iterator[Store]:
    with closing(open_store(made.url)) as opened:
        yield opened


@contextmanager
def session(made: Backend, role: str = "owner") -> Iterator[Connection[Any]]:
    """A session of somebody's own, in the schema of the ledger."""
    address, _, schema = made.role(role).replace("?schema=", "&schema=").partition("&schema=")
    with psycopg.connect(address) as connection:
        connection.execute(f"SET search_path = {schema}".encode())
        connection.commit()
        yield connection


def insert(connection: Connection[Any], subject: str, *versions: int) -> None:
    """Insert facts without the lock, as no writer of ours does."""
    connection.cursor().executemany(
        "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        " VALUES (%s, %s, %s, %s)",
        [(subject, version, *FACT) for version in versions],
    )


def append(connection: Connection[Any], subject: str, *versions: int) -> None:
    """Append facts as our writers do, in a transaction that stays open."""
    connection.execute(
        "SELECT append_facts(%s, %s::bigint[], %s, %s)",
        (
            [subject] * len(versions),
            list(versions),
            [FACT[0]] * len(versions),
            [FACT[1]] * len(versions),
        ),
    )


class Poll:
    """A reader who goes on from where it stands, and remembers what it has seen."""

    def __init__(self, store: Store) -> None:
        self.store, self.at, self.seen = store, 0, list[str]()

    def __call__(self) -> str:
        """What is new, subject by subject."""
        new = list(map(Stored._make, self.store.scan(after=self.at)))
        head = self.store.head()
        assert all(it.position <= head for it in new)
        self.at = new[-1].position if new else self.at
        self.seen += [it.subject for it in new]
        return "".join({A: "A", B: "B", C: "C"}[it.subject] for it in new)


# The scripted gap: A holds its position, B commits, poll, A commits, poll


def test_a_reader_waits_for_a_writer_who_holds_a_position_without_the_lock(
    made: Backend, store: Store
) -> None:
    poll = Poll(store)
    with session(made) as a:
        insert(a, A, 1)
        store.append([Row(B, 1, *FACT)])
        assert (poll(), store.head()) == ("", 0)
        a.commit()
    assert (poll(), poll()) == ("AB", "")


def test_a_reader_goes_on_when_that_writer_gives_up(made: Backend, store: Store) -> None:
    poll = Poll(store)
    with session(made) as a:
        insert(a, A, 1)
        store.append([Row(B, 1, *FACT)])
        assert poll() == ""
        a.rollback()
    assert (poll(), store.head()) == ("B", 2)


def test_a_reader_reads_up_to_the_position_that_is_held(made: Backend, store: Store) -> None:
    poll = Poll(store)
    store.append([Row(B, 1, *FACT)])
    with session(made) as a:
        insert(a, A, 1)
        store.append([Row(B, 2, *FACT), Row(B, 3, *FACT)])
        assert (poll(), store.head()) == ("B", 1)
        assert poll() == ""
        insert(a, A, 2)
        store.append([Row(B, 4, *FACT)])
        assert poll() == ""
        a.commit()
    assert poll() == "ABBAB"


def test_writers_by_the_lock_wait_for_each_other_so_readers_need_not(
    made: Backend, store: Store
) -> None:
    poll = Poll(store)
    with session(made, "writer") as a:
        append(a, A, 1)
        other = Thread(target=store.append, args=([Row(B, 1, *FACT)],))
        other.start()
        assert poll() == ""
        a.commit()
        other.join()
    assert poll() == "AB"


def test_a_position_held_amid_a_long_append_is_waited_for(made: Backend, store: Store) -> None:
    """The append began before the other writer did, so the order of their numbers tells nothing."""
    poll = Poll(store)
    with session(made, "writer") as b, session(made) as a:
        append(b, B, 1)
        insert(a, A, 1)
        append(b, B, 2)
        b.commit()
        assert poll() == "B"
        a.commit()
        assert poll() == "AB"


def test_two_who_skip_the_lock_are_both_waited_for(made: Backend, store: Store) -> None:
    poll = Poll(store)
    with session(made) as a, session(made) as c:
        insert(a, A, 1)
        insert(c, C, 1)
        store.append([Row(B, 1, *FACT)])
        assert poll() == ""
        c.commit()
        assert poll() == ""
        a.commit()
        assert poll() == "ACB"


def test_those_who_read_or_write_views_are_not_waited_for(made: Backend, store: Store) -> None:
    store.append([Row(B, 1, *FACT)])
    with session(made) as a:
        insert(a, A, 1)
        a.rollback()
    store.append([Row(B, 2, *FACT)])  # after a position that nobody has
    with session(made) as reading, store.views(write=True) as views:
        reading.execute("SELECT * FROM stored_events FOR SHARE")
        views.advance("x", Checkpoint(0, club.DAY))
        assert store.head() == 3


def test_a_gap_that_a_checkpoint_has_passed_is_not_waited_at(made: Backend, store: Store) -> None:
    with session(made) as a:
        insert(a, A, 1)
        a.rollback()
    store.append([Row(B, 1, *FACT)])
    with store.views(write=True) as views:
        views.advance("x", Checkpoint(2, club.DAY))
    with session(made) as a, closing(open_store(made.url)) as other:
        insert(a, A, 1)
        store.append([Row(B, 2, *FACT)])
        assert (store.head(), other.head()) == (2, 2)
        assert [position for position, *_ in other.scan()] == [2]


def test_a_checkpoint_passes_no_gap_that_may_still_be_filled(made: Backend, store: Store) -> None:
    def checkpoints() -> set[int]:
        catch_up(store, club.vocabulary, club.VIEWS, as_at=club.DAY)
        with store.views() as views:
            found = [views.checkpoint(view.name) for view in club.VIEWS]
        return {it.position for it in found if it}

    fact = (FACT[0], ENVELOPE % b'{"points":1,"on":"2024-05-01"}')
    with session(made) as a:
        a.execute(
            "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
            " VALUES (%s, 1, %s, %s)",
            (A, *fact),
        )
        store.append([Row(B, 1, *fact)])
        assert checkpoints() == {0}
        a.commit()
    assert checkpoints() == {2}


# At speed


def skip_the_lock(made: Backend, store: Store) -> None:
    """Commit sixty facts one by one, and give up in between."""
    subject = str(uuid4())
    with session(made) as own:
        for version in range(1, 61):
            insert(own, subject, version)
            if version % 7 == 0:
                own.rollback()
                insert(own, subject, version)
            own.commit()


def take_the_lock(made: Backend, store: Store) -> None:
    subject = str(uuid4())
    for version in range(1, 61):
        store.append([Row(subject, version, *FACT)])


def test_a_reader_misses_nothing_of_writers_who_skip_the_lock(made: Backend, store: Store) -> None:
    seen: list[int] = []
    writing = (skip_the_lock, skip_the_lock, skip_the_lock, take_the_lock, take_the_lock)
    writers = [Thread(target=it, args=(made, store)) for it in writing]
    for it in writers:
        it.start()
    last = False
    while not last:
        last = not any(it.is_alive() for it in writers)
        seen.extend(position for position, *_ in store.scan(after=seen[-1] if seen else 0))
    assert len(seen) == 5 * 60
    assert seen == [position for position, *_ in store.scan()]
