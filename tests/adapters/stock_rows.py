"""Damaged rows as the base library reads them: `python -O -m tests.adapters.stock_rows`."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Course(Aggregate):
    """What the base library keeps by its own means."""

    minutes = 0

    @event("Attended")
    def attend(self, minutes: int) -> None:
        self.minutes += minutes


TOPIC = f"{Course.__module__}:Course"
TIME = b'"timestamp":{"_type_":"datetime_iso","_data_":"2024-03-01T09:00:00+00:00"}'
LOOSE = ("CREATE TABLE t AS SELECT * FROM stored_events", "DROP TABLE stored_events",
         "ALTER TABLE t RENAME TO stored_events")  # fmt: skip
"""The same table without NOT NULL."""

Change = tuple[str, object]

ROWS: Mapping[str, Change] = {
    "no JSON": ("state", b"Ada Lovelace"),
    "a list": ("state", b"[]"),
    "no fields": ("state", b"{}"),
    "another type": ("state", b'{"minutes":{"_type_":"x","_data_":1}}'),
    "a text for a number": ("state", b'{"minutes":"x",' + TIME + b"}"),
    "a field too many": ("state", b'{"minutes":1,"more":2,' + TIME + b"}"),
    "a newer class_version": ("state", b'{"class_version":9,"minutes":1,' + TIME + b"}"),
    "an unknown topic": ("topic", "nowhere.to.be.found:Course"),
    "a function for a topic": ("topic", "os:system"),
    "an empty topic": ("topic", ""),
    "no topic": ("topic", None),
    "a gap": ("originator_version", 5),
    "no id": ("originator_id", None),
    "an id that is none": ("originator_id", "Ada Lovelace"),
}
"""What becomes of the second event of a course."""

OTHERS: Mapping[str, str] = {
    "the first event is gone": "DELETE FROM stored_events WHERE originator_version = 1",
    "no ids at all": "UPDATE stored_events SET originator_id = NULL",
}


def stock(*statements: str, value: object = None) -> list[str | None]:
    """How a course and the log end whose rows were so changed."""
    with TemporaryDirectory() as folder:
        file = str(Path(folder) / "stock.db")
        env = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": file}
        with Application[UUID](env=env) as application:
            course = Course()
            application.save(course)
            course.attend(60)
            application.save(course)
            with closing(sqlite3.connect(file)) as db:
                for each in (*LOOSE, *statements):
                    db.execute(each, (value,) * each.count("?"))
                db.commit()
            reads: tuple[Callable[[], Any], ...] = (
                lambda: application.repository.get(course.id),
                lambda: [
                    application.mapper.to_domain_event(it)
                    for it in application.notification_log.select(1, 9)
                ],
            )
            return [ended(it) for it in reads]


def ended(read: Callable[[], Any]) -> str | None:
    """The class of the exception."""
    try:
        read()
    except Exception as error:  # noqa: BLE001 - that is what is asked
        return type(error).__name__
    return None


def everything() -> dict[str, list[str | None]]:
    """How each of the rows is read."""
    update = "UPDATE stored_events SET {} = ? WHERE originator_version = 2"
    found = {name: stock(update.format(it), value=value) for name, (it, value) in ROWS.items()}
    return found | {name: stock(it) for name, it in OTHERS.items()}


if __name__ == "__main__":
    print(json.dumps(everything()))
