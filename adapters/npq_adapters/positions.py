"""Where each fact stands in the log, for recorders that do not tell it when they read a subject."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from threading import RLock

from attrs import frozen

from npq_adapters.store import Checkpoint, Fields, Store, Table
from npq_domain.errors import StoreUnavailable


@frozen
class Standing:
    """One fact, and its place in the log of all subjects."""

    subject: str
    version: int
    position: int


POSITIONS = Table("positions", Standing, ("subject", "version"))

AT_ONCE = 10_000
"""How many positions are learnt before they are put into the file."""


class Positions:
    """The positions of facts by subject and version, learnt by following the log.

    In memory it takes 16 bytes a fact and some 150 a subject; beside a store that keeps views in
    a file, what was learnt is put there, so that it need not be learnt again.
    """

    def __init__(
        self,
        page: Callable[[int], Sequence[Fields]],
        mark: Callable[[int], str],
        kept: Store | None,
    ) -> None:
        self._page, self._mark, self._kept = page, mark, kept
        self._lock = RLock()
        self._reached: int | None = None
        self._forget()

    def _forget(self) -> None:
        # The version and the position of each fact in turn: boxed numbers would take six times it.
        self._new: defaultdict[str, array[int]] = defaultdict(partial(array, "q"))
        self._count = 0

    def of(self, subject: str, version: int) -> Mapping[int, int]:
        """The positions of a subject's facts by version, up to this one at least if it is there.

        Reads on in the log as far as it takes; `StoreUnavailable` if the file is not this log's.
        """
        with self._lock:
            self._begin()
            found = self._found(subject)
            while version not in found and self._learn():
                found = self._found(subject)
            return found

    def keep(self) -> None:
        """Put what was learnt into the file, if there is one."""
        with self._lock:
            if self._kept is None or not self._count or self._reached is None:
                return
            with self._kept.views(write=True) as views:
                views.put(POSITIONS, [Standing(*it) for it in self._learnt()])
                at = views.checkpoint(POSITIONS.name)
                if at is None or at.position < self._reached:
                    to = Checkpoint(self._reached, date.min, self._mark(self._reached))
                    views.advance(POSITIONS.name, to)
            self._forget()

    def _learnt(self) -> list[tuple[str, int, int]]:
        return [
            (subject, pairs[at], pairs[at + 1])
            for subject, pairs in self._new.items()
            for at in range(0, len(pairs), 2)
        ]

    def _begin(self) -> None:
        """Find out how far the file goes, and that it goes along with this log."""
        if self._reached is not None:
            return
        self._reached = 0
        if self._kept is None:
            return
        with self._kept.views() as views:
            at = views.checkpoint(POSITIONS.name)
        if at is None:
            return
        if at.mark == self._mark(at.position):
            self._reached = at.position
            return
        self._reached = None
        msg = (
            "the file of views goes with another log, or with a later state of this one than was"
            " restored: name another file, or remove this one, and `npq init`"
        )
        raise StoreUnavailable(msg)

    def _found(self, subject: str) -> dict[int, int]:
        pairs = self._new.get(subject, ())
        found = dict(zip(pairs[::2], pairs[1::2], strict=True))
        if self._kept is None:
            return found
        with self._kept.views() as views:
            kept = views.read(POSITIONS, {"subject": subject})
        return {it.version: it.position for it in kept} | found

    def _learn(self) -> bool:
        """Take one more page of the log; false at its end."""
        page = self._page(self._reached or 0)
        for position, subject, version, *_ in page:
            self._new[subject].extend((version, position))
            self._reached = position
        self._count += len(page)
        if self._count >= AT_ONCE:
            self.keep()
        return bool(page)
