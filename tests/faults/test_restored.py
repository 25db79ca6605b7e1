"""An older backup is restored, and its readers had read further: what each of them says."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import astuple

from npq_adapters import Ledger, migrate, open_ledger
from npq_adapters.projecting import table
from npq_adapters.store import Checkpoint, Row
from npq_domain.errors import NpqError
from tests.aggregates.ground import START
from tests.conftest import Backend
from tests.faults.conftest import make
from tests.faults.tailing import views
from tests.faults.writing import Ground, asking, enrol, handle, new_id

DICE = Random(15)


def study(ledger: Ledger, on: Ground, times: int) -> None:
    for _ in range(times):
        handle(ledger, asking(on.subjects[0], new_id(DICE)))


def rebuilt(ledger: Ledger) -> Mapping[str, list[Any]]:
    ledger.rebuild(as_at=START)
    return views(ledger)


# The whole file: views and log are of one moment again


def copied(file: Path, to: Path) -> None:
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def test_a_file_restored_whole_has_views_of_its_own_log_and_goes_on(tmp_path: Path) -> None:
    file, backup = tmp_path / "ledger.db", tmp_path / "backup.db"
    url = f"sqlite:///{file}"
    migrate(url)
    with open_ledger(url) as ledger:
        on = enrol(ledger, url, (new_id(DICE),))
        study(ledger, on, 2)
        ledger.catch_up(as_at=START)
        copied(file, backup)
        study(ledger, on, 3)
        ledger.catch_up(as_at=START)
        head = ledger.store.head()
    for it in tmp_path.glob("ledger.db*"):
        it.unlink()
    copied(backup, file)
    with open_ledger(url) as ledger:
        assert ledger.store.head() == head - 3
        study(ledger, on, 3)
        ledger.catch_up(as_at=START)
        assert views(ledger) == rebuilt(ledger)


# The log alone: views, or whoever keeps a position elsewhere, have read what is no longer there


@pytest.fixture
def restored(backend: Backend, tmp_path: Path) -> Iterator[tuple[Ledger, Ground]]:
    """A ledger whose log is an older backup's, and whose views are those of before."""
    _, *addresses = astuple(backend)
    newer_at = (NEWER[backend.kind].format(url=it, folder=tmp_path) for it in addresses)
    elsewhere = Backend(backend.kind, *newer_at)
    for it in (backend, elsewhere):
        make(it)
    with open_ledger(elsewhere.url) as newer, open_ledger(backend.url) as ledger:
        on = enrol(newer, backend.url, (new_id(DICE),))
        study(newer, on, 2)
        backup = [Row(*fields[1:]) for fields in newer.store.scan()]
        study(newer, on, 3)
        newer.catch_up(as_at=START)
        for row in backup:
            ledger.store.append([row])
        with ledger.store.views(write=True) as writing:
            for name, view in ledger.views.items():
                writing.put(table(view), newer.rows(name))
                writing.advance(name, Checkpoint(newer.store.head(), START))
        yield ledger, on


NEWER = {
    "memory": "memory:",
    "sqlite": "sqlite:///{folder}/newer.db",
    "postgres": "{url}_newer",
}
"""Where the ledger is that the backup is taken of."""

READERS: tuple[tuple[str, Callable[[Ledger], object], str], ...] = (
    ("catch_up", lambda ledger: ledger.catch_up(as_at=START), "says ViewAhead, and rows stay"),
    ("rebuild", lambda ledger: ledger.rebuild(as_at=START), "says nothing, and rows are made anew"),
    ("rows", lambda ledger: ledger.rows("engagement"), "says ViewAhead, and rows stay"),
    ("scan", lambda ledger: list(ledger.store.scan(after=100)), "says nothing, and rows stay"),
)
"""Each reader, how it reads on, and what comes of it: whether it says so, and by which error."""


def kept(ledger: Ledger) -> Mapping[str, list[Any]]:
    """The rows of every view as the store has them, whatever the ledger would say of them."""
    with ledger.store.views() as reading:
        return {name: reading.read(table(view), {}) for name, view in ledger.views.items()}


def said(read: Callable[[Ledger], object], ledger: Ledger) -> str:
    try:
        read(ledger)
    except NpqError as error:
        return type(error).__name__
    return "nothing"


@pytest.mark.parametrize(
    ("read", "expected"), [each[1:] for each in READERS], ids=[each[0] for each in READERS]
)
def test_of_readers_who_had_read_further_than_the_log_it_is_known_what_each_does(
    read: Callable[[Ledger], object], expected: str, restored: tuple[Ledger, Ground]
) -> None:
    ledger, on = restored
    study(ledger, on, 2)  # at positions that the views believe to have read
    before = kept(ledger)
    told = said(read, ledger)
    rows = "stay" if kept(ledger) == before else "are made anew"
    assert f"says {told}, and rows {rows}" == expected


def test_views_that_had_read_further_are_right_again_once_they_are_made_from_nothing(
    restored: tuple[Ledger, Ground],
) -> None:
    ledger, on = restored
    study(ledger, on, 2)
    before = kept(ledger)
    with ledger.store.views(write=True) as writing:
        for name, view in ledger.views.items():
            writing.clear(table(view))
            writing.advance(name, Checkpoint(0, START))
    ledger.catch_up(as_at=START)
    assert before != views(ledger) == rebuilt(ledger)
