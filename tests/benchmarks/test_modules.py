"""The benchmark of the stores does what it says, and counts what a log lacks. Nothing is timed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteFactory
from eventsourcing.utils import Environment

from benchmarks.jobs import Corpus, Size, corpus
from benchmarks.measuring import measure
from benchmarks.modules import OURS, Counted, Ledgers, checked, counted, filled, jobs, tables
from npq_adapters import open_ledger


@pytest.fixture(scope="module")
def them() -> Corpus:
    return corpus(Size(participants=25, rounds=1))


@pytest.fixture
def ledgers(tmp_path: Path, them: Corpus) -> Iterator[Ledgers]:
    places = {
        OURS: f"sqlite:///{tmp_path}/ours.db",
        "theirs": f"module:eventsourcing.sqlite?SQLITE_DBNAME={tmp_path}/theirs.db",
    }
    with filled(places, them) as opened:
        yield opened


@pytest.mark.long
def test_every_store_does_every_job_and_loses_nothing(ledgers: Ledgers, them: Corpus) -> None:
    figures = [figure for job in jobs(ledgers, them) for figure in measure("all", job, 1)]
    assert [it.contender for it in figures] == [OURS, "theirs"] * 5
    assert checked(ledgers, them) == "0 facts missed, 0 duplicated, 0 reordered"
    assert tables(figures).count("| 1.00 |") >= 5
    heads = {name: sum(1 for _ in it.store.scan()) for name, it in ledgers.items()}
    assert heads[OURS] == heads["theirs"] > len(them.log)


def test_what_a_log_lacks_is_counted(tmp_path: Path) -> None:
    address = f"module:eventsourcing.sqlite?SQLITE_DBNAME={tmp_path}/log.db"
    plain = SQLiteFactory(Environment(env={"SQLITE_DBNAME": f"{tmp_path}/log.db"}))
    one, two = uuid4(), uuid4()
    with closing(plain):
        plain.application_recorder().insert_events(
            [StoredEvent(of, at, "a", b"") for of, at in ((one, 1), (one, 4), (two, 1), (one, 3))]
        )
    with open_ledger(address) as it:
        assert counted(it) == Counted(missed=2, duplicated=1, reordered=0)
