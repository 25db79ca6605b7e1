"""What is known of the persistence modules that a ledger can be opened by, one row for each."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import Any

from attrs import field, frozen

from npq_adapters.store import Guarantee

Settings = Mapping[str, str]

OURS = frozenset({"CREATE_TABLE", "IS_SNAPSHOTTING_ENABLED", "PERSISTENCE_MODULE"})
"""Settings of the base library that are not the address's to make."""

LOCKLESS = "POSTGRES_ENABLE_DB_FUNCTIONS"

CHOOSING = frozenset(
    {
        "PGDATABASE", "PGHOST", "PGHOSTADDR", "PGOPTIONS", "PGPORT", "PGSERVICE", "PGSERVICEFILE",
        "PGTARGETSESSIONATTRS", "PGUSER",
    }
)  # fmt: skip
"""Variables by which libpq would choose another server, database or way to use it."""


@frozen(kw_only=True)
class Known:
    """A persistence module: what it needs, what was tried, and what it holds."""

    tried: Mapping[str, str] = field(factory=dict)
    """The versions that the suite was run with, by distribution."""
    extra: str = ""
    """Our extra that installs it."""
    refused: str = ""
    """Why it is not opened at all."""
    required: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(factory=dict)
    """What is set unless the address sets it."""
    faults: Callable[[Settings], Iterable[str]] = lambda _: ()
    """What is wrong with settings, in words."""
    file: Callable[[Settings], Path | None] = lambda _: None
    """The file that the settings name; opening must not make it."""
    absolute: Callable[[Settings], Settings] = lambda _: {}
    """The settings that name it, so that it stays the same when the directory changes."""
    libpq: Callable[[Settings], bool] = lambda _: False
    """Whether these settings lead to libpq, which reads the environment."""
    close: Callable[[Any], None] = lambda factory: factory.close()
    shared: bool = True
    """Whether another process can open the same store."""
    guarantees: Callable[[Settings], tuple[Guarantee, ...]]


def held(name: str, because: str) -> Guarantee:
    """A guarantee that a module gives."""
    return Guarantee(name, held=True, because=because)


def missing(name: str, because: str) -> Guarantee:
    """A guarantee that a module does not give."""
    return Guarantee(name, held=False, because=because)


def lockless(settings: Settings) -> Iterator[str]:
    """The setting of the base library under which readers miss facts."""
    if settings.get(LOCKLESS, "n").strip().lower() not in ("n", "no", "f", "false", "off", "0"):
        yield f"{LOCKLESS}: its functions append without a lock, and readers miss facts"


MEMORY = 'that is memory, gone at the end; memory is opened by "memory:"'


def in_memory(name: str) -> Callable[[Settings], Iterator[str]]:
    """A setting that names a file may not name memory."""

    def faults(settings: Settings) -> Iterator[str]:
        if ":memory:" in settings[name] or "mode=memory" in settings[name]:
            yield f"{name}: {MEMORY}"

    return faults


def sqlalchemy_faults(settings: Settings) -> Iterator[str]:
    """SQLAlchemy's addresses of SQLite without a file are of memory, too."""
    yield from in_memory("SQLALCHEMY_URL")(settings)
    scheme, _, path = settings["SQLALCHEMY_URL"].partition(":///")
    if scheme.startswith("sqlite") and not path.partition("?")[0].strip("/"):
        yield f"SQLALCHEMY_URL: {MEMORY}"


def sqlalchemy_file(settings: Settings) -> Path | None:
    """The SQLite file that an address of SQLAlchemy names."""
    scheme, _, path = settings["SQLALCHEMY_URL"].partition(":///")
    return Path(path.partition("?")[0]) if scheme.startswith("sqlite") else None


def sqlalchemy_absolute(settings: Settings) -> Settings:
    """The same address, from the root of the file system."""
    file, address = sqlalchemy_file(settings), settings["SQLALCHEMY_URL"]
    if file is None:
        return {}
    scheme, _, path = address.partition(":///")
    options = path.removeprefix(path.partition("?")[0])
    return {"SQLALCHEMY_URL": f"{scheme}:///{file.absolute()}{options}"}


def dialect(settings: Settings) -> str:
    """The database that an address of SQLAlchemy leads to."""
    return settings["SQLALCHEMY_URL"].partition(":")[0].partition("+")[0]


POSTGRES_DURABLE = held(
    "durable", "PostgreSQL writes to its log first, if fsync and synchronous_commit are on there"
)


LAZY = {f"DEFAULT_WAL_SYNCHRONOUS={level}" for level in (0, 1)}
"""Options of a build of SQLite that does not, in WAL mode."""


def file_durable() -> Guarantee:
    """Whether SQLite syncs at each commit unasked, as these modules leave it to its build."""
    with closing(sqlite3.connect(":memory:")) as db:
        options = {it for (it,) in db.execute("PRAGMA compile_options")}
    if options & LAZY:
        return missing("durable", "this build of SQLite does not sync at each commit unasked")
    return held("durable", "SQLite in WAL mode, in a build that syncs at each commit")


BARE_ROWIDS = held("ordered", "a file has one writer; a deleted last position is given again")
CHANGEABLE = missing("append_only", "nothing refuses to change or delete rows of its table")
UNIQUE = held("versions_unique", "a unique index on subject and version")
WHOLE = held("whole", "all facts of a command in one transaction")


def sqlalchemy_guarantees(settings: Settings) -> tuple[Guarantee, ...]:
    """What it holds depends on the database beneath."""
    beneath: Mapping[str, tuple[Guarantee, ...]] = {
        "postgresql": (
            POSTGRES_DURABLE,
            held("ordered", "each append locks the table against other appends"),
            missing("in_time", "an append waits for the table's lock without end"),
        ),
        "sqlite": (
            file_durable(),
            BARE_ROWIDS,
            held("in_time", "SQLite's driver waits 5 s for a lock"),
        ),
    }
    name = dialect(settings)
    none = f"nobody tried it over {name}"
    other = (
        missing("durable", none),
        missing("ordered", f"over {name} it takes no lock: readers of the log may miss facts"),
        missing("in_time", none),
    )
    return (*beneath.get(name, other), CHANGEABLE, UNIQUE, WHOLE)


NO_SERVER = "no server of it installs from pip, so nothing here was ever run against one"

KNOWN: Mapping[str, Known] = {
    "eventsourcing.popo": Known(
        tried={"eventsourcing": "9.5.6"},
        shared=False,
        guarantees=lambda _: (
            missing("durable", "what is in memory goes with the process"),
            held("ordered", "one lock gives each fact the next position"),
            missing("append_only", "a list of this process's own"),
            held("versions_unique", "a version that is there is refused"),
            held("whole", "one lock for all facts of a command"),
            held("in_time", "nothing to wait for"),
        ),
    ),
    "eventsourcing.sqlite": Known(
        tried={"eventsourcing": "9.5.6"},
        required=("SQLITE_DBNAME",),
        faults=in_memory("SQLITE_DBNAME"),
        file=lambda settings: Path(settings["SQLITE_DBNAME"]),
        absolute=lambda settings: {
            "SQLITE_DBNAME": str(Path(settings["SQLITE_DBNAME"]).absolute())
        },
        guarantees=lambda _: (
            file_durable(),
            BARE_ROWIDS,
            CHANGEABLE,
            held("versions_unique", "the primary key is subject and version"),
            WHOLE,
            held("in_time", "it waits 5 s for a lock, or as long as SQLITE_LOCK_TIMEOUT says"),
        ),
    ),
    "eventsourcing.postgres": Known(
        tried={"eventsourcing": "9.5.6", "psycopg": "3.3.9"},
        extra="postgres",
        required=("POSTGRES_DBNAME", "POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_PASSWORD"),
        # It tries ten times; its own 30 s for each would be five minutes.
        defaults={"POSTGRES_CONNECT_TIMEOUT": "1", "POSTGRES_LOCK_TIMEOUT": "10"},
        faults=lockless,
        libpq=lambda _: True,
        guarantees=lambda _: (
            POSTGRES_DURABLE,
            held("ordered", "each append locks the table against other appends"),
            CHANGEABLE,
            held("versions_unique", "the primary key is subject and version"),
            WHOLE,
            missing("in_time", "it tries ten times: some 12 s without a server, more by settings"),
        ),
    ),
    "eventsourcing_sqlalchemy": Known(
        tried={"eventsourcing": "9.5.6", "eventsourcing-sqlalchemy": "1.0.1"},
        extra="sqlalchemy",
        required=("SQLALCHEMY_URL",),
        faults=sqlalchemy_faults,
        file=sqlalchemy_file,
        absolute=sqlalchemy_absolute,
        libpq=lambda settings: dialect(settings) == "postgresql",
        close=lambda factory: factory.datastore.engine.dispose(),
        guarantees=sqlalchemy_guarantees,
    ),
    "eventsourcing_umadb": Known(
        tried={"eventsourcing": "9.5.6", "eventsourcing-umadb": "0.3.5", "umadb": "0.7.8"},
        extra="umadb",
        required=("UMADB_URI",),
        guarantees=lambda _: (
            held("durable", "it answers after its sync; facts survived kill -9 of the server"),
            held("ordered", "one writer gives positions without gaps"),
            held("append_only", "its server has no verb that changes or deletes a fact"),
            held("versions_unique", "each append is on condition that its versions are not there"),
            held("whole", "all facts of a command in one append"),
            missing("in_time", "a server that does not answer is given up after 15 s"),
        ),
    ),
    "eventsourcing_kurrentdb": Known(
        refused=f"its streams begin at version 0 and ours at 1; {NO_SERVER}",
        guarantees=lambda _: (),
    ),
    "eventsourcing_eventstoredb": Known(
        refused=f"its streams begin at version 0 and ours at 1; {NO_SERVER}",
        guarantees=lambda _: (),
    ),
    "eventsourcing_axonserver": Known(
        refused=f"its sequences begin at 0 and ours at 1; {NO_SERVER}",
        guarantees=lambda _: (),
    ),
    "eventsourcing_dynamodb": Known(
        refused="it is made for eventsourcing 9.3, and this library needs 9.5",
        guarantees=lambda _: (),
    ),
}

UNKNOWN = Known(
    guarantees=lambda _: tuple(
        missing(name, "nobody has tried this module")
        for name in ("durable", "ordered", "append_only", "versions_unique", "whole", "in_time")
    )
)


def of_every_module(*, views: Path | None) -> tuple[Guarantee, ...]:
    """What a ledger over any module holds by itself, and what it cannot."""
    return (
        held("versions_contiguous", "looked at before each append, as far as only we write there"),
        missing("least_privilege", "a module says nothing of roles"),
        missing("forks", "a forked process is told to open its own"),
        held("views_kept", f"in {views}")
        if views
        else missing("views_kept", 'made anew at each opening; "views=FILE" keeps them'),
    )


def as_tried(known: Known) -> Guarantee:
    """Whether what is installed is what the suite was run with."""
    found = {name: installed(name) for name in known.tried}
    same = bool(found) and found == known.tried
    tried = listed(known.tried) or "nothing"
    return Guarantee("tried", held=same, because=f"tried: {tried}; installed: {listed(found)}")


def listed(versions: Mapping[str, str]) -> str:
    """Distributions and their versions in words."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def installed(distribution: str) -> str:
    """The version that is installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "(none)"


def ambient(known: Known, settings: Settings) -> list[str]:
    """The variables of the environment that would choose another store."""
    return sorted(CHOOSING & os.environ.keys()) if known.libpq(settings) else []
