"""An older backup is restored, and its readers had read further: what each of them says."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from random import Random
from threading import Timer
from typing import Any

import pytest
from attrs import astuple

from npq_adapters import Ledger, migrate, open_ledger
from npq_adapters.checking import check
from npq_adapters.projecting import table
from npq_adapters.store import Row
from npq_domain.errors import AnotherLog, NpqError
from tests.aggregates.ground import START
from tests.conftest import Backend
from tests.faults.conftest import make
from tests.faults.tailing import views
from tests.faults.writing import Ground, asking, enrol, handle, new_id

DICE = Random(15)


def study(ledger: Ledger, on: Ground, times: int, who: int = 0) -> None:
    for _ in range(times):
        handle(ledger, asking(on.subjects[who], new_id(DICE)))


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
        on = enrol(newer, backend.url, (new_id(DICE), new_id(DICE)))
        study(newer, on, 2)
        backup = [Row(*fields[1:]) for fields in newer.store.scan()]
        study(newer, on, LOST)
        newer.catch_up(as_at=START)
        for row in backup:
            ledger.store.append([row])
        with newer.store.views() as reading, ledger.store.views(write=True) as writing:
            for name, view in ledger.views.items():
                at = reading.checkpoint(name)
                assert at is not None
                writing.put(table(view), newer.rows(name))
                writing.advance(name, at)
        yield ledger, on


NEWER = {
    "memory": "memory:",
    "sqlite": "sqlite:///{folder}/newer.db",
    "postgres": "{url}_newer",
}
"""Where the ledger is that the backup is taken of."""

LOST = 3
"""How many facts the views have read that the backup does not have."""

SINCE = {"no others": (0, "ViewAhead"), "some": (LOST - 1, "ViewAhead")} | {
    "as many": (LOST, "AnotherLog"),
    "more": (LOST + 2, "AnotherLog"),
}
"""How many other facts were recorded after the backup was restored, and what is said of it."""


def follow(ledger: Ledger) -> None:
    """Follow until it says something, or for a while."""
    follower = ledger.follow()
    end = Timer(3, follower.stop)
    end.start()
    try:
        follower.run()
    finally:
        end.cancel()


READERS: Mapping[str, Callable[[Ledger], object]] = {
    "catch_up": lambda ledger: ledger.catch_up(as_at=START),
    "catch_up of another day": lambda ledger: ledger.catch_up(as_at=date(2031, 1, 1)),
    "catch_up of a summary": lambda ledger: ledger.catch_up(["cohort"], as_at=START),
    "rows": lambda ledger: ledger.rows("engagement"),
    "rows of a summary": lambda ledger: ledger.rows("cohort"),
    "wait": lambda ledger: ledger.wait("engagement", 1),
    "follow": follow,
}
"""Each reader of views, and how it reads on."""

UNCONCERNED: Mapping[str, tuple[Callable[[Ledger], object], str]] = {
    "rebuild": (lambda ledger: ledger.rebuild(as_at=START), "are made anew"),
    "rebuild and compare": (
        lambda ledger: ledger.rebuild(as_at=START, compare=True),
        "are made anew",
    ),
    "scan": (lambda ledger: list(ledger.store.scan(after=100)), "stay"),
}
"""Who says nothing, and what becomes of the rows."""


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


@pytest.mark.parametrize(("others", "expected"), SINCE.values(), ids=SINCE)
def test_every_reader_of_views_names_one_of_a_log_that_is_gone_however_far_this_one_goes(
    others: int, expected: str, restored: tuple[Ledger, Ground]
) -> None:
    """At positions that the views believe to have read, and beyond."""
    ledger, on = restored
    study(ledger, on, others, who=1)
    before = kept(ledger)
    assert {name: said(read, ledger) for name, read in READERS.items()} == dict.fromkeys(
        READERS, expected
    )
    assert kept(ledger) == before
    found = check(ledger)
    assert {it.view for it in found.views if it.another_log} == {*ledger.views}
    assert {it.ahead for it in found.views} == {max(LOST - others, 0)}
    assert (found.wrong, found.uncovered) == (len(ledger.views), ())


@pytest.mark.parametrize(("read", "rows"), UNCONCERNED.values(), ids=UNCONCERNED)
def test_who_reads_no_view_says_nothing(
    read: Callable[[Ledger], object], rows: str, restored: tuple[Ledger, Ground]
) -> None:
    ledger, on = restored
    study(ledger, on, LOST, who=1)
    before = kept(ledger)
    assert said(read, ledger) == "nothing"
    assert rows == ("stay" if kept(ledger) == before else "are made anew")


@pytest.mark.parametrize("others", [others for others, _ in SINCE.values()], ids=SINCE)
def test_a_rebuild_makes_the_views_right_again_one_by_one_or_all(
    others: int, restored: tuple[Ledger, Ground]
) -> None:
    ledger, on = restored
    study(ledger, on, others, who=1)
    before = kept(ledger)
    ledger.rebuild(["engagement"], as_at=START)
    assert ledger.rows("engagement") != before["engagement"]
    with pytest.raises(AnotherLog, match="the view roster has read up to position"):
        ledger.rows("roster")
    done = ledger.rebuild(as_at=START, compare=True)
    compared = [it.rebuilt.view for it in done if it.rebuilt.compared_with]
    assert compared == ["engagement"]  # to what was made of another log nothing is compared
    assert {name: said(read, ledger) for name, read in READERS.items()} == dict.fromkeys(
        READERS, "nothing"
    )
    assert check(ledger).wrong == 0
    study(ledger, on, 1)
    ledger.catch_up(as_at=START)
    assert views(ledger) == rebuilt(ledger)


def test_a_view_that_has_read_nothing_beyond_the_backup_goes_on(backend: Backend) -> None:
    make(backend)
    with open_ledger(backend.url) as ledger:
        on = enrol(ledger, backend.url, (new_id(DICE),))
        ledger.catch_up(as_at=START)
        study(ledger, on, LOST)
        assert {name: said(read, ledger) for name, read in READERS.items()} == dict.fromkeys(
            READERS, "nothing"
        )
        ledger.catch_up(as_at=START)
        assert views(ledger) == rebuilt(ledger)
