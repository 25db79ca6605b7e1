"""Another process that holds a lock of an SQLite file for as long as is wanted."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    db.execute(statement)
print("held", flush=True)
sys.stdin.read()
"""

WRITING = ("BEGIN IMMEDIATE",)
"""What keeps other writers out."""

ALONE = (
    "PRAGMA locking_mode = EXCLUSIVE",
    "BEGIN IMMEDIATE",
    "CREATE TABLE passing_by (it)",
    "ROLLBACK",
)
"""What keeps readers out as well, as a repair of the file does."""


@contextmanager
def held(path: Path, *statements: str) -> Iterator[None]:
    """Have another process run these statements on a file, and hold what it took until the end."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), *statements],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout
        assert other.stdin
        assert other.stdout.readline() == "held\n"
        yield
        other.stdin.close()
    assert other.returncode == 0
