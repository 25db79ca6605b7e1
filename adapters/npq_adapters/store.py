"""What the ledger and the projections ask of a store: a log of rows, and tables of views."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from attrs import frozen

from npq_domain.errors import Conflict, NpqError


class Row(NamedTuple):
    """A fact to append. `subject` is the text of a UUID; `state` the envelope's JSON bytes."""

    subject: str
    version: int
    name: str
    state: bytes


class Stored(NamedTuple):
    """A fact as it is read back, with its position in the log of all subjects."""

    position: int
    subject: str
    version: int
    name: str
    state: bytes


Fields = tuple[int, str, int, str, bytes]
"""The fields of `Stored` in their order: what a scan gives, millions at a time."""


Share = tuple[str, str]
"""The subjects whose ids, as texts, are not below the first, and below the second."""


UNIT, PART = "\x1f", "\x1e"
"""What stands between the values of a list, and between the parts of one: JSON has neither."""


class Packed(NamedTuple):
    """Facts as one row: their fields in lists, all in the same order; empty where there is none.

    A value that holds what stands between values makes a list longer than the others: so none is
    taken for two.
    """

    subjects: str
    """With `UNIT` between them, as between the facts."""
    positions: str
    """With commas, as the versions."""
    versions: str
    facts: bytes
    """The name of each, `PART`, and what is stored from the fact's own bytes on."""


class VersionTaken(NpqError):
    """Another writer has recorded that version of the subject already."""


class Busy(Conflict):
    """Another process is at the same work just now."""


def busy(purpose: str) -> Busy:
    """Say what is being done already."""
    return Busy(f"another process is at it just now: {purpose}")


@frozen
class Checkpoint:
    """How far a view has read the log, and the day its rows look from."""

    position: int
    as_at: date
    mark: str = ""
    """What `Store.mark` gave for that position: by it one log is told from another."""


@frozen
class Table:
    """A table, as its row class describes it: a view's, or one that is kept beside the log."""

    name: str
    row: type[Any]
    """A frozen attrs class; its fields are the columns, in their order."""
    key: tuple[str, ...]
    kept: bool = False
    """Whether it is no view: nothing in the log could fill it again, so it is never made anew."""
    indexed: tuple[str, ...] = ()
    """The columns by which rows are asked for often, each with an index of its own."""


@frozen
class Guarantee:
    """One thing that a store may hold whatever happens, and whether this one does."""

    name: str
    """What is asked of every store: `durable`, `ordered`, `append_only`, …, in snake_case."""
    held: bool
    because: str
    """What holds it, or what is missing, in words."""
    due: bool = False
    """Every store of this kind has it. If it is not held, something was taken away."""


class Ready(list[Any]):
    """Rows in the shape in which a store writes them, whichever process made them so."""


class Views(Protocol):
    """The tables of views, within one transaction."""

    def checkpoint(self, view: str) -> Checkpoint | None:
        """How far a view stands; `None` when it was never built."""

    def advance(self, view: str, to: Checkpoint) -> None:
        """Move a view's checkpoint."""

    def clear(self, table: Table) -> None:
        """Empty a view's table."""

    def ready(self, table: Table, rows: Iterable[Any]) -> Ready:
        """Rows as they will be written, for `put` of this store in whatever process.

        `Invalid` for what the table has no place for, as `put` raises it.
        """

    def put(self, table: Table, rows: Iterable[Any]) -> None:
        """Insert rows, or what `ready` made of them, each in place of the one of the same key."""

    def add(self, table: Table, rows: Iterable[Any]) -> None:
        """Add the numbers of rows to those of the same keys, or insert them where none are.

        Every column outside the key is a number; no key is given twice.
        """

    def remove(self, table: Table, keys: Iterable[tuple[Any, ...]]) -> None:
        """Delete the rows of these keys."""

    def count(self, table: Table) -> int:
        """How many rows there are."""

    def read(self, table: Table, where: Mapping[str, Any]) -> list[Any]:
        """Rows with these column values, in the order of the key, as instances of the row class."""


class Watch(Protocol):
    """Somebody who wants to know of new facts at once. What it tells is a hint, never a promise."""

    def wait(self, seconds: float) -> None:
        """Return as soon as facts may have been appended, or after so many seconds at the latest.

        What was appended since the last wait began ends this one at once.
        """

    def wake(self) -> None:
        """Have `wait` return now. From any thread, and from a signal handler."""

    def close(self) -> None:
        """Give back what it holds."""


class Store(Protocol):
    """A place for facts and views. Every backend keeps the same promises; one suite says so."""

    def migrate(self, tables: Sequence[Table]) -> None:
        """Make or upgrade the schema, views' tables included: the only verb that runs DDL.

        What guards the log is put back where it is gone.
        """

    def check(self, tables: Sequence[Table]) -> None:
        """Raise `NotInitialised` unless the schema is this version's."""

    def append(self, rows: Sequence[Row]) -> None:
        """Append all rows or none.

        `VersionTaken` when one of their versions is there already; `Invalid` for rows that no
        store takes, such as one that would leave a gap in the versions of its subject.
        """

    def stream(self, subject: str) -> Sequence[Stored]:
        """Every fact of a subject, in the order of its versions."""

    def scan(
        self,
        names: Sequence[str] = (),
        *,
        after: int = 0,
        upto: int | None = None,
        of: Share | None = None,
    ) -> Iterator[Fields]:
        """Facts of these names (or of every name), by position, above `after` and up to `upto`.

        `of` keeps the subjects of a share, and gives their facts in whatever order is quickest.

        Holds a connection until it is exhausted or closed: close one that is left halfway.
        """

    def counts(self, after: int, upto: int) -> Mapping[str, int]:
        """How many facts of each name there are, by position, above `after` and up to `upto`."""

    def sole(self, purpose: str) -> AbstractContextManager[None]:
        """Be the only one, of all processes, at work for a purpose; `Busy` when another is."""

    def head(self) -> int:
        """The position of the last fact; 0 when there is none."""

    def mark(self, upto: int) -> str:
        """A digest of the last fact at or below a position, as it is stored; of none, nothing."""

    def views(self, *, write: bool = False) -> AbstractContextManager[Views]:
        """A transaction on the tables of views: committed at the end if `write`, else undone."""

    def backup(self, to: Path, on_progress: Callable[[int, int], None] | None = None) -> int:
        """Copy facts and views of one moment to a new file; the position of its last fact.

        Others write on meanwhile. `Invalid` where there is a file already or none can be made,
        and from a store that is not a file, saying what to use instead; `StoreUnavailable` when
        the copy cannot be finished. Progress is told in pages, done and in all.
        """

    def guarantees(self) -> Sequence[Guarantee]:
        """What this store holds and what it does not, as it is found now."""

    def watch(self) -> Watch:
        """Watch for new facts, whoever appends them. Close it when it is done with."""

    def opener(self) -> Callable[[], "Store"] | None:
        """How another process opens the same store, to be pickled; `None` where none can."""

    def scrub(self) -> Sequence[str]:
        """Overwrite what was deleted, as far as that can be done now; what waits, in words."""

    def close(self) -> None:
        """Give back every connection."""


@runtime_checkable
class Packing(Protocol):
    """A store that packs facts without Python's lock, while other threads run."""

    def pack(self, names: Sequence[str], after: int, upto: int, of: Share | None = None) -> Packed:
        """Facts of these names, by position above `after` and up to `upto`, in whatever order.

        `of` keeps the subjects of a share.
        """
