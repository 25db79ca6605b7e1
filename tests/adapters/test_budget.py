"""One time budget a call: over the pool, locks, servers and retries together."""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from npq_adapters import migrate, open_ledger
from npq_adapters.connections import BUDGET, Budget, Pool
from npq_adapters.projecting import table
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Row, Store
from npq_domain.errors import Conflict, Invalid, StoreUnavailable
from tests.adapters import club
from tests.adapters.club import SECRETARY, Add
from tests.adapters.locking import ALONE, WRITING, held
from tests.adapters.test_ledger import Contended, ledger_over

ANN = UUID(int=2)
HOURS = Budget(36_000.0)
"""Longer than a test may run: one that waits it out hangs, and fails."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(SqliteStore(tmp_path / "ledger.db")) as store:
        store.migrate([table(view) for view in club.VIEWS])
    return tmp_path / "ledger.db"


# The budget


@pytest.mark.parametrize("seconds", [-1.0, -0.001, 86_400.001, math.nan, math.inf])
def test_a_budget_is_a_number_of_seconds(seconds: float) -> None:
    with pytest.raises(Invalid, match=r"^budget: .* is no number of seconds to wait"):
        open_ledger("memory:", budget=seconds)
    with pytest.raises(Invalid, match="budget: "):
        migrate("memory:", budget=seconds)


@pytest.mark.parametrize("seconds", [0.0, 86_400.0])
def test_a_budget_may_be_nothing_or_a_day(path: Path, seconds: float) -> None:
    with closing(SqliteStore(path, Budget(seconds))) as store:
        store.append([Row("one", 1, "a", b"{}")])
        assert store.head() == 1


def test_a_budget_is_ten_seconds_unless_it_is_told() -> None:
    assert Budget() == Budget(BUDGET) == Budget(10.0)


def test_nothing_is_spent_before_a_call() -> None:
    assert Budget(5.0).left() == 5.0


def test_a_call_spends_its_budget() -> None:
    with Budget(5.0).call():
        assert 5.0 > Budget(7.0).left() > Budget(7.0).left()
    assert Budget(5.0).left() == 5.0


def test_a_call_within_a_call_has_what_the_outer_one_has_left() -> None:
    with Budget(0.0).call():
        with HOURS.call():
            assert HOURS.left() == 0.0
        assert HOURS.left() == 0.0
    assert HOURS.left() == HOURS.seconds


def test_calls_of_two_threads_have_a_budget_each() -> None:
    with Budget(0.0).call(), ThreadPoolExecutor(1) as other:
        assert other.submit(HOURS.left).result() == HOURS.seconds


# The pool


class Thing:
    """A connection to nothing."""

    def close(self) -> None:
        pass


def test_nobody_waits_longer_for_a_connection() -> None:
    pool = Pool(Thing, alive=lambda _: True, limit=1, budget=Budget(0.0))
    with pool.connection():
        with pytest.raises(StoreUnavailable) as error, pool.connection():
            pass
        assert str(error.value) == "every connection is in use, and a call waits 0 s in all"
    with pool.connection():
        pass


def test_a_call_spends_its_budget_on_the_pool_too() -> None:
    pool = Pool(Thing, alive=lambda _: True, limit=1, budget=HOURS)
    with (
        pool.connection(),
        Budget(0.0).call(),
        pytest.raises(StoreUnavailable),
        pool.connection(),
    ):
        pass


# A file that others hold


def write_views(store: Store) -> None:
    with store.views(write=True):
        pass


WRITES: list[Callable[[Store], object]] = [
    lambda it: it.append([Row("one", 1, "a", b"{}")]),
    write_views,
    lambda it: it.migrate([]),
]

READS: list[Callable[[Store], object]] = [
    lambda it: it.check([]),
    lambda it: it.stream("one"),
    lambda it: it.head(),
    lambda it: list(it.scan()),
]


@pytest.mark.parametrize("ask", WRITES, ids=["append", "views", "migrate"])
def test_a_file_that_another_process_writes_to_is_unavailable_in_time(
    path: Path, ask: Callable[[Store], object]
) -> None:
    with closing(SqliteStore(path, Budget(0.2))) as store:
        with held(path, *WRITING):
            with pytest.raises(StoreUnavailable) as error:
                ask(store)
            assert str(error.value) == (
                f"{path}: database is locked: another process holds its lock,"
                " and a call waits 0.2 s in all"
            )
            assert store.head() == 0
        ask(store)


@pytest.mark.parametrize("ask", READS, ids=["check", "stream", "head", "scan"])
def test_a_file_that_another_process_has_to_itself_is_unavailable_in_time(
    path: Path, ask: Callable[[Store], object]
) -> None:
    with closing(SqliteStore(path, Budget(0.2))) as store:
        with (
            held(path, *ALONE),
            pytest.raises(StoreUnavailable, match="another process holds its lock"),
        ):
            ask(store)
        ask(store)


def test_threads_of_one_store_wait_for_their_turn_within_the_budget(path: Path) -> None:
    with closing(SqliteStore(path, Budget(0.2))) as store, ThreadPoolExecutor(1) as other:
        with store.views(write=True):
            refused = other.submit(store.append, [Row("one", 1, "a", b"{}")]).exception()
        assert isinstance(refused, StoreUnavailable)
        assert str(refused) == (f"{path}: another thread is writing, and a call waits 0.2 s in all")
        store.append([Row("one", 1, "a", b"{}")])


# Commands


def test_a_command_has_one_budget_whatever_it_waits_for(path: Path) -> None:
    with closing(SqliteStore(path, HOURS)) as store:
        ledger = ledger_over(store, budget=Budget(0.2))
        with held(path, *WRITING), pytest.raises(StoreUnavailable, match="database is locked"):
            ledger.handle(ANN, Add(points=(1,)), by=SECRETARY)
        assert ledger.history(ANN) == ()
        assert len(ledger.handle(ANN, Add(points=(1,)), by=SECRETARY)) == 1


@pytest.mark.parametrize(("seconds", "tried"), [(0.0, 1), (HOURS.seconds, 40)])
def test_a_command_is_tried_again_as_long_as_its_budget_lasts(
    path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, tried: int
) -> None:
    monkeypatch.setattr("npq_adapters.ledger.LONGEST_PAUSE", 0.0)
    with closing(SqliteStore(path)) as store:
        contended: Any = Contended(store)
        with pytest.raises(Conflict, match=f"still contended after {tried} attempts"):
            ledger_over(contended, budget=Budget(seconds)).handle(
                ANN, Add(points=(1,)), by=SECRETARY
            )


def test_the_budget_of_a_ledger_is_its_store_s(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        store.migrate([])
    migrate(f"sqlite:///{path}")
    with open_ledger(f"sqlite:///{path}", budget=0.2) as ledger:
        with held(path, *WRITING), pytest.raises(StoreUnavailable, match=r"waits 0\.2 s in all"):
            ledger.catch_up()
        ledger.catch_up()
        opener = ledger.store.opener()
        assert opener
        with (
            closing(opener()) as same,
            held(path, *WRITING),
            pytest.raises(StoreUnavailable, match=r"waits 0\.2 s in all"),
        ):
            write_views(same)
