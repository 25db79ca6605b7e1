"""Our rows <-> the base library's events: text ids, our own names as topics, bytes as they are."""

from collections.abc import Iterable, Sequence
from functools import partial

from eventsourcing.persistence import Notification, StoredEvent

from npq_adapters.store import Fields, Row, Stored, VersionTaken
from npq_domain.errors import Invalid

NOT_NEXT = "a version that is not the next of its subject"
"""Why a store takes no fact that would leave a gap."""

as_stored = partial(tuple.__new__, Stored)
"""A driver's tuple as `Stored`, without a call into Python for each row."""


def stored_events(rows: Iterable[Row]) -> Sequence[StoredEvent]:
    """Rows as the recorders take them."""
    return [StoredEvent(*row) for row in rows]


def rows_of(events: Iterable[StoredEvent]) -> list[Row]:
    """What the recorders were given, as rows."""
    return [Row(str(it.originator_id), it.originator_version, it.topic, it.state) for it in events]


def notifications(rows: Iterable[Fields]) -> Sequence[Notification]:
    """Stored rows as the base library's readers of the log take them."""
    return [
        Notification(
            id=position,
            originator_id=subject,
            originator_version=version,
            topic=name,
            state=state,
        )
        for position, subject, version, name, state in rows
    ]


def taken(rows: Iterable[Row]) -> VersionTaken:
    """Say which versions met others."""
    versions = ", ".join(f"version {it.version} of {it.subject}" for it in rows)
    return VersionTaken(f"recorded already, in part or all: {versions}")


def unfit(place: str, error: Exception) -> Invalid:
    """Say that the log's table takes no such rows, by the first line: others may quote a row."""
    return Invalid(place, [f"it takes no such rows: {str(error).partition(chr(10))[0]}"])
