"""A store to rehearse on: what is appended to it is kept in memory, beside the real store."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from npq_adapters.copying import Progress
from npq_adapters.store import (
    Fields,
    Guarantee,
    Row,
    Share,
    Store,
    Stored,
    Table,
    VersionTaken,
    Views,
    Watch,
)


class Rehearsal:
    """Another store's log, with what would have been appended to it.

    Each subject is as it was when it was first asked for here: facts that others record of it
    meanwhile do not mix with those rehearsed. Views are the other store's own, to write as well:
    they know nothing of what is only rehearsed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._streams: dict[str, list[Stored]] = {}
        self._position = store.head()

    def migrate(self, tables: Sequence[Table]) -> None:
        """Make nothing."""

    def check(self, tables: Sequence[Table]) -> None:
        """Ask the other store."""
        self._store.check(tables)

    def append(self, rows: Sequence[Row]) -> None:
        """Keep all the rows here or none; `VersionTaken` as anywhere."""
        streams = {row.subject: [*self.stream(row.subject)] for row in rows}
        for position, row in enumerate(rows, self._position + 1):
            if row.version != len(streams[row.subject]) + 1:
                msg = f"version {row.version} of {row.subject} is taken"
                raise VersionTaken(msg)
            streams[row.subject].append(Stored(position, *row))
        self._streams |= streams
        self._position += len(rows)

    def stream(self, subject: str) -> Sequence[Stored]:
        """What there was of a subject at first, and after it what was rehearsed."""
        if subject not in self._streams:
            self._streams[subject] = [*self._store.stream(subject)]
        return tuple(self._streams[subject])

    def scan(
        self,
        names: Sequence[str] = (),
        *,
        after: int = 0,
        upto: int | None = None,
        of: Share | None = None,
    ) -> Iterator[Fields]:
        """What the other store has."""
        return self._store.scan(names, after=after, upto=upto, of=of)

    def counts(self, after: int, upto: int) -> Mapping[str, int]:
        """What the other store has."""
        return self._store.counts(after, upto)

    def sole(self, purpose: str) -> AbstractContextManager[None]:
        """Among all that work on the other store."""
        return self._store.sole(purpose)

    def head(self) -> int:
        """Where the other store stands."""
        return self._store.head()

    def mark(self, upto: int) -> str:
        """What the other store has."""
        return self._store.mark(upto)

    def views(self, *, write: bool = False) -> AbstractContextManager[Views]:
        """The other store's views."""
        return self._store.views(write=write)

    def backup(self, to: Path, on_progress: Progress | None = None) -> int:
        """The other store's, which has nothing of what is only rehearsed."""
        return self._store.backup(to, on_progress)

    def guarantees(self) -> Sequence[Guarantee]:
        """The other store's."""
        return self._store.guarantees()

    def watch(self) -> Watch:
        """Watch the other store: nothing that is only rehearsed is news."""
        return self._store.watch()

    def opener(self) -> Callable[[], Store] | None:
        """The other store's."""
        return self._store.opener()

    def scrub(self) -> Sequence[str]:
        """Nothing: nothing was deleted."""
        return ()

    def close(self) -> None:
        """Nothing: who opened the other store closes it."""
