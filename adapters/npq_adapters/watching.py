"""How followers learn of new facts at once: a bell within a process, and what each store rings by.

A bell is a pair of sockets: to ring it is safe in a signal handler and in any thread, and to wait
for it goes together with waiting for a server's socket.
"""

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from npq_domain.errors import StoreUnavailable


class Bell:
    """Rings until it is heard. Also the watch of a store whose facts are all appended here."""

    def __init__(self) -> None:
        self._hears, self._rings = socket.socketpair()
        for end in (self._hears, self._rings):
            end.settimeout(0)

    def wait(self, seconds: float) -> None:
        self.hear(seconds)

    def hear(self, seconds: float, *besides: int) -> bool:
        """Wait until it rings, or something can be read from these sockets besides.

        Tells whether it rang. One ring is heard once, however often it was rung before.
        """
        here = self._hears.fileno()
        readable, _, _ = select.select([here, *besides], [], [], seconds)
        if here not in readable:
            return False
        with suppress(BlockingIOError):
            while self._hears.recv(4096):
                pass
        return True

    def wake(self) -> None:
        with suppress(OSError):  # full, so it rings already; or closed, so nobody waits
            self._rings.send(b"!")

    def close(self) -> None:
        self._hears.close()
        self._rings.close()


class Looking(Bell):
    """The watch of a store that tells of nothing: looks where the log ends, now and then."""

    EVERY = 0.05
    """Seconds."""

    def __init__(self, head: Callable[[], int]) -> None:
        super().__init__()
        self._head = head
        self._seen: int | None = None

    def wait(self, seconds: float) -> None:
        """Return when the log has become longer since it was last looked at."""
        deadline = monotonic() + seconds
        while (left := deadline - monotonic()) > 0:
            before, self._seen = self._seen, self._there()
            if self._seen != before or self.hear(min(left, self.EVERY)):
                return

    def _there(self) -> int | None:
        try:
            return self._head()
        except StoreUnavailable:
            return None
