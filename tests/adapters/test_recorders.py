"""The base library's own test cases, run against our recorders."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.tests import persistence

from tests.conftest import Backend


class FromOne:
    """A recorder for the cases that count versions from 0, where ours counts from 1."""

    def __init__(self, recorder: ApplicationRecorder) -> None:
        self._recorder = recorder

    def insert_events(self, events: Sequence[StoredEvent]) -> Sequence[int] | None:
        more = int(events[0].originator_version == 0)
        return self._recorder.insert_events(
            [replace(it, originator_version=it.originator_version + more) for it in events]
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recorder, name)


class OurRecorder:
    """Gives each case the recorder of a fresh store."""

    store: Any

    def opened(self, backend: Backend) -> Iterator[None]:
        self.store = backend.open()
        yield
        self.store.close()

    def create_recorder(self) -> ApplicationRecorder:
        recorder: Any = FromOne(self.store.recorder)
        return cast("ApplicationRecorder", recorder)

    def new_originator_id(self) -> str:
        return str(uuid4())


class InMemory(OurRecorder):
    @pytest.fixture(autouse=True)
    def _open(self) -> Iterator[None]:
        yield from self.opened(Backend("memory", "memory:", "memory:"))


class InSqlite(OurRecorder):
    @pytest.fixture(autouse=True)
    def _open(self, tmp_path: Path) -> Iterator[None]:
        url = f"sqlite:///{tmp_path}/ledger.db"
        yield from self.opened(Backend("sqlite", url, url))


class InPostgres(OurRecorder):
    @pytest.fixture(autouse=True)
    def _open(self, postgres: Backend) -> Iterator[None]:
        yield from self.opened(postgres)


class TestMemory(InMemory, persistence.ApplicationRecorderTestCase):
    def test_subscribing(self) -> None:
        self.optional_test_insert_subscribe()


class TestSqlite(InSqlite, persistence.ApplicationRecorderTestCase):
    pass


class TestPostgres(InPostgres, persistence.ApplicationRecorderTestCase):
    # Its optional case, on subscriptions, waits for ever when a notification comes before its
    # thread listens (known upstream); nothing here subscribes, readers poll by position.
    pass


class TestMemoryOrder(InMemory, persistence.NonInterleavingNotificationIDsBaseCase):
    pass


class TestSqliteOrder(InSqlite, persistence.NonInterleavingNotificationIDsBaseCase):
    pass


class TestPostgresOrder(InPostgres, persistence.NonInterleavingNotificationIDsBaseCase):
    pass
