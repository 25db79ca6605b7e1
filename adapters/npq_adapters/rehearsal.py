"""A store that forgets: what is appended to it is there for as long as it is, and nowhere else."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from npq_adapters.store import Row, Store, Stored, Table, VersionTaken, Views


class Rehearsal:
    """Another store, read as it stands, with what would have been appended to it.

    Views are the other store's own: they know nothing of what is only rehearsed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._added: dict[str, list[Stored]] = {}
        self._position = store.head()

    def migrate(self, tables: Sequence[Table]) -> None:
        """Make nothing."""

    def check(self, tables: Sequence[Table]) -> None:
        """Ask the other store."""
        self._store.check(tables)

    def append(self, rows: Sequence[Row]) -> None:
        """Keep the rows here; `VersionTaken` as anywhere."""
        for row in rows:
            if row.version != len(self.stream(row.subject)) + 1:
                msg = f"version {row.version} of {row.subject} is taken"
                raise VersionTaken(msg)
            self._position += 1
            self._added.setdefault(row.subject, []).append(Stored(self._position, *row))

    def stream(self, subject: str) -> Sequence[Stored]:
        """What there is of a subject, and after it what was rehearsed."""
        return [*self._store.stream(subject), *self._added.get(subject, ())]

    def scan(
        self, names: Sequence[str] = (), *, after: int = 0, upto: int | None = None
    ) -> Iterator[Stored]:
        """What the other store has."""
        return self._store.scan(names, after=after, upto=upto)

    def head(self) -> int:
        """Where the other store stands."""
        return self._store.head()

    def views(self, *, write: bool = False) -> AbstractContextManager[Views]:
        """The other store's views."""
        return self._store.views(write=write)

    def close(self) -> None:
        """Nothing: who opened the other store closes it."""
