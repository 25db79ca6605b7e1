"""When Python does not look for cycles: while values are made by the million that have none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Collecting:
    """Whether cycles are looked for, and how many threads ask that they be not."""

    def __init__(self) -> None:
        self._lock, self._inside, self._before = Lock(), 0, False

    def off(self) -> None:
        """One more asks; the first one finds what the program had set."""
        with self._lock:
            if not self._inside:
                self._before = gc.isenabled()
                gc.disable()
            self._inside += 1

    def back(self) -> None:
        """One fewer asks; after the last one it is as it was."""
        with self._lock:
            self._inside -= 1
            if not self._inside and self._before:
                gc.enable()


COLLECTING = Collecting()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave cycles uncollected meanwhile, in every thread.

    Each collection goes through all that there is, so it takes the longer the more is made. Without
    it, a rebuild of 150,000 facts takes a fifth less time, and the reading of 44,000 rows a tenth.
    """
    COLLECTING.off()
    try:
        yield
    finally:
        COLLECTING.back()
