"""By what a view is told from one of another log: the last fact that each has read."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from hashlib import sha256
from pathlib import Path
from threading import Timer
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from npq_adapters import migrate
from npq_adapters.checking import check
from npq_adapters.erasure import erase, rotate
from npq_adapters.following import Follower, States
from npq_adapters.ledger import Ledger
from npq_adapters.marks import another_log, mark_of, marked
from npq_adapters.memory import MemoryStore
from npq_adapters.opening import open_store
from npq_adapters.postgres import PostgresStore
from npq_adapters.projecting import Afresh, catch_up, rebuild
from npq_adapters.store import Checkpoint, Row, Store
from npq_domain.errors import AnotherLog, ViewAhead
from tests.adapters import club as toy
from tests.adapters import sealed
from tests.adapters.club import NOW, VIEWS, Add, scores
from tests.adapters.test_following import ask, folded, over, prepared
from tests.adapters.test_projecting import Beforehand
from tests.conftest import MODULES, OURS, Backend, backend_of

ANN, BOB, CLUB = UUID(int=2), UUID(int=3), UUID(int=1)
ONE, TWO = str(ANN), str(BOB)
TODAY = date(2024, 5, 2)
ERASED = date(2031, 5, 1)
SCORED = (
    b'{"at":"2024-05-01T12:00:00Z","by":{"role":"r","id":"i"},"source":"provider",'
    b'"command":"00000000-0000-0000-0000-000000000009","fact":{"points":7,"on":"2024-05-01"}}'
)
FIRST = (1, ONE, 1, "member.scored.v1", b'{"points":1}')


@pytest.fixture(params=(*OURS, *MODULES))
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """A place of each kind that there is."""
    return backend_of(request.param, request, tmp_path)


# What a mark is of


def test_a_mark_is_of_all_that_is_stored_of_a_fact() -> None:
    stored = f"1 1 36 16 {ONE}member.scored.v1".encode() + b'{"points":1}'
    assert mark_of(*FIRST) == sha256(stored).hexdigest()
    others = [
        (2, *FIRST[1:]),
        (1, TWO, *FIRST[2:]),
        (*FIRST[:2], 2, *FIRST[3:]),
        (*FIRST[:3], "member.scored.v2", FIRST[4]),
        (*FIRST[:3], "\ud800", FIRST[4]),
        (*FIRST[:4], b'{"points":2}'),
        (*FIRST[:3], FIRST[3] + "{", FIRST[4][1:]),
        (1, ONE + "m", 1, FIRST[3][1:], FIRST[4]),
    ]
    assert len({mark_of(*FIRST), *(mark_of(*it) for it in others)}) == 1 + len(others)


def test_every_store_has_the_mark_of_the_last_fact_up_to_a_position(anywhere: Backend) -> None:
    with closing(anywhere.open()) as store:
        if not anywhere.ours:
            store.migrate(())
        assert [store.mark(it) for it in (0, 1, 9)] == ["", "", ""]
        store.append([Row(*FIRST[1:])])
        store.append([Row(TWO, 1, "club.opened.v1", b"{}"), Row(ONE, 2, "x", b"\xff\x00")])
        facts = list(store.scan())
        assert [store.mark(it[0]) for it in facts] == [mark_of(*it) for it in facts]
        assert store.mark(facts[0][0] - 1) == ""
        assert store.mark(facts[-1][0] + 5_000) == mark_of(*facts[-1])


def test_a_position_that_nobody_has_bears_the_mark_of_the_fact_before_it_on_postgresql(
    postgres: Backend,
) -> None:
    with closing(postgres.open()) as store, closing(open_store(postgres.owner)) as owned:
        store.append([Row(*FIRST[1:])])
        burn = "SELECT nextval(pg_get_serial_sequence('stored_events', 'position'))"
        assert isinstance(owned, PostgresStore)
        with owned.datastore.get_connection() as connection:
            connection.execute(f"SET search_path = {owned.datastore.schema}".encode())
            connection.execute(f"{burn} FROM generate_series(1, 200)".encode())
        store.append([Row(ONE, 2, "x", b"{}")])
        bears_the_mark_of_the_fact_before(store, 200)


def test_a_position_that_nobody_has_bears_the_mark_of_the_fact_before_it_in_a_module(
    tmp_path: Path,
) -> None:
    migrate(url := f"module:eventsourcing.sqlite?SQLITE_DBNAME={tmp_path}/log.db")
    with closing(open_store(url)) as store:
        store.append([Row(*FIRST[1:]), Row(ONE, 2, "x", b"{}")])
        with closing(sqlite3.connect(tmp_path / "log.db")) as db, db:
            db.execute("UPDATE stored_events SET rowid = 5002 WHERE rowid = 2")
        bears_the_mark_of_the_fact_before(store, 5_000)


def bears_the_mark_of_the_fact_before(store: Store, wide: int) -> None:
    [first, second] = store.scan()
    assert second[0] - first[0] == wide + 1
    for position in (first[0], first[0] + 1, second[0] - 1):
        assert store.mark(position) == mark_of(*first)
    assert store.mark(second[0]) == mark_of(*second)


def test_a_fact_that_a_module_cannot_read_bears_a_mark_as_well(tmp_path: Path) -> None:
    migrate(url := f"module:eventsourcing.sqlite?SQLITE_DBNAME={tmp_path}/log.db")
    with closing(open_store(url)) as store:
        store.append([Row(*FIRST[1:]), Row(ONE, 2, "x", b"{}")])
        before = [store.mark(it) for it in (1, 2)]
        with closing(sqlite3.connect(tmp_path / "log.db")) as db, db:
            db.execute("UPDATE stored_events SET originator_id = 'nobody' WHERE rowid = 2")
        after = [store.mark(it) for it in (1, 2)]
        assert (after[0], after[1] not in ("", *before)) == (before[0], True)


def test_neither_an_erasure_nor_a_rotation_of_keys_changes_a_mark(
    backend: Backend, tmp_path: Path
) -> None:
    with sealed.opened(backend, sealed.keys_in(tmp_path)) as ledger:
        sealed.live(ledger)
        ledger.catch_up()
        positions = [it[0] for it in ledger.store.scan()]
        before = [ledger.store.mark(it) for it in positions]
        erase(ledger, sealed.ADA, by=sealed.ME, basis=sealed.ASKED.basis, reason="r", on=ERASED)
        rotate(ledger, drop_old=True)
        assert [ledger.store.mark(it) for it in positions] == before
        assert not [it for it in check(ledger).views if it.another_log]
        assert len(ledger.rows("roster")) == 2


# What is said of a view


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4))
def test_a_view_is_of_another_log_if_it_has_read_more_than_both_have_in_common(
    common: int, gone: int, others: int
) -> None:
    """And it is ahead of a log that does not go as far."""
    newer, older = MemoryStore(), MemoryStore()
    for store, subject, since in ((newer, ONE, gone), (older, TWO, others)):
        store.append([Row(str(CLUB), it, "x", b"{}") for it in range(1, common + 1)])
        store.append([Row(subject, it, "x", b"{}") for it in range(1, since + 1)])
    for position in range(common + gone + 1):
        found = another_log(older, {"scores": marked(newer, position, TODAY)})
        expected = ViewAhead if position > common + others else AnotherLog
        assert {name: type(it) for name, it in found.items()} == (
            {} if position <= common else {"scores": expected}
        )


class Asked(MemoryStore):
    """Which positions it was asked for the marks of, and how often for its end."""

    def __init__(self) -> None:
        super().__init__()
        self.marks, self.heads = list[int](), 0

    def mark(self, upto: int) -> str:
        self.marks.append(upto)
        return super().mark(upto)

    def head(self) -> int:
        self.heads += 1
        return super().head()


def test_the_log_is_asked_once_for_all_views_at_one_place_and_for_its_end_only_if_need_be() -> None:
    store = Asked()
    store.append([Row(*FIRST[1:])])
    at = Checkpoint(1, TODAY, mark_of(*FIRST))
    stand = {"a": at, "b": at, "c": None, "d": Checkpoint(0, TODAY), "e": at}
    assert another_log(store, stand) == {}
    assert (sorted(store.marks), store.heads) == ([0, 1], 0)
    assert [*another_log(store, stand | {"b": evolve(at, mark="other")})] == ["b"]
    assert store.heads == 1


def test_what_is_said_names_the_view_the_position_and_what_to_do() -> None:
    assert str(AnotherLog("scores", 4)) == (
        "the view scores has read up to position 4, but the log has another fact: an older backup"
        " was restored under it; `npq rebuild scores` makes it anew"
    )
    assert str(ViewAhead("scores", 4, 2)) == (
        "the view scores has read up to position 4, but the log ends at 2: an older backup"
        " was restored under it; `npq rebuild scores` makes it anew"
    )


# The log is restored while somebody is at work


@pytest.fixture
def two() -> Iterator[tuple[Ledger, Ledger]]:
    """A ledger, and another that begins with the same fact and goes on by others."""
    with closing(prepared("memory:")) as newer, closing(prepared("memory:")) as older:
        ask(newer, ANN, Add(points=(1,)))
        older.store.append([Row(*it[1:]) for it in newer.store.scan()])
        ask(newer, ANN, Add(points=(2, 3)))
        ask(older, ANN, Add(points=(10, 20)))
        yield newer, older


def restore(ledger: Ledger, older: Ledger) -> None:
    """Put another log under views, while they are read."""
    mine: Any = ledger.store
    theirs: Any = older.store
    mine.recorder = theirs.recorder


def test_a_follower_at_work_says_so_at_the_next_fact(two: tuple[Ledger, Ledger]) -> None:
    ledger, older = two
    follower = Follower(ledger.store, toy.vocabulary, VIEWS, today=lambda: TODAY)
    follower._drain()
    restore(ledger, older)
    ask(ledger, ANN, Add(points=(30,)))
    with pytest.raises(AnotherLog, match="the view scores has read up to position 3"):
        follower._drain()


def test_an_idle_follower_says_so_when_it_looks_again() -> None:
    """Though the log is just as long as it was."""
    ledger, older = (prepared("memory:") for _ in range(2))
    ask(ledger, ANN, Add(points=(1,)))
    ask(older, ANN, Add(points=(2,)))
    follower = ledger.follow()
    end = Timer(30, follower.stop)
    end.start()
    follower._drain()
    restore(ledger, older)
    with pytest.raises(AnotherLog):
        follower.run()
    end.cancel()


@pytest.mark.parametrize("reached", [1, 2, 3])
def test_states_in_memory_that_are_of_another_log_are_not_gone_on_with(
    reached: int, two: tuple[Ledger, Ledger]
) -> None:
    """At the place they are of, and before it."""
    ask(two[1], ANN, Add(points=(30,)))
    newer, older = (it.store for it in two)
    states = States()
    folded(states, newer, 0, reached)
    assert len(states) == 1
    assert folded(states, older, 3, 4) == folded(Afresh(), older, 3, 4)
    assert folded(Afresh(), older, 3, 4)["scores"][0][ONE].total == 61


def test_what_was_made_of_a_log_that_is_gone_does_not_take_the_place_of_a_view_of_this_one(
    two: tuple[Ledger, Ledger],
) -> None:
    """When somebody restores a backup and rebuilds the views in the midst of it."""
    ledger, older = two
    catch_up(ledger.store, toy.vocabulary, [scores], as_at=TODAY)
    ask(ledger, ANN, Add(points=(4,)))

    def overtake() -> None:
        restore(ledger, older)
        rebuild(ledger.store, toy.vocabulary, [scores], as_at=TODAY, now=NOW)
        ask(ledger, ANN, Add(points=(40,)))

    store: Any = Beforehand(ledger.store, overtake)
    catch_up(store, toy.vocabulary, [scores], as_at=TODAY)
    assert [it.total for it in ledger.rows("scores")] == [71]


def test_a_reader_who_may_not_look_at_the_log_reads_views_all_the_same(postgres: Backend) -> None:
    with closing(over(postgres.open(views=VIEWS))) as ledger:
        ask(ledger, ANN, Add(points=(1,)))
        ledger.catch_up()
        with closing(over(open_store(postgres.role("reader")))) as reader:
            assert reader.rows("scores") == ledger.rows("scores")
            reader.wait("scores", 1)


# Modules: their facts are in one place and the views in another, so either is restored alone


def test_a_module_s_log_that_was_restored_without_the_views_is_told(tmp_path: Path) -> None:
    url = f"module:eventsourcing.sqlite?SQLITE_DBNAME={tmp_path}/log.db&views={tmp_path}/views.db"
    with closing(prepared(url)) as ledger:
        ask(ledger, ANN, Add(points=(1, 2)))
    shutil.copy(tmp_path / "log.db", tmp_path / "backup.db")
    with closing(prepared(url)) as ledger:
        ask(ledger, ANN, Add(points=(3, 4)))
        ledger.catch_up()
        good = ledger.rows("scores")
        assert good[0].total == 10
    for it in tmp_path.glob("log.db*"):
        it.unlink()
    shutil.copy(tmp_path / "backup.db", tmp_path / "log.db")
    with closing(prepared(url)) as ledger:
        ledger.store.append([Row(TWO, it, "member.scored.v1", SCORED) for it in (1, 2, 3)])
        with pytest.raises(AnotherLog, match="the view scores has read up to position 4"):
            ledger.rows("scores")
        ledger.rebuild()
        assert [it.total for it in ledger.rows("scores")] == [3, 21]
