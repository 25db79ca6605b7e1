"""What somebody can do to an SQLite ledger who has its file and does not mind its guards."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from npq_adapters.sqlite import STEPS

TRIGGERS = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"


@contextmanager
def unguarded(path: Path | str) -> Iterator[sqlite3.Connection]:
    """A connection to a file whose triggers are gone until the end."""
    with closing(sqlite3.connect(str(path).removeprefix("sqlite:///"))) as db:
        guards = db.execute(TRIGGERS).fetchall()
        for name, _ in guards:
            db.execute(f"DROP TRIGGER {name}")
        yield db
        for _, statement in guards:
            db.execute(statement)
        db.commit()


def made_as_version_1(path: Path) -> None:
    """Make the ledger that the first version made, without views."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(
            'CREATE TABLE "npq_schema" ("part" TEXT NOT NULL, "shape" TEXT NOT NULL,'
            ' PRIMARY KEY ("part")) STRICT'
        )
        for statement in STEPS[0]:
            db.execute(statement)
        db.execute("INSERT INTO npq_schema VALUES ('ledger', '1')")
        db.commit()
