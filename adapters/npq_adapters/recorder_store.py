"""What the stores over SQL recorders have in common: all but their connections and their DDL."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from eventsourcing.persistence import IntegrityError, StoredEvent

from npq_adapters.connections import Closable, as_store_errors
from npq_adapters.mapper import stored_events, taken, unfit
from npq_adapters.store import Fields, Row, Share, Stored, Table
from npq_adapters.tables import SqlViews, check_parts


class LogRecorder(Protocol):
    """The base library's recorder, with reads that give our rows."""

    def insert_events(self, stored_events: Sequence[StoredEvent], /) -> Sequence[int] | None:
        """Append all or none."""

    def stream(self, subject: str) -> Sequence[Stored]:
        """Every fact of a subject, in the order of its versions."""

    def reading(
        self, names: Sequence[str], after: int, upto: int | None, of: Share | None
    ) -> AbstractContextManager[Iterator[Fields]]:
        """One consistent read of the log."""

    def counts(self, after: int, upto: int) -> Mapping[str, int]:
        """How many facts of each name there are between two positions."""

    def max_notification_id(self) -> int | None:
        """The position of the last fact."""


class RecorderStore(ABC):
    """A store over a recorder. A driver's own `_missing` and `_unique` read its errors."""

    recorder: LogRecorder
    datastore: Closable
    _place: str

    @abstractmethod
    def _transaction(self, *, write: bool = False) -> AbstractContextManager[SqlViews]:
        """One snapshot to read, or the one writer of views, committed at the end."""

    @abstractmethod
    def sole(self, purpose: str) -> AbstractContextManager[None]:
        """Be the only one at work for a purpose."""

    @abstractmethod
    def _missing(self, error: BaseException) -> bool:
        """Whether a driver's error tells that the schema is not there."""

    @abstractmethod
    def _unique(self, error: BaseException | None) -> bool:
        """Whether a driver's error tells that a key was there already."""

    def check(self, tables: Sequence[Table]) -> None:
        with self._errors(), self._transaction() as views:
            check_parts(self._place, views.parts(), tables)

    def append(self, rows: Sequence[Row]) -> None:
        with self._errors():
            try:
                self.recorder.insert_events(stored_events(rows))
            except IntegrityError as error:
                if self._unique(error.__cause__):
                    raise taken(rows) from None
                raise unfit(self._place, error) from None

    def stream(self, subject: str) -> Sequence[Stored]:
        with self._errors():
            return self.recorder.stream(subject)

    def scan(
        self,
        names: Sequence[str] = (),
        *,
        after: int = 0,
        upto: int | None = None,
        of: Share | None = None,
    ) -> Iterator[Fields]:
        with self._errors(), self.recorder.reading(names, after, upto, of) as rows:
            yield from rows

    def counts(self, after: int, upto: int) -> Mapping[str, int]:
        with self._errors():
            return self.recorder.counts(after, upto)

    def head(self) -> int:
        with self._errors():
            return self.recorder.max_notification_id() or 0

    @contextmanager
    def views(self, *, write: bool = False) -> Iterator[SqlViews]:
        with self._errors(), self._transaction(write=write) as views:
            yield views

    def scrub(self) -> Sequence[str]:
        return (f"{self._place}: deleted rows and logs keep the wrapped key until overwritten",)

    def close(self) -> None:
        self.datastore.close()

    def _errors(self) -> AbstractContextManager[None]:
        return as_store_errors(self._place, self._missing)
