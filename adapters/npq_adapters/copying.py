"""A copy of an SQLite file, made while others write to it: whole and checked, or not there."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp

from npq_domain.errors import Invalid, StoreUnavailable

Progress = Callable[[int, int], None]
"""Told how many pages are copied, and of how many."""

PAGES = 256
"""Pages copied between two reports of progress: a megabyte."""


def copy(source: sqlite3.Connection, place: str, to: Path, on_progress: Progress | None) -> None:
    """Copy what a connection sees in its transaction to a new file, which only its owner reads.

    Raises `Invalid` where there is a file already or none can be made, and `StoreUnavailable`
    when the copy cannot be finished or is damaged; then there is none.
    """

    def tell(_: int, remaining: int, total: int) -> None:
        if on_progress:
            on_progress(total - remaining, total)

    with new_file(to) as part:
        try:
            with closing(sqlite3.connect(part, isolation_level=None)) as target:
                source.backup(target, pages=PAGES, progress=tell)
                refuse_damaged(target)
        except sqlite3.Error as error:
            msg = f"{place}: no backup was made to {to}: {error}"
            raise StoreUnavailable(msg) from error


def refuse_damaged(copied: sqlite3.Connection) -> None:
    """Raise `sqlite3.DatabaseError` unless a file is sound throughout."""
    first, *_ = copied.execute("PRAGMA integrity_check(1)").fetchone()
    if first != "ok":
        msg = f"the file is damaged: {first}"
        raise sqlite3.DatabaseError(msg)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A file to write to, which takes the name of `path` at the end, if all went well."""
    if os.path.lexists(path):
        raise there_already(path)
    try:
        handle, name = mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise Invalid(str(path), [error.strerror or "no file can be made there"]) from None
    os.close(handle)
    part = Path(name)
    try:
        yield part
        take_the_name(part, path)
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            Path(f"{part}{ending}").unlink(missing_ok=True)


def take_the_name(part: Path, path: Path) -> None:
    """Give a file a name that nobody has: at once, and for good when it returns."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise there_already(path) from None
    part.replace(path)
    with suppress(OSError):  # where a folder cannot be opened, the system sees to it
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def there_already(path: Path) -> Invalid:
    """Say that nothing is overwritten."""
    return Invalid(str(path), ["there is a file already, and a backup overwrites none"])
