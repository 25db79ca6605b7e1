"""Backups of SQLite ledgers: of one moment, checked, never over another file."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from uuid import uuid4

import pytest
from attrs import frozen

from npq_adapters import backup, migrate, open_ledger
from npq_adapters.rehearsal import Rehearsal
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Row, Stored, Table
from npq_domain.errors import Invalid, NotInitialised, StoreUnavailable
from tests.adapters.locking import WRITING, held
from tests.adapters.tampering import made_as_version_1
from tests.conftest import Backend

LONG = b"x" * 2000


@frozen
class Count:
    subject: str
    facts: int


COUNTS = Table("counts", Count, ("subject",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """A ledger of some megabytes: 4 subjects of 1,000 facts each, and a view that counts them."""
    with closing(SqliteStore(path)) as opened:
        opened.migrate([COUNTS])
        for subject in "abcd":
            opened.append([Row(subject, version, "a", LONG) for version in range(1, 1001)])
        with opened.views(write=True) as views:
            views.put(COUNTS, [Count(subject, 1000) for subject in "abcd"])
        yield opened


def copied(to: Path) -> tuple[list[Stored], list[Count]]:
    """The facts and the rows of a copy, which opens as any ledger does."""
    with closing(SqliteStore(to)) as store:
        store.check([COUNTS])
        with store.views() as views:
            return list(map(Stored._make, store.scan())), views.read(COUNTS, {})


def test_a_backup_holds_facts_and_views_and_opens_as_a_ledger(
    store: SqliteStore, tmp_path: Path
) -> None:
    assert store.backup(tmp_path / "copy.db") == 4000
    facts, counts = copied(tmp_path / "copy.db")
    assert facts == list(map(Stored._make, store.scan()))
    assert counts == [Count(subject, 1000) for subject in "abcd"]
    with closing(SqliteStore(tmp_path / "copy.db")) as copy:
        copy.append([Row("a", 1001, "a", b"{}")])
        assert copy.head() == 4001
    assert store.head() == 4000


def test_a_backup_is_of_the_moment_it_began_while_others_write_on(
    store: SqliteStore, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []

    def write(done: int, total: int) -> None:
        told.append((done, total))
        with closing(SqliteStore(store.datastore.path)) as other:
            for subject, own in (("a", store), ("b", other)):
                version = 1000 + len(told)
                own.append([Row(subject, version, "a", LONG)])
                with own.views(write=True) as views:
                    views.put(COUNTS, [Count(subject, version)])

    assert store.backup(tmp_path / "copy.db", write) == 4000
    facts, counts = copied(tmp_path / "copy.db")
    assert [it.position for it in facts] == list(range(1, 4001))
    assert counts == [Count(subject, 1000) for subject in "abcd"]
    assert len(told) > 5
    assert store.head() == 4000 + 2 * len(told)
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1][0] == told[-1][1]


def test_batches_are_whole_in_a_backup_that_is_made_beside_eight_writers(
    store: SqliteStore, tmp_path: Path
) -> None:
    done = Event()

    def write(_: int) -> None:
        subject, version = str(uuid4()), 0
        while not done.is_set():
            store.append([Row(subject, version + more, "b", LONG) for more in (1, 2, 3)])
            version += 3

    with ThreadPoolExecutor(8) as threads:
        writing = [threads.submit(write, number) for number in range(8)]
        try:
            heads = [store.backup(tmp_path / f"{number}.db") for number in range(3)]
        finally:
            done.set()
        for it in writing:
            it.result()
    for number, head in enumerate(heads):
        facts, _ = copied(tmp_path / f"{number}.db")
        assert [it.position for it in facts] == list(range(1, head + 1))
        assert (head - 4000) % 3 == 0


def test_a_backup_waits_for_no_writer(store: SqliteStore, path: Path, tmp_path: Path) -> None:
    with held(path, *WRITING):
        assert store.backup(tmp_path / "copy.db") == 4000


def test_a_backup_is_its_owner_s_alone_and_one_file(store: SqliteStore, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    before = os.umask(0)
    try:
        store.backup(folder / "copy.db")
    finally:
        os.umask(before)
    assert [(it.name, oct(it.stat().st_mode & 0o777)) for it in folder.iterdir()] == [
        ("copy.db", "0o600")
    ]


@pytest.mark.parametrize("there", ["file", "folder", "link"])
def test_a_backup_overwrites_nothing(store: SqliteStore, tmp_path: Path, there: str) -> None:
    to = tmp_path / "there"
    make: dict[str, Callable[[], object]] = {
        "file": lambda: to.write_text("kept"),
        "folder": to.mkdir,
        "link": lambda: to.symlink_to("nowhere"),
    }
    make[there]()
    before = to.lstat()
    with pytest.raises(Invalid) as error:
        store.backup(to)
    assert str(error.value) == f"{to}: there is a file already, and a backup overwrites none"
    assert to.lstat() == before


def test_a_backup_does_not_take_a_name_that_was_taken_meanwhile(
    store: SqliteStore, tmp_path: Path
) -> None:
    to = tmp_path / "backups" / "copy.db"
    to.parent.mkdir()
    with pytest.raises(Invalid, match="there is a file already"):
        store.backup(to, lambda *_: to.touch())
    assert [(it.name, it.stat().st_size) for it in to.parent.iterdir()] == [("copy.db", 0)]


def test_a_backup_into_a_folder_that_is_not_there_is_refused(
    store: SqliteStore, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match=r"nowhere/copy\.db: No such file or directory"):
        store.backup(tmp_path / "nowhere" / "copy.db")


class Stopped(Exception):
    pass


def stop(_: int, __: int) -> None:
    raise Stopped


def test_a_backup_that_is_interrupted_leaves_nothing(store: SqliteStore, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    with pytest.raises(Stopped):
        store.backup(folder / "copy.db", stop)
    assert list(folder.iterdir()) == []
    assert store.backup(folder / "copy.db") == 4000


KILLED = """
import os, signal, sys
from npq_adapters import backup
backup(sys.argv[1], sys.argv[2], on_progress=lambda *_: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_backup_whose_process_is_killed_leaves_no_file_of_its_name(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    to = tmp_path / "copy.db"
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, f"sqlite:///{path}", str(to)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert (ended.returncode, to.exists()) == (-9, False)
    assert store.backup(to) == 4000
    assert copied(to)[0] == list(map(Stored._make, store.scan()))


def test_of_a_damaged_file_there_is_no_backup(
    store: SqliteStore, path: Path, tmp_path: Path
) -> None:
    store.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\0" * 8192)
    folder = tmp_path / "backups"
    folder.mkdir()
    with closing(SqliteStore(path)) as again, pytest.raises(StoreUnavailable) as error:
        again.backup(folder / "copy.db")
    assert str(error.value).startswith(
        f"{path}: no backup was made to {folder}/copy.db: the file is damaged: "
    )
    assert list(folder.iterdir()) == []


def test_a_ledger_is_backed_up_before_it_is_upgraded(path: Path, tmp_path: Path) -> None:
    made_as_version_1(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO stored_events VALUES (7, 'one', 1, 'a', x'00')")
        db.commit()
    assert backup(f"sqlite:///{path}", tmp_path / "copy.db") == 7


def test_an_open_ledger_backs_itself_up(path: Path, tmp_path: Path) -> None:
    migrate(f"sqlite:///{path}")
    with open_ledger(f"sqlite:///{path}") as ledger:
        assert ledger.backup(tmp_path / "copy.db") == 0
        assert ledger.rehearsal().backup(str(tmp_path / "another.db")) == 0
    with open_ledger(f"sqlite:///{tmp_path}/copy.db") as copy:
        assert copy.rows("engagement") == []


def test_a_rehearsal_backs_up_what_is_recorded_alone(store: SqliteStore, tmp_path: Path) -> None:
    rehearsal = Rehearsal(store)
    rehearsal.append([Row("a", 1001, "a", b"{}")])
    assert rehearsal.backup(tmp_path / "copy.db") == 4000


def test_where_there_is_no_ledger_there_is_no_backup(path: Path, tmp_path: Path) -> None:
    path.touch()
    for name in ("ledger.db", "nowhere.db"):
        with pytest.raises(NotInitialised, match="npq init"):
            backup(f"sqlite:///{tmp_path}/{name}", tmp_path / "copy.db")
    assert [it.name for it in tmp_path.iterdir()] == ["ledger.db"]


INSTEAD = {
    "memory": "it ends with this process: keep a ledger that is worth a backup in sqlite:///file.db",
    "postgres": "a backup of a server is made by its own tools, such as pg_dump or pg_basebackup",
}


def test_what_is_no_file_says_what_to_use_instead(backend: Backend, tmp_path: Path) -> None:
    if backend.kind not in INSTEAD:
        return
    with closing(backend.open()) as store, pytest.raises(Invalid) as error:
        store.backup(tmp_path / "copy.db")
    assert error.value.faults == (INSTEAD[backend.kind],)
    assert not (tmp_path / "copy.db").exists()
