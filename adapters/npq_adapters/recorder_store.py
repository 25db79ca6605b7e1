"""What the stores over SQL recorders have in common: all but their connections and their DDL."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from eventsourcing.persistence import IntegrityError, StoredEvent

from npq_adapters.connections import Budget, Closable, as_store_errors
from npq_adapters.copying import Progress
from npq_adapters.mapper import stored_events, taken, unfit
from npq_adapters.store import Fields, Packed, Row, Share, Stored, Table
from npq_adapters.tables import SqlViews, check_parts
from npq_domain.errors import Invalid


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

    def pack(self, names: Sequence[str], after: int, upto: int, of: Share | None) -> Packed:
        """Facts as one row."""

    def counts(self, after: int, upto: int) -> Mapping[str, int]:
        """How many facts of each name there are between two positions."""

    def max_notification_id(self) -> int | None:
        """The position of the last fact."""

    def mark(self, upto: int) -> str:
        """A digest of the last fact at or below a position."""


class RecorderStore(ABC):
    """A store over a recorder. A driver's own `_missing` and `_unique` read its errors."""

    recorder: LogRecorder
    datastore: Closable
    budget: Budget
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
        with self._call(), self._transaction() as views:
            check_parts(self._place, views.parts(), tables)

    def append(self, rows: Sequence[Row]) -> None:
        with self._call():
            try:
                self.recorder.insert_events(stored_events(rows))
            except IntegrityError as error:
                if self._unique(error.__cause__):
                    raise taken(rows) from None
                raise unfit(self._place, error) from None

    def stream(self, subject: str) -> Sequence[Stored]:
        with self._call():
            return self.recorder.stream(subject)

    def scan(
        self,
        names: Sequence[str] = (),
        *,
        after: int = 0,
        upto: int | None = None,
        of: Share | None = None,
    ) -> Iterator[Fields]:
        with self._errors(), ExitStack() as held:
            with self.budget.call():  # which waits to begin, and not for the reader
                rows = held.enter_context(self.recorder.reading(names, after, upto, of))
            yield from rows

    def pack(self, names: Sequence[str], after: int, upto: int, of: Share | None = None) -> Packed:
        with self._call():
            return self.recorder.pack(names, after, upto, of)

    def counts(self, after: int, upto: int) -> Mapping[str, int]:
        with self._call():
            return self.recorder.counts(after, upto)

    def head(self) -> int:
        with self._call():
            return self.recorder.max_notification_id() or 0

    def mark(self, upto: int) -> str:
        with self._call():
            return self.recorder.mark(upto)

    @contextmanager
    def views(self, *, write: bool = False) -> Iterator[SqlViews]:
        with self._errors(), ExitStack() as held:
            with self.budget.call():
                views = held.enter_context(self._transaction(write=write))
            yield views

    def scrub(self) -> Sequence[str]:
        return (f"{self._place}: deleted rows and logs keep the wrapped key until overwritten",)

    def backup(self, to: Path, on_progress: Progress | None = None) -> int:  # noqa: ARG002
        why = "a backup of a server is made by its own tools, such as pg_dump or pg_basebackup"
        raise Invalid(self._place, [why])

    def close(self) -> None:
        self.datastore.close()

    @contextmanager
    def _call(self) -> Iterator[None]:
        """One call: within its budget, and its errors ours."""
        with self._errors(), self.budget.call():
            yield

    def _errors(self) -> AbstractContextManager[None]:
        return as_store_errors(self._place, self._missing)
