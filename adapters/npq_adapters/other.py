"""A store over any persistence module of the base library: its recorder for the log, views ours.

Such a module knows nothing of views beyond a table of tracking, and several have not even that. So
views are kept beside it: in memory, made anew at each opening, or in an SQLite file of their own,
which outlives the process and can be thrown away at any time.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    InfrastructureFactory,
    InfrastructureFactoryError,
    IntegrityError,
    Notification,
    StoredEvent,
)
from eventsourcing.utils import Environment

from npq_adapters.connections import Budget, not_initialised
from npq_adapters.copying import Progress
from npq_adapters.mapper import NOT_NEXT, taken
from npq_adapters.marks import mark_of
from npq_adapters.memory import MemoryStore
from npq_adapters.modules import KNOWN, OURS, UNKNOWN, ambient, as_tried, of_every_module
from npq_adapters.positions import POSITIONS, Positions
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Fields, Guarantee, Row, Share, Store, Stored, Table, Views
from npq_adapters.watching import Looking
from npq_domain.errors import Invalid, NpqError, Place, StoredFactError, StoreUnavailable

NAME = "npq"
"""The module's name for us: tables are `npq_events` where it names tables by it."""

PAGE = 1000
"""How many facts are asked for at a time."""

ATTEMPTS = 20
"""How often a module is asked to make its tables."""

ABSENT = ("no such table", "UndefinedTable", "UndefinedObject", "InvalidSchemaName")
"""By what the errors of drivers tell that there is no table."""

DAMAGED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What modules raise of a row that they cannot make sense of."""

UNREADABLE = "the module cannot read it"

REMEMBERED = 10_000
"""How many subjects' last versions are known without a look into the log."""

Factory = InfrastructureFactory[Any]


class ModuleStore:
    """Facts by a module's application recorder, views in memory or in a file.

    Safe to share between threads as far as the module is; not to be taken along into a fork.
    """

    def __init__(
        self,
        module: str,
        settings: Mapping[str, str],
        views: Path | None = None,
        budget: Budget = Budget(),
    ) -> None:
        """Open what the settings name.

        Raises `ValueError` for a module or settings that are not as they must be, and
        `StoreUnavailable` where the module is not installed or its server cannot be reached.
        """
        self._module, self._given, self._file = module, dict(settings), views
        self._place = f"module:{module}"
        self._known = KNOWN.get(module, UNKNOWN)
        if self._known.refused:
            msg = f"{module} is not opened: {self._known.refused}"
            raise ValueError(msg)
        if views is not None and not self._known.shared:
            msg = f"views: {module} forgets its facts at the end, so views are not kept either"
            raise ValueError(msg)
        self._kind = factory_class(module, self._known.extra)
        self._names = setting_names(self._kind)
        self._settings = self._checked(settings)
        self._id: type[str | UUID] = (
            str if settings.get("ORIGINATOR_ID_TYPE", "").lower() == "text" else UUID
        )
        self._process, self._closed = os.getpid(), False
        self.budget = budget
        self.beside: MemoryStore | SqliteStore = (
            SqliteStore(views, budget) if views else MemoryStore()
        )
        self._begin()
        self._written: dict[str, int] = {}
        self._positions = Positions(self._page_of_all, self.mark, self.beside if views else None)

    def _begin(self) -> None:
        """Have a recorder made. Some look at their tables at this time, and not again."""
        self._factory = self._made(create=False)
        try:
            with self._errors():
                self._recorder = self._factory.application_recorder()
        except BaseException:
            self._known.close(self._factory)
            raise

    def _checked(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The settings with our defaults; `ValueError` unless each is known and means something."""
        unknown = sorted(settings.keys() - self._names)
        lacking = [it for it in self._known.required if it not in settings]
        empty = sorted(name for name, value in settings.items() if not value.strip())
        wrong = [
            *(f"unknown setting {it}; there are {listed(self._names)}" for it in unknown),
            *(f"the setting {it} is missing" for it in lacking),
            *(f"the setting {it} is empty" for it in empty),
        ]
        if not wrong:
            wrong += self._known.faults(settings)
            wrong += [
                f"unset the variable {it}: libpq would take it for a part of the address"
                for it in ambient(self._known, settings)
            ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return {**self._known.defaults, **settings, **self._known.absolute(settings)}

    def _made(self, *, create: bool) -> Factory:
        """The module's factory. The process's environment is not shown to it."""
        settings = dict(self._settings)
        if "CREATE_TABLE" in setting_names(self._kind, ours=True):
            settings["CREATE_TABLE"] = "y" if create else "n"
        try:
            return self._kind(Environment(NAME, settings))
        except (InfrastructureFactoryError, OSError, ValueError) as error:
            if isinstance(error, PermissionError | ConnectionError):
                raise self._unavailable(error) from error
            # What it says may quote a setting, and a setting may be a password.
            named = [it for it in self._names if it in str(error)] or self._given
            msg = f"{self._module} does not take these settings: look at {listed(named)}"
            raise ValueError(msg) from None
        except Exception as error:
            raise self._unavailable(error) from error

    # The schema

    def migrate(self, tables: Sequence[Table]) -> None:
        self._alive()
        if "CREATE_TABLE" in setting_names(self._kind, ours=True):
            self._make_log()
            self._known.close(self._factory)
            self._begin()
        self.beside.migrate(self._tables(tables))

    def _make_log(self) -> None:
        """Have the module make its tables. It fails where several do so at once, so try again."""
        deadline = monotonic() + self.budget.seconds
        for attempt in range(1, ATTEMPTS + 1):
            factory = self._made(create=True)
            try:
                factory.application_recorder()
            except Exception as error:
                if monotonic() > deadline or attempt == ATTEMPTS:
                    raise self._unavailable(error) from error
                sleep(random.uniform(0, 0.05 * attempt))  # noqa: S311 - no secret
            else:
                return
            finally:
                self._known.close(factory)

    def check(self, tables: Sequence[Table]) -> None:
        self._open()
        self.beside.check(self._tables(tables))
        self.head()

    def _tables(self, tables: Sequence[Table]) -> Sequence[Table]:
        return [*tables, POSITIONS] if self._file else tables

    # The log

    def append(self, rows: Sequence[Row]) -> None:
        self._open()
        self._fit(rows)
        events = [StoredEvent(self._id(it.subject), it.version, it.name, it.state) for it in rows]
        try:
            with self._errors(IntegrityError):
                if events:
                    self._recorder.insert_events(events)
        except IntegrityError:  # its text may quote a fact
            raise taken(rows) from None
        except StoreUnavailable:
            # Who sends several statements at once may hear that the last was not done, and not why.
            self.head()  # which raises `NotInitialised` where that is why
            raise
        if len(self._written) > REMEMBERED:
            self._written.clear()
        self._written |= {it.subject: it.version for it in rows}

    def _fit(self, rows: Sequence[Row]) -> None:
        """Refuse rows that would not come back as they went, and versions that leave a gap."""
        wrong = [fault for row in rows for fault in self._faults(row)]
        if wrong:
            raise Invalid(self._place, [f"it takes no such rows: {it}" for it in wrong])
        last: dict[str, int] = {}
        for row in rows:
            before = row.version - 1
            if row.subject not in last:
                last[row.subject] = self._last(row.subject, before) if before else 0
            if last[row.subject] > before:
                raise taken(rows)
            if last[row.subject] < before:
                gap = f"{row.version} of {row.subject} after {last[row.subject]}"
                raise Invalid(self._place, [f"it takes no such rows: {NOT_NEXT}: {gap}"])
            last[row.subject] = row.version

    def _faults(self, row: Row) -> Iterator[str]:
        if not self._is_id(row.subject):
            yield "a subject is the text of a UUID, in lower case"
        if type(row.version) is not int or not 0 < row.version < 2**63:
            yield NOT_NEXT
        if type(row.name) is not str or not row.name.isprintable() or not row.name:
            yield "name is a text"
        if type(row.state) is not bytes:
            yield "state is bytes"

    def _is_id(self, subject: str) -> bool:
        try:
            return str(self._id(subject)) == subject != ""
        except ValueError:
            return False

    def _last(self, subject: str, version: int) -> int:
        """The last version of a subject, not looked for beyond this one."""
        if self._written.get(subject) == version:
            return version
        found = self._positions.of(subject, version)
        return version if version in found else max(found, default=0)

    def stream(self, subject: str) -> Sequence[Stored]:
        self._open()
        if not self._is_id(subject):
            return []
        try:
            with self._errors(*DAMAGED):
                events = self._recorder.select_events(self._id(subject))
        except DAMAGED as error:
            place = Place(position=0, subject=subject, version=0)
            raise StoredFactError(place, UNREADABLE) from error
        if not events:
            return []
        events = sorted(events, key=lambda it: it.originator_version)
        at = self._positions.of(subject, events[-1].originator_version)
        try:
            return [
                Stored(
                    at[it.originator_version], subject, it.originator_version, it.topic, it.state
                )
                for it in events
            ]
        except KeyError as absent:
            msg = f"{self._place}: version {absent} of {subject} is not in the log of all subjects"
            raise StoreUnavailable(msg) from None

    def scan(
        self,
        names: Sequence[str] = (),
        *,
        after: int = 0,
        upto: int | None = None,
        of: Share | None = None,
    ) -> Iterator[Fields]:
        facts = self._scanned(names, after, upto)
        if of is None:
            return facts
        # No module reads the log by subject, so a share is gathered in memory.
        shared = [it for it in facts if of[0] <= it[1] < of[1]]
        return iter(sorted(shared, key=lambda it: (it[1], it[2])))

    def _scanned(self, names: Sequence[str], after: int, upto: int | None) -> Iterator[Fields]:
        head = self.head()
        last = head if upto is None else min(upto, head)
        while after < last:
            try:
                page = self._page(after, last, names)
            except DAMAGED:
                yield from self._up_to_damage(names, after, last)
                return
            yield from page
            if not page:
                return
            after = page[-1][0]

    def _page(
        self, after: int, last: int | None, names: Sequence[str] = (), limit: int = PAGE
    ) -> Sequence[Fields]:
        """The next facts of the log. Some modules give one beyond the last that was asked for."""
        self._open()
        with self._errors(*DAMAGED):
            found = self._recorder.select_notifications(
                after, limit, last, names, inclusive_of_start=False
            )
            return [fields(it) for it in found if after < it.id and (last is None or it.id <= last)]

    def _page_of_all(self, after: int) -> Sequence[Fields]:
        """The next facts of every name, but for those that cannot be read."""
        try:
            return self._page(after, None)
        except DAMAGED:
            them = islice(self._one_by_one(after, self.head()), PAGE)
            return [it for it in them if not isinstance(it, StoredFactError)]

    def _up_to_damage(self, names: Sequence[str], after: int, last: int) -> Iterator[Fields]:
        """What can be read; then raise `StoredFactError` for what cannot."""
        for it in self._one_by_one(after, last):
            if isinstance(it, StoredFactError):
                raise it
            if not names or it[3] in names:
                yield it

    def _one_by_one(self, after: int, last: int) -> Iterator[Fields | StoredFactError]:
        """The facts, and in its place an error for each that cannot be read.

        A module that is asked for the next fact from some position fails until that position is
        beyond the damaged one.
        """
        damaged: StoredFactError | None = None
        while after < last:
            try:
                found = self._page(after, last, limit=1)
            except DAMAGED:
                after += 1
                damaged = StoredFactError(Place(position=after, subject="", version=0), UNREADABLE)
                continue
            if damaged:
                yield damaged
                damaged = None
            if not found:
                return
            yield found[0]
            after = found[0][0]
        if damaged:
            yield damaged

    def counts(self, after: int, upto: int) -> Mapping[str, int]:
        return Counter(name for _, _, _, name, _ in self._scanned((), after, upto))

    def head(self) -> int:
        self._open()
        with self._errors():
            return self._recorder.max_notification_id() or 0

    def mark(self, upto: int) -> str:
        """No module gives the last fact below a position: it is looked for further and further."""
        last, width = upto, 1
        while last > 0:
            found = list(self._read_or_not(max(last - width, 0), last))
            if found:
                return mark_of(*found[-1])
            last, width = last - width, min(8 * width, PAGE)
        return ""

    def _read_or_not(self, after: int, last: int) -> Iterator[Fields]:
        """The facts between two positions, those that cannot be read by their place alone."""
        try:
            yield from self._page(after, last, limit=last - after)
        except DAMAGED:
            for it in self._one_by_one(after, last):
                yield (it.position, "", 0, "", b"") if isinstance(it, StoredFactError) else it

    # Views and the rest

    def views(self, *, write: bool = False) -> AbstractContextManager[Views]:
        self._open()
        return self.beside.views(write=write)

    def sole(self, purpose: str) -> AbstractContextManager[None]:
        """Among all who share the views: every process by their file, this one in memory."""
        self._open()
        return self.beside.sole(purpose)

    def guarantees(self) -> Sequence[Guarantee]:
        """What this store holds and what it does not."""
        return (
            *self._known.guarantees(self._settings),
            *of_every_module(views=self._file),
            as_tried(self._known),
        )

    def watch(self) -> Looking:
        return Looking(self.head)

    def opener(self) -> Callable[[], Store] | None:
        if not self._known.shared:
            return None
        return partial(ModuleStore, self._module, self._given, self._file, self.budget)

    def backup(self, to: Path, on_progress: Progress | None = None) -> int:  # noqa: ARG002
        raise Invalid(self._place, ["a backup is made by what the module keeps its facts in"])

    def scrub(self) -> Sequence[str]:
        return self.beside.scrub()

    def close(self) -> None:
        if self._closed:
            return
        if self._process == os.getpid():
            self._positions.keep()
            self._known.close(self._factory)
        self._closed = True
        self.beside.close()

    def _open(self) -> None:
        self._alive()
        file = self._known.file(self._settings)
        if file is not None and not file.exists():  # a module would make it
            place = f"{self._place}, {file}"
            raise not_initialised(place)

    def _alive(self) -> None:
        if self._closed:
            msg = "this store has been closed"
            raise StoreUnavailable(msg)
        if self._process != os.getpid():
            msg = f"{self._place}: another process opened it; after a fork, open it anew"
            raise StoreUnavailable(msg)

    @contextmanager
    def _errors(self, *let: type[Exception]) -> Iterator[None]:
        """Raise what a module raises as ours, but for what the caller waits for."""
        kinds: tuple[type[Exception], ...] = (NpqError, *let)
        try:
            yield
        except kinds:
            raise
        except Exception as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        """What a module raised, in one line: others may quote a row."""
        chain: list[BaseException] = [error]
        while (cause := chain[-1].__cause__) is not None:
            chain.append(cause)
        told = [f"{type(it).__name__} {it}" for it in chain]
        if any(sign in it for it in told for sign in ABSENT):
            return not_initialised(self._place)
        line = str(chain[-1]).partition("\n")[0] or type(chain[-1]).__name__
        return StoreUnavailable(f"{self._place}: {line}")


def factory_class(module: str, extra: str) -> type[Factory]:
    """The one factory that a persistence module has, as the base library would find it."""
    try:
        found = import_module(module)
    except ModuleNotFoundError as absent:
        hint = f": pip install 'npq_domain[{extra}]'" if extra else f"; known: {listed(KNOWN)}"
        msg = f"{absent.name} is not installed{hint}"
        raise StoreUnavailable(msg) from absent
    kinds = {
        it
        for it in vars(found).values()
        if isinstance(it, type)
        and issubclass(it, InfrastructureFactory)
        and not getattr(it, "__parameters__", None)
    }
    if len(kinds) != 1:
        msg = f"{module} is no persistence module: it has {len(kinds)} factories"
        raise ValueError(msg)
    return kinds.pop()


def setting_names(kind: type[Factory], *, ours: bool = False) -> frozenset[str]:
    """The settings that a factory reads, by its class: constants that bear their names.

    What names a topic is not among them: it would be imported.
    """
    names = {
        value
        for each in kind.__mro__
        for name, value in vars(each).items()
        if name.isupper() and isinstance(value, str)
    }
    if ours:
        return frozenset(names)
    return frozenset(it for it in names - OURS if not it.endswith("_TOPIC"))


def listed(names: Iterable[str]) -> str:
    """Names in words."""
    return ", ".join(sorted(names)) or "none"


def fields(it: Notification) -> Fields:
    """A notification as our row."""
    return it.id, str(it.originator_id), it.originator_version, it.topic, it.state
