"""Somebody else's workers: a Dask cluster at an address. Needs distributed: the extra `dask`."""

import socket
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from npq_adapters.connections import BUDGET
from npq_domain.errors import Invalid, StoreUnavailable

SCHEMES = ("tcp", "tls")
RETRIES = 2
"""How often a share is tried again that failed, as where the server was out of connections."""
PULSE = 1.0
"""Seconds between two looks at whether there are workers."""


@contextmanager
def dask(address: str, workers: int | None = None) -> Iterator[tuple[Executor, int]]:
    """The workers of a Dask cluster, and how many of them to reckon with: so many, or all.

    A worker that is lost loses its share to another one. Where there has been no worker at all for
    10 seconds, everything is given up.

    Raises `Invalid` for what is no address, and `StoreUnavailable` without distributed, and when
    no scheduler answers or no worker comes within 10 seconds each.
    """
    host, port = place(address)
    try:
        # An optional extra, and a large one: it is read by those alone who ask for it.
        distributed: Any = import_module("distributed")
    except ModuleNotFoundError as absent:
        msg = f"{absent.name} is not installed: pip install 'npq_domain[dask]'"
        raise StoreUnavailable(msg) from absent
    try:
        socket.create_connection((host, port), timeout=BUDGET).close()  # a no comes at once
        client = distributed.Client(address, timeout=BUDGET, set_as_default=False)
    except OSError as error:
        msg = f"{address}: no scheduler of Dask's answers: {error.strerror or error}"
        raise StoreUnavailable(msg) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=BUDGET)
        except TimeoutError:
            msg = f"{address}: the scheduler has had no worker for {BUDGET:g} s"
            raise StoreUnavailable(msg) from None
        executor = client.get_executor(pure=False, retries=RETRIES)
        with watched(client, executor):
            yield executor, workers or len(client.nthreads())


def place(address: str) -> tuple[str, int]:
    """The host and the port of a scheduler; `Invalid` unless the address has both."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or port is None or parts.scheme not in SCHEMES:
        where, why = f"dask {address!r}", "a scheduler's address reads tcp://host:8786"
        raise Invalid(where, [why])
    return host, port


@contextmanager
def watched(client: Any, executor: Executor) -> Iterator[None]:
    """Call everything off when nobody is left to do it: Dask itself would wait for ever."""
    done = Event()

    def watch() -> None:
        without = 0.0
        while without < BUDGET and not done.wait(PULSE):
            without = 0.0 if workers(client) else without + PULSE
        if without >= BUDGET:
            executor.shutdown(wait=False)

    watcher = Thread(target=watch, name="watching Dask's workers", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def workers(client: Any) -> int:
    """How many there are; of a scheduler that is gone, none, and Dask has told already."""
    try:
        return len(client.nthreads())
    except OSError:
        return 0
