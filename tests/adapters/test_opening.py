"""Addresses of stores: what is allowed, and what everything else is told."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from npq_adapters.memory import MemoryStore
from npq_adapters.opening import open_store
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Row, Stored
from npq_domain.errors import Invalid, NotInitialised, StoreUnavailable
from tests.adapters.tampering import unguarded
from tests.conftest import Backend


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "memory",
        "memory:provider",
        "memory:///",
        ":memory:",
        "provider.db",
        "mysql://user@host/db",
        "postgres+psycopg://user@host/db",
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite:provider.db",
        "sqlite://:memory:",
        "sqlite:///:memory:",
        "sqlite:///file::memory:",
        "sqlite://host/provider.db",
        "sqlite:///directory/",
        "sqlite:///provider.db?mode=memory",
        "sqlite:///provider.db?",
        "sqlite:///provider.db#x",
        "sqlite:///a%00b",
        "postgresql:",
        "postgresql://",
        "postgresql://host/db",
        "postgresql://user@/db",
        "postgresql://user@host",
        "postgresql://user@host:port/db",
        "postgresql://user@host/db?colour=red",
        "postgresql://user@host/db?service=other",
        "postgresql://user@host/db?schema=",
        "postgresql://user@host/db?schema=a.b",
        "postgresql://user@host/db?schema=a&schema=b",
        "postgresql://user@[host/db",
    ],
)
def test_what_is_no_address_is_told_what_is(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_store(url)
    assert '"sqlite:///file.db"' in str(refused.value)
    assert '"postgresql://user@host/database"' in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter2@host/db?colour=red",
        "postgresql://user:hun/ter2@host/db",
        "postgresql://user:hun@ter2@host/db?colour=red",
        "postgresql://user:a@hun/ter2@host/db",
        "postgresql://user:hun?ter2=x@host/db",
        "postgresql://user:hun#ter2@host/db",
        "postgresql://user:%hunter2@host/db",
        "postgresql://user:hun\u2100ter2@host/db",
        "postgresql://user:hunter2@[host/db",
        "postgresql://user:hunter2/db",
        "postgresql://host:hunter2/db",
        "postgresql://user@host/db?password=hunter2",
        "postgresql:///user:hunter2@host/db",
        "mysql://user:hunter2@host/db",
        "sqlite://user:hunter2@host/ledger.db",
        "sqlite:///user:hunter2@host/",
        "//user:hunter2@host/db",
        "user:hunter2@host/db",
    ],
)
def test_a_password_is_not_repeated(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_store(url)
    assert not [it for it in ("hun", "ter2", "HUN", "TER2") if it in str(refused.value)]


def test_a_refused_address_is_told_by_scheme_host_and_path() -> None:
    with pytest.raises(Invalid, match=r"^ledger 'postgresql://host/db': unknown settings: colour;"):
        open_store("postgresql://user:hunter2@host:5433/db?colour=red")


def test_memory_is_opened_by_its_name_alone() -> None:
    assert isinstance(open_store("memory:"), MemoryStore)


def test_three_slashes_are_relative_and_four_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite:///a%20b.db", f"sqlite:///{tmp_path}/c?d.db".replace("?", "%3F")):
        with closing(open_store(url)) as store:
            store.migrate([])
    assert {it.name for it in tmp_path.iterdir()} == {"a b.db", "c?d.db"}


def test_a_relative_file_stays_where_it_was_when_the_directory_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with closing(open_store("sqlite:///ledger.db")) as store:
        monkeypatch.chdir(tmp_path / "elsewhere")
        store.migrate([])
    assert (tmp_path / "ledger.db").exists()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("to whom it may concern " * 100)
    with closing(open_store(f"sqlite:///{tmp_path}/ledger.db")) as store:
        for ask in (lambda: store.check([]), lambda: store.migrate([]), store.head):
            with pytest.raises(StoreUnavailable, match="file is not a database"):
                ask()


def test_another_database_is_not_taken_for_a_ledger(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch()
    with (
        closing(open_store(f"sqlite:///{tmp_path}/ledger.db")) as store,
        pytest.raises(NotInitialised, match="npq init"),
    ):
        store.check([])


def test_a_directory_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with (
        closing(open_store(f"sqlite:///{tmp_path}/nowhere/ledger.db")) as store,
        pytest.raises(StoreUnavailable, match="No such file or directory"),
    ):
        store.migrate([])


def test_a_file_never_gives_a_position_twice(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "ledger.db")
    store.migrate([])
    store.append([Row("one", 1, "a", b"{}"), Row("one", 2, "a", b"{}")])
    with unguarded(tmp_path / "ledger.db") as db:
        db.execute("DELETE FROM stored_events WHERE position = 2")
    store.append([Row("one", 2, "a", b"{}")])
    assert [it.position for it in map(Stored._make, store.scan())] == [1, 3]
    store.close()


@pytest.mark.parametrize("other", [None, b""], ids=["deleted", "replaced"])
def test_a_file_that_was_deleted_or_replaced_is_not_written_to(
    tmp_path: Path, other: bytes | None
) -> None:
    path = tmp_path / "ledger.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        store.migrate([])
        store.append([Row("one", 1, "a", b"{}")])
        path.rename(tmp_path / "moved.db")
        if other is not None:
            path.write_bytes(other)
        asked: list[Callable[[], object]] = [
            lambda: store.append([Row("one", 2, "a", b"{}")]),
            lambda: store.stream("one"),
            lambda: store.migrate([]),
            store.head,
        ]
        for ask in asked:
            with pytest.raises(StoreUnavailable, match=f"{path}: the file was deleted or replaced"):
                ask()
        assert path.exists() == (other is not None)
        path.unlink(missing_ok=True)
        (tmp_path / "moved.db").rename(path)
        assert store.head() == 1


def test_a_later_version_s_ledger_is_left_alone(backend: Backend) -> None:
    if not backend.shared:
        return
    store: Any = open_store(backend.owner)
    store.migrate([])
    update = "UPDATE {}npq_schema SET shape = '9' WHERE part = 'ledger'"
    if backend.kind == "sqlite":
        with store.datastore.transaction(commit=True) as cursor:
            cursor.execute(update.format(""))
    else:
        with store.datastore.get_connection() as connection:
            connection.execute(update.format(f"{store.datastore.schema}."))
    for verb in (store.check, store.migrate):
        with pytest.raises(NotInitialised, match="later release"):
            verb([])
    store.close()


# PostgreSQL's own


def test_a_server_that_is_not_there_is_unavailable_soon(tmp_path: Path) -> None:
    began = monotonic()
    with (
        closing(open_store(f"postgresql://user@/db?host={tmp_path}")) as store,
        pytest.raises(StoreUnavailable, match="schema public of db at"),
    ):
        store.head()
    assert monotonic() - began < 2


def test_a_database_that_is_not_there_is_named(postgres_uri: str) -> None:
    url = postgres_uri.replace("/postgres?", "/nowhere?")
    with closing(open_store(url)) as store, pytest.raises(StoreUnavailable, match='"nowhere"'):
        store.head()


WITHOUT_PSYCOPG = """
import sys
sys.modules["psycopg"] = None
import npq_adapters.ledger
from npq_adapters.opening import open_store
open_store("memory:")
try:
    open_store("postgresql://user@host/db")
except Exception as error:
    print(type(error).__name__, error)
"""


def test_without_the_driver_the_extra_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PSYCOPG.replace("import npq_adapters.ledger\n", "")],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        "StoreUnavailable psycopg is not installed: pip install 'npq_domain[postgres]'\n"
    )
