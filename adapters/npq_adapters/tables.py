"""The tables of views: from a row class to columns, from rows to SQL values and back."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cache, partial
from itertools import islice
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, NoReturn, Protocol, Union, get_args, get_origin, get_type_hints

import msgspec
from attrs import evolve, fields, frozen

from npq_adapters.books import BOOKS
from npq_adapters.collecting import undisturbed
from npq_adapters.connections import not_initialised
from npq_adapters.kept import KEPT
from npq_adapters.store import Checkpoint, Ready, Table
from npq_domain.errors import Invalid
from npq_domain.personal import Personal, at_rest, is_personal
from npq_domain.vocabulary import LEARNING

LEDGER_VERSION = 2
"""The version of the log: of its table and of what guards it. Views are known by their shapes."""

Steps = Sequence[Sequence[str]]
"""The statements that bring a log from each version to the next, the first from nothing to 1.

A step is never changed once it is released: a ledger that has taken it does not take it again.
"""

Guards = Mapping[str, Sequence[str]]
"""By the name of each trigger of the log, the statements that put it there in whatever's place."""

Convert = Callable[[Any], Any]

TOGETHER = 500
"""Rows that are converted at a time."""


@frozen
class Column:
    """One column: `kind` is str, int, bool, date, datetime, tuple or Personal."""

    name: str
    kind: type[Any]
    optional: bool


@frozen
class Layout:
    """A table's name, its columns in the order of the row class's fields, and its key."""

    name: str
    row: type[Any]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    kept: bool = False
    indexed: tuple[str, ...] = ()

    @property
    def others(self) -> list[str]:
        """The columns outside the key."""
        return [it.name for it in self.columns if it.name not in self.key]

    @property
    def shape(self) -> str:
        """Everything that the table is made from, as text: another shape needs another table."""
        columns = (f"{it.name} {it.kind.__name__}{'?' * it.optional}" for it in self.columns)
        indexed = f"; indexed {', '.join(self.indexed)}, then by key" * bool(self.indexed)
        return f"{', '.join(columns)}; key {', '.join(self.key)}{indexed}"

    def column(self, name: str) -> Column:
        """The column of that name."""
        for it in self.columns:
            if it.name == name:
                return it
        allowed = ", ".join(it.name for it in self.columns)
        raise Invalid(self.name, [f"no column {name!r}; there are {allowed}"])

    def values(self, rows: Iterable[Any], into: Mapping[type, Convert]) -> Iterator[Sequence[Any]]:
        """Rows as SQL values; column by column, which takes a third of the time."""
        if isinstance(rows, Ready):
            yield from rows
            return
        get = attrgetter(*(it.name for it in self.columns))
        several, rows = len(self.columns) > 1, iter(rows)
        while some := list(islice(rows, TOGETHER)):
            found = zip(*map(get, some), strict=True) if several else [list(map(get, some))]
            yield from zip(
                *(
                    self._converted(column, values, into[column.kind])
                    for column, values in zip(self.columns, found, strict=True)
                ),
                strict=True,
            )

    def _converted(self, it: Column, values: Sequence[Any], convert: Convert) -> Sequence[Any]:
        try:
            if None not in values:
                return values if convert is same else [*map(convert, values)]
            if not it.optional:
                missing()
            return [None if value is None else convert(value) for value in values]
        except (ValueError, TypeError, AttributeError) as fault:  # the last two of another kind
            where = f"{self.name}.{it.name}"
            raise Invalid(where, [str(fault)]) from None

    def instances(self, rows: Iterable[Sequence[Any]], out_of: Mapping[type, Convert]) -> list[Any]:
        """SQL values as instances of the row class: msgspec makes them, in half the time.

        Raises `Invalid` for what the class has no place for: somebody else wrote to the table.
        """
        names = [it.name for it in self.columns]
        row_class: Any = self.row  # which mypy does not know to be hashable
        steps = [(n, out_of[it.kind]) for n, it in enumerate(self.columns) if it.kind in out_of]
        found = [dict(zip(names, _converted(row, steps), strict=True)) for row in rows]
        try:
            return instances_of(row_class)(found)
        except msgspec.ValidationError as fault:  # which tells the place and the kind, no value
            because = f"{fault}: somebody wrote to the table; `npq rebuild` makes a view anew"
            raise Invalid(self.name, [because]) from None


@cache
def instances_of(row: type[Any]) -> Callable[[Any], list[Any]]:
    """What makes instances of a row class, once msgspec has learned what it looks like."""
    shape: Any = list[row]  # type: ignore[valid-type]
    make = partial(msgspec.convert, type=shape, dec_hook=as_it_is)
    with LEARNING:
        make([])
    return make


def as_it_is(_kind: Any, value: Any) -> Any:
    """A personal value, which is made already."""
    return value


def _converted(row: Sequence[Any], steps: Sequence[tuple[int, Convert]]) -> Sequence[Any]:
    values = list(row)
    for place, convert in steps:
        if values[place] is not None:
            values[place] = convert(values[place])
    return values


@cache
def layout(table: Table) -> Layout:
    """The layout of a table. A view's SQL name begins with `view_`, so it meets none of others."""
    name = table.name if table.kept else f"view_{table.name}"
    return evolve(layout_of(name, table.row, table.key), kept=table.kept, indexed=table.indexed)


def layout_of(name: str, row: type[Any], key: tuple[str, ...]) -> Layout:
    """Read the columns off a row class."""
    if converted := [it.name for it in fields(row) if it.converter]:
        msg = f"{name}.{converted[0]}: a row is what stands in its columns, it converts nothing"
        raise TypeError(msg)
    hints = get_type_hints(row)
    columns = tuple(_column(it.name, hints[it.name], name) for it in fields(row))
    for column in columns:
        if column.name in key and (column.optional or column.kind is tuple):
            msg = f"{name}.{column.name}: a key is a plain value that is never missing"
            raise TypeError(msg)
    return Layout(name, row, columns, key)


def _column(name: str, hint: Any, table: str) -> Column:
    arms = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = [it for it in arms if it is not NoneType]
    kind = tuple if kinds == [tuple[str, ...]] else kinds[0]
    kind = Personal if is_personal(kind) else kind
    if len(kinds) != 1 or kind not in CHECKED:
        msg = f"{table}.{name}: {hint} cannot be a column"
        raise TypeError(msg)
    return Column(name, kind, optional=NoneType in arms)


# The checks: what one backend cannot hold, none takes. Else a view could be built on one only.


def missing() -> NoReturn:
    """Refuse a row without a value that its class says it has."""
    msg = "a value is missing"
    raise ValueError(msg)


def text(value: str) -> str:
    """A text without NUL, which PostgreSQL has no place for, and without half a surrogate pair."""
    if "\0" in value:
        msg = "a text with a NUL character"
        raise ValueError(msg)
    if not value.isascii():
        value.encode()
    return value


def integer(value: int) -> int:
    """A number of at most 64 bits."""
    if not -(2**63) <= value < 2**63:
        msg = "a number beyond 64 bits"
        raise ValueError(msg)
    return value


def utc(value: datetime) -> datetime:
    """An instant, whatever zone it is told in."""
    if value.tzinfo is None:
        msg = "a time without a zone"
        raise ValueError(msg)
    return value.astimezone(UTC)


def same(value: Any) -> Any:
    """The value as it is."""
    return value


def joined(value: tuple[str, ...]) -> str:
    """Texts as a JSON array."""
    return msgspec.json.encode(value).decode()


apart = msgspec.json.Decoder(tuple[str, ...]).decode


def personal_text(value: Personal[str]) -> str:
    """A personal value as it is stored: in the clear, or sealed as it is in the log."""
    return text(at_rest(value))


CHECKED: dict[type, Convert] = {
    str: text,
    int: integer,
    bool: same,
    date: same,
    datetime: utc,
    tuple: tuple,
    Personal: personal_text,
}
"""The kinds of column, each with what its values have to pass."""


@frozen
class Dialect:
    """How one database spells things."""

    mark: str
    """The placeholder of a value."""
    types: Mapping[type, str]
    """The column type of each kind; `{}` stands for the column's name."""
    into: Mapping[type, Convert]
    out_of: Mapping[type, Convert]
    ending: str = ""
    """What follows the columns when a table is made."""
    schema: str = ""
    """The schema's name in quotes and a point, or nothing."""


class Cursor(Protocol):
    """What the drivers' cursors have in common."""

    def execute(self, query: Any, params: Any = ..., /) -> Any:
        """Run a statement."""

    def executemany(self, query: Any, params: Any, /) -> Any:
        """Run a statement for each of the parameters."""

    def fetchall(self) -> list[Any]:
        """Every row of the last statement."""


@frozen
class _Standing:
    view: str
    position: int
    as_at: date
    mark: str


@frozen
class _Part:
    part: str
    shape: str


CHECKPOINTS = layout_of("view_checkpoints", _Standing, ("view",))
PARTS = layout_of("npq_schema", _Part, ("part",))


def own(tables: Iterable[Table]) -> tuple[Layout, ...]:
    """Every table but the log's: the engine's books, what is kept, and those of the views."""
    return (CHECKPOINTS, *map(layout, (*BOOKS, *KEPT)), *map(layout, tables))


def expected(tables: Iterable[Table]) -> dict[str, str]:
    """What the schema has to consist of: the shape of each part."""
    layouts = own(tables)
    return {"ledger": str(LEDGER_VERSION)} | {it.name: it.shape for it in layouts}


def check_parts(place: str, have: Mapping[str, str], tables: Iterable[Table]) -> None:
    """Raise `NotInitialised` unless every part is there, in the shape of this version."""
    version = ledger_version(place, have)
    if not version:
        raise not_initialised(place)
    if version < LEDGER_VERSION:
        why = f"the ledger is of version {version}, and this release needs {LEDGER_VERSION}"
        raise not_initialised(place, why, "`npq init` brings it there")
    other = sorted(part for part, shape in expected(tables).items() if have.get(part) != shape)
    if other:
        why = f"missing or of another shape: {', '.join(other)}"
        raise not_initialised(place, why, "`npq init` makes them anew")


def ledger_version(place: str, have: Mapping[str, str]) -> int:
    """The version of the ledger that is there, 0 for none; `NotInitialised` for a later one."""
    version = have.get("ledger", "0")
    if not version.isdecimal() or int(version) > LEDGER_VERSION:
        why = f"the ledger was made by a later release (version {version}, not {LEDGER_VERSION})"
        raise not_initialised(place, why, "open it with that release")
    return int(version)


class SqlViews(ABC):
    """The tables of views over one cursor, inside one transaction."""

    def __init__(self, cursor: Cursor, dialect: Dialect) -> None:
        self._cursor, self._dialect = cursor, dialect
        self._stand: dict[str, Checkpoint] | None = None

    def checkpoint(self, view: str) -> Checkpoint | None:
        if self._stand is None:  # all at once: who asks for one asks for others, and they are few
            found = self._read(CHECKPOINTS, {})
            self._stand = {it.view: Checkpoint(it.position, it.as_at, it.mark) for it in found}
        return self._stand.get(view)

    def advance(self, view: str, to: Checkpoint) -> None:
        self._put(CHECKPOINTS, [_Standing(view, to.position, to.as_at, to.mark)])
        if self._stand is not None:
            self._stand[view] = to

    def clear(self, table: Table) -> None:
        self._cursor.execute(f"DELETE FROM {self._name(layout(table))}")

    def ready(self, table: Table, rows: Iterable[Any]) -> Ready:
        return Ready(layout(table).values(rows, self._dialect.into))

    def put(self, table: Table, rows: Iterable[Any]) -> None:
        self._put(layout(table), rows)

    def add(self, table: Table, rows: Iterable[Any]) -> None:
        it = layout(table)
        marks = ", ".join([self._dialect.mark] * len(it.columns))
        sums = (f'"{name}" = was."{name}" + excluded."{name}"' for name in it.others)
        query = (
            f"INSERT INTO {self._name(it)} AS was VALUES ({marks})"
            f" ON CONFLICT ({_names(it.key)}) DO UPDATE SET {', '.join(sums)}"
        )
        for values in it.values(rows, self._dialect.into):
            self._write(query, values)

    def remove(self, table: Table, keys: Iterable[tuple[Any, ...]]) -> None:
        self._remove(layout(table), keys)

    def count(self, table: Table) -> int:
        self._cursor.execute(f"SELECT count(*) FROM {self._name(layout(table))}")
        ((number,),) = self._cursor.fetchall()
        return int(number)

    def read(self, table: Table, where: Mapping[str, Any]) -> list[Any]:
        return self._read(layout(table), where)

    def migrate(self, place: str, steps: Steps, guards: Guards, tables: Sequence[Table]) -> None:
        """Take the steps that are missing, and make views anew whose rows changed.

        Guards that somebody took off the log or altered are put back. Facts stay, views can be
        rebuilt. The caller holds the lock that keeps other processes from doing the same.
        """
        self._make(PARTS, "IF NOT EXISTS ")
        have = self.parts()
        for step in steps[ledger_version(place, have) : LEDGER_VERSION]:
            for statement in step:
                self._cursor.execute(statement)
        for name in sorted(guards.keys() - self._in_force()):
            for statement in guards[name]:
                self._cursor.execute(statement)
        for it in own(tables):
            if have.get(it.name) != it.shape:
                self._make_anew(it, there=it.name in have)
        self._put(PARTS, [_Part(*it) for it in expected(tables).items()])

    def parts(self) -> dict[str, str]:
        """The parts of the schema and their shapes, as they were last made."""
        return {it.part: it.shape for it in self._read(PARTS, {})}

    def _make_anew(self, it: Layout, *, there: bool) -> None:
        if there and it.kept:
            raise not_initialised(it.name, "it was made by another version, and is never made anew")
        if there:
            self._cursor.execute(f"DROP TABLE {self._name(it)}")
        self._make(it)
        if it is not CHECKPOINTS and not it.kept:
            self._remove(CHECKPOINTS, [(it.name.removeprefix("view_"),)])

    def _make(self, it: Layout, unless: str = "") -> None:
        columns = [self._definition(column) for column in it.columns]
        columns.append(f"PRIMARY KEY ({_names(it.key)})")
        self._cursor.execute(
            f"CREATE TABLE {unless}{self._name(it)} ({', '.join(columns)}){self._dialect.ending}"
        )
        for name in it.indexed:
            # With the key behind it: rows come in its order, so wide ones need not be sorted.
            columns = [it.column(name).name, *it.key]
            self._cursor.execute(
                f'CREATE INDEX "{it.name}_by_{name}" ON {self._name(it)} ({_names(columns)})'
            )

    def _definition(self, column: Column) -> str:
        kind = self._dialect.types[column.kind].format(f'"{column.name}"')
        return f'"{column.name}" {kind}{"" if column.optional else " NOT NULL"}'

    def _name(self, it: Layout) -> str:
        return f'{self._dialect.schema}"{it.name}"'

    @abstractmethod
    def _in_force(self) -> AbstractSet[str]:
        """The triggers of the log that are there and as they were made."""

    def _write(self, query: str, values: Sequence[Any]) -> None:
        """Run a statement of which nothing is asked."""
        self._cursor.execute(query, values)

    @abstractmethod
    def _put(self, it: Layout, rows: Iterable[Any]) -> None:
        """Insert rows, each in place of the one of the same key, the last one given wins."""

    def _remove(self, it: Layout, keys: Iterable[tuple[Any, ...]]) -> None:
        alike = " AND ".join(f'"{name}" = {self._dialect.mark}' for name in it.key)
        self._cursor.executemany(
            f"DELETE FROM {self._name(it)} WHERE {alike}", self._keys(it, keys)
        )

    def _keys(self, it: Layout, keys: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
        into = [self._dialect.into[it.column(name).kind] for name in it.key]
        found = []
        for key in keys:
            with suppress(ValueError):  # no place for it in the table: then it is not there
                found.append([step(value) for step, value in zip(into, key, strict=True)])
        return found

    def _read(self, it: Layout, where: Mapping[str, Any]) -> list[Any]:
        tests = [
            f'"{it.column(name).name}" {"IS NULL" if value is None else f"= {self._dialect.mark}"}'
            for name, value in where.items()
        ]
        values = [
            self._dialect.into[it.column(name).kind](value)
            for name, value in where.items()
            if value is not None
        ]
        self._cursor.execute(
            f"SELECT {_names(column.name for column in it.columns)} FROM {self._name(it)}"
            f"{' WHERE ' * bool(tests)}{' AND '.join(tests)} ORDER BY {_names(it.key)}",
            values,
        )
        with undisturbed():
            return it.instances(self._cursor.fetchall(), self._dialect.out_of)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
