"""The plain eventsourcing library on the same stores: an aggregate, an application, a reader."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import ApplicationRecorder, StoredEvent


class Register(Aggregate):
    """What a participant studied, and whether there is room left for more."""

    def __init__(self) -> None:
        self.minutes = 0

    @event("Studied")
    def study(self, minutes: int) -> None:
        self.minutes += minutes


class Plain(Application[UUID]):
    """The library as it comes."""

    name = "plain"


def sqlite(path: Path) -> Mapping[str, str]:
    """The environment of an application on a file."""
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}


def postgres(url: str, **more: str) -> Mapping[str, str]:
    """The environment of an application on PostgreSQL; its schema is made."""
    parts = urlsplit(url)
    settings = {name: values[0] for name, values in parse_qs(parts.query).items()}
    schema = settings.pop("schema", "public")
    database = parts.path[1:]
    with psycopg.connect(
        host=settings["host"], user=parts.username, dbname=database, autocommit=True
    ) as db:
        db.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}".encode())
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": database,
        "POSTGRES_HOST": settings["host"],
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": "-",
        "POSTGRES_SCHEMA": schema,
        **more,
    }


LOCKLESS = {"POSTGRES_ENABLE_DB_FUNCTIONS": "y"}


@contextmanager
def opened(env: Mapping[str, str]) -> Iterator[Plain]:
    app = Plain(env=env)
    try:
        yield app
    finally:
        app.close()


def versions(app: Plain, register: Register) -> list[int]:
    """The versions that are stored of an aggregate."""
    return [it.originator_version for it in app.recorder.select_events(register.id)]


def some_event(version: int = 1, topic: str = "t") -> StoredEvent:
    return StoredEvent(uuid4(), version, topic, b"{}")


def write(env: Mapping[str, str], number: int) -> None:
    """Insert so many events, two at a time. Runs in a process of its own."""
    with opened({**env, "CREATE_TABLE": "n"}) as app:
        for _ in range(number // 2):
            app.recorder.insert_events([some_event(), some_event()])


def poll(recorder: ApplicationRecorder, after: int) -> list[int]:
    """The positions of all that a reader finds who has read up to one."""
    return [it.id for it in recorder.select_notifications(after + 1, 1_000_000)]
