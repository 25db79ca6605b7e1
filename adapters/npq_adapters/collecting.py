"""When Python does not look for cycles: while values are made by the million that have none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave cycles uncollected meanwhile.

    Each collection goes through all that there is, so it takes the longer the more is made. Without
    it, a rebuild of 150,000 facts takes a fifth less time, and the reading of 44,000 rows a tenth.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
