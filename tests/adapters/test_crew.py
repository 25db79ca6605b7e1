"""Views made by several processes are the views made by one, on every store."""

import gc
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import npq_adapters
from npq_adapters.coverage import tallies
from npq_adapters.crew import Named, edition, shares
from npq_adapters.ledger import Ledger
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Row, Store
from npq_domain.errors import (
    Conflict,
    Invalid,
    NotInitialised,
    NpqError,
    Place,
    Refused,
    Requirement,
    StoredFactError,
    StoreUnavailable,
    UnknownFact,
    refusal,
)
from tests.adapters import club
from tests.adapters.club import SECRETARY, Add, Clock, Withdraw, scores, vocabulary
from tests.adapters.test_projecting import TODAY, ledger

__all__ = ["ledger"]


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        yield executor


@pytest.fixture
def full(ledger: Ledger) -> Ledger:
    """Twenty members, some of whose points were withdrawn."""
    dice = Random(7)
    for number in range(20):
        member = UUID(int=dice.getrandbits(128), version=4)
        for command in (
            Add(points=(number + 1,)),
            Add(points=(1, 2)),
            Withdraw(version=1 + number % 2),
        ):
            ledger.handle(member, command, by=SECRETARY)
    return ledger


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_several_processes_make_the_rows_that_one_makes(
    full: Ledger, pool: Executor, workers: int
) -> None:
    full.rebuild(as_at=TODAY)
    expected = {name: full.rows(name) for name in full.views}
    assert len(expected["scores"]) == 20
    told: list[tuple[int, int]] = []
    full.rebuild(
        as_at=TODAY,
        workers=workers,
        executor=pool,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert {name: full.rows(name) for name in full.views} == expected
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


@pytest.mark.parametrize("at_once", [1, 7, 79, 80, 81, 1_000])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_rebuild_that_holds_few_facts_at_a_time_makes_the_same_rows(
    full: Ledger, workers: int, at_once: int
) -> None:
    full.rebuild(as_at=TODAY)
    expected = {name: full.rows(name) for name in full.views}
    assert full.store.head() == 80
    told: list[tuple[int, int]] = []
    with ThreadPoolExecutor(workers) as executor:
        full.rebuild(
            as_at=TODAY,
            workers=workers,
            executor=executor if workers > 1 else None,
            at_once=at_once,
            on_progress=lambda done, total: told.append((done, total)),
        )
    assert {name: full.rows(name) for name in full.views} == expected
    assert all(it.covered for it in tallies(full.store, (scores,)))
    parts = -(-80 // at_once)
    assert len(told) >= (max(1, parts))


def test_a_rebuild_takes_one_fact_at_a_time_at_least(full: Ledger) -> None:
    with pytest.raises(Invalid, match="at_once: 0: it takes one fact at least"):
        full.rebuild(at_once=0)


def test_threads_make_the_rows_that_one_makes(full: Ledger) -> None:
    full.rebuild(as_at=TODAY)
    expected = {name: full.rows(name) for name in full.views}
    with ThreadPoolExecutor(3) as executor:
        full.rebuild(as_at=TODAY, workers=3, executor=executor)
    assert {name: full.rows(name) for name in full.views} == expected
    assert all(it.covered for it in tallies(full.store, (scores,)))
    assert gc.isenabled()


class Watched(ThreadPoolExecutor):
    """Keeps what it was asked for."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self.sent: list[Future[Any]] = []

    def submit(self, *asked: Any, **more: Any) -> Future[Any]:
        self.sent.append(super().submit(*asked, **more))
        return self.sent[-1]


@pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)
def test_each_worker_is_given_one_part_and_brings_rows_as_they_are_written(full: Ledger) -> None:
    with Watched(3) as executor:
        full.rebuild(["scores"], as_at=TODAY, workers=3, executor=executor)
    parts = [it.result().views["scores"] for it in executor.sent]
    assert [it.rows for it in parts] == [{}] * 3
    assert sum(len(it.ready) for it in parts) == len(full.rows("scores")) == 20


def test_files_that_are_replaced_do_not_change_what_a_process_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "views_of_mine.py"
    module.write_text("first = 1")
    monkeypatch.syspath_prepend(tmp_path)
    ours, mine = Named(module=club.__name__, name="scores"), Named(module=module.stem, name="it")
    before = edition([mine])
    assert edition([ours]) != before
    module.write_text("second = 2")
    monkeypatch.setattr(npq_adapters, "__file__", str(tmp_path / "__init__.py"))
    assert edition([mine, mine]) == before
    assert edition((ours, mine)) != before


class Elsewhere(SqliteStore):
    """A file whose path leads workers on other machines to another file."""

    def opener(self) -> Callable[[], Store]:
        return partial(SqliteStore, self.datastore.path.with_name("copy.db"))


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_workers_that_read_another_log_of_as_many_facts_are_found_out(
    full: Ledger, pool: Executor, tmp_path: Path
) -> None:
    full.rebuild(["scores"], as_at=TODAY)
    expected = full.rows("scores")
    full.store.backup(tmp_path / "copy.db")
    with closing(SqliteStore(tmp_path / "copy.db")) as copy:
        scored = b'{"fact":{"points":7,"on":"2024-05-01"}}'
        copy.append([Row(str(UUID(int=2)), 1, "member.scored.v1", scored)])
    full.handle(UUID(int=1), Add(points=(5,)), by=SECRETARY)
    with closing(Elsewhere(tmp_path / "ledger.db")) as store:
        ledger = Ledger(store, vocabulary, (club.club,), views=(scores,), clock=Clock())
        with pytest.raises(StoreUnavailable, match="another log, by its fact at position 81"):
            ledger.rebuild(["scores"], as_at=TODAY, workers=2, executor=pool)
    assert full.rows("scores") == expected


@pytest.mark.parametrize("behind", [True, False])
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_workers_that_read_an_older_copy_are_found_out_before_anything_is_written(
    full: Ledger, pool: Executor, tmp_path: Path, behind: bool
) -> None:
    full.rebuild(["scores"], as_at=TODAY)
    expected = full.rows("scores")
    full.store.backup(tmp_path / "copy.db")
    if behind:
        full.handle(UUID(int=1), Add(points=(5,)), by=SECRETARY)
    store = Elsewhere(tmp_path / "ledger.db")
    with closing(store):
        ledger = Ledger(store, vocabulary, (club.club,), views=(scores,), clock=Clock())
        found = pytest.raises(StoreUnavailable, match=r"60 facts .* were fetched of the 61")
        with found if behind else nullcontext():
            ledger.rebuild(["scores"], as_at=TODAY, workers=2, executor=pool)
    assert full.rows("scores") == expected


def test_processes_are_started_for_who_has_none(full: Ledger) -> None:
    full.rebuild(as_at=TODAY)
    expected = full.rows("scores")
    full.rebuild(["scores"], as_at=TODAY, workers=2)
    assert full.rows("scores") == expected


@given(st.integers(1, 40), st.one_of(st.uuids().map(str), st.text()))
def test_every_subject_is_in_one_share(parts: int, subject: str) -> None:
    found = [low <= subject < high for low, high in shares(parts)]
    assert len(found) == parts
    assert sum(found) == 1 or subject >= "\U0010ffff"


def test_an_unreadable_fact_is_told_with_its_place_and_the_view_stays(
    full: Ledger, pool: Executor
) -> None:
    full.rebuild(as_at=TODAY)
    expected, head = full.rows("scores"), full.store.head()
    name = vocabulary.name(next(kind for kind in scores.decider.facts if kind.__name__ == "Scored"))
    full.store.append([Row("ffff", 1, name, b"{}")])
    with pytest.raises(StoredFactError) as refused:
        full.rebuild(["scores"], as_at=TODAY, workers=2, executor=pool)
    assert (refused.value.position, refused.value.subject) == (head + 1, "ffff")
    assert full.rows("scores") == expected


def lost() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_is_lost_leaves_the_view_as_it_was(full: Ledger) -> None:
    full.rebuild(as_at=TODAY)
    expected = full.rows("scores")
    if full.store.opener() is None:
        return
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        executor.submit(lost)
        with pytest.raises(StoreUnavailable, match="a worker was lost; the rows of scores"):
            full.rebuild(["scores"], as_at=TODAY, workers=2, executor=executor)
    assert full.rows("scores") == expected


def test_workers_find_a_view_by_its_name_only(full: Ledger, pool: Executor) -> None:
    if full.store.opener() is None:
        return
    full.views["scores"] = evolve(scores)
    with pytest.raises(Invalid, match="scores: workers look for it among the variables of tests"):
        full.rebuild(["scores"], as_at=TODAY, workers=2, executor=pool)


def test_nobody_does_the_work_of_no_workers(full: Ledger) -> None:
    with pytest.raises(Invalid, match="workers: 0: at least one does the work"):
        full.rebuild(workers=0)


REQUIREMENT = Requirement(code="late", met=False, because="it is late", source="the rules")
PLACE = Place(position=3, subject="s", version=2, name="a.b.v1")


@pytest.mark.parametrize(
    "error",
    [
        Refused(REQUIREMENT, code="too_late"),
        refusal("late", "it is late", "the rules"),
        Invalid("a.csv", ["line 1", "line 2"]),
        Conflict("contended"),
        StoreUnavailable("gone"),
        NotInitialised("no schema"),
        StoredFactError(PLACE, "cannot be read"),
        UnknownFact(PLACE, "no such fact is known"),
    ],
    ids=lambda it: type(it).__name__,
)
def test_an_error_comes_from_another_process_as_it_went(error: NpqError) -> None:
    found = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(found) is type(error)
    assert (str(found), found.args, vars(found)) == (str(error), error.args, vars(error))


def test_a_vocabulary_comes_to_another_process_as_it_went() -> None:
    found = pickle.loads(pickle.dumps(vocabulary))  # noqa: S301 - our own
    assert list(found) == list(vocabulary)
    assert [found.kind(name) for name in found] == [vocabulary.kind(name) for name in vocabulary]
