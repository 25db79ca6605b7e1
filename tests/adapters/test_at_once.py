"""Many processes that open a ledger, or make its schema, at the same moment."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from npq_adapters import migrate, open_ledger
from npq_adapters.opening import open_store
from npq_adapters.store import Row, Stored
from tests.adapters.tampering import made_as_version_1
from tests.conftest import Backend

SIXTEEN = """
import os, sys
import npq_adapters.postgres  # loaded once, and not by each on its way
from npq_adapters import migrate, open_ledger
from npq_domain.errors import NpqError

url, tasks = sys.argv[1:]

def opened():
    with open_ledger(url, budget=60) as ledger:  # a busy machine is no fault of ours
        ledger.rows("engagement")

DO = {"o": opened, "i": lambda: migrate(url, budget=60)}
start, go = os.pipe()
answers = []
for task in tasks:
    read, write = os.pipe()
    answers.append(read)
    if os.fork():
        os.close(write)
        continue
    os.close(go)
    os.read(start, 1)  # until nobody holds the other end
    try:
        DO[task]()
        answer = "done"
    except NpqError as error:
        answer = f"{type(error).__name__}: {error}"
    os.write(write, answer.encode())
    os._exit(0)
os.close(go)
for task, read in zip(tasks, answers):
    print(task, os.read(read, 10_000).decode())
"""


def at_once(url: str, tasks: str) -> Counter[str]:
    """What as many processes said who began at one moment: each to open, or to init."""
    ended = subprocess.run(
        [sys.executable, "-c", SIXTEEN, url, tasks],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stderr == ""
    return Counter(ended.stdout.splitlines())


def place(url: str) -> str:
    """How errors call the ledger at an address."""
    with closing(open_store(url)) as store:
        found: Any = store
        return str(found._place)


def test_sixteen_who_open_where_nothing_is_are_told_what_makes_it(backend: Backend) -> None:
    if not backend.shared:
        return
    missing = f"{place(backend.owner)}: there is no ledger here; `npq init` makes one"
    assert at_once(backend.owner, "o" * 16) == {f"o NotInitialised: {missing}": 16}


def test_sixteen_who_init_where_nothing_is_all_find_it_made(backend: Backend) -> None:
    if not backend.shared:
        return
    assert at_once(backend.owner, "i" * 16) == {"i done": 16}
    with open_ledger(backend.owner) as ledger:
        assert ledger.store.head() == 0


def test_sixteen_who_init_or_open_what_is_there_all_succeed(backend: Backend) -> None:
    if not backend.shared:
        return
    migrate(backend.owner)
    with closing(open_store(backend.owner)) as store:
        store.append([Row("one", 1, "a", b"{}")])
        assert at_once(backend.owner, "o" * 16) == {"o done": 16}
        assert at_once(backend.owner, "i" * 16) == {"i done": 16}
        assert [it.subject for it in map(Stored._make, store.scan())] == ["one"]


def test_who_opens_while_others_init_finds_all_of_it_or_nothing(backend: Backend) -> None:
    if not backend.shared:
        return
    missing = f"{place(backend.owner)}: there is no ledger here; `npq init` makes one"
    said = at_once(backend.owner, "oi" * 8)
    assert said["i done"] == 8
    assert said["o done"] + said[f"o NotInitialised: {missing}"] == 8


def test_sixteen_who_init_a_ledger_of_version_1_bring_it_to_this_one(tmp_path: Path) -> None:
    made_as_version_1(tmp_path / "ledger.db")
    assert at_once(f"sqlite:///{tmp_path}/ledger.db", "i" * 16) == {"i done": 16}
    with open_ledger(f"sqlite:///{tmp_path}/ledger.db") as ledger:
        assert ledger.store.head() == 0


# Opening runs no DDL

WATCH = """
import json, sqlite3, sys
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from npq_adapters import migrate, open_ledger

path, task = sys.argv[1:]
WRITES = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
CHANGES = {
    getattr(sqlite3, name)
    for name in dir(sqlite3)
    if name.startswith(("SQLITE_CREATE_", "SQLITE_DROP_", "SQLITE_ALTER_"))
}
seen = {"made": [], "written": []}

def allow(action, name, *_):
    if action in CHANGES:
        seen["made"].append(name)
    if action in WRITES:
        seen["written"].append(name)
    return sqlite3.SQLITE_OK

connect = sqlite3.connect

def watched(*args, **options):
    made = connect(*args, **options)
    made.set_authorizer(allow)
    return made

sqlite3.connect = watched

def plain():
    recorder = SQLiteApplicationRecorder(SQLiteDatastore(path, originator_id_type="text"))
    recorder.create_table()  # as its factory does whenever an application starts

def opened():
    with open_ledger(f"sqlite:///{path}") as ledger:
        ledger.rows("engagement")

{"plain": plain, "open": opened, "init": lambda: migrate(f"sqlite:///{path}")}[task]()
print(json.dumps({kind: sorted(set(names)) for kind, names in seen.items()}))
"""


def watched(path: Path, task: str) -> Any:
    """What SQLite was asked to make and to write, by every connection of a process."""
    ended = subprocess.run(
        [sys.executable, "-c", WATCH, str(path), task],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(ended.stdout)


def test_opening_makes_and_writes_nothing_where_the_base_library_makes_tables(
    tmp_path: Path,
) -> None:
    ledger = tmp_path / "ledger.db"
    assert "stored_events" in watched(ledger, "init")["made"]
    assert watched(ledger, "open") == {"made": [], "written": []}
    assert "stored_events" in watched(tmp_path / "plain.db", "plain")["made"]


def schema_version(path: Path) -> Any:
    """What SQLite counts up with every statement that changes a schema."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute("PRAGMA schema_version").fetchone()


def test_init_makes_nothing_where_all_is_there(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/ledger.db")
    before = schema_version(tmp_path / "ledger.db")
    migrate(f"sqlite:///{tmp_path}/ledger.db")
    assert schema_version(tmp_path / "ledger.db") == before
