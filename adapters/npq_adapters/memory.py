"""A store in memory: the textbook of the three, gone when it is closed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, RLock
from typing import Any
from weakref import WeakSet

from attrs import evolve
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder

from npq_adapters.copying import Progress
from npq_adapters.mapper import NOT_NEXT, rows_of, stored_events, taken, unfit
from npq_adapters.marks import mark_of
from npq_adapters.store import (
    Checkpoint,
    Fields,
    Guarantee,
    Ready,
    Row,
    Share,
    Stored,
    Table,
    busy,
)
from npq_adapters.tables import CHECKED, Layout, check_parts, expected, layout
from npq_adapters.watching import Bell
from npq_domain.errors import Invalid, StoreUnavailable

PLACE = "memory:"


class NotNext(IntegrityError):
    """A fact would leave a gap before it."""


class Recorder(POPOApplicationRecorder):
    """The base library's recorder, with the log beside it as the plain rows that we read."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Stored] = []
        self._subjects: defaultdict[str, list[Stored]] = defaultdict(list)

    def _assert_uniqueness(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super()._assert_uniqueness(stored_events, **kwargs)
        last: dict[str, int] = {}
        for row in rows_of(stored_events):
            before = last.get(row.subject, len(self._subjects.get(row.subject, ())))
            if row.version != before + 1:
                raise NotNext(NOT_NEXT)
            last[row.subject] = row.version

    def _update_table(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        rows = rows_of(stored_events)
        stored = [Stored(at, *row) for at, row in enumerate(rows, len(self.log) + 1)]
        self.log += stored  # at once: readers of the log take no lock
        for it in stored:
            self._subjects[it.subject].append(it)
        return super()._update_table(stored_events, **kwargs)

    def stream(self, subject: str) -> list[Stored]:
        with self._database_lock:
            return [*self._subjects.get(subject, ())]


class MemoryStore:
    """Lists and dicts. A transaction on views works on a copy, which then takes their place."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self._parts: dict[str, str] = {}
        self._views = MemoryViews({}, {})
        self._writing = RLock()
        self._bells: WeakSet[Bell] = WeakSet()
        self._purposes: defaultdict[str, Lock] = defaultdict(Lock)
        self._closed = False

    def migrate(self, tables: Sequence[Table]) -> None:
        with self.views(write=True) as views:
            for name, shape in expected(tables).items():
                if self._parts.get(name) != shape:
                    views.forget(name.removeprefix("view_"))
            self._parts |= expected(tables)

    def check(self, tables: Sequence[Table]) -> None:
        self._open()
        check_parts(PLACE, self._parts, tables)

    def append(self, rows: Sequence[Row]) -> None:
        self._open()
        try:
            self.recorder.insert_events(stored_events(rows))
        except NotNext as gap:
            raise unfit(PLACE, gap) from None
        except IntegrityError:
            raise taken(rows) from None
        for bell in tuple(self._bells):
            bell.wake()

    def stream(self, subject: str) -> Sequence[Stored]:
        self._open()
        return self.recorder.stream(subject)

    def scan(
        self,
        names: Sequence[str] = (),
        *,
        after: int = 0,
        upto: int | None = None,
        of: Share | None = None,
    ) -> Iterator[Fields]:
        self._open()
        found = iter(self.recorder.log[max(after, 0) : upto])
        wanted = frozenset(names)
        if of is not None:
            shared = (it for it in found if of[0] <= it.subject < of[1])
            found = iter(sorted(shared, key=lambda it: (it.subject, it.version)))
        return (it for it in found if it.name in wanted) if wanted else found

    def counts(self, after: int, upto: int) -> Mapping[str, int]:
        self._open()
        return Counter(it.name for it in self.recorder.log[after:upto])

    @contextmanager
    def sole(self, purpose: str) -> Iterator[None]:
        if not self._purposes[purpose].acquire(blocking=False):
            raise busy(purpose)
        try:
            yield
        finally:
            self._purposes[purpose].release()

    def head(self) -> int:
        self._open()
        return len(self.recorder.log)

    def mark(self, upto: int) -> str:
        self._open()
        log = self.recorder.log
        facts = log[max(min(upto, len(log)) - 1, 0) : upto]
        return mark_of(*facts[0]) if facts else ""

    @contextmanager
    def views(self, *, write: bool = False) -> "Iterator[MemoryViews]":
        self._open()
        if not write:
            yield self._views.copy()
            return
        with self._writing:
            views = self._views.copy()
            yield views
            self._views = views

    def backup(self, to: Path, on_progress: Progress | None = None) -> int:  # noqa: ARG002
        why = "it ends with this process: keep a ledger that is worth a backup in sqlite:///file.db"
        raise Invalid(PLACE, [why])

    def guarantees(self) -> Sequence[Guarantee]:
        return (
            Guarantee("durable", held=False, because="what is in memory goes with the process"),
            Guarantee("ordered", held=True, because="one lock gives each fact the next position"),
            Guarantee("append_only", held=False, because="a list of this process's own"),
            Guarantee("versions_unique", held=True, because="a version that is there is refused"),
            Guarantee(
                "versions_contiguous",
                held=True,
                because="no version but the next is taken",
            ),
            Guarantee("least_privilege", held=False, because="memory has no roles"),
        )

    def watch(self) -> Bell:
        bell = Bell()
        self._bells.add(bell)
        return bell

    def opener(self) -> None:
        """None: what is in memory is this process's alone."""

    def scrub(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        self._closed = True

    def _open(self) -> None:
        if self._closed:
            msg = "this store has been closed"
            raise StoreUnavailable(msg)


class MemoryViews:
    """Rows by their keys, by view. A view's dict is never changed in place, so copies share it."""

    def __init__(
        self, rows: dict[str, dict[tuple[Any, ...], Any]], checkpoints: dict[str, Checkpoint]
    ) -> None:
        self._rows, self._checkpoints = rows, checkpoints

    def copy(self) -> "MemoryViews":
        return MemoryViews(dict(self._rows), dict(self._checkpoints))

    def checkpoint(self, view: str) -> Checkpoint | None:
        return self._checkpoints.get(view)

    def advance(self, view: str, to: Checkpoint) -> None:
        self._checkpoints[view] = to

    def clear(self, table: Table) -> None:
        self._rows[table.name] = {}

    def ready(self, table: Table, rows: Iterable[Any]) -> Ready:
        ready = Ready(rows)
        for _ in layout(table).values(list(ready), CHECKED):  # refuse what others cannot hold
            pass
        return ready

    def put(self, table: Table, rows: Iterable[Any]) -> None:
        it, ready = layout(table), rows if isinstance(rows, Ready) else self.ready(table, rows)
        self._rows[table.name] = self._rows.get(table.name, {}) | {
            _key(it, row): row for row in ready
        }

    def add(self, table: Table, rows: Iterable[Any]) -> None:
        it, there = layout(table), self._rows.get(table.name, {})
        self.put(table, [summed(it, there.get(_key(it, row)), row) for row in rows])

    def remove(self, table: Table, keys: Iterable[tuple[Any, ...]]) -> None:
        gone = set(keys)
        rows = self._rows.get(table.name, {})
        self._rows[table.name] = {key: row for key, row in rows.items() if key not in gone}

    def count(self, table: Table) -> int:
        return len(self._rows.get(table.name, {}))

    def read(self, table: Table, where: Mapping[str, Any]) -> list[Any]:
        wanted = {layout(table).column(name).name: value for name, value in where.items()}
        rows = sorted(self._rows.get(table.name, {}).items())
        found = [
            row
            for _, row in rows
            if all(getattr(row, name) == value for name, value in wanted.items())
        ]
        names = [it.name for it in layout(table).columns]
        return [
            row if type(row) is table.row else table.row(*(getattr(row, it) for it in names))
            for row in found
        ]

    def forget(self, view: str) -> None:
        """As if it had never been built."""
        self._rows.pop(view, None)
        self._checkpoints.pop(view, None)


def summed(it: Layout, was: Any, row: Any) -> Any:
    """A row with its numbers added to those that were there."""
    if was is None:
        return row
    return evolve(row, **{name: getattr(was, name) + getattr(row, name) for name in it.others})


def _key(it: Layout, row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in it.key)
